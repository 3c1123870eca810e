//! A decoded example on its way into the data set, and the conversion between grey and colour.
//!
//! Grey is Rec. 601: 0.299 R + 0.587 G + 0.114 B.

use crate::data::frame::Frame;

/// `pixels` are `[height, width, channels]`, channels 1 or 3.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub pixels: Vec<u8>,
    pub channels: usize,
    pub frame: Frame,
}

impl Example {
    /// Converts to 1 or 3 channels; 0 keeps colour only if there is any.
    pub fn with_channels(mut self, channels: usize) -> Self {
        let wanted = match channels {
            0 if self.channels == 3 && is_grey(&self.pixels) => 1,
            0 => self.channels,
            _ => channels,
        };
        if wanted != self.channels {
            self.pixels = convert(&self.pixels, wanted);
            self.channels = wanted;
        }
        self
    }
}

/// Converts from 1 channel to 3 or from 3 to 1.
pub fn convert(pixels: &[u8], channels: usize) -> Vec<u8> {
    if channels == 3 {
        return pixels.iter().flat_map(|&grey| [grey; 3]).collect();
    }
    pixels.chunks_exact(3).map(|p| luma([p[0], p[1], p[2]])).collect()
}

/// Rec. 601 in 16-bit fixed point; the weights add up to 65,536, so white stays white.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue) + 32_768) >> 16) as u8
}

fn is_grey(pixels: &[u8]) -> bool {
    pixels.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2])
}
