//! The common part of layers with untied weights, where every output value has weights of its own.
//!
//! `z[o] = b[o] + sum over k of w[o, k] x[source(o, k)]`; see `kernels::local` for how it is computed.

use super::{Call, Grads, LayerOps, Memo, Tensor};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::local::{self, OutputGroup};
use crate::shape::{MOST_VALUES, Shape};

pub fn bias(output: Shape) -> Tensor {
    let dims = vec![output.height, output.width, output.channels];
    Tensor { name: "bias", dims, init: Init::Zeros, decays: false }
}

pub fn expect_few_weights(who: &str, weights: u128) -> Result<()> {
    if (MOST_VALUES as u128) < weights {
        return Err(Error::expected(who, format!("at most {MOST_VALUES} weights"), weights));
    }
    Ok(())
}

pub fn forward<G: Iterator<Item = OutputGroup>>(
    layer: &impl LayerOps,
    groups: impl Fn() -> G,
    (w, b): (&[f32], &[f32]),
    x: &[f32],
    z: &mut [f32],
    memo: &mut Memo,
    call: &Call,
) {
    let (inputs, outputs, lanes) = (layer.inputs()[0].len(), b.len(), local::lanes(call.examples));
    memo.scratch.resize((inputs + outputs) * lanes, 0.0);
    let (x_lanes, z_lanes) = memo.scratch.split_at_mut(inputs * lanes);
    local::to_lanes(x, inputs, lanes, x_lanes);
    local::forward(groups(), w, b, x_lanes, z_lanes, lanes);
    local::from_lanes(z_lanes, outputs, lanes, z, |z, value| *z = value);
}

#[allow(clippy::too_many_arguments)] // the arguments of `LayerOps::backward`, for both layers
pub fn backward<G: Iterator<Item = OutputGroup>>(
    layer: &impl LayerOps,
    groups: impl Fn() -> G,
    w: &[f32],
    x: &[f32],
    dz: &[f32],
    grads: Grads,
    memo: &mut Memo,
    call: &Call,
) {
    // Forward was: z = b + sum of w x.
    let (inputs, outputs, lanes) = (layer.inputs()[0].len(), layer.output().len(), local::lanes(call.examples));
    memo.scratch.resize((inputs + outputs) * lanes, 0.0);
    let (x_lanes, dz_lanes) = memo.scratch.split_at_mut(inputs * lanes);
    local::to_lanes(dz, outputs, lanes, dz_lanes);
    if let Some(dtheta) = grads.dtheta {
        let (dw, db) = dtheta.split_at_mut(w.len());
        local::to_lanes(x, inputs, lanes, x_lanes);
        local::weight_gradient(groups(), x_lanes, dz_lanes, dw, lanes);
        local::bias_gradient(dz_lanes, db, lanes);
    }
    if let Some(dx) = &mut grads.dx[0] {
        x_lanes.fill(0.0);
        local::input_gradient(groups(), w, dz_lanes, x_lanes, lanes);
        local::from_lanes(x_lanes, inputs, lanes, dx, |dx, value| *dx += value);
    }
}
