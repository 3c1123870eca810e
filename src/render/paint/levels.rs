//! The graph of a manifold by levels: the inputs as an image at the left, then a column for each level, the outputs with
//! their names at the right. A neuron is at the level of the longest path to it, so every edge goes to the right.
//!
//! Inputs have the colour of a number each: how many edges leave them, or what they give to a picked neuron. Hidden neurons
//! that read nothing stand in a row of rings below.

use super::canvas::Canvas;
use super::lettering::{FontWeight, Lettering, Style};
use super::pixmap::Pixmap;
use super::stroke::{self, Pen};
use super::theme::{ColourScale, Colours};
use crate::layer::{Cells, Edges};
use crate::render::scene::{Rect, Theme};
use crate::shape::Shape;

/// Most edges that are drawn while nothing is picked.
const MOST_EDGES: usize = 500;
/// Distances in CSS pixels.
const MARGIN: f32 = 12.0;
const NAMES: f32 = 72.0;
const RADIUS: f32 = 4.0;
const LEAST_RADIUS: f32 = 1.0;
/// Least distance between the middles of two neurons of a level, in their radius.
const SPACING: f32 = 2.5;

/// Where every neuron is, in device pixels.
pub struct LevelGraph {
    width: u32,
    height: u32,
    ratio: f32,
    cells: Cells,
    /// The picture of the inputs: its frame, and pixels in a row of it.
    frame: Rect,
    columns: usize,
    channels: usize,
    side: f32,
    /// The places of the rows.
    places: Vec<(f32, f32)>,
    levels: Vec<usize>,
    radius: f32,
}

/// What is shown of a graph.
pub struct LevelMarks<'a> {
    /// The neuron that was picked: its edges are drawn, and no others.
    pub picked: Option<usize>,
    /// A number for each input, drawn by the colour scale up to the largest of them.
    pub inputs: &'a [f32],
    /// For each row, whether a path leads from it to an output.
    pub used: &'a [bool],
    pub names: &'a [String],
}

impl LevelGraph {
    /// Lays out the graph in a picture of `width` x `height` device pixels, `ratio` of them for each CSS pixel.
    pub fn new(cells: Cells, input: Shape, edges: &Edges, (width, height): (u32, u32), ratio: f32) -> Self {
        let margin = MARGIN * ratio;
        let (right, bottom) = (width as f32 - margin - NAMES * ratio, height as f32 - margin);
        let levels = edges.levels(&cells);
        let (tall, wide) = (bottom - margin, 0.4 * (right - margin));
        let side = (tall / input.height as f32).min(wide / input.width as f32).min(24.0 * ratio).max(1.0);
        let side = if side < 4.0 { side } else { side.floor() };
        let (frame_width, frame_height) = (side * input.width as f32, side * input.height as f32);
        let frame = Rect::from_ltwh(margin, margin + (tall - frame_height) / 2.0, frame_width, frame_height);
        let mut graph = Self {
            width,
            height,
            ratio,
            cells,
            frame,
            columns: input.width,
            channels: input.channels,
            side,
            places: vec![(0.0, 0.0); cells.rows()],
            levels,
            radius: RADIUS * ratio,
        };
        graph.place_rows(frame.right() + 2.0 * margin, right, margin, bottom);
        graph
    }

    fn place_rows(&mut self, left: f32, right: f32, top: f32, bottom: f32) {
        let deepest = self.levels.iter().copied().max().unwrap_or(0).max(1);
        let hidden = |level: usize, graph: &Self| -> Vec<usize> {
            (0..graph.cells.hidden).filter(|&row| graph.levels[row] == level).collect()
        };
        let lonely = hidden(0, self);
        // A row of rings takes some room at the bottom.
        let floor = if lonely.is_empty() { bottom } else { bottom - 4.0 * self.radius };
        let levels: Vec<Vec<usize>> = (1..=deepest).map(|level| hidden(level, self)).collect();
        // Crowded levels get more of the width.
        let share = |rows: &[usize]| 1.0 + (rows.len() as f32).sqrt();
        let unit = (right - left) / levels.iter().map(|rows| share(rows)).sum::<f32>();
        let room = |rows: &[usize]| 0.75 * unit * share(rows);
        let fits = |rows: &Vec<usize>| (room(rows) * (floor - top) / rows.len().max(1) as f32).sqrt() / SPACING;
        self.radius = levels.iter().map(fits).fold(self.radius, f32::min).max(LEAST_RADIUS * self.ratio);
        let mut from = left;
        for rows in &levels {
            self.place_column(rows, (from, from + room(rows)), (top, floor));
            from += unit * share(rows);
        }
        let spacing = ((right - left) / lonely.len().max(1) as f32).min(3.0 * self.radius);
        for (number, &row) in lonely.iter().enumerate() {
            self.places[row] = (left + (number as f32 + 0.5) * spacing, bottom - self.radius);
        }
        let outputs: Vec<usize> = (self.cells.hidden..self.cells.rows()).collect();
        self.place_column(&outputs, (right, right), (top, floor));
    }

    /// Places rows below each other, in as many columns as they need.
    fn place_column(&mut self, rows: &[usize], (left, right): (f32, f32), (top, bottom): (f32, f32)) {
        let least = SPACING * self.radius;
        let fit = (((bottom - top) / least) as usize).max(1);
        let columns = rows.len().div_ceil(fit).max(1);
        let each = rows.len().div_ceil(columns).max(1);
        let apart = ((right - left) / columns as f32).max(0.0);
        for (number, &row) in rows.iter().enumerate() {
            let (column, at) = (number / each, number % each);
            let count = each.min(rows.len() - column * each);
            let spacing = ((bottom - top) / count as f32).min(9.0 * self.radius);
            let first = (top + bottom - spacing * (count as f32 - 1.0)) / 2.0;
            // Every other column is a little lower, so that neighbours do not form one line.
            let shift = if column % 2 == 1 && spacing < 4.0 * self.radius { spacing / 2.0 } else { 0.0 };
            self.places[row] = (left + (column as f32 + 0.5) * apart, first + at as f32 * spacing + shift);
        }
    }

    /// The middle of a neuron, by its number: inputs, hidden neurons, outputs.
    pub fn place(&self, neuron: usize) -> (f32, f32) {
        let Some(row) = neuron.checked_sub(self.cells.inputs) else {
            let pixel = neuron / self.channels;
            let (x, y) = (pixel % self.columns, pixel / self.columns);
            return (self.frame.left + (x as f32 + 0.5) * self.side, self.frame.top + (y as f32 + 0.5) * self.side);
        };
        self.places[row]
    }

    /// The neuron at a place of the picture; of a pixel with several channels the first.
    pub fn hit(&self, x: f32, y: f32) -> Option<usize> {
        let within = self.frame.left <= x && x < self.frame.right() && self.frame.top <= y && y < self.frame.bottom();
        if within {
            let (column, row) = ((x - self.frame.left) / self.side, (y - self.frame.top) / self.side);
            let neuron = (row as usize * self.columns + column as usize) * self.channels;
            return (neuron < self.cells.inputs).then_some(neuron);
        }
        let far = |&(at_x, at_y): &(f32, f32)| (at_x - x).hypot(at_y - y);
        let nearest = (0..self.places.len()).min_by(|&a, &b| far(&self.places[a]).total_cmp(&far(&self.places[b])))?;
        (far(&self.places[nearest]) < 2.5 * self.radius).then_some(self.cells.inputs + nearest)
    }

    /// Paints the graph.
    pub fn paint(&self, edges: &Edges, marks: &LevelMarks, theme: Theme) -> Pixmap {
        let colours = theme.colours();
        let scale = ColourScale::new(theme);
        let mut pixmap = Pixmap::new(self.width, self.height);
        let mut canvas = pixmap.canvas();
        canvas.fill(colours.background);
        self.paint_inputs(&mut canvas, marks, &scale, &colours);
        self.paint_edges(&mut canvas, edges, marks.picked, &colours);
        self.paint_rows(&mut canvas, marks, &colours);
        self.paint_names(&mut canvas, marks, &colours);
        pixmap
    }

    fn paint_inputs(&self, canvas: &mut Canvas, marks: &LevelMarks, scale: &ColourScale, colours: &Colours) {
        let most = marks.inputs.iter().map(|value| value.abs()).fold(f32::MIN_POSITIVE, f32::max);
        for pixel in 0..self.cells.inputs.div_ceil(self.channels) {
            let channels = &marks.inputs[pixel * self.channels..((pixel + 1) * self.channels).min(marks.inputs.len())];
            let value = channels.iter().copied().fold(0.0, |a: f32, b| if a.abs() < b.abs() { b } else { a });
            let (x, y) = self.place(pixel * self.channels);
            let half = self.side / 2.0;
            let edge = |at: f32| at.round() as i32;
            let area = (edge(x - half), edge(y - half), edge(x + half), edge(y + half));
            canvas.blend_pixels(area, scale.colour((value.abs() / most).sqrt().copysign(value)), 1.0);
        }
        canvas.round_rect(self.frame.grown(self.ratio), 0.0, self.ratio, colours.hairline, 1.0);
    }

    fn paint_edges(&self, canvas: &mut Canvas, edges: &Edges, picked: Option<usize>, colours: &Colours) {
        let inputs = self.cells.inputs;
        let all = edges.all(&self.cells).map(|(row, source, strength)| (source, inputs + row, strength));
        let mut drawn: Vec<(usize, usize, f32)> = match picked {
            Some(neuron) => all.filter(|&(source, target, _)| source == neuron || target == neuron).collect(),
            // Edges from the inputs are too many to be distinguished; the colours of the inputs count them.
            None => all.filter(|&(source, _, _)| inputs <= source).collect(),
        };
        drawn.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()).then((a.0, a.1).cmp(&(b.0, b.1))));
        drawn.truncate(MOST_EDGES);
        let most = drawn.first().map_or(1.0, |edge| edge.2.abs());
        let (faint, full) = if picked.is_some() { (0.25, 0.9) } else { (0.06, 0.5) };
        for &(source, target, strength) in drawn.iter().rev() {
            let share = strength.abs() / most;
            let pen = Pen {
                colour: if strength < 0.0 { colours.negative } else { colours.positive },
                alpha: faint + (full - faint) * share,
                width: (0.8 + share) * self.ratio,
            };
            stroke::line(canvas, self.place(source), self.place(target), pen);
        }
    }

    fn paint_rows(&self, canvas: &mut Canvas, marks: &LevelMarks, colours: &Colours) {
        let ring = self.ratio.max(1.0);
        for (row, &(x, y)) in self.places.iter().enumerate() {
            let r = self.radius;
            let dot = Rect::from_ltwh(x - r, y - r, 2.0 * r, 2.0 * r);
            let is_used = marks.used[row] && 0 < self.levels[row];
            canvas.round_rect(dot, r, 0.0, if is_used { colours.text } else { colours.background }, 1.0);
            if !is_used {
                canvas.round_rect(dot, r, ring, colours.muted, 1.0);
            }
            if marks.picked == Some(self.cells.inputs + row) {
                canvas.round_rect(dot.grown(3.0 * ring), r + 3.0 * ring, 2.0 * ring, colours.text, 1.0);
            }
        }
        if let Some(input) = marks.picked.filter(|&neuron| neuron < self.cells.inputs) {
            let (x, y) = self.place(input);
            let half = self.side / 2.0 + 2.0 * ring;
            let around = Rect::from_ltwh(x - half, y - half, 2.0 * half, 2.0 * half);
            canvas.round_rect(around, 2.0 * ring, 2.0 * ring, colours.text, 1.0);
        }
    }

    fn paint_names(&self, canvas: &mut Canvas, marks: &LevelMarks, colours: &Colours) {
        let mut lettering = Lettering::default();
        let size = 11.0 * self.ratio;
        let style = Style { weight: FontWeight::Regular, size, colour: colours.text };
        let outputs = &self.places[self.cells.hidden..];
        let spacing = outputs.windows(2).map(|pair| (pair[1].1 - pair[0].1).abs()).fold(f32::INFINITY, f32::min);
        if spacing < size {
            return;
        }
        for (name, &(x, y)) in marks.names.iter().zip(outputs) {
            let left = x + 2.0 * self.radius;
            if let Some(text) = lettering.fitted(name, style, self.width as f32 - left - 2.0 * self.ratio) {
                lettering.draw(canvas, &text, left, y + 0.35 * size, style);
            }
        }
    }
}
