//! The permissive comparison of contours: which of a letter's curves a made curve is meant to be.
//!
//! A made contour has n curves (c, e), all of them used; that of the letter has m of them, and stays at its end for the
//! rest. Wherever along the contour the n - m curves too many are, the shape may be right: curve i is meant to be curve
//! a(i) of the letter, with a(0) = 0, a(n - 1) = m - 1 and steps of 0 or 1. The first of the curves with the same a is
//! compared with (c, e) of the letter, the others with (e, e), where they stay. The a with the least sum of squares,
//!
//! ```text
//! S(i, j) = min(S(i - 1, j - 1) + |c_i - c'_j|² + |e_i - e'_j|²,  S(i - 1, j) + |c_i - e'_j|² + |e_i - e'_j|²)
//! ```
//! gives the target, and any loss compares with that. Where a is unique it does not change with a small change of the
//! curves, so the gradient of the loss is that with a fixed target. To stay at the end alone is one of the assignments, so
//! the permissive sum of squares is never above the plain one.

use super::points::{ROOM, parts, used};

/// Most curves of a contour.
const MOST: usize = ROOM[0];

/// The target of a made letter, 254 values as in `points`, with the curves of each contour assigned as suits it best.
pub fn assigned(made: &[f32], letter: &[f32]) -> Vec<f32> {
    let mut target = Vec::with_capacity(letter.len());
    for (made, letter) in parts(made).zip(parts(letter)) {
        target.extend_from_slice(&letter[..2]);
        target.extend(assigned_curves(&made[2..], &letter[2..]));
    }
    target
}

/// The curves of one contour, `[n, 4]` with n up to 38, as targets of the made ones.
pub fn assigned_curves(made: &[f32], letter: &[f32]) -> Vec<f32> {
    let (count, needed) = (made.len() / 4, used(letter));
    if needed <= 1 || count == needed || MOST < count {
        return letter.to_vec();
    }
    let curve = |index: usize| &letter[4 * index..][..4];
    let stay = |index: usize| [curve(index)[2], curve(index)[3], curve(index)[2], curve(index)[3]];
    let cost = |made: &[f32], target: &[f32]| -> f32 {
        made.iter().zip(target).map(|(made, target)| (made - target) * (made - target)).sum()
    };
    let mut sums = [f32::INFINITY; MOST];
    let mut advances = [[false; MOST]; MOST];
    for (place, made) in made.chunks_exact(4).enumerate() {
        // From the last to the first, since a sum needs the one before it of the curve before.
        for index in (0..needed.min(place + 1)).rev() {
            let stays = if place == 0 { f32::INFINITY } else { sums[index] + cost(made, &stay(index)) };
            let before = match index {
                0 if place == 0 => 0.0,
                0 => f32::INFINITY,
                _ => sums[index - 1],
            };
            let goes_on = before + cost(made, curve(index));
            advances[place][index] = goes_on < stays;
            sums[index] = if goes_on < stays { goes_on } else { stays };
        }
    }
    let mut target = vec![0.0; made.len()];
    let mut index = needed - 1;
    for place in (0..count).rev() {
        // A curve must be left for each that is before it; no numbers stay where they are.
        let advances = advances[place][index] || place == index;
        let stays = stay(index);
        target[4 * place..][..4].copy_from_slice(if advances { curve(index) } else { &stays });
        index -= usize::from(advances && 0 < index);
    }
    target
}
