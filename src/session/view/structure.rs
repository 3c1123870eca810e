//! Looking at a structure that follows from parameters: its adjacency now and at each frame of its history, its graph by
//! levels, the curves of a neuron, and single edges.
//!
//! Neurons are numbered inputs, hidden ones, outputs; see [`Cells`](crate::layer::Cells).

use serde::Serialize;

use super::view::Viewer;
use crate::error::{Error, Result};
use crate::layer::{CurveNumber, Edges, Manifold};
use crate::network::Neuron;
use crate::render::{LevelGraph, LevelMarks, Pixmap, Theme, adjacency, adjacency_changes};
use crate::session::run::structure::edges_of;
use crate::shape::Shape;

/// The curve of a neuron over all neurons that it may read.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CurveView {
    pub neuron: Neuron,
    /// In words: hidden 17, or the name of an output.
    pub name: String,
    pub bump: usize,
    pub bumps: usize,
    pub numbers: Vec<CurveValue>,
    pub cutoff: f32,
    /// d of every source, now and when the run began.
    pub closeness: Vec<f32>,
    pub start: Vec<f32>,
    /// Number of sources that are inputs.
    pub inputs: usize,
    /// The sources that it reads.
    pub sources: Vec<u32>,
    /// Whether the edges follow from the curve, rather than from weights of their own.
    pub decides: bool,
}

/// A number of a curve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurveValue {
    pub number: CurveNumber,
    pub value: f32,
    /// When the run began.
    pub start: f32,
    /// What a slider goes from and to.
    pub least: f32,
    pub most: f32,
}

/// A cell of the adjacency.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellView {
    /// Number of the neuron that reads, and of the one that is read.
    pub target: usize,
    pub source: usize,
    /// In words.
    pub text: String,
    /// 0 where there is no edge.
    pub strength: f32,
    /// Index of the weight of its own; absent where edges have none.
    pub parameter: Option<usize>,
    pub pinned: bool,
}

impl Viewer<'_> {
    /// Paints the adjacency at a frame of the history, with what changed since the frame before; without a frame the present
    /// one, with its strengths.
    ///
    /// # Errors
    /// The network has no structure that follows from parameters, or the history no such frame.
    pub fn adjacency(&self, frame: Option<usize>, size: (u32, u32), theme: Theme) -> Result<Pixmap> {
        let (_, manifold, edges) = self.structure()?;
        let cells = manifold.cells();
        let Some(frame) = frame else { return Ok(adjacency(&cells, &edges, size, theme)) };
        let history = self.run.recorder.structure();
        if history.len() <= frame {
            return Err(Error::expected("adjacency", format!("a frame below {}", history.len()), frame));
        }
        let mut frames = history.frames().skip(frame.saturating_sub(1));
        let before = frames.next().unwrap_or_default();
        let now = if frame == 0 { before.clone() } else { frames.next().unwrap_or_default() };
        Ok(adjacency_changes(&cells, &now, &before, size, theme))
    }

    /// Paints the graph by levels. With a picked neuron it shows its edges, and on the inputs what each gives to it over all
    /// paths, or for an input nothing more; without, how many edges leave each input.
    pub fn level_graph(&self, size: (u32, u32), ratio: f32, picked: Option<usize>, theme: Theme) -> Result<Pixmap> {
        let (block, manifold, edges) = self.structure()?;
        let cells = manifold.cells();
        let graph = LevelGraph::new(cells, manifold.input, &edges, size, ratio);
        let network = self.run.network();
        let theta = &network.theta[network.blocks()[block].params.clone()];
        let picked = picked.filter(|&neuron| neuron < cells.inputs + cells.rows());
        let inputs = match picked.and_then(|neuron| neuron.checked_sub(cells.inputs)) {
            Some(row) => edges.influence_of_inputs(&cells, &theta[manifold.weights()], row),
            None => leaving(manifold, &edges),
        };
        let used = used(manifold, &edges);
        let marks = LevelMarks { picked, inputs: &inputs, used: &used, names: &self.run.classes };
        Ok(graph.paint(&edges, &marks, theme))
    }

    /// The neuron at a place of that picture.
    pub fn level_hit(&self, size: (u32, u32), ratio: f32, (x, y): (f32, f32)) -> Result<Option<usize>> {
        let (_, manifold, edges) = self.structure()?;
        Ok(LevelGraph::new(manifold.cells(), manifold.input, &edges, size, ratio).hit(x, y))
    }

    /// The curve of a bump of a neuron; `None` for an input, which has none.
    pub fn curve(&self, neuron: usize, bump: usize) -> Result<Option<CurveView>> {
        let (block, manifold, edges) = self.structure()?;
        let cells = manifold.cells();
        let Some(row) = neuron.checked_sub(cells.inputs).filter(|&row| row < cells.rows()) else { return Ok(None) };
        let bump = bump.min(manifold.bumps - 1);
        let (network, params) = (self.run.network(), self.run.network().blocks()[block].params.clone());
        let (theta, start) = (&network.theta[params.clone()], &self.run.start()[params]);
        let sources = cells.sources(row) as f32;
        let values = CurveNumber::ALL.map(|number| {
            let of = |theta: &[f32]| manifold.number(theta, row, bump, number);
            let (least, most) = match number {
                CurveNumber::Height => (-1.0, 1.0),
                CurveNumber::Power => (0.1, 5.0),
                CurveNumber::Shift => (0.0, 1.0),
                CurveNumber::Period => (1.0, 4.0 * manifold.period),
                CurveNumber::Phase => (-std::f32::consts::PI, 2.0 * std::f32::consts::PI),
                CurveNumber::Width => (0.5, sources),
                CurveNumber::Centre => (0.0, sources - 1.0),
            };
            let value = of(theta);
            CurveValue { number, value, start: of(start), least: least.min(value), most: most.max(value) }
        });
        Ok(Some(CurveView {
            neuron: Neuron { block, index: row },
            name: self.neuron_name(manifold, neuron),
            bump,
            bumps: manifold.bumps,
            numbers: values.into(),
            cutoff: manifold.cutoff(theta),
            closeness: manifold.closeness(theta, row),
            start: manifold.closeness(start, row),
            inputs: cells.inputs,
            sources: edges.row(row).edges().map(|(source, _)| source as u32).collect(),
            decides: !manifold.edges.is_own(),
        }))
    }

    /// The cell of the adjacency at a share of its picture's width and height; `None` where a neuron may not read another.
    pub fn cell_at(&self, (x, y): (f32, f32)) -> Result<Option<CellView>> {
        let cells = self.manifold()?.1.cells();
        let at = |share: f32, len: usize| ((share * len as f32).max(0.0) as usize).min(len - 1);
        self.cell_between(at(x, cells.all_sources()), cells.inputs + at(y, cells.rows()))
    }

    /// The cell of two neurons; `None` where the second may not read the first.
    pub fn cell_between(&self, source: usize, target: usize) -> Result<Option<CellView>> {
        let (block, manifold, edges) = self.structure()?;
        let cells = manifold.cells();
        let row = target.checked_sub(cells.inputs).filter(|&row| row < cells.rows() && source < cells.sources(row));
        let Some(row) = row else { return Ok(None) };
        let network = self.run.network();
        let strength = edges.row(row).edges().find(|(from, _)| *from == source).map_or(0.0, |(_, strength)| strength);
        let first = network.blocks()[block].params.start;
        let parameter = manifold.own_weight(row, source).map(|own| first + own);
        let text = format!("{} reads {}", self.neuron_name(manifold, target), self.neuron_name(manifold, source));
        let pinned = parameter.is_some_and(|parameter| network.pins().contains(parameter));
        Ok(Some(CellView { target, source, text, strength, parameter, pinned }))
    }

    /// A neuron in words: pixel 12, 7; hidden 17; or the name of an output.
    fn neuron_name(&self, manifold: &Manifold, neuron: usize) -> String {
        let cells = manifold.cells();
        let Some(row) = neuron.checked_sub(cells.inputs) else { return pixel_name(manifold.input, neuron) };
        match row.checked_sub(cells.hidden) {
            None => format!("hidden {row}"),
            Some(output) => output_name(&self.run.classes, output),
        }
    }

    /// The block with the structure, and its layer.
    fn manifold(&self) -> Result<(usize, &Manifold)> {
        let another = || Error::expected("structure", "a network that makes its own connections", "another");
        self.run.network().structure().ok_or_else(another)
    }

    /// The same, with the present edges.
    fn structure(&self) -> Result<(usize, &Manifold, Edges)> {
        let (block, manifold) = self.manifold()?;
        let edges = edges_of(self.run.network(), block, manifold);
        Ok((block, manifold, edges))
    }
}

/// An input in words: pixel 12, 7, or pixel 12, 7 of channel 2.
pub(super) fn pixel_name(input: Shape, index: usize) -> String {
    let (x, y, channel) = input.place(index);
    let of = if 1 < input.channels { format!(" of channel {channel}") } else { String::new() };
    format!("pixel {x}, {y}{of}")
}

/// An output in words, by the name of what it stands for if that is known.
pub(super) fn output_name(names: &[String], output: usize) -> String {
    names.get(output).map_or_else(|| format!("output {output}"), |name| format!("output {name}"))
}

/// How many edges leave each input.
fn leaving(manifold: &Manifold, edges: &Edges) -> Vec<f32> {
    let cells = manifold.cells();
    let mut leaving = vec![0.0; cells.inputs];
    let of_inputs = edges.all(&cells).filter(|&(_, source, _)| source < cells.inputs);
    of_inputs.for_each(|(_, source, _)| leaving[source] += 1.0);
    leaving
}

/// For each row, whether a path leads from it to an output.
fn used(manifold: &Manifold, edges: &Edges) -> Vec<bool> {
    let cells = manifold.cells();
    let mut used: Vec<bool> = (0..cells.rows()).map(|row| cells.is_output(row)).collect();
    for row in (0..cells.rows()).rev() {
        if used[row] {
            let listed = edges.row(row);
            let sources = listed.edges().filter_map(|(source, _)| source.checked_sub(cells.inputs));
            sources.for_each(|source| used[source] = true);
        }
    }
    used
}
