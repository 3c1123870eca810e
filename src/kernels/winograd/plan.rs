//! The sizes of a convolution by tiles: whether it is worthwhile, the number of tiles, and the layout of the numbers.

use super::filter::{kernel_side, tile_side};
use crate::kernels::level::lanes;
use crate::kernels::panel;
use crate::kernels::window::{Padding, Window};

/// Least number of channels for which the transformations are worthwhile.
const LEAST_CHANNELS: usize = 8;
/// Most tiles in a group of several examples; with that many rows, reading the panels costs little.
const GROUP_TILES: usize = 64;

/// Distance from the numbers of one place to those of the next: an odd number of cache lines, so that the places of a
/// tile do not compete for the same sets of the first-level cache.
pub fn plane(len: usize) -> usize {
    len.next_multiple_of(LINE) | LINE
}

/// Number of values in a cache line.
const LINE: usize = 16;

pub struct Winograd {
    pub window: Window,
    /// Pixels a side that a tile reads.
    pub a: usize,
    pub tiles_y: usize,
    pub tiles_x: usize,
}

impl Winograd {
    /// `None` where the direct convolution is better: other kernels, and channels that do not fill vectors.
    pub fn of(window: &Window) -> Option<Self> {
        let Window { input, outputs, kernel, stride, padding } = *window;
        let r = match (kernel, stride) {
            (3, 1) => 3,
            (4, 2) => 2,
            _ => return None,
        };
        let whole = |channels: usize| channels == lanes() || channels.is_multiple_of(2 * lanes());
        let fits = whole(stride * stride * input.channels)
            && input.channels.is_multiple_of(lanes())
            && outputs.is_multiple_of(lanes())
            && LEAST_CHANNELS <= input.channels.min(outputs);
        let even = |side: usize| (side + 2 * padding - kernel).is_multiple_of(stride);
        if !fits || !even(input.width) || !even(input.height) {
            return None;
        }
        let out = window.output();
        let of_tile = |m: usize| Self {
            window: *window,
            a: m + r - 1,
            tiles_y: out.height.div_ceil(m),
            tiles_x: out.width.div_ceil(m),
        };
        let (small, large) = (of_tile(2), of_tile(4));
        // Large tiles have larger rounding errors and extend beyond pictures that they do not divide.
        Some(if 4 * large.products() <= 3 * small.products() { large } else { small })
    }

    /// Number of products for each pair of channels.
    fn products(&self) -> usize {
        self.places() * self.tiles()
    }

    /// Number of examples in a group.
    pub fn group(&self) -> usize {
        (GROUP_TILES / self.tiles()).max(1)
    }

    /// C.
    pub fn channels(&self) -> usize {
        self.window.stride * self.window.stride * self.window.input.channels
    }

    pub fn tiles(&self) -> usize {
        self.tiles_y * self.tiles_x
    }

    pub fn places(&self) -> usize {
        self.a * self.a
    }

    /// The padded picture, large enough for whole tiles.
    pub fn frame(&self) -> Padding {
        let Window { input, stride, padding, .. } = self.window;
        let side = |tiles: usize| stride * (tile_side(self.a) * tiles + kernel_side(self.a) - 1);
        Padding {
            shape: input,
            before: padding,
            right: side(self.tiles_x) - padding - input.width,
            below: side(self.tiles_y) - padding - input.height,
        }
    }

    /// Number of channels in a panel of V: the width of the register tile if V is also a right operand, for dW.
    pub fn panel_of_v(&self, makes_dw: bool) -> usize {
        let channels = self.channels();
        if !makes_dw && channels.is_power_of_two() { channels } else { channels.min(2 * lanes()) }
    }

    /// Lengths of U packed for z and for dx.
    pub fn packed_lens(&self) -> [usize; 2] {
        let (channels, outputs) = (self.channels(), self.window.outputs);
        [panel::packed_len(channels, outputs), panel::packed_len(outputs, channels)]
    }

    pub fn prepared_len(&self) -> usize {
        self.places() * self.packed_lens().iter().sum::<usize>()
    }

    /// Calls `visit(taps, place)` for each output and phase: the indices in W where its r x r taps begin (the last one
    /// is repeated up to three), and the index in a plane of U.
    #[inline(always)]
    pub fn each_kernel(&self, mut visit: impl FnMut([[usize; 3]; 3], usize)) {
        let Window { input, outputs, kernel, stride, .. } = self.window;
        let r = kernel_side(self.a);
        for o in 0..outputs {
            for phase in 0..stride * stride {
                let (py, px) = (phase / stride, phase % stride);
                let taps = std::array::from_fn(|ky| {
                    std::array::from_fn(|kx| {
                        let (y, x) = (ky.min(r - 1) * stride + py, kx.min(r - 1) * stride + px);
                        ((o * kernel + y) * kernel + x) * input.channels
                    })
                });
                visit(taps, (o * stride * stride + phase) * input.channels);
            }
        }
    }
}
