//! The progress of long work, and the request to cancel it, which others read and write while the work goes on.
//!
//! The numbers are atomics in a fixed order, because the page reads them in shared memory while the engine is busy and
//! cannot answer. If no memory is shared, the progress calls an [`Observer`] instead. Work is counted in parameters.
//!
//! Work that may be cancelled first begins a run of the progress. The request names that run, so one that comes too
//! late cancels nothing else.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::error::{Error, Result};
use crate::par;

/// Parameters that are copied at a time.
const PART: usize = 1 << 20;

/// Called many times during work with the amounts done and in all; returns whether the work is to be cancelled.
pub type Observer = fn(done: u32, total: u32) -> bool;

#[derive(Debug, Default)]
#[repr(C)]
pub struct Progress {
    run: AtomicU32,
    /// The run to be cancelled; 0: none.
    stop: AtomicU32,
    done: AtomicU32,
    total: AtomicU32,
    observer: OnceLock<Observer>,
}

impl Progress {
    /// Begins a run, before work that may be cancelled.
    pub fn begin(&self) {
        self.run.fetch_add(1, Relaxed);
        self.done.store(0, Relaxed);
        self.total.store(0, Relaxed);
    }

    /// Requests that the work of this run be cancelled; it then fails with the error [cancelled](Error::is_cancelled).
    pub fn stop(&self) {
        self.stop.store(self.run.load(Relaxed), Relaxed);
    }

    /// Calls `observer` during work from now on; only the first one is kept.
    pub fn observe_with(&self, observer: Observer) {
        self.observer.get_or_init(|| observer);
    }

    /// The amounts of work done and in all, as far as they are known.
    pub fn counts(&self) -> (u32, u32) {
        (self.done.load(Relaxed), self.total.load(Relaxed))
    }

    /// Adds to the amount of work in all.
    pub fn expect(&self, amount: usize) {
        self.total.fetch_add(amount as u32, Relaxed);
    }

    pub fn advance(&self, amount: usize) {
        self.done.fetch_add(amount as u32, Relaxed);
    }

    pub fn check(&self) -> Result<()> {
        if self.is_stopped() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Adds to the amount done. Fails once the work is cancelled.
    pub fn count(&self, amount: usize) -> Result<()> {
        self.advance(amount);
        self.check()
    }

    /// Copies part by part and counts each part. Fails once the work is cancelled.
    pub fn copy<T: Copy>(&self, values: &[T], mut to: impl FnMut(&[T])) -> Result<()> {
        values.chunks(PART).try_for_each(|part| {
            to(part);
            self.count(part.len())
        })
    }

    /// Returns a copy. The caller adds its length by [`Progress::expect`].
    pub fn copied<T: Copy>(&self, values: &[T]) -> Result<Vec<T>> {
        let mut copy = Vec::with_capacity(values.len());
        self.copy(values, |part| copy.extend_from_slice(part))?;
        Ok(copy)
    }

    /// Works on every item on all threads, and counts the amount that `work` returns for it. Fails once the work is
    /// cancelled.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) -> usize + Sync + Send) -> Result<()> {
        par::each(items, |_, item| {
            if !self.is_stopped() {
                self.advance(work(item));
            }
        });
        self.check()
    }

    fn is_stopped(&self) -> bool {
        let run = self.run.load(Relaxed);
        if let Some(observer) = self.observer.get()
            && observer(self.done.load(Relaxed), self.total.load(Relaxed))
        {
            self.stop();
        }
        run != 0 && self.stop.load(Relaxed) == run
    }
}
