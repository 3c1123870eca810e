//! The adjacency of a manifold as a picture: a row for each neuron that reads, from the first hidden neuron to the last
//! output, and a column for each that may be read, from the first input to the last hidden neuron.
//!
//! The picture has any size. Where a pixel covers many cells it has the colour of the strongest of them, so that no edge
//! is lost in a small picture.

use std::ops::Range;

use super::pixmap::Pixmap;
use super::theme::{ColourScale, Rgb};
use crate::layer::{Cells, Edges};
use crate::render::scene::Theme;

/// Least share of the full colour that an edge has, so that weak ones can be seen.
const LEAST: f32 = 0.3;

/// Paints the present edges in the colours of their strengths.
pub fn adjacency(cells: &Cells, edges: &Edges, (width, height): (u32, u32), theme: Theme) -> Pixmap {
    let scale = ColourScale::new(theme);
    let mut marks: Vec<(usize, usize, f32)> = edges.all(cells).collect();
    marks.sort_by(|a, b| a.2.abs().total_cmp(&b.2.abs()));
    let most = marks.last().map_or(1.0, |strongest| strongest.2.abs());
    let colour = |strength: f32| {
        let share = strength.abs() / most;
        scale.colour((LEAST + (1.0 - LEAST) * share.sqrt()).copysign(strength))
    };
    let marks = marks.into_iter().map(|(row, source, strength)| (row, source, colour(strength)));
    painted(cells, marks, (width, height), theme)
}

/// Paints edges as they were: those that stayed since an earlier time in grey, those that came since in the colour of
/// positive numbers, and those that went in that of negative ones. Both lists of cells ascend.
pub fn adjacency_changes(
    cells: &Cells,
    now: &[u32],
    before: &[u32],
    (width, height): (u32, u32),
    theme: Theme,
) -> Pixmap {
    let colours = theme.colours();
    let place = |cell: u32| cells.place(cell as usize);
    let was = |cell: &u32| before.binary_search(cell).is_ok();
    let is = |cell: &u32| now.binary_search(cell).is_ok();
    let stayed = now.iter().filter(|cell| was(cell)).map(|&cell| (cell, colours.muted));
    let cut = before.iter().filter(|cell| !is(cell)).map(|&cell| (cell, colours.negative));
    let born = now.iter().filter(|cell| !was(cell)).map(|&cell| (cell, colours.positive));
    let marks = stayed.chain(cut).chain(born).map(|(cell, colour)| {
        let (row, source) = place(cell);
        (row, source, colour)
    });
    painted(cells, marks, (width, height), theme)
}

/// Paints marks, later ones over earlier ones, on the ground of all cells.
fn painted(
    cells: &Cells,
    marks: impl Iterator<Item = (usize, usize, Rgb)>,
    (width, height): (u32, u32),
    theme: Theme,
) -> Pixmap {
    let colours = theme.colours();
    let mut pixmap = Pixmap::new(width, height);
    let mut canvas = pixmap.canvas();
    canvas.fill(colours.background);
    let across = |from: usize, to: usize| pixels(from, to, cells.all_sources(), width);
    let down = |row: usize| pixels(row, row + 1, cells.rows(), height);
    for row in 0..cells.rows() {
        let (rows, columns) = (down(row), across(0, cells.sources(row)));
        canvas.blend_pixels((columns.start, rows.start, columns.end, rows.end), colours.neutral, 1.0);
    }
    // The borders between inputs and hidden neurons, and between hidden neurons and outputs.
    let (border, outputs) = (across(0, cells.inputs).end, down(cells.hidden).start);
    canvas.blend_pixels((border, 0, border + 1, height as i32), colours.hairline, 1.0);
    canvas.blend_pixels((0, outputs, width as i32, outputs + 1), colours.hairline, 1.0);
    for (row, source, colour) in marks {
        let (rows, columns) = (down(row), across(source, source + 1));
        canvas.blend_pixels((columns.start, rows.start, columns.end, rows.end), colour, 1.0);
    }
    pixmap
}

/// The pixels of items `from..to` of `len` that share `size` pixels; at least one.
fn pixels(from: usize, to: usize, len: usize, size: u32) -> Range<i32> {
    let at = |item: usize| (item as u64 * u64::from(size) / len.max(1) as u64) as i32;
    at(from)..at(to).max(at(from) + 1)
}
