//! Tells the tests what is there to test with, as a test that needs it is ignored without it, not passed: the data sets
//! beside the project, `cfg(shared_data = "NAME")`, and packages of Python, `cfg(python_package = "NAME")`.

use std::fs;
use std::process::Command;

const FOLDER: &str = "../shared/data";
const PACKAGES: &[&str] = &["tensorboard", "torch"];

fn main() {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-env-changed=PYTHON");
    println!("cargo::rustc-check-cfg=cfg(shared_data, values(any()))");
    println!("cargo::rustc-check-cfg=cfg(python_package, values(any()))");
    for entry in fs::read_dir(FOLDER).into_iter().flatten().flatten() {
        if let Some(name) = entry.file_name().to_str() {
            println!("cargo::rustc-cfg=shared_data=\"{name}\"");
        }
    }
    let python = std::env::var("PYTHON").unwrap_or("python3".into());
    for package in PACKAGES {
        if Command::new(&python)
            .args(["-c", &format!("from importlib.util import find_spec; exit(find_spec('{package}') is None)")])
            .output()
            .is_ok_and(|run| run.status.success())
        {
            println!("cargo::rustc-cfg=python_package=\"{package}\"");
        }
    }
}
