//! Writes the files that fuzzing begins with into the folder that the variable SEEDS names, one folder for each target.
//! It fuzzes nothing, but is built like a target, since all code here calls the fuzzer.
#![no_main]
#![allow(unreachable_code)] // the macro goes on behind what ends the process

#[path = "../../tests/common/tiff.rs"]
mod tiff;

use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use image::{DynamicImage, ImageFormat, RgbaImage};
use libfuzzer_sys::fuzz_target;
use neurarium::config::Config;
use neurarium::network::draft::{self, Surroundings};
use neurarium::network::preset::{PRESETS, Request};
use neurarium::session::{Command, Session};
use neurarium::shape::Shape;

fuzz_target!(
    init: {
        write_all(&std::env::var("SEEDS").expect("the variable SEEDS with the folder to write to"));
        std::process::exit(0);
    },
    |_bytes| {}
);

fn write_all(folder: &str) {
    let write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = Path::new(folder).join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    };
    let pictures = pictures();
    pictures.iter().for_each(|(name, bytes)| write("pictures", name, bytes));
    let small: Vec<_> = pictures.iter().filter(|(name, _)| name.ends_with("4.png")).collect();
    for packed in [false, true] {
        let files: Vec<(&str, &[u8])> = small.iter().map(|(name, bytes)| (&name[..], &bytes[..])).collect();
        write("archives", if packed { "deflated.zip" } else { "stored.zip" }, &zip(&files, packed));
    }
    let images = [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 4][..], &[9; 32]].concat();
    write("idx", "images", &images);
    write("idx", "labels", &[0, 0, 8, 1, 0, 0, 0, 3, 0, 1, 2]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(&images).unwrap();
    write("idx", "images.gz", &gzip.finish().unwrap());

    let config = Config::parse("width=4\nheight=4\nlimit=40\nembedding=2\narchitecture=dense outputs=6 relu; embedding: dense outputs=2; dense outputs=values; picture sigmoid").unwrap();
    write("config", "recipe", config.recipe().as_bytes());
    write("config", "all", Config::default().print().as_bytes());
    let mut session = Session::new(config).unwrap();
    for name in [("learning-rate", "0.01"), ("flip", "both")] {
        let command = Command::Setting { key: name.0.into(), value: name.1.into() };
        session.edit(&command, false).ok();
    }
    write("journal", "settings", session.journal().as_bytes());
    session.step_once(&|| 0.0).unwrap();
    write("safetensors", "model", &session.save().unwrap());
    write("safetensors", "checkpoint", &session.checkpoint().unwrap());
    write("projects", "project.zip", &session.project_file().unwrap());
    for preset in PRESETS {
        let request = Request { classes: 10, embedding: 4, dropout: 0.1, ..Request::default() };
        let input = Shape::from_whc(16, 16, 1);
        // Some need pairs of images.
        let Ok(network) = preset.build(input, request) else { continue };
        if let Ok(text) =
            draft::print(&network, Surroundings { input, classes: 10, numbers: 0, target: None, letters: false })
        {
            write("architecture", preset.name, text.as_bytes());
        }
    }
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/fonts");
    for entry in fs::read_dir(fonts).unwrap().map(|entry| entry.unwrap().path()) {
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if ["ttf", "otf", "ttc", "woff", "woff2"].contains(&ending) {
            write("fonts", &entry.file_name().unwrap().to_string_lossy(), &fs::read(&entry).unwrap());
        }
    }
    for name in ["hand", "plain", "pooled", "vector"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/oracle/onnx/{name}.onnx"));
        write("onnx", name, &fs::read(path).unwrap());
    }
}

/// One image in every format and depth.
fn pictures() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for side in [4, 17] {
        let rgba =
            RgbaImage::from_fn(side, side + 1, |x, y| image::Rgba([x as u8 * 10, y as u8 * 15, (x * y) as u8, 200]));
        let rgba = DynamicImage::from(rgba);
        let kinds = [
            ("rgba", rgba.clone()),
            ("rgb", rgba.to_rgb8().into()),
            ("grey", rgba.to_luma8().into()),
            ("deep", rgba.to_rgba16().into()),
            ("float", rgba.to_rgb32f().into()),
        ];
        use ImageFormat::*;
        for format in [Png, Jpeg, Gif, WebP, Tiff, Ico, Qoi, Tga, Bmp, Pnm, Farbfeld, Hdr] {
            for (kind, picture) in &kinds {
                let mut file = Cursor::new(Vec::new());
                if picture.write_to(&mut file, format).is_ok() {
                    files.push((format!("{kind}{side}.{}", format.extensions_str()[0]), file.into_inner()));
                }
            }
        }
    }
    let icon = files.iter().find(|(name, _)| name == "rgba4.ico").map(|(_, bytes)| bytes.clone());
    let mut pointer = icon.expect("an icon");
    pointer[2] = 2;
    files.push(("pointer.cur".into(), pointer));
    let colours: Vec<u16> = (0..48).map(|value| value * 1365).collect();
    type Tags<'a> = [(u16, &'a [u16]); 4];
    let (grey, one): ((u16, &[u16]), (u16, &[u16])) = ((tiff::PHOTOMETRIC, &[1]), (tiff::SAMPLES, &[1]));
    let indexed: Tags = [(tiff::BITS, &[4]), (tiff::PHOTOMETRIC, &[3]), one, (tiff::COLOURS, &colours)];
    let with_alpha: Tags = [(tiff::BITS, &[8, 8]), grey, (tiff::SAMPLES, &[2]), (tiff::EXTRA, &[2])];
    let floats: Tags = [(tiff::BITS, &[32]), grey, one, (tiff::FORMAT, &[3])];
    for (name, tags, row) in [("indexed", indexed, 2), ("with-alpha", with_alpha, 8), ("floats", floats, 16)] {
        let pixels: Vec<u8> = (0..4 * row).map(|n| (16 * n + 5) as u8).collect();
        files.push((format!("{name}.tiff"), tiff::tiff(name == "indexed", 4, &tags, &pixels)));
    }
    files
}

fn zip(files: &[(&str, &[u8])], packed: bool) -> Vec<u8> {
    let (mut archive, mut list) = (Vec::new(), Vec::new());
    for (name, bytes) in files {
        let mut content = bytes.to_vec();
        if packed {
            let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
            deflate.write_all(bytes).unwrap();
            content = deflate.finish().unwrap();
        }
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        let mut facts = vec![20, 0, 0, 8, if packed { 8 } else { 0 }, 0, 0, 0, 0, 0];
        facts.extend(crc.sum().to_le_bytes());
        facts.extend((content.len() as u32).to_le_bytes());
        facts.extend((bytes.len() as u32).to_le_bytes());
        facts.extend((name.len() as u16).to_le_bytes());
        facts.extend([0; 2]);
        let offset = archive.len() as u32;
        archive.extend(b"PK\x03\x04");
        archive.extend(&facts);
        archive.extend(name.as_bytes());
        archive.extend(&content);
        list.extend(b"PK\x01\x02\x14\0");
        list.extend(&facts);
        list.extend([0; 10]);
        list.extend(offset.to_le_bytes());
        list.extend(name.as_bytes());
    }
    let (count, at) = (files.len() as u16, archive.len() as u32);
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0; 2]);
    archive
}
