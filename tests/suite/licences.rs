//! The notices that are shipped name everything that is shipped, and the fuzz targets are built from the same crates.

use std::fs;
use std::path::Path;

use crate::common::program::{Folder, stdout};

const NOTICES: &str = include_str!("../../NOTICES.txt");

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// Names and versions of the crates in a lock file that come from a registry.
fn crates(file: &str) -> Vec<String> {
    let lock = read(file);
    let value = |package: &str, key: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        line.map(|text| text.trim_matches('"').to_string())
    };
    let packages = lock.split("[[package]]").filter(|package| value(package, "source").is_some());
    packages.map(|package| ["name", "version"].map(|key| value(package, key).unwrap()).join(" ")).collect()
}

#[test]
fn notices_name_every_crate_and_what_else_is_shipped() {
    let crates = crates("Cargo.lock");
    assert!(50 < crates.len(), "{crates:?}");
    let page: serde_json::Value = serde_json::from_str(&read("package-lock.json")).unwrap();
    let uplot = format!("uPlot {}", page["packages"]["node_modules/uplot"]["version"].as_str().unwrap());
    let others = [uplot, "Rust standard library".into(), "Inter (a subset, the letters in the drawn network)".into()];
    for name in crates.iter().chain(&others) {
        assert!(NOTICES.lines().any(|line| line == name), "{name} is missing; run ./build.sh licences");
    }
}

#[test]
fn what_is_fuzzed_is_what_is_shipped() {
    let fuzzed = crates("fuzz/Cargo.lock");
    for name in crates("Cargo.lock") {
        assert!(fuzzed.contains(&name), "{name} is not in fuzz/Cargo.lock");
    }
}

#[test]
fn the_program_prints_its_licence_and_the_notices() {
    let text = stdout(&Folder::new("licences").run(&["licences"]));
    assert!(text.starts_with("MIT License"), "{text}");
    assert!(text.contains("SIL OPEN FONT LICENSE") && text.contains("\nuPlot "));
    assert_eq!(text.lines().last(), Some("result licence=MIT"));
}
