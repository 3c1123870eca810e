//! The description of a network without its numbers, as it is in a model file.

use serde::{Deserialize, Serialize};

use super::holds::Holds;
use super::pins::Pins;
use super::scaling::Scaling;
use super::whole::{Block, Network};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Layer, LayerRole};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    pub blocks: Vec<BlockSpec>,
    pub embedding: Option<usize>,
    #[serde(default, skip_serializing_if = "Pins::is_empty")]
    pub pins: Pins,
    #[serde(default, skip_serializing_if = "Holds::is_empty")]
    pub holds: Holds,
    #[serde(default, skip_serializing_if = "Scaling::is_unit")]
    pub scaling: Scaling,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockSpec {
    pub name: String,
    pub layer: Layer,
    pub activation: Activation,
    pub inputs: Vec<usize>,
    #[serde(default)]
    pub frozen: bool,
}

impl Network {
    pub fn spec(&self) -> NetworkSpec {
        let spec = |block: &Block| BlockSpec {
            name: block.name.clone(),
            layer: block.layer.clone(),
            activation: block.activation,
            inputs: block.inputs.clone(),
            frozen: block.frozen,
        };
        let blocks = self.blocks().iter().map(spec).collect();
        let (pins, holds, scaling) = (self.pins().clone(), self.holds().clone(), self.scaling().clone());
        NetworkSpec { blocks, embedding: self.embedding, pins, holds, scaling }
    }

    /// Builds the network from its description, with all parameters zero. Every size is checked.
    pub fn from_spec(spec: &NetworkSpec) -> Result<Self> {
        let input = spec.blocks.first().map(|block| block.layer.ops());
        let Some(input) = input.filter(|layer| layer.role() == LayerRole::Input) else {
            return Err(Error::expected("architecture", "the input as its first block", "none"));
        };
        let mut network = Self::new(input.output())?;
        for block in &spec.blocks[1..] {
            let index =
                network.add_block_unallocated(&block.name, block.layer.clone(), block.activation, &block.inputs)?;
            network.set_frozen(index, block.frozen);
        }
        network.allocate();
        if let Some(embedding) = spec.embedding
            && spec.blocks.len() <= embedding
        {
            return Err(Error::expected("architecture", "an embedding among its blocks", format!("block {embedding}")));
        }
        network.embedding = spec.embedding;
        network.set_pins(spec.pins.clone())?;
        network.set_holds(spec.holds.clone())?;
        network.set_scaling(spec.scaling.clone())?;
        Ok(network)
    }
}
