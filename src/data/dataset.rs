//! The data set: every example as bytes, with its name, class and split.
//!
//! Shapes: pixels `[examples, height, width, channels]` u8; [`Batch`] has the shapes of the floats.

use std::borrow::Cow;

use super::batch::{Batch, TargetBatch};
use super::frame::Frame;
use super::letters::Families;
use super::numbers::NumberTargets;
use super::overrides::Overrides;
use super::pictures::PictureTargets;
use super::split::Split;
use super::store::pixels::{PixelView, Pixels};
use crate::error::Result;
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// Bytes that are worth handing to another thread.
const PART: usize = 8 * 1024;

/// Examples of one shape, with their names, classes and splits.
///
/// Guarantees, kept by every constructor: `pixels` hold `len()` examples of `shape`; `frames`, `splits` and `names`
/// have `len()` entries; `labels` has `len()` entries, each below `classes.len()`, or both are empty when the examples
/// have no classes; `numbers` has `len()` rows or none, `families` `len()` entries or none, and `pictures`
/// `len()` pictures or none.
///
/// ```
/// use neurarium::data::{Batch, Split, toy};
///
/// let mut data = toy::shapes(80, 16, 1); // 80 images of 16 x 16 x 3 in 8 classes
/// data.split(0.25, 1);
/// assert_eq!((data.count(Split::Train), data.count(Split::Validation)), (60, 20));
///
/// let mut batch = Batch::default();
/// data.batch(&data.indices(Split::Validation)[..5], &mut batch);
/// assert_eq!((batch.x.len(), batch.labels.len()), (5 * data.shape.len(), 5));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    pub name: String,
    pub shape: Shape,
    pub pixels: Pixels,
    pub frames: Vec<Frame>,
    pub labels: Vec<u32>,
    pub classes: Vec<String>,
    pub numbers: NumberTargets,
    /// The families of letters of fonts, which a division keeps together.
    pub families: Families,
    pub pictures: PictureTargets,
    pub splits: Vec<Split>,
    pub names: Vec<String>,
    /// The files came with a validation or test split, which [`Dataset::divide`] then keeps.
    pub has_validation: bool,
    pub has_test: bool,
    /// Changes by hand, which are applied already.
    pub overrides: Overrides,
}

impl Dataset {
    /// Pictures that were drawn, `pixels` `[examples, height, width, channels]`: the classes in turn, all for training until
    /// the set is divided.
    pub fn drawn(name: &str, shape: Shape, pixels: Vec<u8>, classes: Vec<String>) -> Self {
        let count = pixels.len() / shape.len().max(1);
        let class = |example: usize| example % classes.len();
        Self {
            name: name.into(),
            shape,
            pixels: pixels.into(),
            frames: vec![Frame::whole(shape); count],
            labels: (0..count).map(|example| class(example) as u32).collect(),
            names: (0..count).map(|n| format!("{} {}", classes[class(n)], n / classes.len() + 1)).collect(),
            classes,
            numbers: NumberTargets::default(),
            families: Families::default(),
            pictures: PictureTargets::default(),
            splits: vec![Split::Train; count],
            has_validation: false,
            has_test: false,
            overrides: Overrides::default(),
        }
    }

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
        self.pixels.example(index, self.shape.len())
    }

    /// Brings the first `now` of the `upcoming` examples into memory, if they are not there anyway.
    ///
    /// Call this before threads share the work of reading more than a few examples: in a browser other threads cannot
    /// read files. Examples that were not prepared are read one by one.
    pub fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        self.pixels.prepare(upcoming, now)?;
        self.pictures.pixels.prepare(upcoming, now)
    }

    /// Shape of the target pictures, if there are any.
    pub fn target_shape(&self) -> Option<Shape> {
        (!self.pictures.is_empty()).then_some(self.pictures.shape)
    }

    /// Bytes of an example's pixels, with those of its target.
    pub fn example_len(&self) -> usize {
        self.shape.len() + self.pictures.shape.len()
    }

    /// Bytes of all pixels, in memory or not.
    pub fn pixel_bytes(&self) -> u64 {
        self.len() as u64 * self.example_len() as u64
    }

    /// Bytes of pixels in memory.
    pub fn memory_bytes(&self) -> usize {
        self.pixels.memory_bytes() + self.pictures.pixels.memory_bytes()
    }

    /// Most bytes of pixels in memory at any time.
    pub fn most_memory_bytes(&self) -> u64 {
        self.pixels.most_memory_bytes() + self.pictures.pixels.most_memory_bytes()
    }

    /// An error if an example could not be read since the last call; it was black instead.
    pub fn check_read(&self) -> Result<()> {
        let failure = self.pixels.take_failure().or_else(|| self.pictures.pixels.take_failure());
        failure.map_or(Ok(()), Err)
    }

    /// The examples of a split, in their order.
    pub fn indices(&self, split: Split) -> Vec<u32> {
        (0u32..).zip(&self.splits).filter(|&(_, &s)| s == split).map(|(index, _)| index).collect()
    }

    pub fn count(&self, split: Split) -> usize {
        self.splits.iter().filter(|&&s| s == split).count()
    }

    /// The faces that letters are of, each once, in their order; see [`Families`].
    pub fn faces(&self) -> Vec<&str> {
        let of_face = |index: &usize| self.families.of(*index).is_some();
        let names = (0..self.len()).filter(of_face).map(|index| self.names[index].as_str());
        let mut faces: Vec<&str> = names.map(|name| name.rsplit_once('/').map_or(name, |(face, _)| face)).collect();
        faces.dedup();
        faces
    }

    /// Number of examples of each class, without the excluded ones.
    pub fn class_counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for (&label, &split) in self.labels.iter().zip(&self.splits) {
            counts[label as usize] += usize::from(split != Split::Dropped);
        }
        counts
    }

    /// The split that results are reported on: the test split if there is one, else the validation split.
    pub fn held_out(&self) -> Split {
        if self.splits.contains(&Split::Test) { Split::Test } else { Split::Validation }
    }

    /// Keeps at most `limit` examples: the same share of every split and class, drawn by `seed`, in the old order.
    pub fn take(&mut self, limit: usize, seed: u64) {
        if let Some(kept) = self.sample(limit, seed) {
            self.pixels.keep(&kept, self.shape.len());
            if !self.pictures.is_empty() {
                self.pictures.pixels.keep(&kept, self.pictures.shape.len());
            }
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
            // Integer arithmetic, so the quotas add up to exactly `limit`.
            let quota = |n: usize| (n as u128 * limit as u128 / self.len() as u128) as usize;
            let taken = quota(seen + group.len()) - quota(seen);
            seen += group.len();
            Rng::new(seed, Purpose::Sample, number as u64).shuffle(&mut group);
            kept.extend_from_slice(&group[..taken]);
        }
        kept.sort_unstable();
        Some(kept)
    }

    /// Fills `out` with the examples of `indices`: pixels / 255, labels, numbers and target pictures if there are any, and
    /// the masks, which stay empty if no picture has padding.
    pub fn batch(&self, indices: &[u32], out: &mut Batch) {
        out.shape = self.shape;
        fill_pixels(&self.pixels, self.shape, indices, &mut out.x);
        fill_masks(&self.frames, self.shape, indices, &mut out.mask);
        self.labels_and_numbers(indices, out);
        let TargetBatch { shape, y, mask } = &mut out.target;
        *shape = self.pictures.shape;
        if self.pictures.is_empty() {
            y.clear();
            mask.clear();
        } else {
            fill_pixels(&self.pictures.pixels, *shape, indices, y);
            fill_masks(&self.pictures.frames, *shape, indices, mask);
        }
    }

    /// Fills `out` with the labels and numbers of the examples of `indices` alone.
    pub fn labels_and_numbers(&self, indices: &[u32], out: &mut Batch) {
        out.labels.clear();
        if self.is_labelled() {
            out.labels.extend(indices.iter().map(|&index| self.labels[index as usize]));
        }
        out.numbers.clear();
        if !self.numbers.is_empty() {
            indices.iter().for_each(|&index| out.numbers.extend_from_slice(self.numbers.of(index as usize)));
        }
    }

    /// Fills `x` with the pixels / 255 of the examples of `indices`.
    pub fn pixels_of(&self, indices: &[u32], x: &mut Vec<f32>) {
        fill_pixels(&self.pixels, self.shape, indices, x);
    }

    /// `indices` by class; all in one group when there are no classes.
    pub(super) fn by_class(&self, indices: &[u32]) -> Vec<Vec<u32>> {
        let mut groups = vec![Vec::new(); self.classes.len().max(1)];
        for &index in indices {
            groups[self.labels.get(index as usize).map_or(0, |&label| label as usize)].push(index);
        }
        groups
    }

    /// Keeps everything but the pixels of the examples of `indices`, which ascend; all classes stay, so labels keep
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
        self.numbers.keep(indices);
        self.families.keep(indices);
        self.pictures.keep_frames(indices);
        self.overrides.keep(indices);
        self.frames.truncate(indices.len());
        self.splits.truncate(indices.len());
        self.names.truncate(indices.len());
        self.labels.truncate(indices.len());
    }
}

/// Fills `x` with the pixels / 255 of examples of this shape.
fn fill_pixels(pixels: &Pixels, shape: Shape, indices: &[u32], x: &mut Vec<f32>) {
    x.resize(indices.len() * shape.len(), 0.0);
    let part = (PART / shape.len()).max(1);
    let pixels: PixelView = pixels.view(shape.len());
    let mut work: Vec<_> = x.chunks_mut(part * shape.len()).zip(indices.chunks(part)).collect();
    par::each(&mut work, |_, (x, indices)| {
        for (x, &index) in x.chunks_exact_mut(shape.len()).zip(*indices) {
            pixels.example(index as usize, |bytes| {
                for (x, &byte) in x.iter_mut().zip(bytes) {
                    *x = f32::from(byte) * (1.0 / 255.0);
                }
            });
        }
    });
}

/// Fills `mask` with 1 inside the frames and 0 on the padding; it stays empty if there is no padding.
fn fill_masks(frames: &[Frame], shape: Shape, indices: &[u32], mask: &mut Vec<f32>) {
    mask.clear();
    if indices.iter().any(|&index| !frames[index as usize].is_whole(shape)) {
        mask.resize(indices.len() * shape.area(), 0.0);
        for (mask, &index) in mask.chunks_exact_mut(shape.area()).zip(indices) {
            frames[index as usize].fill_mask(mask, shape.width);
        }
    }
}
