//! The strongest connections, chosen once and drawn many times.
//!
//! A network has millions of connections, of which a few thousand can be seen. Every pair of connected blocks gets an
//! equal share, so that no layer is without lines; within it, the strongest connections are taken from a sample of
//! neurons. Choosing reads up to [`LOOKED_AT`] connections of a pair, so it is done on request, not for each frame; in
//! between, [`Connections::refresh`] follows the weights.

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

/// Most connections that are compared for each pair of blocks.
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
    /// Whether the lines look the same with their current values.
    fn is_near(&self, current: impl Fn(&ConnectionLine) -> f32) -> bool {
        let (mut sum, mut most) = (0.0, 0.0f32);
        for line in &self.lines {
            let moved = (current(line) - line.value).abs();
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
    /// Chooses about `budget` connections. `activations` are the values of every block for the shown example, which
    /// only [`By::Contribution`] needs.
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

    /// The strongest connections to a neuron and those from it, at most `budget` of each.
    pub fn of_neuron(network: &Network, activations: &[&[f32]], neuron: Neuron, budget: usize, by: By) -> Self {
        if !network.has(neuron) {
            return Self::default();
        }
        let line = |wire: Wire| {
            let parameter = match wire.weight {
                Weight::Parameter(parameter) => parameter,
                Weight::Fixed(_) | Weight::Computed => return None,
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

    /// Updates the values and the order of the chosen connections, without choosing others.
    ///
    /// Changes too small to be seen are ignored, so that a picture of the lines can be reused while training changes
    /// the weights slowly. All are updated as soon as one changed by a tenth of the strongest in its bundle, or many by
    /// a little.
    pub fn refresh(&mut self, network: &Network, activations: &[&[f32]]) {
        let by = self.by;
        let current = |line: &ConnectionLine| {
            let w = network.theta.get(line.parameter).copied().unwrap_or(0.0);
            by.value(w, value_of(activations, line.source))
        };
        if self.bundles.iter().all(|bundle| bundle.is_near(current)) {
            return;
        }
        for bundle in &mut self.bundles {
            bundle.lines.iter_mut().for_each(|line| line.value = current(line));
            bundle.lines.sort_by(|a, b| by_size(b, a));
            bundle.most = largest(&bundle.lines);
        }
    }

    pub fn lines(&self) -> impl Iterator<Item = &ConnectionLine> {
        self.bundles.iter().flat_map(|bundle| &bundle.lines)
    }

    /// The strength of a line relative to the strongest of its pair of blocks, 0..=1.
    pub fn strength(&self, line: &ConnectionLine) -> f32 {
        let bundle = self.bundles.iter().find(|bundle| bundle.block == line.target.block);
        bundle.map_or(0.0, |bundle| strength(line.value, bundle.most))
    }

    /// The lines to draw along each link of the scene, strongest first: an equal share of the view's number of
    /// connections, none below its cut, and no more than can be distinguished where the link is narrowest, so that more
    /// appear when zooming in.
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

/// Error that cannot be seen, as a share of the strongest line: on average, and of a single line.
const UNSEEN: f32 = 0.025;
const UNSEEN_ALONE: f32 = 0.1;

/// Number of lines that can be distinguished in each CSS pixel across their direction.
const LINES_TO_PIXEL: f32 = 1.0;

/// The strength of a connection relative to the strongest, 0..=1.
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
    let fan_in = reader.layer.ops().connections().div_ceil(len as u64).max(1);
    let looked_at = ((LOOKED_AT as u64 / fan_in) as usize).clamp(1, len);
    // A few for each sampled neuron, so that one with large weights does not take them all.
    let each = (2 * share).div_ceil(looked_at).max(1);
    let mut rng = Rng::new(0, Purpose::Sample, block as u64);
    let mut found: Vec<ConnectionLine> = Vec::new();
    let mut best: Vec<ConnectionLine> = Vec::new();
    for step in 0..looked_at {
        // One neuron from each of equally long ranges: all neurons if there are few, spread over all maps if many.
        let (first, last) = (step * len / looked_at, (step + 1) * len / looked_at);
        let output = first + rng.below((last - first).max(1));
        best.clear();
        reader.layer.ops().incoming(output, &mut |connection| {
            let weight = match connection.weight {
                Weight::Parameter(weight) => weight,
                Weight::Fixed(_) | Weight::Computed => return,
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
    // A convolution has the same weight at many places, which are sampled from the whole picture.
    rng.shuffle(&mut found);
    found.sort_by(|a, b| by_size(b, a));
    // Its strongest weight must not take all lines.
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
