//! A file on its way through the loader: fetched, told what it is, decoded.

use image::ImageFormat;

use super::archive::{Archive, Entry};
use super::idx::{self, Idx, Unpacking};
use super::open::{self, Kind};
use super::options::LoadOptions;
use super::picture::{self, Header};
use super::place::{Placed, place};
use crate::error::Result;

/// A file on its way through a slice.
pub struct Item {
    pub path: String,
    pub bytes: Vec<u8>,
    /// Where the bytes are to come from, if not from outside.
    pub entry: Option<Entry>,
    pub found: Found,
}

pub enum Found {
    Nothing,
    Left(String),
    Picture(ImageFormat, Header),
    Idx(Idx),
    /// Such a file that is gzipped.
    Gzip(Box<Unpacking>),
    Placed(Placed),
}

/// As much as it takes to tell what a file is.
pub fn head(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(open::HEAD)]
}

impl Item {
    /// Fetches the bytes and tells what they are.
    pub fn open(&mut self, archive: Option<&Archive>) {
        self.found = self.find(archive).unwrap_or_else(|error| Found::Left(error.to_string()));
    }

    fn find(&mut self, archive: Option<&Archive>) -> Result<Found> {
        let kind = match (&self.entry, archive) {
            (Some(entry), Some(archive)) => {
                let (kind, bytes) = archive.read(entry)?;
                self.bytes = bytes;
                kind
            }
            _ => open::kind(&self.path, head(&self.bytes)),
        };
        Ok(match kind {
            Kind::Picture(format) => Found::Picture(format, picture::header(&self.bytes, format)?),
            Kind::Idx => Found::Idx(idx::read(&self.bytes)?),
            Kind::Gzip => Found::Gzip(Box::new(Unpacking::new(std::mem::take(&mut self.bytes)))),
            Kind::Zip => Found::Left("a zip inside a zip, which is not opened".into()),
            Kind::Other(reason) => Found::Left(reason.into()),
        })
    }

    pub fn decode(&mut self, width: usize, height: usize, channels: usize, options: &LoadOptions) {
        let Found::Picture(format, _) = self.found else { return };
        let placed = picture::decode(&self.bytes, format, options.background)
            .and_then(|picture| place(picture, width, height, options));
        self.found = match placed {
            Ok(placed) => Found::Placed(placed.with_channels(channels)),
            Err(error) => Found::Left(error.to_string()),
        };
    }
}
