//! Arranges the pixels of a data set, slice by slice: brings pixels in memory into the order of their paths, and loads
//! those of a cache file into memory if they fit. Packed pixels need not be moved. The targets of pairs are arranged after their
//! images.

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
    /// The images, and the targets of pairs.
    parts: Vec<PixelArrangement>,
}

/// Pixels on their way into the order of the data set.
struct PixelArrangement {
    pixels: Pixels,
    /// Number of the examples, and bytes of one.
    count: usize,
    len: usize,
    work: Work,
}

enum Work {
    /// Loads: the examples in the order of the cache file, and the pixels loaded so far.
    Fetch(Vec<u32>, Pixels),
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
    /// Gives `dataset` these examples of the builders, in this order: the images, and the targets of pairs. Holds at most
    /// `memory` bytes of them if they are in a cache file.
    pub fn new(
        dataset: Dataset,
        report: Report,
        images: (ImageBuilder, Vec<u32>),
        targets: Option<(ImageBuilder, Vec<u32>)>,
        memory: usize,
    ) -> Self {
        let all = dataset.example_len() as u128;
        let share = |len: usize| (memory as u128 * len as u128 / all) as usize;
        let part = |(builder, examples): (ImageBuilder, Vec<u32>)| {
            let memory = share(builder.shape.len());
            PixelArrangement::new(builder, examples, memory)
        };
        let parts = [Some(images), targets].into_iter().flatten().map(part).collect();
        Self { dataset, report, parts }
    }

    pub fn is_pending(&self) -> bool {
        self.parts.iter().any(PixelArrangement::is_pending)
    }

    /// Examples in place, and all examples; loaded ones that are not in place yet count half.
    pub fn progress(&self) -> (usize, usize) {
        let done: usize = self.parts.iter().map(PixelArrangement::done).sum();
        (done / self.parts.len().max(1), self.dataset.len())
    }

    pub fn skipped(&self) -> usize {
        self.report.skipped_count
    }

    /// Does one slice of work.
    pub fn advance(&mut self) -> Result<()> {
        self.parts.iter_mut().find(|part| part.is_pending()).map_or(Ok(()), PixelArrangement::advance)
    }

    pub fn failed(self, error: Error) -> Failed {
        Failed { error, report: self.report }
    }

    pub fn finish(self) -> Loaded {
        let Self { mut dataset, report, parts } = self;
        let mut parts = parts.into_iter().map(|part| part.pixels);
        dataset.pixels = parts.next().unwrap_or(dataset.pixels);
        dataset.pictures.pixels = parts.next().unwrap_or(dataset.pictures.pixels);
        Loaded { dataset, report }
    }
}

impl PixelArrangement {
    fn new(builder: ImageBuilder, mut examples: Vec<u32>, memory: usize) -> Self {
        let (len, count) = (builder.shape.len(), examples.len());
        let ImageBuilder { shape, pixels, packed, frames, stored, .. } = builder;
        if let Some(StoredExamples { storage, offsets, grey_before, .. }) = stored {
            let offsets = examples.iter().map(|&from| offsets[from as usize]).collect();
            let cache = ImageCache::new(storage, len, offsets, grey_before, memory);
            let fits = count * len <= memory;
            let work = if fits { Work::Fetch(cache.by_offset(), Pixels::none(shape)) } else { Work::Done };
            return Self { pixels: Pixels::Cached(cache), count, len, work };
        }
        if let Some(packed) = packed {
            return Self { pixels: Pixels::Packed(packed.chosen(&examples)), count, len, work: Work::Done };
        }
        // Examples that are not kept go to the end, where they are cut off.
        let mut kept = vec![false; frames.len()];
        examples.iter().for_each(|&example| kept[example as usize] = true);
        examples.extend((0u32..).zip(&kept).filter(|&(_, kept)| !kept).map(|(example, _)| example));
        let work = Work::Order(pixels, Permutation::new(examples, len));
        Self { pixels: Pixels::Memory(Vec::new()), count, len, work }
    }

    fn is_pending(&self) -> bool {
        !matches!(self.work, Work::Done)
    }

    fn done(&self) -> usize {
        let done = match &self.work {
            Work::Fetch(_, fetched) => fetched.plain_len().unwrap_or(0) / self.len / 2,
            Work::Order(_, permutation) if matches!(self.pixels, Pixels::Cached(_)) => {
                self.count.div_ceil(2) + permutation.start / 2
            }
            Work::Order(_, permutation) => permutation.start,
            Work::Done => self.count,
        };
        done.min(self.count)
    }

    fn advance(&mut self) -> Result<()> {
        let Self { count, len, .. } = *self;
        let at_once = (AT_ONCE / len).max(1);
        match &mut self.work {
            Work::Fetch(examples, fetched) => {
                let Pixels::Cached(cache) = &self.pixels else { return Ok(()) };
                let from = fetched.plain_len().unwrap_or(0) / len;
                let part = &examples[from..count.min(from + at_once)];
                let is_last = from + part.len() == count;
                let order = || {
                    let mut order = vec![0; count];
                    (0u32..).zip(&*examples).for_each(|(place, &example)| order[example as usize] = place);
                    order
                };
                match fetched {
                    Pixels::Memory(pixels) => {
                        pixels.reserve_exact(count * len - pixels.len());
                        cache.append(part, pixels)?;
                        if is_last {
                            self.work = Work::Order(std::mem::take(pixels), Permutation::new(order(), len));
                        }
                    }
                    Pixels::Packed(packed) => {
                        let mut pixels = Vec::new();
                        cache.append(part, &mut pixels)?;
                        packed.extend(&pixels);
                        if is_last {
                            self.pixels = Pixels::Packed(packed.chosen(&order()));
                            self.work = Work::Done;
                        }
                    }
                    Pixels::Cached(_) => {}
                }
            }
            Work::Order(pixels, permutation) => {
                if !permutation.advance(pixels, at_once) {
                    pixels.truncate(count * len);
                    pixels.shrink_to_fit();
                    self.pixels = std::mem::take(pixels).into();
                    self.work = Work::Done;
                }
            }
            Work::Done => {}
        }
        Ok(())
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
