//! Heads to compare: the hinge loss by the numbers of scikit-learn (`tests/oracle/hinge.py`), a support vector machine
//! trained by it, and `neurarium heads`.

use serde::Deserialize;

use crate::common::lcg;
use crate::common::program::Folder;
use neurarium::loss::{Loss, Target};
use neurarium::shape::Shape;

#[derive(Deserialize)]
struct Oracle {
    value: f64,
    machine: Machine,
}

#[derive(Deserialize)]
struct Machine {
    objective: f64,
    accuracy: f64,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../oracle/hinge.json")).unwrap()
}

#[test]
fn the_hinge_loss_is_that_of_scikit_learn() {
    let y: Vec<f32> = lcg(36, 4).iter().map(|y| 4.0 * y).collect();
    let got = Loss::Hinge.evaluate(&y, Shape::flat(12), &Target::Classes(&[4, 11, 0]), 1.0, &mut []);
    assert!((got - oracle().value).abs() < 1e-6, "{got}, scikit-learn says {}", oracle().value);
}

/// The mean hinge loss plus half the squared length of the weights `[3, 6]` / 90, its gradient, and the share of points
/// whose largest value is that of their class.
fn objective(weights: &[f32], x: &[f32], labels: &[u32]) -> (f64, Vec<f32>, f64) {
    let of_point = |x: &[f32]| -> Vec<f32> {
        weights.chunks_exact(6).map(|w| w.iter().zip(x).map(|(w, x)| w * x).sum()).collect()
    };
    let y: Vec<f32> = x.chunks_exact(6).flat_map(of_point).collect();
    let mut dy = vec![0.0; y.len()];
    let loss = Loss::Hinge.evaluate(&y, Shape::flat(3), &Target::Classes(labels), 1.0 / 90.0, &mut dy) / 90.0;
    let mut gradient: Vec<f32> = weights.iter().map(|w| w / 90.0).collect();
    for (dy, x) in dy.chunks_exact(3).zip(x.chunks_exact(6)) {
        for (class, dy) in dy.iter().enumerate() {
            gradient[6 * class..][..6].iter_mut().zip(x).for_each(|(g, x)| *g += dy * x);
        }
    }
    let length: f64 = weights.iter().map(|&w| f64::from(w).powi(2)).sum();
    let best = |y: &[f32]| (0..3).fold(0, |best, class| if y[best] < y[class] { class } else { best });
    let right = y.chunks_exact(3).zip(labels).filter(|(y, label)| best(y) == **label as usize).count();
    (loss + length / 180.0, gradient, right as f64 / 90.0)
}

#[test]
fn descent_on_the_hinge_loss_finds_the_machine_of_scikit_learn() {
    let mut x = lcg(90 * 6, 7);
    let labels: Vec<u32> = (0..90).map(|n| n % 3).collect();
    x.chunks_exact_mut(6).zip(&labels).for_each(|(x, &label)| x[label as usize] += 0.8);
    let mut weights = vec![0.0; 18];
    for step in 0..20_000 {
        let (_, gradient, _) = objective(&weights, &x, &labels);
        let rate = 10.0 / (10.0 + step as f32 / 20.0);
        weights.iter_mut().zip(&gradient).for_each(|(w, g)| *w -= rate * g);
    }
    let (found, _, accuracy) = objective(&weights, &x, &labels);
    let Machine { objective, accuracy: expected } = oracle().machine;
    assert!((found / objective - 1.0).abs() < 2e-3, "{found}, scikit-learn reaches {objective}");
    assert!((accuracy - expected).abs() < 0.025, "{accuracy} right, scikit-learn {expected}");
}

#[test]
fn one_call_trains_both_heads_on_the_same_features() {
    let folder = Folder::new("heads");
    folder.pictures("data", 40);
    let shared = ["input-directory=data", "width=8", "height=8", "channels=1", "batch-size=8"];
    folder.result(&[&["train", "model=autoencoder-dense", "epochs=3"][..], &shared].concat());
    let heads =
        ["heads", "models/autoencoder-dense.safetensors", "input-directory=data", "epochs=40", "learning-rate=0.02"];
    let result = folder.result(&heads);
    for name in ["perceptron_accuracy", "svm_accuracy"] {
        assert!(0.8 < result[name].parse::<f64>().unwrap(), "{name}: {}", result[name]);
    }
    let names = ["perceptron", "svm"].map(|head| format!("models/autoencoder-dense-{head}.safetensors"));
    let accuracy =
        names.each_ref().map(|name| folder.result(&["eval", name, "input-directory=data"])["accuracy"].clone());
    assert_eq!(accuracy, [result["perceptron_accuracy"].clone(), result["svm_accuracy"].clone()]);
    let sentence = folder.refused(1, &["train", "model=autoencoder", "loss=hinge", "limit=40"]);
    assert!(sentence.contains("for a network that outputs images"), "{sentence}");
}
