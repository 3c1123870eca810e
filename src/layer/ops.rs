//! What every layer answers: its shapes, parameters and connections, how it is shown and changed, its two passes.

use super::{Call, Connection, Grads, Memo, Readers, Surroundings, Weight, WeightView};
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

/// What a layer does to the values it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerRole {
    /// Reads no block: its values are the example.
    Input,
    /// Makes values, or moves them to other places.
    Computes,
    /// Gives the values it reads, one by one in the same order, another shape.
    Reshapes,
    /// Passes the values it reads on, one by one in the same order; while training it drops some.
    Drops,
    /// Brings the values it reads, one by one in the same order, to a common mean and variance.
    Normalises,
    /// Gives each value that it reads, one by one in the same order, a factor and a term.
    Stretches,
}

impl LayerRole {
    /// Whether its values are just those it reads, when nothing is trained.
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

/// The sizes of a layer to which neurons can be added, and from which they can be taken, on either side.
pub struct Resizable<'a> {
    pub input: &'a mut Shape,
    pub outputs: &'a mut usize,
}

/// What every layer answers. A question has a default answer only if that is right for any layer: a new kind is not
/// drawn, edited or saved wrongly because one was forgotten.
pub trait LayerOps {
    /// A word for people: `dense`, `conv 3x3`.
    fn title(&self) -> String;

    fn role(&self) -> LayerRole;

    /// The shapes it reads, one for each input.
    fn inputs(&self) -> Vec<Shape>;

    /// The shape it writes. Only called on a checked layer.
    fn output(&self) -> Shape;

    /// Says what is wrong with the sizes (a kernel larger than the picture, sizes that do not divide, a size of 0).
    /// Called once when a block is added, also for layers read from a file: it must not overflow or panic on any sizes.
    fn check(&self) -> Result<()>;

    /// Reads these shapes (at least one) from now on. Kernels, strides and the like stay, sizes that depend on what is
    /// read follow; whether they fit is for [`LayerOps::check`] to say.
    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()>;

    /// Its sizes, if its weights are `[outputs, inputs]`, so that rows and columns can come and go; for surgery.
    fn resizable(&mut self) -> Option<Resizable<'_>>;

    /// How its parameters are cut; empty for layers without.
    fn tensors(&self) -> Vec<Tensor>;

    fn param_len(&self) -> usize {
        self.tensors().iter().map(Tensor::len).sum()
    }

    /// Which dimension of its weights counts the output's channels, if its parameters are W and then b `[channels]` and
    /// z is linear in both: a factor and a term for each channel of z can then be put into them.
    fn output_axis(&self) -> Option<OutputAxis>;

    /// Number of weighted or fixed connections drawn between neurons: the sum of every output's fan-in.
    fn connections(&self) -> usize;

    /// Visits the incoming connections of one output value, in a fixed order.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection));

    /// Where the outputs are that may read value `source` of input number `input`: the fewer, the sooner
    /// [`LayerOps::outgoing`] is done.
    fn readers(&self, input: usize, source: usize) -> Readers;

    /// Visits every output that reads value `source` of input number `input`, with the weight of the connection:
    /// [`LayerOps::incoming`] the other way round.
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

    /// As a line of text without name and activation: a form of [`Written`](super::Written) and its sizes. `None` where
    /// there is none for its sizes. `is_last`: whether it is the network's last layer.
    fn text(&self, around: &Surroundings, is_last: bool) -> Option<String>;

    /// Writes z, overwriting what was there.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call);

    /// Adds to each wanted `dx` and to `dtheta` (`None`: frozen).
    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call);
}
