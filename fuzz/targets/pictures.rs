//! Images of every format. Limits are lower while fuzzing (src/data/load/picture.rs), so that large ones do not take long.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = neurarium_fuzz::within(24 << 20, || neurarium_fuzz::load("picture.tga", bytes));
});
