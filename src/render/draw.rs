//! Draws a scene: bands and connections first, the panels over them, then marks and text.
//!
//! What lies under the panels changes seldom beside the values in them: it is kept and only drawn again for another
//! view, scene or choice of connections. Otherwise a frame begins with the one before: the tiles that were drawn on are
//! laid bare and drawn again, and only these are told as changed.

use super::cells::{self, Mode};
use super::cellwork::{self, Ink, Scratch};
use super::connections::Connections;
use super::geometry::{Grid, Neuron, Rect};
use super::images::{self, Images};
use super::label::{Lettering, Style, Weight, short};
use super::layout::Kind;
use super::lines;
use super::marks::{self, Mark, whole};
use super::pixmap::Pixmap;
use super::place::{Nodes, Place};
use super::scene::{Panel, Scene};
use super::text;
use super::theme::{Colours, Scale, Theme, ink_on};
use super::tiles::{Part, Tiles};
use super::view::View;
use crate::network::Network;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// For each block of the network one number for each of its values, whatever the mode shows; of convolutions in
    /// weights and change the kernels (see [`cells::incoming`]). For the last block of a network that makes pictures
    /// these are the picture, 0..=1, when activations are shown; those of block 0 are its values in all modes but the
    /// gradient. A block whose numbers are missing is left neutral.
    pub cells: &'a [&'a [f32]],
    pub connections: &'a Connections,
    /// Those of the neuron pointed out.
    pub neuron: Option<&'a Connections>,
    /// In weights and change: the numbers behind the cells, laid out as theta, for where there is room for images.
    pub weights: Option<(&'a Network, &'a [f32])>,
    pub marks: &'a [Mark],
}

impl<'a> Values<'a> {
    /// Cells and connections, nothing else.
    pub fn new(cells: &'a [&'a [f32]], connections: &'a Connections) -> Self {
        Self { cells, connections, neuron: None, weights: None, marks: &[] }
    }
}

/// Draws frames, each over the one before; keeps glyphs, colour tables and working memory between them.
pub struct Painter {
    pub(super) lettering: Lettering,
    light: Scale,
    dark: Scale,
    scratch: Scratch,
    counts: Vec<u32>,
    limits: Vec<Option<f32>>,
    pixmap: Pixmap,
    backdrop: Option<Backdrop>,
    /// What differs from the frame before.
    changed: Tiles,
    frame: u64,
    packed: Vec<u8>,
}

/// Everything below the panels, and what it was drawn from.
struct Backdrop {
    scene: Scene,
    connections: Connections,
    view: View,
    pixels: Vec<u8>,
}

/// A frame as what differs from the one before.
#[derive(Clone, Debug)]
pub struct Patches<'a> {
    /// Number of the frame, from 1.
    pub frame: u64,
    pub parts: Vec<Part>,
    /// RGBA of the parts, one after the other, each row by row.
    pub pixels: &'a [u8],
}

impl Default for Painter {
    fn default() -> Self {
        Self {
            lettering: Lettering::default(),
            light: Scale::new(Theme::Light),
            dark: Scale::new(Theme::Dark),
            scratch: Scratch::default(),
            counts: Vec::new(),
            limits: Vec::new(),
            pixmap: Pixmap::default(),
            backdrop: None,
            changed: Tiles::default(),
            frame: 0,
            packed: Vec::new(),
        }
    }
}

/// Draws one frame with a painter of its own.
pub fn draw(scene: &Scene, values: &Values, view: &View) -> Pixmap {
    let mut painter = Painter::default();
    painter.draw(scene, values, view);
    painter.pixmap
}

impl Painter {
    /// Draws one frame, of the view's size. The same arguments give the same bytes, whatever was drawn before.
    pub fn draw(&mut self, scene: &Scene, values: &Values, view: &View) -> &Pixmap {
        let colours = view.theme.colours();
        let mut pixmap = std::mem::take(&mut self.pixmap);
        self.draw_backdrop(&mut pixmap, scene, values.connections, view, &colours);
        self.limits.clear();
        for panel in scene.panels() {
            let limit = self.draw_panel(&mut pixmap, panel, values, view, &colours);
            self.limits.push(limit);
        }
        marks::draw(&mut pixmap, scene, values.marks, view, &colours);
        view.selected_connections.iter().for_each(|&ends| lines::chosen(&mut pixmap, scene, ends, view, &colours));
        if let Some(connections) = values.neuron {
            lines::of_neuron(&mut pixmap, scene, connections, view, &colours);
        }
        marks::chosen(&mut pixmap, scene, &view.selected, view, &colours);
        if let Some(neuron) = view.highlight {
            marks::frame(&mut pixmap, scene, neuron, view, colours.text, colours.background);
        }
        text::draw(&mut pixmap, &mut self.lettering, scene, values, &self.limits, view);
        if view.legend {
            let scale = if view.theme == Theme::Light { &self.light } else { &self.dark };
            text::draw_legend(&mut pixmap, &mut self.lettering, scale, scene, &self.limits, view);
        }
        self.changed.add(pixmap.touched());
        self.frame += 1;
        self.pixmap = pixmap;
        &self.pixmap
    }

    /// The last frame.
    pub fn pixmap(&self) -> &Pixmap {
        &self.pixmap
    }

    /// The last frame for somebody who holds frame number `held`: what differs from it where that is the one before,
    /// else all of it.
    pub fn patches(&mut self, held: u64) -> Patches<'_> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let whole = || vec![Part { left: 0, top: 0, width, height }];
        let parts = if held + 1 == self.frame { self.changed.parts() } else { whole() };
        let pixels = if parts == whole() {
            self.pixmap.data()
        } else {
            self.packed.clear();
            parts.iter().for_each(|&part| self.pixmap.copy_part(part, &mut self.packed));
            &self.packed
        };
        Patches { frame: self.frame, parts, pixels }
    }

    /// Of each panel of the last frame the size of value at which its colours end: light of 0..=1 and what was out of
    /// sight have none.
    pub fn limits(&self) -> &[Option<f32>] {
        &self.limits
    }

    fn draw_backdrop(
        &mut self,
        pixmap: &mut Pixmap,
        scene: &Scene,
        connections: &Connections,
        view: &View,
        colours: &Colours,
    ) {
        // What changes nothing below the panels does not count.
        let plain = View {
            mode: Mode::Activation,
            legend: false,
            // Lines fade behind those of the neuron pointed out, whichever it is.
            highlight: view.highlight.map(|_| Neuron { block: 0, index: 0 }),
            selected: Vec::new(),
            selected_connections: Vec::new(),
            ..*view
        };
        if let Some(kept) = &self.backdrop
            && kept.view == plain
            && kept.connections == *connections
            && kept.scene == *scene
        {
            self.changed = pixmap.restore(&kept.pixels);
            return;
        }
        if (pixmap.width(), pixmap.height()) != (view.width, view.height) {
            pixmap.resize(view.width, view.height);
        }
        pixmap.fill(colours.background);
        lines::strands(pixmap, scene, view, colours);
        lines::strongest(pixmap, scene, connections, view, colours);
        let mut pixels = self.backdrop.take().map_or_else(Vec::new, |kept| kept.pixels);
        pixmap.keep(&mut pixels);
        self.backdrop = Some(Backdrop { scene: scene.clone(), connections: connections.clone(), view: plain, pixels });
        self.changed = Tiles::new(view.width, view.height, true);
    }

    /// Draws a panel and returns where its colours end.
    fn draw_panel(
        &mut self,
        pixmap: &mut Pixmap,
        panel: &Panel,
        values: &Values,
        view: &View,
        colours: &Colours,
    ) -> Option<f32> {
        let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
        let bounds = view.pixel_rect(&panel.frame.unwrap_or(panel.place.bounds()));
        if !bounds.grown(2.0).overlaps(&visible) {
            return None;
        }
        if panel.frame.is_some() {
            let radius = 8.0 * view.ratio;
            pixmap.round_rect(whole(bounds), radius, 0.0, colours.surface, 1.0);
            pixmap.round_rect(whole(bounds), radius, view.ratio.max(1.0), colours.hairline, 1.0);
        }
        let ground = if panel.frame.is_some() { colours.surface } else { colours.background };
        let block = panel.block_of(view.mode);
        let cells = values.cells.get(block).copied().unwrap_or(&[]);
        let scale = if view.theme == Theme::Light { &self.light } else { &self.dark };
        // What is read has no weights: it stays the picture that it is.
        let is_read = panel.blocks[0] == 0 && view.mode != Mode::Gradient;
        let is_light = panel.kind == Kind::Picture && (view.mode == Mode::Activation || is_read);
        let ink = if is_light {
            Ink::Light { channels: panel.picture_channels }
        } else {
            let limit = if view.mode == Mode::Dead && !is_read { 1.0 } else { cells::limit(cells, &mut self.counts) };
            Ink::Scale { scale, limit }
        };
        let place = match &panel.place {
            Place::Nodes(nodes) => {
                draw_nodes(pixmap, &mut self.lettering, nodes, view, cells, &ink, colours);
                return ink.limit();
            }
            Place::Grid(grid) => grid,
        };
        let grid = panel.kernels.as_ref().filter(|grid| view.mode.shows_parameters() && grid.len == cells.len());
        let grid = grid.unwrap_or(place);
        let zeros;
        let (cells, ink) = if cells.len() == grid.len {
            (cells, ink)
        } else {
            zeros = vec![0.0; grid.len];
            (&zeros[..], Ink::Scale { scale, limit: 0.0 })
        };
        let mut limit = ink.limit();
        let images = values.weights.and_then(|(network, theta)| images::plan(network, theta, block, grid, view));
        // Images of kernels take the place of what they are summed up by; those of neurons are framed by it.
        if !images.as_ref().is_some_and(Images::are_kernels) {
            self.scratch.draw(pixmap, grid, view, cells, &ink);
            // Lines would spoil a picture until its pixels are large.
            let from = if matches!(ink, Ink::Light { .. }) { 20.0 } else { 5.0 };
            // A map has one bias, so nothing in it is to be told apart.
            if view.mode != Mode::Bias || grid == place {
                cellwork::rule(pixmap, grid, view, from, ground);
            }
        }
        match images {
            Some(images) => {
                limit = Some(images.limit(&mut self.counts));
                let ink = Ink::Scale { scale, limit: limit.unwrap_or(0.0) };
                // A kernel whose maps do not fill its room is still seen to be one thing.
                let ground = if images.are_kernels() { colours.hairline } else { ground };
                images.draw(view, |place, image, values| {
                    pixmap.blend_pixels(bounds_of(&view.pixel_rect(place)), ground, 1.0);
                    self.scratch.draw(pixmap, image, view, values, &ink);
                    draw_numbers(pixmap, &mut self.lettering, image, view, values, &ink);
                });
            }
            None => draw_numbers(pixmap, &mut self.lettering, grid, view, cells, &ink),
        }
        if panel.kind == Kind::Picture {
            let line = view.ratio.round().max(1.0);
            let edge = whole(view.pixel_rect(&place.bounds())).grown(line);
            pixmap.round_rect(edge, 0.0, line, colours.hairline, 1.0);
        }
        limit
    }
}

fn bounds_of(rect: &Rect) -> (i32, i32, i32, i32) {
    let rect = whole(*rect);
    (rect.left as i32, rect.top as i32, rect.right() as i32, rect.bottom() as i32)
}

/// Discs with a hairline around; small ones are dots.
fn draw_nodes(
    pixmap: &mut Pixmap,
    lettering: &mut Lettering,
    nodes: &Nodes,
    view: &View,
    values: &[f32],
    ink: &Ink,
    colours: &Colours,
) {
    let radius = nodes.radius() * view.scale;
    let size = 11.0 * view.ratio;
    for (index, &(x, y)) in nodes.centres().iter().enumerate() {
        let (x, y) = view.pixel_from_scene(x, y);
        let value = values.get(index).copied().unwrap_or(0.0);
        let colour = if values.len() <= index { colours.neutral } else { ink.colour(values, index) };
        let rect = Rect::from_ltwh(x, y, 0.0, 0.0).grown(radius.max(0.75));
        if rect.right() < 0.0 || rect.bottom() < 0.0 || view.width as f32 <= rect.left || view.height as f32 <= rect.top
        {
            continue;
        }
        if radius < 2.0 {
            pixmap.blend_pixels(bounds_of(&rect), colour, 1.0);
            continue;
        }
        pixmap.round_rect(rect, radius, 0.0, colour, 1.0);
        pixmap.round_rect(rect, radius, view.ratio.max(1.0), colours.muted, 0.7);
        if LEAST_NUMBERED * view.ratio <= 2.0 * radius {
            let style = Style { weight: Weight::Regular, size, colour: ink_on(colour) };
            let text = short(value);
            let left = x - lettering.width(&text, style) / 2.0;
            lettering.draw(pixmap, &text, left, y + size * 0.36, style);
        }
    }
}

/// The number in each cell that is large enough to hold it.
fn draw_numbers(pixmap: &mut Pixmap, lettering: &mut Lettering, grid: &Grid, view: &View, cells: &[f32], ink: &Ink) {
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
                    let style = Style { weight: Weight::Regular, size, colour: ink_on(ink.colour(cells, index)) };
                    let text = short(cells[index]);
                    let width = lettering.width(&text, style);
                    let left = (x.edge(cell_x) + x.edge(cell_x + 1)) as f32 / 2.0 - width / 2.0;
                    let baseline = (y.edge(cell_y) + y.edge(cell_y + 1)) as f32 / 2.0 + size * 0.36;
                    lettering.draw(pixmap, &text, left, baseline, style);
                }
            }
        }
    }
}

/// Cells this many CSS pixels wide show their number.
const LEAST_NUMBERED: f32 = 44.0;
