//! Windows over a picture, in each of which every channel becomes its largest value or its mean: the common part of
//! both kinds of pooling.

use serde::{Deserialize, Serialize};

use super::{Connection, Weight};
use crate::kernels::elementwise::{self, Loop};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PoolKind {
    /// The gradient goes to the largest value, the first of several equal ones.
    Max,
    Average,
}

impl PoolKind {
    pub fn name(self) -> &'static str {
        match self {
            PoolKind::Max => "max",
            PoolKind::Average => "average",
        }
    }
}

/// Pixels by which the first and the last windows reach beyond a picture. There is nothing: a window there has only the
/// pixels that exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Margins {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Margins {
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    pub fn largest(&self) -> usize {
        self.left.max(self.top).max(self.right).max(self.bottom)
    }
}

pub struct Windows {
    pub input: Shape,
    pub kind: PoolKind,
    pub width: usize,
    pub height: usize,
    pub stride: usize,
    /// Each smaller than the window.
    pub margins: Margins,
}

/// The part of a window that is in the picture: its first pixel, and its sides.
struct WindowPart {
    first: usize,
    across: usize,
    down: usize,
}

impl Windows {
    pub fn output(&self) -> Shape {
        let side = |len: usize, window: usize| (len - window) / self.stride + 1;
        let Margins { left, top, right, bottom } = self.margins;
        let width = side(self.input.width + left + right, self.width);
        Shape::from_whc(width, side(self.input.height + top + bottom, self.height), self.input.channels)
    }

    pub fn connections(&self) -> u64 {
        let pixels: usize = self.insides().map(|inside| inside.across * inside.down).sum();
        (pixels * self.input.channels) as u64
    }

    /// The part of the window of pixel (x, y) of z that is in the picture.
    fn inside(&self, x: usize, y: usize) -> WindowPart {
        let cut = |at: usize, margin: usize, window: usize, len: usize| {
            let start = at * self.stride;
            let first = start.saturating_sub(margin);
            (first, (start + window - margin).min(len) - first)
        };
        let Shape { width, height, channels } = self.input;
        let (left, across) = cut(x, self.margins.left, self.width, width);
        let (top, down) = cut(y, self.margins.top, self.height, height);
        WindowPart { first: (top * width + left) * channels, across, down }
    }

    /// The parts of all windows, in the order of z.
    fn insides(&self) -> impl Iterator<Item = WindowPart> {
        let output = self.output();
        (0..output.height).flat_map(move |y| (0..output.width).map(move |x| self.inside(x, y)))
    }

    /// Offsets of the pixels under a window (of their channel 0) from the first of them.
    fn taps(&self, across: usize, down: usize) -> Vec<usize> {
        let Shape { width, channels, .. } = self.input;
        (0..down).flat_map(|y| (0..across).map(move |x| (y * width + x) * channels)).collect()
    }

    /// The taps of a part, which are those of a whole window but at an edge.
    #[inline(always)]
    fn taps_of<'a>(&self, inside: &WindowPart, whole: &'a [usize], edge: &'a mut Vec<usize>) -> &'a [usize] {
        if (inside.across, inside.down) == (self.width, self.height) {
            return whole;
        }
        *edge = self.taps(inside.across, inside.down);
        edge
    }

    pub fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (channels, width) = (self.input.channels, self.output().width);
        let pixel = output / channels;
        let WindowPart { first, across, down } = self.inside(pixel % width, pixel / width);
        let weight = match self.kind {
            PoolKind::Max => Weight::Fixed(None),
            PoolKind::Average => Weight::Fixed(Some(share(across * down))),
        };
        for tap in self.taps(across, down) {
            visit(Connection { input: 0, source: first + tap + output % channels, weight });
        }
    }

    /// For each value of z, `winners` gets the index of the largest x within its example.
    pub fn forward(&self, x: &[f32], z: &mut [f32], winners: &mut Vec<u32>) {
        if self.kind == PoolKind::Max {
            winners.resize(z.len(), 0);
        }
        elementwise::best(Forward { windows: self, x, z, winners });
    }

    pub fn backward(&self, dz: &[f32], dx: &mut [f32], winners: &[u32]) {
        elementwise::best(Backward { windows: self, dz, dx, winners });
    }
}

struct Forward<'a> {
    windows: &'a Windows,
    x: &'a [f32],
    z: &'a mut [f32],
    winners: &'a mut [u32],
}

impl Loop for Forward<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Forward { windows, x, z, winners } = self;
        let (input, output, channels) = (windows.input.len(), windows.output().len(), windows.input.channels);
        let (whole, mut edge) = (windows.taps(windows.width, windows.height), Vec::new());
        for (n, (x, z)) in x.chunks_exact(input).zip(z.chunks_exact_mut(output)).enumerate() {
            for ((pixel, z), inside) in z.chunks_exact_mut(channels).enumerate().zip(windows.insides()) {
                let (first, taps) = (inside.first, windows.taps_of(&inside, &whole, &mut edge));
                match windows.kind {
                    PoolKind::Max => {
                        let winners = &mut winners[n * output + pixel * channels..][..channels];
                        let (z8, z_rest) = z.as_chunks_mut::<8>();
                        let (winners8, winners_rest) = winners.as_chunks_mut::<8>();
                        let rest = 8 * z8.len();
                        for (number, (z, winners)) in z8.iter_mut().zip(winners8).enumerate() {
                            (*z, *winners) = largest(x, taps, first + 8 * number);
                        }
                        for (c, (z, winner)) in (rest..).zip(z_rest.iter_mut().zip(winners_rest)) {
                            ([*z], [*winner]) = largest(x, taps, first + c);
                        }
                    }
                    PoolKind::Average => {
                        z.fill(0.0);
                        for tap in taps.iter().map(|tap| first + tap) {
                            z.iter_mut().zip(&x[tap..tap + channels]).for_each(|(z, x)| *z += x);
                        }
                        let share = share(taps.len());
                        z.iter_mut().for_each(|z| *z *= share);
                    }
                }
            }
        }
    }
}

struct Backward<'a> {
    windows: &'a Windows,
    dz: &'a [f32],
    dx: &'a mut [f32],
    winners: &'a [u32],
}

impl Loop for Backward<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Backward { windows, dz, dx, winners } = self;
        let (input, output, channels) = (windows.input.len(), windows.output().len(), windows.input.channels);
        let (whole, mut edge) = (windows.taps(windows.width, windows.height), Vec::new());
        for (n, (dz, dx)) in dz.chunks_exact(output).zip(dx.chunks_exact_mut(input)).enumerate() {
            for ((pixel, dz), inside) in dz.chunks_exact(channels).enumerate().zip(windows.insides()) {
                let (first, taps) = (inside.first, windows.taps_of(&inside, &whole, &mut edge));
                match windows.kind {
                    PoolKind::Max => {
                        let winners = &winners[n * output + pixel * channels..][..channels];
                        let ((dz8, dz_rest), (winners8, winners_rest)) =
                            (dz.as_chunks::<8>(), winners.as_chunks::<8>());
                        let rest = first + 8 * dz8.len();
                        for (number, (dz, winners)) in dz8.iter().zip(winners8).enumerate() {
                            return_to_winners(dx, taps, first + 8 * number, dz, winners);
                        }
                        for (c, (dz, winner)) in dz_rest.iter().zip(winners_rest).enumerate() {
                            return_to_winners(dx, taps, rest + c, &[*dz], &[*winner]);
                        }
                    }
                    // Forward was: z = share * sum of x over the window.
                    PoolKind::Average => {
                        let share = share(taps.len());
                        for tap in taps.iter().map(|tap| first + tap) {
                            dx[tap..tap + channels].iter_mut().zip(dz).for_each(|(dx, dz)| *dx += share * dz);
                        }
                    }
                }
            }
        }
    }
}

/// The weight of each of several values in their mean.
fn share(count: usize) -> f32 {
    1.0 / count as f32
}

/// The largest values of `L` neighbouring channels and their indices; eight at a time stay in registers.
#[inline(always)]
fn largest<const L: usize>(x: &[f32], taps: &[usize], start: usize) -> ([f32; L], [u32; L]) {
    let at = |first: usize| -> &[f32; L] { x[first..first + L].try_into().expect("a slice of L") };
    // The first tap wins, whatever its value.
    let first = start + taps[0];
    let (mut z, mut winners) = (*at(first), std::array::from_fn(|lane| (first + lane) as u32));
    for tap in &taps[1..] {
        let first = start + tap;
        let x = at(first);
        for lane in 0..L {
            // A NaN wins, and only another NaN replaces it.
            let wins = (z[lane] < x[lane]) | x[lane].is_nan();
            z[lane] = if wins { x[lane] } else { z[lane] };
            winners[lane] = if wins { (first + lane) as u32 } else { winners[lane] };
        }
    }
    (z, winners)
}

/// dx += dz at the winners of `L` neighbouring channels, from which forward took z. Comparing all taps with the winners
/// is SIMD; looking the winners up would not be.
#[inline(always)]
fn return_to_winners<const L: usize>(dx: &mut [f32], taps: &[usize], start: usize, dz: &[f32; L], winners: &[u32; L]) {
    for tap in taps {
        let first = start + tap;
        let dx: &mut [f32; L] = (&mut dx[first..first + L]).try_into().expect("a slice of L");
        for lane in 0..L {
            // All ones or all zeros: selecting between numbers would not become SIMD in every build.
            let won = u32::from(winners[lane] == (first + lane) as u32).wrapping_neg();
            dx[lane] += f32::from_bits(dz[lane].to_bits() & won);
        }
    }
}
