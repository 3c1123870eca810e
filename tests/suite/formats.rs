//! Rarer kinds of images that other programs show: tables of colours, few bits, floats and alpha in TIFF, pointers, and
//! icons whose mask is cut off.

use std::io::Cursor;

use crate::common::files::{load, png};
use crate::common::tiff::{BITS, COLOURS, EXTRA, FORMAT, PHOTOMETRIC, SAMPLES, tiff};
use image::{DynamicImage, ImageFormat, RgbImage};
use neurarium::data::{self, LoadOptions};
use neurarium::shape::Shape;

fn decoded(bytes: &[u8], shape: Shape) -> Vec<u8> {
    data::example_from_file(bytes, shape, &LoadOptions::default()).unwrap().0
}

#[test]
fn tiffs_with_a_table_of_colours_show_the_colours() {
    for big_endian in [false, true] {
        for bits in [1, 2, 4, 8] {
            let count = 1 << bits;
            let colour = |n: usize| [n * 11 % 256, 255 - n, n * 7 % 256].map(|value| value as u8);
            let colours: Vec<u16> =
                (0..3).flat_map(|channel| (0..count).map(move |n| u16::from(colour(n)[channel]) * 257)).collect();
            // Two rows, each of which begins with a byte of its own.
            let indices: Vec<usize> = (0..8).map(|n| (3 * n + 1) % count).collect();
            let pack = |row: &[usize]| {
                let bits_of_row: Vec<bool> =
                    row.iter().flat_map(|n| (0..bits).rev().map(move |bit| n >> bit & 1 == 1)).collect();
                let byte = |bits: &[bool]| bits.iter().enumerate().map(|(at, &bit)| u8::from(bit) << (7 - at)).sum();
                bits_of_row.chunks(8).map(byte).collect::<Vec<u8>>()
            };
            let pixels: Vec<u8> = indices.chunks(4).flat_map(pack).collect();
            let tags: [(u16, &[u16]); 4] = [(BITS, &[bits]), (PHOTOMETRIC, &[3]), (SAMPLES, &[1]), (COLOURS, &colours)];
            let file = tiff(big_endian, 2, &tags, &pixels);
            let expected: Vec<u8> = indices.iter().flat_map(|&index| colour(index)).collect();
            assert_eq!(decoded(&file, Shape::from_whc(4, 2, 3)), expected, "{bits} bits, big-endian {big_endian}");
        }
    }
}

#[test]
fn tiffs_of_few_bits_floats_and_alpha_are_read() {
    let shape = Shape::from_whc(4, 1, 1);
    for big_endian in [false, true] {
        let grey = |bits: u16, white_is_zero: bool, pixels: &[u8]| {
            let photometric = [u16::from(!white_is_zero)];
            let tags: [(u16, &[u16]); 3] = [(BITS, &[bits]), (PHOTOMETRIC, &photometric), (SAMPLES, &[1])];
            decoded(&tiff(big_endian, 1, &tags, pixels), shape)
        };
        assert_eq!(grey(2, false, &[0b00_01_10_11]), [0, 85, 170, 255]);
        assert_eq!(grey(2, true, &[0b00_01_10_11]), [255, 170, 85, 0]);
        assert_eq!(grey(4, false, &[0x05, 0xaf]), [0, 85, 170, 255]);

        let floats = [0.0f32, 0.5, 1.0, f32::NAN].map(|x| if big_endian { x.to_be_bytes() } else { x.to_le_bytes() });
        let tags: [(u16, &[u16]); 4] = [(BITS, &[32]), (PHOTOMETRIC, &[1]), (SAMPLES, &[1]), (FORMAT, &[3])];
        assert_eq!(decoded(&tiff(big_endian, 1, &tags, floats.as_flattened()), shape), [0, 128, 255, 0]);

        let words = [0u16, 0, 0, 65535, 32768, 65535, 0, 13107];
        let words = words.map(|word| if big_endian { word.to_be_bytes() } else { word.to_le_bytes() });
        for (bits, pixels) in [(8, &[0, 0, 0, 255, 128, 255, 0, 51][..]), (16, words.as_flattened())] {
            let tags: [(u16, &[u16]); 4] = [(BITS, &[bits, bits]), (PHOTOMETRIC, &[1]), (SAMPLES, &[2]), (EXTRA, &[2])];
            assert_eq!(decoded(&tiff(big_endian, 1, &tags, pixels), shape), [255, 0, 128, 204], "{bits} bits");
        }
    }
}

#[test]
fn a_tiff_whose_table_of_colours_is_missing_or_short_is_refused() {
    for colours in [&[][..], &[1, 2, 3], &[7; 767]] {
        let mut tags: Vec<(u16, &[u16])> = vec![(BITS, &[8]), (PHOTOMETRIC, &[3]), (SAMPLES, &[1])];
        if !colours.is_empty() {
            tags.push((COLOURS, colours));
        }
        let file = tiff(false, 1, &tags, &[0, 1, 2, 3]);
        let error = data::example_from_file(&file, Shape::from_whc(4, 1, 3), &LoadOptions::default()).unwrap_err();
        assert!(error.to_string().contains("TIFF"), "{error}");
    }
}

/// An icon or a pointer (`kind`) of one image, with what its entry says of planes and bits, or of the point it shows.
fn icon(kind: u8, numbers: [u16; 2], image: &[u8]) -> Vec<u8> {
    let numbers: Vec<u8> = numbers.into_iter().flat_map(u16::to_le_bytes).collect();
    let length = (image.len() as u32).to_le_bytes();
    [&[0, 0, kind, 0, 1, 0, 4, 4, 0, 0][..], &numbers, &length, &22u32.to_le_bytes(), image].concat()
}

/// A bitmap of 4 x 4 opaque pixels of 32 bits as icons have it, and its mask.
fn bitmap() -> (Vec<u8>, Vec<u8>) {
    let header = [40u32, 4, 8, 1 | 32 << 16, 0, 64, 0, 0, 0, 0].into_iter().flat_map(u32::to_le_bytes);
    (header.chain([10, 20, 30, 255].repeat(16)).collect(), vec![0; 16])
}

#[test]
fn pointers_are_read_as_icons_are() {
    let (pixels, mask) = bitmap();
    let bitmap = [pixels, mask].concat();
    let expected = [30, 20, 10].repeat(16); // blue came first
    assert_eq!(decoded(&icon(1, [1, 32], &bitmap), Shape::from_whc(4, 4, 3)), expected);
    // A point far outside would be too many planes for an icon.
    assert_eq!(decoded(&icon(2, [400, 3], &bitmap), Shape::from_whc(4, 4, 3)), expected);
    let grey = png(4, 4, 1, &[77; 16]);
    assert_eq!(decoded(&icon(2, [400, 3], &grey), Shape::from_whc(4, 4, 3)), [77; 48]);
}

#[test]
fn a_file_that_begins_like_a_pointer_is_still_a_tga() {
    let picture = RgbImage::from_pixel(4, 4, image::Rgb([9, 8, 7]));
    let mut file = Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut file, ImageFormat::Tga).unwrap();
    let mut bytes = file.into_inner();
    let header = bytes[..18].to_vec();
    bytes = [&header[..2], &[2], &header[3..], &[7, 8, 9].repeat(16)].concat(); // without compression
    let loaded = load(vec![("a.tga".into(), bytes)], LoadOptions::default()).unwrap();
    assert_eq!(loaded.dataset.example(0)[..3], [9, 8, 7]);
}

#[test]
fn an_icon_whose_mask_is_cut_off_shows_its_pixels() {
    let (pixels, mask) = bitmap();
    let cut = [&pixels[..], &mask[..10]].concat();
    assert_eq!(decoded(&icon(1, [1, 32], &cut), Shape::from_whc(4, 4, 3)), [30, 20, 10].repeat(16));
    let short = icon(1, [1, 32], &pixels[..90]);
    assert!(data::example_from_file(&short, Shape::from_whc(4, 4, 3), &LoadOptions::default()).is_err());
}

#[test]
fn what_is_wrong_with_an_image_is_said_without_the_state_of_its_decoder() {
    let reason = |file: &[u8]| {
        data::example_from_file(file, Shape::from_whc(4, 4, 1), &LoadOptions::default()).unwrap_err().to_string()
    };
    let mut damaged = png(4, 4, 1, &[77; 16]);
    damaged[29] ^= 1; // in the checksum of the header
    let told = reason(&damaged);
    assert!(told.contains("a damaged PNG image (CRC error: expected 0x"), "{told}");
    let tags: [(u16, &[u16]); 3] = [(BITS, &[8]), (PHOTOMETRIC, &[4]), (SAMPLES, &[1])];
    let mask = reason(&tiff(false, 4, &tags, &[0; 16]));
    assert!(mask.contains("an unsupported kind of TIFF (Photometric interpretation"), "{mask}");
    for told in [told, mask] {
        assert!(!told.contains(['{', '}']) && !told.contains("decod"), "{told}");
    }
}
