//! Commands that change a network by hand. They take effect between two mini-batches; a journal is a list of them.
//!
//! As JSON: `{"do": "scale-incoming", "neurons": [{"block": 3, "indices": [5, 9]}], "factor": 1.2}`.

use serde::{Deserialize, Serialize};

use crate::columns::ColumnChange;
use crate::data::Split;
use crate::error::{Error, Result};
use crate::layer::{CurveNumber, GraphChange};
use crate::network::{Network, Neuron};
use crate::surgery::{self, Operation};
use crate::words::{counted, weight};

/// Some neurons of one block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NeuronSet {
    pub block: usize,
    pub indices: Vec<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Sets each parameter to its value, or all of them to one.
    Set {
        parameters: Vec<usize>,
        values: Vec<f32>,
    },
    /// Adds an amount to each parameter, as a soft brush does.
    Add {
        parameters: Vec<usize>,
        amount: f32,
    },
    /// Sets a number of the closeness curve of a neuron of a manifold.
    SetCurve {
        neuron: Neuron,
        #[serde(default)]
        bump: usize,
        number: CurveNumber,
        value: f32,
    },
    SetBias {
        neurons: Vec<NeuronSet>,
        value: f32,
    },
    ScaleIncoming {
        neurons: Vec<NeuronSet>,
        factor: f32,
    },
    AddIncoming {
        neurons: Vec<NeuronSet>,
        amount: f32,
    },
    ScaleOutgoing {
        neurons: Vec<NeuronSet>,
        factor: f32,
    },
    /// Excludes parameters, and all parameters that make these neurons, from training; or includes them again.
    Pin {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        neurons: Vec<NeuronSet>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parameters: Vec<usize>,
        pinned: bool,
    },
    /// Fixes the value of the neurons, or of their whole channels, whatever they read; 0 is a lesion.
    Hold {
        neurons: Vec<NeuronSet>,
        value: f32,
        #[serde(default)]
        channel: bool,
    },
    Release {
        neurons: Vec<NeuronSet>,
        #[serde(default)]
        channel: bool,
    },
    /// Sets the neurons' parameters to new random values, and clears their moments.
    Reinitialise {
        neurons: Vec<NeuronSet>,
        #[serde(default)]
        seed: u64,
    },
    Freeze {
        blocks: Vec<usize>,
        frozen: bool,
    },
    /// Changes the neurons and connections of a free graph.
    Rewire {
        block: usize,
        change: GraphChange,
    },
    /// Surgery on a layer.
    Operate {
        operation: Operation,
    },
    /// Changes a neuron of spiking columns.
    ChangeColumn {
        column: usize,
        neuron: usize,
        change: ColumnChange,
    },
    /// Changes a setting, as `KEY=VALUE` does; the size of the embedding is one of them.
    Setting {
        key: String,
        value: String,
    },
    /// Changes the class of examples; `of` is the number of all examples, by which a journal recognises its data.
    Relabel {
        examples: Vec<u32>,
        of: usize,
        class: u32,
    },
    /// Moves examples to another split; `dropped` excludes them.
    Move {
        examples: Vec<u32>,
        of: usize,
        split: Split,
    },
    Undo,
    Redo,
    /// A note in a journal, not a command: training continued with other data.
    Data {
        name: String,
    },
}

impl Command {
    /// The neurons it refers to.
    pub fn picked(&self) -> &[NeuronSet] {
        match self {
            Command::SetBias { neurons, .. }
            | Command::ScaleIncoming { neurons, .. }
            | Command::AddIncoming { neurons, .. }
            | Command::ScaleOutgoing { neurons, .. }
            | Command::Pin { neurons, .. }
            | Command::Hold { neurons, .. }
            | Command::Release { neurons, .. }
            | Command::Reinitialise { neurons, .. } => neurons,
            _ => &[],
        }
    }

    /// The parameters it lists.
    pub fn parameters(&self) -> &[usize] {
        match self {
            Command::Set { parameters, .. } | Command::Add { parameters, .. } | Command::Pin { parameters, .. } => {
                parameters
            }
            _ => &[],
        }
    }

    /// The numbers it contains, which must be finite.
    fn numbers(&self) -> &[f32] {
        match self {
            Command::Set { values, .. } => values,
            Command::Add { amount: number, .. }
            | Command::AddIncoming { amount: number, .. }
            | Command::SetBias { value: number, .. }
            | Command::SetCurve { value: number, .. }
            | Command::Hold { value: number, .. }
            | Command::ScaleIncoming { factor: number, .. }
            | Command::ScaleOutgoing { factor: number, .. } => std::slice::from_ref(number),
            _ => &[],
        }
    }

    /// Whether it changes parameters, flags or connections of a network with layers.
    pub fn is_about_layers(&self) -> bool {
        let is_about_data = matches!(self, Command::Relabel { .. } | Command::Move { .. } | Command::Data { .. });
        let is_about_all = matches!(self, Command::Setting { .. } | Command::Undo | Command::Redo);
        !is_about_data && !is_about_all && !matches!(self, Command::ChangeColumn { .. })
    }

    /// Fails if something it refers to does not exist, or if it refers to nothing.
    pub fn check(&self, network: &Network) -> Result<()> {
        for NeuronSet { block, indices } in self.picked() {
            let blocks = network.blocks().len();
            if blocks <= *block {
                return Err(Error::expected("neurons", format!("a block below {blocks}"), block));
            }
            let len = network.shape(*block).len();
            if let Some(index) = indices.iter().find(|index| len <= **index) {
                let name = &network.blocks()[*block].name;
                return Err(Error::expected(name, format!("a neuron below {len}"), index));
            }
        }
        let param_len = network.param_len();
        if let Some(index) = self.parameters().iter().find(|index| param_len <= **index) {
            return Err(Error::expected("parameters", format!("an index below {param_len}"), index));
        }
        if let Some(number) = self.numbers().iter().find(|number| !number.is_finite()) {
            return Err(Error::expected("edit", "finite numbers", number));
        }
        let named = self.parameters().len() + self.neurons().count();
        match self {
            Command::Set { parameters, values } if values.len() != 1 && values.len() != parameters.len() => {
                let expected = format!("one value, or one for each of {} parameters", parameters.len());
                Err(Error::expected("edit", expected, values.len()))
            }
            Command::Freeze { blocks, .. } => match blocks.iter().find(|block| network.blocks().len() <= **block) {
                Some(block) => {
                    Err(Error::expected("freeze", format!("blocks below {}", network.blocks().len()), block))
                }
                None if blocks.is_empty() => Err(Error::expected("freeze", "one block at least", "none")),
                None => Ok(()),
            },
            Command::SetCurve { neuron, bump, .. } => curve_exists(network, *neuron, *bump),
            Command::Rewire { block, .. } => surgery::free_graph(network, *block).map(|_| ()),
            Command::Operate { operation } => operation.check(network),
            // The data and the columns check these themselves.
            Command::Relabel { .. } | Command::Move { .. } | Command::ChangeColumn { .. } => Ok(()),
            Command::Setting { .. } | Command::Undo | Command::Redo | Command::Data { .. } => Ok(()),
            _ if named == 0 => Err(Error::expected("edit", "one neuron or parameter at least", "none")),
            _ => Ok(()),
        }
    }

    pub fn neurons(&self) -> impl Iterator<Item = Neuron> {
        let of = |picked: &NeuronSet| {
            let block = picked.block;
            picked.indices.clone().into_iter().map(move |index| Neuron { block, index })
        };
        self.picked().iter().flat_map(of)
    }

    /// What it refers to, in words: `decode1 17`, `12 neurons of decode1`, `3 parameters of output`.
    fn subject(&self, network: &Network) -> String {
        let name = |block: usize| name_of(network, block);
        let counted = |count: usize, word: &str, block: Option<usize>| {
            let several = if count == 1 { "" } else { "s" };
            let of = block.map(|block| format!(" of {}", name(block))).unwrap_or_default();
            format!("{count} {word}{several}{of}")
        };
        let parameters = self.parameters();
        if let Some(&first) = parameters.first() {
            let block = network.blocks().iter().position(|block| block.params.contains(&first));
            let whole = block.filter(|&block| parameters.iter().all(|p| network.blocks()[block].params.contains(p)));
            return counted(parameters.len(), "parameter", whole);
        }
        let count = self.neurons().count();
        match self.picked() {
            [NeuronSet { block, indices }] if indices.len() == 1 => format!("{} {}", name(*block), indices[0]),
            [NeuronSet { block, .. }] => counted(count, "neuron", Some(*block)),
            _ => counted(count, "neuron", None),
        }
    }

    /// Describes the command in one clause, for the log and the chart. During a drag the amounts are left out, because
    /// only the last of them is known.
    pub fn describe(&self, network: &Network, is_drag: bool) -> String {
        let subject = self.subject(network);
        let by =
            |word: &str, number: &f32| if is_drag { String::new() } else { format!(" {word} {}", weight(*number)) };
        match self {
            Command::Set { values, .. } if values.len() == 1 => format!("{subject} set to {}", weight(values[0])),
            Command::Set { .. } => format!("{subject} set"),
            Command::Add { amount, .. } => format!("{subject} moved{}", by("by", amount)),
            Command::SetCurve { neuron: Neuron { block, index }, number, value, .. } => {
                let (name, block) = (number.name(), name_of(network, *block));
                format!("{name} of the curve of {block} {index} set to {}", weight(*value))
            }
            Command::SetBias { value, .. } => format!("bias of {subject} set to {}", weight(*value)),
            Command::ScaleIncoming { factor, .. } => {
                format!("incoming weights of {subject} scaled{}", by("by", factor))
            }
            Command::AddIncoming { amount, .. } => format!("incoming weights of {subject} moved{}", by("by", amount)),
            Command::ScaleOutgoing { factor, .. } => {
                format!("outgoing weights of {subject} scaled{}", by("by", factor))
            }
            Command::Pin { pinned: true, .. } => format!("{subject} pinned"),
            Command::Pin { pinned: false, .. } => format!("{subject} no longer pinned"),
            Command::Hold { value, channel, .. } => format!("{}{subject} held at {}", whole(*channel), weight(*value)),
            Command::Release { channel, .. } => format!("{}{subject} released", whole(*channel)),
            Command::Reinitialise { .. } => format!("{subject} re-initialised"),
            Command::Freeze { blocks, frozen } => {
                let names: Vec<&str> = blocks.iter().map(|&block| network.blocks()[block].name.as_str()).collect();
                format!("{} {}", names.join(", "), if *frozen { "frozen" } else { "unfrozen" })
            }
            Command::Rewire { block, change } => format!("{}: {change}", name_of(network, *block)),
            Command::Operate { operation } => operation.describe(network),
            Command::ChangeColumn { column, neuron, change } => format!("neuron {neuron} of column {column}: {change}"),
            Command::Setting { key, value } => format!("{key} set to {value}"),
            Command::Relabel { examples, class, .. } => format!("{} relabelled as class {class}", images(examples)),
            Command::Move { examples, split: Split::Dropped, .. } => format!("{} excluded", images(examples)),
            Command::Move { examples, split, .. } => format!("{} moved to {}", images(examples), split.name()),
            Command::Undo => "undo".into(),
            Command::Redo => "redo".into(),
            Command::Data { name } => format!("other data: {name}"),
        }
    }
}

pub fn images(examples: &[u32]) -> String {
    counted(examples.len(), "image")
}

fn whole(channel: bool) -> &'static str {
    if channel { "the channel of " } else { "" }
}

fn name_of(network: &Network, block: usize) -> &str {
    network.blocks().get(block).map_or("", |block| &block.name)
}

/// Fails unless the neuron has a curve of this number.
fn curve_exists(network: &Network, neuron: Neuron, bump: usize) -> Result<()> {
    let Some((block, manifold)) = network.structure().filter(|(block, _)| *block == neuron.block) else {
        return Err(Error::expected("edit", "a neuron of a manifold", format!("block {}", neuron.block)));
    };
    let rows = manifold.cells().rows();
    if rows <= neuron.index {
        return Err(Error::expected(name_of(network, block), format!("a neuron below {rows}"), neuron.index));
    }
    if manifold.bumps <= bump {
        return Err(Error::expected(name_of(network, block), format!("a bump below {}", manifold.bumps), bump));
    }
    Ok(())
}
