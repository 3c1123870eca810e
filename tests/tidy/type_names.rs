//! Type names: each is defined once, and none uses a word that the project has replaced.

use std::collections::BTreeMap;

use crate::assert_none;
use crate::sources;

const KINDS: &[&str] = &["struct", "enum", "trait", "union", "type"];

/// Words that type names no longer contain, and the word instead.
const REPLACED: &[(&str, &str)] = &[
    ("Gauge", "Progress"),
    ("Lookout", "Cancellation"),
    ("Lesson", "StepContext"),
    ("Judge", "Policy"),
    ("Watchdog", "DivergenceGuard"),
    ("Doctor", "Audit"),
    ("Checkup", "Audit"),
    ("Ailment", "Finding"),
    ("Remedy", "Fix"),
    ("Chest", "DatasetFile"),
    ("Packing", "CacheWriter"),
    ("Keeper", "Writer"),
    ("ByHand", "Overrides"),
    ("Atlas", "LatentMap"),
    ("Survey", "Encode"),
    ("Historian", "HistoryWriter"),
];

/// The types of all files: name, and each file with the line of the first definition. Types inside functions and
/// associated types do not count.
fn types() -> BTreeMap<String, BTreeMap<String, usize>> {
    let mut types: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for source in sources::rust() {
        for (number, line) in source.code_lines().filter(|(_, line)| !line.starts_with(' ')) {
            let words = line.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let mut words =
                words.skip_while(|word| ["pub", "crate", "super", "in", "data", "unsafe", ""].contains(word));
            if words.next().is_some_and(|kind| KINDS.contains(&kind))
                && let Some(name) = words.next()
            {
                types.entry(name.into()).or_default().entry(source.path.clone()).or_insert(number);
            }
        }
    }
    types
}

#[test]
fn every_type_name_is_defined_once() {
    let types = types();
    assert!(200 < types.len(), "only {} types were found", types.len());
    let twice = types.iter().filter(|(_, files)| 1 < files.len());
    let places = |files: &BTreeMap<String, usize>| {
        files.iter().map(|(path, line)| format!("{path}:{line}")).collect::<Vec<_>>().join(", ")
    };
    assert_none(twice.map(|(name, files)| format!("{name} is defined in {}", places(files))).collect());
}

#[test]
fn type_names_use_the_words_of_the_project() {
    let mut found = Vec::new();
    for (name, files) in types() {
        for (word, instead) in REPLACED.iter().filter(|(word, _)| name.contains(word)) {
            found
                .extend(files.iter().map(|(path, line)| format!("{path}:{line}: {name}: {instead} instead of {word}")));
        }
    }
    assert_none(found);
}
