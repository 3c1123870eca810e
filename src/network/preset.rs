//! The networks that come ready-made, built for any picture size.
//!
//! An encoder halves the picture while both sides are at least twice `SMALLEST`; its decoder goes back through
//! the very same sizes, so odd sides come out exactly.

use serde::{Deserialize, Serialize};

use super::Network;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Conv, ConvTranspose, Dense, Layer, Reshape};
use crate::shape::Shape;

/// What a network is trained to give back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Its own input.
    Autoencoder,
    /// The class of its input.
    Classifier,
}

/// A ready-made network.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    pub task: Task,
    build: fn(Shape, Request) -> Result<Network>,
}

/// What the person chose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Request {
    /// Number of classes of a classifier.
    pub classes: usize,
    /// Length of an autoencoder's code.
    pub embedding: usize,
    /// Share of values dropped before the last layer of a classifier, 0..1.
    pub dropout: f32,
}

pub static PRESETS: &[Preset] = &[
    Preset {
        name: "autoencoder",
        about: "Convolutions squeeze a picture into a short code and paint it again",
        task: Task::Autoencoder,
        build: autoencoder,
    },
    Preset {
        name: "autoencoder-dense",
        about: "Every neuron sees every other: simple to look at, best for small pictures",
        task: Task::Autoencoder,
        build: autoencoder_dense,
    },
];

pub fn find(name: &str) -> Result<&'static Preset> {
    let names = || PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().join(", ");
    PRESETS.iter().find(|preset| preset.name == name).ok_or_else(|| Error::expected("model", names(), name))
}

impl Preset {
    /// Builds the network for pictures of this shape; its parameters are zero until it is initialised.
    pub fn build(&self, input: Shape, request: Request) -> Result<Network> {
        if self.task == Task::Classifier && request.classes < 2 {
            let came = if request.classes == 1 { "one" } else { "none" };
            return Err(Error::expected(self.name, "pictures of at least 2 classes (one folder for each)", came));
        }
        (self.build)(input, request)
    }
}

/// No encoder makes a picture smaller than this on either side.
const SMALLEST: usize = 4;

/// Adds blocks one after the other, each reading the last.
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
        self.last = self.network.push(name, layer, activation, &[self.last])?;
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

    fn reshape(&mut self, name: &str, output: Shape) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::Reshape(Reshape { input, output }), Activation::Linear)
    }
}

/// Channels after each halving of a picture; the last stands for all further ones.
const CHANNELS: [usize; 3] = [32, 64, 128];

/// conv 4x4 stride 2, halving again and again - dense code - dense - transposed convs back through the same sizes.
fn autoencoder(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    let mut sizes = vec![input];
    while 2 * SMALLEST <= chain.shape().width.min(chain.shape().height) {
        let level = sizes.len();
        chain.conv(&format!("encode{level}"), CHANNELS[(level - 1).min(2)], 4, 2, Activation::Silu)?;
        sizes.push(chain.shape());
    }
    chain.dense("embedding", request.embedding, Activation::Linear)?;
    chain.network.embedding = Some(chain.last);
    let smallest = sizes.pop().unwrap_or(input);
    chain.dense("expand", smallest.len(), Activation::Silu)?.reshape("unflatten", smallest)?;
    for (level, size) in sizes.iter().enumerate().rev() {
        let outputs = if level == 0 { CHANNELS[0] / 2 } else { size.channels };
        let output = Shape::from_whc(size.width, size.height, outputs);
        let layer = ConvTranspose { input: chain.shape(), output, kernel: 4, stride: 2, padding: 1 };
        chain.then(&format!("decode{}", level + 1), Layer::ConvTranspose(layer), Activation::Silu)?;
    }
    chain.conv("output", input.channels, 3, 1, Activation::Sigmoid)?;
    Ok(chain.network)
}

/// input - 512 - code - 512 - input.
fn autoencoder_dense(input: Shape, request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    chain.dense("encode1", 512, Activation::Relu)?;
    chain.dense("embedding", request.embedding, Activation::Linear)?;
    chain.network.embedding = Some(chain.last);
    chain.dense("decode1", 512, Activation::Relu)?;
    chain.dense("flat", input.len(), Activation::Sigmoid)?.reshape("output", input)?;
    Ok(chain.network)
}
