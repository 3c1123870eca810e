//! Ready-made networks for pictures of any size.
//!
//! An encoder halves the picture while both sides are at least twice `SMALLEST`; its decoder goes back through the same
//! sizes, so odd sides come out exactly.

mod request;

use serde::{Deserialize, Serialize};

pub use request::{GraphRequest, ManifoldRequest, Request};

use super::whole::Network;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{
    Conv, ConvTranspose, Dense, Dropout, FreeGraph, GroupNorm, Layer, LocallyConnected, Manifold, ManifoldStart, Pad,
    Pool, PoolKind, Reshape, TileDense, Wiring,
};
use crate::shape::Shape;

/// The target a network is trained to output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Its own input.
    Autoencoder,
    /// The class of its input.
    Classifier,
    /// Numbers that belong to its input.
    Regressor,
}

/// A ready-made network.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    /// What it can be trained for; the first that the data allow.
    pub tasks: &'static [Task],
    /// Settings that suit it, as `KEY=VALUE` lines; those that the user chose take precedence. Every preset names the
    /// same keys.
    pub settings: &'static str,
    /// Settings that suit it better where the images are rows of a few numbers.
    pub settings_for_rows: &'static str,
    build: fn(Shape, Request) -> Result<Network>,
}

pub static PRESETS: &[Preset] = &[
    Preset {
        name: "autoencoder",
        about: "Convolutions squeeze a picture into a short code and paint it again",
        tasks: &[Task::Autoencoder],
        settings: "batch-size=16\nlearning-rate=0.004\nscaling=unit",
        settings_for_rows: "",
        build: autoencoder,
    },
    Preset {
        name: "autoencoder-dense",
        about: "Every neuron sees every other: simple to look at, best for small pictures",
        tasks: &[Task::Autoencoder],
        settings: "batch-size=32\nlearning-rate=0.001\nscaling=unit",
        settings_for_rows: "",
        build: autoencoder_dense,
    },
    Preset {
        name: "autoencoder-local",
        about: "Every neuron has its own small patch of weights, shared with no other",
        tasks: &[Task::Autoencoder],
        settings: "batch-size=16\nlearning-rate=0.002\nscaling=unit",
        settings_for_rows: "",
        build: autoencoder_local,
    },
    Preset {
        name: "classifier-mlp",
        about: "Names what is in a picture with two dense layers",
        tasks: &[Task::Classifier],
        // Thousands of inputs that are all positive push every hidden neuron in the same direction, and at a high rate
        // below zero for good.
        settings: "batch-size=32\nlearning-rate=0.001\nscaling=standard",
        settings_for_rows: "",
        build: classifier_mlp,
    },
    Preset {
        name: "classifier-cnn",
        about: "Names what is in a picture with convolutions and pooling",
        tasks: &[Task::Classifier],
        settings: "batch-size=32\nlearning-rate=0.002\nscaling=unit",
        settings_for_rows: "",
        build: classifier_cnn,
    },
    Preset {
        name: "manifold",
        about: "Makes and cuts its own connections while it learns classes or numbers",
        tasks: &[Task::Regressor, Task::Classifier],
        settings: "batch-size=50\nlearning-rate=0.05\nscaling=auto\nclip-norm=none\nedge-budget=0.03",
        settings_for_rows: "learning-rate=0.001\nedge-budget=0\nobjective-weight=10000\nflow-weight=1\nepochs=1\nschedule=constant\nwarmup-steps=0",
        build: manifold,
    },
    Preset {
        name: "graph",
        about: "Learns classes or numbers in steps, with neurons that read each other in any way",
        tasks: &[Task::Regressor, Task::Classifier],
        settings: "batch-size=64\nlearning-rate=0.003\nscaling=standard",
        settings_for_rows: "",
        build: graph,
    },
];

pub fn find(name: &str) -> Result<&'static Preset> {
    let names = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| Error::expected("model", names(), name))
}

impl Preset {
    /// Builds the network for pictures of this shape; its parameters are zero until it is initialised.
    pub fn build(&self, input: Shape, request: Request) -> Result<Network> {
        let mut network = self.build_unallocated(input, request)?;
        network.allocate();
        Ok(network)
    }

    /// The same without allocating the parameters, which is enough to look at its layers.
    pub fn build_unallocated(&self, input: Shape, request: Request) -> Result<Network> {
        self.task(&request)?;
        (self.build)(input, request)
    }

    /// What the network is trained for with these data.
    pub fn task(&self, request: &Request) -> Result<Task> {
        let allow = |task: &Task| match task {
            Task::Autoencoder => true,
            Task::Classifier => 2 <= request.classes,
            Task::Regressor => 0 < request.numbers,
        };
        self.tasks.iter().copied().find(allow).ok_or_else(|| {
            let came = if request.classes == 1 { "one" } else { "none" };
            let or_numbers =
                if self.tasks.contains(&Task::Regressor) { ", or numbers in a CSV beside them" } else { "" };
            let expected = format!("pictures of at least 2 classes (one folder for each){or_numbers}");
            Error::expected(self.name, expected, came)
        })
    }
}

/// Least side of the pictures inside an encoder.
const SMALLEST: usize = 8;

/// A network built block by block, each reading the last one. Parameters are not allocated.
struct Chain {
    network: Network,
    last: usize,
}

impl Chain {
    fn new(input: Shape) -> Result<Self> {
        Ok(Self { network: Network::new(input)?, last: 0 })
    }

    fn shape(&self) -> Shape {
        self.network.shape(self.last)
    }

    fn then(&mut self, name: &str, layer: Layer, activation: Activation) -> Result<&mut Self> {
        self.last = self.network.add_block_unallocated(name, layer, activation, &[self.last])?;
        Ok(self)
    }

    fn dense(&mut self, name: &str, outputs: usize, activation: Activation) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::Dense(Dense { input, outputs }), activation)
    }

    fn conv(
        &mut self,
        name: &str,
        outputs: usize,
        kernel: usize,
        stride: usize,
        activation: Activation,
    ) -> Result<&mut Self> {
        let conv = Conv::new(self.shape(), outputs, kernel, stride, (kernel - 1) / 2);
        self.then(name, Layer::Conv(conv), activation)
    }

    fn max_pool(&mut self, name: &str) -> Result<&mut Self> {
        let pool = Pool { input: self.shape(), kind: PoolKind::Max, size: 2, stride: 2 };
        self.then(name, Layer::Pool(pool), Activation::Linear)
    }

    fn norm(&mut self, name: &str, groups: usize, activation: Activation) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::GroupNorm(GroupNorm { input, groups }), activation)
    }

    /// Adds no block at a rate of 0.
    fn dropout(&mut self, name: &str, rate: f32) -> Result<&mut Self> {
        let input = self.shape();
        if rate == 0.0 {
            Ok(self)
        } else {
            self.then(name, Layer::Dropout(Dropout { input, rate }), Activation::Linear)
        }
    }

    fn mix(&mut self, name: &str, activation: Activation) -> Result<&mut Self> {
        let mix = LocallyConnected { input: self.shape(), size: 3, mix_channels: false };
        self.then(name, Layer::LocallyConnected(mix), activation)
    }

    fn scale(
        &mut self,
        name: &str,
        outputs: usize,
        from: usize,
        to: usize,
        activation: Activation,
    ) -> Result<&mut Self> {
        let scale = TileDense { input: self.shape(), outputs, from, to };
        self.then(name, Layer::TileDense(scale), activation)
    }

    /// Adds the last block of an autoencoder: the values as a picture, limited to 0..1 by a sigmoid.
    fn ending_as(mut self, picture: Shape) -> Result<Network> {
        let input = self.shape();
        self.then("output", Layer::Reshape(Reshape { input, output: picture }), Activation::Sigmoid)?;
        Ok(self.network)
    }

    /// Adds what leaves only the outputs of a row of neurons, which are behind `before` others and before `after`.
    fn ending_as_outputs(mut self, before: usize, after: usize, request: Request) -> Result<Network> {
        let margin = |neurons: usize| -i32::try_from(neurons).unwrap_or(i32::MAX);
        let (left, right) = (margin(before), margin(after));
        let pad = Pad { input: self.shape(), left, top: 0, right, bottom: 0, value: 0.0 };
        self.then("outputs", Layer::Pad(pad), Activation::Linear)?;
        let name = if request.numbers == 0 { "classes" } else { "numbers" };
        self.reshape(name, Shape::flat(request.outputs()))?;
        Ok(self.network)
    }

    fn reshape(&mut self, name: &str, output: Shape) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::Reshape(Reshape { input, output }), Activation::Linear)
    }
}

/// Number of channels after each halving of a picture; the last one repeats.
const CHANNELS: [usize; 3] = [16, 32, 64];
/// Number of groups in every group norm: a divisor of all [`CHANNELS`].
const GROUPS: usize = 8;

/// conv 4x4 stride 2, repeated - dense code - dense - transposed convs back through the same sizes; group norm and SiLU
/// after each.
fn autoencoder(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    let mut sizes = vec![input];
    while 2 * SMALLEST <= chain.shape().width.min(chain.shape().height) {
        let level = sizes.len();
        let channels = CHANNELS[(level - 1).min(CHANNELS.len() - 1)];
        chain.conv(&format!("encode{level}"), channels, 4, 2, Activation::Linear)?;
        chain.norm(&format!("encode{level}.norm"), GROUPS, Activation::Silu)?;
        sizes.push(chain.shape());
    }
    chain.dense("embedding", request.embedding, Activation::Linear)?;
    chain.network.embedding = Some(chain.last);
    let smallest = sizes.pop().unwrap_or(input);
    if sizes.is_empty() {
        // Too small to be halved: the picture is computed directly from the code.
        chain.dense("paint", input.len(), Activation::Linear)?;
        return chain.ending_as(input);
    }
    chain.dense("expand", smallest.len(), Activation::Linear)?.reshape("unflatten", smallest)?;
    chain.norm("expand.norm", GROUPS, Activation::Silu)?;
    for (level, size) in sizes.iter().enumerate().rev() {
        let layer = ConvTranspose { input: chain.shape(), output: *size, kernel: 4, stride: 2, padding: 1 };
        if level == 0 {
            chain.then("output", Layer::ConvTranspose(layer), Activation::Sigmoid)?;
        } else {
            chain.then(&format!("decode{}", level + 1), Layer::ConvTranspose(layer), Activation::Linear)?;
            chain.norm(&format!("decode{}.norm", level + 1), GROUPS, Activation::Silu)?;
        }
    }
    Ok(chain.network)
}

/// input - 512 - code - 512 - input.
fn autoencoder_dense(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    chain.dense("encode1", 512, Activation::Relu)?;
    chain.dense("embedding", request.embedding, Activation::Linear)?;
    chain.network.embedding = Some(chain.last);
    chain.dense("decode1", 512, Activation::Relu)?;
    chain.dense("paint", input.len(), Activation::Linear)?;
    chain.ending_as(input)
}

/// Number of channels of every inner picture of the local autoencoder.
const LOCAL_CHANNELS: usize = 8;

/// mix 3x3 - scale 4x4 to 2x2, repeated - scale 2x2 to 4x4 back - mix 3x3. The smallest picture is the code.
fn autoencoder_local(input: Shape, _request: Request) -> Result<Network> {
    if !input.width.is_multiple_of(TILE) || !input.height.is_multiple_of(TILE) {
        let expected = format!("pictures whose width and height are multiples of {TILE}");
        return Err(Error::expected("autoencoder-local", expected, format!("{} x {}", input.width, input.height)));
    }
    let mut chain = Chain::new(input)?;
    let mut sizes = Vec::new();
    chain.mix("mix1", Activation::Silu)?;
    loop {
        let Shape { width, height, channels } = chain.shape();
        let divides = width.is_multiple_of(TILE) && height.is_multiple_of(TILE);
        if !divides || (!sizes.is_empty() && width.min(height) <= SMALLEST_LOCAL) {
            break;
        }
        sizes.push(channels);
        chain.scale(&format!("shrink{}", sizes.len()), LOCAL_CHANNELS, TILE, TILE / 2, Activation::Silu)?;
    }
    chain.network.embedding = Some(chain.last);
    for (level, &channels) in sizes.iter().enumerate().rev() {
        chain.scale(&format!("grow{}", level + 1), channels, TILE / 2, TILE, Activation::Silu)?;
    }
    chain.mix("output", Activation::Sigmoid)?;
    Ok(chain.network)
}

/// Side of the tiles that the local autoencoder halves.
const TILE: usize = 4;
/// Side at which the local autoencoder stops halving.
const SMALLEST_LOCAL: usize = 16;

/// 512 ReLU - dropout - classes.
fn classifier_mlp(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    chain.dense("hidden", 512, Activation::Relu)?.dropout("dropout", request.dropout)?;
    chain.dense("classes", request.classes, Activation::Linear)?;
    Ok(chain.network)
}

/// (conv 3x3 ReLU - max pool 2) three times, 16, 32 and 64 channels - dropout - classes.
fn classifier_cnn(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    for (level, channels) in (1..).zip(CHANNELS) {
        chain.conv(&format!("conv{level}"), channels, 3, 1, Activation::Relu)?;
        if 2 <= chain.shape().width.min(chain.shape().height) {
            chain.max_pool(&format!("pool{level}"))?;
        }
    }
    chain.dropout("dropout", request.dropout)?;
    chain.dense("classes", request.classes, Activation::Linear)?;
    Ok(chain.network)
}

/// Hidden neurons for each root of the number of inputs.
const HIDDEN_BY_ROOT: f64 = 7.36;

fn hidden_for(input: Shape) -> usize {
    (HIDDEN_BY_ROOT * (input.len() as f64).sqrt()) as usize
}

/// One manifold, whose last neurons are the outputs.
fn manifold(input: Shape, request: Request) -> Result<Network> {
    let outputs = request.outputs();
    let asked = request.manifold;
    let start = asked.start.unwrap_or(if input.height == 1 { ManifoldStart::Few } else { ManifoldStart::Images });
    let hidden = if asked.hidden == 0 { hidden_for(input) } else { asked.hidden };
    let period = if asked.period == 0.0 { (input.width * input.channels) as f32 } else { asked.period };
    let mut chain = Chain::new(input)?;
    let layer = Manifold {
        input,
        hidden,
        outputs,
        period,
        start,
        width_factor: asked.width_factor,
        bumps: asked.bumps,
        centre_rate: asked.centre_rate,
        edges: asked.edges,
        squared: asked.squared,
        sequence: asked.sequence,
        feedback: asked.feedback,
        neuron: asked.neuron,
        random_share: asked.random_share,
    };
    chain.then("manifold", Layer::Manifold(layer), Activation::Linear)?;
    chain.ending_as_outputs(hidden + asked.feedback, 0, request)
}

/// One free graph, whose first neurons are the outputs.
fn graph(input: Shape, request: Request) -> Result<Network> {
    let GraphRequest { free, steps, most_sources, seed } = request.graph;
    let free = if free == 0 { hidden_for(input) } else { free };
    let mut chain = Chain::new(input)?;
    let (outputs, wiring) = (request.outputs(), Wiring::default());
    let graph = FreeGraph { input, outputs, free, steps, most_sources, wiring };
    chain.then("graph", Layer::FreeGraph(graph.wired_at_random(seed)?), Activation::Linear)?;
    chain.ending_as_outputs(0, free, request)
}
