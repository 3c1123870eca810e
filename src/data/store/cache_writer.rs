//! Where the examples that are being read go: into memory while all of them seem to fit there, else into a pack.
//!
//! How much there will be is foreseen from the files that are left and the share of files that gave examples so far,
//! and looked at again after every slice. A pack that was begun before goes on; a whole one is taken as it is.

use std::collections::HashMap;
use std::sync::Arc;

use super::block::{self, Record};
use super::fingerprint::Fingerprint;
use super::image_builder::{ImageBuilder, Packed};
use super::storage::Storage;
use crate::data::MOST_BYTES;
use crate::data::dataset::Frame;
use crate::data::load::assemble::{Labels, SourceFile};
use crate::data::load::report::Report;
use crate::error::{Error, Result};

/// What the door offers for a data set.
pub struct MemoryBudget {
    /// Bytes that the pixels may take in memory.
    pub memory: usize,
    /// Files that will come, archives counted as one.
    pub files: usize,
    /// Where a pack may go, and what its files are; nothing where the door keeps no files.
    pub shelf: Option<(Arc<dyn Storage>, Fingerprint)>,
}

/// The part of a loader that keeps what it reads.
#[derive(Default)]
pub(in crate::data) struct CacheWriter {
    room: Option<MemoryBudget>,
    /// How often each path of an unfinished pack is there.
    known: HashMap<String, u32>,
    /// Nothing is left to read.
    pub is_whole: bool,
    /// Bytes of all files, as the last block tells.
    pub bytes: Option<u64>,
    /// What the pack holds of the loader's lists.
    sources: usize,
    labels: usize,
    skipped: usize,
    notes: usize,
}

impl CacheWriter {
    /// Looks at what was packed before; what it holds goes into the loader's lists.
    pub fn open(
        room: MemoryBudget,
        fixed: bool,
        sources: &mut Vec<SourceFile>,
        labels: &mut Vec<Labels>,
        report: &mut Report,
    ) -> Result<(Self, Option<ImageBuilder>)> {
        let room = MemoryBudget { memory: room.memory.min(MOST_BYTES), ..room };
        let mut packing = Self { room: Some(room), ..Self::default() };
        let Some((shelf, fingerprint)) = packing.room.as_ref().and_then(|room| room.shelf.clone()) else {
            return Ok((packing, None));
        };
        if shelf.size()? == 0 {
            return Ok((packing, None)); // nothing is written before it is known that it is needed
        }
        let opened = block::open(&*shelf, fingerprint)?;
        packing.is_whole = opened.is_whole();
        if packing.is_whole {
            shelf.flush()?;
        }
        let mut packed = Packed { shelf, end: opened.end, places: Vec::new(), grey_before: 0 };
        let mut store = None;
        for (record, pixels) in opened.blocks {
            let shape = record.shape();
            let store = store.get_or_insert_with(|| ImageBuilder::new(shape.width, shape.height, shape.channels));
            store.set_fixed(fixed);
            if store.shape.channels < shape.channels {
                packed.grey_before = pixels;
                store.shape = shape;
            }
            store.add_frames(&record);
            packed.places.extend((0..record.examples()).map(|index| pixels + (index * shape.len()) as u64));
            let Record { sources: found, labels: found_labels, skipped, notes, last, .. } = record;
            report.used += found.iter().map(|source| source.count).sum::<usize>();
            report.files += found.len() + found_labels.len() + skipped.len();
            report.skipped_count += skipped.len();
            report.reused += found.iter().map(|source| source.count).sum::<usize>();
            if !packing.is_whole {
                let paths = found.iter().map(|source| &source.path);
                let paths = paths.chain(found_labels.iter().map(|labels| &labels.path));
                for path in paths.chain(skipped.iter().map(|skipped| &skipped.path)) {
                    *packing.known.entry(path.clone()).or_default() += 1;
                }
            }
            sources.extend(found);
            labels.extend(found_labels);
            report.skipped.extend(skipped);
            report.notes.extend(notes);
            packing.bytes = last;
        }
        packing.sources = sources.len();
        packing.labels = labels.len();
        packing.skipped = report.skipped.len();
        packing.notes = report.notes.len();
        if let Some(store) = &mut store {
            store.packed = Some(packed);
        }
        Ok((packing, store))
    }

    /// Whether the pack holds this file, or knows why not; each time it is asked counts as one file of that path.
    pub fn knows(&mut self, path: &str) -> bool {
        match self.known.get_mut(path) {
            Some(count) if 0 < *count => {
                *count -= 1;
                true
            }
            _ => self.is_whole,
        }
    }

    /// Files that the door has not handed in; `done` it has.
    pub fn files_to_come(&self, done: usize) -> usize {
        self.room.as_ref().map_or(0, |room| room.files.saturating_sub(done))
    }

    /// Bytes that the pixels may take in memory.
    pub fn memory(&self) -> usize {
        self.room.as_ref().map_or(usize::MAX, |room| room.memory)
    }

    /// Begins a pack if `bytes` of pixels are more than may be in memory.
    pub fn make_room(&self, store: &mut ImageBuilder, bytes: u64) -> Result<()> {
        let Some(MemoryBudget { memory, shelf: Some((shelf, fingerprint)), .. }) = &self.room else { return Ok(()) };
        if store.packed.is_none() && (*memory as u64) < bytes {
            let block::Opened { blocks, end } = block::open(&**shelf, *fingerprint)?;
            if !blocks.is_empty() {
                return Err(Error::new("another run has begun to keep the same images; start again when it is done"));
            }
            store.packed = Some(Packed { shelf: shelf.clone(), end, places: Vec::new(), grey_before: 0 });
        }
        Ok(())
    }

    /// Writes what came since the last time into the pack, if there is one; with `last`, that it is complete.
    pub fn write(
        &mut self,
        store: &mut ImageBuilder,
        sources: &[SourceFile],
        labels: &[Labels],
        report: &Report,
        last: bool,
    ) -> Result<()> {
        let Some(packed) = &mut store.packed else { return Ok(()) };
        let record = Record {
            width: store.shape.width,
            height: store.shape.height,
            channels: store.shape.channels,
            sources: sources[self.sources..].to_vec(),
            frames: Vec::new(),
            labels: labels[self.labels..].to_vec(),
            skipped: report.skipped[self.skipped..].to_vec(),
            notes: report.notes[self.notes..].to_vec(),
            last: last.then_some(report.bytes),
        };
        let is_news = !record.sources.is_empty() || !record.labels.is_empty() || !record.skipped.is_empty();
        if !is_news && !last {
            return Ok(());
        }
        let count = record.examples();
        let first = store.frames.len() - count;
        let odd = |(index, frame): (usize, &Frame)| (!frame.is_whole(store.shape)).then_some((index, *frame));
        let record = Record { frames: store.frames[first..].iter().enumerate().filter_map(odd).collect(), ..record };
        let (pixels, end) = block::write(&*packed.shelf, packed.end, &record, &store.pixels)?;
        if last {
            packed.shelf.flush()?;
        }
        let len = store.shape.len();
        packed.places.extend((0..count).map(|index| pixels + (index * len) as u64));
        packed.end = end;
        store.pixels = Vec::new();
        (self.sources, self.labels) = (sources.len(), labels.len());
        (self.skipped, self.notes) = (report.skipped.len(), report.notes.len());
        Ok(())
    }
}
