//! Fonts of every packing, drawn as letters. Packed ones may unpack to less while fuzzing (src/data/letters/woff.rs).
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = neurarium_fuzz::within(64 << 20, || neurarium_fuzz::load("font.ttf", bytes));
});
