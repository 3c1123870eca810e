//! Folds the values of a panel, or its maps, into rows of cells.

use super::geometry::Grid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelKind {
    /// A picture: one map, with three cells for each pixel if it has colours.
    Picture,
    /// One map for each channel.
    Maps,
    /// A vector, folded into rows.
    Vector,
}

/// The size of a panel's content.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelContent {
    pub kind: PanelKind,
    /// Cells of one map; ignored for a vector.
    pub width: usize,
    pub height: usize,
    pub maps: usize,
    /// Number of values.
    pub len: usize,
}

/// The chosen folding of one panel.
#[derive(Clone, Copy, Debug)]
pub struct Folding {
    cells: (usize, usize),
    columns: usize,
    maps: usize,
    cell: (f32, f32),
    gap: f32,
    pub width: f32,
    pub height: f32,
}

/// The area of a panel relative to others: about the square root of its number of cells, so that small layers stay
/// visible beside large ones; more for pictures and vectors.
pub fn area(content: &PanelContent) -> f32 {
    let favour = match content.kind {
        PanelKind::Picture => 1.7,
        PanelKind::Maps => 1.0,
        PanelKind::Vector => 2.4,
    };
    favour * (content.len as f32).powf(0.55)
}

/// Largest side of a cell in scene units.
fn most_cell(content: &PanelContent) -> f32 {
    match content.kind {
        PanelKind::Picture => 12.0,
        PanelKind::Maps => 12.0,
        PanelKind::Vector => 24.0,
    }
}

/// Folds a panel so that its cells fill an area no higher than `height` and about `aspect` times as wide as high.
pub fn fold(content: &PanelContent, area: f32, height: f32, aspect: f32) -> Folding {
    match content.kind {
        PanelKind::Vector => fold_vector(content, area, height, aspect),
        PanelKind::Picture | PanelKind::Maps => fold_maps(content, area, height, aspect),
    }
}

/// Folds the embedding at the turn, for a scene of this width and height and no higher than `free`. Its cells are
/// large, because they are meant to be touched.
pub fn fold_turn(content: &PanelContent, (width, height): (f32, f32), free: f32) -> Folding {
    let area = (196.0 * content.len as f32).clamp(4_000.0f32.min(width * height * 0.03), width * height * 0.05);
    match content.kind {
        PanelKind::Vector => fold_vector(content, area, free, 0.55),
        PanelKind::Picture | PanelKind::Maps => fold_maps(content, area, free, 0.55),
    }
}

/// Folds a vector into rows; up to twelve values are in one column.
fn fold_vector(content: &PanelContent, area: f32, height: f32, aspect: f32) -> Folding {
    let len = content.len;
    let cost = |&width: &usize| {
        let rows = len.div_ceil(width);
        let rest = width * rows - len;
        let short = if rest == 0 { 0.0 } else { 0.6 + rest as f32 / len as f32 };
        (width as f32 / rows as f32 / aspect).ln().abs() + short
    };
    let width = if len <= 12 { 1 } else { least(foldings(len), cost) };
    let rows = len.div_ceil(width);
    let cell = (area / (width * rows) as f32).sqrt().min(most_cell(content)).min(height / rows as f32);
    Folding {
        cells: (width, rows),
        columns: 1,
        maps: 1,
        cell: (cell, cell),
        gap: 0.0,
        width: width as f32 * cell,
        height: rows as f32 * cell,
    }
}

fn fold_maps(content: &PanelContent, area: f32, height: f32, aspect: f32) -> Folding {
    // A pixel of a colour picture is three cells side by side, which form a square.
    let cells_to_pixel =
        if content.kind == PanelKind::Picture { content.len / (content.width * content.height) } else { 1 };
    let gap = if content.maps == 1 { 0.0 } else { (content.width.max(content.height) as f32 / 11.0).clamp(0.5, 3.0) };
    let pixels = |columns: usize| {
        let rows = content.maps.div_ceil(columns);
        let (columns, rows) = (columns as f32, rows as f32);
        (columns * (content.width as f32 + gap) - gap, rows * (content.height as f32 + gap) - gap)
    };
    let cell = |columns: usize| {
        let (across, down) = pixels(columns);
        (area / (across * down)).sqrt().min(most_cell(content)).min(height / down)
    };
    let cost = |&columns: &usize| {
        let (across, down) = pixels(columns);
        let rest = content.maps.div_ceil(columns) * columns - content.maps;
        let short = if rest == 0 { 0.0 } else { 0.8 + rest as f32 / content.maps as f32 };
        let lost = (area / (across * down * cell(columns).powi(2))).ln();
        (across / down / aspect).ln().abs() + short + lost
    };
    let columns = least(foldings(content.maps), cost);
    let (across, down) = pixels(columns);
    let cell = cell(columns);
    Folding {
        cells: (content.width * cells_to_pixel, content.height),
        columns,
        maps: content.maps,
        cell: (cell / cells_to_pixel as f32, cell),
        gap: gap * cell,
        width: across * cell,
        height: down * cell,
    }
}

/// Candidates for the length of a row: near the square root of the count, and without a short last row if possible.
fn foldings(count: usize) -> impl Iterator<Item = usize> {
    let side = (count as f32).sqrt();
    let range = (side / 3.5).ceil().max(1.0) as usize..=((side * 3.5) as usize).clamp(1, count);
    let even = range.clone().any(|length| count.is_multiple_of(length));
    range.filter(move |length| !even || count.is_multiple_of(*length))
}

/// The length of a row for which `count` things come closest to a square.
pub fn square_folding(count: usize) -> usize {
    let cost = |columns: &usize| (*columns as f32 / count.div_ceil(*columns) as f32).ln().abs();
    foldings(count).min_by(|a, b| cost(a).total_cmp(&cost(b))).unwrap_or(1)
}

fn least(choices: impl Iterator<Item = usize>, cost: impl Fn(&usize) -> f32) -> usize {
    choices.min_by(|a, b| cost(a).total_cmp(&cost(b))).expect("at least one choice")
}

impl Folding {
    /// The grid of its cells, with its top left corner at (left, top).
    pub fn grid(&self, content: &PanelContent, left: f32, top: f32) -> Grid {
        Grid {
            left,
            top,
            cell_width: self.cell.0,
            cell_height: self.cell.1,
            width: self.cells.0,
            height: self.cells.1,
            maps: self.maps,
            columns: self.columns,
            gap: self.gap,
            len: content.len,
        }
    }
}
