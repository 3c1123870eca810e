//! IDX files on their way in: compressed ones are unpacked in slices, whole ones are taken in order.

use std::collections::VecDeque;

use super::idx::{Idx, Unpacker};
use super::intake::Intake;
use crate::error::Result;
use crate::par;

/// Bytes that one thread unpacks in a slice: some tens of milliseconds.
const SLICE_UNPACKED: usize = 4 << 20;

pub enum IncomingIdx {
    Packed(Box<Unpacker>),
    Whole(Result<Idx>),
}

/// The files in the order in which they came.
#[derive(Default)]
pub struct IdxQueue {
    files: VecDeque<(String, IncomingIdx)>,
}

impl IdxQueue {
    pub fn len(&self) -> usize {
        self.files.len()
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub fn push(&mut self, path: String, file: IncomingIdx) {
        self.files.push_back((path, file));
    }

    /// Unpacks a slice, one file on each thread.
    pub fn unpack(&mut self, intake: &mut Intake) -> Result<()> {
        let mut files: Vec<_> = self.files.iter_mut().take(par::threads()).collect();
        par::each(&mut files, |_, (_, incoming)| {
            if let IncomingIdx::Packed(file) = incoming
                && let Some(whole) = file.advance(SLICE_UNPACKED).transpose()
            {
                *incoming = IncomingIdx::Whole(whole);
            }
        });
        self.take_whole(intake)
    }

    /// Takes whole files up to the first that is not.
    pub fn take_whole(&mut self, intake: &mut Intake) -> Result<()> {
        while let Some((path, incoming)) = self.files.pop_front() {
            intake.current.clone_from(&path);
            match incoming {
                IncomingIdx::Whole(Ok(idx)) => intake.take_idx(path, idx)?,
                IncomingIdx::Whole(Err(error)) => intake.skip(path, error.to_string()),
                packed @ IncomingIdx::Packed(_) => {
                    self.files.push_front((path, packed));
                    break;
                }
            }
        }
        Ok(())
    }
}
