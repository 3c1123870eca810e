//! ONNX files; small networks are run once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neurarium::file::onnx;

fuzz_target!(|bytes: &[u8]| {
    neurarium_fuzz::within(256 << 20, || {
        if let Ok(model) = onnx::read(bytes) {
            neurarium_fuzz::run(model);
        }
    });
});
