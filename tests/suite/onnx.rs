//! ONNX files: outputs agree with PyTorch and ONNX's reference, errors name what is unsupported, and commands use them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::files::mutated;
use crate::common::lcg;
use crate::common::program::{Folder, stdout};
use neurarium::file::{self, Model, onnx};
use neurarium::layer::{Call, Layer};
use neurarium::network::{Pass, Task};
use neurarium::rng::{Purpose, Rng};
use serde::Deserialize;

const FILES: [&str; 8] = ["hand", "mobile", "paint", "plain", "pooled", "residual", "vector", "wide"];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/onnx").join(format!("{name}.onnx"))
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(path(name)).unwrap()
}

fn model(name: &str) -> Model {
    onnx::read(&bytes(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What another program computes for the images of a seed.
#[derive(Deserialize)]
pub struct Case {
    pub seed: u32,
    pub output: Vec<f32>,
}

fn run(model: &Model, seed: u32) -> Vec<f32> {
    outputs(model, seed, 2)
}

/// The outputs of the network for some images.
pub fn outputs(model: &Model, seed: u32, examples: usize) -> Vec<f32> {
    let network = &model.network;
    let mut pass = Pass::forward_only(network, examples);
    let x = lcg(examples * network.input().len(), seed);
    pass.input(examples).iter_mut().zip(x).for_each(|(to, x)| *to = (1.0 + x) / 2.0);
    network.forward(
        &mut pass,
        &Call { examples, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] },
    );
    pass.output().to_vec()
}

/// The largest difference from what another program computes, whose outputs must differ among each other.
pub fn worst(name: &str, y: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(y.len(), expected.len(), "{name}");
    let spread = expected.iter().fold(0.0f32, |most, y| most.max((y - expected[0]).abs()));
    assert!(0.01 < spread, "{name}: outputs that are all alike prove nothing");
    y.iter().zip(expected).map(|(y, expected)| (y - expected).abs()).fold(0.0, f32::max)
}

/// The logarithms of the dropped softmax.
pub fn log_softmax(y: &[f32], classes: usize) -> Vec<f32> {
    let row = |row: &[f32]| {
        let sum: f64 = row.iter().map(|&y| f64::from(y).exp()).sum();
        row.iter().map(|&y| (f64::from(y) - sum.ln()) as f32).collect::<Vec<_>>()
    };
    y.chunks_exact(classes).flat_map(row).collect()
}

#[test]
fn outputs_agree_with_pytorch_within_a_ten_thousandth() {
    let text = fs::read_to_string(path("x").with_file_name("outputs.json")).unwrap();
    let cases: HashMap<String, Case> = serde_json::from_str(&text).unwrap();
    assert_eq!(cases.len(), FILES.len());
    for name in FILES {
        let (model, case) = (model(name), &cases[name]);
        let mut y = run(&model, case.seed);
        if ["plain", "pooled"].contains(&name) {
            y = log_softmax(&y, model.network.output().len());
        }
        let worst = worst(name, &y, &case.output);
        assert!(worst < 1e-4, "{name}: off by {worst}");
    }
}

#[test]
fn an_imported_network_is_an_ordinary_network() {
    for name in FILES {
        let model = model(name);
        model.check().unwrap_or_else(|error| panic!("{name}: {error}"));
        let autoencodes = ["paint", "vector"].contains(&name);
        assert_eq!(model.meta.task == Task::Autoencoder, autoencodes, "{name}");
        // Saved as a model file it is the same to the bit.
        let saved = file::safetensors::write(&model).unwrap();
        let again = file::read(&saved).unwrap();
        assert_eq!(again.network, model.network, "{name}");
        assert_eq!(run(&again, 3), run(&model, 3), "{name}");
    }
    assert_eq!(model("hand").meta.classes, ["a", "b", "c", "d", "e", "f"]);
    assert_eq!(model("plain").meta.classes, ["0", "1", "2", "3", "4"]);
    // Norms are folded into the layers before them, activations into their blocks.
    let pooled = model("pooled").network;
    let titles: Vec<String> = pooled.blocks().iter().map(|block| block.layer.ops().title()).collect();
    assert_eq!(titles, ["input", "affine", "conv 3x3", "global average pool", "dense"]);
    assert_eq!(pooled.blocks()[2].activation.to_string(), "gelu");
    let residual = model("residual").network;
    assert!(residual.block_named("layer2.downsample.0").is_some());
    assert!(!residual.blocks().iter().any(|block| matches!(block.layer, Layer::Affine(_))));
}

/// The file with a word replaced by another of the same length.
fn with_word(name: &str, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes(name);
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|&at| bytes[at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty(), "{from} in {name}");
    places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to.as_bytes()));
    bytes
}

#[test]
fn errors_name_the_unsupported_operator_and_its_node() {
    let refused = |bytes: &[u8]| onnx::read(bytes).unwrap_err().to_string();
    assert_eq!(
        refused(&with_word("pooled", "GlobalAveragePool", "GlobalNothingPool")),
        "ONNX file: node \"10\" (GlobalNothingPool): this operator is not supported"
    );
    let told = refused(&with_word("residual", "ReduceMean", "ReduceOdds"));
    assert!(told.contains("(ReduceOdds): this operator is not supported"), "{told}");
    assert!(refused(b"").contains("it contains no graph"));
    assert!(refused(&bytes("plain")[..1000]).contains("cut off"));
    assert!(file::read(b"not a model at all").is_err());
}

#[test]
fn damaged_files_are_refused_without_panic_or_much_memory() {
    for name in FILES {
        let good = bytes(name);
        let mut refused = 0;
        for round in 0..400 {
            let mut rng = Rng::new(round, Purpose::Test, good.len() as u64);
            let bad = mutated(&good, &mut rng);
            match onnx::read(&bad) {
                // Some damage changes only a weight or a name; a file that opens must be valid.
                Ok(model) => assert!(model.network.param_len() < 4 * good.len()),
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().chars().count() < 300 && !error.to_string().contains('\n'), "{error}");
                }
            }
        }
        assert!(20 < refused, "{name}: {refused}");
        for end in (0..good.len()).step_by(good.len() / 50 + 1) {
            assert!(onnx::read(&good[..end]).is_err(), "{name} cut at {end}");
        }
    }
}

#[test]
fn the_commands_describe_run_and_extend_an_onnx_file() {
    let folder = Folder::new("onnx");
    fs::copy(path("plain"), folder.path("plain.onnx")).unwrap();
    fs::copy(path("paint"), folder.path("paint.onnx")).unwrap();
    folder.pictures("faces", 20);
    let info = folder.run(&["info", "plain.onnx"]);
    let told = stdout(&info);
    assert!(told.contains("onnx, classifier") && told.contains("conv 3x3"), "{told}");
    let picture = "faces/lying/000.png";
    assert!(folder.result(&["run", "plain.onnx", picture, "out.png"]).contains_key("class"));
    assert!(folder.result(&["run", "paint.onnx", picture, "painted.png"]).contains_key("psnr"));
    let trained = folder.result(&[
        "train",
        "model=plain.onnx",
        "input-directory=faces",
        "head=dense",
        "freeze=all",
        "epochs=8",
        "validation-split=0.3",
        "model-directory=models",
    ]);
    assert!(trained.contains_key("accuracy"), "{trained:?}");
    assert_eq!(folder.files("models"), ["plain-head.safetensors"]);
    // A broken file has an error of its own.
    fs::write(folder.path("broken.onnx"), &bytes("plain")[..900]).unwrap();
    let refused = folder.refused(1, &["info", "broken.onnx"]);
    assert!(refused.contains("ONNX file: it is cut off or damaged"), "{refused}");
}
