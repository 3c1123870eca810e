//! A stamp marks one state of something that is written to: whoever writes takes the next one, and what was computed
//! keeps the stamps that it was computed of. A computed value is valid exactly as long as the stamps are the same, so
//! nobody has to remember to reset it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// No two states in one process have the same stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(u64);

impl Stamp {
    /// A stamp that nothing else has.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Relaxed))
    }

    /// As a number, for the page: a later stamp is larger.
    pub fn number(self) -> u64 {
        self.0
    }
}
