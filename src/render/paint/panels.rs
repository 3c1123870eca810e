//! Panels: a plan of each is made first, from which every thread draws its band of rows. Numbers are written last.

use std::borrow::Cow;

use super::canvas::Canvas;
use super::cellwork::{self, Ink, Scratch};
use super::images::{self, Images};
use super::lettering::{FontWeight, Lettering, Style, short};
use super::marks::whole;
use super::theme::{ColourScale, Colours, ink_on};
use super::values::DrawnValues;
use crate::render::scene::{CellPlace, Grid, Mode, Nodes, Panel, PanelKind, Rect, Viewport, cells};

/// Least width in CSS pixels of cells with numbers.
const LEAST_NUMBERED: f32 = 44.0;

/// The plan for drawing a visible panel.
pub struct PanelPlan<'a> {
    panel: &'a Panel,
    cells: Cow<'a, [f32]>,
    ink: Ink<'a>,
    shown: Shown<'a>,
}

enum Shown<'a> {
    Nodes(&'a Nodes),
    /// `place` are the cells of the values, `grid` the cells that are drawn: the same, or those of kernels.
    Grid {
        place: &'a Grid,
        grid: &'a Grid,
        images: Option<(Images<'a>, Ink<'a>)>,
    },
}

impl<'a> PanelPlan<'a> {
    /// `None` for a panel that is out of sight.
    pub fn of(
        panel: &'a Panel,
        values: &DrawnValues<'a>,
        view: &Viewport,
        scale: &'a ColourScale,
        counts: &mut Vec<u32>,
    ) -> Option<Self> {
        let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
        if !bounds_of(panel, view).grown(2.0).overlaps(&visible) {
            return None;
        }
        let block = panel.block_of(view.mode);
        let cells = values.cells.get(block).copied().unwrap_or(&[]);
        // The input has no weights; it stays a picture.
        let is_read = panel.blocks[0] == 0 && view.mode != Mode::Gradient;
        let is_light = panel.kind == PanelKind::Picture && (view.mode == Mode::Activation || is_read);
        let ink = if is_light {
            Ink::Light { channels: panel.picture_channels }
        } else {
            let limit = if view.mode == Mode::Dead && !is_read { 1.0 } else { cells::limit(cells, counts) };
            Ink::Scale { scale, limit }
        };
        let place = match &panel.place {
            CellPlace::Nodes(nodes) => {
                return Some(Self { panel, cells: Cow::Borrowed(cells), ink, shown: Shown::Nodes(nodes) });
            }
            CellPlace::Grid(grid) => grid,
        };
        let grid = panel.kernels.as_ref().filter(|grid| view.mode.shows_parameters() && grid.len == cells.len());
        let grid = grid.unwrap_or(place);
        let (cells, ink) = if cells.len() == grid.len {
            (Cow::Borrowed(cells), ink)
        } else {
            (Cow::Owned(vec![0.0; grid.len]), Ink::Scale { scale, limit: 0.0 })
        };
        let images = values.weights.and_then(|(network, theta)| images::plan(network, theta, block, grid, view));
        let images = images.map(|images| {
            let limit = images.limit(counts);
            (images, Ink::Scale { scale, limit })
        });
        Some(Self { panel, cells, ink, shown: Shown::Grid { place, grid, images } })
    }

    /// The limit of its colour scale.
    pub fn limit(&self) -> Option<f32> {
        match &self.shown {
            Shown::Grid { images: Some((_, ink)), .. } => ink.limit(),
            _ => self.ink.limit(),
        }
    }

    /// Draws everything but text. Nodes are drawn later, with their numbers.
    pub fn draw(&self, canvas: &mut Canvas, scratch: &mut Scratch, view: &Viewport, colours: &Colours) {
        let Self { panel, cells, ink, shown } = self;
        let ground = if panel.frame.is_some() { colours.surface } else { colours.background };
        if panel.frame.is_some() {
            let (bounds, radius) = (whole(bounds_of(panel, view)), 8.0 * view.ratio);
            canvas.round_rect(bounds, radius, 0.0, colours.surface, 1.0);
            canvas.round_rect(bounds, radius, view.ratio.max(1.0), colours.hairline, 1.0);
        }
        let Shown::Grid { place, grid, images } = shown else { return };
        // Images of kernels replace the cells with their sums; images of neurons are framed by them.
        if !images.as_ref().is_some_and(|(images, _)| images.are_kernels()) {
            scratch.draw(canvas, grid, view, cells, ink);
            // Lines would spoil a picture unless its pixels are large.
            let from = if matches!(ink, Ink::Light { .. }) { 20.0 } else { 5.0 };
            // A map has a single bias, so its cells need not be distinguished.
            if view.mode != Mode::Bias || grid == place {
                cellwork::rule(canvas, grid, view, from, ground);
            }
        }
        if let Some((images, ink)) = images {
            // The ground shows that the maps of a kernel belong together where they do not fill its place.
            let ground = if images.are_kernels() { colours.hairline } else { ground };
            images.draw(view, |place, image, values| {
                canvas.blend_pixels(pixels_of(&view.pixel_rect(place)), ground, 1.0);
                scratch.draw(canvas, image, view, values, ink);
            });
        }
        if panel.kind == PanelKind::Picture {
            let line = view.ratio.round().max(1.0);
            let edge = whole(view.pixel_rect(&place.bounds())).grown(line);
            canvas.round_rect(edge, 0.0, line, colours.hairline, 1.0);
        }
    }

    /// Writes numbers into cells that are large enough.
    pub fn write(&self, canvas: &mut Canvas, lettering: &mut Lettering, view: &Viewport, colours: &Colours) {
        match &self.shown {
            Shown::Nodes(nodes) => draw_nodes(canvas, lettering, nodes, view, &self.cells, &self.ink, colours),
            Shown::Grid { images: Some((images, ink)), .. } if images.have_room(view, LEAST_NUMBERED) => {
                images.draw(view, |_, image, values| write_numbers(canvas, lettering, image, view, values, ink));
            }
            Shown::Grid { images: Some(_), .. } => {}
            Shown::Grid { grid, .. } => write_numbers(canvas, lettering, grid, view, &self.cells, &self.ink),
        }
    }
}

/// A panel in device pixels.
fn bounds_of(panel: &Panel, view: &Viewport) -> Rect {
    view.pixel_rect(&panel.frame.unwrap_or(panel.place.bounds()))
}

fn pixels_of(rect: &Rect) -> (i32, i32, i32, i32) {
    let rect = whole(*rect);
    (rect.left as i32, rect.top as i32, rect.right() as i32, rect.bottom() as i32)
}

/// Draws discs with a hairline around them; small ones are dots.
fn draw_nodes(
    canvas: &mut Canvas,
    lettering: &mut Lettering,
    nodes: &Nodes,
    view: &Viewport,
    values: &[f32],
    ink: &Ink,
    colours: &Colours,
) {
    let size = 11.0 * view.ratio;
    for (index, (&(x, y), radius)) in nodes.centres().iter().zip(nodes.radii()).enumerate() {
        let radius = radius * view.scale;
        let (x, y) = view.pixel_from_scene(x, y);
        let value = values.get(index).copied().unwrap_or(0.0);
        let colour = if values.len() <= index { colours.neutral } else { ink.colour(values, index) };
        let rect = Rect::from_ltwh(x, y, 0.0, 0.0).grown(radius.max(0.75));
        if rect.right() < 0.0 || rect.bottom() < 0.0 || view.width as f32 <= rect.left || view.height as f32 <= rect.top
        {
            continue;
        }
        if radius < 2.0 {
            canvas.blend_pixels(pixels_of(&rect), colour, 1.0);
            continue;
        }
        canvas.round_rect(rect, radius, 0.0, colour, 1.0);
        canvas.round_rect(rect, radius, view.ratio.max(1.0), colours.muted, 0.7);
        if LEAST_NUMBERED * view.ratio <= 2.0 * radius {
            let style = Style { weight: FontWeight::Regular, size, colour: ink_on(colour) };
            let text = short(value);
            let left = x - lettering.width(&text, style) / 2.0;
            lettering.draw(canvas, &text, left, y + size * 0.36, style);
        }
    }
}

/// Writes the number into each cell, if cells are large enough.
fn write_numbers(
    canvas: &mut Canvas,
    lettering: &mut Lettering,
    grid: &Grid,
    view: &Viewport,
    cells: &[f32],
    ink: &Ink,
) {
    if grid.cell_width.min(grid.cell_height) * view.scale < LEAST_NUMBERED * view.ratio {
        return;
    }
    let (across, down) = cellwork::grid_extents(grid, view);
    let size = 11.0 * view.ratio;
    for (row, y) in down.iter().enumerate() {
        for cell_y in (0..y.cells).filter(|&cell| 0 < y.edge(cell + 1) && y.edge(cell) < view.height as i32) {
            for (column, x) in across.iter().enumerate() {
                for cell_x in (0..x.cells).filter(|&cell| 0 < x.edge(cell + 1) && x.edge(cell) < view.width as i32) {
                    let map = row * grid.columns + column;
                    let index = (cell_y * grid.width + cell_x) * grid.maps + map;
                    if grid.maps <= map || grid.len <= index {
                        continue;
                    }
                    let style = Style { weight: FontWeight::Regular, size, colour: ink_on(ink.colour(cells, index)) };
                    let text = short(cells[index]);
                    let width = lettering.width(&text, style);
                    let left = (x.edge(cell_x) + x.edge(cell_x + 1)) as f32 / 2.0 - width / 2.0;
                    let baseline = (y.edge(cell_y) + y.edge(cell_y + 1)) as f32 / 2.0 + size * 0.36;
                    lettering.draw(canvas, &text, left, baseline, style);
                }
            }
        }
    }
}
