//! A file on its way through the loader: fetched, told what it is, decoded.

use image::ImageFormat;

use super::archive::{Archive, ArchiveEntry};
use super::file_kind::{self, FileKind};
use super::idx::{self, Idx, Unpacking};
use super::options::LoadOptions;
use super::picture::{self, PictureHeader};
use super::resize::{PlacedPicture, place};
use crate::error::Result;

/// A file on its way through a slice.
pub struct LoadItem {
    pub path: String,
    pub bytes: Vec<u8>,
    /// Where the bytes are to come from, if not from outside.
    pub entry: Option<ArchiveEntry>,
    pub found: ItemContent,
}

pub enum ItemContent {
    Nothing,
    Left(String),
    Picture(ImageFormat, PictureHeader),
    Idx(Idx),
    /// Such a file that is gzipped.
    Gzip(Box<Unpacking>),
    Placed(PlacedPicture),
}

/// As much as it takes to tell what a file is.
pub fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(file_kind::HEAD)]
}

impl LoadItem {
    /// Fetches the bytes and tells what they are.
    pub fn open(&mut self, archive: Option<&Archive>) {
        self.found = self.find(archive).unwrap_or_else(|error| ItemContent::Left(error.to_string()));
    }

    fn find(&mut self, archive: Option<&Archive>) -> Result<ItemContent> {
        let kind = match (&self.entry, archive) {
            (Some(entry), Some(archive)) => {
                let (kind, bytes) = archive.read(entry)?;
                self.bytes = bytes;
                kind
            }
            _ => file_kind::kind(&self.path, head(&self.bytes)),
        };
        Ok(match kind {
            FileKind::Picture(format) => ItemContent::Picture(format, picture::header(&self.bytes, format)?),
            FileKind::Idx => ItemContent::Idx(idx::read(&self.bytes)?),
            FileKind::Gzip => ItemContent::Gzip(Box::new(Unpacking::new(std::mem::take(&mut self.bytes)))),
            FileKind::Zip => ItemContent::Left("a zip inside a zip, which is not opened".into()),
            FileKind::Other(reason) => ItemContent::Left(reason.into()),
        })
    }

    pub fn decode(&mut self, width: usize, height: usize, channels: usize, options: &LoadOptions) {
        let ItemContent::Picture(format, _) = self.found else { return };
        let placed = picture::decode(&self.bytes, format, options.background)
            .and_then(|picture| place(picture, width, height, options));
        self.found = match placed {
            Ok(placed) => ItemContent::Placed(placed.with_channels(channels)),
            Err(error) => ItemContent::Left(error.to_string()),
        };
    }
}
