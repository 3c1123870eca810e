//! Prints a network as text, from which it can be built again.

use super::build::build;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::Surroundings;
use crate::network::Network;

/// The text of a network, one layer to a line. An error if a layer has sizes that cannot be written.
pub fn print(network: &Network, around: Surroundings) -> Result<String> {
    let mut text = String::new();
    for (index, block) in network.blocks().iter().enumerate().skip(1) {
        let is_last = index + 1 == network.blocks().len();
        let layer = block.layer.ops();
        let unknown = || Error::new(format!("{}: a {} cannot be written as text", block.name, layer.title()));
        text += &format!("{}: {}", block.name, layer.text(&around, is_last).ok_or_else(unknown)?);
        if block.activation != Activation::Linear {
            text += &format!(" {}", block.activation);
        }
        if network.embedding == Some(index) && block.name != "embedding" {
            text += " code";
        }
        if block.inputs != [index - 1] {
            let names: Vec<&str> = block.inputs.iter().map(|&input| network.blocks()[input].name.as_str()).collect();
            text += &format!(" from={}", names.join(","));
        }
        text.push('\n');
    }
    // Sizes that the text cannot express (margins, uneven kernels) must not be lost.
    let (again, _) = build(&text, around).map_err(|error| error.within("the network as text"))?;
    match again.blocks().iter().zip(network.blocks()).find(|(again, block)| again.layer != block.layer) {
        Some((_, block)) => Err(Error::new(format!("{}: its sizes cannot be written as text", block.name))),
        None => Ok(text),
    }
}
