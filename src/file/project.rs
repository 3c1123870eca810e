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

use crate::error::{Error, Result};

/// The entries that a project is opened from.
pub const RUN: &str = "run.safetensors";
pub const IMAGES: &str = "images.neurdata";

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Bytes of a local header, of one in the list at the end, and of the end, without names.
const LOCAL_LEN: usize = 30;
const CENTRAL_LEN: usize = 46;
const END_LEN: usize = 22;
/// The version that is needed to read it, and a flag: names are UTF-8.
const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
/// The first of January 1980: the same project gives the same bytes.
const DATE: u16 = 1 << 5 | 1;
/// Most entries that are looked through.
const MOST_ENTRIES: u16 = 64;

/// A project in the making.
#[derive(Default)]
pub struct ProjectWriter {
    bytes: Vec<u8>,
    /// The list at the end.
    list: Vec<u8>,
    count: u16,
}

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

impl ProjectWriter {
    /// Bytes beside the run and the images, at most about: settings, journal, history and the list.
    const BESIDE: usize = 16 << 20;

    /// A project with room for so many bytes of entries.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn with_room(len: usize) -> Result<Self> {
        let mut bytes = Vec::new();
        bytes
            .try_reserve(len.saturating_add(Self::BESIDE))
            .map_err(|_| Error::expected("project", format!("memory for {len} bytes"), "less"))?;
        Ok(Self { bytes, ..Self::default() })
    }

    /// Appends an entry, whose bytes come part by part.
    ///
    /// # Errors
    /// The file would be larger than a plain zip can be, 4 GiB.
    pub fn add(&mut self, name: &str, parts: impl IntoIterator<Item = Vec<u8>>) -> Result<()> {
        let at = self.bytes.len();
        self.bytes.resize(at + LOCAL_LEN, 0);
        self.bytes.extend(name.as_bytes());
        let begin = self.bytes.len();
        parts.into_iter().for_each(|part| self.bytes.extend(part));
        let (len, place) = (self.bytes.len() - begin, at);
        let too_large = |_| Error::expected("project", "at most 4 GiB", "more; save the model and keep the images");
        let (len, place) = (u32::try_from(len).map_err(too_large)?, u32::try_from(place).map_err(too_large)?);
        u32::try_from(self.bytes.len()).map_err(too_large)?;
        let mut header = Vec::with_capacity(LOCAL_LEN);
        let [version, flags, method, time] = [VERSION, UTF8, 0, 0].map(u16::to_le_bytes);
        for half in [version, flags, method, time, DATE.to_le_bytes()] {
            header.extend(half);
        }
        let mut sum = flate2::Crc::new();
        sum.update(&self.bytes[begin..]);
        for whole in [sum.sum(), len, len] {
            header.extend(whole.to_le_bytes());
        }
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0; 2]); // no further fields
        self.bytes[at..at + 4].copy_from_slice(&LOCAL.to_le_bytes());
        self.bytes[at + 4..at + LOCAL_LEN].copy_from_slice(&header);
        self.list.extend(CENTRAL.to_le_bytes());
        self.list.extend(version);
        self.list.extend(header);
        self.list.extend([0; 10]); // no comment, no further disk, no attributes
        self.list.extend(place.to_le_bytes());
        self.list.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    pub fn finish(self) -> Vec<u8> {
        let Self { mut bytes, list, count } = self;
        let at = bytes.len() as u32;
        bytes.extend(&list);
        bytes.extend(END.to_le_bytes());
        bytes.extend([0; 4]);
        for half in [count, count] {
            bytes.extend(half.to_le_bytes());
        }
        for whole in [list.len() as u32, at] {
            bytes.extend(whole.to_le_bytes());
        }
        bytes.extend([0; 2]);
        bytes
    }
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
