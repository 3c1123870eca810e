//! Draws a scene: strands and connections first, the panels above them, then marks and text.
//!
//! Lines and cells are drawn by all threads, each in its own bands of rows.
//!
//! The backdrop below the panels changes less often than the values in them. It is kept, and drawn again only for
//! another view, scene or choice of connections. A frame otherwise begins with the one before: the tiles that were
//! drawn on are restored to the backdrop and drawn again, and only these are reported as changed.

use super::cellwork::Scratch;
use super::lettering::Lettering;
use super::lines;
use super::marks;
use super::panels::PanelPlan;
use super::pixmap::Pixmap;
use super::text;
use super::theme::{ColourScale, Colours};
use super::tiles::{FramePart, Tiles};
use super::values::DrawnValues;
use crate::par;
use crate::render::scene::{Connections, Mode, Neuron, Scene, Theme, Viewport};

/// Share of a frame above which copying the changed parts costs more than copying the whole frame.
const MOST_IN_PARTS: f32 = 0.5;

/// Draws frames, each over the one before, and keeps glyphs, colour tables and working memory between them.
pub struct Painter {
    lettering: Lettering,
    light: ColourScale,
    dark: ColourScale,
    scratch: Vec<Scratch>,
    counts: Vec<u32>,
    limits: Vec<Option<f32>>,
    pixmap: Pixmap,
    backdrop: Option<Backdrop>,
    /// The tiles that differ from the frame before.
    changed: Tiles,
    frame: u64,
    packed: Vec<u8>,
}

/// Everything below the panels, and the arguments it was drawn from.
struct Backdrop {
    scene: Scene,
    connections: Connections,
    view: Viewport,
    pixels: Vec<u8>,
}

/// A frame as the parts that differ from the one before.
#[derive(Clone, Debug)]
pub struct Patches<'a> {
    /// Number of the frame, from 1.
    pub frame: u64,
    pub parts: Vec<FramePart>,
    /// RGBA of the parts, one after the other, each row by row.
    pub pixels: &'a [u8],
}

impl Default for Painter {
    fn default() -> Self {
        Self {
            lettering: Lettering::default(),
            light: ColourScale::new(Theme::Light),
            dark: ColourScale::new(Theme::Dark),
            scratch: Vec::new(),
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
pub fn draw(scene: &Scene, values: &DrawnValues, view: &Viewport) -> Pixmap {
    let mut painter = Painter::default();
    painter.draw(scene, values, view);
    painter.pixmap
}

impl Painter {
    /// Draws one frame of the view's size. The same arguments give the same bytes, whatever was drawn before.
    pub fn draw(&mut self, scene: &Scene, values: &DrawnValues, view: &Viewport) -> &Pixmap {
        let colours = view.theme.colours();
        let mut pixmap = std::mem::take(&mut self.pixmap);
        let is_kept = self.draw_backdrop(&mut pixmap, scene, values.connections, view, &colours);
        let scale = if view.theme == Theme::Light { &self.light } else { &self.dark };
        let counts = &mut self.counts;
        let plans: Vec<_> =
            scene.panels().iter().map(|panel| PanelPlan::of(panel, values, view, scale, counts)).collect();
        self.limits.clear();
        self.limits.extend(plans.iter().map(|plan| plan.as_ref().and_then(PanelPlan::limit)));

        let bands = pixmap.bands(par::threads());
        self.scratch.resize_with(self.scratch.len().max(bands.len()), Scratch::default);
        let kept = self.backdrop.as_ref().filter(|_| is_kept).map(|backdrop| &backdrop.pixels[..]);
        par::each(&mut bands.into_iter().zip(&mut self.scratch).collect::<Vec<_>>(), |_, (canvas, scratch)| {
            kept.iter().for_each(|kept| canvas.restore(kept));
            plans.iter().flatten().for_each(|plan| plan.draw(canvas, scratch, view, &colours));
        });

        let (canvas, lettering) = (&mut pixmap.canvas(), &mut self.lettering);
        plans.iter().flatten().for_each(|plan| plan.write(canvas, lettering, view, &colours));
        marks::draw(canvas, scene, values.marks, view, &colours);
        view.selected_connections.iter().for_each(|&ends| lines::selected(canvas, scene, ends, view, &colours));
        if let Some(connections) = values.neuron {
            lines::of_neuron(canvas, scene, connections, view, &colours);
        }
        marks::selected(canvas, scene, &view.selected, view, &colours);
        if let Some(neuron) = view.highlight {
            marks::frames(canvas, scene, &[neuron], view, colours.text, colours.background);
        }
        text::draw(canvas, lettering, scene, values, &self.limits, view);
        // The input alone has no colours of weights, as where columns learn.
        if view.legend && 1 < scene.panels().len() {
            text::draw_legend(canvas, lettering, scale, scene, &self.limits, view);
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

    /// The last frame, for a caller that has frame number `held`: the changed parts if that is the frame before and
    /// little changed, otherwise all of it.
    pub fn patches(&mut self, held: u64) -> Patches<'_> {
        let (width, height) = (self.pixmap.width(), self.pixmap.height());
        let whole = || vec![FramePart { left: 0, top: 0, width, height }];
        let is_part = held + 1 == self.frame && self.changed.share() <= MOST_IN_PARTS;
        let parts = if is_part { self.changed.parts() } else { whole() };
        let pixels = if parts == whole() {
            self.pixmap.data()
        } else {
            self.packed.clear();
            parts.iter().for_each(|&part| self.pixmap.copy_part(part, &mut self.packed));
            &self.packed
        };
        Patches { frame: self.frame, parts, pixels }
    }

    /// For each panel of the last frame, the limit of its colour scale; `None` for light of 0..=1 and for panels out of
    /// sight.
    pub fn limits(&self) -> &[Option<f32>] {
        &self.limits
    }

    /// Returns whether the kept backdrop can be used, and draws a new one if not.
    fn draw_backdrop(
        &mut self,
        pixmap: &mut Pixmap,
        scene: &Scene,
        connections: &Connections,
        view: &Viewport,
        colours: &Colours,
    ) -> bool {
        // The view without what has no effect below the panels.
        let plain = Viewport {
            mode: Mode::Activation,
            legend: false,
            // Lines fade behind those of the highlighted neuron, whichever it is.
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
            self.changed.clone_from(pixmap.touched());
            return true;
        }
        if (pixmap.width(), pixmap.height()) != (view.width, view.height) {
            pixmap.resize(view.width, view.height);
        }
        par::each(&mut pixmap.bands(par::threads()), |_, canvas| {
            canvas.fill(colours.background);
            lines::strands(canvas, scene, view, colours);
            lines::strongest(canvas, scene, connections, view, colours);
        });
        let mut pixels = self.backdrop.take().map_or_else(Vec::new, |kept| kept.pixels);
        pixmap.keep(&mut pixels);
        self.backdrop = Some(Backdrop { scene: scene.clone(), connections: connections.clone(), view: plain, pixels });
        self.changed = Tiles::new(view.width, view.height);
        self.changed.mark_all();
        false
    }
}
