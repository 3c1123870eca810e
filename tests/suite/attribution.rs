//! Attribution: the maps of PyTorch, completeness, and the job that makes them.
//!
//! The numbers were computed by `tests/oracle/attribution.py`, which describes the networks.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::common::program::{Folder, number, picture as image_file, stderr};
use crate::common::{lcg, resources, run_job};
use neurarium::activation::Activation;
use neurarium::config::Config;
use neurarium::inspect::{Attribution, AttributionMethod, HeatMap, averaged_block, map_blocks, methods};
use neurarium::layer::{Conv, Dense, GlobalPool, Layer, Pool, PoolKind};
use neurarium::network::Network;
use neurarium::par;
use neurarium::render::Theme;
use neurarium::session::{Explain, ExplainSheet, Session};
use neurarium::shape::Shape;

const INPUT: Shape = Shape::from_whc(12, 10, 3);

#[derive(Deserialize)]
struct Expected {
    scores: Vec<f32>,
    class: usize,
    black: f64,
    grad_cam: Vec<BothSizes>,
    integrated: BTreeMap<usize, Vec<f32>>,
    occlusion: Vec<f32>,
    #[serde(default)]
    class_activation: Vec<f32>,
}

#[derive(Deserialize)]
struct BothSizes {
    raw: Vec<f32>,
    large: Vec<f32>,
}

fn expected(name: &str) -> Expected {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/attribution.json")).unwrap();
    let mut cases: BTreeMap<String, Expected> = serde_json::from_str(&text).unwrap();
    cases.remove(name).unwrap()
}

/// The network of the script.
fn network(pooled: bool) -> Network {
    let mut network = Network::new(INPUT).unwrap();
    let conv = |input, outputs| Layer::Conv(Conv::new(input, outputs, 3, 1, 1));
    let first = network.push("first", conv(INPUT, 6), Activation::Relu, &[0]).unwrap();
    let pool = Pool::plain(network.shape(first), PoolKind::Max, 2, 2);
    let pool = network.push("pool", Layer::Pool(pool), Activation::Linear, &[first]).unwrap();
    let second = network.push("second", conv(network.shape(pool), 8), Activation::Relu, &[pool]).unwrap();
    let mut last = second;
    if pooled {
        let mean = GlobalPool { input: network.shape(second), kind: PoolKind::Average };
        last = network.push("mean", Layer::GlobalPool(mean), Activation::Linear, &[second]).unwrap();
    }
    let dense = Dense { input: network.shape(last), outputs: 4 };
    network.push("classes", Layer::Dense(dense), Activation::Linear, &[last]).unwrap();
    let tensors: Vec<_> = (0..network.blocks().len()).flat_map(|block| network.tensors(block)).collect();
    for ((seed, (_, range)), scale) in (1..).zip(tensors).zip([0.5, 0.25, 0.5, 0.25, 0.25, 0.25]) {
        let numbers = lcg(range.len(), seed);
        network.theta[range].iter_mut().zip(numbers).for_each(|(theta, number)| *theta = number * scale);
    }
    network
}

fn picture() -> Vec<f32> {
    lcg(INPUT.len(), 50).into_iter().map(|number| (1.0 + number) / 2.0).collect()
}

fn explain(network: &Network, method: AttributionMethod, block: usize, class: Option<usize>) -> (HeatMap, Attribution) {
    let mut attribution = Attribution::begin(network, method, block, class, picture());
    while attribution.advance(network) {}
    (attribution.heat().unwrap().clone(), attribution)
}

#[track_caller]
fn assert_near(got: &[f32], expected: &[f32], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
    assert!(0.0 < scale, "{what} has something to compare");
    let error = got.iter().zip(expected).fold(0.0, |most: f32, (got, expected)| most.max((got - expected).abs()));
    assert!(error <= 1e-4 * scale, "{what}: off by {error} where the largest value is {scale}");
}

#[test]
fn maps_are_those_of_pytorch() {
    for (name, pooled) in [("flat", false), ("pooled", true)] {
        let (network, expected) = (network(pooled), expected(name));
        let class = Some(expected.class);
        for (which, block) in [1, 3].into_iter().enumerate() {
            let (heat, attribution) = explain(&network, AttributionMethod::GradCam, block, class);
            assert_near(attribution.outputs(), &expected.scores, "the scores");
            let BothSizes { raw, large } = &expected.grad_cam[which];
            assert_near(&heat.values, raw, "Grad-CAM");
            assert_near(&heat.resized(12, 10).values, large, "Grad-CAM in the size of the picture");
        }
        let (heat, attribution) = explain(&network, AttributionMethod::IntegratedGradients, 0, class);
        let (parts, gap) = attribution.completeness().unwrap();
        assert_near(&heat.values, &expected.integrated[&parts], "integrated gradients");
        let (sum, difference) = (
            heat.values.iter().map(|&value| f64::from(value)).sum::<f64>(),
            f64::from(expected.scores[expected.class]) - expected.black,
        );
        assert!(gap <= 0.01 && (sum - difference).abs() <= 0.01 * difference.abs(), "{sum} instead of {difference}");
        let (heat, _) = explain(&network, AttributionMethod::Occlusion, 0, class);
        assert_near(&heat.values, &expected.occlusion, "occlusion");
        if pooled {
            let (heat, _) = explain(&network, AttributionMethod::ClassActivation, 0, class);
            assert_near(&heat.values, &expected.class_activation, "the class activation map");
        }
    }
}

#[test]
fn a_network_has_the_methods_that_its_layers_allow() {
    let (flat, pooled) = (network(false), network(true));
    assert_eq!((averaged_block(&flat), averaged_block(&pooled)), (None, Some(3)));
    assert_eq!(methods(&flat), AttributionMethod::ALL[1..]);
    assert_eq!(methods(&pooled), AttributionMethod::ALL);
    assert_eq!(map_blocks(&flat), [1, 2, 3]);
    let mut dense = Network::new(INPUT).unwrap();
    dense.push("classes", Layer::Dense(Dense { input: INPUT, outputs: 4 }), Activation::Linear, &[0]).unwrap();
    assert_eq!(methods(&dense), AttributionMethod::ALL[2..]);
}

#[test]
fn threads_do_not_change_a_map() {
    let network = network(false);
    for method in [AttributionMethod::IntegratedGradients, AttributionMethod::Occlusion] {
        let maps = [1, 2, 3].map(|threads| par::with_threads(threads, || explain(&network, method, 0, None).0));
        assert!(maps[0] == maps[1] && maps[0] == maps[2], "{method:?}");
    }
}

fn trained() -> Session {
    let config = "model=classifier-cnn\nlimit=200\nwidth=28\nheight=28\nbatch-size=16\nchannels=1";
    let mut session = Session::new(Config::parse(config).unwrap()).unwrap();
    (0..20).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session
}

#[test]
fn a_sheet_explains_its_examples_while_training_goes_on() {
    let mut session = trained();
    let how = Explain { method: AttributionMethod::Occlusion, class: None, block: None };
    let alone = {
        session.viewer().choose_example(5).unwrap();
        run_job(&mut session, how);
        session.job::<Explain>().unwrap().done[0].clone()
    };
    let id = session.begin_job(ExplainSheet { how, examples: vec![7, 5] }, resources()).unwrap();
    while session.advance_job(id, 0.0, resources()).unwrap().pending {
        session.step_once(&|| 0.0).unwrap();
    }
    let sheet = session.job::<ExplainSheet>().unwrap();
    assert_eq!(sheet.done.len(), 2);
    assert_eq!(sheet.done[1], alone, "training meanwhile changes nothing");
    let predicted = session.job_result(id).unwrap()[1]["class"].as_u64().unwrap();
    assert_eq!(predicted as usize, alone.facts.class);

    let (plain, strong) = (sheet.overlays(Theme::Light, 0.0), sheet.overlays(Theme::Light, 1.0));
    assert_eq!(strong[0].len(), 28 * 28 * 4);
    assert!(
        plain[0].chunks_exact(4).zip(&sheet.done[0].picture).all(|(pixel, &grey)| pixel == [grey, grey, grey, 255])
    );
    let colours = Theme::Light.colours();
    assert!(
        strong[0].chunks_exact(4).any(|pixel| [colours.positive, colours.negative].iter().any(|c| pixel[..3] == *c))
    );

    session.reset().unwrap();
    assert!(session.job::<ExplainSheet>().is_none(), "another network is there");
}

#[test]
fn what_cannot_be_explained_is_a_sentence() {
    let mut session = trained();
    let how = Explain { method: AttributionMethod::GradCam, class: None, block: None };
    let mut error = |request: Explain| session.begin_job(request, resources()).unwrap_err().to_string();
    for (request, words) in [
        (Explain { class: Some(99), ..how }, "class: expected a number below"),
        (Explain { block: Some(0), ..how }, "a layer with maps"),
        (Explain { block: Some(1 << 40), ..how }, "a layer with maps"),
        (Explain { method: AttributionMethod::ClassActivation, ..how }, "a method that this network allows"),
    ] {
        assert!(error(request).contains(words), "{}", error(request));
    }
    let sheet = ExplainSheet { how, examples: vec![1 << 30] };
    assert!(session.begin_job(sheet, resources()).unwrap_err().to_string().contains("example: expected"));
    let mut autoencoder = Session::new(Config::parse("model=autoencoder\nlimit=40").unwrap()).unwrap();
    assert!(autoencoder.begin_job(how, resources()).unwrap_err().to_string().contains("a classifier"));
    assert!(autoencoder.model_summary().attribution.is_none());
}

#[test]
fn the_command_line_writes_sheets_of_heat_maps_and_of_what_neurons_want() {
    let folder = Folder::new("looks");
    folder.pictures("pictures", 10);
    folder.result(&["train", "model=classifier-cnn", "input-directory=pictures", "epochs=2"]);
    let render = |output: &'static str, setting: &'static str| {
        ["render", "models/classifier-cnn.safetensors", output, "input-directory=pictures", setting]
    };
    let found = folder.result(&render("heat.png", "view-heat=integrated-gradients"));
    assert!(number(&found, "completeness_gap") <= 0.01, "{found:?}");
    assert_eq!(number(&found, "heat_maps"), 2.0, "one of each class is held out");
    let (width, height, colours) = image_file(&folder.path("heat.png"));
    assert_eq!((f64::from(width), f64::from(height)), (number(&found, "width"), number(&found, "height")));
    assert!(20 < colours, "{colours} colours");
    let found = folder.result(&render("wants.png", "view-wants=conv1"));
    assert_eq!(number(&found, "units"), 16.0);
    assert!(20 < image_file(&folder.path("wants.png")).2);
    for (setting, words) in [
        ("view-wants=conv9", "view-wants: expected the name of a layer"),
        ("view-heat=class-activation", "a method that this network allows"),
    ] {
        let output = folder.run(&render("none.png", setting));
        assert!(!output.status.success() && stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(!folder.path("none.png").exists());
}
