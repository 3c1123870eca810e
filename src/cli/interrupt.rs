//! Ctrl-C and SIGTERM: the first requests a clean end, the second ends the program at once. A step of a large network
//! takes long, so the first says so.

use std::sync::atomic::{AtomicBool, Ordering};

use super::progress::note;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// Exit status of a program ended by Ctrl-C, as shells know it: 128 + SIGINT.
const KILLED: i32 = 130;

/// From now on the first signal is only recorded.
pub fn listen() {
    let handler = || {
        if REQUESTED.swap(true, Ordering::SeqCst) {
            std::process::exit(KILLED);
        }
        note("stopping; Ctrl-C again ends at once");
    };
    // Without a handler the signals end the program as usual; nothing better can be done.
    let _ = ctrlc::set_handler(handler);
}

/// Whether a clean end was requested.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::SeqCst)
}
