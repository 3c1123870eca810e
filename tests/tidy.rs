//! The rules of the source tree that no compiler checks.
//!
//! A module may use its own folder and what stands on a lower level of [`LEVELS`]; some names may appear in one place
//! only; every file says what it is; dependencies say why they are there.

use std::fs;
use std::path::{Path, PathBuf};

/// The modules of `src/` from the bottom to the top. Those of one level do not use each other, but for the pairs that
/// [`WITHIN_LEVEL`] names.
const LEVELS: &[&[&str]] = &[
    &["error", "words"],
    &["checksum", "progress", "rng", "shape", "remap", "par", "kernels"],
    &["activation", "init", "loss", "metrics", "optim", "schedule", "data"],
    &["layer"],
    &["network"],
    &["train", "surgery", "inspect", "recorder"],
    &["file", "render"],
    &["config"],
    &["session"],
    &["main", "cli", "wasm", "lib"],
];

/// User and used, both of one level.
const WITHIN_LEVEL: &[(&str, &str)] = &[
    ("progress", "par"),   // counts the work of all threads
    ("remap", "progress"), // many numbers are carried across
    ("kernels", "par"),    // a kernel may split its work over the threads
    ("kernels", "shape"),  // a convolution is told its sizes
    ("par", "kernels"),    // the team needs `unsafe`, which is for kernels alone
    ("main", "lib"),
];

/// Text that may stand in some places only.
const CONFINED: &[(&str, &[&str])] = &[
    ("wasm_bindgen", &["wasm.rs", "wasm/"]),
    ("js_sys", &["wasm.rs", "wasm/"]),
    ("web_sys", &["wasm.rs", "wasm/"]),
    ("rayon::", &["par.rs", "wasm.rs"]),
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

struct Source {
    /// Below src/, with `/`.
    path: String,
    text: String,
}

impl Source {
    /// The module a file belongs to: its folder, or its own name.
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// Its lines without comments, numbered from 1.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate();
        lines.map(|(index, line)| (index + 1, line.split("//").next().unwrap_or_default()))
    }
}

fn sources() -> Vec<Source> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&top, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| Source {
            text: fs::read_to_string(&path).expect("a source file is text"),
            path: path.strip_prefix(&top).expect("below src").to_string_lossy().replace('\\', "/"),
        })
        .collect()
}

fn level(module: &str) -> Option<usize> {
    LEVELS.iter().position(|modules| modules.contains(&module))
}

/// The crate's modules that a line of code names: after `crate::` or `neurarium::`, one or several in braces.
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

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn modules_use_only_what_is_below_them() {
    let mut found = Vec::new();
    for source in sources() {
        let module = source.module();
        let Some(own) = level(module) else {
            found.push(format!("src/{}: the module {module} has no level in tests/tidy.rs", source.path));
            continue;
        };
        for (number, line) in source.code() {
            for used in modules_used(line) {
                // A name of no module is an item that lib.rs gives out.
                let Some(other) = level(used) else { continue };
                if used != module && other >= own && !WITHIN_LEVEL.contains(&(module, used)) {
                    found.push(format!(
                        "src/{}:{number}: {module} must not use {used}, which is not below it",
                        source.path
                    ));
                }
            }
        }
    }
    assert_none(found);
}

#[test]
fn confined_names_stay_in_their_places() {
    let mut found = Vec::new();
    for source in sources() {
        for (number, line) in source.code() {
            for (name, places) in CONFINED {
                if line.contains(name) && !places.iter().any(|place| source.path.starts_with(place)) {
                    found.push(format!("src/{}:{number}: {name} belongs in {} alone", source.path, places.join(", ")));
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
    for source in sources().iter().filter(|source| !source.path.starts_with("layer/")) {
        for (number, line) in source.code() {
            let pattern = line.split_once("=>").map_or("", |(pattern, _)| pattern);
            let is_match = |text: &str| text.contains(" Layer::") || text.contains("(Layer::");
            let tests = line.contains("matches!(") || line.contains("let Layer::") || line.contains("let Some(Layer::");
            if is_match(pattern) || (tests && is_match(line)) {
                found.push(format!("src/{}:{number}: ask the layer instead: {}", source.path, line.trim()));
            }
        }
    }
    assert_none(found);
}

/// Where things are must not depend on how they look.
#[test]
fn a_scene_knows_nothing_of_painting() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.path.starts_with("render/scene/")) {
        for (number, line) in source.code().filter(|(_, line)| line.contains("paint::")) {
            found.push(format!("src/{}:{number}: a scene must not use {}", source.path, line.trim()));
        }
    }
    assert_none(found);
}

#[test]
fn every_file_says_what_it_is_and_is_short_and_finished() {
    let mut found = Vec::new();
    for source in sources() {
        if !source.text.starts_with("//! ") {
            found.push(format!("src/{}:1: expected //! and what the file is", source.path));
        }
        let lines = source.text.lines().count();
        if lines > MOST_LINES {
            found.push(format!(
                "src/{}: {lines} lines, the most is {MOST_LINES}; look for the second noun in it",
                source.path
            ));
        }
        for (index, line) in source.text.lines().enumerate() {
            for leftover in LEFTOVERS.iter().filter(|leftover| line.contains(**leftover)) {
                found.push(format!("src/{}:{}: {leftover} was left over", source.path, index + 1));
            }
        }
    }
    assert_none(found);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).expect("Cargo.toml");
    let (mut inside, mut open, mut found) = (false, false, Vec::new());
    for (index, line) in manifest.lines().enumerate() {
        if line.starts_with('[') {
            inside = line.contains("dependencies");
        } else if inside && !line.trim().is_empty() && !line.trim_start().starts_with('#') {
            // The comment stands behind the line that ends the entry.
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

/// The page finds its elements by id; the second of two would be found by nobody.
#[test]
fn every_id_of_the_page_is_there_once() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("index.html")).expect("index.html");
    let mut seen = std::collections::BTreeSet::new();
    let ids = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let twice: Vec<String> = ids.filter(|id| !seen.insert(*id)).map(|id| format!("index.html: two {id}")).collect();
    assert!(100 < seen.len(), "only {} ids were found", seen.len());
    assert_none(twice);
}
