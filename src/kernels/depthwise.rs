//! Depthwise convolution and its two gradients: every channel has a window of weights of its own.
//!
//! `z[y, x, c] = b[c] + sum over ky, kx of W[ky, kx, c] x[y s + ky d - top, x s + kx d - left, c]`, where x is zero outside,
//! s is the stride and d the dilation of an axis. Shapes: x `[height, width, channels]`, W `[kernel height, kernel width,
//! channels]`, z `[out height, out width, channels]`.
//!
//! A vector holds neighbouring channels of a pixel. Several pixels of a line form a tile in registers, so that a weight is
//! loaded once for all of them. Sums are over the taps in order, so a result does not depend on the tiles.

// Loops over constant numbers of vectors are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use super::level::{BaseVector, Level, level};
use super::simd::Lanes;

/// The taps along one axis: tap k at position i of z reads position `i * stride + k * dilation - before` of x.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taps {
    pub count: usize,
    pub stride: usize,
    pub dilation: usize,
    pub before: usize,
    /// Lengths of x and of z.
    pub from: usize,
    pub to: usize,
}

impl Taps {
    /// The positions of z at which tap `k` is inside x.
    pub fn meets(&self, k: usize) -> Range<usize> {
        let first = self.before.saturating_sub(k * self.dilation).div_ceil(self.stride);
        let end = (self.from + self.before).saturating_sub(k * self.dilation).div_ceil(self.stride);
        first..end.min(self.to).max(first)
    }

    /// The position of x that tap `k` reads at position `at` of z. Only for taps inside x.
    pub fn source(&self, at: usize, k: usize) -> usize {
        at * self.stride + k * self.dilation - self.before
    }

    /// Positions of z, and for each the taps inside x with what they read.
    fn forward(&self) -> Vec<Segment> {
        let taps = |at: usize| {
            let inside = (0..self.count).filter(|&k| self.meets(k).contains(&at));
            inside.map(|k| (k, self.source(at, k))).collect()
        };
        segments(0, 1, self.to, self.stride, taps)
    }

    /// Positions of x, and for each the taps that read it with the positions of z at which they do.
    fn backward(&self) -> Vec<Segment> {
        let taps = |at: usize| {
            let reads = |k: usize| {
                let shifted = (at + self.before).checked_sub(k * self.dilation)?;
                let read = shifted.is_multiple_of(self.stride).then_some(shifted / self.stride)?;
                (read < self.to).then_some((k, read))
            };
            (0..self.count).filter_map(reads).collect()
        };
        (0..self.stride.min(self.from)).flat_map(|phase| segments(phase, self.stride, self.from, 1, taps)).collect()
    }
}

/// Positions `first`, `first + step`, ... of what is computed, `count` of them, which have the same taps: the number of
/// each and the position that it reads at the first; at the next ones it reads `stride` further each.
struct Segment {
    first: usize,
    step: usize,
    count: usize,
    taps: Vec<(usize, usize)>,
    stride: usize,
}

/// Every `step`-th position from `first` below `end`, in segments of equal taps.
fn segments(
    first: usize,
    step: usize,
    end: usize,
    stride: usize,
    taps: impl Fn(usize) -> Vec<(usize, usize)>,
) -> Vec<Segment> {
    let mut found: Vec<Segment> = Vec::new();
    for at in (first..end).step_by(step) {
        let taps = taps(at);
        let follows = |last: &&mut Segment| {
            let expected = last.taps.iter().map(|&(k, source)| (k, source + last.count * stride));
            expected.eq(taps.iter().copied())
        };
        match found.last_mut().filter(follows) {
            Some(last) => last.count += 1,
            None => found.push(Segment { first: at, step, count: 1, taps, stride }),
        }
    }
    found
}

/// The sizes of one depthwise convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Depthwise {
    pub channels: usize,
    pub across: Taps,
    pub down: Taps,
}

impl Depthwise {
    fn input_len(&self) -> usize {
        self.across.from * self.down.from * self.channels
    }

    fn output_len(&self) -> usize {
        self.across.to * self.down.to * self.channels
    }

    fn weight_len(&self) -> usize {
        self.across.count * self.down.count * self.channels
    }

    /// z = x * W + b for each example.
    pub fn forward(&self, w: &[f32], bias: &[f32], x: &[f32], z: &mut [f32]) {
        assert!(w.len() == self.weight_len() && bias.len() == self.channels, "depthwise: weights of other sizes");
        let (across, down) = (self.across.forward(), self.down.forward());
        for (x, z) in x.chunks_exact(self.input_len()).zip(z.chunks_exact_mut(self.output_len())) {
            Sweep {
                channels: self.channels,
                across: &across,
                down: &down,
                kernel_width: self.across.count,
                w,
                bias: Some(bias),
                source: x,
                source_width: self.across.from,
                width: self.across.to,
            }
            .run(z);
        }
    }

    /// dx += dz * the transposed W, for each example.
    pub fn input_gradient(&self, w: &[f32], dz: &[f32], dx: &mut [f32]) {
        assert_eq!(w.len(), self.weight_len(), "depthwise: weights of other sizes");
        let (across, down) = (self.across.backward(), self.down.backward());
        for (dz, dx) in dz.chunks_exact(self.output_len()).zip(dx.chunks_exact_mut(self.input_len())) {
            Sweep {
                channels: self.channels,
                across: &across,
                down: &down,
                kernel_width: self.across.count,
                w,
                bias: None,
                source: dz,
                source_width: self.across.to,
                width: self.across.from,
            }
            .run(dx);
        }
    }

    /// dW += sum over examples and positions of dz times what each tap reads there.
    pub fn weight_gradient(&self, x: &[f32], dz: &[f32], dw: &mut [f32]) {
        assert_eq!(dw.len(), self.weight_len(), "depthwise: weights of other sizes");
        for (x, dz) in x.chunks_exact(self.input_len()).zip(dz.chunks_exact(self.output_len())) {
            match level() {
                // SAFETY: the instruction set was detected, and `x`, `dz` and `dw` have the lengths of the sizes.
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => unsafe { weights_avx512(self, x, dz, dw) },
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => unsafe { weights_avx2(self, x, dz, dw) },
                // SAFETY: base vectors are always available, and the lengths are those of the sizes.
                Level::Base => unsafe { weights::<BaseVector>(self, x, dz, dw) },
            }
        }
    }
}

/// One picture that is computed from another by taps.
struct Sweep<'a> {
    channels: usize,
    across: &'a [Segment],
    down: &'a [Segment],
    kernel_width: usize,
    w: &'a [f32],
    /// What a sum begins with; `None`: what is there already.
    bias: Option<&'a [f32]>,
    source: &'a [f32],
    source_width: usize,
    width: usize,
}

/// Pixels of a tile: with the weight and a value they leave none of V8's 16 registers unused or spilt.
const PIXELS: usize = if cfg!(target_arch = "x86_64") { 8 } else { 6 };

impl Sweep<'_> {
    fn run(&self, out: &mut [f32]) {
        let lines = self.down.iter().map(|segment| segment.first + (segment.count - 1) * segment.step).max();
        assert!(
            (lines.map_or(0, |last| last + 1)) * self.width * self.channels <= out.len(),
            "depthwise: short result"
        );
        match level() {
            // SAFETY: the instruction set was detected; segments hold positions inside both pictures only, whose lengths
            // the callers' chunks have.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { sweep_avx512(self, out) },
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { sweep_avx2(self, out) },
            // SAFETY: base vectors are always available; positions as above.
            Level::Base => unsafe { sweep::<BaseVector>(self, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn sweep_avx512(s: &Sweep, out: &mut [f32]) {
    unsafe { sweep::<std::arch::x86_64::__m512>(s, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn sweep_avx2(s: &Sweep, out: &mut [f32]) {
    unsafe { sweep::<std::arch::x86_64::__m256>(s, out) }
}

#[inline(always)]
unsafe fn sweep<V: Lanes>(s: &Sweep, out: &mut [f32]) {
    let whole = s.channels / V::LEN * V::LEN;
    for down in s.down {
        for row in 0..down.count {
            let line = (down.first + row * down.step) * s.width * s.channels;
            let out = &mut out[line..][..s.width * s.channels];
            let rows = LineTaps { taps: &down.taps, further: row * down.stride };
            for c in (0..whole).step_by(V::LEN) {
                for across in s.across {
                    let mut n = 0;
                    while n + PIXELS <= across.count {
                        unsafe { tile::<V, PIXELS>(s, &rows, across, n, c, out) };
                        n += PIXELS;
                    }
                    while n < across.count {
                        unsafe { tile::<V, 1>(s, &rows, across, n, c, out) };
                        n += 1;
                    }
                }
            }
            single_channels(s, &rows, whole, out);
        }
    }
}

/// The taps of a line, and how much further they read than at the first line of their segment.
struct LineTaps<'a> {
    taps: &'a [(usize, usize)],
    further: usize,
}

/// Computes `N` pixels from number `n` of a segment on, in the channels from `c` on.
#[inline(always)]
unsafe fn tile<V: Lanes, const N: usize>(
    s: &Sweep,
    rows: &LineTaps,
    across: &Segment,
    n: usize,
    c: usize,
    out: &mut [f32],
) {
    let next = across.step * s.channels;
    let at = (across.first + n * across.step) * s.channels + c;
    debug_assert!(at + (N - 1) * next + V::LEN <= out.len());
    unsafe {
        let out = out.as_mut_ptr().add(at);
        let mut sums: [V; N] = match s.bias {
            Some(bias) => [V::load(bias.as_ptr().add(c)); N],
            None => std::array::from_fn(|pixel| V::load(out.add(pixel * next))),
        };
        let further = across.stride * s.channels;
        for &(ky, y) in rows.taps {
            let line = s.source.as_ptr().add((y + rows.further) * s.source_width * s.channels + c);
            let w = s.w.as_ptr().add(ky * s.kernel_width * s.channels + c);
            for &(kx, x) in &across.taps {
                let w = V::load(w.add(kx * s.channels));
                let x = line.add((x + n * across.stride) * s.channels);
                for pixel in 0..N {
                    sums[pixel] = sums[pixel].mul_add(V::load(x.add(pixel * further)), w);
                }
            }
        }
        for pixel in 0..N {
            sums[pixel].store(out.add(pixel * next));
        }
    }
}

/// Computes a line in the channels from `first` on, which fill no vector.
#[inline(always)]
fn single_channels(s: &Sweep, rows: &LineTaps, first: usize, out: &mut [f32]) {
    if first == s.channels {
        return;
    }
    for across in s.across {
        for n in 0..across.count {
            let pixel = (across.first + n * across.step) * s.channels;
            for c in first..s.channels {
                let mut sum = s.bias.map_or(out[pixel + c], |bias| bias[c]);
                for &(ky, y) in rows.taps {
                    for &(kx, x) in &across.taps {
                        let read = (y + rows.further) * s.source_width + x + n * across.stride;
                        sum += s.source[read * s.channels + c] * s.w[(ky * s.kernel_width + kx) * s.channels + c];
                    }
                }
                out[pixel + c] = sum;
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn weights_avx512(d: &Depthwise, x: &[f32], dz: &[f32], dw: &mut [f32]) {
    unsafe { weights::<std::arch::x86_64::__m512>(d, x, dz, dw) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn weights_avx2(d: &Depthwise, x: &[f32], dz: &[f32], dw: &mut [f32]) {
    unsafe { weights::<std::arch::x86_64::__m256>(d, x, dz, dw) }
}

/// Neighbouring taps whose sums are in registers together.
const TOGETHER: usize = 5;

/// Adds the gradient of the weights of one example.
///
/// # Safety
/// The slices have the lengths of the sizes, and V's instruction set is available.
#[inline(always)]
unsafe fn weights<V: Lanes>(d: &Depthwise, x: &[f32], dz: &[f32], dw: &mut [f32]) {
    let whole = d.channels / V::LEN * V::LEN;
    for ky in 0..d.down.count {
        for first in (0..d.across.count).step_by(TOGETHER) {
            let taps = first..d.across.count.min(first + TOGETHER);
            for c in (0..whole).step_by(V::LEN) {
                unsafe {
                    match taps.len() {
                        5 => sums_of_taps::<V, 5>(d, ky, first, c, x, dz, dw),
                        4 => sums_of_taps::<V, 4>(d, ky, first, c, x, dz, dw),
                        3 => sums_of_taps::<V, 3>(d, ky, first, c, x, dz, dw),
                        2 => sums_of_taps::<V, 2>(d, ky, first, c, x, dz, dw),
                        _ => sums_of_taps::<V, 1>(d, ky, first, c, x, dz, dw),
                    }
                }
            }
            for (kx, c) in taps.flat_map(|kx| (whole..d.channels).map(move |c| (kx, c))) {
                let mut sum = 0.0;
                for y in d.down.meets(ky) {
                    for at in d.across.meets(kx) {
                        let read = d.down.source(y, ky) * d.across.from + d.across.source(at, kx);
                        sum += x[read * d.channels + c] * dz[(y * d.across.to + at) * d.channels + c];
                    }
                }
                dw[(ky * d.across.count + kx) * d.channels + c] += sum;
            }
        }
    }
}

/// Adds the gradient of `N` neighbouring taps of a line in the channels from `c` on: over the positions at which all of
/// them are inside x together, and over the others tap by tap.
#[inline(always)]
unsafe fn sums_of_taps<V: Lanes, const N: usize>(
    d: &Depthwise,
    ky: usize,
    first: usize,
    c: usize,
    x: &[f32],
    dz: &[f32],
    dw: &mut [f32],
) {
    let (across, channels) = (&d.across, d.channels);
    let met: [Range<usize>; N] = std::array::from_fn(|tap| across.meets(first + tap));
    let start = met.iter().map(|met| met.start).max().unwrap_or(0);
    let end = met.iter().map(|met| met.end).min().unwrap_or(0).max(start);
    unsafe {
        let mut sums = [V::splat(0.0); N];
        for y in d.down.meets(ky) {
            let x = x.as_ptr().add(d.down.source(y, ky) * across.from * channels + c);
            let dz = dz.as_ptr().add(y * across.to * channels + c);
            for at in start..end {
                let dz = V::load(dz.add(at * channels));
                let x = x.add(across.source(at, first) * channels);
                for tap in 0..N {
                    sums[tap] = sums[tap].mul_add(V::load(x.add(tap * across.dilation * channels)), dz);
                }
            }
            for tap in 0..N {
                let edges = (met[tap].start..met[tap].end.min(start)).chain(met[tap].start.max(end)..met[tap].end);
                for at in edges {
                    let x = x.add(across.source(at, first + tap) * channels);
                    sums[tap] = sums[tap].mul_add(V::load(x), V::load(dz.add(at * channels)));
                }
            }
        }
        for tap in 0..N {
            let place = (ky * across.count + first + tap) * channels + c;
            let place = dw[place..][..V::LEN].as_mut_ptr();
            V::load(place).add(sums[tap]).store(place);
        }
    }
}
