//! A file that was decoded apart from the loader, in a build of its own that may die of it: what it became, in a form that
//! crosses from one build to the other.
//!
//! [`FileDecoder`] -> [`DecodedFile`] -> [`Loader::push_decoded`](super::Loader::push_decoded)

use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

use super::archive::Archive;
use super::file_kind::{self, FileKind};
use super::font_queue::letter_frame;
use super::item::{ItemContent, LoadItem};
use super::options::LoadOptions;
use super::paths::{self, LITTER};
use super::picture::{self, Picture, PictureHeader};
use super::resize::resize;
use super::sides::KnownSides;
use crate::data::frame::Frame;
use crate::data::letters::{FaceFields, FontFile, LETTERS, LeftOut, LetterFrame};
use crate::data::limits::MOST_SIDE;
use crate::data::store::example::Example;
use crate::error::{Error, Result};
use crate::shape::Shape;

pub struct DecodedFile {
    pub path: String,
    pub content: DecodedContent,
    /// Pixels `[height, width, channels]` of an image, or the bytes of a file.
    pub bytes: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum DecodedContent {
    /// An image at its own size, not turned upright; the orientation as in EXIF data, 1 to 8.
    Picture {
        width: usize,
        height: usize,
        channels: usize,
        orientation: u8,
    },
    /// An image at the size of the examples, and the size that it had.
    Example {
        width: usize,
        height: usize,
        channels: usize,
        frame: Frame,
    },
    /// The letters of a font file, drawn in this size, one face after the other; and the faces that are left out.
    Letters {
        width: usize,
        height: usize,
        faces: Vec<FaceNames>,
        left_out: Vec<LeftOut>,
    },
    /// A file that needs no decoder of others.
    File,
    Skipped {
        reason: String,
    },
}

/// The names of a face.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceNames {
    pub family: String,
    pub style: String,
}

/// Decodes one file, or the files of an archive one by one.
pub struct FileDecoder {
    path: String,
    source: Contents,
    /// The sides of pairs that its files belong to.
    sides: KnownSides,
}

enum Contents {
    File(Vec<u8>),
    Archive(Box<Archive>),
    Skipped(String),
}

impl FileDecoder {
    pub fn open(path: &str, bytes: Vec<u8>) -> Self {
        let path = paths::cleaned(path);
        let source = match file_kind::of_file(&path, &bytes) {
            _ if paths::is_litter(&path) => Contents::File(bytes),
            FileKind::Zip => match Archive::open(&path, bytes) {
                Ok(archive) if archive.remaining() == 0 => Contents::Skipped("an empty zip".into()),
                Ok(archive) => Contents::Archive(Box::new(archive)),
                Err(error) => Contents::Skipped(error.to_string()),
            },
            _ => Contents::File(bytes),
        };
        let mut sides = KnownSides::default();
        if let Contents::Archive(archive) = &source {
            archive.paths().iter().for_each(|path| sides.note(path));
        }
        Self { path, source, sides }
    }

    /// Whether it is an archive with pairs of images.
    pub fn has_pairs(&self) -> bool {
        self.sides.are_both()
    }

    /// Number of files: 1 if it is no archive.
    pub fn files(&self) -> usize {
        match &self.source {
            Contents::Archive(archive) => archive.remaining(),
            Contents::File(_) | Contents::Skipped(_) => 1,
        }
    }

    /// A remark on the archive.
    pub fn note(&self) -> Option<String> {
        match &self.source {
            Contents::Archive(archive) => archive.note(),
            Contents::File(_) | Contents::Skipped(_) => None,
        }
    }

    /// Path of the file with this index.
    pub fn path(&mut self, index: usize) -> String {
        match &mut self.source {
            Contents::Archive(archive) => match archive.entry(index) {
                Some(Ok(entry)) => entry.path,
                Some(Err((path, _))) => path,
                None => format!("{}/{index}", self.path),
            },
            Contents::File(_) | Contents::Skipped(_) => self.path.clone(),
        }
    }

    /// Decodes the file with this index, to an example if the options set its size; `None` for a folder of an archive.
    pub fn decode(&mut self, index: usize, options: &LoadOptions) -> Option<DecodedFile> {
        let skipped = |path, reason| Some(DecodedFile::skipped(path, reason));
        let mut item =
            LoadItem { path: self.path.clone(), bytes: Vec::new(), entry: None, content: ItemContent::Unread };
        match &mut self.source {
            Contents::Skipped(reason) => return skipped(item.path, reason.clone()),
            Contents::File(bytes) => {
                item.bytes = std::mem::take(bytes);
                item.open(None);
            }
            Contents::Archive(archive) => match archive.entry(index)? {
                Err((path, reason)) => return skipped(path, reason),
                Ok(entry) if paths::is_litter(&entry.path) => return skipped(entry.path, LITTER.into()),
                Ok(entry) => {
                    item.path.clone_from(&entry.path);
                    item.entry = Some(entry);
                    item.open(Some(archive));
                    archive.settle(item.entry.as_ref(), item.bytes.len());
                }
            },
        }
        let mut sides = self.sides;
        if options.paired {
            sides.add(KnownSides::BOTH);
        }
        let side = sides.of(&item.path);
        Some(item.decoded_apart(&options.of_side(side)))
    }
}

impl DecodedFile {
    fn skipped(path: String, reason: String) -> Self {
        Self { path, content: DecodedContent::Skipped { reason }, bytes: Vec::new() }
    }

    /// The item for the loader. It came from another engine's memory, so its sizes are checked again.
    pub(super) fn into_item(self) -> LoadItem {
        let Self { path, content, bytes } = self;
        let held = bytes.len();
        let (bytes, content) = match content {
            DecodedContent::File => (bytes, ItemContent::Unread),
            DecodedContent::Skipped { reason } => (Vec::new(), ItemContent::Skipped(reason)),
            DecodedContent::Picture { width, height, channels, orientation } => {
                let orientation = Orientation::from_exif(orientation).unwrap_or(Orientation::NoTransforms);
                let picture = Picture { width, height, channels, pixels: bytes, orientation };
                (Vec::new(), if picture.is_whole() { ItemContent::Raw(picture) } else { damaged(held) })
            }
            DecodedContent::Letters { width, height, faces, left_out } => {
                (Vec::new(), drawn(LetterFrame { width, height }, faces, left_out, bytes))
            }
            DecodedContent::Example { width, height, channels, frame } => {
                let example = Example { pixels: bytes, channels, frame };
                (Vec::new(), ItemContent::Decoded(example, PictureHeader { width, height, cost: 0 }))
            }
        };
        LoadItem { path, bytes, entry: None, content }
    }

    /// The image as an example of `shape`.
    ///
    /// # Errors
    /// It is not a whole image; a skipped file gives its reason.
    pub fn example(self, shape: Shape, options: &LoadOptions) -> Result<(Vec<u8>, Frame)> {
        match self.into_item().content {
            ItemContent::Raw(picture) => {
                let example = resize(picture, shape.width, shape.height, options)?.with_channels(shape.channels);
                Ok((example.pixels, example.frame))
            }
            ItemContent::Decoded(example, _) if example.pixels.len() == shape.len() => {
                Ok((example.pixels, example.frame))
            }
            ItemContent::Skipped(reason) => Err(Error::new(reason)),
            _ => Err(Error::new("not an image; try a PNG or JPEG")),
        }
    }
}

/// The letters of faces, whose pixels come one after the other.
fn drawn(frame: LetterFrame, names: Vec<FaceNames>, left_out: Vec<LeftOut>, bytes: Vec<u8>) -> ItemContent {
    let len = frame.width.checked_mul(frame.height).and_then(|area| area.checked_mul(LETTERS)).unwrap_or(0);
    if len.checked_mul(names.len()) != Some(bytes.len()) || MOST_SIDE < frame.width.max(frame.height) {
        return damaged(bytes.len());
    }
    let faces = names.into_iter().zip(bytes.chunks_exact(len.max(1)));
    let faces =
        faces.map(|(FaceNames { family, style }, pixels)| FaceFields { family, style, pixels: pixels.to_vec() });
    ItemContent::Letters(Box::new(FontFile { faces: faces.collect(), left_out }), frame)
}

fn damaged(bytes: usize) -> ItemContent {
    ItemContent::Skipped(format!("an image that came with {bytes} bytes of pixels, which is not its size"))
}

impl LoadItem {
    /// The item as it leaves for another engine.
    fn decoded_apart(mut self, options: &LoadOptions) -> DecodedFile {
        if let ItemContent::Picture(format, _) = self.content {
            match options.size() {
                Some((width, height)) => self.decode(width, height, options.channels, options),
                None => {
                    let picture = picture::decode(&self.bytes, format, options.background);
                    self.content =
                        picture.map_or_else(|error| ItemContent::Skipped(error.to_string()), ItemContent::Raw);
                }
            }
        }
        self.draw(letter_frame(options.size()));
        let (content, bytes) = match self.content {
            ItemContent::Letters(font, LetterFrame { width, height }) => {
                let FontFile { faces, left_out } = *font;
                let bytes = faces.iter().flat_map(|face| &face.pixels).copied().collect();
                let faces = faces.into_iter().map(|FaceFields { family, style, .. }| FaceNames { family, style });
                (DecodedContent::Letters { width, height, faces: faces.collect(), left_out }, bytes)
            }
            ItemContent::Raw(Picture { width, height, channels, pixels, orientation }) => {
                (DecodedContent::Picture { width, height, channels, orientation: orientation.to_exif() }, pixels)
            }
            ItemContent::Decoded(Example { pixels, channels, frame }, PictureHeader { width, height, .. }) => {
                (DecodedContent::Example { width, height, channels, frame }, pixels)
            }
            ItemContent::Skipped(reason) => (DecodedContent::Skipped { reason }, Vec::new()),
            ItemContent::Gzip(mut file) => match file.unpacked() {
                Ok(bytes) => (DecodedContent::File, bytes),
                Err(error) => (DecodedContent::Skipped { reason: error.to_string() }, Vec::new()),
            },
            ItemContent::Unread
            | ItemContent::Picture(..)
            | ItemContent::Font
            | ItemContent::Idx(_)
            | ItemContent::Table(_) => (DecodedContent::File, self.bytes),
        };
        DecodedFile { path: self.path, content, bytes }
    }
}
