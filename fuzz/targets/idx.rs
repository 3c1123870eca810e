//! IDX files, plain and gzipped.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = neurarium_fuzz::within(64 << 20, || neurarium_fuzz::load("train-images", bytes));
});
