//! The data set: every example as bytes, and the batch in which bytes become floats.
//!
//! Shapes: pixels `[examples, height, width, channels]` u8; x `[examples, height, width, channels]` f32 in 0..=1;
//! mask `[examples, height * width]`, 1 where the picture is and 0 on the padding around it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::division::{DivideBy, Division};
use super::overrides::Overrides;
use super::store::pixels::{Pixels, Seen};
use crate::error::{Error, Result};
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// Bytes that are worth handing to another thread.
const PART: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    #[default]
    Train,
    Validation,
    Test,
    /// Left out by hand: nothing is learnt from it or measured on it.
    Dropped,
}

impl Split {
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Dropped => "dropped",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let all = [Self::Train, Self::Validation, Self::Test, Self::Dropped];
        let unknown = || Error::expected("split", "train, validation, test or dropped", text);
        all.into_iter().find(|split| split.name() == text).ok_or_else(unknown)
    }
}

/// The rectangle of an example that is picture, in pixels; what lies around it is padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub left: u16,
    pub top: u16,
    pub width: u16,
    pub height: u16,
}

impl Frame {
    /// No padding at all. Sides over 65,535 do not occur: [`super::MOST_SIDE`] bounds them.
    pub fn whole(shape: Shape) -> Self {
        Self { left: 0, top: 0, width: shape.width as u16, height: shape.height as u16 }
    }

    pub fn is_whole(self, shape: Shape) -> bool {
        self == Self::whole(shape)
    }

    pub(super) fn lies_in(self, shape: Shape) -> bool {
        usize::from(self.left) + usize::from(self.width) <= shape.width
            && usize::from(self.top) + usize::from(self.height) <= shape.height
    }
}

/// Examples of one shape, with their names, classes and splits.
///
/// Guarantees (every maker keeps them): `pixels` hold `len()` examples of `shape`; `frames`, `splits` and `names`
/// have `len()` entries; `labels` has `len()` entries, each below `classes.len()`, or is empty together with
/// `classes`, when the examples have no classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub name: String,
    pub shape: Shape,
    pub pixels: Pixels,
    pub frames: Vec<Frame>,
    pub labels: Vec<u32>,
    pub classes: Vec<String>,
    pub splits: Vec<Split>,
    pub names: Vec<String>,
    /// The files came with their own validation or test split, which [`Dataset::divide`] then leaves alone.
    pub has_validation: bool,
    pub has_test: bool,
    /// What people changed since.
    pub by_hand: Overrides,
}

impl Dataset {
    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn is_labelled(&self) -> bool {
        !self.classes.is_empty()
    }

    /// The pixels of one example, `[height, width, channels]`.
    pub fn example(&self, index: usize) -> Cow<'_, [u8]> {
        match &self.pixels {
            Pixels::Memory(bytes) => bytes[index * self.shape.len()..][..self.shape.len()].into(),
            Pixels::Pack(pack) => pack.view().example(index, |bytes| bytes.to_vec().into()),
        }
    }

    /// Brings the first `now` of the examples that come next into memory, where they do not lie there anyway.
    ///
    /// Whoever is about to read more than a few calls this first, before threads share the work: in a browser other
    /// threads can read nothing. Examples that were not prepared are read one by one.
    pub fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        self.pixels.prepare(upcoming, now)
    }

    /// Bytes of all pixels, wherever they lie.
    pub fn pixel_bytes(&self) -> u64 {
        self.len() as u64 * self.shape.len() as u64
    }

    /// An error if an example could not be read since this was asked last; it was black instead.
    pub fn check_read(&self) -> Result<()> {
        self.pixels.take_failure().map_or(Ok(()), Err)
    }

    /// The examples of a split, in their order.
    pub fn indices(&self, split: Split) -> Vec<u32> {
        (0u32..).zip(&self.splits).filter(|&(_, &s)| s == split).map(|(index, _)| index).collect()
    }

    pub fn count(&self, split: Split) -> usize {
        self.splits.iter().filter(|&&s| s == split).count()
    }

    /// Number of examples of each class, without those left out.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for (&label, &split) in self.labels.iter().zip(&self.splits) {
            counts[label as usize] += usize::from(split != Split::Dropped);
        }
        counts
    }

    /// The split that results are reported on: the test split where the data has one, else the validation split.
    pub fn held_out(&self) -> Split {
        if self.splits.contains(&Split::Test) { Split::Test } else { Split::Validation }
    }

    /// Draws the splits as `division` says; what was moved by hand stays there. Returns what there is to know about it.
    pub fn divide(&mut self, division: &Division) -> Option<String> {
        let by_hand = self.lift_by_hand();
        let note = division.draw(self);
        self.lay_by_hand(by_hand);
        note
    }

    /// Draws a validation split, a share (0..1) of every class.
    pub fn split(&mut self, validation: f32, seed: u64) {
        self.divide(&Division { validation, seed, by: DivideBy::Class, ..Division::default() });
    }

    /// Keeps at most `limit` examples: of every split and class the same share, drawn by `seed`, in the old order.
    pub fn take(&mut self, limit: usize, seed: u64) {
        if let Some(kept) = self.sample(limit, seed) {
            self.pixels.keep(&kept, self.shape.len());
            self.keep_described(&kept);
        }
    }

    /// The examples that [`Dataset::take`] keeps, ascending; `None`: all.
    pub(super) fn sample(&self, limit: usize, seed: u64) -> Option<Vec<u32>> {
        if self.len() <= limit {
            return None;
        }
        let mut groups = Vec::new();
        for split in [Split::Train, Split::Validation, Split::Test] {
            groups.extend(self.by_class(&self.indices(split)));
        }
        let (mut kept, mut seen) = (Vec::with_capacity(limit), 0);
        for (number, mut group) in groups.into_iter().enumerate() {
            // Whole numbers, so the quotas add up to `limit` exactly.
            let quota = |n: usize| (n as u128 * limit as u128 / self.len() as u128) as usize;
            let taken = quota(seen + group.len()) - quota(seen);
            seen += group.len();
            Rng::new(seed, Purpose::Sample, number as u64).shuffle(&mut group);
            kept.extend_from_slice(&group[..taken]);
        }
        kept.sort_unstable();
        Some(kept)
    }

    /// Fills `out` with the examples of `indices`: pixels / 255, labels where there are any, and the mask, which
    /// stays empty when every example is whole.
    pub fn batch(&self, indices: &[u32], out: &mut Batch) {
        out.shape = self.shape;
        out.x.resize(indices.len() * self.shape.len(), 0.0);
        let part = (PART / self.shape.len()).max(1);
        let pixels: Seen = self.pixels.view(self.shape.len());
        let mut work: Vec<_> = out.x.chunks_mut(part * self.shape.len()).zip(indices.chunks(part)).collect();
        par::each(&mut work, |_, (x, indices)| {
            for (x, &index) in x.chunks_exact_mut(self.shape.len()).zip(*indices) {
                pixels.example(index as usize, |bytes| {
                    for (x, &byte) in x.iter_mut().zip(bytes) {
                        *x = f32::from(byte) * (1.0 / 255.0);
                    }
                });
            }
        });
        out.labels.clear();
        if self.is_labelled() {
            out.labels.extend(indices.iter().map(|&index| self.labels[index as usize]));
        }
        out.mask.clear();
        if indices.iter().any(|&index| !self.frames[index as usize].is_whole(self.shape)) {
            out.mask.resize(indices.len() * self.shape.area(), 0.0);
            for (mask, &index) in out.mask.chunks_exact_mut(self.shape.area()).zip(indices) {
                fill_mask(mask, self.shape.width, self.frames[index as usize]);
            }
        }
    }

    /// `indices` by class; all in one group when there are no classes.
    pub(super) fn by_class(&self, indices: &[u32]) -> Vec<Vec<u32>> {
        let mut groups = vec![Vec::new(); self.classes.len().max(1)];
        for &index in indices {
            groups[self.labels.get(index as usize).map_or(0, |&label| label as usize)].push(index);
        }
        groups
    }

    /// Keeps what is known of the examples of `indices`, which ascend, but their pixels; classes stay, so labels keep
    /// their meaning.
    pub(super) fn keep_described(&mut self, indices: &[u32]) {
        for (to, &from) in indices.iter().enumerate() {
            let from = from as usize;
            self.frames[to] = self.frames[from];
            self.splits[to] = self.splits[from];
            self.names.swap(to, from);
            if self.is_labelled() {
                self.labels[to] = self.labels[from];
            }
        }
        self.by_hand.follow(indices);
        self.frames.truncate(indices.len());
        self.splits.truncate(indices.len());
        self.names.truncate(indices.len());
        self.labels.truncate(indices.len());
    }
}

/// A mini-batch as the network sees it. Made once and filled again and again by [`Dataset::batch`].
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub shape: Shape,
    pub x: Vec<f32>,
    pub mask: Vec<f32>,
    pub labels: Vec<u32>,
}

impl Batch {
    /// One example that belongs to no data set.
    pub fn of_one(pixels: &[u8], shape: Shape, frame: Frame) -> Self {
        let x = pixels.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
        let mut batch = Self { shape, x, ..Self::default() };
        if !frame.is_whole(shape) {
            batch.mask.resize(shape.area(), 0.0);
            fill_mask(&mut batch.mask, shape.width, frame);
        }
        batch
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self { shape: Shape::flat(0), x: Vec::new(), mask: Vec::new(), labels: Vec::new() }
    }
}

/// Writes 1 inside the frame; `mask` is `[height, width]` and 0 before.
fn fill_mask(mask: &mut [f32], width: usize, frame: Frame) {
    let rows = mask.chunks_exact_mut(width).skip(frame.top.into()).take(frame.height.into());
    for row in rows {
        row[usize::from(frame.left)..][..usize::from(frame.width)].fill(1.0);
    }
}
