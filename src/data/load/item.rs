//! A file on its way through the loader: read, recognised, decoded.

use std::mem;
use std::sync::Arc;

use image::ImageFormat;

use super::archive::{Archive, ArchiveEntry};
use super::file_kind::{self, FileKind};
use super::foreign;
use super::idx::{self, Idx, Unpacker};
use super::options::LoadOptions;
use super::picture::{self, Picture, PictureHeader};
use super::resize::resize;
use super::table::{self, Table};
#[cfg(feature = "decoders")]
use crate::data::letters::read_faces;
use crate::data::letters::{FontFile, LetterFrame};
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
    /// Decoded, to be resized.
    Raw(Picture),
    /// A font file, to be drawn.
    Font,
    /// The letters of a font file, drawn in this frame.
    Letters(Box<FontFile>, LetterFrame),
    Idx(Idx),
    Table(Box<Table>),
    /// A gzipped file, supposed to be IDX.
    Gzip(Box<Unpacker>),
    /// An example, and the header of its image.
    Decoded(Example, PictureHeader),
}

impl LoadItem {
    /// Reads the bytes and recognises them.
    pub fn open(&mut self, archive: Option<&Archive>) {
        if !matches!(self.content, ItemContent::Unread) {
            return;
        }
        self.content = self.read(archive).unwrap_or_else(|error| ItemContent::Skipped(error.to_string()));
    }

    fn read(&mut self, archive: Option<&Archive>) -> Result<ItemContent> {
        let kind = match (&self.entry, archive) {
            (Some(entry), Some(archive)) => {
                let (kind, bytes) = archive.read(entry)?;
                self.bytes = bytes;
                kind
            }
            _ => file_kind::of_file(&self.path, &self.bytes),
        };
        Ok(match kind {
            FileKind::Picture(format) => ItemContent::Picture(format, self.header(format)?),
            FileKind::Font => ItemContent::Font,
            FileKind::Idx => ItemContent::Idx(idx::read(&self.bytes)?),
            FileKind::Gzip => ItemContent::Gzip(Box::new(Unpacker::new(mem::take(&mut self.bytes)))),
            FileKind::Zip => ItemContent::Skipped("a zip inside a zip, which is not opened".into()),
            FileKind::Other(_) if table::is_named(&self.path) => {
                ItemContent::Table(Box::new(Table::read(&self.bytes)?))
            }
            FileKind::Other(reason) => ItemContent::Skipped(reason.into()),
        })
    }

    fn header(&mut self, format: ImageFormat) -> Result<PictureHeader> {
        let bytes = Arc::new(mem::take(&mut self.bytes));
        let shared = bytes.clone();
        let header = foreign::call(picture::what(format), move || picture::header(&shared, format));
        self.bytes = Arc::into_inner(bytes).unwrap_or_default(); // a decoder that was given up keeps them
        header
    }

    pub fn decode(&mut self, width: usize, height: usize, channels: usize, options: &LoadOptions) {
        let (format, header) = match mem::replace(&mut self.content, ItemContent::Unread) {
            ItemContent::Picture(format, header) => (format, header),
            ItemContent::Raw(picture) => {
                let header = picture.header();
                let example = resize(picture, width, height, options);
                self.content = finished(example.map(|example| example.with_channels(channels)), header);
                return;
            }
            other => {
                self.content = other;
                return;
            }
        };
        let (bytes, options) = (mem::take(&mut self.bytes), options.clone());
        let example = foreign::call(picture::what(format), move || {
            let picture = picture::decode(&bytes, format, options.background)?;
            Ok(resize(picture, width, height, &options)?.with_channels(channels))
        });
        self.content = finished(example, header);
    }

    /// Draws the letters of a font.
    pub fn draw(&mut self, frame: LetterFrame) {
        if !matches!(self.content, ItemContent::Font) {
            return;
        }
        let bytes = mem::take(&mut self.bytes);
        let font = foreign::call("a font".into(), move || read_faces(&bytes, frame));
        self.content = match font {
            Ok(font) => ItemContent::Letters(Box::new(font), frame),
            Err(error) => ItemContent::Skipped(error.to_string()),
        };
    }

    /// The header of its image, if it is one.
    pub fn picture(&self) -> Option<PictureHeader> {
        match &self.content {
            ItemContent::Picture(_, header) | ItemContent::Decoded(_, header) => Some(*header),
            ItemContent::Raw(picture) => Some(picture.header()),
            ItemContent::Unread | ItemContent::Skipped(_) => None,
            ItemContent::Font | ItemContent::Letters(..) => None,
            ItemContent::Idx(_) | ItemContent::Table(_) | ItemContent::Gzip(_) => None,
        }
    }

    /// Bytes that it holds while it waits.
    pub fn held(&self) -> usize {
        match &self.content {
            ItemContent::Raw(picture) => picture.pixels.len(),
            ItemContent::Decoded(example, _) => example.pixels.len(),
            _ => self.bytes.len(),
        }
    }
}

/// Never called: [`foreign`] calls no decoder in a build that has none.
#[cfg(not(feature = "decoders"))]
fn read_faces(_: &[u8], _: LetterFrame) -> Result<FontFile> {
    Ok(FontFile::default())
}

fn finished(example: Result<Example>, header: PictureHeader) -> ItemContent {
    match example {
        Ok(example) => ItemContent::Decoded(example, header),
        Err(error) => ItemContent::Skipped(error.to_string()),
    }
}
