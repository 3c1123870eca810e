//! IDX files: gzipped ones are unpacked in slices; what is whole is taken at once, its labels or its pictures.

use image::metadata::Orientation;

use super::Loader;
use crate::data::load::assemble::{Labels, SourceFile};
use crate::data::load::idx::{self, Idx, Unpacking};
use crate::data::load::picture::Picture;
use crate::data::load::resize::{PlacedPicture, place};
use crate::error::Result;
use crate::par;

/// What one thread unpacks of a file in a slice: some tens of milliseconds.
const SLICE_UNPACKED: usize = 4 << 20;

/// An IDX file on its way in.
pub(super) enum Coming {
    Packed(Box<Unpacking>),
    Whole(Result<Idx>),
}

impl Loader {
    /// A slice of unpacking, one file on each thread.
    pub(super) fn unpack(&mut self) -> Result<()> {
        let mut files: Vec<_> = self.coming.iter_mut().take(par::threads()).collect();
        par::each(&mut files, |_, (_, coming)| {
            if let Coming::Packed(file) = coming
                && let Some(whole) = file.advance(SLICE_UNPACKED).transpose()
            {
                *coming = Coming::Whole(whole);
            }
        });
        self.take_whole()
    }

    /// Takes the files that are whole, as far as they are the first.
    pub(super) fn take_whole(&mut self) -> Result<()> {
        while let Some((path, coming)) = self.coming.pop_front() {
            self.current.clone_from(&path);
            match coming {
                Coming::Whole(Ok(idx)) => self.take_idx(path, idx)?,
                Coming::Whole(Err(error)) => self.leave(path, error.to_string()),
                packed @ Coming::Packed(_) => {
                    self.coming.push_front((path, packed));
                    break;
                }
            }
        }
        Ok(())
    }

    fn take_idx(&mut self, path: String, idx: Idx) -> Result<()> {
        match idx {
            Idx::Labels(labels) => {
                self.count_used(0);
                self.labels.push(Labels { path, labels });
            }
            Idx::Pictures { count, mut width, mut height, channels, mut pixels } => {
                if idx::lies_on_its_side(&path) {
                    pixels = idx::mirrored(&pixels, width, height, channels);
                    (width, height) = (height, width);
                    self.report
                        .note(format!("{path}: EMNIST keeps its images on their side; they were turned upright"));
                }
                if self.store.is_none() {
                    self.decide_size_as((width, height));
                }
                if let Some(store) = &mut self.store {
                    // No room is no fault of the file.
                    self.packing.make_room(store, store.bytes() + (count * store.shape.len()) as u64)?;
                }
                match self.store_idx(width, height, channels, pixels) {
                    Ok(()) => {
                        self.count_used(count);
                        self.report.count_size(width, height, count);
                        self.sources.push(SourceFile { path, count, idx: true });
                    }
                    Err(error) => self.leave(path, error.to_string()),
                }
            }
        }
        Ok(())
    }

    fn store_idx(&mut self, width: usize, height: usize, channels: usize, pixels: Vec<u8>) -> Result<()> {
        let Some(store) = &mut self.store else { return Ok(()) };
        if (width, height, channels) == (store.shape.width, store.shape.height, 1) {
            return store.push_grey(pixels);
        }
        // Another size, or colour: each is placed like a decoded picture.
        let (shape, wanted, before) = (store.shape, store.wanted(), store.frames.len());
        for part in pixels.chunks(4096 * width * height * channels) {
            let parts: Vec<&[u8]> = part.chunks_exact(width * height * channels).collect();
            let placed = par::map(&parts, |&pixels| {
                let orientation = Orientation::NoTransforms;
                let picture = Picture { width, height, channels, pixels: pixels.to_vec(), orientation };
                Ok(place(picture, shape.width, shape.height, &self.options)?.with_channels(wanted))
            });
            let stored = placed.into_iter().try_for_each(|placed: Result<PlacedPicture>| store.push(placed?));
            if stored.is_err() {
                store.truncate(before); // all of a file, or nothing
                return stored;
            }
        }
        Ok(())
    }
}
