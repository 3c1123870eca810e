//! The largest curvature of the loss and the rate that follows from it, on a network whose curvature is known.

use neurarium::data::{Dataset, Split, toy};
use neurarium::loss::Loss;
use neurarium::network::draft::{self, Surroundings};
use neurarium::network::preset::{self, Request};
use neurarium::network::{Network, Task};
use neurarium::optim::{Method, Optim};
use neurarium::schedule::Schedule;
use neurarium::train::{Curvature, InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

const OBJECTIVE: Objective = Objective { task: Task::Autoencoder, loss: Loss::Mse };

fn config(learning_rate: f32, batch_len: usize) -> TrainConfig {
    TrainConfig {
        learning_rate,
        schedule: Schedule::CONSTANT,
        batch_len,
        epochs: 0,
        seed: 1,
        shuffle_window: usize::MAX,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    }
}

/// A linear autoencoder of 8 x 8 grey pictures.
fn linear() -> (Network, Dataset) {
    let mut data = toy::shapes(40, 8, 1).resized(neurarium::shape::Shape::from_whc(8, 8, 1), None).unwrap();
    data.split(0.0, 1);
    let around = Surroundings { input: data.shape, classes: 0, numbers: 0, target: None, letters: false };
    let (mut network, _) = draft::build("dense outputs=values; reshape width=8 height=8 outputs=1", around).unwrap();
    network.initialise(1);
    (network, data)
}

/// The largest eigenvalue of 2 / (examples outputs) sum of (x, 1) (x, 1)^T, the curvature of a linear layer's mean square.
fn known(data: &Dataset) -> f64 {
    let examples = data.indices(Split::Train);
    let mut x = Vec::new();
    data.pixels_of(&examples, &mut x);
    let inputs = data.shape.len();
    let rows: Vec<Vec<f64>> =
        x.chunks(inputs).map(|x| x.iter().map(|&x| f64::from(x)).chain([1.0]).collect()).collect();
    let mut v = vec![1.0; inputs + 1];
    let mut lambda = 0.0;
    for _ in 0..200 {
        let mut next = vec![0.0; inputs + 1];
        for row in &rows {
            let dot: f64 = row.iter().zip(&v).map(|(x, v)| x * v).sum();
            next.iter_mut().zip(row).for_each(|(next, x)| *next += dot * x * 2.0 / (rows.len() * inputs) as f64);
        }
        lambda = next.iter().map(|value| value * value).sum::<f64>().sqrt();
        v = next.iter().map(|value| value / lambda).collect();
    }
    lambda
}

#[test]
fn the_curvature_of_a_linear_layer_is_the_known_one_and_bounds_the_rate() {
    let (network, data) = linear();
    let plain = Optim::new(Method::Sgd { momentum: 0.0 }, network.param_len());
    let mut curvature = Curvature::new(network.clone(), &data, OBJECTIVE, config(0.1, 40), &plain).unwrap();
    (0..10).for_each(|_| curvature.advance(&data).unwrap());
    let wanted = known(&data);
    assert!((curvature.lambda() / wanted - 1.0).abs() < 0.02, "{} where {wanted} is right", curvature.lambda());
    let safe = curvature.safe_rate().unwrap();
    assert!((safe * curvature.lambda() - 2.0).abs() < 1e-9);
    let loss_after = |factor: f64| {
        let mut network = network.clone();
        let mut trainer = Trainer::new(&network, &data, OBJECTIVE, config((factor * safe) as f32, 40), plain.clone());
        let losses: Vec<f64> = (0..80).map(|_| trainer.step(&mut network, &data).loss).collect();
        losses[79] / losses[0]
    };
    let (below, above) = (loss_after(0.9), loss_after(1.1));
    assert!(below < 0.9 && 10.0 < above, "{below} below the bound, {above} above it");
}

#[test]
fn adam_is_bounded_by_what_it_divides_by_once_it_has_moved() {
    let (mut network, data) = linear();
    let optim = Optim::new(Method::ADAM, network.param_len());
    assert!(Curvature::new(network.clone(), &data, OBJECTIVE, config(0.1, 40), &optim).is_none());
    let mut trainer = Trainer::new(&network, &data, OBJECTIVE, config(0.001, 40), optim);
    (0..50).for_each(|_| assert!(trainer.step(&mut network, &data).applied));
    let mut curvature = Curvature::new(network, &data, OBJECTIVE, config(0.1, 40), &trainer.optim).unwrap();
    (0..10).for_each(|_| curvature.advance(&data).unwrap());
    let safe = curvature.safe_rate().unwrap();
    assert!(1e-4 < safe && safe < 10.0, "{safe}");
    let manifold = preset::find("manifold").unwrap();
    let request = Request { classes: 8, embedding: 0, dropout: 0.0, ..Request::default() };
    let manifold = manifold.build(data.shape, request).unwrap();
    let plain = Optim::new(Method::Sgd { momentum: 0.0 }, manifold.param_len());
    assert!(Curvature::new(manifold, &data, OBJECTIVE, config(0.1, 40), &plain).is_none());
}
