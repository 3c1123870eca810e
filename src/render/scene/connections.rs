//! The strongest connections, chosen once and drawn many times.
//!
//! A network has millions of connections; a few thousand can be seen. Every pair of joined blocks gets an equal share of
//! them, so that no layer is left without, and in each the strongest are taken from a sample of its neurons. Choosing
//! reads up to [`LOOKED_AT`] connections of a pair, so it is done when asked, not for each frame;
//! [`Connections::refresh`] follows the weights in between.

use std::collections::HashMap;

use super::choice::By;
use super::geometry::Neuron;
use super::link::PanelLink;
use super::view::Viewport;
use super::whole::Scene;
use crate::layer::Weight;
use crate::network::{Network, Wire};
use crate::par;
use crate::rng::{Purpose, Rng};

/// Most connections looked at for each pair of blocks.
const LOOKED_AT: usize = 200_000;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ConnectionLine {
    pub source: Neuron,
    pub target: Neuron,
    /// Index of its weight in `theta`.
    pub parameter: usize,
    /// w, or w x.
    pub value: f32,
}

/// The chosen connections of one reading block, the strongest first.
#[derive(Clone, Debug, Default, PartialEq)]
struct Bundle {
    block: usize,
    lines: Vec<ConnectionLine>,
    /// The largest |value|: the full width of a line.
    most: f32,
}

impl Bundle {
    /// Whether the lines look as they would with their present values.
    fn is_near(&self, present: impl Fn(&ConnectionLine) -> f32) -> bool {
        let (mut sum, mut most) = (0.0, 0.0f32);
        for line in &self.lines {
            let moved = (present(line) - line.value).abs();
            sum += moved;
            // NaN counts as moved.
            most = if moved <= most { most } else { moved };
        }
        let mean = sum / self.lines.len().max(1) as f32;
        mean <= UNSEEN * self.most && most <= UNSEEN_ALONE * self.most
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connections {
    by: By,
    bundles: Vec<Bundle>,
}

impl Connections {
    /// Chooses about `budget` connections. `activations`: the values of every block for the shown example; only looked
    /// at for [`By::Contribution`].
    pub fn choose(network: &Network, activations: &[&[f32]], budget: usize, by: By) -> Self {
        let is_wired = |&block: &usize| network.blocks()[block].layer.ops().weight_view().is_wired();
        let wired: Vec<usize> = (0..network.blocks().len()).filter(is_wired).collect();
        let share = budget / wired.len().max(1);
        let bundles = par::map(&wired, |&block| {
            let lines = strongest(network, block, activations, share, by);
            let most = largest(&lines);
            Bundle { block, lines, most }
        });
        Self { by, bundles }
    }

    /// The strongest connections that lead to a neuron, at most `budget`, and as many of those that leave it.
    pub fn of_neuron(network: &Network, activations: &[&[f32]], neuron: Neuron, budget: usize, by: By) -> Self {
        if !network.has(neuron) {
            return Self::default();
        }
        let line = |wire: Wire| {
            let parameter = match wire.weight {
                Weight::Parameter(parameter) => parameter,
                Weight::Fixed(_) => return None,
            };
            let value = by.value(network.theta[parameter], value_of(activations, wire.source));
            Some(ConnectionLine { source: wire.source, target: wire.target, parameter, value })
        };
        let (mut arriving, mut leaving) = (Vec::new(), Vec::new());
        network.incoming(neuron, &mut |wire| arriving.extend(line(wire)));
        network.outgoing(neuron, &mut |wire| leaving.extend(line(wire)));
        let mut found = Self::of_lines(by, arriving, budget);
        found.bundles.extend(Self::of_lines(by, leaving, budget).bundles);
        found
    }

    /// The strongest of these lines, at most `budget`; each reading block has its own scale.
    pub fn of_lines(by: By, mut lines: Vec<ConnectionLine>, budget: usize) -> Self {
        lines.sort_by(|a, b| by_size(b, a));
        lines.truncate(budget);
        let mut bundles: Vec<Bundle> = Vec::new();
        for line in lines {
            match bundles.iter_mut().find(|bundle| bundle.block == line.target.block) {
                Some(bundle) => bundle.lines.push(line),
                None => bundles.push(Bundle { block: line.target.block, lines: vec![line], most: 0.0 }),
            }
        }
        bundles.iter_mut().for_each(|bundle| bundle.most = largest(&bundle.lines));
        Self { by, bundles }
    }

    /// Gives the chosen connections their present values and order; which are chosen stays as it is.
    ///
    /// Changes too small to be seen are left for later, so that a picture of the lines can be kept while training
    /// creeps on: all are taken over as soon as one moved by a tenth of the strongest of its bundle, or many by a little.
    pub fn refresh(&mut self, network: &Network, activations: &[&[f32]]) {
        let by = self.by;
        let present = |line: &ConnectionLine| {
            let w = network.theta.get(line.parameter).copied().unwrap_or(0.0);
            by.value(w, value_of(activations, line.source))
        };
        if self.bundles.iter().all(|bundle| bundle.is_near(present)) {
            return;
        }
        for bundle in &mut self.bundles {
            bundle.lines.iter_mut().for_each(|line| line.value = present(line));
            bundle.lines.sort_by(|a, b| by_size(b, a));
            bundle.most = largest(&bundle.lines);
        }
    }

    pub fn lines(&self) -> impl Iterator<Item = &ConnectionLine> {
        self.bundles.iter().flat_map(|bundle| &bundle.lines)
    }

    /// How strong a line is beside the strongest of its pair of blocks, 0..=1.
    pub fn strength(&self, line: &ConnectionLine) -> f32 {
        let bundle = self.bundles.iter().find(|bundle| bundle.block == line.target.block);
        bundle.map_or(0.0, |bundle| strength(line.value, bundle.most))
    }

    /// The lines to draw along each link of the scene, strongest first: an equal share of those the view wants, none
    /// below its cut, and no more than can be told apart where the link is narrowest, so that more appear as it grows.
    pub fn drawn<'a, 's>(
        &'a self,
        scene: &'s Scene,
        view: &Viewport,
    ) -> impl Iterator<Item = (&'s PanelLink, &'a [ConnectionLine])> + use<'a, 's> {
        let share = view.connections.div_ceil(self.bundles.len().max(1));
        let lines_to_unit = LINES_TO_PIXEL * view.scale / view.ratio;
        let cut = view.cut;
        scene.links().iter().filter(|link| link.weighted).filter_map(move |link| {
            let bundle = self.bundles.iter().find(|bundle| bundle.block == link.block)?;
            let strong = bundle.lines.partition_point(|line| cut * bundle.most <= line.value.abs());
            let most = share.min((scene.width_of(link) * lines_to_unit).ceil() as usize);
            Some((link, &bundle.lines[..strong.min(most)]))
        })
    }

    /// All lines along each link of the scene, strongest first.
    pub fn along<'a, 's>(
        &'a self,
        scene: &'s Scene,
    ) -> impl Iterator<Item = (&'s PanelLink, &'a [ConnectionLine])> + use<'a, 's> {
        scene.links().iter().filter(|link| link.weighted).filter_map(move |link| {
            let bundle = self.bundles.iter().find(|bundle| bundle.block == link.block)?;
            Some((link, &bundle.lines[..]))
        })
    }

    pub fn is_empty(&self) -> bool {
        self.bundles.iter().all(|bundle| bundle.lines.is_empty())
    }
}

/// Share of the strongest by which lines may be off on average, and by which a single one may be.
const UNSEEN: f32 = 0.025;
const UNSEEN_ALONE: f32 = 0.1;

/// Lines that can be told apart, to the CSS pixel across their way.
const LINES_TO_PIXEL: f32 = 1.0;

/// How strong a connection is beside the strongest, 0..=1.
pub fn strength(value: f32, most: f32) -> f32 {
    if 0.0 < most && value.is_finite() { (value.abs() / most).min(1.0) } else { 0.0 }
}

/// The largest |value| of these lines.
pub fn largest(lines: &[ConnectionLine]) -> f32 {
    lines.iter().map(|line| line.value.abs()).filter(|size| size.is_finite()).fold(0.0, f32::max)
}

fn value_of(activations: &[&[f32]], neuron: Neuron) -> f32 {
    activations.get(neuron.block).and_then(|values| values.get(neuron.index)).copied().unwrap_or(0.0)
}

/// The strongest connections into one block, at most `share`.
fn strongest(network: &Network, block: usize, activations: &[&[f32]], share: usize, by: By) -> Vec<ConnectionLine> {
    if share == 0 {
        return Vec::new();
    }
    let (reader, len) = (&network.blocks()[block], network.shape(block).len());
    let fan_in = reader.layer.ops().connections().div_ceil(len).max(1);
    let looked_at = (LOOKED_AT / fan_in).clamp(1, len);
    // A few for each neuron looked at, so that one loud neuron does not take them all.
    let each = (2 * share).div_ceil(looked_at).max(1);
    let mut rng = Rng::new(0, Purpose::Sample, block as u64);
    let mut found: Vec<ConnectionLine> = Vec::new();
    let mut best: Vec<ConnectionLine> = Vec::new();
    for step in 0..looked_at {
        // One from each of equally long runs of neurons: all of them if few, spread over all maps if many.
        let (first, last) = (step * len / looked_at, (step + 1) * len / looked_at);
        let output = first + rng.below((last - first).max(1));
        best.clear();
        reader.layer.ops().incoming(output, &mut |connection| {
            let weight = match connection.weight {
                Weight::Parameter(weight) => weight,
                Weight::Fixed(_) => return,
            };
            let source = Neuron { block: reader.inputs[connection.input], index: connection.source };
            let parameter = reader.params.start + weight;
            let value = by.value(network.theta[parameter], value_of(activations, source));
            let line = ConnectionLine { source, target: Neuron { block, index: output }, parameter, value };
            if best.len() < each {
                best.push(line);
            } else if let Some(weakest) = best.iter_mut().min_by(|a, b| by_size(a, b))
                && weakest.value.abs() < value.abs()
            {
                *weakest = line;
            }
        });
        found.append(&mut best);
    }
    // A convolution has the same weight at many places: they are taken from all over the picture.
    rng.shuffle(&mut found);
    found.sort_by(|a, b| by_size(b, a));
    // Its strongest weight alone must not take every line.
    let mut uses: HashMap<usize, usize> = HashMap::new();
    let most_uses = (share / 24).max(1);
    let (mut kept, mut spare) = (Vec::new(), Vec::new());
    for line in found {
        let uses = uses.entry(line.parameter).or_default();
        *uses += 1;
        if *uses <= most_uses {
            kept.push(line)
        } else {
            spare.push(line)
        }
        if kept.len() == share {
            break;
        }
    }
    spare.truncate(share - kept.len());
    kept.append(&mut spare);
    kept.sort_by(|a, b| by_size(b, a));
    kept
}

fn by_size(a: &ConnectionLine, b: &ConnectionLine) -> std::cmp::Ordering {
    a.value.abs().total_cmp(&b.value.abs())
}
