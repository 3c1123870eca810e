//! Training through its public interface: it learns, its results do not depend on the number of threads, and a step
//! with a non-finite number, or one that is cancelled, changes nothing.

use std::sync::Arc;

use neurarium::config::Config;
use neurarium::data::letters::{self, LetterFrame};
use neurarium::data::{Dataset, Split, blurred, toy};
use neurarium::loss::Loss;
use neurarium::network::{Network, Task, preset};
use neurarium::optim::{Method, Optim};
use neurarium::par;
use neurarium::progress::Progress;
use neurarium::schedule::Schedule;
use neurarium::session::Session;
use neurarium::shape::Shape;
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

fn request() -> preset::Request {
    let target = Some(Shape::from_whc(16, 16, 3));
    preset::Request { classes: 6, embedding: 16, dropout: 0.1, target, letters: true, ..preset::Request::default() }
}

fn shapes(count: usize) -> Dataset {
    divided(toy::shapes(count, 16, 1))
}

/// The data for a preset: the shapes, pairs of them, or letters.
fn shapes_for(preset: &preset::Preset, count: usize) -> Dataset {
    match task(preset) {
        Task::ImageToImage => divided(blurred::blurred(count, 16, 1)),
        Task::MakeLowercase => divided(letters::alphabet(count / 50, LetterFrame { width: 16, height: 16 }, 1)),
        _ => shapes(count),
    }
}

fn divided(mut data: Dataset) -> Dataset {
    data.split(0.2, 1);
    data
}

fn objective(task: Task) -> Objective {
    let loss = if task == Task::Classifier { Loss::CrossEntropy } else { Loss::Mse };
    Objective { task, loss }
}

fn task(preset: &preset::Preset) -> Task {
    preset.task(&request()).unwrap()
}

fn trainer(network: &Network, data: &Dataset, task: Task, learning_rate: f32) -> Trainer {
    let config = TrainConfig {
        learning_rate,
        schedule: Schedule::CONSTANT,
        batch_len: 30,
        epochs: 0,
        seed: 3,
        shuffle_window: 1 << 28,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    };
    let optim = Optim { clip_norm: 1.0, ..Optim::new(Method::ADAM, network.param_len()) };
    Trainer::new(network, data, objective(task), config, optim)
}

fn network(preset: &preset::Preset, data: &Dataset) -> Network {
    let request = preset::Request { classes: data.classes.len(), target: data.target_shape(), ..request() };
    let mut network = preset.build(data.shape, request).unwrap();
    network.initialise(5);
    network
}

#[test]
fn every_preset_gives_the_same_bits_on_any_number_of_threads() {
    for preset in preset::PRESETS {
        let data = shapes_for(preset, 200);
        let run = |threads| {
            par::with_threads(threads, || {
                let mut network = network(preset, &data);
                let mut trainer = trainer(&network, &data, task(preset), 1e-3);
                let losses: Vec<f64> = (0..12).map(|_| trainer.step(&mut network, &data).loss).collect();
                let evaluation = trainer.evaluate(data.indices(Split::Validation), &network, &data);
                (losses, evaluation, network.theta)
            })
        };
        let one = run(1);
        for threads in [2, 3, 5] {
            assert!(one == run(threads), "{}: {threads} threads differ from one", preset.name);
        }
    }
}

#[test]
fn every_preset_learns_the_sample_set() {
    for preset in preset::PRESETS {
        let data = shapes_for(preset, 200);
        let mut network = network(preset, &data);
        let mut trainer = trainer(&network, &data, task(preset), 2e-3);
        let before = trainer.evaluate(data.indices(Split::Train), &network, &data);
        // A neuron of a graph sees few pixels, at random places.
        let steps = if preset.name == "graph" { 240 } else { 60 };
        for _ in 0..steps {
            assert!(trainer.step(&mut network, &data).applied, "{}", preset.name);
        }
        let after = trainer.evaluate(data.indices(Split::Train), &network, &data);
        assert!(after.loss < 0.8 * before.loss, "{}: {} -> {}", preset.name, before.loss, after.loss);
    }
}

/// Each classifier with its own settings, on the pictures that the page starts with; guessing is right for one in
/// eight.
#[test]
fn every_classifier_learns_the_built_in_pictures_with_its_own_settings() {
    // A manifold needs thousands of steps, and is trained by tests/suite/long.rs.
    let classifies = |preset: &&preset::Preset| preset.tasks == [Task::Classifier];
    for preset in preset::PRESETS.iter().filter(classifies) {
        let mut session = Session::new(Config::parse(&format!("model={}", preset.name)).unwrap()).unwrap();
        while session.epoch() < 4 {
            session.step_once(&|| 0.0).unwrap();
        }
        let points = session.recorder().points();
        let last = &points[points.len() - 50..];
        let accuracy = last.iter().filter_map(|point| point.accuracy).map(f64::from).sum::<f64>() / last.len() as f64;
        assert!(accuracy > 0.3, "{}: {accuracy} of eight classes", preset.name);
    }
}

#[test]
fn a_step_with_a_non_finite_number_changes_nothing_and_halves_the_rate() {
    let data = shapes(60);
    let preset = preset::find("autoencoder-dense").unwrap();
    let mut network = network(preset, &data);
    let mut trainer = trainer(&network, &data, task(preset), 1e-3);
    trainer.step(&mut network, &data);
    let last = network.param_len() - 1;
    network.theta[last] = f32::NAN;
    let (before, moments, rate) = (network.theta.clone(), trainer.optim.m.clone(), trainer.learning_rate());
    let step = trainer.step(&mut network, &data);
    assert!(!step.applied);
    assert!(network.theta[..last] == before[..last] && trainer.optim.m == moments);
    assert_eq!(trainer.learning_rate(), rate / 2.0);
    network.theta[last] = 0.0;
    assert!(trainer.step(&mut network, &data).applied, "training goes on once the numbers are sound");
}

#[test]
fn a_long_step_that_is_cancelled_has_not_been_taken() {
    let mut data = toy::shapes(30, 128, 1);
    data.split(0.0, 1);
    let preset = preset::find("classifier-cnn").unwrap();
    let mut network = network(preset, &data);
    assert!(1_000_000_000 < 30 * network.connections(), "{} connections", network.connections());
    let begin = |network: &Network| trainer(network, &data, Task::Classifier, 1e-3);
    let mut straight = network.clone();
    let expected = begin(&straight).step(&mut straight, &data);

    let mut trainer = begin(&network);
    let progress = Arc::new(Progress::default());
    progress.begin();
    progress.observe_with(|done, _| 5 <= done);
    trainer.watch(&progress);
    let (theta, position) = (network.theta.clone(), trainer.position());
    assert!(trainer.try_step(&mut network, &data).unwrap_err().is_cancelled());
    let (done, total) = progress.counts();
    assert!(5 <= done && done < total, "{done} of {total} blocks");
    assert!(network.theta == theta && trainer.position() == position);
    trainer.watch(&Arc::default());
    assert_eq!(trainer.step(&mut network, &data), expected);
    assert!(network == straight);
}

#[test]
fn an_epoch_shows_every_training_example_once_and_ends_with_a_short_batch() {
    let data = shapes(100);
    let preset = preset::find("autoencoder-dense").unwrap();
    let mut network = network(preset, &data);
    let mut trainer = trainer(&network, &data, task(preset), 1e-3);
    let steps: Vec<_> = (0..trainer.steps_per_epoch()).map(|_| trainer.step(&mut network, &data)).collect();
    assert_eq!(steps.iter().map(|step| step.examples).collect::<Vec<_>>(), [30, 30, 20]);
    assert_eq!(steps.iter().map(|step| step.ends_epoch).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(trainer.epochs_done(), 1.0);
}

#[test]
fn frozen_blocks_stay_as_they_are_while_the_others_learn() {
    let data = shapes(100);
    let preset = preset::find("autoencoder").unwrap();
    let mut network = network(preset, &data);
    let frozen = network.block_named("embedding").unwrap();
    network.set_frozen(frozen, true);
    let before = network.clone();
    let mut trainer = trainer(&network, &data, task(preset), 1e-2);
    for _ in 0..5 {
        trainer.step(&mut network, &data);
    }
    for (index, block) in network.blocks().iter().enumerate().filter(|(_, block)| !block.params.is_empty()) {
        let same = network.theta[block.params.clone()] == before.theta[block.params.clone()];
        assert_eq!(same, index == frozen, "{}", block.name);
    }
}

/// Losses of the first fifty steps of a session. The rate is small, because at larger ones training itself amplifies
/// rounding errors: a build without fused multiply-add would be 0.1 % off after fifty steps.
fn trace(preset: &str) -> Vec<f64> {
    let sample = match preset {
        "unet" => "blurred",
        "letters" | "letters-sparse" | "letters-contours" => "letters\nlimit=520",
        _ => "shapes",
    };
    let config = format!("model={preset}\nsample={sample}\nlearning-rate=0.0005");
    let mut session = Session::new(Config::parse(&config).unwrap()).unwrap();
    for _ in 0..50 {
        session.step_once(&|| 0.0).unwrap();
    }
    session.recorder().points().iter().map(|point| point.loss).collect()
}

/// The browser tests compare the WebAssembly builds with the same files. `NEURARIUM_BLESS=1` writes them again.
#[test]
fn fifty_steps_of_every_preset_follow_their_recorded_losses() {
    for preset in preset::PRESETS {
        let path = format!("{}/tests/traces/{}.txt", env!("CARGO_MANIFEST_DIR"), preset.name);
        let losses = trace(preset.name);
        if std::env::var_os("NEURARIUM_BLESS").is_some() {
            let lines: String = losses.iter().map(|loss| format!("{loss}\n")).collect();
            std::fs::write(&path, lines).unwrap();
        }
        let recorded = std::fs::read_to_string(&path).unwrap();
        let recorded: Vec<f64> = recorded.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(losses.len(), recorded.len());
        for (step, (loss, recorded)) in losses.iter().zip(&recorded).enumerate() {
            let off = (loss / recorded - 1.0).abs();
            assert!(off < 1e-3, "{}, step {}: {loss} where {recorded} was recorded", preset.name, step + 1);
        }
    }
}
