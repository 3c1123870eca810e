//! Marks over the cells: highlighted, selected, pinned and held neurons.

use std::collections::HashSet;

use super::canvas::Canvas;
use super::stroke::{self, Pen};
use super::theme::{Colours, Rgb};
use crate::network::Held;
use crate::render::scene::{CellPlace, Mark, MarkKind, Neuron, Rect, Scene, Viewport};

/// Least size of frames and signs in CSS pixels, where cells are smaller.
const LEAST: f32 = 6.0;

pub(super) fn draw(canvas: &mut Canvas, scene: &Scene, marks: &[Mark], view: &Viewport, colours: &Colours) {
    let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
    for mark in marks {
        let Some(place) = scene.panel_of(mark.block).map(|panel| &scene.panels()[panel].place) else { continue };
        let cell = match mark.at {
            Held::Neuron(index) => place.cell(index),
            Held::Channel(channel) => place.map(channel),
        };
        let Some(rect) = cell.map(|cell| large_enough(view.pixel_rect(&cell), view)) else { continue };
        if !rect.overlaps(&visible) {
            continue;
        }
        match mark.kind {
            MarkKind::Pinned => pinned(canvas, rect, view, colours),
            MarkKind::Held => held(canvas, rect, view, colours),
        }
    }
}

/// Draws a frame around each of these neurons. All rims are below all frames, so that none covers a neighbour's frame.
pub(super) fn frames(canvas: &mut Canvas, scene: &Scene, neurons: &[Neuron], view: &Viewport, inner: Rgb, outer: Rgb) {
    let line = (2.0 * view.ratio).round();
    let framed = neurons.iter().filter_map(|neuron| {
        let cell = scene.cell(neuron.block, neuron.index)?;
        let rect = whole(large_enough(view.pixel_rect(&cell), view).grown(line));
        let round = match scene.panel_of(neuron.block).map(|panel| &scene.panels()[panel].place) {
            Some(CellPlace::Nodes(_)) => rect.width / 2.0,
            _ => line,
        };
        Some((rect, round))
    });
    let framed: Vec<(Rect, f32)> = framed.collect();
    for &(rect, round) in &framed {
        canvas.round_rect(rect.grown(line), round + line, line, outer, 0.9);
    }
    for &(rect, round) in &framed {
        canvas.round_rect(rect, round, line, inner, 1.0);
    }
}

/// Most selected neurons that get frames of their own in small cells, where more frames would hide the cells.
const FEW: usize = 16;
/// Width in CSS pixels from which on any number of cells get frames of their own.
const ROOMY: f32 = 14.0;

/// Draws selected neurons: a frame around each, or one outline around many small cells, which are tinted.
pub(super) fn selected(canvas: &mut Canvas, scene: &Scene, neurons: &[Neuron], view: &Viewport, colours: &Colours) {
    let (mut few, mut crowd) = (Vec::new(), HashSet::new());
    for &neuron in neurons {
        let Some(cell) = scene.cell(neuron.block, neuron.index).map(|cell| view.pixel_rect(&cell)) else { continue };
        if neurons.len() <= FEW || ROOMY * view.ratio <= cell.width.min(cell.height) {
            few.push(neuron);
            continue;
        }
        let edges = [cell.left, cell.top, cell.right(), cell.bottom()].map(|edge| edge.round() as i32);
        crowd.insert((edges[0], edges[1], edges[2].max(edges[0] + 1), edges[3].max(edges[1] + 1)));
    }
    frames(canvas, scene, &few, view, colours.text, colours.background);
    let line = view.ratio.round().max(1.0) as i32;
    for &cell in &crowd {
        canvas.blend_pixels(cell, colours.text, 0.22);
    }
    // Adjacent cells share an edge; these sets find the neighbours.
    let starts: HashSet<_> = crowd.iter().map(|&(left, top, ..)| (left, top)).collect();
    let row_ends: HashSet<_> = crowd.iter().map(|&(_, top, right, _)| (right, top)).collect();
    let column_ends: HashSet<_> = crowd.iter().map(|&(left, .., bottom)| (left, bottom)).collect();
    for &(left, top, right, bottom) in &crowd {
        let sides = [
            (row_ends.contains(&(left, top)), (left - line, top - line, left, bottom + line)),
            (starts.contains(&(right, top)), (right, top - line, right + line, bottom + line)),
            (column_ends.contains(&(left, top)), (left - line, top - line, right + line, top)),
            (starts.contains(&(left, bottom)), (left - line, bottom, right + line, bottom + line)),
        ];
        for (_, side) in sides.iter().filter(|(inner, _)| !inner) {
            canvas.blend_pixels(*side, colours.text, 1.0);
        }
    }
}

fn pinned(canvas: &mut Canvas, rect: Rect, view: &Viewport, colours: &Colours) {
    let radius = (rect.width.min(rect.height) * 0.16).clamp(1.5 * view.ratio, 5.0 * view.ratio);
    let (x, y) = (rect.right() - 1.6 * radius, rect.top + 1.6 * radius);
    let disc = Rect::from_ltwh(x, y, 0.0, 0.0);
    canvas.round_rect(disc.grown(radius * 1.5), radius * 1.5, 0.0, colours.background, 1.0);
    canvas.round_rect(disc.grown(radius), radius, 0.0, colours.text, 1.0);
}

fn held(canvas: &mut Canvas, rect: Rect, view: &Viewport, colours: &Colours) {
    let inset = rect.width.min(rect.height) * 0.12;
    let rect = rect.grown(-inset);
    let ways = [
        ((rect.left, rect.top), (rect.right(), rect.bottom())),
        ((rect.left, rect.bottom()), (rect.right(), rect.top)),
    ];
    for (colour, width) in [(colours.background, 3.6), (colours.text, 1.6)] {
        for (from, to) in ways {
            stroke::line(canvas, from, to, Pen { colour, alpha: 1.0, width: width * view.ratio });
        }
    }
}

fn large_enough(rect: Rect, view: &Viewport) -> Rect {
    rect.grown((LEAST * view.ratio - rect.width.min(rect.height)).max(0.0) / 2.0)
}

/// The rectangle rounded to whole pixels.
pub(super) fn whole(rect: Rect) -> Rect {
    let (left, top) = (rect.left.round(), rect.top.round());
    Rect::from_ltwh(left, top, rect.right().round() - left, rect.bottom().round() - top)
}
