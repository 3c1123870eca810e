//! The network: its blocks, its parameters, and which of them training must leave alone.

use std::ops::Range;

use super::holds::{Held, Holds};
use super::pins::Pins;
use super::scaling::Scaling;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{FreeGraph, Input, Layer, LayerRole, Manifold, Tensor};
use crate::progress::Progress;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;
use crate::words::thousands;

/// Most parameters of a network; they take a quarter of the memory that a page can address.
pub const MOST_PARAMETERS: usize = 1 << 28;
/// Most values of all blocks together for one example, which every pass stores.
pub const MOST_PASS_VALUES: usize = 1 << 26;
/// Number of parameters that are initialised as one task.
const TASK: usize = 1 << 14;
/// Most blocks of a network.
pub const MOST_BLOCKS: usize = 1000;

#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Unique; it also names the block's tensors in a model file.
    pub name: String,
    pub layer: Layer,
    pub activation: Activation,
    /// Indices of the blocks it reads, all smaller than its own.
    pub inputs: Vec<usize>,
    /// Whether training leaves its parameters unchanged.
    pub frozen: bool,
    /// The range of its parameters in `theta`.
    pub params: Range<usize>,
}

/// Guarantees: block 0 is the only input; every block reads earlier blocks of exactly the shapes that its layer
/// expects; the blocks' parameter ranges are adjacent and fill `theta`; pins and holds are inside the network.
///
/// ```
/// use neurarium::activation::Activation;
/// use neurarium::layer::{Dense, Layer};
/// use neurarium::network::Network;
/// use neurarium::shape::Shape;
///
/// let mut network = Network::new(Shape::flat(4))?;
/// let hidden = Dense { input: network.input(), outputs: 3 };
/// let hidden = network.push("hidden", Layer::Dense(hidden), Activation::Relu, &[0])?;
/// let classes = Dense { input: network.shape(hidden), outputs: 2 };
/// network.push("classes", Layer::Dense(classes), Activation::Linear, &[hidden])?;
/// network.initialise(1);
/// assert_eq!(network.blocks()[2].params, 15..23); // 3 * 2 weights and 2 biases, behind those of the first layer
/// assert_eq!(network.theta.len(), 23);
/// # Ok::<(), neurarium::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    blocks: Vec<Block>,
    pub theta: Vec<f32>,
    /// The block with the code of an autoencoder.
    pub embedding: Option<usize>,
    pins: Pins,
    holds: Holds,
    scaling: Scaling,
}

/// A range of trainable parameters.
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

    /// Adds a block without allocating its parameters, which may be a gibibyte; enough to look at its sizes.
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
        let (first, len) = (self.params_end(), layer.ops().param_len());
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

    /// Number of parameters of its blocks, allocated or not.
    fn params_end(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.params.end)
    }

    /// Allocates the parameters of all blocks; new ones are zero.
    pub(super) fn allocate(&mut self) {
        if self.theta.capacity() == 0 {
            self.theta = vec![0.0; self.params_end()]; // zeroed memory is not written again
        } else {
            self.theta.resize(self.params_end(), 0.0);
        }
    }

    /// A copy that reports its parameters to `progress`; the caller announces how many there are.
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

    /// Initialises all parameters; each tensor has its own stream of random numbers.
    pub fn initialise(&mut self, seed: u64) {
        let all = 0..self.param_len();
        self.initialise_ranges(seed, &[all], &Progress::default()).expect("this progress is never cancelled");
    }

    /// Initialises the parameters in these ascending ranges to the values of [`Network::initialise`]; others stay as
    /// they are. Each is reported to `progress`; the caller, who knows what follows, announces how many there are.
    pub fn initialise_ranges(&mut self, seed: u64, ranges: &[Range<usize>], progress: &Progress) -> Result<()> {
        let numbered = |block| self.tensors(block).into_iter().enumerate().map(move |tensor| (block, tensor));
        let tensors: Vec<_> = (0..self.blocks.len()).flat_map(numbered).collect();
        let (mut work, mut rest, mut end) = (Vec::new(), &mut self.theta[..], 0);
        for (block, (number, (Tensor { init, .. }, tensor))) in tensors {
            // Four streams for each block; more tensors take streams far behind those of all blocks.
            let index = block * 4 + number % 4 + number / 4 * 4 * MOST_BLOCKS;
            let stream = Rng::new(seed, Purpose::Initialise, index as u64);
            let first = ranges.partition_point(|range| range.end <= tensor.start);
            for range in ranges[first..].iter().take_while(|range| range.start < tensor.end) {
                let range = range.start.max(tensor.start)..range.end.min(tensor.end);
                for start in range.clone().step_by(TASK) {
                    let task = start..range.end.min(start + TASK);
                    let (values, behind) = std::mem::take(&mut rest)[task.start - end..].split_at_mut(task.len());
                    (rest, end) = (behind, task.end);
                    let counter = (start - tensor.start) as u64 * init.numbers_per_value();
                    work.push((init, stream.at(counter), values));
                }
            }
        }
        progress.each(&mut work, |(init, rng, values)| {
            init.fill(values, rng);
            values.len()
        })?;
        for block in &self.blocks {
            let is_new = ranges.iter().any(|range| range.start <= block.params.start && block.params.end <= range.end);
            if let Some(manifold) = block.layer.structure().filter(|_| is_new) {
                manifold.seed(&mut self.theta[block.params.clone()]);
            }
        }
        Ok(())
    }

    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// The block whose connections follow from its parameters, if there is one.
    pub fn structure(&self) -> Option<(usize, &Manifold)> {
        let mut blocks = self.blocks.iter().enumerate();
        blocks.find_map(|(index, block)| Some((index, block.layer.structure()?)))
    }

    /// The block whose neurons may read each other in any way, if there is one.
    pub fn free_graph(&self) -> Option<(usize, &FreeGraph)> {
        let mut blocks = self.blocks.iter().enumerate();
        blocks.find_map(|(index, block)| Some((index, block.layer.free_graph()?)))
    }

    /// Gives the sparse layer of a block other lists of the inputs that its outputs read.
    ///
    /// # Errors
    /// The lists do not fit its sizes, or it is another layer.
    pub fn set_sources(&mut self, block: usize, sources: Vec<u32>) -> Result<()> {
        let Block { name, layer, .. } = &mut self.blocks[block];
        let layer = layer.sparse_mut().ok_or_else(|| Error::expected(&*name, "a sparse layer", "another one"))?;
        layer.set_sources(sources).map_err(|error| error.within(&*name))
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

    /// Holds a neuron or a channel at a value, or releases it.
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

    /// The block of this name, for the setting `key`.
    ///
    /// # Errors
    /// There is none; the sentence says what was `expected` and lists the names.
    pub fn find_block(&self, key: &str, expected: &str, name: &str) -> Result<usize> {
        self.block_named(name).ok_or_else(|| {
            let names: Vec<&str> = self.blocks[1..].iter().map(|block| block.name.as_str()).collect();
            let shown = match names.as_slice() {
                names if names.len() <= 12 => names.join(", "),
                names => format!("{}, ..., {}", names[..6].join(", "), names[names.len() - 4..].join(", ")),
            };
            Error::expected(key, format!("{expected} ({shown})"), format!("\"{name}\""))
        })
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

    /// A block's tensors and the range of each in `theta`.
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

    /// The ranges of `theta` that are trainable, neither frozen nor pinned, in order.
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

    /// The first parameter of the first block that is not frozen; the number of parameters if all are.
    pub fn learns_from(&self) -> usize {
        self.would_learn_from(|block| self.blocks[block].frozen)
    }

    /// As [`Network::learns_from`], if these blocks were frozen.
    pub fn would_learn_from(&self, frozen: impl Fn(usize) -> bool) -> usize {
        let mut blocks = self.blocks.iter().enumerate();
        let learning = blocks.find(|(number, block)| !frozen(*number) && !block.params.is_empty());
        learning.map_or(self.param_len(), |(_, block)| block.params.start)
    }

    /// Number of values that are computed, which those of the input and of reshapes are not.
    pub fn neurons(&self) -> usize {
        (0..self.blocks.len()).filter(|&block| self.computes(block)).map(|block| self.shape(block).len()).sum()
    }

    /// Fails if a forward pass of one example takes more than `limit` multiply-adds, one for each connection (0: no limit). The memory of
    /// a small file is bounded by its sizes, but not its work.
    pub fn check_work(&self, limit: u64) -> Result<()> {
        let (work, million) = (self.connections(), 1_000_000);
        if limit == 0 || work <= limit {
            return Ok(());
        }
        let in_millions = |work: u64| format!("{} million multiply-adds", thousands((work / million) as usize));
        let expected = format!("at most {} for one image (raise work-limit to allow more)", in_millions(limit));
        Err(Error::expected("network", expected, in_millions(work)))
    }

    /// Number of connections between neurons; a shared weight counts wherever it is used.
    pub fn connections(&self) -> u64 {
        let computing = (0..self.blocks.len()).filter(|&block| self.computes(block));
        computing.map(|block| self.blocks[block].layer.ops().connections()).sum()
    }

    /// Whether a block computes values, rather than passing on those of another.
    pub fn computes(&self, block: usize) -> bool {
        match self.blocks[block].layer.ops().role() {
            LayerRole::Input | LayerRole::Reshapes => false,
            LayerRole::Computes | LayerRole::Drops | LayerRole::Normalises | LayerRole::Stretches => true,
        }
    }
}
