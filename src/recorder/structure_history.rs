//! The edges of a network over the steps of a run, kept as the changes from one frame to the next.
//!
//! A frame is a list of cells that became edges or ceased to be: the distances between ascending numbers, each as a
//! LEB128 integer. When there are too many frames, every two become one, so the frames of a longer run are further
//! apart.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most frames.
const MOST_FRAMES: usize = 512;
/// Steps between frames at first.
const FIRST_INTERVAL: u64 = 10;

/// The frames of a run. A cell is a number below the number of possible edges.
///
/// ```
/// use neurarium::recorder::StructureHistory;
///
/// let mut history = StructureHistory::default();
/// history.push(0, &[1, 5, 9]);
/// history.push(10, &[1, 7, 9, 300]);
/// assert_eq!(history.cells(1), [1, 7, 9, 300]);
/// let last = history.figures()[1];
/// assert_eq!((last.edges, last.born, last.cut), (4, 2, 1)); // 7 and 300 are new, 5 is gone
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StructureHistory {
    frames: Vec<StructureFrame>,
    /// Steps between frames.
    interval: u64,
    /// The cells of the last frame, ascending.
    last: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq)]
struct StructureFrame {
    changes: Vec<u8>,
    figures: FrameFigures,
}

/// A frame in figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameFigures {
    pub step: u64,
    pub edges: usize,
    /// Cells that became edges since the frame before, and that ceased to be.
    pub born: usize,
    pub cut: usize,
}

impl FrameFigures {
    /// Edges that came or went.
    pub fn changed(&self) -> usize {
        self.born + self.cut
    }
}

/// Where the frames are within the bytes of a history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct StructureIndex {
    pub interval: u64,
    pub steps: Vec<u64>,
    pub lens: Vec<usize>,
}

impl Default for StructureHistory {
    fn default() -> Self {
        Self { frames: Vec::new(), interval: FIRST_INTERVAL, last: Vec::new() }
    }
}

impl StructureHistory {
    /// Whether a frame is due at this step.
    pub fn is_due(&self, step: u64) -> bool {
        self.frames.last().is_none_or(|last| last.figures.step + self.interval <= step)
    }

    /// Adds a frame with these cells, which ascend.
    pub fn push(&mut self, step: u64, cells: &[u32]) {
        self.frames.push(frame(step, &self.last, cells));
        self.last = cells.to_vec();
        if MOST_FRAMES < self.frames.len() {
            self.thin();
        }
    }

    /// Number of frames.
    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The steps of the frames.
    pub fn steps(&self) -> Vec<u64> {
        self.frames.iter().map(|frame| frame.figures.step).collect()
    }

    /// The cells that are edges in each frame, ascending.
    pub fn frames(&self) -> impl Iterator<Item = Vec<u32>> {
        self.frames.iter().scan(Vec::new(), |cells, frame| {
            *cells = difference(cells, &decode(&frame.changes));
            Some(cells.clone())
        })
    }

    /// The cells that are edges in a frame, ascending.
    pub fn cells(&self, frame: usize) -> Vec<u32> {
        let changes = self.frames[..=frame].iter().map(|frame| decode(&frame.changes));
        changes.fold(Vec::new(), |cells, changes| difference(&cells, &changes))
    }

    /// All frames in figures.
    pub fn figures(&self) -> Vec<FrameFigures> {
        self.frames.iter().map(|frame| frame.figures).collect()
    }

    /// The last frames in figures, at most so many.
    pub fn last_figures(&self, most: usize) -> Vec<FrameFigures> {
        let from = self.frames.len().saturating_sub(most);
        self.frames[from..].iter().map(|frame| frame.figures).collect()
    }

    /// Drops the frames after a step.
    pub fn truncate(&mut self, step: u64) {
        let kept = self.frames.partition_point(|frame| frame.figures.step <= step);
        self.frames.truncate(kept);
        self.last = kept.checked_sub(1).map_or_else(Vec::new, |frame| self.cells(frame));
    }

    pub fn bytes(&self) -> usize {
        self.frames.iter().map(|frame| size_of::<StructureFrame>() + frame.changes.len()).sum()
    }

    /// All frames as bytes, and where each is.
    pub fn packed(&self) -> (StructureIndex, Vec<u8>) {
        let index = StructureIndex {
            interval: self.interval,
            steps: self.steps(),
            lens: self.frames.iter().map(|frame| frame.changes.len()).collect(),
        };
        (index, self.frames.iter().flat_map(|frame| frame.changes.iter().copied()).collect())
    }

    /// Reads the frames of a file.
    ///
    /// # Errors
    /// The bytes are not those of the index, or the steps do not ascend.
    pub fn unpacked(index: &StructureIndex, bytes: &[u8]) -> Result<Self> {
        let wrong = || Error::expected("structure", "the frames of its index", "others");
        let total = index.lens.iter().try_fold(0usize, |sum, &len| sum.checked_add(len));
        let fits = index.steps.len() == index.lens.len() && total == Some(bytes.len()) && 0 < index.interval;
        if !fits || !index.steps.is_sorted_by(|a, b| a < b) || MOST_FRAMES < index.steps.len() {
            return Err(wrong());
        }
        let (mut frames, mut rest, mut last) = (Vec::new(), bytes, Vec::new());
        for (&step, &len) in index.steps.iter().zip(&index.lens) {
            let (changes, behind) = rest.split_at(len);
            let cells = difference(&last, &decode(changes));
            let read = frame(step, &last, &cells);
            if read.changes != changes {
                return Err(wrong());
            }
            frames.push(read);
            (last, rest) = (cells, behind);
        }
        Ok(Self { frames, interval: index.interval, last })
    }

    /// Joins every two frames after the first.
    fn thin(&mut self) {
        let frames = std::mem::take(&mut self.frames);
        let (mut kept, mut now) = (Vec::new(), Vec::new());
        for (number, joined) in frames.iter().enumerate() {
            now = difference(&now, &decode(&joined.changes));
            if number.is_multiple_of(2) || number + 1 == frames.len() {
                self.frames.push(frame(joined.figures.step, &kept, &now));
                kept.clone_from(&now);
            }
        }
        self.interval *= 2;
    }
}

/// The frame that leads from the cells `before` to others.
fn frame(step: u64, before: &[u32], cells: &[u32]) -> StructureFrame {
    let changes = difference(before, cells);
    let cut = changes.iter().filter(|cell| before.binary_search(cell).is_ok()).count();
    let figures = FrameFigures { step, edges: cells.len(), born: changes.len() - cut, cut };
    StructureFrame { changes: encode(&changes), figures }
}

/// The cells that are in one of two ascending lists, but not in both.
fn difference(a: &[u32], b: &[u32]) -> Vec<u32> {
    let (mut found, mut a, mut b) = (Vec::new(), a.iter().copied().peekable(), b.iter().copied().peekable());
    loop {
        match (a.peek(), b.peek()) {
            (Some(x), Some(y)) if x == y => {
                a.next();
                b.next();
            }
            (Some(x), Some(y)) if x < y => found.extend(a.next()),
            (Some(_), None) => found.extend(a.next()),
            (_, Some(_)) => found.extend(b.next()),
            (None, None) => return found,
        }
    }
}

fn encode(cells: &[u32]) -> Vec<u8> {
    let (mut bytes, mut next) = (Vec::new(), 0);
    for &cell in cells {
        let mut distance = cell - next;
        while 0x7f < distance {
            bytes.push(distance as u8 | 0x80);
            distance >>= 7;
        }
        bytes.push(distance as u8);
        next = cell + 1;
    }
    bytes
}

/// The inverse of [`encode`]; bytes that it never writes give any ascending numbers.
fn decode(bytes: &[u8]) -> Vec<u32> {
    let (mut cells, mut next, mut distance, mut shift) = (Vec::new(), 0u32, 0u32, 0);
    for &byte in bytes {
        distance |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        shift += 7;
        if byte & 0x80 == 0 {
            let Some(after) = next.checked_add(distance).and_then(|cell| cell.checked_add(1)) else { return cells };
            cells.push(after - 1);
            (next, distance, shift) = (after, 0, 0);
        }
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    fn random(rng: &mut Rng) -> Vec<u32> {
        (0..200_000).filter(|_| rng.below(400) == 0).collect()
    }

    #[test]
    fn every_frame_is_what_was_pushed_also_after_thinning_and_packing() {
        let mut rng = Rng::new(1, Purpose::Test, 0);
        let (mut history, mut pushed) = (StructureHistory::default(), Vec::new());
        for step in (0..).step_by(10).take(700) {
            if history.is_due(step) {
                let cells = if step % 500 == 0 { random(&mut rng) } else { vec![step as u32, 1_000_000] };
                history.push(step, &cells);
                pushed.push((step, cells));
            }
        }
        assert!(history.len() <= MOST_FRAMES && 300 < history.len());
        let (index, bytes) = history.packed();
        let again = StructureHistory::unpacked(&index, &bytes).unwrap();
        assert_eq!(again, history);
        for frame in [0, 1, 7, history.len() - 1] {
            let step = history.steps()[frame];
            let (_, cells) = pushed.iter().find(|(at, _)| *at == step).unwrap();
            assert_eq!(&again.cells(frame), cells, "step {step}");
            assert_eq!(again.figures()[frame].edges, cells.len());
            assert_eq!(again.frames().nth(frame).as_ref(), Some(cells));
        }
    }

    #[test]
    fn truncating_leaves_the_frames_up_to_a_step() {
        let mut history = StructureHistory::default();
        [(0, vec![3, 4]), (10, vec![4]), (20, vec![9])].iter().for_each(|(step, cells)| history.push(*step, cells));
        history.truncate(15);
        assert_eq!((history.steps(), history.cells(1)), (vec![0, 10], vec![4]));
        history.push(30, &[4, 8]);
        let last = history.figures()[2];
        assert_eq!((history.cells(2), last.born, last.cut), (vec![4, 8], 1, 0));
    }

    #[test]
    fn bytes_from_outside_are_refused_or_read_but_never_panic() {
        let mut rng = Rng::new(2, Purpose::Test, 0);
        for _ in 0..2000 {
            let bytes: Vec<u8> = (0..rng.below(20)).map(|_| rng.next_u32() as u8).collect();
            let lens = if rng.below(2) == 0 { vec![bytes.len()] } else { vec![rng.below(9), rng.below(9)] };
            let index = StructureIndex { interval: 1, steps: (0..lens.len() as u64).collect(), lens };
            if let Ok(history) = StructureHistory::unpacked(&index, &bytes) {
                assert_eq!(history.packed().1, bytes);
            }
        }
    }
}
