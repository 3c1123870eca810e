//! What lies under a point of the drawn network, told in numbers.

use serde::Serialize;

use super::Session;
use crate::render::Neuron;
use crate::shape::Shape;

/// Strongest connections told of one neuron.
const MOST_INCOMING: usize = 8;

/// What lies under a point of the drawn network.
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
    /// y of the shown example.
    pub value: f32,
    pub bias: Option<f32>,
    /// The strongest incoming connections.
    pub incoming: Vec<HitConnection>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HitConnection {
    pub name: String,
    pub index: usize,
    pub weight: f32,
}

impl Session {
    /// What lies under a device pixel of the last frame.
    pub fn hit(&self, pixel_x: f32, pixel_y: f32) -> Option<Hit> {
        let view = self.viewer.view.as_ref()?;
        let (scene_x, scene_y) = view.scene_from_pixel(pixel_x, pixel_y);
        let Neuron { block, index } = self.viewer.scene.hit(scene_x, scene_y)?;
        let shape = self.network.shape(block);
        let (x, y, channel) = neuron_of(shape, index);
        let here = &self.network.blocks()[block];
        // A block that passes on the values of another is asked for the neuron that made them.
        let wired = self.viewer.scene.wired(Neuron { block, index });
        let theta = &self.network.theta[self.network.blocks()[wired.block].params.clone()];
        let map = self.network.blocks()[wired.block].layer.map();
        Some(Hit {
            block,
            name: here.name.clone(),
            title: here.layer.title(),
            index,
            x,
            y,
            channel,
            value: self.viewer.pass.values(block).get(index).copied().unwrap_or(0.0),
            bias: map.bias(wired.index).map(|bias| theta[bias]),
            incoming: self.strongest(wired, MOST_INCOMING),
        })
    }

    /// The strongest incoming connections of a neuron.
    fn strongest(&self, neuron: Neuron, most: usize) -> Vec<HitConnection> {
        let block = &self.network.blocks()[neuron.block];
        let theta = &self.network.theta[block.params.clone()];
        let mut found = Vec::new();
        block.layer.map().incoming(neuron.index, &mut |connection| {
            if let Some(weight) = connection.weight {
                let name = &self.network.blocks()[block.inputs[connection.input]].name;
                found.push((name, connection.source, theta[weight]));
            }
        });
        found.sort_by(|a, b| b.2.abs().total_cmp(&a.2.abs()));
        found.truncate(most);
        found.into_iter().map(|(name, index, weight)| HitConnection { name: name.clone(), index, weight }).collect()
    }
}

/// x, y and channel of a value.
fn neuron_of(shape: Shape, index: usize) -> (usize, usize, usize) {
    let (channel, pixel) = (index % shape.channels, index / shape.channels);
    (pixel % shape.width, pixel / shape.width, channel)
}
