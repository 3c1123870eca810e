//! Journals of edits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neurarium::session::Journal;

fuzz_target!(|text: &str| {
    neurarium_fuzz::within(16 << 20, || {
        let _ = Journal::parse(text).map(|journal| journal.print());
    });
});
