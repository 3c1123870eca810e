//! Which pictures are alike: the same bytes, or the same picture a little cut, turned brighter or packed anew.
//!
//! Of every picture is kept a fingerprint of its bytes, and a small copy (16 x 16 grey, 10 x 10 colour: means over the
//! cells inside its frame) less its mean and over its length. Two are near when the copies' correlation is at least
//! [`NEAR`], and still at least [`NEAR_CENTRED`] when the mean copy of the set is taken from both: pictures that are
//! alike only as all of the set are alike do not count.
//!
//! Pairs are looked for among those that agree in one of eight bytes of a sketch: 64 signs, each of the centred copy
//! along a random direction. Nearly all near pairs do; a few are missed.

use crate::data::Dataset;
use crate::error::Result;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Least correlation of the copies, and of the copies less the mean of the set.
const NEAR: f32 = 0.985;
const NEAR_CENTRED: f32 = 0.96;
/// Most bits in which the sketches of near pictures differ.
const MOST_BITS: u32 = 16;
/// Pictures are looked through for near ones up to this number.
const MOST_NEAR: usize = 150_000;
/// Values that differ no more than this make a blank picture; JPEG leaves that much on a white sheet.
const BLANK: u8 = 8;
/// Pictures of one slice of work for each thread.
const SLICE: usize = 64;
const BYTES: usize = 8;

/// What is kept of a picture.
struct Print {
    /// Of its bytes.
    exact: u128,
    blank: bool,
    /// Empty where it is not looked at for near ones.
    copy: Vec<f32>,
}

/// The search, slice by slice.
pub struct Likeness {
    examples: Vec<u32>,
    prints: Vec<Print>,
    /// Of the centred copies.
    sketches: Vec<u64>,
    centre: Vec<f32>,
    /// Of the sketch, which was searched up to.
    byte: usize,
    pairs: Vec<(u32, u32)>,
}

/// Groups of examples, each group ascending and led by its first.
pub struct Alike {
    pub blank: Vec<u32>,
    pub exact: Vec<Vec<u32>>,
    pub near: Vec<Vec<u32>>,
    /// How many pictures were looked through for near ones.
    pub looked_through: usize,
}

impl Likeness {
    pub fn new(examples: Vec<u32>) -> Self {
        let (prints, sketches, centre) = (Vec::with_capacity(examples.len()), Vec::new(), Vec::new());
        Self { examples, prints, sketches, centre, byte: 0, pairs: Vec::new() }
    }

    /// Work done and in all.
    pub fn progress(&self) -> (usize, usize) {
        let step = self.examples.len() / 8 + 1;
        (self.prints.len() + self.byte * step, self.examples.len() + BYTES * step)
    }

    /// One slice of work; false when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> Result<bool> {
        if self.prints.len() < self.examples.len() {
            let from = self.prints.len();
            let slice = &self.examples[from..self.examples.len().min(from + SLICE * par::threads())];
            data.prepare(&self.examples[from..], slice.len())?;
            let numbered: Vec<(usize, u32)> = (from..).zip(slice.iter().copied()).collect();
            let prints = par::map(&numbered, |&(number, index)| Print::of(data, index as usize, number < MOST_NEAR));
            self.prints.extend(prints);
            data.check_read()?;
            return Ok(true);
        }
        if self.sketches.is_empty() && !self.prints.is_empty() {
            self.sketch();
            return Ok(true);
        }
        if self.byte < BYTES && !self.prints.is_empty() {
            self.search(self.byte);
            self.byte += 1;
            return Ok(true);
        }
        Ok(false)
    }

    fn sketch(&mut self) {
        let copied = || self.prints.iter().filter(|print| !print.copy.is_empty());
        let (len, count) = (copied().map(|print| print.copy.len()).next().unwrap_or(0), copied().count());
        let mut centre = vec![0.0; len];
        for print in copied() {
            centre.iter_mut().zip(&print.copy).for_each(|(sum, x)| *sum += x / count as f32);
        }
        // A set of few pictures has a mean that is mostly the pictures themselves.
        if count < 30 {
            centre.fill(0.0);
        }
        let mut rng = Rng::new(0, Purpose::Sample, 0);
        let directions: Vec<f32> = (0..64 * len).map(|_| rng.range(-1.0, 1.0)).collect();
        self.sketches = par::map(&self.prints, |print| {
            let along = |direction: &[f32]| -> f32 {
                direction.iter().zip(print.copy.iter().zip(&centre)).map(|(d, (x, mean))| d * (x - mean)).sum()
            };
            let signs = directions.chunks_exact(len.max(1)).map(|direction| 0.0 < along(direction));
            signs.take(64).fold(0, |bits, sign| bits << 1 | u64::from(sign))
        });
        self.centre = centre;
    }

    /// Compares all that agree in one byte of their sketches.
    fn search(&mut self, byte: usize) {
        let mut shelves: Vec<Vec<u32>> = vec![Vec::new(); 256];
        for (number, sketch) in self.sketches.iter().enumerate() {
            if !self.prints[number].copy.is_empty() {
                shelves[(sketch >> (8 * byte) & 0xff) as usize].push(number as u32);
            }
        }
        let found = par::map(&shelves, |shelf| {
            let mut pairs = Vec::new();
            for (at, &a) in shelf.iter().enumerate() {
                let sketch = self.sketches[a as usize];
                let close = |&&b: &&u32| (sketch ^ self.sketches[b as usize]).count_ones() <= MOST_BITS;
                let near = shelf[at + 1..].iter().filter(close).filter(|&&b| self.is_near(a as usize, b as usize));
                pairs.extend(near.map(|&b| (a, b)));
            }
            pairs
        });
        self.pairs.extend(found.into_iter().flatten());
    }

    fn is_near(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.prints[a], &self.prints[b]);
        if a.exact == b.exact {
            return false; // told elsewhere
        }
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

    pub fn finish(self) -> Alike {
        let Self { examples, prints, mut pairs, .. } = self;
        let numbers = |wanted: &dyn Fn(&Print) -> bool| -> Vec<u32> {
            prints.iter().zip(&examples).filter(|(print, _)| wanted(print)).map(|(_, &index)| index).collect()
        };
        let blank = numbers(&|print| print.blank);
        let looked_through = prints.len().min(MOST_NEAR);
        let mut order: Vec<usize> = (0..prints.len()).filter(|&number| !prints[number].blank).collect();
        order.sort_by_key(|&number| (prints[number].exact, number));
        let same = order.chunk_by(|&a, &b| prints[a].exact == prints[b].exact).filter(|group| 1 < group.len());
        let mut exact: Vec<Vec<u32>> =
            same.map(|group| group.iter().map(|&number| examples[number]).collect()).collect();
        exact.sort();
        // Each joins the first that it is near to, unless that one has joined another: no chains.
        pairs.sort_unstable();
        pairs.dedup();
        let mut leader: Vec<Option<u32>> = vec![None; prints.len()];
        let mut groups: std::collections::BTreeMap<u32, Vec<u32>> = Default::default();
        for (a, b) in pairs {
            if leader[a as usize].is_none() && leader[b as usize].is_none() && !groups.contains_key(&b) {
                leader[b as usize] = Some(a);
                groups.entry(a).or_insert_with(|| vec![examples[a as usize]]).push(examples[b as usize]);
            }
        }
        Alike { blank, exact, near: groups.into_values().collect(), looked_through }
    }
}

impl Print {
    fn of(data: &Dataset, index: usize, copied: bool) -> Self {
        let pixels = data.example(index);
        let (shape, frame) = (data.shape, data.frames[index]);
        let (channels, width) = (shape.channels, usize::from(frame.width));
        let line = |y: usize| {
            &pixels[((usize::from(frame.top) + y) * shape.width + usize::from(frame.left)) * channels..]
                [..width * channels]
        };
        let lines = || (0..usize::from(frame.height)).map(line);
        let (mut low, mut high) = ([u8::MAX; 4], [0; 4]);
        for pixel in lines().flat_map(|line| line.chunks_exact(channels)) {
            for (c, &x) in pixel.iter().enumerate() {
                (low[c], high[c]) = (low[c].min(x), high[c].max(x));
            }
        }
        let blank = low.iter().zip(&high).take(channels).all(|(low, high)| high.saturating_sub(*low) <= BLANK);
        let copy = if blank || !copied { Vec::new() } else { small(&lines().collect::<Vec<_>>(), width, channels) };
        Self { exact: fingerprint(&pixels), blank, copy }
    }
}

/// Means over cells, less their mean and over their length.
fn small(lines: &[&[u8]], width: usize, channels: usize) -> Vec<f32> {
    let side = if channels == 1 { 16 } else { 10 };
    let edge = |at: usize, len: usize| (at * len / side).min(len - 1);
    let mut copy = Vec::with_capacity(side * side * channels);
    for y in 0..side {
        let rows = edge(y, lines.len())..edge(y + 1, lines.len()).max(edge(y, lines.len()) + 1);
        for x in 0..side {
            let columns = edge(x, width)..edge(x + 1, width).max(edge(x, width) + 1);
            let count = (rows.len() * columns.len()) as f32;
            for c in 0..channels {
                let row = |line: &&[u8]| columns.clone().map(|x| u32::from(line[x * channels + c])).sum::<u32>();
                copy.push(lines[rows.clone()].iter().map(row).sum::<u32>() as f32 / count);
            }
        }
    }
    let mean = copy.iter().sum::<f32>() / copy.len() as f32;
    copy.iter_mut().for_each(|x| *x -= mean);
    let length = copy.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
    copy.iter_mut().for_each(|x| *x /= length);
    copy
}

/// 128 bits in which different pictures differ for all practical purposes.
fn fingerprint(bytes: &[u8]) -> u128 {
    const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let mix = |hash: u128, word: u128| {
        let hash = (hash ^ word).wrapping_mul(FACTOR);
        hash ^ hash >> 59
    };
    let (words, rest) = bytes.as_chunks::<16>();
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    let hash = words.iter().fold(bytes.len() as u128, |hash, word| mix(hash, u128::from_le_bytes(*word)));
    mix(mix(hash, u128::from_le_bytes(last)), 0)
}
