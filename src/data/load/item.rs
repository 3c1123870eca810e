//! A file on its way through the loader: read, recognised, decoded.

use image::ImageFormat;

use super::archive::{Archive, ArchiveEntry};
use super::file_kind::{self, FileKind};
use super::idx::{self, Idx, Unpacker};
use super::options::LoadOptions;
use super::picture::{self, PictureHeader};
use super::resize::resize;
use super::table::{self, Table};
use crate::data::store::example::Example;
use crate::error::Result;

pub struct LoadItem {
    pub path: String,
    pub bytes: Vec<u8>,
    /// The entry to be read, if the file is in an archive.
    pub entry: Option<ArchiveEntry>,
    pub content: ItemContent,
}

pub enum ItemContent {
    Unread,
    /// The reason.
    Skipped(String),
    Picture(ImageFormat, PictureHeader),
    Idx(Idx),
    Table(Box<Table>),
    /// A gzipped file, supposed to be IDX.
    Gzip(Box<Unpacker>),
    Decoded(Example),
}

/// The bytes needed to recognise a file.
pub fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(file_kind::HEAD)]
}

impl LoadItem {
    /// Reads the bytes and recognises them.
    pub fn open(&mut self, archive: Option<&Archive>) {
        self.content = self.read(archive).unwrap_or_else(|error| ItemContent::Skipped(error.to_string()));
    }

    fn read(&mut self, archive: Option<&Archive>) -> Result<ItemContent> {
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
            FileKind::Gzip => ItemContent::Gzip(Box::new(Unpacker::new(std::mem::take(&mut self.bytes)))),
            FileKind::Zip => ItemContent::Skipped("a zip inside a zip, which is not opened".into()),
            FileKind::Other(_) if table::is_named(&self.path) => {
                ItemContent::Table(Box::new(Table::read(&self.bytes)?))
            }
            FileKind::Other(reason) => ItemContent::Skipped(reason.into()),
        })
    }

    pub fn decode(&mut self, width: usize, height: usize, channels: usize, options: &LoadOptions) {
        let ItemContent::Picture(format, _) = self.content else { return };
        let example = picture::decode(&self.bytes, format, options.background)
            .and_then(|picture| resize(picture, width, height, options));
        self.content = match example {
            Ok(example) => ItemContent::Decoded(example.with_channels(channels)),
            Err(error) => ItemContent::Skipped(error.to_string()),
        };
    }
}
