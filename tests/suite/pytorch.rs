//! Layers, activations, losses and optimisers against PyTorch; the numbers were computed by `tests/oracle/layers.py`.

use crate::common::lcg;
use neurarium::activation::Activation;
use neurarium::kernels::elementwise::squares;
use neurarium::layer::{Call, Grads, Layer, Memo};
use neurarium::loss::{Loss, Target};
use neurarium::optim::{Method, Optim};
use neurarium::shape::Shape;
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    layers: Vec<LayerCase>,
    activations: Vec<ActivationCase>,
    losses: Vec<LossCase>,
    optimisers: Vec<OptimiserCase>,
}

#[derive(Deserialize)]
struct LayerCase {
    layer: Layer,
    z: Vec<f64>,
    dx: Vec<Vec<f64>>,
    dtheta: Vec<f64>,
}

#[derive(Deserialize)]
struct ActivationCase {
    activation: Activation,
    y: Vec<f64>,
    slope: Vec<f64>,
}

#[derive(Deserialize)]
struct LossCase {
    loss: Loss,
    mask: Vec<f32>,
    value: f64,
    dy: Vec<f64>,
}

#[derive(Deserialize)]
struct OptimiserCase {
    method: Method,
    decay: f32,
    clip: f32,
    path: Vec<Vec<f64>>,
}

fn cases() -> Cases {
    serde_json::from_str(include_str!("../oracle/layers.json")).unwrap()
}

/// Compares numbers with an error relative to the largest of them, or absolute where that is smaller than 1.
fn assert_near(who: &str, got: &[f32], expected: &[f64], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{who}");
    let largest = expected.iter().fold(1.0f64, |most, value| most.max(value.abs()));
    for (index, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        let error = (got as f64 - expected).abs() / largest;
        assert!(error <= tolerance, "{who}: {got} at {index}, PyTorch says {expected}");
    }
}

#[test]
fn layers_forward_and_backward_are_those_of_pytorch() {
    const EXAMPLES: usize = 2;
    for LayerCase { layer, z, dx, dtheta } in cases().layers {
        let (who, ops) = (format!("{layer:?}"), layer.ops());
        ops.check().unwrap();
        let call = Call { examples: EXAMPLES, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
        let theta = lcg(ops.param_len(), 1);
        let inputs = ops.inputs();
        let x: Vec<Vec<f32>> = inputs.iter().zip(10..).map(|(shape, seed)| lcg(EXAMPLES * shape.len(), seed)).collect();
        let x: Vec<&[f32]> = x.iter().map(Vec::as_slice).collect();
        let (mut memo, mut got) = (Memo::default(), vec![f32::NAN; EXAMPLES * ops.output().len()]);
        ops.forward(&theta, &x, &mut got, &mut memo, &call);
        assert_near(&format!("z of {who}"), &got, &z, 1e-6);

        let mut got_dx: Vec<Vec<f32>> = x.iter().map(|x| vec![0.0; x.len()]).collect();
        let mut got_dtheta = vec![0.0; theta.len()];
        let mut wanted: Vec<Option<&mut [f32]>> = got_dx.iter_mut().map(|dx| Some(dx.as_mut_slice())).collect();
        let grads = Grads { dx: &mut wanted, dtheta: Some(&mut got_dtheta) };
        ops.backward(&theta, &x, &lcg(got.len(), 2), grads, &mut memo, &call);
        for (got, expected) in got_dx.iter().zip(&dx) {
            assert_near(&format!("dx of {who}"), got, expected, 1e-6);
        }
        assert_near(&format!("dtheta of {who}"), &got_dtheta, &dtheta, 1e-6);
    }
}

#[test]
fn activations_and_their_slopes_are_those_of_pytorch() {
    for ActivationCase { activation, y, slope } in cases().activations {
        let z: Vec<f32> = lcg(y.len(), 3).iter().map(|z| 6.0 * z).collect();
        let (mut got, mut dz) = (vec![f32::NAN; z.len()], vec![1.0; z.len()]);
        activation.forward(&z, &mut got);
        activation.backward(if activation.needs_z() { &z } else { &got }, &mut dz);
        assert_near(&activation.to_string(), &got, &y, 3e-7);
        assert_near(&format!("slope of {activation}"), &dz, &slope, 5e-7);
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch() {
    let shape = Shape::from_whc(3, 2, 2);
    let y: Vec<f32> = lcg(36, 4).iter().map(|y| 4.0 * y).collect();
    let t: Vec<f32> = lcg(36, 5).iter().map(|t| 0.5 * (1.0 + t)).collect();
    for LossCase { loss, mask, value, dy } in cases().losses {
        let target =
            if loss.classifies() { Target::Classes(&[4, 11, 0]) } else { Target::Values { y: &t, mask: &mask } };
        let mut got_dy = vec![f32::NAN; y.len()];
        let got = loss.evaluate(&y, shape, &target, 1.0, &mut got_dy);
        assert!((got - value).abs() < 1e-6 * value, "{loss}: {got}, PyTorch says {value}");
        assert_near(&format!("gradient of {loss}"), &got_dy, &dy, 2e-7);
    }
}

#[test]
fn optimisers_walk_the_path_of_pytorch() {
    for OptimiserCase { method, decay, clip, path } in cases().optimisers {
        let mut optim = Optim { clip_norm: clip, ..Optim::new(method, 8) };
        let mut theta = lcg(8, 6);
        for (expected, seed) in path.iter().zip(100..) {
            let grad = lcg(8, seed);
            let step = optim.begin_step(0.01, optim.clip_scale(squares(&grad)));
            step.apply(&mut theta, &grad, &mut optim.m, &mut optim.v, decay);
            assert_near(&format!("{method:?}, decay {decay}, clip {clip}"), &theta, expected, 2e-6);
        }
    }
}
