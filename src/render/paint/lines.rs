//! The lines between panels: faint strands for fixed connections, a line for each weighted one.

use super::canvas::Canvas;
use super::stroke::{self, Pen};
use super::theme::{Colours, Rgb};
use crate::render::scene::{Bezier, ConnectionLine, Connections, Neuron, PanelLink, Scene, Viewport, connections};

/// Draws fixed connections as a few faint strands for each pair of panels.
pub(super) fn strands(canvas: &mut Canvas, scene: &Scene, view: &Viewport, colours: &Colours) {
    for link in scene.links().iter().filter(|link| !link.weighted) {
        let strands = scene.strands(link);
        let alone = strands.len() == 1;
        let (alpha, width) = if alone { (0.55, 2.0) } else { (0.35, 1.0) };
        let pen = Pen { colour: colours.muted, alpha, width: width * view.ratio };
        strands.iter().for_each(|strand| stroke::curve(canvas, &pixels(strand, view), pen));
    }
}

/// Opacity of the other lines while a neuron is highlighted.
const FADED: f32 = 0.3;

/// Draws the strongest connections, from the weakest to the strongest, which is then on top.
pub(super) fn strongest(
    canvas: &mut Canvas,
    scene: &Scene,
    connections: &Connections,
    view: &Viewport,
    colours: &Colours,
) {
    let fade = if view.highlight.is_some() { FADED } else { 1.0 };
    for (link, lines) in connections.drawn(scene, view) {
        let most = connections::largest(lines);
        // Where there is space for all, a line's strength decides. The strongest of thousands are all near the largest
        // and would form a solid area; there the weaker ones fade by their rank, so that the first can be seen.
        let width = scene.width_of(link) * view.scale / view.ratio;
        let room = (width / (lines.len() as f32 * 4.0)).clamp(0.1, 1.0);
        for (rank, line) in lines.iter().enumerate().rev() {
            let strength = connections::strength(line.value, most);
            let ahead = 1.0 - rank as f32 / lines.len() as f32;
            let weight = strength * (room + (1.0 - room) * ahead * ahead);
            let pen = Pen {
                colour: sign(line.value, colours),
                alpha: (0.04 + 0.86 * weight) * fade,
                width: (0.8 + 0.9 * weight) * view.ratio,
            };
            along(canvas, scene, link, line, view, pen);
        }
    }
}

/// Draws the connections of the highlighted neuron, above everything else.
pub(super) fn of_neuron(
    canvas: &mut Canvas,
    scene: &Scene,
    connections: &Connections,
    view: &Viewport,
    colours: &Colours,
) {
    for (link, lines) in connections.along(scene) {
        let most = connections::largest(lines);
        for line in lines.iter().rev() {
            let strength = connections::strength(line.value, most);
            let pen = Pen {
                colour: sign(line.value, colours),
                alpha: 0.25 + 0.75 * strength,
                width: (1.2 + 1.3 * strength) * view.ratio,
            };
            along(canvas, scene, link, line, view, pen);
        }
    }
}

/// Draws a selected connection as a dark line with a light rim, whatever its value.
pub(super) fn selected(
    canvas: &mut Canvas,
    scene: &Scene,
    (source, target): (Neuron, Neuron),
    view: &Viewport,
    colours: &Colours,
) {
    let (from, to) = (scene.panel_of(source.block), scene.panel_of(target.block));
    let Some(link) = scene.links().iter().find(|link| Some(link.from) == from && Some(link.to) == to) else { return };
    let Some(curve) = scene.curve(link, source.index, target.index) else { return };
    for (colour, width) in [(colours.background, 5.0), (colours.text, 2.4)] {
        stroke::curve(canvas, &pixels(&curve, view), Pen { colour, alpha: 0.95, width: width * view.ratio });
    }
}

fn along(canvas: &mut Canvas, scene: &Scene, link: &PanelLink, line: &ConnectionLine, view: &Viewport, pen: Pen) {
    if let Some(curve) = scene.curve(link, line.source.index, line.target.index) {
        stroke::curve(canvas, &pixels(&curve, view), pen);
    }
}

fn sign(value: f32, colours: &Colours) -> Rgb {
    if value < 0.0 { colours.negative } else { colours.positive }
}

fn pixels(curve: &Bezier, view: &Viewport) -> Bezier {
    Bezier(curve.0.map(|(x, y)| view.pixel_from_scene(x, y)))
}
