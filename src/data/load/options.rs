//! Options for turning images into examples. They are saved with a model, which must be used with the same ones.

use serde::{Deserialize, Serialize};

use crate::data::limits::MOST_SIDE;
use crate::data::store::fingerprint::Fingerprint;

/// The way to resize an image whose proportions differ from those of the examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResizeMode {
    /// The whole image, with padding that is masked out of the loss.
    #[default]
    Fit,
    /// The middle of the image.
    Crop,
    /// The whole image, distorted.
    Stretch,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadOptions {
    /// Pixels, at most [`MOST_SIDE`]; 0 takes the size of the first images if they share a small one, else 64. If only one
    /// side is set, it is used for both.
    pub width: usize,
    pub height: usize,
    /// 1 grey, 3 RGB; 0 is grey if every image is.
    pub channels: usize,
    pub resize: ResizeMode,
    /// Red, green, blue behind transparent pixels and in the padding.
    pub background: [u8; 3],
    /// Most examples, the same share of every class and split; 0 is all.
    pub limit: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { width: 0, height: 0, channels: 0, resize: ResizeMode::Fit, background: [255; 3], limit: 0 }
    }
}

impl LoadOptions {
    /// The fingerprint of no files read with these options. The limit does not count: it applies when all files are read.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self { width, height, channels, resize, background, limit: _ } = self;
        Fingerprint::new(&format!("1 {width} {height} {channels} {resize:?} {background:?}"))
    }

    /// The nearest options that are possible; the table of keys refuses others long before.
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

    /// The size of the examples, if the options alone decide it.
    pub(in crate::data) fn size(&self) -> Option<(usize, usize)> {
        match (self.width, self.height) {
            (0, 0) => None,
            (0, side) | (side, 0) => Some((side, side)),
            sides => Some(sides),
        }
    }
}
