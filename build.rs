//! Tells the tests which data sets lie beside the project: `cfg(shared_data = "NAME")`. A test that is about such data alone
//! is ignored without them, not passed.

use std::fs;

const FOLDER: &str = "../shared/data";

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rustc-check-cfg=cfg(shared_data, values(any()))");
    for entry in fs::read_dir(FOLDER).into_iter().flatten().flatten() {
        if let Some(name) = entry.file_name().to_str() {
            println!("cargo::rustc-cfg=shared_data=\"{name}\"");
        }
    }
}
