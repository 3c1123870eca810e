//! Hit-testing: finds what is at a point of the scene, by the geometry that drawing uses.

use super::connections::{ConnectionLine, Connections};
use super::geometry::Neuron;
use super::link::PanelLink;
use super::place::CellPlace;
use super::view::Viewport;
use super::whole::Scene;

impl Scene {
    /// The neuron whose cell contains the point.
    pub fn hit(&self, scene_x: f32, scene_y: f32) -> Option<Neuron> {
        self.panels().iter().find_map(|panel| {
            let index = panel.place.index_at(scene_x, scene_y)?;
            Some(Neuron { block: panel.shown, index })
        })
    }

    /// Whether something at the point hides the connections under it.
    fn hides(&self, scene_x: f32, scene_y: f32) -> bool {
        self.panels().iter().any(|panel| match panel.place {
            CellPlace::Grid(_) => panel.frame.unwrap_or(panel.place.bounds()).contains(scene_x, scene_y),
            CellPlace::Nodes(_) => panel.place.index_at(scene_x, scene_y).is_some(),
        })
    }

    /// The nearest of the connections drawn in a view, within `reach` scene units of the point. Panels hide the
    /// connections under them.
    pub fn hit_connection<'a>(
        &self,
        connections: &'a Connections,
        view: &Viewport,
        place: (f32, f32),
        reach: f32,
    ) -> Option<&'a ConnectionLine> {
        self.hit_line(connections.drawn(self, view), place, reach)
    }

    /// The nearest of these lines.
    pub fn hit_line<'a, 's>(
        &'s self,
        lines: impl Iterator<Item = (&'s PanelLink, &'a [ConnectionLine])>,
        (scene_x, scene_y): (f32, f32),
        reach: f32,
    ) -> Option<&'a ConnectionLine> {
        if self.hides(scene_x, scene_y) {
            return None;
        }
        let mut best = (reach, None);
        for (link, lines) in lines {
            for line in lines {
                let Some(curve) = self.curve(link, line.source.index, line.target.index) else { continue };
                if !curve.bounds().grown(reach).contains(scene_x, scene_y) {
                    continue;
                }
                let distance = curve.distance(scene_x, scene_y, 24);
                if distance < best.0 {
                    best = (distance, Some(line));
                }
            }
        }
        best.1
    }
}
