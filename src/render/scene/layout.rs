//! Layout: places the panels, from the sizes of their contents alone, and gives each a grid in scene units.
//!
//! Panels follow each other in a row; longer chains turn at the end of a row and come back below. An autoencoder turns
//! at its embedding, which is apart from the rows, so that the decoder mirrors the encoder below it and the output is
//! under the input. The areas of panels are relative to each other and grow more slowly than their numbers of cells;
//! their common scale is the largest with which all rows fit. Among several arrangements, the one with the largest
//! cells is taken.

use super::folding::{Folding, PanelContent, area, fold, fold_turn};
use super::geometry::{Grid, Rect};

/// The result: the places of all panels and the size of the scene.
#[derive(Clone, Debug, PartialEq)]
pub struct LayoutPlan {
    pub panels: Vec<PlacedPanel>,
    pub width: f32,
    pub height: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PlacedPanel {
    pub grid: Grid,
    /// Row from the top; `None` for the embedding at the turn.
    pub row: Option<usize>,
    /// Whether its row runs to the left.
    pub backwards: bool,
    /// Width for the text above and below the panel, from its left edge on.
    pub text_room: f32,
    /// A frame around the panel; at the turn it includes the text.
    pub frame: Option<Rect>,
    /// Height of the curves that pass over its row.
    pub lane: f32,
}

/// Space above a panel for its name, and below it for its shape and parameters.
pub const NAME: f32 = 20.0;
pub const NOTES: f32 = 36.0;
/// Space between the embedding's cells and its frame, at the turn.
const PADDING: f32 = 12.0;
/// The same where the embedding is in a row.
const FRAME: f32 = PADDING * 0.6;
const MARGIN: f32 = 18.0;
/// Strip below everything for the colour scale.
const LEGEND: f32 = 20.0;
/// Least and most space between panels of a row, where connections are seen.
const LEAST_GAP: f32 = 26.0;
const MOST_GAP: f32 = 110.0;
/// Share of a row's width for the connections, within these limits.
const GAPS: f32 = 0.36;
const ROW_GAP: f32 = 14.0;
/// Least width for the text of a panel.
const LEAST_SLOT: f32 = 60.0;
/// Space beside the end of a row for the curves to the next row.
pub const TURN: f32 = 28.0;
/// Space above a row for curves that pass over it.
const LANE: f32 = 22.0;
/// Least size of a scene; on a smaller canvas it is shrunk.
const LEAST_WIDTH: f32 = 380.0;
const LEAST_HEIGHT: f32 = 320.0;

/// Lays the panels out in a scene of at most this width and height. `over` lists pairs of panels, the earlier one
/// first, that are connected across others.
pub fn lay_out(
    contents: &[PanelContent],
    embedding: Option<usize>,
    over: &[(usize, usize)],
    size: (f32, f32),
) -> LayoutPlan {
    let room = (size.0.max(LEAST_WIDTH) - 2.0 * MARGIN, size.1.max(LEAST_HEIGHT) - 2.0 * MARGIN - LEGEND);
    let count = contents.len();
    let mut best: Option<(f32, Vec<Folding>, Arrangement)> = None;
    for arrangement in Arrangement::all(count, embedding) {
        let (score, sizes) = arrangement.fill(contents, over, room);
        if best.as_ref().is_none_or(|(best, ..)| *best < score) {
            best = Some((score, sizes, arrangement));
        }
    }
    let (_, sizes, arrangement) = best.expect("one row is always an arrangement");
    arrangement.place(contents, &sizes, embedding, over, room)
}

/// The panels of each row, in the order of the chain.
struct Arrangement {
    rows: Vec<Vec<usize>>,
    /// The panel that is apart, at the turn of two rows.
    turn: Option<usize>,
}

impl Arrangement {
    fn all(count: usize, embedding: Option<usize>) -> Vec<Self> {
        let mut all = vec![Self { rows: vec![(0..count).collect()], turn: None }];
        if let Some(turn) = embedding.filter(|&turn| 1 < turn && turn + 2 < count) {
            all.push(Self { rows: vec![(0..turn).collect(), (turn + 1..count).collect()], turn: Some(turn) });
        } else {
            for rows in (2..=6usize).take_while(|rows| rows * 3 <= count) {
                let cut = |row: usize| row * count / rows;
                all.push(Self { rows: (0..rows).map(|row| (cut(row)..cut(row + 1)).collect()).collect(), turn: None });
            }
        }
        all
    }

    /// The largest sizes that fit, and their score: the mean over panels of the logarithm of the area, minus a cost for
    /// turns. Several aspect ratios are tried, and the best one is taken.
    fn fill(&self, contents: &[PanelContent], over: &[(usize, usize)], room: (f32, f32)) -> (f32, Vec<Folding>) {
        let room = self.inner(room);
        let height = self.row_height(over, room.1);
        let sizes = |scale: f32, aspect: f32| -> Vec<Folding> {
            let fold = |(panel, content): (usize, &PanelContent)| {
                if self.turn == Some(panel) {
                    fold_turn(content, room, room.1 - 2.0 * (NAME + NOTES))
                } else {
                    fold(content, scale * area(content), height, aspect)
                }
            };
            contents.iter().enumerate().map(fold).collect()
        };
        let fitted = |aspect: f32| {
            let (mut low, mut high) = (1e-2f32, 1e5f32);
            for _ in 0..26 {
                let middle = (low * high).sqrt();
                if self.width(&sizes(middle, aspect), room.0) <= room.0 { low = middle } else { high = middle }
            }
            let sizes = sizes(low, aspect);
            let mean = sizes.iter().map(|size| (size.width * size.height).ln()).sum::<f32>() / sizes.len() as f32;
            (mean, sizes)
        };
        let turns = self.rows.len() as f32 - 1.0;
        let cost = if self.turn.is_some() { -0.35 } else { 0.15 * turns };
        let tried = [0.4, 0.5, 0.63, 0.8, 1.0].map(fitted);
        let best = tried.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)).expect("five aspects were tried");
        (best.0 - cost, best.1)
    }

    /// Space on the left and right for the curves from row to row.
    fn sides(&self) -> (f32, f32) {
        let bends = if self.turn.is_some() { 0 } else { self.rows.len() - 1 };
        (if 1 < bends { TURN } else { 0.0 }, if 0 < bends { TURN } else { 0.0 })
    }

    fn inner(&self, room: (f32, f32)) -> (f32, f32) {
        let (left, right) = self.sides();
        (room.0 - left - right, room.1)
    }

    /// Width of an equal share of the longest row, for a panel and the gap after it.
    fn share(&self, width: f32) -> f32 {
        let longest = self.rows.iter().map(Vec::len).max().unwrap_or(1);
        width / (longest + self.turn.map_or(0, |_| 2)) as f32
    }

    /// Least space between the panels of a row.
    fn least_gap(&self, width: f32) -> f32 {
        let share = self.share(width);
        (share * GAPS).clamp(LEAST_GAP.min(share * 0.4), MOST_GAP * 0.6)
    }

    /// Height available to the panels of one row.
    fn row_height(&self, over: &[(usize, usize)], height: f32) -> f32 {
        let rows = self.rows.len() as f32;
        let lanes = self.rows.iter().filter(|row| passed_over(row, over)).count() as f32;
        ((height - rows * (NAME + NOTES) - (rows - 1.0) * ROW_GAP - lanes * LANE) / rows).max(20.0)
    }

    /// Width of the widest row together with the panel at the turn.
    fn width(&self, sizes: &[Folding], width: f32) -> f32 {
        let gap = self.least_gap(width);
        let turn = self.turn.map_or(0.0, |turn| sizes[turn].width + 2.0 * PADDING + gap);
        let columns = self.columns(sizes, width);
        columns.iter().map(|row| row.iter().sum::<f32>() + gap * (row.len() as f32 - 1.0)).fold(0.0, f32::max) + turn
    }

    /// Width of the slot of every panel. Two rows with the same number of panels share their columns, so that panels
    /// are exactly above each other.
    fn columns(&self, sizes: &[Folding], width: f32) -> Vec<Vec<f32>> {
        let least = LEAST_SLOT.min(self.share(width) * 0.5);
        let slot = |&panel: &usize| sizes[panel].width.max(least);
        let mut rows: Vec<Vec<f32>> = self.rows.iter().map(|row| row.iter().map(slot).collect()).collect();
        if let [top, bottom] = &mut rows[..]
            && top.len() == bottom.len()
        {
            for (top, bottom) in top.iter_mut().zip(bottom.iter_mut().rev()) {
                let both = top.max(*bottom);
                (*top, *bottom) = (both, both);
            }
        }
        rows
    }

    fn place(
        &self,
        contents: &[PanelContent],
        sizes: &[Folding],
        embedding: Option<usize>,
        over: &[(usize, usize)],
        room: (f32, f32),
    ) -> LayoutPlan {
        let room = self.inner(room);
        let start = MARGIN + self.sides().0;
        let columns = self.columns(sizes, room.0);
        let turn_width = self.turn.map_or(0.0, |turn| sizes[turn].width + 2.0 * PADDING);
        let spare = |row: &Vec<f32>| {
            let gaps = row.len() as f32 - 1.0 + if self.turn.is_some() { 1.0 } else { 0.0 };
            ((room.0 - turn_width - row.iter().sum::<f32>()) / gaps.max(1.0)).clamp(self.least_gap(room.0), MOST_GAP)
        };
        let extent = |row: &Vec<f32>| row.iter().sum::<f32>() + spare(row) * (row.len() as f32 - 1.0);
        let rows_width = columns.iter().map(extent).fold(0.0, f32::max);
        let turn_gap = columns.iter().map(spare).fold(f32::MAX, f32::min);

        let mut placed: Vec<Option<PlacedPanel>> = vec![None; contents.len()];
        let mut top = MARGIN;
        let mut seams = Vec::new(); // heights of the gaps between rows
        for (row, panels) in self.rows.iter().enumerate() {
            let backwards = row % 2 == 1;
            let lane = top + LANE * 0.5;
            if passed_over(panels, over) {
                top += LANE;
            }
            let height = panels.iter().map(|&panel| sizes[panel].height).fold(0.0, f32::max);
            let widths = &columns[row];
            let gaps = (panels.len() as f32 - 1.0).max(1.0);
            let gap = ((rows_width - widths.iter().sum::<f32>()) / gaps).min(MOST_GAP * 1.5);
            let mut along = 0.0;
            for (at, (&panel, &slot)) in panels.iter().zip(widths).enumerate() {
                let size = &sizes[panel];
                let slot_left = if backwards { rows_width - along - slot } else { along };
                let left = start + slot_left;
                let grid = size.grid(&contents[panel], left, top + NAME + (height - size.height) / 2.0);
                let is_rightmost = Some(&panel) == if backwards { panels.first() } else { panels.last() };
                let to_the_right = if backwards { at.checked_sub(1) } else { Some(at + 1) };
                let framed = embedding.is_some() && to_the_right.and_then(|at| panels.get(at).copied()) == embedding;
                let text_room = match is_rightmost {
                    true => slot + MARGIN - 6.0,
                    false => slot + gap - 5.0 - if framed { FRAME } else { 0.0 },
                };
                let frame = (embedding == Some(panel)).then(|| grid.bounds().grown(FRAME));
                placed[panel] = Some(PlacedPanel { grid, row: Some(row), backwards, text_room, frame, lane });
                along += slot + gap;
            }
            top += NAME + height + NOTES;
            seams.push(top + ROW_GAP / 2.0);
            top += ROW_GAP;
        }
        let mut width = start + rows_width + self.sides().1 + MARGIN;
        let height = top - ROW_GAP + MARGIN;
        // The panel at the turn is centred on the rows, without the strip for the colour scale.
        if let Some(turn) = self.turn {
            let size = &sizes[turn];
            let frame_height = size.height + NAME + NOTES + PADDING;
            let frame_top = (seams[0] - frame_height / 2.0).clamp(MARGIN, (height - MARGIN - frame_height).max(MARGIN));
            let frame = Rect::from_ltwh(start + rows_width + turn_gap, frame_top, turn_width, frame_height);
            let grid = size.grid(&contents[turn], frame.left + PADDING, frame.top + NAME + PADDING / 2.0);
            let text_room = frame.width - PADDING * 1.7;
            placed[turn] =
                Some(PlacedPanel { grid, row: None, backwards: false, text_room, frame: Some(frame), lane: frame.top });
            width = frame.right() + MARGIN;
        }
        let panels =
            placed.into_iter().map(|placed| placed.expect("every panel is in one row or at the turn")).collect();
        LayoutPlan { panels, width, height: height + LEGEND }
    }
}

fn passed_over(row: &[usize], over: &[(usize, usize)]) -> bool {
    over.iter().any(|(from, to)| row.contains(from) && row.contains(to))
}
