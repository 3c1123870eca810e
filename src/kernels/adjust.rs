//! Learning of one column from one image: the weights that bring a neuron's charge into the learning window change.
//!
//! ```text
//! in each cycle: t <- t + sum of the weights that are on
//!     t > low:   if t < high, each weight w that is on becomes w + change, unless that reaches the limit,
//!                or 0, no connection, if that is below the least size; then t <- 0
//!     otherwise  t <- t / 2, rounded down
//! ```
//! Receptors stay on, so the weights that are on are all those that have contributed to t.
//!
//! Shapes: receptors, weights and pinned `[slots, neurons]`, bands `[receptors]`.

use super::elementwise::{Loop, best};

/// Neurons that learn together. With fewer the compiler unrolls the loops over them before it could vectorise them.
const GROUP: usize = 32;

/// Most slots of a neuron.
pub const MOST_SLOTS: usize = 64;

/// The constants of an adjustment.
#[derive(Clone, Copy, Debug)]
pub struct Adjustment {
    /// Number of cycles.
    pub filters: usize,
    pub low: i32,
    pub high: i32,
    pub change: i32,
    pub least: i32,
    /// Every weight stays below it in size.
    pub limit: i32,
}

/// Numbers of weights that grew and shrank in size, and of those that became 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adjusted {
    pub strengthened: u64,
    pub weakened: u64,
    pub removed: u64,
}

/// Adjusts the weights of a column. Bands are the first cycle in which each receptor is on; one that never is has a
/// band of at least `filters`.
pub fn adjust(
    adjustment: Adjustment,
    receptors: &[u32],
    bands: &[u8],
    pinned: &[bool],
    neurons: usize,
    weights: &mut [i32],
) -> Adjusted {
    let largest = receptors.iter().fold(0, |largest, &receptor| largest.max(receptor));
    let is_whole = neurons != 0 && receptors.len().is_multiple_of(neurons) && receptors.len() <= MOST_SLOTS * neurons;
    let is_same = receptors.len() == weights.len() && receptors.len() == pinned.len();
    assert!(is_whole && is_same && (largest as usize) < bands.len(), "slots of a column");
    best(Adjust { adjustment, receptors, bands, pinned, neurons, weights })
}

struct Adjust<'a> {
    adjustment: Adjustment,
    receptors: &'a [u32],
    bands: &'a [u8],
    pinned: &'a [bool],
    neurons: usize,
    weights: &'a mut [i32],
}

impl Loop for Adjust<'_> {
    type Out = Adjusted;
    #[inline(always)]
    fn run(self) -> Adjusted {
        let Self { adjustment: Adjustment { filters, low, high, change, least, limit }, .. } = self;
        let Self { receptors, bands, pinned, neurons, weights, .. } = self;
        let slots = receptors.len() / neurons;
        let (mut w, mut band, mut fixed) =
            ([[0; GROUP]; MOST_SLOTS], [[0; GROUP]; MOST_SLOTS], [[0; GROUP]; MOST_SLOTS]);
        let (mut strengthened, mut weakened, mut removed) = ([0; GROUP], [0; GROUP], [0; GROUP]);
        for first in (0..neurons).step_by(GROUP) {
            let wide = GROUP.min(neurons - first);
            for slot in 0..slots {
                let places = slot * neurons + first..slot * neurons + first + wide;
                // Lanes beyond the last neuron keep a charge of 0, which never learns.
                w[slot] = [0; GROUP];
                w[slot][..wide].copy_from_slice(&weights[places.clone()]);
                for (band, &receptor) in band[slot].iter_mut().zip(&receptors[places.clone()]) {
                    // SAFETY: every receptor is below the number of bands.
                    *band = i32::from(unsafe { *bands.get_unchecked(receptor as usize) });
                }
                fixed[slot].iter_mut().zip(&pinned[places]).for_each(|(fixed, &pinned)| *fixed = i32::from(pinned));
            }
            let mut t = [0; GROUP];
            let mut is_changed = false;
            for c in 0..filters as i32 {
                for (w, band) in w[..slots].iter().zip(&band) {
                    for n in 0..GROUP {
                        t[n] += if band[n] <= c { w[n] } else { 0 };
                    }
                }
                let mut inside = [0; GROUP];
                for n in 0..GROUP {
                    inside[n] = i32::from((t[n] > low) & (t[n] < high));
                }
                if inside.iter().fold(0, |any, &inside| any | inside) != 0 {
                    is_changed = true;
                    for ((w, band), fixed) in w[..slots].iter_mut().zip(&band).zip(&fixed) {
                        for n in 0..GROUP {
                            let (old, new) = (w[n].abs(), (w[n] + change).abs());
                            let learns =
                                (inside[n] != 0) & (band[n] <= c) & (old != 0) & (fixed[n] == 0) & (new < limit);
                            strengthened[n] += i32::from(learns & (new > old));
                            weakened[n] += i32::from(learns & (new < old));
                            removed[n] += i32::from(learns & (new < least));
                            let kept = if new < least { 0 } else { w[n] + change };
                            w[n] = if learns { kept } else { w[n] };
                        }
                    }
                }
                for t in &mut t {
                    *t = if *t > low { 0 } else { *t >> 1 };
                }
            }
            if is_changed {
                for (weights, w) in weights.chunks_exact_mut(neurons).zip(&w) {
                    weights[first..first + wide].copy_from_slice(&w[..wide]);
                }
            }
        }
        let sum = |counts: [i32; GROUP]| counts.iter().map(|&count| count as u64).sum();
        Adjusted { strengthened: sum(strengthened), weakened: sum(weakened), removed: sum(removed) }
    }
}
