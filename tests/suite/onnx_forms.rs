//! Networks in the forms in which exporters write them, against onnxruntime: `tests/oracle/onnx_forms.py`.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::common::files::mutated;
use crate::onnx::{Case, log_softmax, outputs, worst};
use neurarium::file::{self, FilesBeside, Model, onnx};
use neurarium::layer::Layer;
use neurarium::progress::Progress;
use neurarium::rng::{Purpose, Rng};

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(path)
}

/// The model in a file of a folder, with the files that it names.
fn model(folder: &Path, name: &str) -> Model {
    let bytes = fs::read(folder.join(format!("{name}.onnx"))).unwrap();
    let names = file::files_beside(&bytes).into_iter();
    let beside: FilesBeside = names.map(|name| (name.clone(), fs::read(folder.join(name)).unwrap())).collect();
    let read = file::read_with(&bytes, &beside, &Progress::default());
    read.unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn cases(path: &Path) -> HashMap<String, Case> {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Compares all models of a folder with onnxruntime's outputs.
fn agree(folder: &Path, cases: &HashMap<String, Case>, examples: usize) {
    for (name, case) in cases {
        let model = model(folder, name);
        let mut y = outputs(&model, case.seed, examples);
        if name.contains("softmax") {
            y = log_softmax(&y, model.network.output().len());
        }
        let worst = worst(name, &y, &case.output);
        assert!(worst < 1e-4, "{name}: off by {worst}");
    }
}

#[test]
fn small_networks_compute_in_every_form_what_onnxruntime_does() {
    let cases = cases(&folder("oracle/onnx/forms.json"));
    assert!(30 < cases.len());
    agree(&folder("oracle/onnx/forms"), &cases, 2);
}

#[test]
#[ignore = "needs python tests/oracle/onnx_forms.py ../shared/data/base-models/efficientnet-lite0-224.onnx before"]
fn a_real_network_computes_in_every_form_what_onnxruntime_does() {
    let made = folder("output/onnx-forms");
    if !made.join("forms.json").exists() {
        return println!("{} was not made, so there is nothing to check", made.display());
    }
    agree(&made, &cases(&made.join("forms.json")), 1);
}

#[test]
#[cfg_attr(not(shared_data = "base-models"), ignore = "needs ../shared/data/base-models")]
fn a_real_network_computes_what_onnxruntime_does() {
    let text = fs::read_to_string(folder("oracle/onnx/base.json")).unwrap();
    let case: Case = serde_json::from_str(&text).unwrap();
    let base = model(&folder("../../shared/data/base-models"), "efficientnet-lite0-224");
    let worst = worst("base", &outputs(&base, case.seed, 1), &case.output);
    assert!(worst < 1e-4, "off by {worst}");
}

#[test]
fn forms_cost_no_layers_of_their_own() {
    let titles = |name: &str| -> Vec<String> {
        let model = model(&folder("oracle/onnx/forms"), name);
        model.network.blocks().iter().map(|block| block.layer.ops().title()).collect()
    };
    let plain = titles("plain");
    for name in
        ["channels-last", "channels-last-inside", "padded", "cast", "squeezed", "shape-chain", "open-size", "unordered"]
    {
        assert_eq!(titles(name), plain, "{name}");
    }
    // No margin of a pool is a value that a picture would have to show.
    let pooled = model(&folder("oracle/onnx/forms"), "largest-with-margins");
    assert!(!pooled.network.blocks().iter().any(|block| matches!(block.layer, Layer::Pad(_))));
}

#[test]
fn numbers_in_a_second_file_are_asked_for_by_name_and_checked() {
    let bytes = fs::read(folder("oracle/onnx/forms/external.onnx")).unwrap();
    assert_eq!(file::files_beside(&bytes), ["external.onnx.data"]);
    let refused = |beside: FilesBeside| onnx::read_with(&bytes, &beside, &Progress::default()).unwrap_err().to_string();
    let alone = refused(FilesBeside::new());
    assert!(alone.contains("external.onnx.data, which is not here; put it beside the model, or drop both"), "{alone}");
    let data = fs::read(folder("oracle/onnx/forms/external.onnx.data")).unwrap();
    let cut = refused(FilesBeside::from([("external.onnx.data".into(), data[..100].to_vec())]));
    assert!(cut.contains("beyond the end of the file external.onnx.data"), "{cut}");
}

#[test]
fn damaged_forms_are_refused_without_panic() {
    let made = folder("oracle/onnx/forms");
    for name in cases(&folder("oracle/onnx/forms.json")).keys().filter(|name| *name != "external") {
        let good = fs::read(made.join(format!("{name}.onnx"))).unwrap();
        for round in 0..200 {
            let mut rng = Rng::new(round, Purpose::Test, good.len() as u64);
            if let Ok(model) = onnx::read(&mutated(&good, &mut rng)) {
                assert!(model.network.param_len() < 8 * good.len(), "{name}");
            }
        }
    }
}

#[test]
fn files_that_are_no_models_are_called_what_they_are() {
    for (bytes, what) in [
        (&b""[..], "got an empty file"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "got a pointer of Git LFS"),
        (b"\n<!DOCTYPE html><html><body>Not found</body></html>", "got a web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "got a PNG image"),
        (b"PK\x03\x04\x14\0\0\0\0\0archive/data.pkl", "got a zip, such as PyTorch and Keras save"),
        (b"\x89HDF\r\n\x1a\n\0\0\0\0", "got an HDF5 file"),
        (b"\x1c\0\0\0TFL3\0\0\0\0", "got a model of TensorFlow Lite"),
        (b"Not Found, says the server", "got a text file"),
    ] {
        let sentence = file::read(bytes).unwrap_err().to_string();
        assert!(sentence.contains(what), "{sentence}");
    }
}
