//! The sides of pairs: folders `input` and `target` with images of equal names.
//!
//! The folder nearest to a file decides its side; a zip counts as the folder that it stands for, and capitals make no
//! difference. What two files of a pair have in common is their path without that folder and without the ending:
//! `set/train/input/a.png` and `set/train/target/a.jpg` are `set/train/a`.
//! Files are sorted into sides only once there are files of both, so a class may be called `target`.

use super::paths::{self, plain};

/// The side of a pair that a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Input,
    Target,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Input, Self::Target];

    /// The name of its folder.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Target => "target",
        }
    }

    /// The side that a path names, and which of its folders does.
    fn named(path: &str) -> Option<(Self, usize)> {
        let folders: Vec<&str> = path.split('/').collect();
        let of = |folder: &str| Self::BOTH.into_iter().find(|side| plain(folder).eq_ignore_ascii_case(side.folder()));
        (0..folders.len() - 1).rev().find_map(|at| Some((of(folders[at])?, at)))
    }

    pub fn of(path: &str) -> Option<Self> {
        Self::named(path).map(|(side, _)| side)
    }
}

/// The path without the folder of its side; the path itself if it names none.
pub fn without_side(path: &str) -> String {
    let Some((_, at)) = Side::named(path) else { return path.into() };
    path.split('/').enumerate().filter(|&(index, _)| index != at).map(|(_, part)| part).collect::<Vec<_>>().join("/")
}

/// The part of the paths that the two files of a pair have in common.
pub fn pair_name(path: &str) -> String {
    let name = without_side(path);
    match name.rsplit_once('.') {
        Some((stem, ending)) if !ending.contains('/') && !stem.is_empty() && !stem.ends_with('/') => stem.into(),
        _ => name,
    }
}

/// The sides that the files known so far belong to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KnownSides {
    input: bool,
    target: bool,
}

impl KnownSides {
    pub const BOTH: Self = Self { input: true, target: true };

    /// Notes a file that will come.
    pub fn note(&mut self, path: &str) {
        if self.are_both() || paths::is_litter(path) {
            return;
        }
        // A zip stands for a folder of images.
        let name = path.rsplit('/').next().unwrap_or(path);
        let side = if plain(name) == name { Side::of(path) } else { Side::of(&format!("{path}/")) };
        match side {
            Some(Side::Input) => self.input = true,
            Some(Side::Target) => self.target = true,
            None => {}
        }
    }

    /// Notes what other files are of.
    pub(super) fn add(&mut self, other: Self) {
        (self.input, self.target) = (self.input || other.input, self.target || other.target);
    }

    /// Whether there are files of both sides.
    pub fn are_both(self) -> bool {
        self.input && self.target
    }

    /// The side that a file is read for: the inputs, unless it is a target of a pair.
    pub(super) fn of(self, path: &str) -> Side {
        if self.are_both() && Side::of(path) == Some(Side::Target) { Side::Target } else { Side::Input }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_folder_decides_the_side_and_both_files_share_the_rest() {
        for (path, side, name) in [
            ("set/train/input/a.b.png", Some(Side::Input), "set/train/a.b"),
            ("set/train/TARGET/a.b.jpg", Some(Side::Target), "set/train/a.b"),
            ("input.zip/cat/a", Some(Side::Input), "cat/a"),
            ("input/test/target/.png", Some(Side::Target), "input/test/.png"),
            ("target.png", None, "target"),
            ("inputs/a.png", None, "inputs/a"),
            ("input", None, "input"),
        ] {
            assert_eq!((Side::of(path), pair_name(path).as_str()), (side, name), "{path}");
        }
    }

    #[test]
    fn files_have_sides_once_there_are_both() {
        let mut sides = KnownSides::default();
        sides.note("target/a.png");
        sides.note("ground/a.png");
        assert_eq!(sides.of("target/a.png"), Side::Input);
        sides.note("input/a.png");
        assert_eq!([sides.of("target/a.png"), sides.of("ground/a.png")], [Side::Target, Side::Input]);

        let mut zips = KnownSides::default();
        zips.note("set/target.zip");
        assert!(!zips.are_both());
        zips.note("INPUT.ZIP");
        assert!(zips.are_both());
    }
}
