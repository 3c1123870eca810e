//! Groups of examples that belong together by their names: frames of one film, pictures of one person.
//!
//! By name: the part before the last number of the file name, if a separator (`_ - . ( ) space`) stands between them:
//! `anna_003.png` and `anna_004.png` form the group `anna`, but `1f600.png` is alone.
//! By folder: the folder of the file, unless it is that of its class.

use super::dataset::Dataset;
use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupRule {
    #[default]
    Name,
    Folder,
}

impl GroupRule {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "name" => Ok(Self::Name),
            "folder" => Ok(Self::Folder),
            _ => Err(Error::expected("split-group", "name or folder", text)),
        }
    }
}

/// The name that an example shares with the others of its group; `None` if it is alone.
pub fn key(data: &Dataset, index: usize, rule: GroupRule) -> Option<&str> {
    let name = &data.names[index];
    match rule {
        GroupRule::Name => name_key(name),
        GroupRule::Folder => {
            let class = data.labels.get(index).map(|&label| data.classes[label as usize].as_str());
            let folder = name.rsplit_once('/')?.0.rsplit('/').next()?;
            (class != Some(folder)).then_some(folder)
        }
    }
}

fn name_key(name: &str) -> Option<&str> {
    const SEPARATORS: [char; 6] = ['_', '-', '.', '(', ')', ' '];
    let file = name.rsplit('/').next().unwrap_or(name);
    // The extension follows the last dot, unless that is the number.
    let stem = match file.rsplit_once('.') {
        Some((stem, end)) if !end.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => file,
    };
    let stem = stem.trim_end_matches(SEPARATORS);
    let before = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let key = before.trim_end_matches(SEPARATORS);
    (before.len() < stem.len() && key.len() < before.len() && !key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::name_key;

    #[test]
    fn names_with_a_number_of_their_own_are_groups() {
        for (name, key) in [
            ("dir/anna_003.png", Some("anna")),
            ("anna (12).jpg", Some("anna")),
            ("clip-7.frame.0012.png", Some("clip-7.frame")),
            ("train 17", Some("train")),
            ("IMG_4021.JPG", Some("IMG")),
            ("1f600.png", None),
            ("17.png", None),
            ("_17.png", None),
            ("cat.png", None),
            ("", None),
        ] {
            assert_eq!(name_key(name), key, "{name}");
        }
    }
}
