//! From an image file to an example: formats, transparency, orientation, resizing.

use std::io::Cursor;

use crate::common::files::{checksum, load, png, with_orientation};
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use neurarium::data::{self, Frame, LoadOptions, ResizeMode};
use neurarium::shape::Shape;

const RGB_4: Shape = Shape::from_whc(4, 4, 3);

/// A 4 x 4 image in which every pixel differs.
fn sample() -> RgbImage {
    RgbImage::from_fn(4, 4, |x, y| image::Rgb([x as u8 * 80, y as u8 * 80, 40 + 10 * (x + y) as u8]))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, format).unwrap();
    file.into_inner()
}

fn decoded(bytes: &[u8], shape: Shape) -> Vec<u8> {
    data::example_from_file(bytes, shape, &LoadOptions::default()).unwrap().0
}

fn sized(width: usize, height: usize) -> LoadOptions {
    LoadOptions { width, height, ..LoadOptions::default() }
}

// Formats

#[test]
fn lossless_formats_are_decoded_exactly() {
    let picture = sample();
    let rgb = DynamicImage::from(picture.clone());
    for format in [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::WebP, ImageFormat::Tiff, ImageFormat::Pnm] {
        assert_eq!(decoded(&encoded(&rgb, format), RGB_4), picture.as_raw().as_slice(), "{format:?}");
    }
    let rgba = DynamicImage::from(rgb.to_rgba8());
    for format in [ImageFormat::Ico, ImageFormat::Qoi, ImageFormat::Tga, ImageFormat::Gif] {
        assert_eq!(decoded(&encoded(&rgba, format), RGB_4), picture.as_raw().as_slice(), "{format:?}");
    }
    let deep = DynamicImage::from(rgb.to_rgba16());
    for format in [ImageFormat::Farbfeld, ImageFormat::Png, ImageFormat::Tiff] {
        assert_eq!(decoded(&encoded(&deep, format), RGB_4), picture.as_raw().as_slice(), "{format:?} of 16 bits");
    }
}

#[test]
fn jpeg_is_decoded_approximately() {
    let smooth = RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8 * 8, y as u8 * 8, 128]));
    let got = decoded(&encoded(&DynamicImage::from(smooth.clone()), ImageFormat::Jpeg), Shape::from_whc(32, 32, 3));
    let error: u32 = got.iter().zip(smooth.as_raw()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
    assert!(error < 6 * got.len() as u32, "mean error {}", error as f32 / got.len() as f32);
}

#[test]
fn radiance_values_are_gamma_encoded_and_clamped_at_white() {
    let light = image::Rgb32FImage::from_fn(4, 4, |x, _| image::Rgb([x as f32 * 0.25, 0.25, 7.0]));
    let got = decoded(&encoded(&DynamicImage::from(light), ImageFormat::Hdr), RGB_4);
    assert_eq!(&got[3..6], [128, 128, 255], "a quarter of the light is half of the value");
}

#[test]
fn formats_are_recognised_by_content_not_by_name() {
    let rgb = DynamicImage::from(sample());
    let names = ["a.txt", "b", "c.png", "d.mp3"];
    let formats = [ImageFormat::Png, ImageFormat::Bmp, ImageFormat::Tiff, ImageFormat::WebP];
    let files = names.iter().zip(formats).map(|(name, format)| (name.to_string(), encoded(&rgb, format))).collect();
    let loaded = load(files, sized(4, 4)).unwrap();
    assert_eq!(loaded.report.used, 4);
    for n in 0..4 {
        assert_eq!(*loaded.dataset.example(n), **sample().as_raw());
    }
}

#[test]
fn transparent_pixels_show_the_background() {
    let picture = RgbaImage::from_fn(4, 4, |x, _| image::Rgba([255, 0, 0, [0, 51, 204, 255][x as usize]]));
    let options = LoadOptions { background: [0, 100, 200], ..LoadOptions::default() };
    let file = encoded(&DynamicImage::from(picture), ImageFormat::Png);
    let (got, _) = data::example_from_file(&file, RGB_4, &options).unwrap();
    assert_eq!(got[..12], [0, 100, 200, 51, 80, 160, 204, 20, 40, 255, 0, 0]);

    let grey = image::GrayAlphaImage::from_fn(4, 4, |x, _| image::LumaA([0, [0, 51, 204, 255][x as usize]]));
    let file = encoded(&DynamicImage::from(grey), ImageFormat::Png);
    let (got, _) = data::example_from_file(&file, RGB_4, &options).unwrap();
    assert_eq!(got[..12], [0, 100, 200, 0, 80, 160, 0, 20, 40, 0, 0, 0]);
    let (got, _) = data::example_from_file(&file, Shape::from_whc(4, 4, 1), &LoadOptions::default()).unwrap();
    assert_eq!(got[..4], [255, 204, 51, 0], "white is the usual background");
}

#[test]
fn animations_give_their_first_frame() {
    let mut file = Vec::new();
    let mut encoder = image::codecs::gif::GifEncoder::new(&mut file);
    for value in [10, 200] {
        let frame = RgbaImage::from_pixel(4, 4, image::Rgba([value, value, value, 255]));
        encoder.encode_frame(image::Frame::new(frame)).unwrap();
    }
    drop(encoder);
    assert_eq!(decoded(&file, RGB_4), [10; 48]);
}

#[test]
fn icons_may_contain_a_png_without_alpha() {
    let picture = png(4, 4, 1, &[77; 16]);
    let mut file = vec![0, 0, 1, 0, 1, 0]; // reserved, type 1 (icon), one picture
    file.extend([4, 4, 0, 0, 1, 0, 8, 0]); // sides, colours, reserved, planes, bits per pixel
    file.extend((picture.len() as u32).to_le_bytes());
    file.extend(22u32.to_le_bytes()); // position
    file.extend(picture);
    assert_eq!(decoded(&file, RGB_4), [77; 48]);
}

#[test]
fn every_exif_orientation_is_turned_upright() {
    // The upright image is 3 x 2:     1 2 3     Each file contains it turned so that
    //                                 4 5 6     the tag turns it back (EXIF 2.32, tag 0x0112).
    let stored: [(u8, usize, usize, [u8; 6]); 9] = [
        (0, 3, 2, [1, 2, 3, 4, 5, 6]), // no such orientation: unchanged
        (1, 3, 2, [1, 2, 3, 4, 5, 6]),
        (2, 3, 2, [3, 2, 1, 6, 5, 4]),
        (3, 3, 2, [6, 5, 4, 3, 2, 1]),
        (4, 3, 2, [4, 5, 6, 1, 2, 3]),
        (5, 2, 3, [1, 4, 2, 5, 3, 6]),
        (6, 2, 3, [3, 6, 2, 5, 1, 4]),
        (7, 2, 3, [6, 3, 5, 2, 4, 1]),
        (8, 2, 3, [4, 1, 5, 2, 6, 3]),
    ];
    for (orientation, width, height, pixels) in stored {
        let pixels = pixels.map(|value| value * 40);
        let file = with_orientation(&png(width, height, 1, &pixels), orientation);
        let (got, frame) = data::example_from_file(&file, Shape::from_whc(3, 2, 1), &LoadOptions::default()).unwrap();
        assert_eq!(got, [40, 80, 120, 160, 200, 240], "orientation {orientation}");
        assert!(frame.is_whole(Shape::from_whc(3, 2, 1)));
    }
}

// Resizing

#[test]
fn fit_keeps_the_proportions_and_sets_the_frame() {
    let file = png(40, 20, 1, &[50; 800]);
    let shape = Shape::from_whc(16, 16, 1);
    let (got, frame) = data::example_from_file(&file, shape, &LoadOptions::default()).unwrap();
    assert_eq!(frame, Frame { left: 0, top: 4, width: 16, height: 8 });
    assert!(got[..64].iter().chain(&got[192..]).all(|&v| v == 255), "padding is background");
    assert!(got[64..192].iter().all(|&v| v == 50));
    // Smaller images are scaled up as larger ones are scaled down.
    let (_, frame) = data::example_from_file(&png(2, 4, 1, &[50; 8]), shape, &LoadOptions::default()).unwrap();
    assert_eq!(frame, Frame { left: 4, top: 0, width: 8, height: 16 });
    // No side becomes smaller than a pixel.
    let (_, frame) = data::example_from_file(&png(1, 3000, 1, &[50; 3000]), shape, &LoadOptions::default()).unwrap();
    assert_eq!(frame, Frame { left: 7, top: 0, width: 1, height: 16 });
}

#[test]
fn crop_keeps_the_middle_and_stretch_keeps_all() {
    // 32 x 16: a black quarter left and right, white between.
    let pixels: Vec<u8> = (0..32 * 16).map(|n| if (8..24).contains(&(n % 32)) { 255 } else { 0 }).collect();
    let (file, shape) = (png(32, 16, 1, &pixels), Shape::from_whc(16, 16, 1));
    let with =
        |resize| data::example_from_file(&file, shape, &LoadOptions { resize, ..LoadOptions::default() }).unwrap();
    let (got, frame) = with(ResizeMode::Crop);
    assert!(got.iter().all(|&v| v == 255) && frame.is_whole(shape));
    let (got, frame) = with(ResizeMode::Stretch);
    assert!(frame.is_whole(shape));
    assert!(got[..3].iter().all(|&v| v < 8) && got[6..10].iter().all(|&v| v > 247), "{:?}", &got[..16]);
}

#[test]
fn shrinking_a_smooth_image_agrees_with_box_averages() {
    let value = |x: usize, y: usize| (128.0 + 60.0 * (x as f32 / 40.0).sin() + 50.0 * (y as f32 / 31.0).cos()) as u8;
    let pixels: Vec<u8> = (0..256 * 256).map(|n| value(n % 256, n / 256)).collect();
    let (got, _) =
        data::example_from_file(&png(256, 256, 1, &pixels), Shape::from_whc(32, 32, 1), &LoadOptions::default())
            .unwrap();
    for (n, &got) in got.iter().enumerate() {
        let (left, top) = (n % 32 * 8, n / 32 * 8);
        let sum: usize = (0..64).map(|k| pixels[(top + k / 8) * 256 + left + k % 8] as usize).sum();
        assert!(got.abs_diff((sum / 64) as u8) <= 3, "{n}: {got}, box {}", sum / 64);
    }
}

#[test]
fn shrinking_does_not_alias() {
    // A chess board of single pixels becomes grey.
    let pixels: Vec<u8> = (0..200 * 200).map(|n| if (n % 200 + n / 200) % 2 == 0 { 0 } else { 255 }).collect();
    let got = decoded(&png(200, 200, 1, &pixels), Shape::from_whc(23, 23, 1));
    assert!(got.iter().all(|v| v.abs_diff(127) < 12), "{got:?}");
}

#[test]
fn sizes_and_channels_are_detected() {
    let grey = |side: usize| png(side, side, 1, &vec![9; side * side]);
    let colour = png(20, 20, 3, &[9, 10, 11].repeat(400));
    let shape = |files: Vec<Vec<u8>>| {
        let files = files.into_iter().enumerate().map(|(n, file)| (format!("{n}.png"), file)).collect();
        load(files, LoadOptions::default()).unwrap().dataset.shape
    };
    assert_eq!(shape(vec![grey(20), grey(20)]), Shape::from_whc(20, 20, 1));
    assert_eq!(shape(vec![grey(20), colour.clone(), grey(20)]), Shape::from_whc(20, 20, 3));
    assert_eq!(shape(vec![grey(20), grey(21)]), Shape::from_whc(64, 64, 1));
    assert_eq!(shape(vec![grey(100), grey(100)]), Shape::from_whc(64, 64, 1));
    assert_eq!(shape(vec![png(20, 30, 3, &[7; 1800])]), Shape::from_whc(20, 30, 1), "colour without colours is grey");

    let files = vec![("a".to_string(), grey(20)), ("b".to_string(), colour)];
    let loaded = load(files.clone(), LoadOptions { channels: 1, ..sized(8, 0) }).unwrap();
    assert_eq!(loaded.dataset.shape, Shape::from_whc(8, 8, 1));
    let loaded = load(files[..1].to_vec(), LoadOptions { channels: 3, ..sized(8, 6) }).unwrap();
    assert_eq!(loaded.dataset.shape, Shape::from_whc(8, 6, 3));
}

#[test]
fn resizing_gives_the_same_bytes_everywhere() {
    // The resampler has code for every kind of processor; all must agree on every byte.
    let pixels: Vec<u8> = (0..97 * 61 * 3).map(|n: u32| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let got = decoded(&png(97, 61, 3, &pixels), Shape::from_whc(40, 40, 3));
    assert_eq!(checksum(&got), RESIZED_CHECKSUM);
}

const RESIZED_CHECKSUM: u64 = 354_454_800_233_225_756;
