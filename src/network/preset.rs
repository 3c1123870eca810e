//! Ready-made networks for pictures of any size.
//!
//! An encoder halves the picture while both sides are at least twice `SMALLEST`; its decoder goes back through the same
//! sizes, so odd sides come out exactly.

mod chain;
mod letters;
mod request;

pub use request::{GraphRequest, ManifoldRequest, Request};

use self::chain::Chain;
use super::task::Task;
use super::whole::Network;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{ConvTranspose, FreeGraph, Layer, Manifold, ManifoldStart, Wiring};
use crate::shape::Shape;

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
        settings: "batch-size=8\nlearning-rate=0.003\nscaling=unit",
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
        name: "unet",
        about: "Turns a picture into another, in a coarse view of the whole and a fine one of every place",
        tasks: &[Task::ImageToImage],
        settings: "batch-size=16\nlearning-rate=0.002\nscaling=unit",
        settings_for_rows: "",
        build: unet,
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
    Preset {
        name: "letters",
        about: "Two networks turn capitals into small letters and back, and learn from each other's inventions",
        tasks: &[Task::MakeLowercase],
        settings: "batch-size=64\nlearning-rate=0.001\nscaling=unit\nepochs=60",
        settings_for_rows: "",
        build: letters::dense,
    },
    Preset {
        name: "letters-sparse",
        about: "The same with the first recipe for it: sparse layers, the sum of squares, plain steps",
        tasks: &[Task::MakeLowercase],
        settings: "batch-size=128\nlearning-rate=0.01\nscaling=unit\nepochs=60\nloss=sum-squares\noptimizer=sgd\nmomentum=0\nclip-norm=none\nschedule=linear\nwarmup-steps=0",
        settings_for_rows: "",
        build: letters::sparse,
    },
    Preset {
        name: "letters-contours",
        about: "The same before it was pictures: letters are the points of up to three contours",
        tasks: &[Task::MakeLowercase],
        settings: "batch-size=128\nlearning-rate=0.001\nscaling=unit\nepochs=200\nloss=permissive",
        settings_for_rows: "",
        build: letters::contours,
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
            Task::ImageToImage => request.target.is_some(),
            Task::MakeLowercase | Task::MakeUppercase => request.letters,
        };
        self.tasks.iter().copied().find(allow).ok_or_else(|| {
            if self.tasks == [Task::MakeLowercase] {
                return Error::expected(self.name, "letters of fonts (drop fonts, or choose sample=letters)", "none");
            }
            if self.tasks == [Task::ImageToImage] {
                let expected = "pairs of images (folders input and target with files of equal names)";
                return Error::expected(self.name, expected, "none");
            }
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

/// The block that is added to what the network reads. It begins at zero, so that the network begins as the identity.
pub const RESIDUAL: &str = "residual";

/// Number of channels after each halving of a picture by the other presets; the last one repeats.
const CHANNELS: [usize; 3] = [16, 32, 64];
/// Number of groups in every group norm: a divisor of all [`CHANNELS`].
const GROUPS: usize = 8;

/// Number of channels after each halving of a picture by the autoencoder; the last one repeats. The dense layers read all
/// of the last picture, so that one more channel of 8 x 8 pixels costs 16,384 weights at a code of 128.
const AUTOENCODER_CHANNELS: [usize; 3] = [16, 32, 48];

/// conv 4x4 stride 2, repeated - dense code - dense - transposed convs back through the same sizes; SiLU after each but the
/// code.
///
/// On held-out images after ten epochs at a code of 128 it paints emoji and photographs of hands, 64 x 64, and the built-in
/// shapes with 21.9, 25.9 and 23.6 dB. With group norm before each SiLU, 64 channels at 8 x 8, batches of 16 and a rate of
/// 0.004 it was 21.1, 24.4 and 22.3 dB in the same processor time; a norm takes from each group of channels how bright it is.
/// It takes both changes: without norm, in batches of 16 at a rate of 0.002, hands had 23.8 dB, and with norm, batches of 8
/// gained nothing on shapes in five epochs, as little as cross-entropy of every pixel did.
///
/// Tried without norm on shapes, in batches of 8: ReLU behind the code, 23.1 dB; a rate of 0.002, 23.4. In batches of 16 and
/// at a rate of 0.002: a small copy of the picture beside the code and behind it, 22.0 where the plain chain had 22.7. One
/// conv 8x8 stride 4 in place of the first two gave 24.9 on hands where two gave 25.4, both at a rate of 0.002.
fn autoencoder(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    let mut sizes = vec![input];
    while 2 * SMALLEST <= chain.shape().width.min(chain.shape().height) {
        let level = sizes.len();
        let channels = AUTOENCODER_CHANNELS[(level - 1).min(AUTOENCODER_CHANNELS.len() - 1)];
        chain.conv(&format!("encode{level}"), channels, 4, 2, Activation::Silu)?;
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
    chain.dense("expand", smallest.len(), Activation::Silu)?.reshape("unflatten", smallest)?;
    for (level, size) in sizes.iter().enumerate().rev() {
        let layer = ConvTranspose { input: chain.shape(), output: *size, kernel: 4, stride: 2, padding: 1 };
        if level == 0 {
            chain.then("output", Layer::ConvTranspose(layer), Activation::Sigmoid)?;
        } else {
            chain.then(&format!("decode{}", level + 1), Layer::ConvTranspose(layer), Activation::Silu)?;
        }
    }
    Ok(chain.network)
}

/// conv 3x3 - conv 4x4 stride 2, repeated - transposed convs back through the same sizes, each joined with the picture that
/// the encoder had there and followed by a conv 3x3 - conv 3x3, added to the input. Group norm and SiLU below the full size.
/// It works at the larger size of input and target. If these have another size or other channels, the last conv reads the
/// input beside the rest instead.
///
/// On held-out images after four epochs, adding to the input gave 24.6 dB where the output alone gave 23.9, and reading the
/// input beside the rest 21.6 (photographs made sharp); 18.3, 17.4 and 17.4 (emoji given colour). Where nothing can be added,
/// reading the input gave 19.8 dB and not reading it 15.7 (edges of photographs).
fn unet(input: Shape, request: Request) -> Result<Network> {
    let target = request.target.unwrap_or(input);
    let mut chain = Chain::new(input)?;
    if input.area() < target.area() {
        chain.resize("enlarged", target)?;
    }
    let source = chain.last;
    chain.conv3("encode0", CHANNELS[0], Activation::Silu)?;
    let mut levels = Vec::new();
    while 2 * SMALLEST <= chain.shape().width.min(chain.shape().height) {
        levels.push(chain.last);
        let level = levels.len();
        chain.conv(&format!("encode{level}"), CHANNELS[level.min(CHANNELS.len() - 1)], 4, 2, Activation::Linear)?;
        chain.norm(&format!("encode{level}.norm"), GROUPS, Activation::Silu)?;
    }
    for (level, skip) in levels.into_iter().enumerate().rev() {
        let output = chain.network.shape(skip);
        let layer = ConvTranspose { input: chain.shape(), output, kernel: 4, stride: 2, padding: 1 };
        chain.then(&format!("decode{level}"), Layer::ConvTranspose(layer), Activation::Silu)?;
        chain.concat(&format!("decode{level}.skip"), skip)?;
        if level == 0 {
            chain.conv3("decode0.conv", output.channels, Activation::Silu)?;
        } else {
            chain.conv3(&format!("decode{level}.conv"), output.channels, Activation::Linear)?;
            chain.norm(&format!("decode{level}.norm"), GROUPS, Activation::Silu)?;
        }
    }
    if chain.network.shape(source) == target {
        chain.conv3(RESIDUAL, target.channels, Activation::Linear)?.add("output", source)?;
    } else {
        chain.concat("join", source)?.resize("reduced", target)?;
        chain.conv3("output", target.channels, Activation::Linear)?;
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
