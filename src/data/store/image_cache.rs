//! The examples of a cache file, and the part of them that is in memory.
//!
//! [`ImageCache::prepare`] announces the examples needed now and those that follow. Missing ones are read in the order of
//! the file, neighbours together, as far ahead as half the memory allows, or [`AHEAD`]. The slots in memory form a ring,
//! and the oldest is reused first. An example that was not prepared is read alone.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use super::storage::Storage;
use crate::error::{Error, Result};

/// Bytes read at once, at most.
const RUN: usize = 1 << 20;
/// Bytes that are read in vain rather than skipped: another read costs about as much.
const GAP: u64 = 16 << 10;
/// Bytes of memory allocated at a time.
const PAGE: usize = 1 << 20;
/// Bytes read ahead at once, at most: more would cause a noticeable pause.
const AHEAD: usize = 32 << 20;
const NONE: u32 = u32::MAX;

pub struct ImageCache {
    storage: Arc<dyn Storage>,
    /// Bytes of an example.
    len: usize,
    /// Offset of each example.
    offsets: Vec<u64>,
    /// Examples before this offset are grey although the set is not.
    grey_before: u64,
    /// Bytes that examples may take in memory.
    cap: usize,
    ring: RwLock<Ring>,
    /// An error that is not reported yet.
    failure: Mutex<Option<Error>>,
}

/// The examples in memory.
struct Ring {
    pages: Vec<Vec<u8>>,
    /// For each slot: the example in it, and the last round that wanted it.
    slots: Vec<(u32, u64)>,
    /// The slot of each example.
    slot_of: Vec<u32>,
    /// The slot that is reused next.
    next: usize,
    /// Number of the preparation.
    round: u64,
}

/// Examples to be read by many threads.
pub(in crate::data) struct CacheView<'a> {
    cache: &'a ImageCache,
    ring: RwLockReadGuard<'a, Ring>,
}

impl ImageCache {
    /// `offsets` are those of examples of `len` bytes; examples before `grey_before` have a third of that.
    pub fn new(storage: Arc<dyn Storage>, len: usize, offsets: Vec<u64>, grey_before: u64, cap: usize) -> Self {
        let ring = RwLock::new(Ring::new(offsets.len()));
        Self { storage, len, offsets, grey_before, cap, ring, failure: Mutex::default() }
    }

    /// Bytes of an example.
    pub(in crate::data) fn example_len(&self) -> usize {
        self.len
    }

    /// Number of examples.
    pub(in crate::data) fn count(&self) -> usize {
        self.offsets.len()
    }

    /// Most bytes in memory.
    pub(in crate::data) fn cap(&self) -> usize {
        self.cap
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> usize {
        self.view().ring.pages.iter().map(Vec::len).sum()
    }

    /// Bytes of the cache file.
    pub fn stored_bytes(&self) -> u64 {
        self.storage.size().unwrap_or(0)
    }

    /// Keeps the examples of `indices`, in that order.
    pub fn keep(&mut self, indices: &[u32]) {
        self.offsets = indices.iter().map(|&index| self.offsets[index as usize]).collect();
        self.ring = RwLock::new(Ring::new(self.offsets.len()));
    }

    /// Brings the first `now` of `upcoming` into memory, and if one of them was missing, others ahead of time.
    pub fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        let now = now.min(upcoming.len());
        let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
        if upcoming[..now].iter().all(|&example| ring.slot_of[example as usize] != NONE) {
            return Ok(());
        }
        // What is needed now must fit, whatever the cap.
        let most = (self.cap.saturating_sub(RUN) / self.len).max(now);
        let ahead = (most / 2).min(AHEAD / self.len);
        let wanted = &upcoming[..upcoming.len().min(now.max(ahead))];
        let missing = ring.reserve(wanted, most, self.len);
        let read = self.fetch(missing, |example, stored| {
            let slot = ring.slot_of[example as usize] as usize;
            unfold(stored, ring.bytes_mut(slot, self.len));
        });
        if read.is_err() {
            *ring = Ring::new(self.offsets.len());
        }
        read
    }

    /// All examples, in the order of the file.
    pub(in crate::data) fn by_offset(&self) -> Vec<u32> {
        let mut examples: Vec<u32> = (0u32..).take(self.count()).collect();
        examples.sort_unstable_by_key(|&example| self.offsets[example as usize]);
        examples
    }

    /// Appends these examples, which are in the order of the file, to `pixels` without keeping them.
    pub(in crate::data) fn append(&self, examples: &[u32], pixels: &mut Vec<u8>) -> Result<()> {
        self.fetch(examples.to_vec(), |_, stored| {
            let end = pixels.len();
            pixels.resize(end + self.len, 0);
            unfold(stored, &mut pixels[end..]);
        })
    }

    /// Reads these examples and passes each, as it is stored, to `take`, in the order of the file.
    fn fetch(&self, mut examples: Vec<u32>, mut take: impl FnMut(u32, &[u8])) -> Result<()> {
        examples.sort_unstable_by_key(|&example| self.offsets[example as usize]);
        let mut run = Vec::new();
        let mut rest = &examples[..];
        while let Some(&first) = rest.first() {
            let start = self.offsets[first as usize];
            let mut end = start + self.stored_len(start) as u64;
            let mut count = 1;
            while let Some(&next) = rest.get(count) {
                let at = self.offsets[next as usize];
                let after = at + self.stored_len(at) as u64;
                if end + GAP < at || RUN as u64 <= after - start {
                    break;
                }
                (end, count) = (after.max(end), count + 1);
            }
            run.resize((end - start) as usize, 0);
            self.storage.read(start, &mut run)?;
            let these;
            (these, rest) = rest.split_at(count);
            for &example in these {
                let at = self.offsets[example as usize];
                take(example, &run[(at - start) as usize..][..self.stored_len(at)]);
            }
        }
        Ok(())
    }

    pub(in crate::data) fn view(&self) -> CacheView<'_> {
        CacheView { cache: self, ring: self.ring.read().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The last error since the previous call.
    pub fn take_failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn stored_len(&self, at: u64) -> usize {
        if at < self.grey_before { self.len / 3 } else { self.len }
    }
}

impl CacheView<'_> {
    /// Passes an example to `look`; one that cannot be read is black, and the error is kept.
    pub fn example<R>(&self, index: usize, look: impl FnOnce(&[u8]) -> R) -> R {
        let Self { cache, ring } = self;
        if ring.slot_of[index] != NONE {
            return look(ring.bytes(ring.slot_of[index] as usize, cache.len));
        }
        let at = cache.offsets[index];
        let (mut stored, mut bytes) = (vec![0; cache.stored_len(at)], vec![0; cache.len]);
        if let Err(error) = cache.storage.read(at, &mut stored) {
            *cache.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
        unfold(&stored, &mut bytes);
        look(&bytes)
    }
}

/// Copies an example; one that is stored in grey becomes colour.
fn unfold(stored: &[u8], bytes: &mut [u8]) {
    if stored.len() == bytes.len() {
        bytes.copy_from_slice(stored);
    } else {
        bytes.chunks_exact_mut(3).zip(stored).for_each(|(pixel, &grey)| pixel.fill(grey));
    }
}

impl Ring {
    fn new(examples: usize) -> Self {
        Self { pages: Vec::new(), slots: Vec::new(), slot_of: vec![NONE; examples], next: 0, round: 0 }
    }

    /// Gives each of `wanted` one of at most `most` slots; returns those that must be read.
    fn reserve(&mut self, wanted: &[u32], most: usize, len: usize) -> Vec<u32> {
        self.round += 1;
        for &example in wanted {
            if let Some(slot) = self.slots.get_mut(self.slot_of[example as usize] as usize) {
                slot.1 = self.round;
            }
        }
        let mut missing = Vec::new();
        for &example in wanted {
            if self.slot_of[example as usize] == NONE {
                let slot = self.free_slot(most, len);
                let before = std::mem::replace(&mut self.slots[slot], (example, self.round)).0;
                if before != NONE {
                    self.slot_of[before as usize] = NONE;
                }
                self.slot_of[example as usize] = slot as u32;
                missing.push(example);
            }
        }
        missing
    }

    /// A new slot while there are fewer than `most`, else the oldest that this round does not want.
    fn free_slot(&mut self, most: usize, len: usize) -> usize {
        if self.slots.len() < most {
            let in_page = slots_in_page(len);
            if self.slots.len() == self.pages.len() * in_page {
                self.pages.push(vec![0; in_page * len]);
            }
            self.slots.push((NONE, 0));
            return self.slots.len() - 1;
        }
        loop {
            let slot = self.next % self.slots.len();
            self.next = slot + 1;
            if self.slots[slot].1 != self.round {
                return slot;
            }
        }
    }

    fn bytes(&self, slot: usize, len: usize) -> &[u8] {
        let in_page = slots_in_page(len);
        &self.pages[slot / in_page][slot % in_page * len..][..len]
    }

    fn bytes_mut(&mut self, slot: usize, len: usize) -> &mut [u8] {
        let in_page = slots_in_page(len);
        &mut self.pages[slot / in_page][slot % in_page * len..][..len]
    }
}

fn slots_in_page(len: usize) -> usize {
    (PAGE / len).max(1)
}

impl Clone for ImageCache {
    /// The same examples, none of them in memory.
    fn clone(&self) -> Self {
        Self::new(self.storage.clone(), self.len, self.offsets.clone(), self.grey_before, self.cap)
    }
}

impl fmt::Debug for ImageCache {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "ImageCache of {} examples", self.offsets.len())
    }
}
