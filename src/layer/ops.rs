//! What every layer answers: its shapes, parameters and connections, and its two passes.

use super::call::{Call, Grads, Memo};
use super::connection::Connection;
use crate::error::Result;
use crate::init::Init;
use crate::shape::Shape;

/// One named run of a layer's parameters, in the order they lie in `theta`.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `weight` or `bias`.
    pub name: &'static str,
    /// Row-major; for a weight the first dimension is the output.
    pub dims: Vec<usize>,
    pub init: Init,
    /// Whether weight decay applies: true for weights, false for biases and scales.
    pub decays: bool,
}

impl Tensor {
    pub fn len(&self) -> usize {
        self.dims.iter().product()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What every layer can do.
pub trait LayerOps {
    /// The shapes it reads, one for each input.
    fn inputs(&self) -> Vec<Shape>;

    /// The shape it writes. Only called on a checked layer.
    fn output(&self) -> Shape;

    /// Says what is wrong with the sizes (a kernel larger than the picture, sizes that do not divide, a size of 0).
    /// Called once when a block is added, also for layers read from a file: it must not overflow or panic on any sizes.
    fn check(&self) -> Result<()>;

    /// How its parameters are cut; empty for layers without.
    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn param_len(&self) -> usize {
        self.tensors().iter().map(Tensor::len).sum()
    }

    /// Number of weighted or fixed connections drawn between neurons: the sum of every output's fan-in.
    fn connections(&self) -> usize;

    /// Visits the incoming connections of one output value, in a fixed order.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection));

    /// Index within the layer's parameters of the bias of one output value.
    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    /// Writes z, overwriting what was there.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call);

    /// Adds to each wanted `dx` and to `dtheta` (`None`: frozen).
    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call);
}
