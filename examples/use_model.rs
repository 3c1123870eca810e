//! Runs a saved model on every image of a folder, and writes what goes in and what comes out: for each image, by name, the
//! values of the network's input and of its last layer, as floats of four bytes, pixel by pixel.
//!
//!     cargo run --release --example use_model -- MODEL FOLDER OUT [partner]

use std::fs;

use neurarium::config::Config;
use neurarium::data::example_from_file;
use neurarium::error::{Error, Result};
use neurarium::file;
use neurarium::layer::Call;
use neurarium::network::Pass;

pub fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, folder, out, rest @ ..] = &arguments[..] else {
        return Err(Error::expected("use_model", "MODEL FOLDER OUT", format!("{} arguments", arguments.len())));
    };
    let failed = |error: std::io::Error| Error::new(error.to_string());
    let mut model = file::read(&fs::read(model).map_err(failed)?)?;
    if !rest.is_empty() {
        model = *model.partner.ok_or_else(|| Error::expected("use_model", "two networks for letters", "one"))?;
    }

    // Images become examples as they did for training.
    let wanted = &model.meta.preprocessing;
    let [red, green, blue] = wanted.background;
    let mut config = Config::default();
    config.set("resize", &wanted.resize)?;
    config.set("background", &format!("#{red:02x}{green:02x}{blue:02x}"))?;
    let network = &model.network;
    let mut pass = Pass::forward_only(network, 1);
    let call = Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };

    let mut paths: Vec<_> = fs::read_dir(folder).map_err(failed)?.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let mut values = Vec::new();
    for path in &paths {
        let bytes = fs::read(path).map_err(failed)?;
        let (pixels, _) = example_from_file(&bytes, network.input(), &config.load_options())?;
        let x: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
        network.read(&mut pass, &x, &call);
        network.forward(&mut pass, &call);
        values.extend(x.iter().chain(pass.output()).flat_map(|value| value.to_le_bytes()));
    }
    fs::write(out, values).map_err(failed)
}
