//! A panel: a block that computes, together with the blocks behind it that only pass its values on (reshape, dropout) or
//! normalise them. Those have no panel of their own; their neurons lie in the same cells.

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
    /// Row from the top; the embedding at the turn has none.
    pub row: Option<usize>,
    /// Whether its row runs to the left.
    pub backwards: bool,
    /// Height at which curves over its row run.
    pub lane: f32,
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

/// Blocks to panels: those that only pass on or normalise join the panel they read.
pub fn group(network: &Network) -> (Vec<Vec<usize>>, Vec<usize>) {
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

/// What the panel of these blocks holds.
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
    // What comes out is called by the name of the last block, also where that only gives it its shape.
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
