//! Where every neuron of a network is: used to draw it and to find what lies under the pointer.
//!
//! A panel shows a block that computes, together with the blocks behind it that only pass its values on (reshape,
//! dropout) or normalise them: those have no panel of their own, and their neurons lie in the same cells.

use super::cells::Mode;
use super::geometry::{Bezier, Grid, Neuron, Rect};
use super::graph::edge_curve;
use super::layout::{self, LayoutPlan, PanelKind, PlacedPanel, Wish, lay_out};
use super::place::CellPlace;
use crate::layer::{KernelLayout, LayerRole};
use crate::network::Network;
use crate::shape::Shape;
use crate::words::thousands;

/// Width and height of the scene unless asked otherwise: those of the page's canvas on a laptop.
const SIZE: (f32, f32) = (820.0, 600.0);

#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its blocks in order: the one whose layer is wired to other panels, then those that only pass on.
    pub blocks: Vec<usize>,
    /// The block whose values the cells show and which a hit names: the last that computes.
    pub shown: usize,
    pub kind: PanelKind,
    /// Cells to the pixel of a picture: 3 in colour; 1 for all else.
    pub picture_channels: usize,
    pub place: CellPlace,
    /// Where the kernels of a convolution are shown instead, each in the room of its map.
    pub kernels: Option<Grid>,
    /// The embedding is framed.
    pub frame: Option<Rect>,
    /// The text stands above and below this.
    pub text_around: Rect,
    pub name: String,
    /// What its layer is.
    pub title: String,
    /// Lines below, each from its longest form to its shortest; the longest that fits is written.
    pub notes: Vec<Vec<String>>,
    /// Width for the text.
    pub text_room: f32,
    pub(super) row: Option<usize>,
    pub(super) backwards: bool,
    /// Height at which curves over its row run.
    pub(super) lane: f32,
}

impl Panel {
    /// The block whose numbers the cells show: people see the last one's values, but it is the first that has the
    /// weights, and a neuron's gradient is that of the block that computes.
    pub fn block_of(&self, mode: Mode) -> usize {
        match mode {
            Mode::Activation => self.blocks[self.blocks.len() - 1],
            Mode::Weights | Mode::Change | Mode::Bias => self.blocks[0],
            Mode::Gradient | Mode::Dead => self.shown,
        }
    }
}

/// One panel reads another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PanelLink {
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
    /// From one node of a graph to another.
    Free,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    panels: Vec<Panel>,
    links: Vec<PanelLink>,
    /// The panel of each block.
    panel_of: Vec<usize>,
    width: f32,
    height: f32,
}

impl Scene {
    pub fn new(network: &Network) -> Self {
        Self::with_size(network, SIZE.0, SIZE.1)
    }

    /// A scene laid out for a canvas of this size in CSS pixels: fitted to it, letters have just the room they need.
    pub fn with_size(network: &Network, width: f32, height: f32) -> Self {
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
        let LayoutPlan { panels: placed, width, height } = lay_out(&wishes, embedding, &over, (width, height));
        let place = |((blocks, wish), placed): ((Vec<usize>, &Wish), PlacedPanel)| panel(network, blocks, wish, placed);
        let mut panels: Vec<Panel> = groups.into_iter().zip(&wishes).zip(placed).map(place).collect();
        let link = |(from, to, block): (usize, usize, usize)| {
            let route = route(&panels, from, to);
            PanelLink { from, to, block, weighted: network.blocks()[block].layer.ops().weight_view().is_wired(), route }
        };
        let links: Vec<PanelLink> = joined.into_iter().map(link).collect();
        // A curve that rises from a panel's head needs the room beside its name.
        for link in links.iter().filter(|link| link.route == Route::Over) {
            panels[link.from].title.clear();
            panels[link.to].title.clear();
        }
        Self { panels, links, panel_of, width, height }
    }

    /// A scene of one panel whose neurons are joined among themselves.
    pub(super) fn free(panel: Panel, width: f32, height: f32) -> Self {
        let link = PanelLink { from: 0, to: 0, block: panel.shown, weighted: true, route: Route::Free };
        Self { panel_of: vec![0; panel.blocks.len()], panels: vec![panel], links: vec![link], width, height }
    }

    /// Width and height in scene units; its top left corner is (0, 0).
    pub fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }

    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    pub fn links(&self) -> &[PanelLink] {
        &self.links
    }

    /// The panel in which a block is seen.
    pub fn panel_of(&self, block: usize) -> Option<usize> {
        self.panel_of.get(block).copied()
    }

    /// The cell of a value of any block.
    pub fn cell(&self, block: usize, index: usize) -> Option<Rect> {
        self.panels[self.panel_of(block)?].place.cell(index)
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
    pub fn curve(&self, link: &PanelLink, source: usize, target: usize) -> Option<Bezier> {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (source, target) = (from.place.cell(source)?, to.place.cell(target)?);
        if link.route == Route::Free {
            return Some(edge_curve(&source, &target));
        }
        Some(self.join(link, source.centre(), target.centre()))
    }

    /// The lines that stand for all connections of a link without weights of its own: parallel strands between
    /// neighbours, else one line.
    pub fn strands(&self, link: &PanelLink) -> Vec<Bezier> {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.place.bounds(), to.place.bounds());
        match link.route {
            Route::Side | Route::In | Route::Out | Route::Around => {
                let count = ((a.height.min(b.height) / STRAND_SPACE) as usize).clamp(3, 24);
                let strand = |number: usize| {
                    let at = (number as f32 + 0.5) / count as f32;
                    self.join(link, (a.centre().0, a.top + at * a.height), (b.centre().0, b.top + at * b.height))
                };
                (0..count).map(strand).collect()
            }
            // Past the name, which starts at the left.
            Route::Over | Route::Across | Route::Free => {
                let inset = |rect: Rect| (rect.right() - (rect.width * 0.2).min(8.0), rect.centre().1);
                vec![self.join(link, inset(a), inset(b))]
            }
        }
    }

    /// How wide the way of a link is where it is narrowest.
    pub fn width_of(&self, link: &PanelLink) -> f32 {
        let height = |panel: usize| self.panels[panel].place.bounds().height;
        match link.route {
            Route::Side => height(link.from).min(height(link.to)),
            Route::In | Route::Out => height(link.from).min(height(link.to)) / 2.0,
            Route::Around | Route::Over | Route::Across => 2.0 * layout::TURN,
            Route::Free => self.width * self.height,
        }
    }

    /// From a point of one panel to a point of another, seen only between the panels.
    fn join(&self, link: &PanelLink, source: (f32, f32), target: (f32, f32)) -> Bezier {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.place.bounds(), to.place.bounds());
        let level = |start: (f32, f32), end: (f32, f32)| {
            let bend = (end.0 - start.0) * 0.5;
            Bezier([start, (start.0 + bend, start.1), (end.0 - bend, end.1), end])
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
                Bezier([start, (out, start.1), (out, end.1), end])
            }
            Route::Over => {
                // A cubic with level handles rises three quarters of their height.
                let (start, end) = ((source.0, a.top), (target.0, b.top));
                let peak = |y: f32| y + (from.lane - y) * 4.0 / 3.0;
                Bezier([start, (start.0, peak(start.1)), (end.0, peak(end.1)), end])
            }
            Route::Across | Route::Free => {
                let (start, end) = if a.top < b.top {
                    ((source.0, a.bottom()), (target.0, b.top))
                } else {
                    ((source.0, a.top), (target.0, b.bottom()))
                };
                let bend = (end.1 - start.1) * 0.5;
                Bezier([start, (start.0, start.1 + bend), (end.0, end.1 - bend), end])
            }
        }
    }
}

/// Scene units between the strands of a link at its narrower end.
const STRAND_SPACE: f32 = 9.0;

/// How far handles reach out beyond a row where a curve turns into the next.
const TURN_BEND: f32 = layout::TURN / 0.75;

/// A point on the left edge of the embedding's frame: what comes in takes its upper half, what goes out the lower.
fn half(panel: &Panel, y: f32, start: f32) -> (f32, f32) {
    let (cells, frame) = (panel.place.bounds(), panel.frame.unwrap_or(panel.place.bounds()));
    let at = (y - cells.top) / cells.height.max(1e-6);
    (frame.left, frame.top + frame.height * (start + 0.06 + 0.38 * at))
}

/// Blocks to panels: those that only pass on or normalise join the panel they read.
fn group(network: &Network) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut panel_of = Vec::new();
    let readers = |block: usize| network.blocks().iter().filter(|reader| reader.inputs.contains(&block)).count();
    for (index, block) in network.blocks().iter().enumerate() {
        let joins = match block.layer.ops().role() {
            LayerRole::Input | LayerRole::Computes => false,
            LayerRole::Reshapes | LayerRole::Drops => true,
            // The values before a norm are out of sight; that is right only if nothing else reads them.
            LayerRole::Normalises | LayerRole::Stretches => {
                panel_of[block.inputs[0]] != 0 && readers(block.inputs[0]) == 1
            }
        };
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
        PanelKind::Vector
    } else if ends && (shape.channels == 1 || shape.channels == 3) {
        PanelKind::Picture
    } else {
        PanelKind::Maps
    };
    let maps = if kind == PanelKind::Maps { shape.channels } else { 1 };
    Wish { kind, width: shape.width, height: shape.height, maps, len: shape.len() }
}

fn panel(network: &Network, blocks: Vec<usize>, wish: &Wish, placed: PlacedPanel) -> Panel {
    let first = &network.blocks()[blocks[0]];
    let shape = layout_shape(network, &blocks);
    let passes_on = |block: usize| network.blocks()[block].layer.ops().role().passes_on();
    let shown = blocks.iter().rev().copied().find(|&block| !passes_on(block)).unwrap_or(blocks[0]);
    let parameters: usize = blocks.iter().map(|&block| network.blocks()[block].params.len()).sum();
    let size = match shape {
        Shape { width: 1, height: 1, channels: 1 } => vec!["1 neuron".into()],
        Shape { width: 1, height: 1, channels } => {
            vec![format!("{} neurons", thousands(channels)), thousands(channels)]
        }
        Shape { width, height, channels } => {
            vec![format!("{width} × {height} × {channels}"), format!("{width}×{height}×{channels}")]
        }
    };
    let mut notes = vec![size];
    if 0 < parameters {
        let count = thousands(parameters);
        let word = if parameters == 1 { "parameter" } else { "parameters" };
        notes.push(vec![format!("{count} {word}"), format!("{count} par."), count]);
    }
    // What comes out is called by the name of the last block, also where that only gives it its shape.
    let ends = *blocks.last().expect("a panel has a block") + 1 == network.blocks().len();
    let name = if ends { &network.blocks()[network.blocks().len() - 1].name } else { &first.name };
    let title = if blocks[0] == 0 { String::new() } else { with_times(&first.layer.ops().title()) };
    let title = if name.starts_with(&title) { String::new() } else { title };
    Panel {
        shown,
        kind: wish.kind,
        picture_channels: if wish.kind == PanelKind::Picture { shape.channels } else { 1 },
        name: name.clone(),
        title,
        notes,
        text_around: placed.frame.filter(|_| placed.row.is_some()).unwrap_or(placed.grid.bounds()),
        kernels: first.layer.ops().weight_view().kernels().map(|kernels| kernel_grid(&placed.grid, kernels)),
        place: CellPlace::Grid(placed.grid),
        frame: placed.frame,
        text_room: placed.text_room,
        row: placed.row,
        backwards: placed.backwards,
        lane: placed.lane,
        blocks,
    }
}

/// Kernels of `side` x `side` taps where the maps are; those of a picture, which has one map, side by side in it.
fn kernel_grid(grid: &Grid, KernelLayout { side, makes: maps, .. }: KernelLayout) -> Grid {
    let cells = Grid { width: side, height: side, maps, len: side * side * maps, ..grid.clone() };
    if grid.maps == maps {
        let fill = |cells: usize, cell: f32| cells as f32 * cell / side as f32;
        let (cell_width, cell_height) = (fill(grid.width, grid.cell_width), fill(grid.height, grid.cell_height));
        return Grid { cell_width, cell_height, ..cells };
    }
    let bounds = grid.bounds();
    let gap = bounds.width * 0.05;
    let room = (bounds.width - gap * (maps as f32 - 1.0)) / maps as f32;
    let across = room.min(bounds.height);
    let cell = across / side as f32;
    let left = bounds.left + (bounds.width - maps as f32 * (across + gap) + gap) / 2.0;
    let top = bounds.top + (bounds.height - across) / 2.0;
    Grid { left, top, cell_width: cell, cell_height: cell, columns: maps, gap, ..cells }
}

/// `conv 3x3` with the sign of multiplication.
fn with_times(title: &str) -> String {
    let letters: Vec<char> = title.chars().collect();
    let is_times = |at: usize| letters[at] == 'x' && letters.get(at + 1).is_some_and(char::is_ascii_digit);
    (0..letters.len()).map(|at| if is_times(at) { '×' } else { letters[at] }).collect()
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
