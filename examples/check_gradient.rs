//! Builds a network block by block, and compares one entry of its gradient with a finite difference.
//!
//! dL/dtheta_i is close to (L(theta + h e_i) - L(theta - h e_i)) / 2h.
//!
//!     cargo run --release --example check_gradient

use neurarium::activation::Activation;
use neurarium::error::Result;
use neurarium::layer::{Call, Conv, Dense, Layer};
use neurarium::loss::{Loss, Target};
use neurarium::network::{Network, Pass};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

/// One example, computed on the calling thread as an evaluation would: without dropout.
const CALL: Call = Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };

/// L of one example of class 2; adds dL/dtheta to `dtheta`.
fn loss(network: &Network, pass: &mut Pass, x: &[f32], dtheta: &mut [f32]) -> f64 {
    network.read(pass, x, &CALL);
    network.forward(pass, &CALL);
    let (y, dy) = pass.output_and_gradient();
    let loss = Loss::CrossEntropy.evaluate(y, network.output(), &Target::Classes(&[2]), 1.0, dy);
    network.backward(pass, dtheta, &CALL);
    loss
}

pub fn main() -> Result<()> {
    // Block 0 is the input. Each block names the blocks that it reads, so `&[0]` is the input here.
    let mut network = Network::new(Shape::from_whc(8, 8, 1))?;
    let conv = Conv::same(network.input(), 4, 3); // 4 maps, kernels of 3 x 3
    let conv = network.push("conv", Layer::Conv(conv), Activation::Tanh, &[0])?;
    let dense = Dense { input: network.shape(conv), outputs: 3 };
    network.push("classes", Layer::Dense(dense), Activation::Linear, &[conv])?;
    network.initialise(1);
    println!("{} parameters, {} connections", network.param_len(), network.connections());

    let mut rng = Rng::new(1, Purpose::Test, 0);
    let x: Vec<f32> = (0..network.input().len()).map(|_| rng.uniform()).collect();
    let mut pass = Pass::new(&network, 1);
    let mut dtheta = vec![0.0; network.param_len()];
    loss(&network, &mut pass, &x, &mut dtheta);

    // All parameters are in one flat array, so any of them is moved by its index: here a weight of the first kernel.
    let (index, h) = (4, 1e-2);
    let mut at = |moved: f32| {
        let mut network = network.clone();
        network.theta[index] += moved;
        loss(&network, &mut pass, &x, &mut vec![0.0; dtheta.len()])
    };
    let difference = (at(h) - at(-h)) / f64::from(2.0 * h);
    println!("backward {:.6}, finite difference {difference:.6}", dtheta[index]);
    assert!((f64::from(dtheta[index]) - difference).abs() < 1e-3, "the gradient is wrong");
    Ok(())
}
