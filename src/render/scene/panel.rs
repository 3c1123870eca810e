//! A panel: a block that computes, together with the blocks after it that only pass on its values (reshape, dropout) or
//! normalise them. These have no panel of their own; their neurons are in the same cells.

use super::choice::Mode;
use super::folding::{PanelContent, PanelKind};
use super::geometry::{Grid, Rect};
use super::layout::PlacedPanel;
use super::place::CellPlace;
use crate::layer::{KernelLayout, LayerRole};
use crate::network::Network;
use crate::shape::Shape;
use crate::words::thousands;

#[derive(Clone, Debug, PartialEq)]
pub struct Panel {
    /// Its blocks in order: the one whose layer is connected to other panels, then those that only pass on.
    pub blocks: Vec<usize>,
    /// The block whose values the cells show and that a hit names: the last one that computes.
    pub shown: usize,
    pub kind: PanelKind,
    /// Number of cells for each pixel of a picture: 3 in colour, otherwise 1.
    pub picture_channels: usize,
    pub place: CellPlace,
    /// The cells of a convolution's kernels, each inside its map; modes that show parameters use them instead.
    pub kernels: Option<Grid>,
    /// The frame of the embedding.
    pub frame: Option<Rect>,
    /// The rectangle above and below which the text is.
    pub text_around: Rect,
    pub name: String,
    /// The title of its layer.
    pub title: String,
    /// The lines below it, each in several forms from the longest to the shortest; the longest that fits is written.
    pub notes: Vec<Vec<String>>,
    /// Width for the text.
    pub text_room: f32,
    /// Row from the top; `None` for the embedding at the turn.
    pub row: Option<usize>,
    /// Whether its row runs to the left.
    pub backwards: bool,
    /// Height of the curves that pass over its row.
    pub lane: f32,
}

impl Panel {
    /// The block whose numbers the cells show: the last one has the values that people see, the first one the weights,
    /// and the one that computes the gradient.
    pub fn block_of(&self, mode: Mode) -> usize {
        match mode {
            Mode::Activation => self.blocks[self.blocks.len() - 1],
            Mode::Weights | Mode::Change | Mode::Bias => self.blocks[0],
            Mode::Gradient | Mode::Dead => self.shown,
        }
    }
}

/// Assigns blocks to panels: those that only pass on or normalise join the panel they read. Returns the blocks of each
/// panel and the panel of each block.
pub fn group(network: &Network) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut panel_of = Vec::new();
    let readers = |block: usize| network.blocks().iter().filter(|reader| reader.inputs.contains(&block)).count();
    for (index, block) in network.blocks().iter().enumerate() {
        let joins = match block.layer.ops().role() {
            LayerRole::Input | LayerRole::Computes => false,
            LayerRole::Reshapes | LayerRole::Drops => true,
            // The values before a norm are then hidden, which is right only if nothing else reads them.
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

/// The shape in which a panel's values are shown: that of a picture, if one of its blocks has one. A line of neurons, as a
/// manifold has, is no picture.
fn layout_shape(network: &Network, blocks: &[usize]) -> Shape {
    let shapes = blocks.iter().map(|&block| network.shape(block));
    let first = network.shape(blocks[0]);
    let shape = shapes.into_iter().find(|shape| !shape.is_flat()).unwrap_or(first);
    let is_line = shape.height == 1 && shape.channels == 1 && !blocks.contains(&0);
    if is_line { Shape::flat(shape.width) } else { shape }
}

/// The content of the panel of these blocks.
pub fn content(network: &Network, blocks: &[usize]) -> PanelContent {
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
    PanelContent { kind, width: shape.width, height: shape.height, maps, len: shape.len() }
}

/// The panel of these blocks at its place.
pub fn panel(network: &Network, blocks: Vec<usize>, content: &PanelContent, placed: PlacedPanel) -> Panel {
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
    // The output has the name of the last block, even if that only reshapes it.
    let ends = *blocks.last().expect("a panel has a block") + 1 == network.blocks().len();
    let name = if ends { &network.blocks()[network.blocks().len() - 1].name } else { &first.name };
    let title = if blocks[0] == 0 { String::new() } else { with_times(&first.layer.ops().title()) };
    let title = if name.starts_with(&title) { String::new() } else { title };
    Panel {
        shown,
        kind: content.kind,
        picture_channels: if content.kind == PanelKind::Picture { shape.channels } else { 1 },
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

/// The cells of kernels of `side` x `side` taps: each inside its map, or side by side in a picture, which has only one
/// map.
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
