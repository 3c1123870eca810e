//! A stamp marks one state of something that is written to. Each write takes the next stamp, and a computed value keeps
//! the stamps of what it was computed from. The value is valid exactly as long as these stamps are unchanged, so
//! nothing has to be reset by hand.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// No two states in one process have the same stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(u64);

impl Stamp {
    /// Returns a stamp that nothing else has.
    pub fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Relaxed))
    }

    /// The stamp as a number, for the page; a later stamp is larger.
    pub fn number(self) -> u64 {
        self.0
    }
}
