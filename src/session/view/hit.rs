//! Hit tests: what is at a point of the drawn network, in numbers, and which neurons are in a rectangle of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::inspector::LinkView;
use super::view::Viewer;
use crate::network::Neuron;
use crate::render::Rect;
use crate::session::edit::NeuronSet;
use crate::shape::Shape;

/// Limit of the strongest connections listed for a neuron.
const MOST_LINKS: usize = 8;
/// Limit of the neurons selected at once.
const MOST_PICKED: usize = 100_000;

/// The neuron at a point of the drawn network.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hit {
    pub block: usize,
    pub name: String,
    pub title: String,
    /// `(y * width + x) * channels + channel`.
    pub index: usize,
    pub x: usize,
    pub y: usize,
    pub channel: usize,
    /// The neuron's value for what is shown.
    pub value: f32,
    pub bias: Option<f32>,
    /// The strongest connections in and out.
    pub incoming: Vec<LinkView>,
    pub outgoing: Vec<LinkView>,
}

impl Viewer<'_> {
    /// Finds the neuron at a device pixel of the last frame.
    pub fn hit(&self, pixel_x: f32, pixel_y: f32) -> Option<Hit> {
        let view = self.view.drawing.view.as_ref()?;
        let (scene_x, scene_y) = view.scene_from_pixel(pixel_x, pixel_y);
        let neuron = self.view.drawing.scene.hit(scene_x, scene_y)?;
        let Neuron { block, index } = neuron;
        let Shape { width, channels, .. } = self.run.network().shape(block);
        let here = &self.run.network().blocks()[block];
        let (mut incoming, mut outgoing) = (Vec::new(), Vec::new());
        self.run.network().incoming(neuron, &mut |wire| incoming.extend(wire.parameter().map(|_| wire)));
        self.run.network().outgoing(neuron, &mut |wire| outgoing.extend(wire.parameter().map(|_| wire)));
        Some(Hit {
            block,
            name: here.name.clone(),
            title: here.layer.ops().title(),
            index,
            x: index / channels % width,
            y: index / channels / width,
            channel: index % channels,
            value: self.view.values(block).get(index).copied().unwrap_or(0.0),
            bias: self.run.network().bias(neuron).map(|bias| self.run.network().theta[bias]),
            incoming: self.strongest(&incoming, MOST_LINKS, false, true),
            outgoing: self.strongest(&outgoing, MOST_LINKS, false, false),
        })
    }

    /// The ends of the connection nearest to a device pixel of the last frame, at most `reach` pixels away; connections
    /// of the highlighted neuron come first.
    pub fn hit_connection(&self, pixel_x: f32, pixel_y: f32, reach: f32) -> Option<(Neuron, Neuron)> {
        let view = self.view.drawing.view.as_ref()?;
        let place = view.scene_from_pixel(pixel_x, pixel_y);
        let line = self.view.drawing.hit_connection(view, place, reach / view.scale)?;
        Some((line.source, line.target))
    }

    /// The rectangle of a neuron's cell in the last frame, in device pixels.
    pub fn cell(&self, Neuron { block, index }: Neuron) -> Option<Rect> {
        let view = self.view.drawing.view.as_ref()?;
        self.view.drawing.scene.cell(block, index).map(|cell| view.pixel_rect(&cell))
    }

    /// The neurons whose cells have their centre in a rectangle of device pixels of the last frame, whichever corners
    /// are given.
    pub fn neurons_in(&self, from: (f32, f32), to: (f32, f32)) -> Vec<NeuronSet> {
        let Some(view) = &self.view.drawing.view else { return Vec::new() };
        let (a, b) = (view.scene_from_pixel(from.0, from.1), view.scene_from_pixel(to.0, to.1));
        let (left, right) = (a.0.min(b.0), a.0.max(b.0));
        let (top, bottom) = (a.1.min(b.1), a.1.max(b.1));
        let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut room = MOST_PICKED;
        for panel in self.view.drawing.scene.panels() {
            let len = self.run.network().shape(panel.shown).len();
            for index in 0..len {
                let Some((x, y)) = panel.place.cell(index).map(|cell| cell.centre()) else { continue };
                if 0 < room && left <= x && x <= right && top <= y && y <= bottom {
                    found.entry(panel.shown).or_default().push(index);
                    room -= 1;
                }
            }
        }
        found.into_iter().map(|(block, indices)| NeuronSet { block, indices }).collect()
    }
}
