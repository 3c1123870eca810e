//! The sources of a sparse layer: which inputs each output reads.
//!
//! | choice | sources of an output |
//! |---|---|
//! | nearest | the inputs nearest to its own place in the picture, in growing rings |
//! | random | drawn from all inputs, each set as probable as any other |
//!
//! Output (x, y) of w x h has the place ((x + 1/2) / w, (y + 1/2) / h) of the picture, and so has an input. Among inputs
//! of one ring that are equally near and not all needed, random numbers decide, so that no side is preferred. Outputs
//! without places (1 x 1 x channels) are always drawn.

use serde::{Deserialize, Serialize};

use crate::rng::{Purpose, Rng};
use crate::select::select;
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceChoice {
    #[default]
    Nearest,
    Random,
}

/// The sources of all outputs, `[outputs, reads]`, ascending for each. `reads` is at most the number of inputs.
pub fn sources(input: Shape, output: Shape, reads: usize, choice: SourceChoice, seed: u64) -> Vec<u32> {
    let mut sources = Vec::with_capacity(output.len() * reads);
    let mut near = Vec::new();
    for index in 0..output.len() {
        let mut rng = Rng::new(seed, Purpose::Wiring, index as u64);
        let first = sources.len();
        if reads == input.len() {
            sources.extend(0..input.len() as u32);
            continue;
        }
        match choice {
            SourceChoice::Nearest if 1 < output.area() => {
                nearest(input, output, index, reads, &mut rng, &mut near);
                sources.extend(near.iter().map(|&(_, _, source)| source));
            }
            SourceChoice::Nearest | SourceChoice::Random => sources.extend(rng.sample(input.len(), reads)),
        }
        sources[first..].sort_unstable();
    }
    sources
}

/// Fills `near` with the inputs nearest to an output: the square of the distance, a random number, the input.
fn nearest(input: Shape, output: Shape, index: usize, reads: usize, rng: &mut Rng, near: &mut Vec<(f64, u32, u32)>) {
    let (x, y, _) = output.place(index);
    let place = |at: usize, from: usize, to: usize| (at as f64 + 0.5) / from as f64 * to as f64 - 0.5;
    let (middle_x, middle_y) = (place(x, output.width, input.width), place(y, output.height, input.height));
    // A square of this reach holds all inputs within that distance; it grows until these are enough.
    let mut reach = (reads as f64 / input.channels as f64).sqrt() * 0.5 + 1.0;
    loop {
        near.clear();
        let span = |middle: f64, len: usize| {
            let first = (middle - reach).ceil().max(0.0) as usize;
            first..((middle + reach).floor() as usize + 1).min(len)
        };
        for v in span(middle_y, input.height) {
            for u in span(middle_x, input.width) {
                let (dx, dy) = (u as f64 - middle_x, v as f64 - middle_y);
                let square = dx * dx + dy * dy;
                if square <= reach * reach {
                    let first = (v * input.width + u) * input.channels;
                    near.extend((first..first + input.channels).map(|source| (square, rng.next_u32(), source as u32)));
                }
            }
        }
        if reads <= near.len() {
            break;
        }
        reach *= 1.5;
    }
    let by_distance = |a: &(f64, u32, u32), b: &(f64, u32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if reads < near.len() {
        select(near, reads, by_distance);
        near.truncate(reads);
    }
}
