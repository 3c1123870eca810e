//! Inputs on which a network is looked at: images of the data, noise, and checkerboards, which wake what noise does not.

use crate::data::{Batch, Split};
use crate::error::Result;
use crate::evenly::evenly;
use crate::network::Network;
use crate::rng::{Purpose, Rng};
use crate::session::data::Data;
use crate::shape::Shape;

/// Inputs of one pass. With fewer, dense layers would add up dot products, whose order depends on the number of inputs.
pub const TOGETHER: usize = 128;

/// A list of inputs: images, then checkerboards, then noise.
pub struct ProbeInputs {
    input: Shape,
    images: Vec<u32>,
    boards: Vec<Board>,
    noise: usize,
}

/// Squares of `side` pixels, moved by a part of a square; all on or all off where a square is as large as the picture.
struct Board {
    side: usize,
    right: usize,
    down: usize,
}

impl ProbeInputs {
    /// At most `images` images, checkerboards of all sizes if wanted, and noise up to a multiple of [`TOGETHER`] that is
    /// at least `least`.
    pub fn new(network: &Network, data: &Data, images: usize, with_boards: bool, least: usize) -> Self {
        let input = network.input();
        let mut chosen = Vec::new();
        if data.shape == input {
            let is_used = |&index: &usize| data.splits[index] != Split::Dropped;
            let all: Vec<u32> = (0..data.len()).filter(is_used).map(|index| index as u32).collect();
            chosen.extend(evenly(all.len(), images).map(|number| all[number]));
        }
        let mut boards = Vec::new();
        if with_boards {
            let largest = input.width.max(input.height);
            let sides = std::iter::successors(Some(1), |side| Some(2 * side)).take_while(|&side| side < 2 * largest);
            for side in sides {
                let half = side.div_ceil(2);
                for (right, down) in [(0, 0), (side, 0), (half, 0), (0, half), (half, half)] {
                    boards.push(Board { side, right, down });
                }
            }
        }
        let noise =
            (chosen.len() + boards.len() + 1).max(least).next_multiple_of(TOGETHER) - chosen.len() - boards.len();
        Self { input, images: chosen, boards, noise }
    }

    pub fn len(&self) -> usize {
        self.images.len() + self.boards.len() + self.noise
    }

    /// Whether an input is an image of the data.
    pub fn is_image(&self, index: usize) -> bool {
        index < self.images.len()
    }

    /// Number of images of the data.
    pub fn images(&self) -> usize {
        self.images.len()
    }

    /// The inputs from `first` on, `[TOGETHER, values]`.
    pub fn batch(&self, first: usize, data: &Data) -> Result<Vec<f32>> {
        let mut batch = Batch::default();
        let end = first + TOGETHER;
        let images = &self.images[first.min(self.images.len())..end.min(self.images.len())];
        if !images.is_empty() {
            data.prepare(images, images.len())?;
            data.batch(images, &mut batch);
            data.check_read()?;
        }
        let mut x = batch.x;
        for index in first + images.len()..end {
            match self.boards.get(index - self.images.len()) {
                Some(board) => board.paint(self.input, &mut x),
                None => {
                    let mut rng = Rng::new(0, Purpose::Sample, index as u64);
                    x.extend((0..self.input.len()).map(|_| rng.uniform()));
                }
            }
        }
        Ok(x)
    }
}

impl Board {
    fn paint(&self, input: Shape, x: &mut Vec<f32>) {
        let is_on = |index: usize| {
            let (across, down, channel) = input.place(index);
            // Values without places are a row.
            let (across, down) = if input.is_flat() { (channel, 0) } else { (across, down) };
            ((across + self.right) / self.side + (down + self.down) / self.side).is_multiple_of(2)
        };
        x.extend((0..input.len()).map(|index| f32::from(u8::from(is_on(index)))));
    }
}
