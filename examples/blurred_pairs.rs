//! Makes pairs of images: reads images as the program does, and writes each blurred into `input/` and sharp into `target/`.
//!
//!     cargo run --release --example blurred_pairs -- IMAGES FOLDER
//!
//! IMAGES is a zip of images or one image, FOLDER is made; `neurarium train input-directory=FOLDER` learns from the pairs.

use std::path::Path;

use neurarium::data::{LoadOptions, Loader, blurred, encode_png};
use neurarium::error::{Error, Result};

/// Side of the images in pixels.
const SIDE: usize = 64;

/// Writes the pairs; returns their number.
pub fn make(images: &Path, folder: &Path) -> Result<usize> {
    let failed = |error: std::io::Error| Error::new(error.to_string());
    let mut loader = Loader::new("images", LoadOptions { width: SIDE, height: SIDE, ..LoadOptions::default() });
    let name = images.file_name().unwrap_or_default().to_string_lossy().into_owned();
    loader.push(name, std::fs::read(images).map_err(failed)?);
    let set = loader.finish().map_err(|failed| failed.error)?.dataset;
    for (index, name) in set.names.iter().enumerate() {
        let mut pixels = set.example(index).into_owned();
        for side in ["target", "input"] {
            let path = folder.join(side).join(Path::new(name).with_extension("png"));
            std::fs::create_dir_all(path.parent().unwrap_or(folder)).map_err(failed)?;
            std::fs::write(&path, encode_png(SIDE, SIDE, set.shape.channels, &pixels)?).map_err(failed)?;
            blurred::blur(&mut pixels, set.shape);
        }
    }
    Ok(set.len())
}

#[allow(dead_code)] // the tests call `make`
pub fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [images, folder] = &arguments[..] else {
        return Err(Error::expected("arguments", "IMAGES FOLDER", arguments.join(" ")));
    };
    println!("{} pairs", make(Path::new(images), Path::new(folder))?);
    Ok(())
}
