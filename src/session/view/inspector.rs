//! Neurons and connections in numbers, for the page's inspector, some ten times a second.

use serde::{Deserialize, Serialize};

use super::view::Viewer;
use super::weight_image::WeightImage;
use crate::network::{Held, Neuron, Wire};
use crate::render::{By, Theme};
use crate::select::select;
use crate::shape::Shape;

/// The item to inspect: a neuron, or the connection between two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum InspectedItem {
    Connection { source: Neuron, target: Neuron },
    Neuron(Question),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    #[serde(flatten)]
    pub neuron: Neuron,
    /// Limit of the connections listed in each direction.
    #[serde(default = "usual")]
    pub strongest: usize,
    /// Whether strength means the contribution instead of the weight.
    #[serde(default)]
    pub by_contribution: bool,
    /// Whether to paint the incoming weights, and for which theme.
    #[serde(default)]
    pub image: bool,
    #[serde(default)]
    pub dark: bool,
}

fn usual() -> usize {
    8
}

/// Limit of the connections that can be asked for.
const MOST_STRONGEST: usize = 1000;

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Answer {
    Neuron(Box<NeuronView>),
    Connection(ConnectionView),
}

/// Identifies a neuron.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeuronPlace {
    pub block: usize,
    pub index: usize,
    /// Name of its block.
    pub name: String,
    pub x: usize,
    pub y: usize,
    pub channel: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NeuronView {
    #[serde(flatten)]
    pub place: NeuronPlace,
    pub title: String,
    /// y for what is shown.
    pub value: f32,
    pub bias: Option<Parameter>,
    /// dL/dz.
    pub gradient: Option<f32>,
    /// f'(z).
    pub slope: f32,
    /// Share of a few fixed examples at which the activation is nearly flat, 0..=1.
    pub saturated: Option<f32>,
    pub held: Option<f32>,
    pub held_channel: Option<f32>,
    pub pinned: Pinned,
    pub frozen: bool,
    /// Number of incoming weights, and sqrt(sum w²).
    pub weights: usize,
    pub norm: f32,
    pub incoming: Vec<LinkView>,
    pub outgoing: Vec<LinkView>,
    pub incoming_count: usize,
    pub outgoing_count: usize,
    #[serde(skip)]
    pub image: Option<WeightImage>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    /// Index in theta.
    pub parameter: usize,
    pub value: f32,
    pub pinned: bool,
}

/// How many of the parameters of a neuron are pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Pinned {
    None,
    Some,
    All,
}

/// A connection as seen from one of its ends: where the other end is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkView {
    #[serde(flatten)]
    pub place: NeuronPlace,
    pub parameter: Option<usize>,
    pub weight: Option<f32>,
    /// y of its source.
    pub value: f32,
    /// Weight times value; the value where the weight is fixed.
    pub contribution: f32,
    pub pinned: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectionView {
    pub source: NeuronPlace,
    pub target: NeuronPlace,
    pub parameter: Option<usize>,
    pub weight: Option<f32>,
    pub value: f32,
    pub contribution: f32,
    pub pinned: bool,
    /// Number of places that share its weight.
    pub shared: usize,
}

impl Viewer<'_> {
    /// Answers for each item; `None` for one that no longer exists.
    pub fn inspect(&mut self, items: &[InspectedItem]) -> Vec<Option<Answer>> {
        self.backward();
        items.iter().map(|item| self.answer(item)).collect()
    }

    fn answer(&mut self, item: &InspectedItem) -> Option<Answer> {
        match *item {
            InspectedItem::Neuron(question) => self.neuron_view(question).map(|view| Answer::Neuron(Box::new(view))),
            InspectedItem::Connection { source, target } => {
                self.connection_view(source, target).map(Answer::Connection)
            }
        }
    }

    fn neuron_view(&mut self, question: Question) -> Option<NeuronView> {
        let neuron = question.neuron;
        if !self.run.network().has(neuron) {
            return None;
        }
        let saturated = self.saturation(neuron.block).map(|shares| shares[neuron.index]);
        let (network, pass) = (self.run.network(), self.view.pass.as_ref());
        let block = &network.blocks()[neuron.block];
        let (place, channel) = (self.place(neuron), neuron.index % network.shape(neuron.block).channels);
        let mut wires = Vec::new();
        network.incoming(neuron, &mut |wire| wires.push(wire));
        let incoming_count = wires.len();
        let weights: Vec<f32> = wires.iter().filter_map(|wire| wire.learnt(&network.theta)).collect();
        let squares: f64 = weights.iter().map(|&w| f64::from(w) * f64::from(w)).sum();
        let incoming = self.strongest(&wires, question.strongest, question.by_contribution, true);
        wires.clear();
        network.outgoing(neuron, &mut |wire| wires.push(wire));
        let outgoing = self.strongest(&wires, question.strongest, question.by_contribution, false);

        let parameters = network.parameters_of(neuron);
        let pins = parameters.iter().filter(|&&parameter| network.pins().contains(parameter)).count();
        let theme = Theme::of(question.dark);
        let mut slope = [1.0];
        let kept = pass.and_then(|pass| pass.kept(neuron.block).get(neuron.index).copied());
        block.activation.backward(&[kept.unwrap_or(0.0)], &mut slope);
        Some(NeuronView {
            title: block.layer.ops().title(),
            value: self.value(neuron),
            bias: network.bias(neuron).map(|parameter| Parameter {
                parameter,
                value: network.theta[parameter],
                pinned: network.pins().contains(parameter),
            }),
            gradient: pass.and_then(|pass| pass.gradient(neuron.block).get(neuron.index).copied()),
            slope: slope[0],
            saturated,
            held: network.holds().get(neuron.block, Held::Neuron(neuron.index)),
            held_channel: network.holds().get(neuron.block, Held::Channel(channel)),
            pinned: match pins {
                0 => Pinned::None,
                pins if pins == parameters.len() => Pinned::All,
                _ => Pinned::Some,
            },
            frozen: network.blocks()[network.wired(neuron).block].frozen,
            weights: weights.len(),
            norm: squares.sqrt() as f32,
            incoming,
            outgoing,
            incoming_count,
            outgoing_count: wires.len(),
            image: question.image.then(|| WeightImage::paint(network, neuron, theme)).flatten(),
            place,
        })
    }

    fn connection_view(&self, source: Neuron, target: Neuron) -> Option<ConnectionView> {
        let network = self.run.network();
        if !network.has(source) || !network.has(target) {
            return None;
        }
        // An end may be a block that only passes on the values of another, as it is drawn.
        let made = network.wired(source);
        let mut found = None;
        network.incoming(target, &mut |wire| {
            if network.wired(wire.source) == made {
                found.get_or_insert(wire);
            }
        });
        let wire = found?;
        let LinkView { parameter, weight, value, contribution, pinned, .. } = self.link(&wire, true);
        let shared = match parameter {
            None => 1,
            Some(parameter) => self.uses(target, parameter),
        };
        let (source, target) = (self.place(source), self.place(target));
        Some(ConnectionView { source, target, parameter, weight, value, contribution, pinned, shared })
    }

    /// Number of places that use a weight of this neuron: one for each pixel of its map that the weight reaches.
    fn uses(&self, target: Neuron, parameter: usize) -> usize {
        let wired = self.run.network().wired(target);
        let (shape, block) = (self.run.network().shape(wired.block), &self.run.network().blocks()[wired.block]);
        let weights = block.layer.ops().param_len();
        if shape.is_flat() || block.layer.ops().connections() <= weights as u64 {
            return 1;
        }
        let mut count = 0;
        for index in (wired.index % shape.channels..shape.len()).step_by(shape.channels) {
            self.run.network().incoming(Neuron { index, ..wired }, &mut |wire| {
                count += usize::from(wire.parameter() == Some(parameter));
            });
        }
        count
    }

    /// The strongest of these connections, described by their other ends.
    pub fn strongest(&self, wires: &[Wire], most: usize, by_contribution: bool, incoming: bool) -> Vec<LinkView> {
        let by = if by_contribution { By::Contribution } else { By::Weight };
        let size = |wire: &Wire| {
            let weight = wire.learnt(&self.run.network().theta).unwrap_or(1.0);
            let size = match by {
                By::Weight => weight.abs(),
                By::Contribution => (weight * self.value(wire.source)).abs(),
            };
            if size.is_nan() { 0.0 } else { size }
        };
        let mut order: Vec<(f32, usize)> = wires.iter().map(size).zip(0..).collect();
        let most = most.min(MOST_STRONGEST).min(order.len());
        let stronger = |a: &(f32, usize), b: &(f32, usize)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if 0 < most && most < order.len() {
            select(&mut order, most - 1, stronger);
        }
        order.truncate(most);
        order.sort_by(stronger);
        order.into_iter().map(|(_, at)| self.link(&wires[at], incoming)).collect()
    }

    fn link(&self, wire: &Wire, incoming: bool) -> LinkView {
        let weight = wire.learnt(&self.run.network().theta);
        let value = self.value(wire.source);
        let other = if incoming { self.run.network().origin(wire.source) } else { wire.target };
        LinkView {
            place: self.place(other),
            parameter: wire.parameter(),
            weight,
            value,
            contribution: weight.unwrap_or(1.0) * value,
            pinned: wire.parameter().is_some_and(|parameter| self.run.network().pins().contains(parameter)),
        }
    }

    /// y of a neuron for what is shown.
    fn value(&self, neuron: Neuron) -> f32 {
        self.view.values(neuron.block).get(neuron.index).copied().unwrap_or(0.0)
    }

    fn place(&self, Neuron { block, index }: Neuron) -> NeuronPlace {
        let Shape { width, channels, .. } = self.run.network().shape(block);
        let (channel, pixel) = (index % channels, index / channels);
        let name = self.run.network().blocks()[block].name.clone();
        NeuronPlace { block, index, name, x: pixel % width, y: pixel / width, channel }
    }
}
