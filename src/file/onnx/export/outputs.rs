//! The outputs of a file with their names, as people see them.

use super::proto::{NumberType, PortInfo, dims_of};
use crate::error::{Error, Result};
use crate::file::model::ModelView;
use crate::loss::Loss;
use crate::network::{ALPHABET, Task};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

/// Appends the outputs of the blocks `first` to `end`; the most important one comes first.
pub fn add(
    model: &ModelView,
    signals: &[Option<Signal>],
    (first, end): (usize, usize),
    graph: &mut OperatorGraph,
) -> Result<Vec<PortInfo>> {
    let of = |block: usize| {
        let missing = || Error::expected("graph", "an output", "none");
        signals[block].clone().ok_or_else(missing)
    };
    let (y, network) = (of(end)?, model.network);
    let mut ports = Outputs { graph, ports: Vec::new() };
    if end + 1 < network.blocks().len() {
        ports.add("code", y);
        return Ok(ports.ports);
    }
    let shape = y.shape;
    match model.meta.task {
        Task::Classifier => {
            ports.add("logits", y);
            let logits = ports.ports[0].name.clone();
            let shares = ports.softmax(&logits);
            ports.add("probabilities", Signal::new(shares, shape));
        }
        Task::Regressor => {
            let name = ports.seen(&y.name, model.meta.loss);
            ports.add("numbers", Signal::new(name, shape));
        }
        Task::Autoencoder | Task::ImageToImage => {
            let name = ports.seen(&y.name, model.meta.loss);
            ports.add("image", Signal::new(name, shape));
            if let Some(code) = network.embedding.filter(|&code| first < code && code < end) {
                ports.add("code", of(code)?);
            }
        }
        Task::MakeLowercase | Task::MakeUppercase => {
            let picture = network.input();
            let field = ports.part(&y.name, 0, picture.len());
            let field = ports.graph.painted(&field, picture);
            let field = ports.seen(&field, model.meta.loss);
            let field = ports.graph.signal(field, picture);
            ports.add("image", field);
            let letters = ports.part(&y.name, picture.len(), picture.len() + ALPHABET);
            let letters = ports.softmax(&letters);
            ports.add("letter", Signal::new(letters, Shape::flat(ALPHABET)));
        }
    }
    Ok(ports.ports)
}

struct Outputs<'a> {
    graph: &'a mut OperatorGraph,
    ports: Vec<PortInfo>,
}

impl Outputs<'_> {
    /// Makes a value an output under this name, which is kept free for it.
    fn add(&mut self, name: &str, value: Signal) {
        let is_shared = self.ports.iter().any(|port| port.name == value.name);
        if is_shared || !self.graph.rename(&value.name, name) {
            let copy = self.graph.apply("Identity", &[&value.name], &[]);
            self.graph.rename(&copy, name);
        }
        self.ports.push(PortInfo { name: name.into(), numbers: NumberType::Float, dims: dims_of(value.shape) });
    }

    fn softmax(&mut self, logits: &str) -> String {
        self.graph.begin_block("softmax");
        self.graph.apply("Softmax", &[logits], &[("axis", AttributeValue::Integer(1))])
    }

    /// Values as people see them, where the loss works on logits.
    fn seen(&mut self, y: &str, loss: Loss) -> String {
        match loss {
            Loss::Bce => self.graph.apply("Sigmoid", &[y], &[]),
            Loss::Mse
            | Loss::L1
            | Loss::Huber { .. }
            | Loss::SumSquares
            | Loss::Permissive
            | Loss::CrossEntropy
            | Loss::Hinge => y.into(),
        }
    }

    /// The values `from..to` of a vector.
    fn part(&mut self, y: &str, from: usize, to: usize) -> String {
        let [from, to, axis] = [from as i64, to as i64, 1].map(|number| self.graph.integers(&[number]));
        self.graph.apply("Slice", &[y, &from, &to, &axis], &[])
    }
}
