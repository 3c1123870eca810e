//! The part of the picture that a neuron can see.

use serde::Serialize;

use super::whole::Network;
use super::wiring::Neuron;

/// A rectangle of input pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReceptiveField {
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
}

/// The first and last column, the first and last row.
type Bounds = [usize; 4];

impl Network {
    /// The smallest rectangle of the input that contains every pixel a neuron depends on; the whole input where its
    /// connections are not known.
    pub fn receptive_field(&self, neuron: Neuron) -> ReceptiveField {
        let mut seen: Vec<Option<Bounds>> = vec![None; neuron.block + 1];
        self.see(neuron, &mut seen);
        for block in (1..neuron.block).rev() {
            let Some([left, right, top, bottom]) = seen[block] else { continue };
            let shape = self.shape(block);
            // The fields of the corners reach as far as those of all places between them.
            for (x, y) in [(left, top), (right, top), (left, bottom), (right, bottom)] {
                for channel in 0..shape.channels {
                    if self.sees_all(block, &seen) {
                        break;
                    }
                    let index = (y * shape.width + x) * shape.channels + channel;
                    self.see(Neuron { block, index }, &mut seen);
                }
            }
        }
        let input = self.input();
        let [left, right, top, bottom] = seen[0].unwrap_or([0, input.width - 1, 0, input.height - 1]);
        ReceptiveField { left, top, width: right + 1 - left, height: bottom + 1 - top }
    }

    /// Extends the bounds in the blocks that a neuron reads.
    fn see(&self, neuron: Neuron, seen: &mut [Option<Bounds>]) {
        let block = &self.blocks()[neuron.block];
        block.layer.ops().incoming(neuron.index, &mut |connection| {
            let input = block.inputs[connection.input];
            let (x, y, _) = self.shape(input).place(connection.source);
            let [left, right, top, bottom] = seen[input].unwrap_or([x, x, y, y]);
            seen[input] = Some([left.min(x), right.max(x), top.min(y), bottom.max(y)]);
        });
    }

    /// Whether all that a block reads is within the bounds.
    fn sees_all(&self, block: usize, seen: &[Option<Bounds>]) -> bool {
        self.blocks()[block].inputs.iter().all(|&input| {
            let shape = self.shape(input);
            seen[input] == Some([0, shape.width - 1, 0, shape.height - 1])
        })
    }
}
