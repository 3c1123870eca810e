//! The size that images are read at. An opened model brings its own; the earlier size returns with the next network
//! that is built for other images.

use crate::config::Config;
use crate::network::{Network, Task};
use crate::shape::Shape;

const KEYS: [&str; 6] = ["width", "height", "channels", "target-width", "target-height", "target-channels"];

/// The value before and the model's value of each key that a model changed.
#[derive(Clone, Debug, Default)]
pub struct HeldSize {
    keys: Vec<(&'static str, String, String)>,
}

impl HeldSize {
    /// Reads images at the size of a model from now on.
    pub fn take(&mut self, network: &Network, task: Task, config: &mut Config) {
        let earlier = std::mem::take(&mut self.keys);
        let sizes = |shape: Shape| [shape.width, shape.height, shape.channels].map(|size| size.to_string());
        // Only a network for pairs decides the size of their targets.
        let target = task.target_of(network).map(sizes);
        let sizes = sizes(network.input()).into_iter().chain(target.into_iter().flatten());
        for (key, own) in KEYS.into_iter().zip(sizes) {
            let now = config.get(key).unwrap_or_default().to_string();
            let held = earlier.iter().find(|(held, _, value)| *held == key && *value == now);
            let before = held.map_or_else(|| now.clone(), |(_, before, _)| before.clone());
            // Images have at most three channels; for a model with more the key keeps its value.
            if now == own || config.set(key, &own).is_ok() {
                self.keys.push((key, before, own));
            }
        }
    }

    /// Restores the earlier sizes. Returns whether any of them changed.
    pub fn leave(&mut self, config: &mut Config) -> bool {
        let mut changed = false;
        for (key, before, own) in std::mem::take(&mut self.keys) {
            // A value chosen meanwhile stays.
            if before != own && config.get(key).is_ok_and(|now| now == own) {
                changed |= config.set(key, &before).is_ok();
            }
        }
        changed
    }
}
