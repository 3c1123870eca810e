//! Where every neuron of a network is: used to draw it and to find what lies under the pointer.
//!
//! A panel shows a block that computes, together with the blocks behind it that only pass its values on (reshape,
//! dropout) or normalise them: those have no panel of their own, and their neurons lie in the same cells.

use super::geometry::{Curve, Grid, Neuron, Rect};
use super::label::thousands;
use super::layout::{Kind, Placed, Plan, Wish, lay_out};
use crate::layer::Layer;
use crate::network::Network;
use crate::shape::Shape;

/// Width by height of the scene unless asked otherwise: that of the page's canvas on a laptop.
const ASPECT: f32 = 1.4;

#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its blocks in order: the one whose layer is wired to other panels, then those that only pass on.
    pub blocks: Vec<usize>,
    /// The block whose values the cells show and which a hit names: the last that computes.
    pub shown: usize,
    pub kind: Kind,
    /// Cells to the pixel of a picture: 3 in colour; 1 for all else.
    pub picture_channels: usize,
    pub grid: Grid,
    /// The embedding is framed.
    pub frame: Option<Rect>,
    pub name: String,
    /// Lines below: what kind of layer and its shape; its parameters.
    pub notes: [String; 2],
    /// Width for the text.
    pub text_room: f32,
    row: Option<usize>,
    backwards: bool,
    /// Height at which curves over its row run.
    lane: f32,
}

/// One panel reads another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: usize,
    pub to: usize,
    /// The reading block.
    pub block: usize,
    /// Whether its connections have weights of their own: they are drawn one by one, others as a band.
    pub weighted: bool,
    route: Route,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// Neighbours in a row: from side to side.
    Side,
    /// From the end of a row around to the start of the next.
    Around,
    /// Into the embedding at the turn, and out of it.
    In,
    Out,
    /// Past others in the same row, over their heads.
    Over,
    /// To another row.
    Across,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    panels: Vec<Panel>,
    links: Vec<Link>,
    /// The panel of each block.
    panel_of: Vec<usize>,
    width: f32,
    height: f32,
}

impl Scene {
    pub fn new(network: &Network) -> Self {
        Self::with_aspect(network, ASPECT)
    }

    /// A scene about `aspect` times as wide as high.
    pub fn with_aspect(network: &Network, aspect: f32) -> Self {
        let (groups, panel_of) = group(network);
        let wishes: Vec<Wish> = groups.iter().map(|blocks| wish(network, blocks)).collect();
        let mut joined = Vec::new();
        for (to, blocks) in groups.iter().enumerate() {
            let block = blocks[0];
            joined.extend(network.blocks()[block].inputs.iter().map(|&input| (panel_of[input], to, block)));
        }
        let over: Vec<_> =
            joined.iter().filter(|(from, to, _)| from + 1 < *to).map(|&(from, to, _)| (from, to)).collect();
        let embedding = network.embedding.map(|block| panel_of[block]);
        let Plan { panels: placed, width, height } = lay_out(&wishes, embedding, &over, aspect);
        let place = |((blocks, wish), placed): ((Vec<usize>, &Wish), Placed)| panel(network, blocks, wish, placed);
        let panels: Vec<Panel> = groups.into_iter().zip(&wishes).zip(placed).map(place).collect();
        let link = |(from, to, block): (usize, usize, usize)| {
            let route = route(&panels, from, to);
            Link { from, to, block, weighted: is_wired(&network.blocks()[block].layer), route }
        };
        let links = joined.into_iter().map(link).collect();
        Self { panels, links, panel_of, width, height }
    }

    /// Width and height in scene units; its top left corner is (0, 0).
    pub fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }

    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The panel in which a block is seen.
    pub fn panel_of(&self, block: usize) -> Option<usize> {
        self.panel_of.get(block).copied()
    }

    /// The cell of a value of any block.
    pub fn cell(&self, block: usize, index: usize) -> Option<Rect> {
        self.panels[self.panel_of(block)?].grid.cell(index)
    }

    /// The neuron whose value a cell shows, for a value of any block: itself, unless its block only passes on.
    pub fn shown(&self, neuron: Neuron) -> Neuron {
        Neuron { block: self.panels[self.panel_of[neuron.block]].shown, index: neuron.index }
    }

    /// The neuron of the same cell whose layer has the incoming connections and the bias.
    pub fn wired(&self, neuron: Neuron) -> Neuron {
        Neuron { block: self.panels[self.panel_of[neuron.block]].blocks[0], index: neuron.index }
    }

    /// The way of a connection from one cell to another along a link.
    pub fn curve(&self, link: &Link, source: usize, target: usize) -> Option<Curve> {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        Some(self.join(link, from.grid.cell(source)?.centre(), to.grid.cell(target)?.centre()))
    }

    /// The two edges of the band that stands for all connections of a link; one of them alone where it is a line.
    pub fn band(&self, link: &Link) -> (Curve, Option<Curve>) {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.grid.bounds(), to.grid.bounds());
        match link.route {
            Route::Side | Route::In | Route::Out => {
                let upper = self.join(link, (a.left, a.top), (b.left, b.top));
                let lower = self.join(link, (a.right(), a.bottom()), (b.right(), b.bottom()));
                (upper, Some(lower))
            }
            Route::Around => (self.join(link, a.centre(), b.centre()), None),
            // Past the text, which starts at the left.
            Route::Over | Route::Across => {
                let inset = |r: Rect| (r.right() - (r.width * 0.2).min(8.0), r.centre().1);
                (self.join(link, inset(a), inset(b)), None)
            }
        }
    }

    /// From a point of one panel to a point of another, seen only between the panels.
    fn join(&self, link: &Link, source: (f32, f32), target: (f32, f32)) -> Curve {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.grid.bounds(), to.grid.bounds());
        let level = |start: (f32, f32), end: (f32, f32)| {
            let bend = (end.0 - start.0) * 0.5;
            Curve([start, (start.0 + bend, start.1), (end.0 - bend, end.1), end])
        };
        match link.route {
            Route::Side if from.backwards => level((a.left, source.1), (b.right(), target.1)),
            Route::Side => level((a.right(), source.1), (b.left, target.1)),
            Route::In => level((a.right(), source.1), half(to, target.1, 0.0)),
            Route::Out => level(half(from, source.1, 0.5), (b.right(), target.1)),
            Route::Around => {
                let (x, bend): (fn(&Rect) -> f32, f32) =
                    if from.backwards { (|r: &Rect| r.left, -TURN_BEND) } else { (Rect::right, TURN_BEND) };
                let (start, end) = ((x(&a), source.1), (x(&b), target.1));
                let out = if from.backwards { start.0.min(end.0) } else { start.0.max(end.0) } + bend;
                Curve([start, (out, start.1), (out, end.1), end])
            }
            Route::Over => {
                // A cubic with level handles rises three quarters of their height.
                let (start, end) = ((source.0, a.top), (target.0, b.top));
                let peak = |y: f32| y + (from.lane - y) * 4.0 / 3.0;
                Curve([start, (start.0, peak(start.1)), (end.0, peak(end.1)), end])
            }
            Route::Across => {
                let (start, end) = if a.top < b.top {
                    ((source.0, a.bottom()), (target.0, b.top))
                } else {
                    ((source.0, a.top), (target.0, b.bottom()))
                };
                let bend = (end.1 - start.1) * 0.5;
                Curve([start, (start.0, start.1 + bend), (end.0, end.1 - bend), end])
            }
        }
    }
}

/// How far handles reach out beyond a row where a curve turns into the next.
const TURN_BEND: f32 = 36.0;

/// A point on the left edge of the embedding's frame: what comes in takes its upper half, what goes out the lower.
fn half(panel: &Panel, y: f32, start: f32) -> (f32, f32) {
    let (cells, frame) = (panel.grid.bounds(), panel.frame.unwrap_or(panel.grid.bounds()));
    let at = (y - cells.top) / cells.height.max(1e-6);
    (frame.left, frame.top + frame.height * (start + 0.06 + 0.38 * at))
}

/// Whether a layer's connections have weights of their own, which a norm's scales are not.
pub fn is_wired(layer: &Layer) -> bool {
    layer.map().tensors().iter().any(|tensor| tensor.name == "weight" && 1 < tensor.dims.len())
}

/// Blocks to panels: those that only pass on or normalise join the panel they read.
fn group(network: &Network) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut panel_of = Vec::new();
    let readers = |block: usize| network.blocks().iter().filter(|reader| reader.inputs.contains(&block)).count();
    for (index, block) in network.blocks().iter().enumerate() {
        let passes_on = 0 < index && !network.computes(index);
        let normalises = !block.params.is_empty() && !is_wired(&block.layer);
        // The values before a norm are out of sight; that is right only if nothing else reads them.
        let joins = passes_on || normalises && panel_of[block.inputs[0]] != 0 && readers(block.inputs[0]) == 1;
        if joins {
            let panel: usize = panel_of[block.inputs[0]];
            groups[panel].push(index);
            panel_of.push(panel);
        } else {
            panel_of.push(groups.len());
            groups.push(vec![index]);
        }
    }
    (groups, panel_of)
}

/// The most telling shape of a panel's blocks: a picture rather than the vector made of it, or it was made of.
fn layout_shape(network: &Network, blocks: &[usize]) -> Shape {
    let shapes = blocks.iter().map(|&block| network.shape(block));
    let first = network.shape(blocks[0]);
    shapes.into_iter().find(|shape| !shape.is_flat()).unwrap_or(first)
}

fn wish(network: &Network, blocks: &[usize]) -> Wish {
    let shape = layout_shape(network, blocks);
    let ends = blocks.contains(&0) || blocks.contains(&(network.blocks().len() - 1));
    let kind = if shape.is_flat() {
        Kind::Vector
    } else if ends && (shape.channels == 1 || shape.channels == 3) {
        Kind::Picture
    } else {
        Kind::Maps
    };
    let maps = if kind == Kind::Maps { shape.channels } else { 1 };
    Wish { kind, width: shape.width, height: shape.height, maps, len: shape.len() }
}

fn panel(network: &Network, blocks: Vec<usize>, wish: &Wish, placed: Placed) -> Panel {
    let first = &network.blocks()[blocks[0]];
    let shape = layout_shape(network, &blocks);
    let shown = blocks.iter().rev().find(|&&block| network.computes(block)).copied().unwrap_or(blocks[0]);
    let parameters: usize = blocks.iter().map(|&block| network.blocks()[block].params.len()).sum();
    let size = match shape {
        Shape { width: 1, height: 1, channels } => thousands(channels),
        Shape { width, height, channels } => format!("{width} × {height} × {channels}"),
    };
    let counted = match parameters {
        0 => String::new(),
        1 => "1 parameter".into(),
        _ => format!("{} parameters", thousands(parameters)),
    };
    Panel {
        shown,
        kind: wish.kind,
        picture_channels: if wish.kind == Kind::Picture { shape.channels } else { 1 },
        name: first.name.clone(),
        notes: [size, counted],
        grid: placed.grid,
        frame: placed.frame,
        text_room: placed.text_room,
        row: placed.row,
        backwards: placed.backwards,
        lane: placed.lane,
        blocks,
    }
}

fn route(panels: &[Panel], from: usize, to: usize) -> Route {
    match (panels[from].row, panels[to].row) {
        (None, _) => Route::Out,
        (_, None) => Route::In,
        (Some(a), Some(b)) if a == b && from + 1 == to => Route::Side,
        (Some(a), Some(b)) if a == b => Route::Over,
        _ if from + 1 == to => Route::Around,
        _ => Route::Across,
    }
}
