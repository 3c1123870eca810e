//! The order in which an epoch visits the examples. It depends on the seed, the epoch, the number of examples and the
//! shuffle window alone, not on where the examples are stored.
//!
//! Examples that fit the window are shuffled as a whole. More of them are cut into chunks, and the chunks are put in
//! random order. A window then slides over them: the next example is chosen at random from the window, and the first
//! one of the window takes its place. An example moves forward by at most one window, so only about one window's worth
//! of the chunks is in use at any time.

use crate::rng::{Purpose, Rng};

/// Chunks in the window at a time.
const CHUNKS: usize = 64;

/// `window` is counted in examples.
pub(super) fn shuffled(mut examples: Vec<u32>, window: usize, seed: u64, epoch: u64) -> Vec<u32> {
    let mut rng = Rng::new(seed, Purpose::Shuffle, epoch);
    let window = window.max(1);
    if examples.len() <= window {
        rng.shuffle(&mut examples);
        return examples;
    }
    let mut chunks: Vec<&[u32]> = examples.chunks(window.div_ceil(CHUNKS)).collect();
    rng.shuffle(&mut chunks);
    let mut order = chunks.concat();
    for next in 0..order.len() {
        let end = order.len().min(next + window);
        order.swap(next, next + rng.below(end - next));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_the_window_is_shuffled_as_a_whole() {
        let mut whole: Vec<u32> = (0..100).collect();
        Rng::new(3, Purpose::Shuffle, 5).shuffle(&mut whole);
        assert_eq!(shuffled((0..100).collect(), 100, 3, 5), whole);
        assert_eq!(shuffled((0..100).collect(), usize::MAX, 3, 5), whole);
    }

    #[test]
    fn a_window_keeps_every_example_and_mixes_those_that_lay_apart() {
        let order = shuffled((0..10_000).collect(), 640, 3, 5);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10_000).collect::<Vec<u32>>());
        // Examples sorted into ten classes: a batch of 50 contains most of the classes.
        for batch in order.chunks(50) {
            let mut classes: Vec<u32> = batch.iter().map(|example| example / 1000).collect();
            classes.sort_unstable();
            classes.dedup();
            assert!(4 < classes.len(), "{classes:?}");
        }
    }

    #[test]
    fn few_chunks_are_in_use_at_a_time() {
        let order = shuffled((0..10_000).collect(), 640, 3, 5);
        // In chunks of 10 examples: 100 examples in a row come from 10 new chunks and from those in the window.
        let mut chunks: Vec<u32> = order[5000..5100].iter().map(|example| example / 10).collect();
        chunks.sort_unstable();
        chunks.dedup();
        assert!(chunks.len() <= 100, "{}", chunks.len());
        let seen: std::collections::HashSet<u32> = order[..5000].iter().map(|example| example / 10).collect();
        assert!(seen.len() < 720, "{} of 1,000 chunks after half of the epoch", seen.len());
    }

    #[test]
    fn every_epoch_and_every_seed_has_an_order_of_its_own() {
        let order = |seed, epoch| shuffled((0..1000).collect(), 100, seed, epoch);
        assert_eq!(order(1, 0), order(1, 0));
        assert_ne!(order(1, 0), order(1, 1));
        assert_ne!(order(1, 0), order(2, 0));
        shuffled((0..10).collect(), 0, 1, 1); // a window smaller than an example
    }
}
