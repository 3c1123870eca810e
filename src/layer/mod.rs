//! Layers: maps x -> z between blocks of values. They own sizes and wiring, never numbers.
//!
//! A layer's parameters are a slice of the network's `theta`; [`LayerOps::tensors`] says how that slice is cut.
//! Letters: x `[examples, input]`, z `[examples, output]`, each example `[height, width, channels]`;
//! `d` + name is the gradient of the loss by that name. Backward adds; the caller zeroes once per batch.

mod affine;
mod conv;
mod conv_transpose;
mod dense;
mod dropout;
mod grouped;
mod local;
mod merge;
mod norm;
mod on;
mod outgoing;
mod pad;
mod planes;
mod pool;
mod product;
mod reshape;
mod resize;
mod upsample;
mod upsample_conv;

pub use affine::Affine;
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dense::Dense;
pub use dropout::Dropout;
pub use grouped::{Axis, GroupedConv};
pub use local::{LocallyConnected, TileDense};
pub use merge::{Add, Concat};
pub use norm::GroupNorm;
pub use outgoing::outgoing;
pub use pad::Pad;
pub use planes::Planes;
pub use pool::{GlobalPool, Pool, PoolKind};
pub use product::Product;
pub use reshape::{Input, Reshape};
pub use resize::{Corners, Resize};
pub use upsample::Upsample;
pub use upsample_conv::UpsampleConv;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::init::Init;
use crate::par;
use crate::shape::Shape;

/// Every kind of layer there is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Layer {
    Input(Input),
    Dense(Dense),
    Conv(Conv),
    ConvTranspose(ConvTranspose),
    Pool(Pool),
    GlobalPool(GlobalPool),
    Upsample(Upsample),
    UpsampleConv(UpsampleConv),
    Reshape(Reshape),
    Add(Add),
    Concat(Concat),
    GroupNorm(GroupNorm),
    Dropout(Dropout),
    Mix(LocallyConnected),
    Scale(TileDense),
    GroupedConv(GroupedConv),
    Affine(Affine),
    Product(Product),
    Pad(Pad),
    Resize(Resize),
    Planes(Planes),
}

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

/// One incoming connection of an output value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which of the layer's inputs it reads: 0, or more for a merge.
    pub input: usize,
    /// Index of the value within that input, `(y * width + x) * channels + c`.
    pub source: usize,
    /// Index of its weight within the layer's parameters; `None` where the weight is fixed (pool, merge).
    pub weight: Option<usize>,
}

/// What a layer must know of the call it is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call<'a> {
    /// Number of examples in x and z.
    pub examples: usize,
    /// Dropout drops only while training.
    pub training: bool,
    /// Seed of the step's random numbers, the same for every shard of a batch.
    pub seed: u64,
    /// Position in the whole batch of the first example of x, so that shards draw the numbers of their own examples.
    pub first_example: usize,
    /// Whether the layer has all threads to itself and cuts its work into tiles for them; else it is alone on its own.
    pub tiles: bool,
    /// What was made of each block's parameters by [`LayerOps::prepare`], for all calls that share them; empty where nothing
    /// was.
    pub prepared: &'a [Vec<f32>],
}

impl Call<'_> {
    /// The same call for one block: with random numbers of its own, and with what was prepared for it alone.
    pub fn of_block(&self, block: usize) -> Self {
        let seed = self.seed ^ (block as u64).wrapping_mul(0xd134_2543_de82_ef95);
        Self { seed, prepared: self.prepared.get(block..=block).unwrap_or_default(), ..*self }
    }

    /// What was prepared for the block that the call is of.
    pub fn prepared(&self) -> &[f32] {
        self.prepared.first().map_or(&[], Vec::as_slice)
    }

    /// The same call for some of its examples.
    pub fn of_examples(&self, first: usize, examples: usize) -> Self {
        Self { examples, first_example: self.first_example + first, ..*self }
    }

    /// Runs `work` on every item: on all threads if they share this call's work, else in turn.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        par::each_of(items, self.tiles, |_, item| work(item));
    }
}

/// What one layer of one shard remembers from forward to backward, and its working memory; kept between steps.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// For backward: a dropout mask, means and deviations of a norm.
    pub values: Vec<f32>,
    /// For backward: the winners of a max pool.
    pub indices: Vec<u32>,
    /// Working memory without meaning between calls.
    pub scratch: Vec<f32>,
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

    /// Rows and columns of W where the layer is z = x W^T + b, its parameters W and then b: whoever wants parts of the
    /// gradient can take them from x and dz.
    fn as_matrix(&self) -> Option<(usize, usize)> {
        None
    }

    /// Length of what [`LayerOps::prepare`] writes; 0 where nothing is worth preparing.
    fn prepared_len(&self) -> usize {
        0
    }

    /// Makes of the parameters, once, what every [`Call`] with them would make for itself. `scratch` is working memory.
    fn prepare(&self, _theta: &[f32], _prepared: &mut [f32], _scratch: &mut Vec<f32>) {}

    /// Writes z, overwriting what was there.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call);

    /// Adds to each wanted `dx` and to `dtheta` (`None`: frozen).
    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call);

    /// Whether each value of z is one of x, and `memo.indices` says which: an index within the example.
    fn picks(&self) -> bool {
        false
    }

    /// Whether [`LayerOps::backward_picked`] can, and is quicker for so many picks of each example.
    fn takes_picks(&self, _picks: usize) -> bool {
        false
    }

    /// Adds to `dtheta` from the gradient of those values of z alone that the next layer picked. `scratch` is working
    /// memory.
    fn backward_picked(&self, _x: &[f32], _dz: &[f32], _picks: &[u32], _dtheta: &mut [f32], _scratch: &mut Vec<f32>) {}
}

/// Where backward adds its results.
pub struct Grads<'a, 'b> {
    /// One for each input; `None` where nobody wants it (the network's own input, frozen blocks below).
    pub dx: &'a mut [Option<&'b mut [f32]>],
    /// `None` where the block is frozen.
    pub dtheta: Option<&'a mut [f32]>,
}

impl Layer {
    /// The one place where a kind of layer is told from another.
    pub fn ops(&self) -> &dyn LayerOps {
        match self {
            Layer::Input(layer) => layer,
            Layer::Dense(layer) => layer,
            Layer::Conv(layer) => layer,
            Layer::ConvTranspose(layer) => layer,
            Layer::Pool(layer) => layer,
            Layer::GlobalPool(layer) => layer,
            Layer::Upsample(layer) => layer,
            Layer::UpsampleConv(layer) => layer,
            Layer::Reshape(layer) => layer,
            Layer::Add(layer) => layer,
            Layer::Concat(layer) => layer,
            Layer::GroupNorm(layer) => layer,
            Layer::Dropout(layer) => layer,
            Layer::Mix(layer) => layer,
            Layer::Scale(layer) => layer,
            Layer::GroupedConv(layer) => layer,
            Layer::Affine(layer) => layer,
            Layer::Product(layer) => layer,
            Layer::Pad(layer) => layer,
            Layer::Resize(layer) => layer,
            Layer::Planes(layer) => layer,
        }
    }

    /// A word for people: `dense`, `conv 3x3`.
    pub fn title(&self) -> String {
        match self {
            Layer::Input(_) => "input".into(),
            Layer::Dense(_) => "dense".into(),
            Layer::Conv(conv) => format!("conv {0}x{0}", conv.window.kernel),
            Layer::ConvTranspose(conv) => format!("transposed conv {0}x{0}", conv.kernel),
            Layer::Pool(pool) => format!("{} pool {1}x{1}", pool.kind.name(), pool.size),
            Layer::GlobalPool(pool) => format!("global {} pool", pool.kind.name()),
            Layer::Upsample(upsample) => format!("upsample x{}", upsample.factor),
            Layer::UpsampleConv(conv) => format!("upsample x{} conv {1}x{1}", conv.factor, conv.kernel),
            Layer::Reshape(_) => "reshape".into(),
            Layer::Add(_) => "add".into(),
            Layer::Concat(_) => "concat".into(),
            Layer::GroupNorm(_) => "group norm".into(),
            Layer::Dropout(dropout) => format!("dropout {}", dropout.rate),
            Layer::Mix(mix) => format!("mix {0}x{0}", mix.size),
            Layer::Scale(scale) => format!("scale {0}x{0} to {1}x{1}", scale.from, scale.to),
            Layer::GroupedConv(conv) => {
                format!("conv {}x{} in {} groups", conv.across.kernel, conv.down.kernel, conv.groups)
            }
            Layer::Affine(_) => "affine".into(),
            Layer::Product(_) => "product".into(),
            Layer::Pad(_) => "pad".into(),
            Layer::Resize(resize) => format!("resize to {} x {}", resize.width, resize.height),
            Layer::Planes(_) => "planes".into(),
        }
    }
}
