//! Work on all cores. The only file that names rayon.
//!
//! Nothing here may change a result: each item is computed alone, and callers reduce in a fixed order.
//! Without the `threads` feature everything runs in turn on the calling thread.

/// Number of threads that share the work.
#[cfg(feature = "threads")]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "threads"))]
pub fn threads() -> usize {
    1
}

/// Runs `work` on every item, each item by one thread.
#[cfg(feature = "threads")]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    use rayon::prelude::*;
    items.par_iter_mut().enumerate().with_max_len(1).for_each(|(index, item)| work(index, item));
}

#[cfg(not(feature = "threads"))]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
}

/// Maps every item, in order of the items.
pub fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    let mut results: Vec<Option<U>> = items.iter().map(|_| None).collect();
    each(&mut results, |index, result| *result = Some(work(&items[index])));
    results.into_iter().flatten().collect()
}

/// Runs `work` in a pool of exactly `threads` threads (0: one per core).
///
/// In the browser the pool is started once by the page, so there the number is only a wish.
#[cfg(all(feature = "threads", not(target_arch = "wasm32")))]
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(), // no more threads to be had: the work is done on those there are
    }
}

#[cfg(not(all(feature = "threads", not(target_arch = "wasm32"))))]
pub fn with_threads<T: Send>(_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    work()
}
