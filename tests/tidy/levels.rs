//! Levels of modules, confined names, and what every file must have.
//!
//! A module uses its own folder and the modules on lower levels of [`LEVELS`].

use std::collections::BTreeSet;
use std::fs;

use crate::assert_none;
use crate::sources::{self, top};

/// The modules of `src/` from the bottom to the top. Modules of one level do not use each other, except for the pairs in
/// [`WITHIN_LEVEL`].
const LEVELS: &[&[&str]] = &[
    &["base64", "error", "evenly", "nearest", "words"],
    &["checksum", "progress", "rng", "shape", "remap", "par", "kernels"],
    &["activation", "init", "loss", "metrics", "operators", "optim", "schedule", "select", "data"],
    &["layer"],
    &["network"],
    &["train", "columns", "surgery", "inspect", "recorder"],
    &["file", "render"],
    &["config"],
    &["session"],
    &["main", "cli", "wasm", "lib"],
];

/// User and used, both on one level.
const WITHIN_LEVEL: &[(&str, &str)] = &[
    ("progress", "par"),   // counts the work of all threads
    ("remap", "progress"), // many numbers are carried across
    ("kernels", "par"),    // a kernel may split its work over the threads
    ("kernels", "shape"),  // the sizes of a convolution
    ("par", "kernels"),    // the team needs `unsafe`, which is for kernels alone
    ("main", "lib"),
];

/// Names that are confined to some places.
const CONFINED: &[(&str, &[&str])] = &[
    ("wasm_bindgen", &["wasm.rs", "wasm/"]),
    ("js_sys", &["wasm.rs", "wasm/"]),
    ("web_sys", &["wasm.rs", "wasm/"]),
    ("rayon::", &["par.rs"]),
    ("onnx::", &["file/", "cli/", "wasm/onnx.rs"]), // the engine of the browser has none of it
    ("unsafe {", &["kernels/"]),
    ("unsafe fn", &["kernels/"]),
    ("unsafe impl", &["kernels/"]),
    ("std::arch", &["kernels/"]),
    ("core::arch", &["kernels/"]),
    ("std::fs", &["main.rs", "cli/"]),
    ("std::env", &["main.rs", "cli/"]),
    ("Instant::now", &["main.rs", "cli/"]),
    ("SystemTime", &["main.rs", "cli/"]),
];

const LEFTOVERS: &[&str] = &["dbg!(", "todo!(", "unimplemented!(", "FIXME", "XXX"];

const MOST_LINES: usize = 450;

/// The module of a file below src/: its folder, or its own name.
fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|modules| modules.contains(&module))
}

/// The modules of the crate in a line of code: after `crate::` or `neurarium::`, one or several in braces.
fn modules_used(line: &str) -> Vec<&str> {
    let mut used = Vec::new();
    for start in ["crate::", "neurarium::"] {
        for (at, _) in line.match_indices(start) {
            let rest = &line[at + start.len()..];
            match rest.strip_prefix('{') {
                Some(list) => used.extend(outer_names(list)),
                None => used.push(name_at(rest)),
            }
        }
    }
    used
}

/// `a::B, c::{D, e::F}}` -> a, c
fn outer_names(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(name_at(list[start..at].trim()));
                return names;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(name_at(list[start..at].trim()));
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

fn name_at(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    &text[..end]
}

#[test]
fn modules_use_only_what_is_below_them() {
    let mut found = Vec::new();
    for source in sources::rust() {
        let module = module(source.below_src());
        let Some(own) = level(module) else {
            found.push(format!("{}: the module {module} has no level in tests/tidy/levels.rs", source.path));
            continue;
        };
        for (number, line) in source.code_lines() {
            for used in modules_used(line) {
                // A name that is not a module is an item of lib.rs.
                let Some(other) = level(used) else { continue };
                if used != module && other >= own && !WITHIN_LEVEL.contains(&(module, used)) {
                    found
                        .push(format!("{}:{number}: {module} must not use {used}, which is not below it", source.path));
                }
            }
        }
    }
    assert_none(found);
}

#[test]
fn confined_names_stay_in_their_places() {
    let mut found = Vec::new();
    for source in sources::rust() {
        for (number, line) in source.code_lines() {
            for (name, places) in CONFINED {
                if line.contains(name) && !places.iter().any(|place| source.below_src().starts_with(place)) {
                    found.push(format!("{}:{number}: {name} belongs in {} alone", source.path, places.join(", ")));
                }
            }
        }
    }
    assert_none(found);
}

/// Knowledge about a kind of layer belongs in its file: a match elsewhere would forget the next kind.
#[test]
fn only_layers_tell_their_kinds_apart() {
    let mut found = Vec::new();
    for source in sources::rust().iter().filter(|source| !source.below_src().starts_with("layer/")) {
        for (number, line) in source.code_lines() {
            let pattern = line.split_once("=>").map_or("", |(pattern, _)| pattern);
            let is_match = |text: &str| text.contains(" Layer::") || text.contains("(Layer::");
            let tests = line.contains("matches!(") || line.contains("let Layer::") || line.contains("let Some(Layer::");
            if is_match(pattern) || (tests && is_match(line)) {
                found.push(format!("{}:{number}: ask the layer instead: {}", source.path, line.trim()));
            }
        }
    }
    assert_none(found);
}

/// Where things are must not depend on how they look.
#[test]
fn a_scene_knows_nothing_of_painting() {
    let mut found = Vec::new();
    for source in sources::rust().iter().filter(|source| source.below_src().starts_with("render/scene/")) {
        for (number, line) in source.code_lines().filter(|(_, line)| line.contains("paint::")) {
            found.push(format!("{}:{number}: a scene must not use {}", source.path, line.trim()));
        }
    }
    assert_none(found);
}

#[test]
fn every_file_says_what_it_is_and_is_short_and_finished() {
    let mut found = Vec::new();
    for source in sources::rust() {
        if !source.text.starts_with("//! ") {
            found.push(format!("{}:1: expected a description after //!", source.path));
        }
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            found.push(format!(
                "{}: {lines} lines, the most is {MOST_LINES}; look for the second noun in it",
                source.path
            ));
        }
        for (index, line) in source.text.lines().enumerate() {
            for leftover in LEFTOVERS.iter().filter(|leftover| line.contains(**leftover)) {
                found.push(format!("{}:{}: {leftover} is a leftover", source.path, index + 1));
            }
        }
    }
    assert_none(found);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(top().join("Cargo.toml")).expect("Cargo.toml");
    let (mut inside, mut open, mut found) = (false, false, Vec::new());
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            // The comment is on the line that ends the entry.
            open = (open || line.contains('[')) && !line.contains(']');
            if !open && !line.contains(" # ") {
                found.push(format!("Cargo.toml:{}: expected # and why the dependency is there", index + 1));
            }
        }
    }
    assert_none(found);
}

#[test]
fn module_names_are_found_in_paths_and_lists() {
    assert_eq!(modules_used("use crate::error::{Error, Result};"), ["error"]);
    assert_eq!(modules_used("use crate::{layer::{Layer, Map}, rng, shape::Shape};"), ["layer", "rng", "shape"]);
    assert_eq!(modules_used("let x = crate::par::threads() + crate::rng::of(1);"), ["par", "rng"]);
}

/// The page finds its elements by id; a second element with the same id would never be found.
#[test]
fn every_id_of_the_page_is_there_once() {
    let page = fs::read_to_string(top().join("index.html")).expect("index.html");
    let mut seen = BTreeSet::new();
    let ids = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let twice: Vec<String> = ids.filter(|id| !seen.insert(*id)).map(|id| format!("index.html: two {id}")).collect();
    assert!(100 < seen.len(), "only {} ids were found", seen.len());
    assert_none(twice);
}
