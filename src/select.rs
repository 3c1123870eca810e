//! The smallest values of many, without sorting all of them.
//!
//! Quickselect (Hoare 1961) with three parts, below, like and above a pivot, so that many equal values cost no more than
//! different ones. The standard library has the same, but its WebAssembly build for size takes quadratic time where values are
//! equal, and leaves the values in another order than its native one.

use std::cmp::Ordering;

/// Parts below which the pivot is the middle value; above, the median of three.
const FEW: usize = 16;

/// Moves the value that belongs at `place` in ascending order there, smaller ones before it and larger ones behind, and
/// returns it. The result is the same on every machine; it takes time in proportion to the number of values, on average.
///
/// Panics if there is no such place.
pub fn select<T: Copy>(values: &mut [T], place: usize, order: impl Fn(&T, &T) -> Ordering) -> T {
    let (mut from, mut to) = (0, values.len());
    assert!(place < to, "place {place} of {to} values");
    loop {
        let pivot = pivot(&values[from..to], &order);
        // values[from..low] are below the pivot, values[low..at] like it, values[high..to] above it.
        let (mut low, mut at, mut high) = (from, from, to);
        while at < high {
            match order(&values[at], &pivot) {
                Ordering::Less => {
                    values.swap(low, at);
                    low += 1;
                    at += 1;
                }
                Ordering::Equal => at += 1,
                Ordering::Greater => {
                    high -= 1;
                    values.swap(at, high);
                }
            }
        }
        if place < low {
            to = low;
        } else if place < high {
            return pivot;
        } else {
            from = high;
        }
    }
}

/// A value that is likely to be near the middle: the median of three at places that no usual order of the values favours.
fn pivot<T: Copy>(values: &[T], order: &impl Fn(&T, &T) -> Ordering) -> T {
    let len = values.len();
    if len < FEW {
        return values[len / 2];
    }
    // Shares of a golden section and its square.
    let [a, b, c] = [0.146, 0.528, 0.854].map(|share: f64| values[(share * len as f64) as usize]);
    let (low, high) = if order(&a, &b).is_le() { (a, b) } else { (b, a) };
    if order(&c, &low).is_le() {
        low
    } else if order(&c, &high).is_ge() {
        high
    } else {
        c
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn the_value_at_a_place_is_that_of_the_sorted_values() {
        let mut rng = Rng::new(7, Purpose::Test, 0);
        for (len, kinds) in [(1, 1), (2, 2), (15, 3), (16, 100), (1000, 5), (1000, 10_000)] {
            let values: Vec<usize> = (0..len).map(|_| rng.below(kinds)).collect();
            let mut sorted = values.clone();
            sorted.sort();
            for place in [0, len / 3, len / 2, len - 1] {
                let mut selected = values.clone();
                assert_eq!(select(&mut selected, place, usize::cmp), sorted[place], "{place} of {len}");
                assert!(selected[..place].iter().all(|&value| value <= sorted[place]));
                assert!(selected[place..].iter().all(|&value| sorted[place] <= value));
                selected.sort();
                assert_eq!(selected, sorted, "no value is lost");
            }
        }
    }

    #[test]
    fn comparisons_grow_with_the_number_of_values_whatever_their_order() {
        let n = 20_000;
        let mut rng = Rng::new(8, Purpose::Test, 0);
        let orders: [(&str, Vec<usize>); 6] = [
            ("equal", vec![3; n]),
            ("ascending", (0..n).collect()),
            ("descending", (0..n).rev().collect()),
            ("two kinds", (0..n).map(|at| at % 2).collect()),
            ("up and down", (0..n / 2).chain((0..n / 2).rev()).collect()),
            ("random", (0..n).map(|_| rng.below(n)).collect()),
        ];
        for (name, values) in orders {
            for place in [0, n / 2, n - 1] {
                let count = Cell::new(0);
                select(&mut values.clone(), place, |a, b| {
                    count.set(count.get() + 1);
                    a.cmp(b)
                });
                assert!(count.get() < 12 * n, "{name}, place {place}: {} comparisons of {n} values", count.get());
            }
        }
    }
}
