//! Which pictures are alike: the same bytes, or the same picture a little cut, turned brighter or packed anew.
//!
//! Two are near when the correlation of their small copies is at least [`NEAR`], and still at least [`NEAR_CENTRED`]
//! when the mean copy of the set is taken from both: pictures that are alike only as all of the set are alike do not
//! count. Each joins the first that it is near to, unless that one has joined another: no chains.
//!
//! Pairs are looked for among those that agree in one of eight bytes of a sketch: 64 signs, each of the centred copy
//! along a random direction. Nearly all near pairs do; a few are missed. Of pictures with the same bytes only the first
//! is compared, and what has joined another no more, so a set of one picture ten thousand times is soon done.

use std::collections::{BTreeMap, HashMap};

use super::print::Print;
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
/// Fewer copies than this have a mean that is mostly themselves.
const LEAST_CENTRED: usize = 30;
const BYTES: usize = 8;
const BITS: usize = 8 * BYTES;
const NOBODY: u32 = u32::MAX;

/// Work of a slice for each thread, in bytes read or products added. Some milliseconds, however many
/// pictures there are; one picture or the comparisons of one may be more.
pub const SLICE: usize = 2 << 20;
/// What comparing two sketches costs; each may give a pair to be kept for a while.
const COMPARISON: usize = 4;

/// The search, slice by slice.
pub struct Likeness {
    examples: Vec<u32>,
    prints: Vec<Print>,
    /// The first picture of the same bytes, of each picture.
    first_of: Vec<u32>,
    by_bytes: HashMap<u128, u32>,
    /// Copies that were added to the centre so far, and their mean.
    centred: usize,
    centre: Vec<f32>,
    /// One for each bit.
    directions: Vec<f32>,
    /// Of the centred copies.
    sketches: Vec<u64>,
    /// Pictures that have a value in a byte of their sketch, ascending: `[byte, value]`.
    shelves: Vec<Vec<u32>>,
    search: Search,
}

/// Pictures are compared with those after them, some at a time.
#[derive(Default)]
struct Search {
    /// Those before this are done; those up to `to` are being compared.
    from: usize,
    to: usize,
    /// Pairs whose sketches are close, and how many of them were looked at.
    close: Vec<(u32, u32)>,
    looked_at: usize,
    /// Pairs of them that are near.
    near: Vec<(u32, u32)>,
    /// The picture that each has joined.
    joined: Vec<u32>,
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
        Self {
            prints: Vec::with_capacity(examples.len()),
            first_of: Vec::with_capacity(examples.len()),
            by_bytes: HashMap::with_capacity(examples.len()),
            centred: 0,
            centre: Vec::new(),
            directions: Vec::new(),
            sketches: Vec::new(),
            shelves: vec![Vec::new(); BYTES << 8],
            search: Search::default(),
            examples,
        }
    }

    /// Work done and in all.
    pub fn progress(&self) -> (usize, usize) {
        let all = self.examples.len();
        // The later a picture, the fewer are left to compare it with.
        let left = all - self.search.from;
        let searched = all - (left as u64 * left as u64 / all.max(1) as u64) as usize;
        (self.prints.len() + self.sketches.len() + searched, 3 * all)
    }

    /// One slice; how much work it was, 0 when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> Result<usize> {
        let all = self.examples.len();
        if self.prints.len() < all {
            return self.print(data);
        }
        if self.centred < all {
            return Ok(self.add_to_centre());
        }
        if self.sketches.len() < all {
            return Ok(self.sketch());
        }
        self.search.joined.resize(all, NOBODY);
        if self.search.looked_at < self.search.close.len() {
            return Ok(self.look());
        }
        self.join();
        Ok(if self.search.from < all { self.compare() } else { 0 })
    }

    /// Makes the next pictures' prints.
    fn print(&mut self, data: &Dataset) -> Result<usize> {
        let from = self.prints.len();
        let len = data.shape.len();
        let count = (SLICE * par::threads() / len.max(256)).max(1);
        let slice = &self.examples[from..self.examples.len().min(from + count)];
        data.prepare(&self.examples[from..], slice.len())?;
        let numbered: Vec<(usize, u32)> = (from..).zip(slice.iter().copied()).collect();
        let prints = par::map(&numbered, |&(number, index)| Print::of(data, index as usize, number < MOST_NEAR));
        data.check_read()?;
        for (print, number) in prints.iter().zip(from as u32..) {
            self.first_of.push(*self.by_bytes.entry(print.exact).or_insert(number));
        }
        self.prints.extend(prints);
        Ok(numbered.len() * len.max(256))
    }

    /// Adds the next copies to the centre; draws the directions when all are in it.
    fn add_to_centre(&mut self) -> usize {
        let from = self.centred;
        let len = self.copy_len();
        self.centre.resize(len, 0.0);
        self.centred = self.prints.len().min(from + SLICE / len.max(256));
        for print in self.prints[from..self.centred].iter().filter(|print| !print.copy.is_empty()) {
            self.centre.iter_mut().zip(&print.copy).for_each(|(sum, x)| *sum += x);
        }
        if self.centred == self.prints.len() {
            let count = self.prints.iter().filter(|print| !print.copy.is_empty()).count();
            let share = if count < LEAST_CENTRED { 0.0 } else { 1.0 / count as f32 };
            self.centre.iter_mut().for_each(|sum| *sum *= share);
            let mut rng = Rng::new(0, Purpose::Sample, 0);
            self.directions = (0..BITS * len).map(|_| rng.range(-1.0, 1.0)).collect();
        }
        (self.centred - from) * len.max(256)
    }

    /// Values of a copy; all have as many.
    fn copy_len(&self) -> usize {
        self.prints.iter().map(|print| print.copy.len()).find(|&len| len != 0).unwrap_or(0)
    }

    /// Sketches the next copies, and puts them on their shelves.
    fn sketch(&mut self) -> usize {
        let (from, len) = (self.sketches.len(), self.centre.len());
        let cost = BITS * len.max(1);
        let to = self.prints.len().min(from + (SLICE * par::threads() / cost).max(1));
        let sketches = par::map(&self.prints[from..to], |print| {
            let along = |direction: &[f32]| -> f32 {
                direction.iter().zip(print.copy.iter().zip(&self.centre)).map(|(d, (x, mean))| d * (x - mean)).sum()
            };
            let signs = self.directions.chunks_exact(len.max(1)).map(|direction| 0.0 < along(direction));
            signs.fold(0, |bits, sign| bits << 1 | u64::from(sign))
        });
        for (number, &sketch) in (from..).zip(&sketches) {
            if self.is_compared(number) {
                (0..BYTES).for_each(|byte| self.shelves[shelf_of(sketch, byte)].push(number as u32));
            }
        }
        self.sketches.extend(sketches);
        (to - from) * cost
    }

    fn is_compared(&self, number: usize) -> bool {
        !self.prints[number].copy.is_empty() && self.first_of[number] as usize == number
    }

    /// Compares the sketches of the next pictures with those of all after them that agree in a byte.
    fn compare(&mut self) -> usize {
        let Search { from, joined, .. } = &self.search;
        let (mut rows, mut work, mut to) = (Vec::new(), 0, *from);
        while to < self.prints.len() && work < SLICE * par::threads() {
            if self.is_compared(to) && joined[to] == NOBODY {
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
                    let is_close = differing.count_ones() <= MOST_BITS && joined[b as usize] == NOBODY;
                    // Many agree in several bytes; they meet at the first.
                    if is_close && (0..byte).all(|before| differing >> (8 * before) & 0xff != 0) {
                        close.push((a, b));
                    }
                }
            }
            close
        });
        self.search.close = close.concat();
        self.search.to = to;
        work
    }

    /// The pictures after `a` that agree with it in a byte of the sketch.
    fn after(&self, a: u32, byte: usize) -> &[u32] {
        let shelf = &self.shelves[shelf_of(self.sketches[a as usize], byte)];
        &shelf[shelf.partition_point(|&b| b <= a)..]
    }

    /// Looks which of the next close pairs are near.
    fn look(&mut self) -> usize {
        let Search { close, looked_at, .. } = &self.search;
        let cost = self.centre.len().max(1);
        let to = close.len().min(looked_at + SLICE * par::threads() / cost);
        let parts: Vec<&[(u32, u32)]> = close[*looked_at..to].chunks(256).collect();
        let near = par::map(&parts, |part| {
            part.iter().copied().filter(|&(a, b)| self.is_near(a as usize, b as usize)).collect::<Vec<_>>()
        });
        let work = (to - looked_at) * cost;
        self.search.near.extend(near.into_iter().flatten());
        self.search.looked_at = to;
        work
    }

    fn is_near(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.prints[a], &self.prints[b]);
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

    /// Lets the near ones of those that were compared join: the pairs come in the order of their first.
    fn join(&mut self) {
        let Search { from, to, close, looked_at, near, joined } = &mut self.search;
        for (a, b) in near.drain(..) {
            if joined[a as usize] == NOBODY && joined[b as usize] == NOBODY {
                joined[b as usize] = a;
            }
        }
        close.clear();
        (*from, *looked_at) = (*to, 0);
    }

    pub fn finish(self) -> Alike {
        let Self { examples, prints, first_of, search, .. } = self;
        let numbered = || examples.iter().copied().enumerate();
        let blank = numbered().filter(|&(number, _)| prints[number].blank).map(|(_, index)| index).collect();
        let (mut exact, mut near): (BTreeMap<u32, Vec<u32>>, BTreeMap<u32, Vec<u32>>) = Default::default();
        for (number, index) in numbered().filter(|&(number, _)| !prints[number].blank) {
            let first = first_of[number];
            if first as usize != number {
                exact.entry(first).or_insert_with(|| vec![examples[first as usize]]).push(index);
            }
            if let Some(&leader) = search.joined.get(first as usize).filter(|&&leader| leader != NOBODY) {
                near.entry(leader).or_insert_with(|| vec![examples[leader as usize]]).push(index);
            }
        }
        let looked_through = prints.len().min(MOST_NEAR);
        Alike { blank, exact: exact.into_values().collect(), near: near.into_values().collect(), looked_through }
    }
}

fn shelf_of(sketch: u64, byte: usize) -> usize {
    byte << 8 | (sketch >> (8 * byte) & 0xff) as usize
}
