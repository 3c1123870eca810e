//! Bringing the pixels of a set to where they belong, slice by slice: those that were read into memory into the order of
//! their paths, those of a pack into memory if they fit there.

use super::report::{Failed, Loaded, Report};
use crate::data::dataset::Dataset;
use crate::data::store::image_builder::{ImageBuilder, Packed};
use crate::data::store::image_cache::ImageCache;
use crate::data::store::pixels::Pixels;
use crate::error::{Error, Result};

/// Bytes read or moved in one slice: a few milliseconds.
const AT_ONCE: usize = 4 << 20;

/// A data set whose pixels are on their way.
pub struct Arranging {
    dataset: Dataset,
    report: Report,
    work: Work,
}

enum Work {
    /// Examples in the order in which they lie in their pack, and the pixels of those that are in memory already.
    Fetch(Vec<u32>, Vec<u8>),
    Order(Vec<u8>, Permutation),
    Done,
}

/// Example `order[n]` goes to place n, cycle by cycle, without a second copy of the whole.
struct Permutation {
    order: Vec<u32>,
    placed: Vec<bool>,
    /// Where the cycle began; all before it are in their places.
    start: usize,
    /// The place that waits for its example, while the cycle's first is carried.
    gap: Option<usize>,
    carried: Vec<u8>,
}

impl Arranging {
    /// Gives `dataset` those examples of `store`, in this order; at most `memory` bytes of them if they are in a pack.
    pub fn new(
        mut dataset: Dataset,
        report: Report,
        store: ImageBuilder,
        mut examples: Vec<u32>,
        memory: usize,
    ) -> Self {
        let len = store.shape.len();
        let ImageBuilder { pixels, frames, packed, .. } = store;
        if let Some(Packed { shelf, places, grey_before, .. }) = packed {
            let places = examples.iter().map(|&from| places[from as usize]).collect();
            dataset.pixels = Pixels::Pack(ImageCache::new(shelf, len, places, grey_before, memory));
            let work = match &dataset.pixels {
                Pixels::Pack(pack) if dataset.pixel_bytes() <= memory as u64 => {
                    Work::Fetch(pack.by_place(), Vec::new())
                }
                _ => Work::Done,
            };
            return Self { dataset, report, work };
        }
        // Those that are left out go to the end, where they are cut off.
        let mut kept = vec![false; frames.len()];
        examples.iter().for_each(|&example| kept[example as usize] = true);
        examples.extend((0u32..).zip(&kept).filter(|&(_, kept)| !kept).map(|(example, _)| example));
        Self { dataset, report, work: Work::Order(pixels, Permutation::new(examples, len)) }
    }

    pub fn is_pending(&self) -> bool {
        !matches!(self.work, Work::Done)
    }

    /// Examples that are where they belong, and all; those that were only fetched count half.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.dataset.len();
        let done = match &self.work {
            Work::Fetch(_, pixels) => pixels.len() / self.dataset.shape.len() / 2,
            Work::Order(_, permutation) if matches!(self.dataset.pixels, Pixels::Pack(_)) => {
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

    /// One slice.
    pub fn advance(&mut self) -> Result<()> {
        let len = self.dataset.shape.len();
        let at_once = (AT_ONCE / len).max(1);
        match &mut self.work {
            Work::Fetch(examples, pixels) => {
                let Pixels::Pack(pack) = &self.dataset.pixels else { return Ok(()) };
                let all = examples.len();
                pixels.reserve_exact(all * len - pixels.len());
                let from = pixels.len() / len;
                pack.append(&examples[from..all.min(from + at_once)], pixels)?;
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
    /// Of examples of `len` bytes.
    fn new(order: Vec<u32>, len: usize) -> Self {
        Self { placed: vec![false; order.len()], order, start: 0, gap: None, carried: vec![0; len] }
    }

    /// Moves at most so many examples; false when all are in their places.
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
