//! No files of src/ import each other in a circle.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::assert_none;
use crate::lexer::{Language, lex};
use crate::modules::{Imports, imports};
use crate::sources::{self, Source};

#[test]
fn no_files_import_each_other_in_a_circle() {
    let sources = sources::rust();
    let imports = imports(&sources);
    assert!(100 < imports.len(), "only {} imports were found", imports.len());
    let circles = circles(&imports);
    assert_none(circles.iter().map(|circle| described(circle, &imports, &sources)).collect());
}

/// The sets of files that reach each other, each sorted.
fn circles(imports: &Imports) -> Vec<Vec<usize>> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    imports.keys().for_each(|&(from, to)| next.entry(from).or_default().push(to));
    let reached = |from: usize| {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![from]);
        while let Some(file) = waiting.pop() {
            let after = next.get(&file).into_iter().flatten();
            waiting.extend(after.filter(|&&file| seen.insert(file)));
        }
        seen
    };
    let reaches: BTreeMap<usize, BTreeSet<usize>> = next.keys().map(|&file| (file, reached(file))).collect();
    let mut circles = BTreeSet::new();
    for (file, seen) in &reaches {
        let circle: Vec<usize> =
            seen.iter().copied().filter(|other| reaches.get(other).is_some_and(|back| back.contains(file))).collect();
        if !circle.is_empty() {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

/// The shortest way round from the first file, with the names that each file takes from the next.
fn described(circle: &[usize], imports: &Imports, sources: &[Source]) -> String {
    let first = circle[0];
    let (mut before, mut waiting) = (BTreeMap::new(), VecDeque::from([first]));
    while let Some(file) = waiting.pop_front() {
        for &(from, to) in imports.keys().filter(|&&(from, _)| from == file) {
            if circle.contains(&to) && !before.contains_key(&to) {
                before.insert(to, from);
                waiting.push_back(to);
            }
        }
    }
    let mut way = vec![first];
    while way.len() == 1 || way[way.len() - 1] != first {
        way.push(before[&way[way.len() - 1]]);
    }
    way.reverse();
    let step = |pair: &[usize]| {
        format!("{} -> {} ({})", sources[pair[0]].path, sources[pair[1]].path, imports[&(pair[0], pair[1])].join(", "))
    };
    format!("a circle of {} files: {}", circle.len(), way.windows(2).map(step).collect::<Vec<_>>().join(", "))
}

fn source(path: &str, text: &str) -> Source {
    Source { path: path.into(), text: text.into(), lexed: lex(text, Language::Rust) }
}

#[test]
fn imports_are_resolved_through_re_exports() {
    let sources = [
        source("src/lib.rs", "pub mod data; mod words;"),
        source("src/data/mod.rs", "mod a; mod b; pub use a::{Alpha, open as unlock}; // b::Beta\npub use b::*;"),
        source("src/data/a.rs", "use super::{b::Beta, b}; use crate::words; fn open() { b::close(words::count()) }"),
        source("src/data/b.rs", "fn f(x: super::Alpha) {} #[cfg(test)] mod tests { use crate::words::count; }"),
        source("src/words.rs", "use crate::data::unlock; use std::fmt; fn count() { fmt::write() }"),
    ];
    let found: Vec<_> = imports(&sources).into_iter().map(|((from, to), names)| (from, to, names.join(" "))).collect();
    let expected = [(2, 3, "Beta close"), (2, 4, "count"), (3, 2, "Alpha"), (4, 2, "open")];
    assert_eq!(found, expected.map(|(from, to, names)| (from, to, names.to_string())));
    assert_eq!(circles(&imports(&sources)), [[2, 3, 4]]);
    let text = described(&[2, 3, 4], &imports(&sources), &sources);
    assert_eq!(
        text,
        "a circle of 3 files: src/data/a.rs -> src/data/b.rs (Beta, close), src/data/b.rs -> src/data/a.rs (Alpha)"
    );
}

#[test]
fn a_parent_that_only_declares_is_in_no_circle() {
    let child = source("src/a/b.rs", "use super::Whole; pub struct Part;");
    let declares =
        [source("src/lib.rs", "mod a;"), source("src/a/mod.rs", "mod b; pub use b::Part; pub struct Whole;"), child];
    assert_eq!(circles(&imports(&declares)), Vec::<Vec<usize>>::new());
    let child = source("src/a/b.rs", "use super::Whole; pub struct Part;");
    let uses = [
        source("src/lib.rs", "mod a;"),
        source("src/a/mod.rs", "mod b; pub use b::Part; pub struct Whole(Part);"),
        child,
    ];
    assert_eq!(circles(&imports(&uses)), [[1, 2]]);
}
