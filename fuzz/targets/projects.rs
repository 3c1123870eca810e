//! Projects: what is in their entries is opened as it would be alone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neurarium::file::{project, safetensors};

fuzz_target!(|bytes: &[u8]| {
    neurarium_fuzz::within(256 << 20, || {
        if let Ok(project) = project::read(bytes)
            && let Ok(model) = safetensors::read(project.run)
        {
            neurarium_fuzz::run(model);
        }
    });
});
