//! Wishes of neurons: pictures found by gradient ascent beat the images of the data set, and say where nothing does.

use crate::common::{numbers, resources, run_job};
use neurarium::activation::Activation;
use neurarium::config::Config;
use neurarium::inspect::Unit;
use neurarium::layer::{Call, Conv, Dense, LOOK, Layer, Pool, PoolKind};
use neurarium::network::{Network, Neuron, Pass, ReceptiveField};
use neurarium::par;
use neurarium::render::Theme;
use neurarium::session::{Command, Encode, Maximise, MaximiseLayer, NeuronSet, Session, UnitChoice, WantedUnit};
use neurarium::shape::Shape;

fn session(settings: &str, steps: usize) -> Session {
    let mut session = Session::new(Config::parse(settings).unwrap()).unwrap();
    (0..steps).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session
}

fn layer(session: &mut Session, block: usize) -> Vec<WantedUnit> {
    run_job(session, MaximiseLayer { block: Some(block), seed: 0 });
    session.job::<MaximiseLayer>().unwrap().found.clone()
}

#[test]
fn the_gradient_of_a_neuron_inside_is_that_of_finite_differences() {
    let input = Shape::from_whc(6, 5, 2);
    let mut network = Network::new(input).unwrap();
    let conv = Conv::new(input, 3, 3, 1, 1);
    let first = network.push("first", Layer::Conv(conv), Activation::Tanh, &[0]).unwrap();
    let second = Conv::new(network.shape(first), 2, 3, 1, 1);
    let second = network.push("second", Layer::Conv(second), Activation::Linear, &[first]).unwrap();
    let dense = Dense { input: network.shape(second), outputs: 3 };
    network.push("classes", Layer::Dense(dense), Activation::Linear, &[second]).unwrap();
    network.initialise(1);
    let (unit, x) = (Unit::channel(second, 1), numbers(input.len(), 2));
    let mut pass = Pass::between(&network, 0, second, 1);
    let mut response = |x: &[f32]| {
        network.read(&mut pass, x, &LOOK);
        network.forward_between(0, second, &mut pass, &LOOK);
        unit.response(pass.values(second), 2)
    };
    let step = 1e-2;
    let differences: Vec<f32> = (0..x.len())
        .map(|at| {
            let at_step = |step: f32| [&x[..at], &[x[at] + step], &x[at + 1..]].concat();
            (response(&at_step(step)) - response(&at_step(-step))) / (2.0 * step)
        })
        .collect();
    response(&x);
    unit.gradient(2, pass.seed(second));
    network.backward_between(0, second, &mut pass, &Call { examples: 1, ..LOOK });
    let largest = differences.iter().fold(0.0, |most: f32, d| most.max(d.abs()));
    for (got, expected) in pass.gradient(0).iter().zip(&differences) {
        assert!((got - expected).abs() < 0.01 * largest, "{got} instead of {expected}");
    }
}

#[test]
fn a_receptive_field_is_what_a_neuron_depends_on() {
    let input = Shape::from_whc(28, 28, 1);
    let mut network = Network::new(input).unwrap();
    let first = network.push("first", Layer::Conv(Conv::new(input, 4, 3, 1, 1)), Activation::Relu, &[0]).unwrap();
    let pool = Pool::plain(network.shape(first), PoolKind::Max, 2, 2);
    let pool = network.push("pool", Layer::Pool(pool), Activation::Linear, &[first]).unwrap();
    let second = Conv::new(network.shape(pool), 4, 3, 1, 1);
    let second = network.push("second", Layer::Conv(second), Activation::Relu, &[pool]).unwrap();
    let dense = Dense { input: network.shape(second), outputs: 3 };
    let dense = network.push("classes", Layer::Dense(dense), Activation::Linear, &[second]).unwrap();
    let field = |block, x, y| {
        let shape = network.shape(block);
        network.receptive_field(Neuron { block, index: (y * shape.width + x) * shape.channels })
    };
    assert_eq!(field(first, 5, 9), ReceptiveField { left: 4, top: 8, width: 3, height: 3 });
    assert_eq!(field(second, 7, 4), ReceptiveField { left: 11, top: 5, width: 8, height: 8 });
    assert_eq!(field(second, 0, 13), ReceptiveField { left: 0, top: 23, width: 5, height: 5 });
    assert_eq!(field(dense, 0, 0), ReceptiveField { left: 0, top: 0, width: 28, height: 28 });
}

/// The best picture of nine in ten living units drives them above every image of the data set.
#[test]
fn found_pictures_beat_the_images_of_the_data_set() {
    let settings = "model=classifier-cnn\nlimit=200\nwidth=18\nheight=18\nchannels=";
    for channels in ["1", "3"] {
        let mut session = session(&format!("{settings}{channels}"), 60);
        let (mut living, mut beaten) = (0, 0);
        for name in ["conv1", "conv2", "conv3", "classes"] {
            let block = session.network().block_named(name).unwrap();
            for unit in layer(&mut session, block) {
                assert_eq!(unit.most.len(), 6);
                assert!(unit.most.is_sorted_by(|a, b| b.response <= a.response));
                assert!(unit.least[0].response <= unit.most[0].response);
                if !unit.dead {
                    living += 1;
                    beaten += usize::from(unit.most[0].response < unit.responses[0].unwrap());
                }
            }
        }
        assert!(60 < living && 0.9 * living as f64 <= beaten as f64, "{beaten} of {living}");
    }
}

#[test]
fn a_unit_that_nothing_drives_is_dead() {
    let mut session = session("model=classifier-cnn\nlimit=60\nwidth=16\nheight=16", 3);
    let block = session.network().block_named("conv1").unwrap();
    let middle = Unit::channel(block, 2).middle(session.network()).index; // it has all taps of its kernel
    let neurons = vec![NeuronSet { block, indices: vec![middle] }];
    session.edit(&Command::ScaleIncoming { neurons: neurons.clone(), factor: 1e-3 }, false).unwrap();
    session.edit(&Command::SetBias { neurons, value: -1.0 }, false).unwrap();
    let units = layer(&mut session, block);
    assert!(units[2].dead);
    assert!(units.iter().filter(|unit| unit.dead).count() < 6);
}

#[test]
fn variants_differ_and_the_same_seed_gives_the_same() {
    let mut session = session("model=classifier-mlp\nlimit=60\nwidth=12\nheight=12", 20);
    let unit = UnitChoice::Class(1);
    let mut pictures = |seed| {
        run_job(&mut session, Maximise { unit, variants: 3, seed });
        session.job::<Maximise>().unwrap().pictures()
    };
    let (first, again, others) = (pictures(0), pictures(0), pictures(3));
    assert_eq!(first, again);
    assert!(first.iter().all(|picture| !others.contains(picture)));
    let distance =
        |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(&a, &b)| f64::from(a.abs_diff(b))).sum::<f64>() / a.len() as f64;
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
        assert!(10.0 < distance(&first[a], &first[b]), "{} of 255", distance(&first[a], &first[b]));
    }
}

#[test]
fn threads_do_not_change_what_is_found() {
    let found = [1, 2, 3].map(|threads| {
        par::with_threads(threads, || {
            let mut session = session("model=classifier-cnn\nlimit=40\nwidth=12\nheight=12", 3);
            layer(&mut session, 1);
            let job = session.job::<MaximiseLayer>().unwrap();
            (job.found.clone(), job.pictures())
        })
    });
    assert!(found[0] == found[1] && found[0] == found[2]);
}

#[test]
fn a_search_goes_on_beside_training_and_ends_with_its_network() {
    let mut session = session("model=classifier-cnn\nlimit=40\nwidth=12\nheight=12", 1);
    let block = Some(1);
    let id = session.begin_job(MaximiseLayer { block, seed: 0 }, resources()).unwrap();
    let mut slices = 0;
    while session.advance_job(id, 0.0, resources()).unwrap().pending {
        slices += 1;
        if slices % 50 == 0 {
            session.step_once(&|| 0.0).unwrap();
        }
    }
    assert!(160 < slices, "{slices} slices");
    let id = session.begin_job(MaximiseLayer { block, seed: 0 }, resources()).unwrap();
    session.advance_job(id, 0.0, resources()).unwrap();
    session.reset().unwrap();
    assert_eq!(session.advance_job(id, 0.0, resources()).unwrap().kind, None);
    let id = session.begin_job(MaximiseLayer { block, seed: 0 }, resources()).unwrap();
    let before = session.network().clone();
    session.advance_job(id, 0.0, resources()).unwrap();
    session.cancel_job(id);
    assert!(session.job::<MaximiseLayer>().is_none());
    assert_eq!(session.network(), &before);
}

#[test]
fn directions_of_a_code_and_whole_layers_of_an_autoencoder_are_driven() {
    let mut session = session("model=autoencoder-dense\nlimit=60\nwidth=12\nheight=12\nembedding=4", 10);
    let directions = MaximiseLayer { block: None, seed: 0 };
    assert!(session.begin_job(directions, resources()).unwrap_err().to_string().contains("analyse the codes first"));
    run_job(&mut session, Encode {});
    run_job(&mut session, directions);
    let found = session.job::<MaximiseLayer>().unwrap().found.clone();
    assert_eq!(found.len(), 4);
    assert!(found[0].most[0].response < found[0].responses[0].unwrap());
    let block = session.network().embedding.unwrap();
    let neuron = UnitChoice::Neuron(Neuron { block, index: 3 });
    run_job(&mut session, Maximise { unit: neuron, variants: 1, seed: 0 });
    assert_eq!(session.job::<Maximise>().unwrap().found[0].index, 3);
}

#[test]
fn what_cannot_be_driven_is_a_sentence() {
    let mut session = session("model=classifier-cnn\nlimit=40\nwidth=12\nheight=12", 0);
    let far = Neuron { block: 1, index: 1 << 40 };
    for (unit, variants, words) in [
        (UnitChoice::Neuron(far), 1, "neuron: expected a number below"),
        (UnitChoice::Neuron(Neuron { block: 0, index: 0 }), 1, "layer: expected a number from 1 to"),
        (UnitChoice::Channel { block: 99, channel: 0 }, 1, "layer: expected a number from 1 to"),
        (UnitChoice::Class(1000), 1, "class: expected a number below"),
        (UnitChoice::Class(0), 0, "variants: expected 1 to 9"),
        (UnitChoice::Class(0), 1 << 40, "variants: expected 1 to 9"),
    ] {
        let error = session.begin_job(Maximise { unit, variants, seed: 0 }, resources()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    let mut columns = Session::new(Config::parse("model=columns\nlimit=40").unwrap()).unwrap();
    assert!(columns.begin_job(MaximiseLayer { block: Some(1), seed: 0 }, resources()).is_err());
}

#[test]
fn a_sheet_of_weights_shows_filters_of_colours_in_colour() {
    let mut session = session("model=classifier-cnn\nlimit=40\nwidth=12\nheight=12\nchannels=3", 1);
    let sheet = session.viewer().weight_sheet(1, Theme::Light).unwrap();
    assert_eq!((sheet.width, sheet.height, sheet.pixels.len()), (3, 3, 16 * 9 * 4));
    // The weight of the largest size is at an end of the scale.
    assert!(sheet.pixels[..9 * 4].chunks_exact(4).any(|pixel| pixel[..3].iter().any(|&c| c == 0 || c == 255)));
    assert_eq!(session.viewer().weight_sheet(2, Theme::Light), None, "a pool has no weights");
    assert_eq!(session.viewer().weight_sheet(99, Theme::Light), None);
}
