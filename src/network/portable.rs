//! A network, or a part of it, for other programs: scaling, layers, activations and holds as standard operators.

use super::holds::{Held, Hold};
use super::whole::Network;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{LayerRole, PortableParts};
use crate::operators::{AttributeValue, OperatorGraph, Signal, plane_order};
use crate::shape::Shape;

impl Network {
    /// Appends the blocks after `first` up to `last`, reading `x`, the values of `first`, which are scaled if that is the
    /// input. Returns the values of every block that was written.
    ///
    /// # Errors
    /// A block has no such form, or reads one before the first.
    pub fn write_operators(
        &self,
        theta: &[f32],
        (first, last): (usize, usize),
        x: Signal,
        graph: &mut OperatorGraph,
    ) -> Result<Vec<Option<Signal>>> {
        let mut signals: Vec<Option<Signal>> = vec![None; self.blocks().len()];
        graph.begin_block(&self.blocks()[first].name);
        let x = if first == 0 { self.scaled(x, graph) } else { x };
        signals[first] = Some(held(self.holds().of(first), x, graph));
        for index in first + 1..=last {
            let block = &self.blocks()[index];
            let known = |&input: &usize| {
                let name = &self.blocks()[input].name;
                let missing = || Error::expected(&block.name, "inputs that are exported with it", name);
                signals[input].clone().ok_or_else(missing)
            };
            let inputs = block.inputs.iter().map(known).collect::<Result<Vec<Signal>>>()?;
            graph.begin_block(&block.name);
            let parts = PortableParts {
                theta: &theta[block.params.clone()],
                inputs: &inputs,
                planes: self.painted_as(index).filter(|_| index != last),
            };
            let z = block.layer.portable().write(parts, graph).map_err(|error| error.within(&block.name))?;
            let y = activated(block.activation, z, graph);
            signals[index] = Some(held(self.holds().of(index), y, graph));
        }
        Ok(signals)
    }

    /// The picture that all readers of a vector make of it, if they do nothing else.
    fn painted_as(&self, block: usize) -> Option<Shape> {
        if self.embedding == Some(block) || !self.shape(block).is_flat() || !self.holds().of(block).is_empty() {
            return None;
        }
        let mut readers = self.blocks().iter().filter(|reader| reader.inputs.contains(&block));
        let shapes = |role: LayerRole, shape: Shape| (role == LayerRole::Reshapes && !shape.is_flat()).then_some(shape);
        let first = readers.next()?;
        let picture = shapes(first.layer.ops().role(), first.layer.ops().output())?;
        let is_alone = readers.next().is_none();
        is_alone.then_some(picture)
    }

    /// (x - mean) / deviation, channel by channel.
    fn scaled(&self, x: Signal, graph: &mut OperatorGraph) -> Signal {
        if self.scaling().is_unit() {
            return x;
        }
        let mean = graph.floats("mean", &x.by_channel(), self.scaling().mean.clone());
        let deviation = graph.floats("deviation", &x.by_channel(), self.scaling().deviation.clone());
        let centred = graph.apply("Sub", &[&x.name, &mean], &[]);
        Signal { name: graph.apply("Div", &[&centred, &deviation], &[]), ..x }
    }
}

/// y = f(z).
fn activated(activation: Activation, z: Signal, graph: &mut OperatorGraph) -> Signal {
    let x = z.name.as_str();
    let number = AttributeValue::Float;
    let name = match activation {
        Activation::Linear => return z,
        Activation::Relu => graph.apply("Relu", &[x], &[]),
        Activation::LeakyRelu { slope } => graph.apply("LeakyRelu", &[x], &[("alpha", number(slope))]),
        Activation::Sigmoid => graph.apply("Sigmoid", &[x], &[]),
        Activation::Tanh => graph.apply("Tanh", &[x], &[]),
        Activation::Gelu => {
            let root = graph.floats("root", &[], vec![std::f32::consts::SQRT_2]);
            let [one, half] = [1.0, 0.5].map(|value| graph.floats("number", &[], vec![value]));
            let part = graph.apply("Div", &[x, &root], &[]);
            let erf = graph.apply("Erf", &[&part], &[]);
            let plus = graph.apply("Add", &[&erf, &one], &[]);
            let product = graph.apply("Mul", &[x, &plus], &[]);
            graph.apply("Mul", &[&product, &half], &[])
        }
        Activation::Silu => {
            let sigmoid = graph.apply("Sigmoid", &[x], &[]);
            graph.apply("Mul", &[x, &sigmoid], &[])
        }
        Activation::Clip { low, high } => {
            let ends = [low, high].map(|end| graph.floats("end", &[], vec![end]));
            graph.apply("Clip", &[x, &ends[0], &ends[1]], &[])
        }
        Activation::HardSigmoid => {
            graph.apply("HardSigmoid", &[x], &[("alpha", number(1.0 / 6.0)), ("beta", number(0.5))])
        }
        Activation::HardSwish => graph.apply("HardSwish", &[x], &[]),
    };
    Signal { name, ..z }
}

/// Values with the held ones at their own: y = kept y + fixed.
fn held(holds: &[Hold], y: Signal, graph: &mut OperatorGraph) -> Signal {
    if holds.is_empty() {
        return y;
    }
    let shape = y.shape;
    let (mut kept, mut fixed) = (vec![1.0; shape.len()], vec![0.0; shape.len()]);
    // Channels come before neurons, which keep their own value.
    for hold in holds {
        let (from, step) = match hold.held {
            Held::Channel(channel) => (channel, shape.channels),
            Held::Neuron(index) => (index, shape.len()),
        };
        for at in (from..shape.len()).step_by(step) {
            (kept[at], fixed[at]) = (0.0, hold.value);
        }
    }
    let Shape { width, height, channels } = shape;
    let is_by_channel = holds.iter().all(|hold| shape.is_flat() || matches!(hold.held, Held::Channel(_)));
    let constant = |what: &str, values: Vec<f32>, graph: &mut OperatorGraph| {
        if is_by_channel {
            graph.floats(what, &y.by_channel(), values[..channels].into())
        } else {
            let planes = plane_order(shape).map(|at| values[at]).collect();
            graph.floats(what, &[channels, height, width], planes)
        }
    };
    let kept = constant("kept", kept, graph);
    let fixed = constant("fixed", fixed, graph);
    let product = graph.apply("Mul", &[&y.name, &kept], &[]);
    Signal { name: graph.apply("Add", &[&product, &fixed], &[]), ..y }
}
