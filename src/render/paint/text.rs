//! Names, shapes, numbers of parameters and the colour scale.
//!
//! A panel's name is above it and its notes are below. Where these places are out of sight but the panel is not, the
//! text stays at the edge of the picture, over the panel, so that it can always be identified.

use super::canvas::Canvas;
use super::lettering::{FontWeight, Lettering, Style, short};
use super::marks::whole;
use super::theme::{ColourScale, Colours, Rgb};
use super::values::DrawnValues;
use crate::render::scene::{Mode, Panel, Rect, Scene, Viewport, layout};

/// Width of a scene in CSS pixels below which text may have to shrink.
const NARROW: f32 = 520.0;
/// Least distance of text from the edge of the picture, in CSS pixels.
const EDGE: f32 = 8.0;

pub(super) fn draw(
    canvas: &mut Canvas,
    lettering: &mut Lettering,
    scene: &Scene,
    values: &DrawnValues,
    limits: &[Option<f32>],
    view: &Viewport,
) {
    let colours = view.theme.colours();
    let size = text_size(lettering, scene, view);
    let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
    for (panel, limit) in scene.panels().iter().zip(limits) {
        let bounds = view.pixel_rect(&panel.text_around);
        if bounds.grown(size * 5.0).overlaps(&visible) {
            let first = extra(panel, values, *limit, view);
            let text = Text { panel, bounds, first, size, view, colours: &colours };
            text.draw(canvas, lettering);
        }
    }
}

/// The text after the shape: the limit of the colour scale, or the number of dead neurons.
fn extra(panel: &Panel, values: &DrawnValues, limit: Option<f32>, view: &Viewport) -> Option<String> {
    if view.mode == Mode::Dead && panel.blocks[0] != 0 {
        let cells = values.cells.get(panel.block_of(view.mode))?;
        let dead = cells.iter().filter(|share| 0.999 < share.abs()).count();
        return (0 < dead).then(|| format!("{} dead", crate::words::thousands(dead)));
    }
    limit.filter(|limit| 0.0 < *limit).map(|limit| format!("±{}", short(limit)))
}

/// Size of the names. In a shrunk or narrow scene all of them are smaller, but still legible.
fn text_size(lettering: &mut Lettering, scene: &Scene, view: &Viewport) -> f32 {
    let usual = 11.5 * view.ratio;
    let mut size = usual.min(view.scale * 16.0);
    if scene.size().0 * view.scale < NARROW * view.ratio {
        for panel in scene.panels() {
            let style = Style { weight: FontWeight::Medium, size: usual, colour: [0; 3] };
            size = size.min(usual * panel.text_room * view.scale / lettering.width(&panel.name, style));
        }
    }
    size.max(9.0 * view.ratio)
}

/// The text of one panel.
struct Text<'a> {
    panel: &'a Panel,
    /// The panel in device pixels.
    bounds: Rect,
    /// Written after the shape, where it fits.
    first: Option<String>,
    size: f32,
    view: &'a Viewport,
    colours: &'a Colours,
}

impl Text<'_> {
    /// Draws the name above, shape and parameters below, each only where there is space.
    fn draw(&self, canvas: &mut Canvas, lettering: &mut Lettering) {
        let Self { panel, bounds, size, view, colours, .. } = *self;
        let edge = EDGE * view.ratio;
        let name = Style { weight: FontWeight::Medium, size, colour: colours.text };
        let small = size * 0.93;
        let note = Style { weight: FontWeight::Regular, size: small, colour: colours.muted };
        let line = small * 1.4;
        let left = bounds.left.max(edge.min(bounds.right() - edge)).round();
        let end = bounds.left + panel.text_room * view.scale;
        // Letters keep their size while the scene shrinks, so at some point there is no space for them.
        let (name_zone, notes_zone) = (layout::NAME * view.scale, layout::NOTES * view.scale);

        let above = bounds.top - 6.0 * view.ratio.min(view.scale * 1.4);
        let kept = (size + edge * 0.5).min(bounds.bottom() - 4.0 * view.ratio);
        let baseline = above.max(kept);
        let room = end.min(view.width as f32 - edge) - left;
        if size <= name_zone
            && let Some(text) = lettering.fitted(&panel.name, name, room)
        {
            self.put(canvas, lettering, &text, (left, baseline), name);
            let after = lettering.width(&text, name) + size * 0.6;
            if !panel.title.is_empty() && after + lettering.width(&panel.title, note) <= room - size {
                self.put(canvas, lettering, &panel.title, (left + after, baseline), note);
            }
        }

        let below = bounds.bottom() + small * 1.35;
        let count =
            panel.notes.iter().enumerate().filter(|(at, _)| small * 1.35 + line * *at as f32 <= notes_zone).count();
        let kept = view.height as f32 - edge - line * (count as f32 - 1.0);
        let first = below.min(kept.max(bounds.top.max(baseline) + line));
        for (number, forms) in panel.notes.iter().take(count).enumerate() {
            let baseline = first + line * number as f32;
            let room = end.min(right_end(view, baseline)) - left;
            let extra = self.first.as_ref().filter(|_| number == 0);
            let long = extra.into_iter().flat_map(|extra| forms.iter().map(move |form| format!("{form}   {extra}")));
            let forms: Vec<String> = long.chain(forms.iter().cloned()).collect();
            if let Some(text) = forms.iter().find(|text| lettering.width(text, note) <= room) {
                self.put(canvas, lettering, text, (left, baseline), note);
            }
        }
    }

    /// Draws a line of text on a ground that keeps it legible.
    fn put(
        &self,
        canvas: &mut Canvas,
        lettering: &mut Lettering,
        text: &str,
        (left, baseline): (f32, f32),
        style: Style,
    ) {
        let inside = self.panel.frame.is_some_and(|frame| frame != self.panel.text_around);
        let ground = if inside { self.colours.surface } else { self.colours.background };
        let width = lettering.width(text, style);
        let chip = Rect::from_ltwh(left - 3.0, baseline - style.size, width + 6.0, style.size * 1.3);
        canvas.round_rect(whole(chip), 3.0, 0.0, ground, 0.85);
        lettering.draw(canvas, text, left, baseline, style);
    }
}

const BAR: (f32, f32) = (96.0, 6.0);
/// Space for the legend in the lower right corner.
const LEGEND: (f32, f32) = (230.0, 22.0);

/// The right end of a line of notes: before the legend, if that is beside it.
fn right_end(view: &Viewport, baseline: f32) -> f32 {
    let width = view.width as f32 - EDGE * view.ratio;
    let beside = view.legend && view.height as f32 - LEGEND.1 * view.ratio < baseline;
    if beside { width - LEGEND.0 * view.ratio } else { width }
}

/// Draws the colour scale in the lower right corner, with the numbers of the highlighted panel, or signs if there is
/// none.
pub(super) fn draw_legend(
    canvas: &mut Canvas,
    lettering: &mut Lettering,
    scale: &ColourScale,
    scene: &Scene,
    limits: &[Option<f32>],
    view: &Viewport,
) {
    let ratio = view.ratio;
    let colours = view.theme.colours();
    let style = Style { weight: FontWeight::Regular, size: 10.5 * ratio, colour: colours.muted };
    let pointed = view.highlight.and_then(|neuron| scene.panel_of(neuron.block));
    let limit = pointed.and_then(|panel| limits.get(panel).copied().flatten()).filter(|limit| 0.0 < *limit);
    let (low, high): (String, String) = match (view.mode, limit) {
        (Mode::Dead, _) => ("off 100 %".into(), "100 % saturated".into()),
        (_, Some(limit)) => (short(-limit), short(limit)),
        _ => ("−".into(), "+".into()),
    };
    let caption: String = match (view.mode, pointed.filter(|_| limit.is_some())) {
        (Mode::Dead, _) => "share of examples without a gradient".into(),
        (_, Some(panel)) => scene.panels()[panel].name.clone(),
        _ => "each layer to its own ±".into(),
    };
    let baseline = (view.height as f32 - 8.0 * ratio).round();
    let mut right = view.width as f32 - 12.0 * ratio;
    let texts = [&low, &high, &caption].iter().map(|text| lettering.width(text, style)).sum::<f32>();
    let all = texts + (BAR.0 + 26.0) * ratio;
    let ground = Rect::from_ltwh(right - all - 6.0 * ratio, baseline - 14.0 * ratio, all + 12.0 * ratio, 19.0 * ratio);
    canvas.round_rect(whole(ground), 4.0 * ratio, 0.0, colours.background, 0.85);
    let mut put = |canvas: &mut Canvas, text: &str, right: &mut f32, gap: f32, colour: Rgb| {
        let width = lettering.width(text, style);
        if *right - width < 12.0 * ratio {
            return;
        }
        *right -= width;
        lettering.draw(canvas, text, *right, baseline, Style { colour, ..style });
        *right -= gap * ratio;
    };
    put(canvas, &high, &mut right, 6.0, colours.text);
    let (bar_width, bar_height) = ((BAR.0 * ratio).round() as i32, (BAR.1 * ratio).round() as i32);
    let bar_right = right.round() as i32;
    let (bar_left, bar_top) = (bar_right - bar_width, (baseline - style.size * 0.36) as i32 - bar_height / 2);
    for x in bar_left..bar_right {
        let at = (x - bar_left) as f32 / (bar_width - 1).max(1) as f32 * 2.0 - 1.0;
        canvas.blend_pixels((x, bar_top, x + 1, bar_top + bar_height), scale.colour(at), 1.0);
    }
    right = bar_left as f32 - 6.0 * ratio;
    put(canvas, &low, &mut right, 14.0, colours.text);
    put(canvas, &caption, &mut right, 0.0, colours.muted);
}
