//! The scene of a graph: neurons at free positions, connected in any way, also in cycles and to themselves.
//!
//! It has one panel and one link; node i is value i of block 0, an edge is a connection of block 0 to itself.

use super::choice::By;
use super::connections::{ConnectionLine, Connections};
use super::folding::PanelKind;
use super::geometry::{Neuron, Rect};
use super::panel::Panel;
use super::place::{CellPlace, Nodes};
use super::whole::Scene;
use crate::layer::FreeGraph;
use crate::words::thousands;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelGraph {
    pub name: String,
    /// Position of each neuron, in any unit, y down. Numbers that are not finite count as 0.
    pub positions: Vec<(f32, f32)>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// Index of its weight.
    pub parameter: usize,
}

/// Pixels between the parts of a free graph, as a share of the side of its image.
const APART: f32 = 0.15;

impl PanelGraph {
    /// A free graph whose parameters begin at `start`: its inputs as the image that they are, then its free neurons in a
    /// square, then its outputs one below the other. Node i is neuron i of the pool.
    pub fn of_free_graph(name: &str, graph: &FreeGraph, start: usize) -> Self {
        let image = graph.input;
        let side = image.width.max(image.height) as f32;
        let middle = image.height as f32 / 2.0;
        let mut positions: Vec<(f32, f32)> = (0..image.len())
            .map(|input| {
                let (x, y, channel) = image.place(input);
                (x as f32 + channel as f32 / image.channels as f32, y as f32)
            })
            .collect();
        // Neuron number `number` of a block of `columns` columns that is `wide` wide and begins at `left`.
        let put = |number: usize, count: usize, columns: usize, left: f32, wide: f32| {
            let (rows, step) = (count.div_ceil(columns) as f32, wide / columns as f32);
            let (x, y) = ((number % columns) as f32, (number / columns) as f32);
            (left + (x + 0.5) * step, middle + (y + 0.5 - rows / 2.0) * step)
        };
        let columns = (graph.free as f32).sqrt().ceil().max(1.0) as usize;
        let square = image.width as f32 + APART * side;
        let column = square + side + APART * side;
        let step = side / graph.outputs as f32;
        positions.extend((0..graph.outputs).map(|output| put(output, graph.outputs, 1, column, step)));
        positions.extend((0..graph.free).map(|neuron| put(neuron, graph.free, columns, square, side)));
        let of_row = |row: usize| {
            let to = image.len() + row;
            let sources = graph.wiring.row(row).iter().zip(graph.wiring.range(row));
            sources.map(move |(&from, weight)| Edge { from: from as usize, to, parameter: start + weight })
        };
        Self { name: name.into(), positions, edges: (0..graph.rows()).flat_map(of_row).collect() }
    }
}

const MARGIN: f32 = 30.0;
/// Room above and below for the text, and of a graph without a name.
const TEXT: f32 = 44.0;
const BARE: f32 = 18.0;
const MOST_RADIUS: f32 = 16.0;
/// A node's radius as a share of the distance to its nearest neighbour, and of the side of an equal share of the area.
const SHARE: f32 = 0.36;
/// Least share: where some nodes are much closer than the others, discs overlap rather than all becoming dots.
const LEAST_SHARE: f32 = 0.2;

impl Scene {
    /// A scene of this size in CSS pixels. The graph keeps its proportions.
    pub fn of_graph(graph: &PanelGraph, width: f32, height: f32) -> Self {
        let has_text = !graph.name.is_empty();
        let above = if has_text { TEXT } else { BARE };
        let room = Rect::from_ltwh(MARGIN, above, (width - 2.0 * MARGIN).max(1.0), (height - 2.0 * above).max(1.0));
        let finite = |v: f32| if v.is_finite() { v } else { 0.0 };
        let given = Nodes::new(graph.positions.iter().map(|&(x, y)| (finite(x), finite(y))).collect(), Vec::new());
        let from = CellPlace::Nodes(given.clone()).bounds();
        let scale = (room.width / from.width.max(1e-9)).min(room.height / from.height.max(1e-9));
        let (middle, centre) = (from.centre(), room.centre());
        let moved = |&(x, y): &(f32, f32)| ((x - middle.0) * scale + centre.0, (y - middle.1) * scale + centre.1);
        let centres: Vec<(f32, f32)> = given.centres().iter().map(moved).collect();
        let even = SHARE * (room.width * room.height / centres.len().max(1) as f32).sqrt();
        let least = (even * LEAST_SHARE).min(MOST_RADIUS);
        let distances = nearest(&centres, even / SHARE);
        let radii = distances.iter().map(|distance| (SHARE * distance).clamp(least, MOST_RADIUS)).collect();
        let place = CellPlace::Nodes(Nodes::new(centres, radii));
        let count = |number: usize, word: &str| match number {
            1 => format!("1 {word}"),
            _ => format!("{} {word}s", thousands(number)),
        };
        let notes = [count(graph.positions.len(), "neuron"), count(graph.edges.len(), "connection")];
        let bounds = place.bounds();
        let panel = Panel {
            blocks: vec![0],
            shown: 0,
            kind: PanelKind::Vector,
            picture_channels: 1,
            text_around: bounds,
            text_room: width - bounds.left - 6.0,
            place,
            kernels: None,
            frame: None,
            name: graph.name.clone(),
            title: if has_text { "graph".into() } else { String::new() },
            notes: if has_text { notes.map(|note| vec![note]).into() } else { Vec::new() },
            row: Some(0),
            backwards: false,
            lane: 0.0,
        };
        Self::free(panel, width, height)
    }
}

impl Connections {
    /// The strongest of a graph's edges, at most `budget`. `theta` holds the weights, `values` the values of the
    /// neurons.
    pub fn of_graph(graph: &PanelGraph, theta: &[f32], values: &[f32], budget: usize, by: By) -> Self {
        let at = |index: usize| Neuron { block: 0, index };
        let line = |edge: &Edge| {
            let w = theta.get(edge.parameter).copied().unwrap_or(0.0);
            let x = values.get(edge.from).copied().unwrap_or(0.0);
            ConnectionLine {
                source: at(edge.from),
                target: at(edge.to),
                parameter: edge.parameter,
                value: by.value(w, x),
            }
        };
        Self::of_lines(by, graph.edges.iter().map(line).collect(), budget)
    }
}

/// The distance of each point to the nearest other, as far as it can be seen: up to [`FAR`].
fn nearest(points: &[(f32, f32)], reach: f32) -> Vec<f32> {
    let mut distances = vec![f32::INFINITY; points.len()];
    look_around(points, reach.clamp(1e-6, FAR), &mut distances);
    look_around(points, FAR, &mut distances); // for those that are alone
    distances
}

/// Neighbours beyond this make no disc larger.
const FAR: f32 = MOST_RADIUS / SHARE;

/// Looks for the nearest neighbours of points that have found none, in squares of this side.
fn look_around(points: &[(f32, f32)], side: f32, distances: &mut [f32]) {
    // Compares points of the same square or of neighbouring ones; of a crowded square only the first few.
    const CROWD: usize = 40;
    let mut squares: std::collections::HashMap<(i32, i32), Vec<usize>> = std::collections::HashMap::new();
    let square_of = |(x, y): (f32, f32)| ((x / side) as i32, (y / side) as i32);
    for (at, &point) in points.iter().enumerate() {
        squares.entry(square_of(point)).or_default().push(at);
    }
    let around = |i: i32, j: i32| (-1..=1).flat_map(move |di| (-1..=1).map(move |dj| (i + di, j + dj)));
    for (at, &(x, y)) in points.iter().enumerate() {
        if distances[at].is_finite() {
            continue;
        }
        let (i, j) = square_of((x, y));
        let others = around(i, j).flat_map(|square| squares.get(&square).into_iter().flatten().take(CROWD));
        let far = |&other: &usize| (points[other].0 - x).hypot(points[other].1 - y);
        let least = others.filter(|&&other| other != at).map(far).fold(f32::INFINITY, f32::min);
        if least <= side {
            distances[at] = least;
        }
    }
}
