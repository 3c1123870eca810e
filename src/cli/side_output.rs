//! What is written beside training, such as a checkpoint: a failure is reported and tried again, but never ends a run.

use std::time::{Duration, Instant};

use neurarium::error::Result;

use super::progress::note;

/// The time between a failure and the next attempt.
const PAUSE: Duration = Duration::from_secs(60);

#[derive(Default)]
pub struct SideOutput {
    failed: Option<Instant>,
}

impl SideOutput {
    /// Whether the last attempt failed and the next one is due.
    pub fn is_due_again(&self) -> bool {
        self.failed.is_some_and(|failed| PAUSE <= failed.elapsed())
    }

    /// Whether the last attempt failed so recently that another one makes no sense.
    pub fn is_waiting(&self) -> bool {
        self.failed.is_some_and(|failed| failed.elapsed() < PAUSE)
    }

    /// Writes; of several failures in a row only the first is reported.
    pub fn attempt(&mut self, write: impl FnOnce() -> Result<()>) {
        match (write(), self.failed) {
            (Ok(()), None) => {}
            (Ok(()), Some(_)) => {
                self.failed = None;
                note("what could not be written before has been written now");
            }
            (Err(error), before) => {
                self.failed = Some(Instant::now());
                if before.is_none() {
                    note(&format!("{error}; training goes on, and writing is tried again every minute"));
                }
            }
        }
    }
}
