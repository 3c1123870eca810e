//! ONNX files that are written here: read again they compute the same, in the layers that they were; every kind of layer has
//! a form or a reason. That other programs agree is shown by `tests/oracle/export.py`.

use std::fs;

use crate::common::files::mutated;
use crate::common::layers;
use crate::common::program::Folder;
use crate::common::{lcg, numbers};
use neurarium::config::Config;
use neurarium::file::onnx::export::{self, OnnxInput, OnnxPart};
use neurarium::file::{self, Model, ModelMeta, ModelView, Preprocessing, Training, onnx, safetensors};
use neurarium::layer::{Call, Layer, Margins, Pool, PoolKind};
use neurarium::loss::Loss;
use neurarium::network::preset::{self, Request};
use neurarium::network::{Held, Holds, Network, Pass, Scaling, Task};
use neurarium::rng::{Purpose, Rng};
use neurarium::session::Session;
use neurarium::shape::Shape;

fn model_of(network: Network, task: Task) -> Model {
    let (input, output) = (network.input(), network.output());
    let loss = if task == Task::Classifier { Loss::CrossEntropy } else { Loss::Mse };
    let classes = (0..output.len()).map(|class| format!("class {class}")).collect();
    let preprocessing = Preprocessing {
        width: input.width,
        height: input.height,
        channels: input.channels,
        resize: "fit".into(),
        background: [255; 3],
    };
    let (settings, training) = (String::new(), Training::default());
    let meta = ModelMeta { preset: "test".into(), task, loss, classes, preprocessing, settings, training };
    Model { network, columns: None, meta, moments: None, run: None, partner: None }
}

fn written(model: &Model, part: OnnxPart) -> neurarium::error::Result<Vec<u8>> {
    export::write(&ModelView::from(model), OnnxInput::Tensor, part)
}

/// Outputs for two pictures with values in 0..=1.
fn outputs(network: &Network) -> Vec<f32> {
    let mut pass = Pass::forward_only(network, 2);
    let x: Vec<f32> = lcg(2 * network.input().len(), 7).into_iter().map(|x| (1.0 + x) / 2.0).collect();
    let call = Call { examples: 2, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };
    network.read(&mut pass, &x, &call);
    network.forward(&mut pass, &call);
    pass.output().to_vec()
}

fn preset_network(name: &str) -> Network {
    let letters = name.starts_with("letters");
    let shape = Shape::from_whc(20, 16, if letters { 1 } else { 3 });
    let request =
        Request { classes: 4, embedding: 6, dropout: 0.2, target: Some(shape), letters, ..Request::default() };
    let mut network = preset::find(name).unwrap().build(shape, request).unwrap();
    network.initialise(3);
    network
}

fn preset_task(name: &str) -> Task {
    match name {
        "classifier-mlp" | "classifier-cnn" | "manifold" | "graph" => Task::Classifier,
        name if name.starts_with("letters") => Task::MakeLowercase,
        _ => Task::Autoencoder,
    }
}

/// Compares outputs for two pictures; `shown` of ours are in the file, the first of each picture.
fn assert_same_part(name: &str, ours: &Network, theirs: &Network, shown: usize) {
    let (y, again) = (outputs(ours), outputs(theirs));
    let y: Vec<f32> = y.chunks_exact(ours.output().len()).flat_map(|y| &y[..shown]).copied().collect();
    assert_eq!(y.len(), again.len(), "{name}");
    let worst = y.iter().zip(&again).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    let largest = y.iter().fold(1.0f32, |most, value| most.max(value.abs()));
    assert!(worst < 1e-5 * largest, "{name}: off by {worst}");
}

fn assert_same(name: &str, ours: &Network, theirs: &Network) {
    assert_same_part(name, ours, theirs, ours.output().len());
    let y = outputs(ours);
    assert!(y.iter().any(|value| (value - y[0]).abs() > 1e-3), "{name}: outputs that are all alike prove nothing");
}

/// The layers of a network, but for those that only move values.
fn computing(network: &Network) -> Vec<&Layer> {
    let is_computing = |layer: &&Layer| !matches!(layer, Layer::Reshape(_) | Layer::Planes(_) | Layer::Dropout(_));
    network.blocks().iter().map(|block| &block.layer).filter(is_computing).collect()
}

#[test]
fn a_file_that_is_read_again_computes_the_same() {
    for preset in preset::PRESETS {
        let (name, task) = (preset.name, preset_task(preset.name));
        let mut network = preset_network(name);
        network.set_scaling(Scaling::imagenet(network.input().channels)).unwrap();
        // The last value of a hidden layer that something reads is held, and with it what the file computes.
        let free = outputs(&network);
        let is_felt = (0..network.shape(1).len()).rev().any(|held| {
            network.set_holds(Holds::default()).unwrap();
            network.hold(1, Held::Neuron(held), Some(2.5)).unwrap();
            outputs(&network) != free
        });
        assert!(is_felt, "{name}");
        let model = model_of(network, task);
        let again =
            onnx::read(&written(&model, OnnxPart::Whole).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let values: Vec<f32> = again.network.holds().iter().map(|hold| hold.value).collect();
        assert_eq!(values, [2.5], "{name}");
        if task == Task::MakeLowercase {
            // The picture is the first output, and all that is read.
            assert_same_part(name, &model.network, &again.network, model.network.input().len());
            continue;
        }
        assert_same(name, &model.network, &again.network);
        assert_eq!(again.meta.task, task, "{name}");
        let code = |network: &Network| network.embedding.map(|code| network.shape(code));
        assert_eq!(code(&again.network), code(&model.network), "{name}");
        if task == Task::Classifier {
            assert_eq!(again.meta.classes, model.meta.classes);
        }
    }
}

#[test]
fn layers_that_are_written_as_several_nodes_are_read_as_what_they_were() {
    let mut compared = 0;
    for layer in layers::all() {
        if !matches!(layer, Layer::Sparse(_) | Layer::FreeGraph(_) | Layer::LocallyConnected(_) | Layer::TileDense(_)) {
            continue;
        }
        let title = layer.ops().title();
        let mut network = Network::new(layer.ops().inputs()[0]).unwrap();
        network.push("layer", layer, neurarium::activation::Activation::Linear, &[0]).unwrap();
        network.theta = numbers(network.param_len(), 5);
        let model = model_of(network, Task::Regressor);
        let again = onnx::read(&written(&model, OnnxPart::Whole).unwrap()).unwrap().network;
        assert_same_part(&title, &model.network, &again, model.network.output().len());
        match (computing(&model.network)[1], computing(&again)[1]) {
            (Layer::Sparse(ours), Layer::Sparse(theirs)) => {
                assert_eq!((ours.sizes().output, ours.sources()), (theirs.sizes().output, theirs.sources()));
            }
            (Layer::FreeGraph(ours), Layer::FreeGraph(theirs)) => {
                // With a single step nothing within is read, so nothing of it is written.
                assert_eq!((ours.outputs, ours.free, ours.steps), (theirs.outputs, theirs.free, theirs.steps));
                assert!(ours.steps == 1 || ours.wiring == theirs.wiring, "{title}");
            }
            // With one channel it is the same whether channels are mixed.
            (Layer::LocallyConnected(ours), Layer::LocallyConnected(theirs)) if ours.input.channels == 1 => {
                assert_eq!((ours.input, ours.size), (theirs.input, theirs.size));
            }
            (ours, theirs) => assert_eq!(ours, theirs),
        }
        compared += 1;
    }
    assert!(12 < compared, "{compared}");
}

#[test]
fn a_file_for_images_of_any_size_opens_at_what_follows_the_resizing() {
    for name in ["classifier-cnn", "autoencoder-dense"] {
        let mut model = model_of(preset_network(name), preset_task(name));
        (model.meta.preprocessing.resize, model.meta.preprocessing.background) = ("crop".into(), [1, 2, 254]);
        let bytes = export::write(&ModelView::from(&model), OnnxInput::Bytes, OnnxPart::Whole).unwrap();
        let again = onnx::read(&bytes).unwrap();
        assert_same(name, &model.network, &again.network);
        assert_eq!(again.meta.preprocessing, model.meta.preprocessing);
    }
}

#[test]
fn damaged_files_of_ours_are_refused_without_panic() {
    for name in ["letters-sparse", "graph", "autoencoder-local", "manifold"] {
        let mut model = model_of(preset_network(name), preset_task(name));
        model.network.hold(1, Held::Neuron(0), Some(1.0)).unwrap();
        let good = written(&model, OnnxPart::Whole).unwrap();
        // The operators are behind the constants' names; the metadata are at the end.
        for round in 0..100 {
            let mut rng = Rng::new(round, Purpose::Test, good.len() as u64);
            if let Ok(model) = onnx::read(&mutated(&good, &mut rng)) {
                assert!(model.network.param_len() < 8 * good.len(), "{name}");
            }
        }
    }
}

/// On the page a file of ONNX reaches the engine as a model file, and its answers are compared with those of the saved one.
#[test]
fn a_file_that_is_read_again_is_a_model_file_that_the_engine_opens() {
    for (settings, task) in [
        ("model=classifier-cnn", Task::Classifier),
        ("model=autoencoder-dense", Task::Autoencoder),
        ("sample=blurred\nwidth=16\nheight=16\ntarget-width=8\ntarget-height=8", Task::ImageToImage),
    ] {
        let config = format!("{settings}\nlimit=40");
        let mut session = Session::new(Config::parse(&config).unwrap()).unwrap();
        let saved = session.finished_file(false).unwrap().bytes;
        let model = file::read(&saved).unwrap();
        let again = file::read(&written(&model, OnnxPart::Whole).unwrap()).unwrap();
        assert_eq!(again.meta.task, task);
        let bytes = safetensors::write(&again).unwrap();
        assert_eq!(safetensors::read(&bytes).unwrap(), again, "{config}");
        let difference = session.difference(&saved, &bytes, false).unwrap();
        assert!(difference < 1e-5, "{config}: off by {difference}");
        session.open(&bytes).unwrap();
        assert_eq!(session.run().preset, "onnx", "{config}");
    }
}

#[test]
fn pools_that_are_read_again_have_their_margins() {
    let margins = Margins { left: 1, top: 0, right: 1, bottom: 2 };
    for (kind, stride) in [(PoolKind::Max, 1), (PoolKind::Max, 2), (PoolKind::Average, 1), (PoolKind::Average, 2)] {
        let pool = Pool { margins, ..Pool::plain(Shape::from_whc(7, 6, 3), kind, 3, stride) };
        let mut network = Network::new(pool.input).unwrap();
        network.push("pool", Layer::Pool(pool), neurarium::activation::Activation::Linear, &[0]).unwrap();
        let model = model_of(network, Task::Regressor);
        let again = onnx::read(&written(&model, OnnxPart::Whole).unwrap()).unwrap();
        assert_same(&format!("{kind:?} {stride}"), &model.network, &again.network);
    }
}

#[test]
fn every_kind_of_layer_is_written_or_says_why_not() {
    let mut refused = 0;
    for layer in layers::all() {
        let (title, shapes) = (layer.ops().title(), layer.ops().inputs());
        let rows = matches!(&layer, Layer::Manifold(manifold) if 1 < manifold.steps());
        // One input for the first, reshaped inputs for the others would be another layer: those are written by presets.
        if shapes.len() != 1 {
            continue;
        }
        let mut network = Network::new(shapes[0]).unwrap();
        let block = network.push("layer", layer, neurarium::activation::Activation::Gelu, &[0]).unwrap();
        network.theta = numbers(network.param_len(), 5);
        network.hold(block, Held::Neuron(0), Some(0.5)).unwrap();
        let model = model_of(network, Task::Regressor);
        let file = written(&model, OnnxPart::Whole);
        assert_eq!(file.is_err(), rows, "{title}: {file:?}", file = file.as_ref().err());
        match file {
            Ok(file) => {
                let again = onnx::read(&file).unwrap_or_else(|error| panic!("{title}: {error}"));
                assert_same_part(&title, &model.network, &again.network, model.network.output().len());
            }
            Err(error) => {
                assert!(error.to_string().contains("row by row"), "{error}");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 3);
}

#[test]
fn the_command_writes_the_network_its_halves_and_its_labels() {
    let folder = Folder::new("export");
    folder.pictures("faces", 8);
    let train = |model: &str| {
        folder.result(&["train", model, "input-directory=faces", "epochs=1", "model-directory=models"]);
    };
    train("model=classifier-mlp");
    train("model=autoencoder");
    let model = "models/classifier-mlp.safetensors";
    for options in [&["input=tensor"][..], &["input=bytes"], &[]] {
        let result = folder.result(&[&["export", model, "out.onnx"], options].concat());
        let bytes = fs::read(folder.path("out.onnx")).unwrap();
        assert_eq!(result["bytes"], bytes.len().to_string());
        assert!(onnx::sniff(&bytes));
    }
    assert_eq!(folder.run(&["info", "out.onnx"]).status.code(), Some(0));
    folder.result(&["export", model, "labels.txt"]);
    assert_eq!(fs::read_to_string(folder.path("labels.txt")).unwrap(), "lying\nstanding\n");
    let auto = "models/autoencoder.safetensors";
    let size = |part: &str| {
        folder.result(&["export", auto, "half.onnx", part]);
        fs::metadata(folder.path("half.onnx")).unwrap().len()
    };
    assert!(size("part=encoder") + size("part=decoder") < size("part=whole") + 20_000);
    for (arguments, expected) in [
        (&[model, "out.onnx", "part=encoder"][..], "part: expected a network with a code, got none"),
        (&[model, "out.onnx", "part=partner"], "part: expected two networks for letters, got one"),
        (&[model, "out.onnx", "input=picture"], "input: expected one of tensor, bytes, got \"picture\""),
        (
            &[model, "out.pb"],
            "export: expected a name that ends in .onnx, .html, .txt or .zip, or format= with a folder, got out.pb",
        ),
        (&[auto, "labels.txt"], "labels: expected a network for classes or numbers, got one that makes images"),
    ] {
        let told = folder.refused(1, &[&["export"], arguments].concat());
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn predictions_are_a_row_for_each_image() {
    let folder = Folder::new("predict");
    folder.pictures("faces", 6);
    // What a model was trained with limits no table.
    let settings = ["model=classifier-mlp", "input-directory=faces", "limit=8", "epochs=2", "model-directory=models"];
    folder.result(&[&["train"], &settings[..]].concat());
    let model = "models/classifier-mlp.safetensors";
    let result = folder.result(&["predict", model, "faces", "answers.csv"]);
    assert_eq!(result["images"], "12");
    let table = fs::read_to_string(folder.path("answers.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("path,class,confidence,lying,standing"));
    for line in lines.clone() {
        let cells: Vec<&str> = line.split(',').collect();
        let numbers: Vec<f32> = cells[2..].iter().map(|cell| cell.parse().unwrap()).collect();
        assert!(cells[0].starts_with("lying/") || cells[0].starts_with("standing/"), "{line}");
        assert!((numbers[1] + numbers[2] - 1.0).abs() < 1e-5, "{line}");
        let class = if numbers[2] <= numbers[1] { "lying" } else { "standing" };
        assert_eq!((cells[1], numbers[0]), (class, numbers[1].max(numbers[2])), "{line}");
    }
    assert_eq!(lines.count(), 12);
    assert!(folder.refused(1, &["predict", model, "faces", "answers.txt"]).contains("a name that ends in .csv"));
}
