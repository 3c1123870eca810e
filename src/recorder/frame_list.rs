//! What is kept of some steps of a run, by ascending steps and in bounded memory.
//!
//! When there are too many frames, every second one of the older half is dropped: the latest are all there, and older ones
//! are further apart. The bytes of a file are those of one frame after the other.

use crate::error::{Error, Result};

/// Most frames, and most bytes of them, though two are always kept.
const MOST_FRAMES: usize = 128;
const MOST_BYTES: usize = 16 << 20;

/// What is kept of one step.
pub trait KeptFrame: Sized {
    fn step(&self) -> u64;

    /// Bytes in memory.
    fn bytes(&self) -> usize;

    /// Appends it to the bytes of a file.
    fn pack(&self, to: &mut Vec<u8>);

    /// Takes a frame off the front of the bytes of a file; `None` if they are no frame.
    fn read(rest: &mut &[u8]) -> Option<Self>;
}

/// The frames of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameList<T> {
    frames: Vec<T>,
}

impl<T> Default for FrameList<T> {
    fn default() -> Self {
        Self { frames: Vec::new() }
    }
}

impl<T: KeptFrame> FrameList<T> {
    /// Adds a frame after the last.
    pub fn push(&mut self, frame: T) {
        let most = (MOST_BYTES / frame.bytes().max(1)).clamp(2, MOST_FRAMES);
        self.frames.push(frame);
        while most < self.frames.len() {
            let (older, mut number) = (self.frames.len().div_ceil(2), 0);
            self.frames.retain(|_| {
                number += 1;
                older < number || number % 2 == 1
            });
        }
    }

    pub fn frames(&self) -> &[T] {
        &self.frames
    }

    /// The frames after a step.
    pub fn after(&self, step: u64) -> &[T] {
        &self.frames[self.frames.partition_point(|frame| frame.step() <= step)..]
    }

    /// Index of the latest frame up to a step, or of the first after it; `None` without frames.
    pub fn at(&self, step: u64) -> Option<usize> {
        let after = self.frames.partition_point(|frame| frame.step() <= step);
        (!self.frames.is_empty()).then(|| after.saturating_sub(1))
    }

    /// Drops the frames after a step.
    pub fn truncate(&mut self, step: u64) {
        self.frames.retain(|frame| frame.step() <= step);
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        self.frames.iter().map(T::bytes).sum()
    }

    /// All frames as the bytes of a file.
    pub fn packed(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.frames.iter().for_each(|frame| frame.pack(&mut bytes));
        bytes
    }

    /// Reads the frames of a file.
    ///
    /// # Errors
    /// The bytes end within a frame, or the steps do not ascend.
    pub fn unpacked(bytes: &[u8]) -> Result<Self> {
        let wrong = || Error::expected("frames", "whole ones by ascending steps", "others");
        let (mut rest, mut frames) = (bytes, Vec::new());
        while !rest.is_empty() {
            frames.push(T::read(&mut rest).ok_or_else(wrong)?);
        }
        if !frames.is_sorted_by(|a, b| a.step() < b.step()) || MOST_FRAMES < frames.len() {
            return Err(wrong());
        }
        Ok(Self { frames })
    }
}

/// Takes the bytes of a number off the front.
pub(super) fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (found, behind) = rest.split_first_chunk::<N>()?;
    *rest = behind;
    Some(*found)
}
