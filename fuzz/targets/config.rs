//! Settings as text, read as chosen ones and as those of a model.
#![no_main]

use libfuzzer_sys::fuzz_target;
use neurarium::config::Config;

fuzz_target!(|text: &str| {
    neurarium_fuzz::within(16 << 20, || {
        let mut beneath = Config::default();
        beneath.read_recipe_beneath(text);
        let _ = Config::parse(text).map(|config| (config.print(), config.recipe(), config.load_options()));
    });
});
