//! Streaming: examples on a shelf give the same numbers as examples in memory, and nothing is lost on the way.

mod common;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use common::files::bytes_of;
use common::shelf::MemoryShelf;
use neurarium::data::{Dataset, Pack, Pixels, Split, toy};
use neurarium::loss::Loss;
use neurarium::metrics::Evaluation;
use neurarium::network::{Task, preset};
use neurarium::optim::{Method, Optim};
use neurarium::par;
use neurarium::schedule::Schedule;
use neurarium::train::{Objective, Recipe, Trainer};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn shapes(count: usize) -> Dataset {
    let mut data = toy::shapes(count, 16, 1);
    data.split(0.2, 1);
    data
}

/// The same examples on a shelf, in an order of its own, with gaps between them.
fn streamed(data: &Dataset, cap: usize) -> (Dataset, Arc<MemoryShelf>) {
    let (len, gap) = (data.shape.len(), 7);
    let mut bytes = Vec::new();
    let mut places = vec![0; data.len()];
    for index in (0..data.len()).rev() {
        places[index] = bytes.len() as u64;
        bytes.extend_from_slice(&data.example(index));
        bytes.extend([0; 7]);
    }
    assert_eq!(bytes.len(), data.len() * (len + gap));
    let shelf = Arc::new(MemoryShelf::new(bytes));
    let pixels = Pixels::Pack(Pack::new(shelf.clone(), len, places, 0, cap));
    (Dataset { pixels, ..data.clone() }, shelf)
}

/// Losses, evaluation and parameters of two epochs.
fn train(data: &Dataset, preset: &preset::Preset, window: usize) -> (Vec<f64>, Evaluation, Vec<f32>) {
    let request = preset::Request { classes: data.classes.len(), embedding: 16, dropout: 0.1 };
    let mut network = preset.build(data.shape, request).unwrap();
    network.initialise(5);
    let loss = if preset.task == Task::Classifier { Loss::CrossEntropy } else { Loss::Mse };
    let objective = Objective { task: preset.task, loss };
    let recipe = Recipe {
        learning_rate: 1e-3,
        schedule: Schedule::CONSTANT,
        batch_len: 30,
        epochs: 0,
        seed: 3,
        shuffle_window: window,
    };
    let optim = Optim::new(Method::ADAM, network.param_len());
    let mut trainer = Trainer::new(&network, data, objective, recipe, optim);
    let mut losses = Vec::new();
    while trainer.epoch() < 2 {
        trainer.prepare(data).unwrap();
        losses.push(trainer.step(&mut network, data).loss);
    }
    let evaluation = trainer.evaluate(data.indices(Split::Validation), &network, data);
    data.check_read().unwrap();
    (losses, evaluation, network.theta)
}

#[test]
fn streamed_training_gives_the_bits_of_training_in_memory_on_any_number_of_threads() {
    let data = shapes(2000); // 1.5 MB
    for (name, window) in [("classifier-mlp", 256 * MIB), ("autoencoder", 256 * MIB), ("classifier-mlp", 100 * KIB)] {
        let preset = preset::find(name).unwrap();
        let in_memory = par::with_threads(2, || train(&data, preset, window));
        for threads in [1, 2, 3] {
            let same = par::with_threads(threads, || {
                let (streamed, _) = streamed(&data, MIB + 200 * KIB); // 260 of 2,000 examples
                let same = train(&streamed, preset, window) == in_memory;
                assert!(streamed.pixels.held() <= 2 * MIB, "{} bytes in memory", streamed.pixels.held());
                same
            });
            assert!(same, "{name}, window {window}: streamed on {threads} threads differs from memory");
        }
    }
}

#[test]
fn a_cap_of_nothing_still_holds_one_batch() {
    let data = shapes(300);
    let preset = preset::find("classifier-mlp").unwrap();
    let (streamed, _) = streamed(&data, 0);
    assert!(train(&streamed, preset, 256 * MIB) == train(&data, preset, 256 * MIB));
}

#[test]
fn neighbours_are_read_together_and_ahead() {
    let data = shapes(2000);
    let (streamed, shelf) = streamed(&data, 4 * MIB);
    train(&streamed, preset::find("classifier-mlp").unwrap(), 256 * MIB);
    // Two epochs of 1,600 examples and 400 to measure on; all fit, so each is read once, a megabyte at a time.
    let reads = shelf.reads.load(Ordering::Relaxed);
    assert!(reads < 20, "{reads} reads");
}

#[test]
fn what_cannot_be_read_is_an_error_and_takes_no_step() {
    let data = shapes(300);
    let shelf = Arc::new(MemoryShelf::new(vec![0; 100]));
    let places = (0..300).map(|index| index * 768).collect();
    let broken = Dataset { pixels: Pixels::Pack(Pack::new(shelf, 768, places, 0, MIB)), ..data };
    assert!(broken.prepare(&[3, 4, 5], 2).unwrap_err().to_string().contains("ends"));
    assert_eq!(*broken.example(7), [0; 768], "an example that cannot be read is black");
    assert!(broken.check_read().unwrap_err().to_string().contains("ends"));
    broken.check_read().expect("an error is told once");
}

#[test]
fn examples_that_were_not_prepared_are_read_for_themselves() {
    let data = shapes(50);
    let (mut streamed, _) = streamed(&data, MIB);
    assert_eq!(bytes_of(&streamed), bytes_of(&data));
    assert_eq!(streamed, data);
    let mut half = data.clone();
    half.take(20, 3);
    streamed.take(20, 3);
    assert_eq!(streamed, half, "what is kept are the same examples");
    assert_ne!(streamed, data);
}
