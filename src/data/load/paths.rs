//! The meaning of paths: splits, classes, wrapping folders, and the litter that operating systems leave behind.
//!
//! Paths are relative and use `/`. In this order:
//! 1. folders shared by all examples (the unpacked archive, a wrapper) mean nothing and are skipped;
//! 2. `train`, `val | valid | validation`, `test` at the first level not skipped are splits, if all examples are in such
//!    folders or there are at least two kinds of them; also below the classes (`cat/train`);
//! 3. the next folder is the class, whatever is deeper; classes are sorted byte by byte, as torchvision does.
//!
//! A flat folder therefore has no classes, and neither has a folder with a single subfolder.

use std::collections::BTreeSet;

use super::names::composed;
use crate::data::split::Split;

/// The split and class of an example, from its path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathFacts {
    pub split: Option<Split>,
    /// The class folder; `None` for an example beside the class folders, or if there are none.
    pub class: Option<String>,
}

/// The facts for `paths`, and how many leading folders of every path were skipped.
pub fn facts<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> (Vec<PathFacts>, usize) {
    let mut folders: Vec<Vec<&str>> = paths.map(|path| path.split('/').map(plain).collect()).collect();
    for folders in &mut folders {
        folders.pop(); // the file's own name
        folders.reverse(); // so that the first folder is the last element and pop() takes it
    }
    let mut facts = vec![PathFacts::default(); folders.len()];
    let skipped = skip_wrappers(&mut folders);
    if first_level_is_splits(&folders) {
        for (folders, facts) in folders.iter_mut().zip(&mut facts) {
            facts.split = folders.last().and_then(|folder| split_of(folder));
            if facts.split.is_some() {
                folders.pop();
            }
        }
        skip_wrappers(&mut folders);
    } else if folders.iter().all(|folders| folders.iter().nth_back(1).is_some_and(|f| split_of(f).is_some())) {
        for (folders, facts) in folders.iter_mut().zip(&mut facts) {
            let split = folders.len() - 2;
            facts.split = split_of(folders.remove(split));
        }
    }
    let classes: BTreeSet<&str> = folders.iter().filter_map(|folders| folders.last().copied()).collect();
    let beside = folders.iter().any(Vec::is_empty);
    // A single folder is not a class, but a folder and images beside it are two.
    if classes.len() + usize::from(beside) > 1 {
        for (folders, facts) in folders.iter().zip(&mut facts) {
            facts.class = folders.last().map(|folder| folder.to_string());
        }
    }
    (facts, skipped)
}

/// The split that a folder or a part of a file name names.
pub fn split_of(name: &str) -> Option<Split> {
    match name.to_ascii_lowercase().as_str() {
        "train" | "training" => Some(Split::Train),
        "val" | "valid" | "validation" => Some(Split::Validation),
        "test" | "testing" | "t10k" => Some(Split::Test),
        _ => None,
    }
}

/// The reason for skipping files that operating systems and programs leave behind.
pub const LITTER: &str = "left behind by a program or hidden, not an image of the set";

/// Whether this is a file that operating systems, archivers and other programs leave beside images, or one in a hidden
/// folder: notebooks, for example, keep copies of what was opened in `.ipynb_checkpoints`.
pub fn is_litter(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let is = |litter: &str| name.eq_ignore_ascii_case(litter);
    name.starts_with("._")
        || is(".DS_Store")
        || is("Thumbs.db")
        || is("ehthumbs.db")
        || is("desktop.ini")
        || folders.split('/').any(is_hidden)
}

/// Whether a folder is hidden, or holds what programs keep for themselves.
fn is_hidden(folder: &str) -> bool {
    let is = |name: &str| folder.eq_ignore_ascii_case(name);
    folder.starts_with('.')
        || is("__MACOSX")
        || is("__pycache__")
        || is("@eaDir")
        || is("#recycle")
        || is("$RECYCLE.BIN")
        || is("System Volume Information")
        || is("lost+found")
}

/// A path with `/` between its parts, in composed letters, without empty parts and from no root; `None` if it leaves its
/// folder.
///
/// Nothing is written to disk, so such a path is harmless, but an archive that contains one is suspect.
pub fn clean(path: &str) -> Option<String> {
    let path = composed(path).replace('\\', "/");
    let has_drive = path.as_bytes().get(1) == Some(&b':') && path.as_bytes()[0].is_ascii_alphabetic();
    let path = if has_drive { &path[2..] } else { &path };
    if path.split('/').any(|part| part == "..") || path.contains('\0') {
        return None;
    }
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.is_empty() { None } else { Some(parts.join("/")) }
}

/// As [`clean`], for a path outside archives. There an odd path is an accident: the odd parts are removed.
pub fn cleaned(path: &str) -> String {
    clean(path).unwrap_or_else(|| {
        let path = composed(path);
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
        parts.join("/")
    })
}

/// A zip stands for a folder, so its extension is not part of a class name.
pub fn plain(part: &str) -> &str {
    match part.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && extension.eq_ignore_ascii_case("zip") => stem,
        _ => part,
    }
}

/// Removes leading folders that all paths share, except splits; returns how many.
fn skip_wrappers(folders: &mut [Vec<&str>]) -> usize {
    let mut skipped = 0;
    while let Some(&first) = folders.first().and_then(|folders| folders.last()) {
        if split_of(first).is_some() || folders.iter().any(|folders| folders.last() != Some(&first)) {
            break;
        }
        folders.iter_mut().for_each(|folders| {
            folders.pop();
        });
        skipped += 1;
    }
    skipped
}

/// Whether the first level is splits: several such names, or nothing else. A single `test` among others is a class.
fn first_level_is_splits(folders: &[Vec<&str>]) -> bool {
    let splits: Vec<Option<Split>> = folders.iter().map(|f| f.last().and_then(|folder| split_of(folder))).collect();
    let kinds: BTreeSet<Split> = splits.iter().copied().flatten().collect();
    2 <= kinds.len() || (kinds.len() == 1 && splits.iter().all(Option::is_some))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(paths: &[&str]) -> Vec<String> {
        let (facts, _) = facts(paths.iter().copied());
        let split = |facts: &PathFacts| facts.split.map_or("-", Split::name);
        facts.iter().map(|facts| format!("{} {}", split(facts), facts.class.as_deref().unwrap_or("-"))).collect()
    }

    #[test]
    fn folders_are_classes_and_wrappers_are_not() {
        assert_eq!(shown(&["a.png", "b.png"]), ["- -", "- -"]);
        assert_eq!(shown(&["set/a.png", "set/b.png"]), ["- -", "- -"]);
        assert_eq!(shown(&["cat/a.png", "dog/x/b.png"]), ["- cat", "- dog"]);
        assert_eq!(shown(&["set.zip/set/cat/a.png", "set.zip/set/dog/b.png"]), ["- cat", "- dog"]);
        assert_eq!(shown(&["cats.zip/a.png", "dogs.ZIP/b.png"]), ["- cats", "- dogs"]);
        assert_eq!(shown(&["a.png", "cat/b.png"]), ["- -", "- cat"]);
    }

    #[test]
    fn train_and_test_folders_are_splits_unless_they_are_classes() {
        assert_eq!(
            shown(&["w/train/cat/a", "w/Val/cat/b", "w/TEST/dog/c"]),
            ["train cat", "validation cat", "test dog"]
        );
        assert_eq!(shown(&["train/a", "test/b"]), ["train -", "test -"]);
        assert_eq!(shown(&["train/images/cat/a", "test/images/dog/b"]), ["train cat", "test dog"]);
        assert_eq!(shown(&["cat/train/a", "dog/test/b"]), ["train cat", "test dog"]);
        assert_eq!(shown(&["exam/a", "test/b", "quiz/c"]), ["- exam", "- test", "- quiz"]);
        assert_eq!(shown(&["train/cat/a", "train/dog/b"]), ["train cat", "train dog"]);
    }

    #[test]
    fn hidden_folders_and_those_of_programs_are_litter() {
        for path in [
            "cat/.ipynb_checkpoints/1.png",
            ".git/a",
            "a/__MACOSX/b.png",
            "x/@eaDir/1.png",
            "$Recycle.bin/1.png",
            "cat/._1.png",
            "cat/.DS_Store",
            "System Volume Information/a.png",
        ] {
            assert!(is_litter(path), "{path}");
        }
        for path in ["cat/1.png", ".hidden.png", "cat/.png", "a.b/1.png", "...", "recycle/1.png"] {
            assert!(!is_litter(path), "{path}");
        }
    }

    #[test]
    fn paths_are_cleaned_or_refused() {
        assert_eq!(clean(r".\set\cat//a.png").as_deref(), Some("set/cat/a.png"));
        assert_eq!(["/a", "//a", r"C:\a", "c:/a"].map(|path| clean(path).unwrap()), ["a"; 4]);
        assert_eq!(clean("Mu\u{308}ll/a").as_deref(), Some("M\u{fc}ll/a"));
        for hostile in ["../a", "a/../../b", r"C:\..\a", "", ".", "/", "a\0b"] {
            assert_eq!(clean(hostile), None, "{hostile}");
        }
    }
}
