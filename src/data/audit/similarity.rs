//! Finds similar images: equal bytes, or the same image slightly cropped, brightened or compressed again.
//!
//! Two images are near when the correlation of their small copies is at least [`NEAR`], and still at least
//! [`NEAR_CENTRED`] after the mean copy of the set is subtracted from both: images that are alike only as the whole set
//! is alike do not count. Each joins the first image that it is near to, unless that one has joined another: no chains.
//!
//! Candidate pairs agree in one of the eight bytes of a sketch: 64 signs, each of the centred copy along a random
//! direction. Nearly all near pairs do; a few are missed. Among images with equal bytes only the first is compared, and
//! an image that has joined another is compared no more, so a set of one image ten thousand times is done soon.

use std::collections::{BTreeMap, HashMap};

use super::signature::ImageSignature;
use crate::data::Dataset;
use crate::error::Result;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Least correlation of the copies, and of the copies minus the mean of the set.
const NEAR: f32 = 0.985;
const NEAR_CENTRED: f32 = 0.96;
/// Most bits in which the sketches of near pictures differ.
const MOST_BITS: u32 = 16;
/// Only this many images are compared.
const MOST_COMPARED: usize = 150_000;
/// The mean of fewer copies than this is mostly the copies themselves.
const LEAST_CENTRED: usize = 30;
const BYTES: usize = 8;
const BITS: usize = 8 * BYTES;
const NONE: u32 = u32::MAX;

/// Work of a slice for each thread, in bytes read or products added: some milliseconds, however many images there are.
/// One image, or the comparisons of one image, may be more.
pub const SLICE: usize = 2 << 20;
/// Work of comparing two sketches, which may add a candidate pair.
const COMPARISON: usize = 4;

/// The search, slice by slice.
pub struct SimilaritySearch {
    examples: Vec<u32>,
    signatures: Vec<ImageSignature>,
    /// For each image, the first one with the same bytes.
    first_of: Vec<u32>,
    by_bytes: HashMap<u128, u32>,
    /// Number of copies in the centre so far.
    centred: usize,
    /// Sum of the copies, in the end their mean.
    centre: Vec<f32>,
    /// One for each bit of a sketch.
    directions: Vec<f32>,
    /// Sketches of the centred copies.
    sketches: Vec<u64>,
    /// The images with a value in a byte of their sketch, ascending: `[byte, value]`.
    buckets: Vec<Vec<u32>>,
    comparison: Comparison,
}

/// Compares images with those after them, some at a time.
#[derive(Default)]
struct Comparison {
    /// Images before this are done; those up to `to` are being compared.
    from: usize,
    to: usize,
    /// Candidate pairs, whose sketches are close, and how many of them were checked.
    close: Vec<(u32, u32)>,
    checked: usize,
    /// The checked pairs that are near.
    near: Vec<(u32, u32)>,
    /// The image that each has joined.
    joined: Vec<u32>,
}

/// The result: groups of examples, each group ascending and led by its first.
pub struct SimilarImages {
    pub blank: Vec<u32>,
    pub exact: Vec<Vec<u32>>,
    pub near: Vec<Vec<u32>>,
    /// Number of images compared.
    pub compared: usize,
}

impl SimilaritySearch {
    pub fn new(examples: Vec<u32>) -> Self {
        Self {
            signatures: Vec::with_capacity(examples.len()),
            first_of: Vec::with_capacity(examples.len()),
            by_bytes: HashMap::with_capacity(examples.len()),
            centred: 0,
            centre: Vec::new(),
            directions: Vec::new(),
            sketches: Vec::new(),
            buckets: vec![Vec::new(); BYTES << 8],
            comparison: Comparison::default(),
            examples,
        }
    }

    /// Work done, and all work.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.examples.len();
        // The later an image, the fewer are left to compare it with.
        let left = all - self.comparison.from;
        let searched = all - (left as u64 * left as u64 / all.max(1) as u64) as usize;
        (self.signatures.len() + self.sketches.len() + searched, 3 * all)
    }

    /// Does one slice. Returns the work done; 0 when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> Result<usize> {
        let all = self.examples.len();
        if self.signatures.len() < all {
            return self.sign(data);
        }
        if self.centred < all {
            return Ok(self.add_to_centre());
        }
        if self.sketches.len() < all {
            return Ok(self.sketch());
        }
        self.comparison.joined.resize(all, NONE);
        if self.comparison.checked < self.comparison.close.len() {
            return Ok(self.check());
        }
        self.join();
        Ok(if self.comparison.from < all { self.compare() } else { 0 })
    }

    /// Computes the next signatures.
    fn sign(&mut self, data: &Dataset) -> Result<usize> {
        let from = self.signatures.len();
        let len = data.shape.len();
        let count = (SLICE * par::threads() / len.max(256)).max(1);
        let slice = &self.examples[from..self.examples.len().min(from + count)];
        data.prepare(&self.examples[from..], slice.len())?;
        let numbered: Vec<(usize, u32)> = (from..).zip(slice.iter().copied()).collect();
        let signatures =
            par::map(&numbered, |&(number, index)| ImageSignature::new(data, index as usize, number < MOST_COMPARED));
        data.check_read()?;
        for (signature, number) in signatures.iter().zip(from as u32..) {
            self.first_of.push(*self.by_bytes.entry(signature.exact).or_insert(number));
        }
        self.signatures.extend(signatures);
        Ok(numbered.len() * len.max(256))
    }

    /// Adds the next copies to the centre; chooses the directions when all are in it.
    fn add_to_centre(&mut self) -> usize {
        let from = self.centred;
        let len = self.copy_len();
        self.centre.resize(len, 0.0);
        self.centred = self.signatures.len().min(from + SLICE / len.max(256));
        for signature in self.signatures[from..self.centred].iter().filter(|signature| !signature.copy.is_empty()) {
            self.centre.iter_mut().zip(&signature.copy).for_each(|(sum, x)| *sum += x);
        }
        if self.centred == self.signatures.len() {
            let count = self.signatures.iter().filter(|signature| !signature.copy.is_empty()).count();
            let share = if count < LEAST_CENTRED { 0.0 } else { 1.0 / count as f32 };
            self.centre.iter_mut().for_each(|sum| *sum *= share);
            let mut rng = Rng::new(0, Purpose::Sample, 0);
            self.directions = (0..BITS * len).map(|_| rng.range(-1.0, 1.0)).collect();
        }
        (self.centred - from) * len.max(256)
    }

    /// Values of a copy; the same for all.
    fn copy_len(&self) -> usize {
        self.signatures.iter().map(|signature| signature.copy.len()).find(|&len| len != 0).unwrap_or(0)
    }

    /// Sketches the next copies and sorts them into buckets.
    fn sketch(&mut self) -> usize {
        let (from, len) = (self.sketches.len(), self.centre.len());
        let cost = BITS * len.max(1);
        let to = self.signatures.len().min(from + (SLICE * par::threads() / cost).max(1));
        let sketches = par::map(&self.signatures[from..to], |signature| {
            let along = |direction: &[f32]| -> f32 {
                direction.iter().zip(signature.copy.iter().zip(&self.centre)).map(|(d, (x, mean))| d * (x - mean)).sum()
            };
            let signs = self.directions.chunks_exact(len.max(1)).map(|direction| 0.0 < along(direction));
            signs.fold(0, |bits, sign| bits << 1 | u64::from(sign))
        });
        for (number, &sketch) in (from..).zip(&sketches) {
            if self.is_compared(number) {
                (0..BYTES).for_each(|byte| self.buckets[bucket_of(sketch, byte)].push(number as u32));
            }
        }
        self.sketches.extend(sketches);
        (to - from) * cost
    }

    fn is_compared(&self, number: usize) -> bool {
        !self.signatures[number].copy.is_empty() && self.first_of[number] as usize == number
    }

    /// Compares the sketches of the next images with those of all later ones that agree in a byte.
    fn compare(&mut self) -> usize {
        let Comparison { from, joined, .. } = &self.comparison;
        let (mut rows, mut work, mut to) = (Vec::new(), 0, *from);
        while to < self.signatures.len() && work < SLICE * par::threads() {
            if self.is_compared(to) && joined[to] == NONE {
                rows.push(to as u32);
                work += COMPARISON * (0..BYTES).map(|byte| self.after(to as u32, byte).len()).sum::<usize>();
            }
            (to, work) = (to + 1, work + COMPARISON);
        }
        let close = par::map(&rows, |&a| {
            let (sketch, mut close) = (self.sketches[a as usize], Vec::new());
            for byte in 0..BYTES {
                for &b in self.after(a, byte) {
                    let differing = sketch ^ self.sketches[b as usize];
                    let is_close = differing.count_ones() <= MOST_BITS && joined[b as usize] == NONE;
                    // Many agree in several bytes; the first of these counts.
                    if is_close && (0..byte).all(|before| differing >> (8 * before) & 0xff != 0) {
                        close.push((a, b));
                    }
                }
            }
            close
        });
        self.comparison.close = close.concat();
        self.comparison.to = to;
        work
    }

    /// The images after `a` that agree with it in a byte of the sketch.
    fn after(&self, a: u32, byte: usize) -> &[u32] {
        let bucket = &self.buckets[bucket_of(self.sketches[a as usize], byte)];
        &bucket[bucket.partition_point(|&b| b <= a)..]
    }

    /// Checks which of the next close pairs are near.
    fn check(&mut self) -> usize {
        let Comparison { close, checked, .. } = &self.comparison;
        let cost = self.centre.len().max(1);
        let to = close.len().min(checked + SLICE * par::threads() / cost);
        let parts: Vec<&[(u32, u32)]> = close[*checked..to].chunks(256).collect();
        let near = par::map(&parts, |part| {
            part.iter().copied().filter(|&(a, b)| self.is_near(a as usize, b as usize)).collect::<Vec<_>>()
        });
        let work = (to - checked) * cost;
        self.comparison.near.extend(near.into_iter().flatten());
        self.comparison.checked = to;
        work
    }

    fn is_near(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.signatures[a], &self.signatures[b]);
        let plain: f32 = a.copy.iter().zip(&b.copy).map(|(a, b)| a * b).sum();
        if plain < NEAR {
            return false;
        }
        let (mut both, mut aa, mut bb) = (0.0, 0.0, 0.0);
        for ((a, b), mean) in a.copy.iter().zip(&b.copy).zip(&self.centre) {
            let (a, b) = (a - mean, b - mean);
            (both, aa, bb) = (both + a * b, aa + a * a, bb + b * b);
        }
        NEAR_CENTRED * (aa * bb).sqrt() <= both
    }

    /// Lets the near images join: the pairs are in the order of their first.
    fn join(&mut self) {
        let Comparison { from, to, close, checked, near, joined } = &mut self.comparison;
        for (a, b) in near.drain(..) {
            if joined[a as usize] == NONE && joined[b as usize] == NONE {
                joined[b as usize] = a;
            }
        }
        close.clear();
        (*from, *checked) = (*to, 0);
    }

    pub fn finish(self) -> SimilarImages {
        let Self { examples, signatures, first_of, comparison, .. } = self;
        let numbered = || examples.iter().copied().enumerate();
        let blank = numbered().filter(|&(number, _)| signatures[number].is_blank).map(|(_, index)| index).collect();
        let (mut exact, mut near): (BTreeMap<u32, Vec<u32>>, BTreeMap<u32, Vec<u32>>) = Default::default();
        for (number, index) in numbered().filter(|&(number, _)| !signatures[number].is_blank) {
            let first = first_of[number];
            if first as usize != number {
                exact.entry(first).or_insert_with(|| vec![examples[first as usize]]).push(index);
            }
            if let Some(&leader) = comparison.joined.get(first as usize).filter(|&&leader| leader != NONE) {
                near.entry(leader).or_insert_with(|| vec![examples[leader as usize]]).push(index);
            }
        }
        let compared = signatures.len().min(MOST_COMPARED);
        SimilarImages { blank, exact: exact.into_values().collect(), near: near.into_values().collect(), compared }
    }
}

fn bucket_of(sketch: u64, byte: usize) -> usize {
    byte << 8 | (sketch >> (8 * byte) & 0xff) as usize
}
