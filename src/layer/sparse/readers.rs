//! The readers of each input of a sparse layer: its connections, turned around.

use std::ops::Range;

use crate::kernels::sparse::{Group, gather_row};

/// For each input the connections that read it, by number, and the outputs that they lead to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InputReaders {
    /// The start of each input, and the end.
    starts: Vec<u32>,
    connections: Vec<u32>,
    outputs: Vec<u32>,
}

impl InputReaders {
    /// `sources` are `[outputs, reads]`, each below `inputs`.
    pub fn new(inputs: usize, reads: usize, sources: &[u32]) -> Self {
        let mut starts = vec![0; inputs + 1];
        sources.iter().for_each(|&source| starts[source as usize + 1] += 1);
        for input in 0..inputs {
            starts[input + 1] += starts[input];
        }
        let mut next = starts.clone();
        let (mut connections, mut outputs) = (vec![0; sources.len()], vec![0; sources.len()]);
        for (connection, &source) in sources.iter().enumerate() {
            let at = &mut next[source as usize];
            connections[*at as usize] = connection as u32;
            outputs[*at as usize] = (connection / reads) as u32;
            *at += 1;
        }
        Self { starts, connections, outputs }
    }

    /// The weights of all readers of some inputs, side by side: in w they are far apart, and each group of examples would
    /// collect them again.
    pub fn weights(&self, inputs: Range<usize>, w: &[f32]) -> Vec<f32> {
        let connections = self.starts[inputs.start] as usize..self.starts[inputs.end] as usize;
        self.connections[connections].iter().map(|&connection| w[connection as usize]).collect()
    }

    /// The sum of w dz over the readers of an input; `weights` are those of the readers of all inputs from `first` on.
    pub fn gather(&self, input: usize, first: usize, weights: &[f32], dz: &[Group]) -> Group {
        let range = self.range(input);
        let begin = range.start - self.starts[first] as usize;
        gather_row(&self.outputs[range.clone()], &weights[begin..][..range.len()], dz)
    }

    /// The connections that read an input, by number, each with its output.
    pub fn of(&self, input: usize) -> impl Iterator<Item = (usize, usize)> {
        let range = self.range(input);
        let pairs = self.connections[range.clone()].iter().zip(&self.outputs[range]);
        pairs.map(|(&connection, &output)| (connection as usize, output as usize))
    }

    fn range(&self, input: usize) -> Range<usize> {
        self.starts[input] as usize..self.starts[input + 1] as usize
    }
}
