//! What columns see of an image: its pixels, or the contrast around each of them.
//!
//! ```text
//! contrast: d = 4 (centre - surround), on = max(0, d), off = max(0, -d), in bytes
//! ```
//!
//! centre is the image blurred by (1 2 1) / 4 along both axes, surround three times in a row; the pixels of the edge go on beyond
//! it. All of it is in integers. Photographs, whose pixels are lit everywhere, have few places of contrast.

use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// Share of all receptors that are on in each cycle, where the filters are chosen for the images. With fewer, images that are
/// not alike in their light share too few of them for a neuron to spike; with more, all look alike.
const SHARES: [f64; 4] = [0.15, 0.25, 0.35, 0.45];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Receptors {
    /// One of each value of the image.
    #[default]
    Pixels,
    /// Two of each value: on-centre and off-centre.
    Contrast,
}

impl Receptors {
    /// The receptors of an image: each value of a pixel has one channel or two.
    pub fn shape(self, image: Shape) -> Shape {
        match self {
            Self::Pixels => image,
            Self::Contrast => Shape::from_whc(image.width, image.height, 2 * image.channels),
        }
    }

    /// 1 for a receptor that is on where an image is bright, -1 for one that is on where it is dark.
    pub fn sign(self, receptor: u32) -> f32 {
        if self == Self::Contrast && receptor % 2 == 1 { -1.0 } else { 1.0 }
    }

    /// Writes what the receptors see of an image `[height, width, channels]`. Panics if it has not as many values as its
    /// shape, or `seen` not as many as there are receptors.
    pub fn see(self, shape: Shape, image: &[u8], seen: &mut [u8]) {
        if self == Self::Pixels {
            return seen.copy_from_slice(image);
        }
        let image: Vec<i32> = image.iter().map(|&value| value.into()).collect();
        let centre = blurred(&image, shape);
        let surround = blurred(&blurred(&centre, shape), shape);
        // Each blur multiplies by 16: the centre is in 16ths, the surround in 4096ths.
        for ((pair, &centre), &surround) in seen.as_chunks_mut::<2>().0.iter_mut().zip(&centre).zip(&surround) {
            let d = (256 * centre - surround) / 1024;
            *pair = [d.clamp(0, 255) as u8, (-d).clamp(0, 255) as u8];
        }
    }

    /// Falling filters that light fixed shares of the receptors, fewer where values are few; `counts` has how many receptors
    /// saw each value.
    pub fn filters(counts: &[u64; 256]) -> Vec<u8> {
        let all: u64 = counts.iter().sum();
        let lit = |filter: u8| counts[usize::from(filter)..].iter().sum::<u64>() as f64;
        let mut filters: Vec<u8> = Vec::new();
        for share in SHARES {
            let most = filters.last().map_or(255, |last| last - 1);
            let filter = (1..most).find(|&filter| lit(filter) <= share * all as f64).unwrap_or(most);
            if 0 < filter {
                filters.push(filter);
            }
        }
        filters
    }
}

/// The sums with (1 2 1) along both axes.
fn blurred(image: &[i32], Shape { width, height, channels, .. }: Shape) -> Vec<i32> {
    let row = width * channels;
    let along = |values: &[i32], stride: usize, period: usize| -> Vec<i32> {
        let last = period - stride;
        let sum = |(n, &value): (usize, &i32)| {
            let place = n % period;
            let before = if place < stride { value } else { values[n - stride] };
            let after = if last <= place { value } else { values[n + stride] };
            before + 2 * value + after
        };
        values.iter().enumerate().map(sum).collect()
    };
    along(&along(image, channels, row), row, row * height)
}
