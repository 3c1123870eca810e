//! L-BFGS (Nocedal 1980; Nocedal and Wright, Numerical Optimization, algorithm 7.4): the minimum of a smooth function from its
//! gradients, with the last few steps in place of second derivatives.
//!
//! A step goes along `-H g`, with H from the pairs s = change of x and y = change of g, and is halved until the function has
//! fallen as Armijo asks. For convex functions; sums are in f64 and in a fixed order.

use std::collections::VecDeque;

/// Pairs that are kept.
const MEMORY: usize = 10;
/// Share of the fall that the slope promises which is enough.
const ENOUGH: f64 = 1e-4;
/// Halvings of a step after which it cannot be made smaller.
const MOST_HALVINGS: usize = 30;

/// The end of a search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Minimum {
    pub value: f64,
    /// Euclidean norm of the gradient.
    pub gradient: f64,
}

/// Moves `x` to the minimum of a function: until the norm of its gradient is at most `tolerance`, nothing lower is found, or
/// after `most` steps. `function(x, g)` writes the gradient and returns the value.
pub(super) fn minimise(
    x: &mut [f64],
    tolerance: f64,
    most: usize,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Minimum {
    let (mut g, mut next, mut next_g) = (vec![0.0; x.len()], vec![0.0; x.len()], vec![0.0; x.len()]);
    let mut value = function(x, &mut g);
    let mut pairs: VecDeque<(Vec<f64>, Vec<f64>)> = VecDeque::new();
    for _ in 0..most {
        let norm = dot(&g, &g).sqrt();
        if norm <= tolerance || !value.is_finite() {
            break;
        }
        let direction = direction(&g, &pairs);
        let slope = dot(&direction, &g);
        let mut rate = if pairs.is_empty() { 1.0 / norm.max(1.0) } else { 1.0 };
        let mut halvings = 0;
        let found = loop {
            next.iter_mut().zip(x.iter().zip(&direction)).for_each(|(next, (x, d))| *next = x + rate * d);
            let found = function(&next, &mut next_g);
            if found <= value + ENOUGH * rate * slope {
                break Some(found);
            }
            (rate, halvings) = (0.5 * rate, halvings + 1);
            if halvings == MOST_HALVINGS {
                break None;
            }
        };
        let Some(found) = found else { break };
        let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let pair = (difference(&next, x), difference(&next_g, &g));
        if 0.0 < dot(&pair.0, &pair.1) {
            pairs.push_back(pair);
            if MEMORY < pairs.len() {
                pairs.pop_front();
            }
        }
        x.copy_from_slice(&next);
        std::mem::swap(&mut g, &mut next_g);
        value = found;
    }
    Minimum { value, gradient: dot(&g, &g).sqrt() }
}

/// -H g, by the two loops.
fn direction(g: &[f64], pairs: &VecDeque<(Vec<f64>, Vec<f64>)>) -> Vec<f64> {
    let mut q = g.to_vec();
    let mut shares = Vec::with_capacity(pairs.len());
    for (s, y) in pairs.iter().rev() {
        let share = dot(s, &q) / dot(s, y);
        q.iter_mut().zip(y).for_each(|(q, y)| *q -= share * y);
        shares.push(share);
    }
    if let Some((s, y)) = pairs.back() {
        let scale = dot(s, y) / dot(y, y);
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for ((s, y), share) in pairs.iter().zip(shares.into_iter().rev()) {
        let more = share - dot(y, &q) / dot(s, y);
        q.iter_mut().zip(s).for_each(|(q, s)| *q += more * s);
    }
    q.iter_mut().for_each(|q| *q = -*q);
    q
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_of_a_long_valley_is_found() {
        // (x - 3)^2 + 100 (y - x + 1)^2 + z^4 / 4 - z
        let mut x = [0.0, 0.0, 0.0];
        let found = minimise(&mut x, 1e-9, 200, |x, g| {
            let (a, b) = (x[0] - 3.0, x[1] - x[0] + 1.0);
            g.copy_from_slice(&[2.0 * a - 200.0 * b, 200.0 * b, x[2].powi(3) - 1.0]);
            a * a + 100.0 * b * b + x[2].powi(4) / 4.0 - x[2]
        });
        assert!(found.gradient <= 1e-9, "{found:?}");
        assert!(x.iter().zip([3.0, 2.0, 1.0]).all(|(x, right)| (x - right).abs() < 1e-8), "{x:?}");
        assert!((found.value + 0.75).abs() < 1e-12);
    }
}
