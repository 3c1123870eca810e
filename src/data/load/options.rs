//! How pictures become examples. A model needs the same to be used again, so these settings travel with it.

use serde::{Deserialize, Serialize};

use crate::data::MOST_SIDE;

/// What happens to a picture whose proportions are not those of the examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResizeMode {
    /// The whole picture, with padding that is masked out of the loss.
    #[default]
    Fit,
    /// The middle of the picture.
    Crop,
    /// The whole picture, distorted.
    Stretch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadOptions {
    /// Pixels, at most [`MOST_SIDE`]; 0 takes the size of the first pictures if they all have the same small one,
    /// else 64. One side alone stands for both.
    pub width: usize,
    pub height: usize,
    /// 1 grey, 3 RGB; 0 is grey if every picture is.
    pub channels: usize,
    pub resize: ResizeMode,
    /// Red, green, blue behind transparent pictures and around those that do not fill their example.
    pub background: [u8; 3],
    /// At most this many examples, the same share of every class and split; 0 is all.
    pub limit: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { width: 0, height: 0, channels: 0, resize: ResizeMode::Fit, background: [255; 3], limit: 0 }
    }
}

impl LoadOptions {
    /// The nearest settings that can be carried out; the table of keys refuses others long before.
    pub(in crate::data) fn bounded(mut self) -> Self {
        self.width = self.width.min(MOST_SIDE);
        self.height = self.height.min(MOST_SIDE);
        self.channels = match self.channels {
            0 => 0,
            1 | 2 => 1,
            _ => 3,
        };
        self
    }

    /// The size of the examples, if the settings alone say it.
    pub(in crate::data) fn size(&self) -> Option<(usize, usize)> {
        match (self.width, self.height) {
            (0, 0) => None,
            (0, side) | (side, 0) => Some((side, side)),
            sides => Some(sides),
        }
    }
}
