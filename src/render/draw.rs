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
    /// a network that makes pictures these are the picture, 0..=1. A block whose numbers are missing is left neutral.
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
        draw_bands(pixmap, scene, view, &colours);
        draw_connections(pixmap, scene, values.connections, view, &colours);
        for panel in scene.panels() {
            self.draw_panel(pixmap, panel, values, view, &colours);
        }
        self.draw_highlight(pixmap, scene, values.connections, view, &colours);
        for panel in scene.panels() {
            self.draw_text(pixmap, panel, view, &colours);
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
        let cells = values.cells.get(panel.shown).copied().unwrap_or(&[]);
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
        cellwork::rule(pixmap, &panel.grid, view, ground);
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
        for (link, lines) in connections.drawn(scene, view.connections) {
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

    /// Name above, shape and parameters below, each only where it has room.
    fn draw_text(&mut self, pixmap: &mut Pixmap, panel: &Panel, view: &View, colours: &Colours) {
        let bounds = view.pixel_rect(&panel.grid.bounds());
        let room = panel.text_room * view.scale;
        let left = bounds.left.round();
        // At small scales the zones above and below shrink while letters do not.
        let size = (11.5 * view.ratio).min(view.scale * 16.0).max(8.5 * view.ratio);
        let small = size * 0.93;
        let name = Style { weight: Weight::Medium, size, colour: colours.text };
        let note = Style { weight: Weight::Regular, size: small, colour: colours.muted };
        let ground = if panel.frame.is_some() { colours.surface } else { colours.background };
        let mut put = |text: &str, baseline: f32, style: Style| {
            let Some(text) = self.lettering.fitted(text, style, room) else { return };
            let width = self.lettering.width(&text, style);
            let chip = Rect::from_ltwh(left - 2.0, baseline - style.size, width + 4.0, style.size * 1.3);
            pixmap.round_rect(whole(chip), 3.0, 0.0, ground, 0.85);
            self.lettering.draw(pixmap, &text, left, baseline, style);
        };
        put(&panel.name, bounds.top - 6.0 * view.ratio.min(view.scale * 1.4), name);
        let line = small * 1.4;
        let first = bounds.bottom() + small * 1.35;
        let zone = super::layout::NOTES * view.scale;
        for (number, text) in panel.notes.iter().filter(|text| !text.is_empty()).enumerate() {
            if small * 1.35 + line * number as f32 <= zone {
                put(text, first + line * number as f32, note);
            }
        }
    }

    /// The colour scale in the lower right corner.
    fn draw_legend(&mut self, pixmap: &mut Pixmap, view: &View, colours: &Colours) {
        let ratio = view.ratio;
        let (width, height) = (96.0 * ratio, 6.0 * ratio);
        let (right, bottom) = (view.width as f32 - 14.0 * ratio, view.height as f32 - 12.0 * ratio);
        let style = Style { weight: Weight::Regular, size: 10.5 * ratio, colour: colours.muted };
        let sign = self.lettering.width("+", style);
        let bar_right = (right - sign - 5.0 * ratio).round() as i32;
        let bar_left = bar_right - width as i32;
        let bar_top = (bottom - height).round() as i32;
        if bar_left < view.width as i32 / 2 {
            return;
        }
        let scale = if view.theme == Theme::Light { &self.light } else { &self.dark };
        for x in bar_left..bar_right {
            let at = (x - bar_left) as f32 / (bar_right - bar_left - 1) as f32 * 2.0 - 1.0;
            pixmap.blend_pixels((x, bar_top, x + 1, bar_top + height as i32), scale.colour(at), 1.0);
        }
        let baseline = bar_top as f32 + height / 2.0 + style.size * 0.36;
        self.lettering.draw(pixmap, "+", bar_right as f32 + 5.0 * ratio, baseline, style);
        let minus = self.lettering.width("−", style);
        self.lettering.draw(pixmap, "−", bar_left as f32 - minus - 5.0 * ratio, baseline, style);
        let zero = self.lettering.width("0", style);
        let above = bar_top as f32 - 4.0 * ratio;
        self.lettering.draw(pixmap, "0", (bar_left + bar_right) as f32 / 2.0 - zero / 2.0, above, style);
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

/// Cells this many CSS pixels wide show their number.
const LEAST_NUMBERED: f32 = 44.0;

/// Fixed connections as one faint band for each pair of panels.
fn draw_bands(pixmap: &mut Pixmap, scene: &Scene, view: &View, colours: &Colours) {
    for link in scene.links().iter().filter(|link| !link.weighted) {
        let (upper, lower) = scene.band(link);
        match lower {
            Some(lower) => {
                stroke::ribbon(pixmap, &pixels(&upper, view), &pixels(&lower, view), colours.hairline, 0.6);
            }
            None => {
                let pen = Pen { colour: colours.muted, alpha: 0.55, width: 2.0 * view.ratio };
                stroke::curve(pixmap, &pixels(&upper, view), pen);
            }
        }
    }
}

/// The strongest connections, the weakest of them first so that the strongest lie on top.
fn draw_connections(pixmap: &mut Pixmap, scene: &Scene, connections: &Connections, view: &View, colours: &Colours) {
    for (link, lines) in connections.drawn(scene, view.connections) {
        let most = lines.iter().map(|line| line.value.abs()).filter(|size| size.is_finite()).fold(0.0, f32::max);
        for line in lines.iter().rev() {
            let strength = connections::strength(line.value, most);
            let Some(curve) = scene.curve(link, line.source.index, line.target.index) else { continue };
            let colour = if line.value < 0.0 { colours.negative } else { colours.positive };
            let pen =
                Pen { colour, alpha: 0.08 + 0.72 * strength * strength, width: (0.7 + 1.1 * strength) * view.ratio };
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
