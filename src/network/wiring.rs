//! The connections of single neurons, across blocks that only pass values on.

use serde::{Deserialize, Serialize};

use super::whole::{Block, Network};
use crate::activation::Activation;
use crate::layer::{LayerRole, Weight};

/// A value of the network: index `(y * width + x) * channels + c` of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Neuron {
    pub block: usize,
    pub index: usize,
}

/// A connection between two neurons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wire {
    pub source: Neuron,
    pub target: Neuron,
    /// A parameter is given by its index in `theta`.
    pub weight: Weight,
}

impl Wire {
    /// Index in `theta` of the parameter that is the weight and that an edit of the connection sets.
    pub fn parameter(&self) -> Option<usize> {
        match self.weight {
            Weight::Parameter(parameter) => Some(parameter),
            Weight::Fixed(_) | Weight::Computed => None,
        }
    }

    /// The weight that was learnt; `None` where it is fixed.
    pub fn learnt(&self, theta: &[f32]) -> Option<f32> {
        match self.weight {
            Weight::Parameter(parameter) => Some(theta[parameter]),
            Weight::Fixed(_) | Weight::Computed => None,
        }
    }
}

impl Network {
    /// Whether the neuron exists.
    pub fn has(&self, neuron: Neuron) -> bool {
        neuron.block < self.blocks().len() && neuron.index < self.shape(neuron.block).len()
    }

    /// The neuron itself, then those whose values reach it one to one (through a reshape, a dropout or a norm), down to
    /// the one whose layer has the incoming connections.
    pub fn chain(&self, neuron: Neuron) -> Vec<Neuron> {
        let mut chain = vec![neuron];
        let mut block = neuron.block;
        while self.hands_on(block) {
            block = self.blocks()[block].inputs[0];
            chain.push(Neuron { block, ..neuron });
        }
        chain
    }

    /// The neuron whose layer has the incoming connections of this one.
    pub fn wired(&self, neuron: Neuron) -> Neuron {
        self.chain(neuron).pop().unwrap_or(neuron)
    }

    /// The first neuron with exactly this value: the one that computed it, before any reshape.
    pub fn origin(&self, mut neuron: Neuron) -> Neuron {
        while let block = &self.blocks()[neuron.block]
            && block.layer.ops().role().passes_on()
            && block.activation == Activation::Linear
            && self.holds().of(neuron.block).is_empty()
        {
            neuron.block = block.inputs[0];
        }
        neuron
    }

    /// Index in `theta` of the bias of a neuron: its own, or the nearest in its chain.
    pub fn bias(&self, neuron: Neuron) -> Option<usize> {
        self.chain(neuron).into_iter().find_map(|Neuron { block, index }| {
            let block = &self.blocks()[block];
            block.layer.ops().bias(index).map(|bias| block.params.start + bias)
        })
    }

    /// Visits the incoming connections of a neuron.
    pub fn incoming(&self, neuron: Neuron, visit: &mut dyn FnMut(Wire)) {
        let target = self.wired(neuron);
        let block = &self.blocks()[target.block];
        block.layer.ops().incoming(target.index, &mut |connection| {
            let source = Neuron { block: block.inputs[connection.input], index: connection.source };
            visit(Wire { source, target, weight: connection.weight.offset_by(block.params.start) });
        });
    }

    /// Visits the connections through which other neurons read this one.
    pub fn outgoing(&self, neuron: Neuron, visit: &mut dyn FnMut(Wire)) {
        for (index, reader) in self.blocks().iter().enumerate() {
            let Some(input) = reader.inputs.iter().position(|&input| input == neuron.block) else { continue };
            if self.hands_on(index) {
                self.outgoing(Neuron { block: index, ..neuron }, visit);
                continue;
            }
            reader.layer.ops().outgoing(input, neuron.index, &mut |output, weight| {
                let target = Neuron { block: index, index: output };
                visit(Wire { source: neuron, target, weight: weight.offset_by(reader.params.start) });
            });
        }
    }

    /// All parameters that determine a neuron: its bias, its incoming weights and those of its norm, each once.
    pub fn parameters_of(&self, neuron: Neuron) -> Vec<usize> {
        let mut found = Vec::new();
        for Neuron { block, index } in self.chain(neuron) {
            let Block { layer, params, .. } = &self.blocks()[block];
            layer.ops().incoming(index, &mut |connection| match connection.weight {
                Weight::Parameter(weight) => found.push(params.start + weight),
                Weight::Fixed(_) | Weight::Computed => {}
            });
            found.extend(layer.ops().bias(index).map(|bias| params.start + bias));
        }
        found
    }

    /// Whether a block passes on the values it reads one to one. A norm counts if nothing else reads them.
    fn hands_on(&self, block: usize) -> bool {
        match self.blocks()[block].layer.ops().role() {
            LayerRole::Reshapes | LayerRole::Drops => true,
            LayerRole::Normalises | LayerRole::Stretches => {
                let input = self.blocks()[block].inputs[0];
                let readers = self.blocks().iter().filter(|reader| reader.inputs.contains(&input)).count();
                input != 0 && readers == 1
            }
            LayerRole::Input | LayerRole::Computes => false,
        }
    }
}
