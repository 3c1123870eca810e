//! The questions that every layer answers: its shapes, parameters and connections, how it is drawn and edited, and its
//! forward and backward pass.

use super::{Call, Connection, Grads, Memo, Readers, Surroundings, Weight, WeightView};
use crate::error::Result;
use crate::init::Init;
use crate::shape::Shape;

/// A named part of a layer's parameters. Tensors are listed in the order in which `theta` holds them.
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

/// What a layer does to the values it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerRole {
    /// Reads no block: its values are the example.
    Input,
    /// Computes values, or moves them to other places.
    Computes,
    /// Gives the values it reads another shape; their order stays.
    Reshapes,
    /// Passes on the values it reads in the same order; while training it drops some.
    Drops,
    /// Normalises the values it reads to a common mean and variance; their order stays.
    Normalises,
    /// Multiplies each value it reads by a factor and adds a term; their order stays.
    Stretches,
}

impl LayerRole {
    /// Whether its values are those it reads, outside training.
    pub fn passes_on(self) -> bool {
        match self {
            Self::Reshapes | Self::Drops => true,
            Self::Input | Self::Computes | Self::Normalises | Self::Stretches => false,
        }
    }
}

/// Which dimension of its weights counts the channels of a layer's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputAxis {
    First,
    Last,
}

/// The questions that every layer answers. A question has a default only where that is right for every layer, so that a
/// new kind cannot be drawn, edited or saved wrongly because an answer was forgotten.
pub trait LayerOps {
    /// A word for people: `dense`, `conv 3x3`.
    fn title(&self) -> String;

    /// What it does to the values it reads.
    fn role(&self) -> LayerRole;

    /// The shapes it reads, one for each input.
    fn inputs(&self) -> Vec<Shape>;

    /// The shape it writes. Only called on a checked layer.
    fn output(&self) -> Shape;

    /// Reports what is wrong with the sizes (a kernel larger than the picture, sizes that do not divide, a size of 0).
    /// Called once when a block is added, also for layers read from a file, so it must not overflow or panic on any
    /// sizes.
    fn check(&self) -> Result<()>;

    /// Makes it read these shapes; there is at least one. Kernels, strides and the like stay, and sizes that depend on
    /// what is read follow. Whether they fit is left to [`LayerOps::check`].
    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()>;

    /// How its parameters are divided; empty for a layer without any.
    fn tensors(&self) -> Vec<Tensor>;

    fn param_len(&self) -> usize {
        self.tensors().iter().map(Tensor::len).sum()
    }

    /// The dimension of its weights that counts the output's channels, if its parameters are W and then b `[channels]`
    /// and z is linear in both. A factor and a term for each channel of z can then be folded into them.
    fn output_axis(&self) -> Option<OutputAxis>;

    /// Number of connections, weighted or fixed: the sum of the fan-in of all outputs.
    fn connections(&self) -> u64;

    /// Visits the incoming connections of one output value, in a fixed order.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection));

    /// The part of the output that may read value `source` of input number `input`. The smaller it is, the faster
    /// [`LayerOps::outgoing`] is.
    fn readers(&self, input: usize, source: usize) -> Readers;

    /// Visits every output that reads value `source` of input number `input`, with the weight of the connection. The
    /// inverse of [`LayerOps::incoming`].
    fn outgoing(&self, input: usize, source: usize, visit: &mut dyn FnMut(usize, Weight)) {
        let shape = self.output();
        let Readers { across, down, channels } = self.readers(input, source);
        for y in down {
            for x in across.clone() {
                for channel in channels.clone() {
                    let output = (y * shape.width + x) * shape.channels + channel;
                    self.incoming(output, &mut |connection| {
                        if (connection.input, connection.source) == (input, source) {
                            visit(output, connection.weight);
                        }
                    });
                }
            }
        }
    }

    /// Index within the layer's parameters of the bias of one output value.
    fn bias(&self, output: usize) -> Option<usize>;

    /// How its weights are drawn.
    fn weight_view(&self) -> WeightView;

    /// The layer as text, without name and activation: a form of [`Written`](super::Written) and its sizes. `None`
    /// where its sizes cannot be written. `is_last`: whether it is the network's last layer.
    fn text(&self, around: &Surroundings, is_last: bool) -> Option<String>;

    /// Computes z, overwriting what was there.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call);

    /// Adds to each `dx` that is wanted and to `dtheta` (`None`: frozen).
    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call);
}
