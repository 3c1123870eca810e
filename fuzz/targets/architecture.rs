//! Architectures as text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neurarium::network::draft::{Surroundings, check};
use neurarium::shape::Shape;

fuzz_target!(|text: &str| {
    let around =
        Surroundings { input: Shape::from_whc(16, 16, 1), classes: 10, numbers: 0, target: None, letters: false };
    let _ = neurarium_fuzz::within(64 << 20, || check(text, around));
});
