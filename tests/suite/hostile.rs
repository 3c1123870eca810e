//! A reader may refuse any bytes but not panic: a thousand damaged files for each reader.

use std::io::Cursor;

use crate::common::files::{ZipFile, gzip, idx, load, mutated, png, with_orientation, zip};
use image::{DynamicImage, ImageFormat, RgbaImage};
use neurarium::data::LoadOptions;
use neurarium::rng::{Purpose, Rng};

const ROUNDS: u64 = 1000;

/// Loads `ROUNDS` damaged versions of a file, each with the same good image, which must still be loaded.
fn survives(name: &str, file: &[u8]) {
    let options = LoadOptions { width: 8, height: 8, ..LoadOptions::default() };
    for round in 0..ROUNDS {
        let mut rng = Rng::new(round, Purpose::Test, file.len() as u64);
        let files = vec![(name.to_string(), mutated(file, &mut rng)), ("good.png".into(), png(8, 8, 1, &[7; 64]))];
        let loaded = load(files, options.clone());
        assert!(loaded.is_ok_and(|loaded| !loaded.dataset.is_empty()), "{name}, round {round}");
    }
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

#[test]
fn damaged_pictures_do_not_panic() {
    let rgba = RgbaImage::from_fn(24, 17, |x, y| image::Rgba([x as u8 * 10, y as u8 * 15, (x * y) as u8, 200]));
    let rgba = DynamicImage::from(rgba);
    use ImageFormat::*;
    for format in [Png, Gif, WebP, Tiff, Ico, Qoi, Tga, Bmp] {
        survives("picture.tga", &encoded(&rgba, format));
    }
    let rgb = DynamicImage::from(rgba.to_rgb8());
    for format in [Jpeg, Pnm, Bmp] {
        survives("picture", &encoded(&rgb, format));
    }
    survives("picture.ff", &encoded(&DynamicImage::from(rgba.to_rgba16()), Farbfeld));
    survives("picture.hdr", &encoded(&DynamicImage::from(rgba.to_rgb32f()), Hdr));
    survives("turned.png", &with_orientation(&encoded(&rgba, Png), 6));
}

#[test]
fn damaged_idx_files_do_not_panic() {
    let images = idx(&[5, 8, 8], &[9; 320]);
    survives("train-images", &images);
    survives("train-images.gz", &gzip(&images));
    survives("train-labels", &idx(&[5], &[0, 1, 2, 3, 4]));
}

#[test]
fn damaged_archives_do_not_panic() {
    let picture = png(8, 8, 1, &[7; 64]);
    survives("a.zip", &zip(&[ZipFile::stored("a/1.png", &picture), ZipFile::deflated("b/2.png", &picture)]));
}

#[test]
fn random_bytes_do_not_panic() {
    for round in 0..ROUNDS {
        let mut rng = Rng::new(round, Purpose::Test, 1);
        let len = rng.below(600);
        let bytes = (0..len).map(|_| rng.next_u32() as u8).collect();
        assert!(load(vec![("noise".into(), bytes)], LoadOptions::default()).is_err());
    }
}
