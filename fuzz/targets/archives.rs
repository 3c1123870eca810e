//! Zip archives, with the images inside.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = neurarium_fuzz::within(96 << 20, || neurarium_fuzz::load("archive.zip", bytes));
});
