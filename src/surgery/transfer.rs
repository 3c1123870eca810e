//! Transfer learning: a trained network becomes the base of a classifier for other classes.
//!
//! base -> cut off the old output -> freeze the blocks that are to stay -> add a head for the new classes.
//! Blocks of the base keep their numbers to the last bit; those of the head are initialised.

use super::rebuild::rebuild;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Dense, Dropout, GlobalPool, Input, Layer, LayerRole, PoolKind};
use crate::network::{BlockSpec, Network, NetworkSpec};
use crate::progress::Progress;
use crate::remap::Remap;
use crate::shape::Shape;

/// Name of a head's last block; the names of its other blocks begin with it.
const HEAD: &str = "head";
/// Number of neurons of a head's hidden layer.
const HIDDEN: usize = 128;

/// The part that is cut off the end of the base.
#[derive(Clone, Debug, PartialEq)]
pub enum Cut {
    /// The part that serves only the base's own task: an autoencoder's decoder, a classifier's last layer or head.
    Auto,
    /// This block and everything after it.
    From(String),
    /// Nothing: the head reads what the base gives.
    Nothing,
}

/// The blocks of the base that training leaves unchanged.
#[derive(Clone, Debug, PartialEq)]
pub enum Freeze {
    None,
    All,
    /// This block and everything before it.
    UpTo(String),
}

/// The layers that classify.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// One dense layer.
    Dense,
    /// A hidden layer before it.
    Hidden,
    /// A mean over each channel before it.
    Pool,
}

impl Cut {
    pub fn parse(text: &str) -> Self {
        match text {
            "auto" => Cut::Auto,
            "none" => Cut::Nothing,
            name => Cut::From(name.into()),
        }
    }
}

impl Freeze {
    pub fn parse(text: &str) -> Self {
        match text {
            "none" => Freeze::None,
            "all" => Freeze::All,
            name => Freeze::UpTo(name.into()),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    pub cut: Cut,
    pub freeze: Freeze,
    pub head: Head,
    pub classes: usize,
    /// Share of values that are dropped before the last layer.
    pub dropout: f32,
    /// Shape of the new pictures. Layers whose weights fit only one size of picture refuse another.
    pub input: Shape,
    pub seed: u64,
}

/// Builds the base with a new head.
pub fn transfer(base: &Network, wish: &Transfer, progress: &Progress) -> Result<(Network, Remap)> {
    if wish.classes < 2 {
        return Err(Error::expected("head", "pictures of at least 2 classes (one folder for each)", wish.classes));
    }
    let kept = kept(base, &wish.cut)?;
    let mut drafted = Drafted::default();
    drafted.spec.scaling = base.scaling().on(wish.input.channels);
    for &index in &kept {
        drafted.keep(base, index, wish.input)?;
    }
    freeze(&mut drafted.spec, &wish.freeze)?;
    drafted.grow(wish)?;
    let (network, remap) = rebuild(base, &drafted.spec, &drafted.origins, wish.seed, progress)?;
    // A kept block with weights of other sizes would silently be initialised again.
    let fresh = remap.fresh();
    for (index, origin) in drafted.origins.iter().enumerate() {
        let params = &network.blocks()[index].params;
        if origin.is_some() && fresh.iter().any(|range| range.start < params.end && params.start < range.end) {
            let name = &network.blocks()[index].name;
            return Err(Error::expected(
                name,
                format!("pictures of {}, for which it has weights", base.input()),
                wish.input,
            ));
        }
    }
    Ok((network, remap))
}

/// The first block of the head: by its name, otherwise the last block that has parameters.
pub fn head_of(network: &Network) -> usize {
    let blocks = network.blocks();
    let named = blocks.iter().position(|block| is_head(&block.name));
    named.or_else(|| blocks.iter().rposition(|block| !block.params.is_empty())).unwrap_or(0)
}

fn is_head(name: &str) -> bool {
    name == HEAD || name.starts_with("head.")
}

/// The blocks of the base that stay, in order: the last one and all that it depends on.
fn kept(base: &Network, cut: &Cut) -> Result<Vec<usize>> {
    let blocks = base.blocks();
    let last = match cut {
        Cut::From(name) => {
            let block = base.find_block("cut", "a block of the base", name)?;
            block.checked_sub(1)
        }
        Cut::Nothing => Some(blocks.len() - 1),
        Cut::Auto => match base.embedding {
            Some(embedding) => Some(embedding),
            None => {
                let first = head_of(base);
                (0..first).rev().find(|&block| blocks[block].layer.ops().role() != LayerRole::Drops)
            }
        },
    };
    let Some(last) = last.filter(|&last| 0 < last) else {
        return Err(Error::expected("cut", "at least one layer of the base to stay", "none"));
    };
    let mut reached = vec![false; blocks.len()];
    reached[last] = true;
    for block in (0..=last).rev() {
        if reached[block] {
            blocks[block].inputs.iter().for_each(|&input| reached[input] = true);
        }
    }
    reached[0] = true; // a network always has an input
    Ok((0..=last).filter(|&block| reached[block]).collect())
}

fn freeze(spec: &mut NetworkSpec, freeze: &Freeze) -> Result<()> {
    let end = match freeze {
        Freeze::None => 0,
        Freeze::All => spec.blocks.len(),
        Freeze::UpTo(name) => match spec.blocks.iter().position(|block| block.name == *name) {
            Some(block) => block + 1,
            None => {
                let last = &spec.blocks[spec.blocks.len() - 1].name;
                let expected = format!("none, all, or a block of the base that stays (up to {last})");
                return Err(Error::expected("freeze", expected, format!("\"{name}\"")));
            }
        },
    };
    // Blocks that were frozen in the base are free again, unless they are chosen here.
    for (index, block) in spec.blocks.iter_mut().enumerate() {
        block.frozen = index < end && 0 < block.layer.ops().param_len();
    }
    Ok(())
}

/// The description of the new network under construction.
struct Drafted {
    spec: NetworkSpec,
    origins: Vec<Option<usize>>,
    shapes: Vec<Shape>,
}

impl Default for Drafted {
    fn default() -> Self {
        let (pins, holds, scaling) = Default::default();
        let spec = NetworkSpec { blocks: Vec::new(), embedding: None, pins, holds, scaling };
        Self { spec, origins: Vec::new(), shapes: Vec::new() }
    }
}

impl Drafted {
    /// Adds a block of the base.
    fn keep(&mut self, base: &Network, index: usize, input: Shape) -> Result<()> {
        let block = &base.blocks()[index];
        let inputs: Vec<usize> =
            block.inputs.iter().filter_map(|input| self.origins.iter().position(|o| *o == Some(*input))).collect();
        let layer = if index == 0 {
            Layer::Input(Input { shape: input })
        } else {
            let shapes: Vec<Shape> = inputs.iter().map(|&input| self.shapes[input]).collect();
            block.layer.on(&shapes).map_err(|error| error.within(&block.name))?
        };
        if base.embedding == Some(index) {
            self.spec.embedding = Some(self.spec.blocks.len());
        }
        self.push(block.name.clone(), layer, block.activation, inputs, Some(index));
        Ok(())
    }

    /// Adds the head, which reads the last block.
    fn grow(&mut self, wish: &Transfer) -> Result<()> {
        if wish.head == Head::Pool && !self.last().is_flat() {
            let layer = Layer::GlobalPool(GlobalPool { input: self.last(), kind: PoolKind::Average });
            self.then("head.pool", layer, Activation::Linear);
        }
        if wish.head == Head::Hidden {
            self.then("head.hidden", Layer::Dense(Dense { input: self.last(), outputs: HIDDEN }), Activation::Relu);
        }
        if 0.0 < wish.dropout {
            let layer = Layer::Dropout(Dropout { input: self.last(), rate: wish.dropout });
            self.then("head.dropout", layer, Activation::Linear);
        }
        if let Some(taken) = self.spec.blocks.iter().find(|block| block.name == HEAD) {
            return Err(Error::expected("cut", "the old head to be cut off", format!("\"{}\" kept", taken.name)));
        }
        self.then(HEAD, Layer::Dense(Dense { input: self.last(), outputs: wish.classes }), Activation::Linear);
        Ok(())
    }

    fn last(&self) -> Shape {
        self.shapes[self.shapes.len() - 1]
    }

    fn then(&mut self, name: &str, layer: Layer, activation: Activation) {
        let inputs = vec![self.spec.blocks.len() - 1];
        self.push(name.into(), layer, activation, inputs, None);
    }

    fn push(&mut self, name: String, layer: Layer, activation: Activation, inputs: Vec<usize>, origin: Option<usize>) {
        self.shapes.push(layer.ops().output());
        self.spec.blocks.push(BlockSpec { name, layer, activation, inputs, frozen: false });
        self.origins.push(origin);
    }
}
