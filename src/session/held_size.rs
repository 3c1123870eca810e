//! The size that images are read in: an opened model brings its own, and the one of before comes back with the next
//! network that is built for other images.

use crate::config::Config;
use crate::shape::Shape;

const KEYS: [&str; 3] = ["width", "height", "channels"];

/// For each key that a model changed, the value before and that of the model.
#[derive(Clone, Debug, Default)]
pub struct HeldSize {
    keys: Vec<(&'static str, String, String)>,
}

impl HeldSize {
    /// Images are read in the size of a model from now on.
    pub fn take(&mut self, input: Shape, config: &mut Config) {
        let earlier = std::mem::take(&mut self.keys);
        let sizes = [input.width, input.height, input.channels].map(|size| size.to_string());
        for (key, own) in KEYS.into_iter().zip(sizes) {
            let now = config.get(key).unwrap_or_default().to_string();
            let held = earlier.iter().find(|(held, _, value)| *held == key && *value == now);
            let before = held.map_or_else(|| now.clone(), |(_, before, _)| before.clone());
            // No images have more channels than three; then they are read as before.
            if now == own || config.set(key, &own).is_ok() {
                self.keys.push((key, before, own));
            }
        }
    }

    /// The sizes are again what they were before; whether any changed.
    pub fn leave(&mut self, config: &mut Config) -> bool {
        let mut changed = false;
        for (key, before, own) in std::mem::take(&mut self.keys) {
            // Unless somebody has chosen another meanwhile.
            if before != own && config.get(key).is_ok_and(|now| now == own) {
                changed |= config.set(key, &before).is_ok();
            }
        }
        changed
    }
}
