//! Draws a scene: bands and connections first, the panels over them, then text.

use super::cells::{self, Mode};
use super::cellwork::{self, Ink, Scratch};
use super::connections::{self, Connections};
use super::geometry::{Curve, Neuron, Rect};
use super::label::{Lettering, Style, Weight, short};
use super::layout::Kind;
use super::pixmap::Pixmap;
use super::scene::{Panel, Scene};
use super::stroke::{self, Pen};
use super::theme::{Colours, Scale, Theme, ink_on};
use super::view::View;

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// For each block of the network one number for each of its values, whatever the mode shows. For the last block of
    /// a network that makes pictures these are the picture, 0..=1, when activations are shown. A block whose numbers are missing is left neutral.
    pub cells: &'a [&'a [f32]],
    pub connections: &'a Connections,
}

/// Draws frames; keeps glyphs, colour tables and working memory between them.
pub struct Painter {
    lettering: Lettering,
    light: Scale,
    dark: Scale,
    scratch: Scratch,
    counts: Vec<u32>,
}

impl Default for Painter {
    fn default() -> Self {
        Self {
            lettering: Lettering::default(),
            light: Scale::new(Theme::Light),
            dark: Scale::new(Theme::Dark),
            scratch: Scratch::default(),
            counts: Vec::new(),
        }
    }
}

/// Draws one frame with a painter of its own.
pub fn draw(scene: &Scene, values: &Values, view: &View, pixmap: &mut Pixmap) {
    Painter::default().draw(scene, values, view, pixmap);
}

impl Painter {
    /// Draws one frame; the pixmap takes the view's size. The same arguments give the same bytes.
    pub fn draw(&mut self, scene: &Scene, values: &Values, view: &View, pixmap: &mut Pixmap) {
        if (pixmap.width(), pixmap.height()) != (view.width, view.height) {
            pixmap.resize(view.width, view.height);
        }
        let colours = view.theme.colours();
        pixmap.fill(colours.background);
        draw_strands(pixmap, scene, view, &colours);
        draw_connections(pixmap, scene, values.connections, view, &colours);
        for panel in scene.panels() {
            self.draw_panel(pixmap, panel, values, view, &colours);
        }
        self.draw_highlight(pixmap, scene, values.connections, view, &colours);
        let size = self.text_size(scene, view);
        for panel in scene.panels() {
            self.draw_text(pixmap, panel, size, view, &colours);
        }
        if view.legend {
            self.draw_legend(pixmap, view, &colours);
        }
    }

    fn draw_panel(&mut self, pixmap: &mut Pixmap, panel: &Panel, values: &Values, view: &View, colours: &Colours) {
        let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
        let bounds = view.pixel_rect(&panel.frame.unwrap_or(panel.grid.bounds()));
        if !bounds.grown(2.0).overlaps(&visible) {
            return;
        }
        if panel.frame.is_some() {
            let radius = 8.0 * view.ratio;
            pixmap.round_rect(whole(bounds), radius, 0.0, colours.surface, 1.0);
            pixmap.round_rect(whole(bounds), radius, view.ratio.max(1.0), colours.hairline, 1.0);
        }
        // What people see is the last block's; what a neuron has is that of the block that computes.
        let block = if view.mode == Mode::Activation { panel.blocks[panel.blocks.len() - 1] } else { panel.shown };
        let cells = values.cells.get(block).copied().unwrap_or(&[]);
        let scale = match view.theme {
            Theme::Light => &self.light,
            Theme::Dark => &self.dark,
        };
        let ink = if panel.kind == Kind::Picture && view.mode == Mode::Activation {
            Ink::Light { channels: panel.picture_channels }
        } else {
            Ink::Scale { scale, limit: cells::limit(cells, &mut self.counts) }
        };
        let zeros;
        let (cells, ink) = if cells.len() == panel.grid.len {
            (cells, ink)
        } else {
            zeros = vec![0.0; panel.grid.len];
            (&zeros[..], Ink::Scale { scale, limit: 0.0 })
        };
        self.scratch.draw(pixmap, &panel.grid, view, cells, &ink);
        let ground = if panel.frame.is_some() { colours.surface } else { colours.background };
        // Lines would spoil a picture until its pixels are large.
        let from = if matches!(ink, Ink::Light { .. }) { 20.0 } else { 5.0 };
        cellwork::rule(pixmap, &panel.grid, view, from, ground);
        draw_numbers(pixmap, &mut self.lettering, panel, view, cells, &ink);
        if panel.kind == Kind::Picture {
            let line = view.ratio.round().max(1.0);
            let edge = whole(view.pixel_rect(&panel.grid.bounds())).grown(line);
            pixmap.round_rect(edge, 0.0, line, colours.hairline, 1.0);
        }
    }

    /// A frame around the neuron pointed out, and its connections over everything.
    fn draw_highlight(
        &mut self,
        pixmap: &mut Pixmap,
        scene: &Scene,
        connections: &Connections,
        view: &View,
        colours: &Colours,
    ) {
        let Some(neuron) = view.highlight else { return };
        let Some(cell) = scene.cell(neuron.block, neuron.index) else { return };
        let place = |neuron: Neuron| (scene.panel_of(neuron.block), neuron.index);
        for (link, lines) in connections.drawn(scene, view) {
            for line in lines.iter().filter(|line| [place(line.source), place(line.target)].contains(&place(neuron))) {
                let Some(curve) = scene.curve(link, line.source.index, line.target.index) else { continue };
                let colour = if line.value < 0.0 { colours.negative } else { colours.positive };
                let pen = Pen { colour, alpha: 1.0, width: 2.0 * view.ratio };
                stroke::curve(pixmap, &pixels(&curve, view), pen);
            }
        }
        let line = (2.0 * view.ratio).round();
        let mut rect = whole(view.pixel_rect(&cell));
        let small = (6.0 * view.ratio - rect.width.min(rect.height)).max(0.0) / 2.0;
        rect = whole(rect.grown(small + line));
        pixmap.round_rect(rect.grown(line), line * 2.0, line, colours.background, 0.9);
        pixmap.round_rect(rect, line, line, colours.text, 1.0);
    }

    /// Size of the names. Where the scene is shrunk or narrow letters become smaller, all alike, as far as they can be
    /// read.
    fn text_size(&mut self, scene: &Scene, view: &View) -> f32 {
        let usual = 11.5 * view.ratio;
        let mut size = usual.min(view.scale * 16.0);
        if scene.size().0 * view.scale < NARROW * view.ratio {
            for panel in scene.panels() {
                let style = Style { weight: Weight::Medium, size: usual, colour: [0; 3] };
                size = size.min(usual * panel.text_room * view.scale / self.lettering.width(&panel.name, style));
            }
        }
        size.max(9.0 * view.ratio)
    }

    /// Name above, shape and parameters below, each only where it has room.
    fn draw_text(&mut self, pixmap: &mut Pixmap, panel: &Panel, size: f32, view: &View, colours: &Colours) {
        let bounds = view.pixel_rect(&panel.text_around);
        let room = panel.text_room * view.scale;
        let left = bounds.left.round();
        let name = Style { weight: Weight::Medium, size, colour: colours.text };
        let small = size * 0.93;
        let note = Style { weight: Weight::Regular, size: small, colour: colours.muted };
        let inside = panel.frame.is_some_and(|frame| frame != panel.text_around);
        let ground = if inside { colours.surface } else { colours.background };
        let lettering = &mut self.lettering;
        let mut put = |lettering: &mut Lettering, text: &str, left: f32, baseline: f32, style: Style| {
            let width = lettering.width(text, style);
            let chip = Rect::from_ltwh(left - 2.0, baseline - style.size, width + 4.0, style.size * 1.3);
            pixmap.round_rect(whole(chip), 3.0, 0.0, ground, 0.85);
            lettering.draw(pixmap, text, left, baseline, style);
        };
        let above = bounds.top - 6.0 * view.ratio.min(view.scale * 1.4);
        // Letters keep their size while the scene shrinks, so at last there is no room for them.
        let (name_zone, notes_zone) = (super::layout::NAME * view.scale, super::layout::NOTES * view.scale);
        if size <= name_zone
            && let Some(text) = lettering.fitted(&panel.name, name, room)
        {
            put(lettering, &text, left, above, name);
            let after = lettering.width(&text, name) + size * 0.6;
            if after + lettering.width(&panel.title, note) <= room - size {
                put(lettering, &panel.title, left + after, above, note);
            }
        }
        let line = small * 1.4;
        for (number, forms) in panel.notes.iter().enumerate() {
            let baseline = small * 1.35 + line * number as f32;
            let text = forms.iter().find(|text| lettering.width(text, note) <= room);
            if let Some(text) = text.filter(|_| baseline <= notes_zone) {
                put(lettering, text, left, bounds.bottom() + baseline, note);
            }
        }
    }

    /// The colour scale in the lower right corner.
    fn draw_legend(&mut self, pixmap: &mut Pixmap, view: &View, colours: &Colours) {
        let ratio = view.ratio;
        let (width, height) = (96.0 * ratio, 6.0 * ratio);
        let (right, bottom) = (view.width as f32 - 14.0 * ratio, view.height as f32 - 12.0 * ratio);
        let style = Style { weight: Weight::Regular, size: 10.5 * ratio, colour: colours.muted };
        let (bar_right, bar_bottom) = (right.round() as i32, bottom.round() as i32);
        let (bar_left, bar_top) = (bar_right - width as i32, bar_bottom - height as i32);
        let scale = if view.theme == Theme::Light { &self.light } else { &self.dark };
        for x in bar_left..bar_right {
            let at = (x - bar_left) as f32 / (bar_right - bar_left - 1) as f32 * 2.0 - 1.0;
            pixmap.blend_pixels((x, bar_top, x + 1, bar_bottom), scale.colour(at), 1.0);
        }
        let baseline = bar_top as f32 - 5.0 * ratio;
        for (sign, at) in [("−", 0.0), ("0", 0.5), ("+", 1.0)] {
            let left = bar_left as f32 + at * (width - self.lettering.width(sign, style));
            self.lettering.draw(pixmap, sign, left, baseline, style);
        }
    }
}

/// The number in each cell that is large enough to hold it.
fn draw_numbers(pixmap: &mut Pixmap, lettering: &mut Lettering, panel: &Panel, view: &View, cells: &[f32], ink: &Ink) {
    let grid = &panel.grid;
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

/// A scene less wide than this, in CSS pixels, is short of room for text.
const NARROW: f32 = 520.0;

/// Cells this many CSS pixels wide show their number.
const LEAST_NUMBERED: f32 = 44.0;

/// Fixed connections as a few faint strands for each pair of panels.
fn draw_strands(pixmap: &mut Pixmap, scene: &Scene, view: &View, colours: &Colours) {
    for link in scene.links().iter().filter(|link| !link.weighted) {
        let strands = scene.strands(link);
        let alone = strands.len() == 1;
        let (alpha, width) = if alone { (0.55, 2.0) } else { (0.35, 1.0) };
        let pen = Pen { colour: colours.muted, alpha, width: width * view.ratio };
        strands.iter().for_each(|strand| stroke::curve(pixmap, &pixels(strand, view), pen));
    }
}

/// The strongest connections, the weakest of them first so that the strongest lie on top.
fn draw_connections(pixmap: &mut Pixmap, scene: &Scene, connections: &Connections, view: &View, colours: &Colours) {
    for (link, lines) in connections.drawn(scene, view) {
        let most = lines.iter().map(|line| line.value.abs()).filter(|size| size.is_finite()).fold(0.0, f32::max);
        // Where there is room for all, strength alone tells. The strongest of thousands are all near the largest, and
        // together they would be a wall: there the weaker ones fade by their rank, so that the first are still seen.
        let width = scene.width_of(link) * view.scale / view.ratio;
        let room = (width / (lines.len() as f32 * 4.0)).clamp(0.1, 1.0);
        for (rank, line) in lines.iter().enumerate().rev() {
            let strength = connections::strength(line.value, most);
            let ahead = 1.0 - rank as f32 / lines.len() as f32;
            let weight = strength * (room + (1.0 - room) * ahead * ahead);
            let Some(curve) = scene.curve(link, line.source.index, line.target.index) else { continue };
            let colour = if line.value < 0.0 { colours.negative } else { colours.positive };
            let alpha = 0.04 + 0.86 * weight;
            let pen = Pen { colour, alpha, width: (0.8 + 0.9 * weight) * view.ratio };
            stroke::curve(pixmap, &pixels(&curve, view), pen);
        }
    }
}

fn pixels(curve: &Curve, view: &View) -> Curve {
    Curve(curve.0.map(|(x, y)| view.pixel_from_scene(x, y)))
}

/// Moved to whole pixels.
fn whole(rect: Rect) -> Rect {
    let (left, top) = (rect.left.round(), rect.top.round());
    Rect::from_ltwh(left, top, rect.right().round() - left, rect.bottom().round() - top)
}
