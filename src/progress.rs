//! How far a long piece of work is, and the wish that it end: what callers can read and write meanwhile.
//!
//! The numbers are plain atomics in a fixed order, because the page looks at them in shared memory while the engine is
//! busy and cannot answer; where no memory is shared, the progress calls a [`Observer`] instead. Work is counted in parameters.
//! A caller that may want to stop a piece of work begins a run of the progress before it; the wish names that run, so that one
//! that comes too late ends nothing else.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::error::{Error, Result};
use crate::par;

/// Parameters that are copied at a time.
const PART: usize = 1 << 20;

/// Hears how much is done and how much there is, many times in a piece of work; says whether that shall end.
pub type Observer = fn(done: u32, total: u32) -> bool;

#[derive(Debug, Default)]
#[repr(C)]
pub struct Progress {
    run: AtomicU32,
    /// The run that shall end; 0: none.
    stop: AtomicU32,
    done: AtomicU32,
    total: AtomicU32,
    look: OnceLock<Observer>,
}

impl Progress {
    /// Before work that may be stopped.
    pub fn begin(&self) {
        self.run.fetch_add(1, Relaxed);
        self.done.store(0, Relaxed);
        self.total.store(0, Relaxed);
    }

    /// The work of this run shall end: what goes on ends with the error [cancelled](Error::is_cancelled).
    pub fn stop(&self) {
        self.stop.store(self.run.load(Relaxed), Relaxed);
    }

    /// Calls `look` during work from now on; the first that is given stays.
    pub fn call(&self, look: Observer) {
        self.look.get_or_init(|| look);
    }

    /// How much is done and how much there is, as far as it is known.
    pub fn counts(&self) -> (u32, u32) {
        (self.done.load(Relaxed), self.total.load(Relaxed))
    }

    /// Adds this amount to the work that comes.
    pub fn expect(&self, amount: usize) {
        self.total.fetch_add(amount as u32, Relaxed);
    }

    pub fn advance(&self, amount: usize) {
        self.done.fetch_add(amount as u32, Relaxed);
    }

    pub fn check(&self) -> Result<()> {
        if self.is_stopped() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Adds this amount to the work that is done; an error once the work shall end.
    pub fn count(&self, amount: usize) -> Result<()> {
        self.advance(amount);
        self.check()
    }

    /// Copies some at a time, and counts each part; an error once the work shall end.
    pub fn copy<T: Copy>(&self, values: &[T], mut to: impl FnMut(&[T])) -> Result<()> {
        values.chunks(PART).try_for_each(|part| {
            to(part);
            self.count(part.len())
        })
    }

    /// A copy, whose size the caller says to expect.
    pub fn copied<T: Copy>(&self, values: &[T]) -> Result<Vec<T>> {
        let mut copy = Vec::with_capacity(values.len());
        self.copy(values, |part| copy.extend_from_slice(part))?;
        Ok(copy)
    }

    /// Works on every item on all threads, and counts how much was in each; an error once the work shall end.
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
        if let Some(look) = self.look.get()
            && look(self.done.load(Relaxed), self.total.load(Relaxed))
        {
            self.stop();
        }
        run != 0 && self.stop.load(Relaxed) == run
    }
}
