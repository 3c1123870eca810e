//! Options for turning images into examples. They are saved with a model, which must be used with the same ones.

use serde::{Deserialize, Serialize};

use super::sides::Side;
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
    /// As width, height and channels, for the targets of pairs.
    pub target_width: usize,
    pub target_height: usize,
    pub target_channels: usize,
    /// Whether images in folders `target` are the targets of pairs: there are folders `input`, too.
    pub paired: bool,
    /// Most examples, the same share of every class and split; 0 is all.
    pub limit: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            width: 0,
            height: 0,
            channels: 0,
            resize: ResizeMode::Fit,
            background: [255; 3],
            target_width: 0,
            target_height: 0,
            target_channels: 0,
            paired: false,
            limit: 0,
        }
    }
}

impl LoadOptions {
    /// The fingerprint of no files read with these options. The limit does not count, since it applies when all files are
    /// read; nor do pairs, which follow from the files.
    pub fn fingerprint(&self) -> Fingerprint {
        let Self {
            width,
            height,
            channels,
            resize,
            background,
            target_width,
            target_height,
            target_channels,
            paired: _,
            limit: _,
        } = self;
        let targets = match (target_width, target_height, target_channels) {
            (0, 0, 0) => String::new(),
            targets => format!(" {targets:?}"),
        };
        Fingerprint::new(&format!("2 {width} {height} {channels} {resize:?} {background:?}{targets}"))
    }

    /// The options for the images of one side of pairs.
    pub(in crate::data) fn of_side(&self, side: Side) -> Self {
        match side {
            Side::Input => self.clone(),
            Side::Target => Self {
                width: self.target_width,
                height: self.target_height,
                channels: self.target_channels,
                ..self.clone()
            },
        }
    }

    /// The nearest options that are possible; the table of keys refuses others long before.
    pub(in crate::data) fn bounded(mut self) -> Self {
        for side in [&mut self.width, &mut self.height, &mut self.target_width, &mut self.target_height] {
            *side = MOST_SIDE.min(*side);
        }
        for channels in [&mut self.channels, &mut self.target_channels] {
            *channels = match *channels {
                0 => 0,
                1 | 2 => 1,
                _ => 3,
            };
        }
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
