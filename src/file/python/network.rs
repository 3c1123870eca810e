//! The network of a folder: its module, and the numbers of the module's state.
//!
//! The operators of a network have every parameter once, in the order that other programs want. The same operators written
//! with moments in place of the parameters therefore bring the moments into that order, too.

use super::module::{INPUT, ModuleTensor, PythonModule, module};
use super::tensors::{self, PlainTensor};
use crate::error::{Error, Result};
use crate::file::model::ModelMeta;
use crate::network::Network;
use crate::operators::{ConstantNumbers, OperatorConstant, OperatorGraph};
use crate::optim::{Method, Optim};

/// What training does with a parameter: nothing, moves it, or moves it and lets it decay towards 0.
const FIXED: f32 = 0.0;
const MOVES: f32 = 1.0;
const DECAYS: f32 = 2.0;

pub struct PythonNetwork {
    module: PythonModule,
    graph: OperatorGraph,
    /// For each tensor of the module what training does with it; `None` for numbers that are no parameters.
    freedoms: Vec<Option<Vec<f32>>>,
}

impl PythonNetwork {
    pub fn new(network: &Network) -> Result<Self> {
        let (graph, output) = operators(network, &network.theta)?;
        let module = module(&graph, &output, network)?;
        let mut freedom = vec![FIXED; network.param_len()];
        for run in network.trainable() {
            freedom[run.range].fill(if run.decays { DECAYS } else { MOVES });
        }
        let mut python = Self { module, graph, freedoms: Vec::new() };
        python.freedoms = python.arranged(network, &freedom)?;
        Ok(python)
    }

    /// The text of `model.py`.
    pub fn text(&self, meta: &ModelMeta) -> String {
        let title = if meta.preset.is_empty() { "network" } else { &meta.preset };
        let version = env!("CARGO_PKG_VERSION");
        let title: String = title.chars().filter(|c| c.is_ascii_alphanumeric() || "-_ .".contains(*c)).collect();
        format!(
            "\"\"\"The network {title}, as Neurarium {version} wrote it: from images [N, C, H, W] in 0..1 to the values that its loss\n\
             compares, which are logits for classes.\n\"\"\"\n\n\
             import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n\n\n{}",
            self.module.source
        )
    }

    /// The state of the module.
    pub fn weights(&self) -> Result<Vec<u8>> {
        let all: Vec<PlainTensor> = self
            .tensors()
            .map(|(tensor, constant)| PlainTensor::new(tensor.key.clone(), tensor.dims.clone(), &constant.numbers))
            .collect();
        tensors::file(&all)
    }

    /// The state of the optimiser: of each parameter that moves its moments, named as those of `torch.optim`, and which
    /// numbers of it move if some are pinned (`free`).
    pub fn optimiser(&self, network: &Network, optim: &Optim) -> Result<Vec<u8>> {
        let names = match optim.method {
            Method::Sgd { .. } => ["momentum_buffer", ""],
            Method::Adam { .. } | Method::AdamW { .. } => ["exp_avg", "exp_avg_sq"],
        };
        let mut all = Vec::new();
        let mut add = |tensor: &ModuleTensor, what: &str, row: Vec<f32>| {
            all.push(PlainTensor::floats(format!("{}.{what}", tensor.key), tensor.dims.clone(), row));
        };
        for (name, moments) in names.into_iter().zip([&optim.m, &optim.v]) {
            if moments.is_empty() {
                continue;
            }
            let mut whole = vec![0.0; optim.first];
            whole.extend_from_slice(moments);
            for ((tensor, freedom), row) in self.parameters().zip(self.arranged(network, &whole)?.into_iter().flatten())
            {
                if moves(freedom) {
                    add(tensor, name, row);
                }
            }
        }
        for (tensor, freedom) in self.parameters().filter(|(_, freedom)| moves(freedom)) {
            if freedom.contains(&FIXED) {
                add(tensor, "free", freedom.iter().map(|&value| if value == FIXED { 0.0 } else { 1.0 }).collect());
            }
        }
        tensors::file(&all)
    }

    /// The names of parameters that do not move at all, and of those that decay.
    pub fn fixed_and_decaying(&self) -> [Vec<&str>; 2] {
        let keys = |is: &dyn Fn(&[f32]) -> bool| {
            self.parameters().filter(|(_, freedom)| is(freedom)).map(|(tensor, _)| tensor.key.as_str()).collect()
        };
        [keys(&|freedom| !moves(freedom)), keys(&|freedom| freedom.contains(&DECAYS))]
    }

    /// The tensors of the module that are parameters, and what training does with each number.
    fn parameters(&self) -> impl Iterator<Item = (&ModuleTensor, &[f32])> {
        self.tensors().zip(&self.freedoms).filter_map(|((tensor, _), freedom)| Some((tensor, freedom.as_deref()?)))
    }

    /// The tensors of the module with the constants that they are.
    fn tensors(&self) -> impl Iterator<Item = (&ModuleTensor, &OperatorConstant)> {
        self.module.tensors.iter().filter_map(|tensor| {
            let constant = self.graph.constants.iter().find(|constant| constant.name == tensor.constant)?;
            Some((tensor, constant))
        })
    }

    /// Numbers with the layout of theta as those of the module's tensors; `None` for tensors that are no parameters.
    fn arranged(&self, network: &Network, numbers: &[f32]) -> Result<Vec<Option<Vec<f32>>>> {
        let (graph, _) = operators(network, numbers)?;
        let arranged = self.tensors().map(|(tensor, _)| {
            let constant = graph.constants.iter().find(|constant| constant.name == tensor.constant);
            match constant.map(|constant| (&constant.numbers, constant.is_parameter)) {
                Some((ConstantNumbers::Floats(row), true)) => Some(row.clone()),
                _ => None,
            }
        });
        Ok(arranged.collect())
    }
}

fn moves(freedom: &[f32]) -> bool {
    freedom.iter().any(|&value| value != FIXED)
}

/// The operators of a network with these numbers as its parameters, and the name of its output.
fn operators(network: &Network, theta: &[f32]) -> Result<(OperatorGraph, String)> {
    let mut graph = OperatorGraph::default();
    let name = graph.reserve(INPUT);
    graph.begin_block("input");
    let x = graph.signal(name, network.input());
    let last = network.blocks().len() - 1;
    let signals = network.write_operators(theta, (0, last), x, &mut graph)?;
    let missing = || Error::expected("network", "an output", "none");
    let output = signals[last].as_ref().ok_or_else(missing)?.name.clone();
    Ok((graph, output))
}
