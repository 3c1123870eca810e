//! Trains a small classifier on the built-in shapes, and prints its accuracy on images that it was not trained on.
//!
//!     cargo run --release --example train_classifier

use neurarium::data::{Split, toy};
use neurarium::error::Result;
use neurarium::loss::Loss;
use neurarium::network::preset::{self, Request};
use neurarium::optim::{Method, Optim};
use neurarium::schedule::Schedule;
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

pub fn main() -> Result<()> {
    // Drawings of eight kinds of shapes, 16 x 16 x 3; a tenth of each kind is held out.
    let seed = 1;
    let mut data = toy::shapes(3200, 16, seed);
    data.split(0.1, seed);

    // A ready-made network for images of this shape. Its parameters are zero until it is initialised.
    let preset = preset::find("classifier-cnn")?;
    let mut network = preset
        .build(data.shape, Request { classes: data.classes.len(), embedding: 0, dropout: 0.0, ..Request::default() })?;
    network.initialise(seed);

    // The trainer holds the optimiser and all buffers; the network stays outside, so that it can be edited between steps.
    let config = TrainConfig {
        learning_rate: 0.004,
        schedule: Schedule::CONSTANT,
        batch_len: 32,
        epochs: 8,
        seed,
        shuffle_window: usize::MAX, // all examples are shuffled together
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    };
    let objective = Objective { task: preset.tasks[0], loss: Loss::CrossEntropy };
    let optim = Optim::new(Method::ADAM, network.param_len());
    let mut trainer = Trainer::new(&network, &data, objective, config, optim);

    while !trainer.is_finished() {
        let step = trainer.step(&mut network, &data);
        if step.ends_epoch {
            println!("epoch {}: loss {:.3} on the last mini-batch", trainer.epoch(), step.loss);
        }
    }

    let held_out = data.indices(Split::Validation);
    let evaluation = trainer.evaluate(held_out, &network, &data);
    let accuracy = evaluation.accuracy.expect("a classifier has an accuracy");
    println!("accuracy {accuracy:.3} on {} held-out images; chance is {}", evaluation.examples, 1.0 / 8.0);
    assert!(0.5 < accuracy, "it learnt too little");
    Ok(())
}
