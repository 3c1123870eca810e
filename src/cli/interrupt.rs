//! Ctrl-C and SIGTERM: the first asks for a clean end, the second ends at once.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// Exit status of a program ended by Ctrl-C, as shells know it: 128 + SIGINT.
const KILLED: i32 = 130;

/// From now on the first signal is only noted.
pub fn listen() {
    let handler = || {
        if ASKED.swap(true, Ordering::SeqCst) {
            std::process::exit(KILLED);
        }
    };
    // Without a handler the signals end the program as ever; there is nothing better to do about it.
    let _ = ctrlc::set_handler(handler);
}

/// Whether somebody asked for the end.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}
