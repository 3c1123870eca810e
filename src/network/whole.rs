//! The whole network: its blocks, its parameters, and what training must leave alone.

use std::ops::Range;

use super::holds::{Held, Holds};
use super::pins::Pins;
use super::scaling::Scaling;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Input, Layer, LayerRole, Tensor};
use crate::progress::Progress;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// No network may have more parameters than this: a quarter of the memory that a page can address.
pub const MOST_PARAMETERS: usize = 1 << 28;
/// The values of all blocks for one example, which every pass holds, may be no more than this in all.
pub const MOST_PASS_VALUES: usize = 1 << 26;
/// Parameters that a thread draws at a time.
const DRAWN: usize = 1 << 14;
/// No network may have more blocks than this.
pub const MOST_BLOCKS: usize = 1000;

#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Unique; names its tensors in a model file.
    pub name: String,
    pub layer: Layer,
    pub activation: Activation,
    /// Indices of the blocks it reads, all smaller than its own.
    pub inputs: Vec<usize>,
    /// Training leaves its parameters as they are.
    pub frozen: bool,
    /// Where its parameters lie in `theta`.
    pub params: Range<usize>,
}

/// Guarantees: block 0 is the only input; every block reads earlier blocks of just the shapes its layer wants;
/// the blocks' parameter ranges follow each other and fill `theta`; pins and holds lie inside the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    blocks: Vec<Block>,
    pub theta: Vec<f32>,
    /// The block whose values are the code of an autoencoder.
    pub embedding: Option<usize>,
    pins: Pins,
    holds: Holds,
    scaling: Scaling,
}

/// A run of parameters that training may move.
#[derive(Clone, Debug, PartialEq)]
pub struct Trainable {
    pub range: Range<usize>,
    /// Whether weight decay applies.
    pub decays: bool,
}

impl Network {
    pub fn new(input: Shape) -> Result<Self> {
        let layer = Layer::Input(Input { shape: input });
        layer.ops().check()?;
        let block = Block {
            name: "input".into(),
            layer,
            activation: Activation::Linear,
            inputs: Vec::new(),
            frozen: false,
            params: 0..0,
        };
        let (pins, holds, scaling) = (Pins::default(), Holds::default(), Scaling::default());
        Ok(Self { blocks: vec![block], theta: Vec::new(), embedding: None, pins, holds, scaling })
    }

    /// Adds a block and returns its index. Its parameters are zero until [`Network::initialise`].
    pub fn push(&mut self, name: &str, layer: Layer, activation: Activation, inputs: &[usize]) -> Result<usize> {
        let index = self.add_block_unallocated(name, layer, activation, inputs)?;
        self.allocate();
        Ok(index)
    }

    /// Adds a block without room for its parameters, which may be a gibibyte: all that a look at its sizes needs.
    pub(super) fn add_block_unallocated(
        &mut self,
        name: &str,
        layer: Layer,
        activation: Activation,
        inputs: &[usize],
    ) -> Result<usize> {
        let index = self.blocks.len();
        if index == MOST_BLOCKS {
            return Err(Error::expected("network", format!("at most {MOST_BLOCKS} blocks"), "one more"));
        }
        if name.is_empty() || self.block_named(name).is_some() {
            return Err(Error::expected("network", "a new name for each block", format!("\"{name}\" again")));
        }
        if layer.ops().role() == LayerRole::Input {
            return Err(Error::expected(name, "a layer that reads a block", "a second input"));
        }
        layer.ops().check().map_err(|error| error.within(name))?;
        activation.checked().map_err(|error| error.within(name))?;
        let wanted = layer.ops().inputs();
        if wanted.len() != inputs.len() {
            return Err(Error::expected(name, format!("{} inputs", wanted.len()), inputs.len()));
        }
        for (position, (&input, wanted)) in inputs.iter().zip(wanted).enumerate() {
            if index <= input {
                return Err(Error::expected(name, format!("an input before block {index}"), format!("block {input}")));
            }
            if inputs[..position].contains(&input) {
                return Err(Error::expected(name, "different inputs", format!("block {input} twice")));
            }
            if self.shape(input) != wanted {
                return Err(Error::expected(name, format!("an input of {wanted}"), self.shape(input)));
            }
        }
        let (first, len) = (self.promised(), layer.ops().param_len());
        if MOST_PARAMETERS - first < len {
            return Err(Error::expected(name, format!("at most {MOST_PARAMETERS} parameters in all"), first + len));
        }
        let values = layer.ops().output().len() + (0..index).map(|block| self.shape(block).len()).sum::<usize>();
        if MOST_PASS_VALUES < values {
            return Err(Error::expected(name, format!("at most {MOST_PASS_VALUES} values in all blocks"), values));
        }
        self.blocks.push(Block {
            name: name.into(),
            layer,
            activation,
            inputs: inputs.into(),
            frozen: false,
            params: first..first + len,
        });
        Ok(index)
    }

    /// How many parameters its blocks have.
    fn promised(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.params.end)
    }

    /// Makes room for the parameters of all blocks; new ones are zero.
    pub(super) fn allocate(&mut self) {
        if self.theta.capacity() == 0 {
            self.theta = vec![0.0; self.promised()]; // memory that is zero already need not be written
        } else {
            self.theta.resize(self.promised(), 0.0);
        }
    }

    /// A copy; the progress hears of its parameters, and whoever calls says how many to expect.
    pub fn copied(&self, progress: &Progress) -> Result<Self> {
        let Self { blocks, theta, embedding, pins, holds, scaling } = self;
        Ok(Self {
            blocks: blocks.clone(),
            theta: progress.copied(theta)?,
            embedding: *embedding,
            pins: pins.clone(),
            holds: holds.clone(),
            scaling: scaling.clone(),
        })
    }

    /// Draws all parameters anew; each tensor has its own stream of random numbers.
    pub fn initialise(&mut self, seed: u64) {
        let all = 0..self.param_len();
        self.initialise_ranges(seed, &[all], &Progress::default()).expect("nobody can stop this progress");
    }

    /// Draws the parameters in these ascending ranges as [`Network::initialise`] would; others stay as they are.
    /// The progress hears of each; what comes after this is not known here, so whoever calls says how many to expect.
    pub fn initialise_ranges(&mut self, seed: u64, ranges: &[Range<usize>], progress: &Progress) -> Result<()> {
        let numbered = |block| self.tensors(block).into_iter().enumerate().map(move |tensor| (block, tensor));
        let tensors: Vec<_> = (0..self.blocks.len()).flat_map(numbered).collect();
        let (mut work, mut rest, mut end) = (Vec::new(), &mut self.theta[..], 0);
        for (block, (number, (Tensor { init, .. }, tensor))) in tensors {
            let stream = Rng::new(seed, Purpose::Initialise, (block * 4 + number) as u64);
            let first = ranges.partition_point(|range| range.end <= tensor.start);
            for range in ranges[first..].iter().take_while(|range| range.start < tensor.end) {
                let range = range.start.max(tensor.start)..range.end.min(tensor.end);
                for start in range.clone().step_by(DRAWN) {
                    let drawn = start..range.end.min(start + DRAWN);
                    let (values, behind) = std::mem::take(&mut rest)[drawn.start - end..].split_at_mut(drawn.len());
                    (rest, end) = (behind, drawn.end);
                    let counter = (start - tensor.start) as u64 * init.draws();
                    work.push((init, stream.at(counter), values));
                }
            }
        }
        progress.each(&mut work, |(init, rng, values)| {
            init.fill(values, rng);
            values.len()
        })
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    pub fn set_frozen(&mut self, block: usize, frozen: bool) {
        self.blocks[block].frozen = frozen;
    }

    pub fn set_activation(&mut self, block: usize, activation: Activation) {
        self.blocks[block].activation = activation;
    }

    pub fn pins(&self) -> &Pins {
        &self.pins
    }

    /// Replaces all pins.
    pub fn set_pins(&mut self, pins: Pins) -> Result<()> {
        self.pins = pins.checked(self.param_len())?;
        Ok(())
    }

    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// Holds a neuron or a channel at a value, or lets it go.
    pub fn hold(&mut self, block: usize, held: Held, value: Option<f32>) -> Result<()> {
        let mut holds = self.holds.clone();
        holds.set(block, &[held], value);
        self.set_holds(holds)
    }

    /// Replaces all holds.
    pub fn set_holds(&mut self, holds: Holds) -> Result<()> {
        if !holds.ascend() {
            return Err(Error::expected("held neurons", "each once, by block and index", "another order"));
        }
        for hold in holds.iter() {
            if self.blocks.len() <= hold.block {
                return Err(Error::expected("held neuron", format!("a block below {}", self.blocks.len()), hold.block));
            }
            hold.checked(self.shape(hold.block))?;
        }
        self.holds = holds;
        Ok(())
    }

    pub fn scaling(&self) -> &Scaling {
        &self.scaling
    }

    pub fn set_scaling(&mut self, scaling: Scaling) -> Result<()> {
        scaling.checked(self.input().channels)?;
        self.scaling = scaling;
        Ok(())
    }

    pub fn block_named(&self, name: &str) -> Option<usize> {
        self.blocks.iter().position(|block| block.name == name)
    }

    pub fn input(&self) -> Shape {
        self.shape(0)
    }

    pub fn output(&self) -> Shape {
        self.shape(self.blocks.len() - 1)
    }

    /// The shape of a block's values.
    pub fn shape(&self, block: usize) -> Shape {
        self.blocks[block].layer.ops().output()
    }

    /// A block's tensors and where each lies in `theta`.
    pub fn tensors(&self, block: usize) -> Vec<(Tensor, Range<usize>)> {
        let block = &self.blocks[block];
        let mut first = block.params.start;
        let place = |tensor: Tensor| {
            let range = first..first + tensor.len();
            first = range.end;
            (tensor, range)
        };
        block.layer.ops().tensors().into_iter().map(place).collect()
    }

    /// The runs of `theta` that training may move, in order: neither frozen nor pinned.
    pub fn trainable(&self) -> Vec<Trainable> {
        let moving = (0..self.blocks.len()).filter(|&block| !self.blocks[block].frozen);
        let free = |(tensor, range): (Tensor, Range<usize>)| {
            self.pins.free(range).map(move |range| Trainable { range, decays: tensor.decays })
        };
        moving.flat_map(|block| self.tensors(block)).flat_map(free).collect()
    }

    pub fn param_len(&self) -> usize {
        self.theta.len()
    }

    /// Number of values that are computed: all but the input and layers that move no number.
    pub fn neurons(&self) -> usize {
        (0..self.blocks.len()).filter(|&block| self.computes(block)).map(|block| self.shape(block).len()).sum()
    }

    /// Number of connections between neurons, counting a shared weight wherever it is used.
    pub fn connections(&self) -> usize {
        let computing = (0..self.blocks.len()).filter(|&block| self.computes(block));
        computing.map(|block| self.blocks[block].layer.ops().connections()).sum()
    }

    /// Whether a block makes new values, rather than passing on those of another.
    pub fn computes(&self, block: usize) -> bool {
        match self.blocks[block].layer.ops().role() {
            LayerRole::Input | LayerRole::Reshapes => false,
            LayerRole::Computes | LayerRole::Drops | LayerRole::Normalises | LayerRole::Stretches => true,
        }
    }
}
