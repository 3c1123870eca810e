//! A job of the session with a progress bar, to its end or until it is stopped.

use std::time::Instant;

use neurarium::error::Result;
use neurarium::session::{JobRequest, Resources, Session};

use super::progress::TerminalProgress;

/// Milliseconds of work between two looks at the signals and the progress bar.
const SLICE: f64 = 100.0;

/// Works on a job; `words` describe how much is done of how much. Returns whether it came to its end before `stops`.
pub fn run_job<R: JobRequest>(
    session: &mut Session,
    request: R,
    words: impl Fn(usize, usize) -> String,
    stops: impl Fn() -> bool,
) -> Result<bool> {
    let start = Instant::now();
    let clock = move || start.elapsed().as_secs_f64() * 1000.0;
    let resources = Resources { clock: &clock, free_memory: u64::MAX };
    let mut progress = TerminalProgress::new(1);
    let id = session.begin_job(request, resources)?;
    loop {
        let state = session.advance_job(id, SLICE, resources)?;
        if !state.pending {
            progress.finish();
            return Ok(true);
        }
        if stops() {
            session.cancel_job(id);
            return Ok(false);
        }
        let (done, total) = (state.done, state.total);
        progress.update(done as u64, total as u64, || words(done, total));
    }
}
