//! Every layer, activation and loss: forward against a plain twin, backward against finite differences.

use crate::common::gradient::{check, weighted};
use crate::common::{layers, numbers};
use neurarium::activation::Activation;
use neurarium::layer::{Call, Grads, Layer, Memo};
use neurarium::loss::{Loss, Target};
use neurarium::shape::Shape;

const EXAMPLES: [usize; 4] = [1, 3, 8, 13];

/// A layer, its parameters and its inputs, filled with random numbers.
#[derive(Clone)]
struct Case {
    layer: Layer,
    theta: Vec<f32>,
    x: Vec<Vec<f32>>,
    examples: usize,
    first_example: usize,
}

impl Case {
    fn new(layer: &Layer, examples: usize) -> Self {
        layer.ops().check().unwrap();
        let inputs = layer.ops().inputs().into_iter().enumerate();
        let x = inputs.map(|(input, shape)| numbers(examples * shape.len(), 10 + input as u64)).collect();
        Self { layer: layer.clone(), theta: numbers(layer.ops().param_len(), 1), x, examples, first_example: 2 }
    }

    fn call(&self) -> Call<'static> {
        Call {
            examples: self.examples,
            training: true,
            seed: 5,
            first_example: self.first_example,
            tiles: false,
            prepared: &[],
        }
    }

    fn output_len(&self) -> usize {
        self.examples * self.layer.ops().output().len()
    }

    /// z, computed over old values.
    fn forward(&self, theta: &[f32], x: &[Vec<f32>], memo: &mut Memo) -> Vec<f32> {
        let x: Vec<&[f32]> = x.iter().map(Vec::as_slice).collect();
        let mut z = vec![f32::NAN; self.output_len()];
        self.layer.ops().forward(theta, &x, &mut z, memo, &self.call());
        z
    }

    /// dx of each input and dtheta, added to `before` everywhere.
    fn backward(&self, dz: &[f32], memo: &mut Memo, before: f32) -> (Vec<Vec<f32>>, Vec<f32>) {
        let x: Vec<&[f32]> = self.x.iter().map(Vec::as_slice).collect();
        let mut dx: Vec<Vec<f32>> = self.x.iter().map(|x| vec![before; x.len()]).collect();
        let mut dtheta = vec![before; self.theta.len()];
        let mut wanted: Vec<Option<&mut [f32]>> = dx.iter_mut().map(|dx| Some(dx.as_mut_slice())).collect();
        let grads = Grads { dx: &mut wanted, dtheta: Some(&mut dtheta) };
        self.layer.ops().backward(&self.theta, &x, dz, grads, memo, &self.call());
        (dx, dtheta)
    }
}

/// f'(z) of `activation` times dy, by its own rules.
fn through(activation: Activation, z: &[f32], dy: &[f32]) -> Vec<f32> {
    let (mut y, mut dz) = (z.to_vec(), dy.to_vec());
    activation.forward_in_place(&mut y);
    activation.backward(if activation.needs_z() { z } else { &y }, &mut dz);
    dz
}

/// Checks dx and dtheta of `layer` followed by `activation` against finite differences.
fn check_backward(layer: &Layer, activation: Activation) {
    let case = Case::new(layer, 2);
    let r = numbers(case.output_len(), 3);
    let who = format!("{layer:?} {activation}");
    let value = |theta: &[f32], x: &[Vec<f32>]| {
        let mut y = case.forward(theta, x, &mut Memo::default());
        activation.forward_in_place(&mut y);
        weighted(&r, &y)
    };
    let mut memo = Memo::default();
    let z = case.forward(&case.theta, &case.x, &mut memo);
    let (dx, dtheta) = case.backward(&through(activation, &z, &r), &mut memo, 0.0);
    check(&format!("{who} dtheta"), &case.theta, &dtheta, 1e-3, |theta| value(theta, &case.x));
    for (input, dx) in dx.iter().enumerate() {
        let mut x = case.x.clone();
        check(&format!("{who} dx {input}"), &case.x[input], dx, 1e-3, |moved| {
            x[input].copy_from_slice(moved);
            value(&case.theta, &x)
        });
    }
}

#[test]
fn backward_of_every_layer_matches_finite_differences() {
    for layer in layers::all() {
        check_backward(&layer, Activation::Linear);
    }
}

/// An activation sees numbers, whichever layer they come from: two kinds of layers speak for all.
#[test]
fn backward_of_every_activation_matches_finite_differences() {
    for &activation in Activation::ALL {
        for layer in layers::all().iter().filter(|layer| matches!(layer, Layer::Dense(_) | Layer::Conv(_))) {
            check_backward(layer, activation);
        }
    }
}

#[test]
fn every_weighted_layer_forward_matches_its_plain_twin() {
    for layer in layers::all() {
        for examples in EXAMPLES {
            let case = Case::new(&layer, examples);
            let x: Vec<&[f32]> = case.x.iter().map(Vec::as_slice).collect();
            let Some(expected) = layers::plain_forward(&layer, &case.theta, &x, examples) else { continue };
            // Forward overwrites: its output began as NaN, and the working memory contains another batch.
            let mut memo = Memo { values: vec![9.0; 7], indices: vec![9; 7], scratch: vec![9.0; 7], ..Memo::default() };
            let z = case.forward(&case.theta, &case.x, &mut memo);
            for (index, (z, expected)) in z.iter().zip(expected).enumerate() {
                assert!((*z as f64 - expected).abs() < 1e-5, "{layer:?} of {examples}: {z} at {index}, not {expected}");
            }
        }
    }
}

#[test]
fn backward_adds_and_leaves_alone_what_is_not_wanted() {
    for layer in layers::all() {
        for examples in EXAMPLES {
            let case = Case::new(&layer, examples);
            let mut memo = Memo::default();
            let dz = numbers(case.forward(&case.theta, &case.x, &mut memo).len(), 4);
            let (dx, dtheta) = case.backward(&dz, &mut memo, 0.0);
            let (dx_added, dtheta_added) = case.backward(&dz, &mut memo, 0.5);
            let pairs = dx.iter().flatten().chain(&dtheta).zip(dx_added.iter().flatten().chain(&dtheta_added));
            for (zero, half) in pairs {
                assert!((zero + 0.5 - half).abs() < 1e-5, "{layer:?}: {zero} became {half} on 0.5");
            }
            // A frozen layer whose input gradients are not needed has nothing to do, and must not fail.
            let x: Vec<&[f32]> = case.x.iter().map(Vec::as_slice).collect();
            let mut nothing: Vec<Option<&mut [f32]>> = case.x.iter().map(|_| None).collect();
            let grads = Grads { dx: &mut nothing, dtheta: None };
            layer.ops().backward(&case.theta, &x, &dz, grads, &mut memo, &case.call());
        }
    }
}

/// Differences are taken on two examples; this extends the check to shards of any length.
#[test]
fn backward_of_a_shard_is_that_of_its_examples() {
    for layer in layers::all() {
        for examples in EXAMPLES {
            let together = Case::new(&layer, examples);
            let mut memo = Memo::default();
            let dz = numbers(together.forward(&together.theta, &together.x, &mut memo).len(), 4);
            let (dx, dtheta) = together.backward(&dz, &mut memo, 0.0);
            let mut sum = vec![0.0; dtheta.len()];
            for example in 0..examples {
                let cut = |values: &[f32]| {
                    let len = values.len() / examples;
                    values[example * len..(example + 1) * len].to_vec()
                };
                let x = together.x.iter().map(|x| cut(x)).collect();
                let alone = Case { x, examples: 1, first_example: 2 + example, ..together.clone() };
                let mut memo = Memo::default();
                alone.forward(&alone.theta, &alone.x, &mut memo);
                let (dx_alone, dtheta_alone) = alone.backward(&cut(&dz), &mut memo, 0.0);
                sum.iter_mut().zip(&dtheta_alone).for_each(|(sum, dtheta)| *sum += dtheta);
                for (dx, dx_alone) in dx.iter().zip(&dx_alone) {
                    let near = cut(dx).iter().zip(dx_alone).all(|(a, b)| (a - b).abs() < 1e-5);
                    assert!(near, "{layer:?}, example {example} of {examples}: dx {dx_alone:?}");
                }
            }
            let near = dtheta.iter().zip(&sum).all(|(a, b)| (a - b).abs() < 1e-4);
            assert!(near, "{layer:?} of {examples}: dtheta {dtheta:?}, sum over the examples {sum:?}");
        }
    }
}

/// Shards of a batch run separately; the result for an example must be the same in any shard.
#[test]
fn an_example_does_not_depend_on_the_others() {
    for layer in layers::all() {
        let case = Case::new(&layer, 13);
        let together = case.forward(&case.theta, &case.x, &mut Memo::default());
        let len = layer.ops().output().len();
        for example in [0, 7, 12] {
            let one = |x: &Vec<f32>| x[example * x.len() / 13..(example + 1) * x.len() / 13].to_vec();
            let x = case.x.iter().map(one).collect();
            let alone = Case { x, examples: 1, first_example: 2 + example, ..case.clone() };
            let z = alone.forward(&alone.theta, &alone.x, &mut Memo::default());
            assert_eq!(z, together[example * len..(example + 1) * len], "{layer:?}, example {example}");
        }
    }
}

#[test]
fn every_loss_backward_matches_finite_differences() {
    let (shape, examples) = (Shape::from_whc(3, 2, 2), 3);
    let y = numbers(examples * shape.len(), 1);
    let t: Vec<f32> = numbers(y.len(), 2).iter().map(|t| 0.5 + 0.5 * t).collect();
    let mask: Vec<f32> = (0..examples * shape.area()).map(|n| f32::from(n % 3 != 0 && n < 12)).collect();
    for &loss in &[Loss::ALL, &[Loss::Huber { delta: 0.3 }]].concat() {
        for mask in [&[][..], &mask] {
            let target = if loss.classifies() { Target::Classes(&[4, 11, 0]) } else { Target::Values { y: &t, mask } };
            let mut dy = vec![f32::NAN; y.len()];
            loss.evaluate(&y, shape, &target, 2.0, &mut dy);
            check(&format!("{loss} masked {}", !mask.is_empty()), &y, &dy, 1e-4, |y| {
                2.0 * loss.evaluate(y, shape, &target, 2.0, &mut [])
            });
        }
    }
}
