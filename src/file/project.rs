//! A project as one file: a zip that goes on exactly where it was saved, and that other programs can look into.
//!
//! | entry | meaning |
//! |---|---|
//! | `run.safetensors` | the checkpoint: network, optimiser, journal, history, settings |
//! | `images.neurdata` | the images, as a data set file |
//! | `images.csv` | in its place where there are too many: the name, class, split and CRC-32C of each image |
//! | `settings.txt`, `journal.jsonl`, `history.csv` | what is in the checkpoint, to be read by people |
//!
//! Entries are stored as they are, so that the run and the images can be read where they are; each of these has a checksum of its own. A
//! reader trusts nothing that the file says of itself: every place is looked for within its bytes.

use super::zip_writer::{CENTRAL, CENTRAL_LEN, END, END_LEN, LOCAL, LOCAL_LEN};
use crate::error::{Error, Result};

/// The entries that a project is opened from.
pub const RUN: &str = "run.safetensors";
pub const IMAGES: &str = "images.neurdata";

/// Most entries that are looked through.
const MOST_ENTRIES: u16 = 64;

/// A project that was opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProjectParts<'a> {
    pub run: &'a [u8],
    /// `None` where the project has only their list.
    pub images: Option<&'a [u8]>,
}

/// Whether the first bytes of a file are those of a project rather than of another zip.
pub fn sniff(bytes: &[u8]) -> bool {
    let name = bytes.get(LOCAL_LEN..LOCAL_LEN + RUN.len());
    bytes.starts_with(&LOCAL.to_le_bytes()) && name == Some(RUN.as_bytes())
}

/// The run and the images in the bytes of a project.
pub fn read(bytes: &[u8]) -> Result<ProjectParts<'_>> {
    entries(bytes).map_err(|error| error.within("project"))
}

fn entries(bytes: &[u8]) -> Result<ProjectParts<'_>> {
    let cut = || Error::expected("its list of entries", "a whole zip", "one that is cut off or damaged");
    let end = bytes.len().checked_sub(END_LEN).filter(|&end| word(bytes, end) == Some(END)).ok_or_else(cut)?;
    let count = half(bytes, end + 10).ok_or_else(cut)?;
    if MOST_ENTRIES < count {
        return Err(Error::expected("its list", format!("at most {MOST_ENTRIES} entries"), count));
    }
    let mut at = place(bytes, end + 16).ok_or_else(cut)?;
    let (mut run, mut images) = (None, None);
    for _ in 0..count {
        if word(bytes, at) != Some(CENTRAL) {
            return Err(cut());
        }
        let lens = [28, 30, 32].map(|from| half(bytes, at + from));
        let [Some(name), Some(more), Some(comment)] = lens.map(|len| len.map(usize::from)) else { return Err(cut()) };
        let called = bytes.get(at + CENTRAL_LEN..at + CENTRAL_LEN + name).ok_or_else(cut)?;
        let slot = match called {
            name if name == RUN.as_bytes() => Some(&mut run),
            name if name == IMAGES.as_bytes() => Some(&mut images),
            _ => None,
        };
        if let Some(slot) = slot {
            if half(bytes, at + 10) != Some(0) {
                return Err(Error::expected(
                    "its entries",
                    "files as they are, without compression",
                    "compressed ones",
                ));
            }
            *slot = Some(stored(bytes, at).ok_or_else(cut)?);
        }
        at += CENTRAL_LEN + name + more + comment;
    }
    let run = run.ok_or_else(|| Error::expected("its entries", RUN, "none of that name"))?;
    Ok(ProjectParts { run, images })
}

/// The bytes of the entry that is listed at a place.
fn stored(bytes: &[u8], listed: usize) -> Option<&[u8]> {
    let (len, local) = (place(bytes, listed + 24)?, place(bytes, listed + 42)?);
    if word(bytes, local)? != LOCAL {
        return None;
    }
    let names = usize::from(half(bytes, local.checked_add(26)?)?) + usize::from(half(bytes, local.checked_add(28)?)?);
    let begin = local.checked_add(LOCAL_LEN + names)?;
    bytes.get(begin..begin.checked_add(len)?)
}

fn half(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|chunk| u16::from_le_bytes(*chunk))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|chunk| u32::from_le_bytes(*chunk))
}

/// A number that is a place or a length; it may be any, so it is only used to look within the bytes.
fn place(bytes: &[u8], at: usize) -> Option<usize> {
    word(bytes, at).map(|number| number as usize)
}
