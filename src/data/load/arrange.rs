//! Arranges the pixels of a data set, slice by slice: brings pixels in memory into the order of their paths, and loads
//! those of a cache file into memory if they fit.

use super::loaded::{Failed, Loaded};
use crate::data::dataset::Dataset;
use crate::data::report::Report;
use crate::data::store::image_builder::{ImageBuilder, StoredExamples};
use crate::data::store::image_cache::ImageCache;
use crate::data::store::pixels::Pixels;
use crate::error::{Error, Result};

/// Bytes read or moved in one slice: a few milliseconds.
const AT_ONCE: usize = 4 << 20;

/// A data set whose pixels are being arranged.
pub struct Arranger {
    dataset: Dataset,
    report: Report,
    work: Work,
}

enum Work {
    /// Loads: the examples in the order of the cache file, and the pixels loaded so far.
    Fetch(Vec<u32>, Vec<u8>),
    /// Reorders the pixels.
    Order(Vec<u8>, Permutation),
    Done,
}

/// Moves example `order[n]` to place n, cycle by cycle, without a second copy of the whole.
struct Permutation {
    order: Vec<u32>,
    placed: Vec<bool>,
    /// The start of the cycle; all examples before it are in place.
    start: usize,
    /// The place to be filled next, while the first example of the cycle is set aside.
    gap: Option<usize>,
    carried: Vec<u8>,
}

impl Arranger {
    /// Gives `dataset` these `examples` of the builder, in this order; holds at most `memory` bytes of them if they are in a
    /// cache file.
    pub fn new(
        mut dataset: Dataset,
        report: Report,
        builder: ImageBuilder,
        mut examples: Vec<u32>,
        memory: usize,
    ) -> Self {
        let len = builder.shape.len();
        let ImageBuilder { pixels, frames, stored, .. } = builder;
        if let Some(StoredExamples { storage, offsets, grey_before, .. }) = stored {
            let offsets = examples.iter().map(|&from| offsets[from as usize]).collect();
            dataset.pixels = Pixels::Cached(ImageCache::new(storage, len, offsets, grey_before, memory));
            let work = match &dataset.pixels {
                Pixels::Cached(cache) if dataset.pixel_bytes() <= memory as u64 => {
                    Work::Fetch(cache.by_offset(), Vec::new())
                }
                _ => Work::Done,
            };
            return Self { dataset, report, work };
        }
        // Examples that are not kept go to the end, where they are cut off.
        let mut kept = vec![false; frames.len()];
        examples.iter().for_each(|&example| kept[example as usize] = true);
        examples.extend((0u32..).zip(&kept).filter(|&(_, kept)| !kept).map(|(example, _)| example));
        Self { dataset, report, work: Work::Order(pixels, Permutation::new(examples, len)) }
    }

    pub fn is_pending(&self) -> bool {
        !matches!(self.work, Work::Done)
    }

    /// Examples in place, and all examples; loaded ones that are not in place yet count half.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.dataset.len();
        let done = match &self.work {
            Work::Fetch(_, pixels) => pixels.len() / self.dataset.shape.len() / 2,
            Work::Order(_, permutation) if matches!(self.dataset.pixels, Pixels::Cached(_)) => {
                all.div_ceil(2) + permutation.start / 2
            }
            Work::Order(_, permutation) => permutation.start,
            Work::Done => all,
        };
        (done.min(all), all)
    }

    pub fn skipped(&self) -> usize {
        self.report.skipped_count
    }

    /// Does one slice of work.
    pub fn advance(&mut self) -> Result<()> {
        let len = self.dataset.shape.len();
        let at_once = (AT_ONCE / len).max(1);
        match &mut self.work {
            Work::Fetch(examples, pixels) => {
                let Pixels::Cached(cache) = &self.dataset.pixels else { return Ok(()) };
                let all = examples.len();
                pixels.reserve_exact(all * len - pixels.len());
                let from = pixels.len() / len;
                cache.append(&examples[from..all.min(from + at_once)], pixels)?;
                if pixels.len() == all * len {
                    let mut order = vec![0; all];
                    (0u32..).zip(&*examples).for_each(|(place, &example)| order[example as usize] = place);
                    self.work = Work::Order(std::mem::take(pixels), Permutation::new(order, len));
                }
            }
            Work::Order(pixels, permutation) => {
                if !permutation.advance(pixels, at_once) {
                    pixels.truncate(self.dataset.len() * len);
                    pixels.shrink_to_fit();
                    self.dataset.pixels = std::mem::take(pixels).into();
                    self.work = Work::Done;
                }
            }
            Work::Done => {}
        }
        Ok(())
    }

    pub fn failed(self, error: Error) -> Failed {
        Failed { error, report: self.report }
    }

    pub fn finish(self) -> Loaded {
        Loaded { dataset: self.dataset, report: self.report }
    }
}

impl Permutation {
    /// A permutation of examples of `len` bytes.
    fn new(order: Vec<u32>, len: usize) -> Self {
        Self { placed: vec![false; order.len()], order, start: 0, gap: None, carried: vec![0; len] }
    }

    /// Moves at most `most` examples; returns false when all are in place.
    fn advance(&mut self, pixels: &mut [u8], most: usize) -> bool {
        let Self { order, placed, start, gap, carried } = self;
        let len = carried.len();
        for _ in 0..most {
            let to = match *gap {
                Some(to) => to,
                None => {
                    let out_of_place = |&n: &usize| !placed[n] && order[n] as usize != n;
                    *start = (*start..order.len()).find(out_of_place).unwrap_or(order.len());
                    if *start == order.len() {
                        return false;
                    }
                    carried.copy_from_slice(&pixels[*start * len..][..len]);
                    *start
                }
            };
            placed[to] = true;
            let from = order[to] as usize;
            if from == *start {
                pixels[to * len..][..len].copy_from_slice(carried);
                *gap = None;
            } else {
                pixels.copy_within(from * len..(from + 1) * len, to * len);
                *gap = Some(from);
            }
        }
        true
    }
}
