//! Examples on a shelf, and the part of them that lies in memory.
//!
//! Whoever needs examples says so first ([`ImageCache::prepare`]), with those that come after them: what is missing is read
//! in the order in which it lies on the shelf, neighbours together, as far ahead as half the memory goes, or [`AHEAD`]. The places
//! in memory form a ring, and the oldest is given away first. What was not prepared is read for itself.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::storage::Storage;
use crate::error::{Error, Result};

/// Bytes read at once, at most.
const RUN: usize = 1 << 20;
/// Bytes that are rather read in vain than skipped: a read costs about as much.
const GAP: u64 = 16 << 10;
/// Bytes of memory taken at a time.
const PAGE: usize = 1 << 20;
/// Bytes read ahead at once, at most: more would keep whoever waits for longer than they notice.
const AHEAD: usize = 32 << 20;
const NONE: u32 = u32::MAX;

pub struct ImageCache {
    shelf: Arc<dyn Storage>,
    /// Bytes of an example.
    len: usize,
    /// Where each example lies.
    places: Vec<u64>,
    /// Examples that lie before this are grey though the set is not.
    grey_before: u64,
    /// Bytes that examples may take in memory.
    cap: usize,
    ring: RwLock<Ring>,
    /// A mistake that nobody has been told yet.
    failure: Mutex<Option<Error>>,
}

/// The examples in memory.
struct Ring {
    pages: Vec<Vec<u8>>,
    /// Of each place: the example there, and the last preparation that wanted it.
    places: Vec<(u32, u64)>,
    /// The place of each example.
    place_of: Vec<u32>,
    /// The place that is given away next.
    next: usize,
    round: u64,
}

/// Examples that can be looked at by many threads.
pub(in crate::data) struct CacheView<'a> {
    pack: &'a ImageCache,
    ring: RwLockReadGuard<'a, Ring>,
}

impl ImageCache {
    /// `places` are positions on the shelf of examples of `len` bytes; those before `grey_before` are one third long.
    pub fn new(shelf: Arc<dyn Storage>, len: usize, places: Vec<u64>, grey_before: u64, cap: usize) -> Self {
        let ring = RwLock::new(Ring::new(places.len()));
        Self { shelf, len, places, grey_before, cap, ring, failure: Mutex::default() }
    }

    /// Bytes of an example.
    pub(in crate::data) fn example_len(&self) -> usize {
        self.len
    }

    /// Number of examples.
    pub(in crate::data) fn count(&self) -> usize {
        self.places.len()
    }

    /// Bytes that may be in memory.
    pub(in crate::data) fn cap(&self) -> usize {
        self.cap
    }

    /// Bytes in memory.
    pub fn held(&self) -> usize {
        self.view().ring.pages.iter().map(Vec::len).sum()
    }

    /// Bytes on the shelf.
    pub fn stored(&self) -> u64 {
        self.shelf.size().unwrap_or(0)
    }

    /// Keeps the examples of `indices`, in that order.
    pub fn keep(&mut self, indices: &[u32]) {
        self.places = indices.iter().map(|&index| self.places[index as usize]).collect();
        self.ring = RwLock::new(Ring::new(self.places.len()));
    }

    /// Brings the first `now` of `upcoming` into memory, and if something of them was missing, others in advance.
    pub fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        let now = now.min(upcoming.len());
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        if upcoming[..now].iter().all(|&example| ring.place_of[example as usize] != NONE) {
            return Ok(());
        }
        // Memory for what is needed now there must be, whatever the cap.
        let most = (self.cap.saturating_sub(RUN) / self.len).max(now);
        let ahead = (most / 2).min(AHEAD / self.len);
        let wanted = &upcoming[..upcoming.len().min(now.max(ahead))];
        let missing = ring.reserve(wanted, most, self.len);
        let read = self.fetch(missing, |example, stored| {
            let place = ring.place_of[example as usize] as usize;
            unfold(stored, ring.bytes_mut(place, self.len));
        });
        if read.is_err() {
            *ring = Ring::new(self.places.len());
        }
        read
    }

    /// All examples, in the order in which they lie on the shelf.
    pub(in crate::data) fn by_place(&self) -> Vec<u32> {
        let mut examples: Vec<u32> = (0u32..).take(self.count()).collect();
        examples.sort_unstable_by_key(|&example| self.places[example as usize]);
        examples
    }

    /// Appends these examples, which are in the order in which they lie on the shelf, without keeping them.
    pub(in crate::data) fn append(&self, examples: &[u32], pixels: &mut Vec<u8>) -> Result<()> {
        self.fetch(examples.to_vec(), |_, stored| {
            let end = pixels.len();
            pixels.resize(end + self.len, 0);
            unfold(stored, &mut pixels[end..]);
        })
    }

    /// Reads these examples, and shows each as it is stored to `take`, in the order in which they lie on the shelf.
    fn fetch(&self, mut examples: Vec<u32>, mut take: impl FnMut(u32, &[u8])) -> Result<()> {
        examples.sort_unstable_by_key(|&example| self.places[example as usize]);
        let mut run = Vec::new();
        let mut rest = &examples[..];
        while let Some(&first) = rest.first() {
            let start = self.places[first as usize];
            let mut end = start + self.stored_len(start) as u64;
            let mut count = 1;
            while let Some(&next) = rest.get(count) {
                let at = self.places[next as usize];
                let after = at + self.stored_len(at) as u64;
                if end + GAP < at || RUN as u64 <= after - start {
                    break;
                }
                (end, count) = (after.max(end), count + 1);
            }
            run.resize((end - start) as usize, 0);
            self.shelf.read(start, &mut run)?;
            let these;
            (these, rest) = rest.split_at(count);
            for &example in these {
                let at = self.places[example as usize];
                take(example, &run[(at - start) as usize..][..self.stored_len(at)]);
            }
        }
        Ok(())
    }

    pub(in crate::data) fn view(&self) -> CacheView<'_> {
        CacheView { pack: self, ring: self.ring.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// What failed since this was asked last.
    pub fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn stored_len(&self, at: u64) -> usize {
        if at < self.grey_before { self.len / 3 } else { self.len }
    }
}

impl CacheView<'_> {
    /// Shows an example to `look`; one that cannot be read is black, and the failure is remembered.
    pub fn example<R>(&self, index: usize, look: impl FnOnce(&[u8]) -> R) -> R {
        let Self { pack, ring } = self;
        if ring.place_of[index] != NONE {
            return look(ring.bytes(ring.place_of[index] as usize, pack.len));
        }
        let at = pack.places[index];
        let (mut stored, mut bytes) = (vec![0; pack.stored_len(at)], vec![0; pack.len]);
        if let Err(error) = pack.shelf.read(at, &mut stored) {
            *pack.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
        unfold(&stored, &mut bytes);
        look(&bytes)
    }
}

/// Copies an example; one that is stored grey becomes colour.
fn unfold(stored: &[u8], bytes: &mut [u8]) {
    if stored.len() == bytes.len() {
        bytes.copy_from_slice(stored);
    } else {
        bytes.chunks_exact_mut(3).zip(stored).for_each(|(pixel, &grey)| pixel.fill(grey));
    }
}

impl Ring {
    fn new(examples: usize) -> Self {
        Self { pages: Vec::new(), places: Vec::new(), place_of: vec![NONE; examples], next: 0, round: 0 }
    }

    /// Gives each of `wanted` a place among `most`, and returns those that are to be read.
    fn reserve(&mut self, wanted: &[u32], most: usize, len: usize) -> Vec<u32> {
        self.round += 1;
        for &example in wanted {
            if let Some(place) = self.places.get_mut(self.place_of[example as usize] as usize) {
                place.1 = self.round;
            }
        }
        let mut missing = Vec::new();
        for &example in wanted {
            if self.place_of[example as usize] == NONE {
                let place = self.free_place(most, len);
                let before = std::mem::replace(&mut self.places[place], (example, self.round)).0;
                if before != NONE {
                    self.place_of[before as usize] = NONE;
                }
                self.place_of[example as usize] = place as u32;
                missing.push(example);
            }
        }
        missing
    }

    /// A new place while there are less than `most`, else the oldest that this round does not want.
    fn free_place(&mut self, most: usize, len: usize) -> usize {
        if self.places.len() < most {
            let in_page = places_in_page(len);
            if self.places.len() == self.pages.len() * in_page {
                self.pages.push(vec![0; in_page * len]);
            }
            self.places.push((NONE, 0));
            return self.places.len() - 1;
        }
        loop {
            let place = self.next % self.places.len();
            self.next = place + 1;
            if self.places[place].1 != self.round {
                return place;
            }
        }
    }

    fn bytes(&self, place: usize, len: usize) -> &[u8] {
        let in_page = places_in_page(len);
        &self.pages[place / in_page][place % in_page * len..][..len]
    }

    fn bytes_mut(&mut self, place: usize, len: usize) -> &mut [u8] {
        let in_page = places_in_page(len);
        &mut self.pages[place / in_page][place % in_page * len..][..len]
    }
}

fn places_in_page(len: usize) -> usize {
    (PAGE / len).max(1)
}

impl Clone for ImageCache {
    /// The same examples, none of them in memory.
    fn clone(&self) -> Self {
        Self::new(self.shelf.clone(), self.len, self.places.clone(), self.grey_before, self.cap)
    }
}

impl fmt::Debug for ImageCache {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "Pack of {} examples", self.places.len())
    }
}
