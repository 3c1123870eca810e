//! Counting the spikes of a column for a group of images at a time: each number is a vector over the images.
//!
//! ```text
//! in each cycle: t <- t + sum of the weights that are on
//!     t > threshold:  a spike, t <- 0
//!     otherwise       t <- t / 2, rounded down
//! ```
//! A neuron whose positive weights sum to w has a charge of at most w (1 + 1/2 + 1/4 + ...). More than half of the
//! neurons of a trained column stay below the threshold by this bound, and are left out.
//!
//! Shapes: receptors and weights `[slots, neurons]`.

use super::elementwise::{Loop, best};

/// Images in a group.
pub const GROUP: usize = 32;

/// The bit of each image of a group.
const BITS: [u32; GROUP] = {
    let mut bits = [0; GROUP];
    let mut image = 0;
    while image < GROUP {
        bits[image] = 1 << image;
        image += 1;
    }
    bits
};

/// For each cycle and receptor of a group of images, a bit for each image in which it is on: `[filters, receptors]`.
#[derive(Clone, Debug, Default)]
pub struct LitGroup {
    bits: Vec<u32>,
    receptors: usize,
}

impl LitGroup {
    /// Reads up to [`GROUP`] images `[images, receptors]`.
    pub fn read(&mut self, images: &[u8], receptors: usize, filters: &[u8]) {
        self.receptors = receptors;
        self.bits.clear();
        self.bits.resize(filters.len() * receptors, 0);
        for (image, pixels) in images.chunks_exact(receptors).enumerate().take(GROUP) {
            for (bits, &filter) in self.bits.chunks_exact_mut(receptors).zip(filters) {
                best(Read { bits, pixels, filter, image });
            }
        }
    }
}

struct Read<'a> {
    bits: &'a mut [u32],
    pixels: &'a [u8],
    filter: u8,
    image: usize,
}

impl Loop for Read<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { bits, pixels, filter, image } = self;
        bits.iter_mut().zip(pixels).for_each(|(bits, &pixel)| *bits |= u32::from(pixel >= filter) << image);
    }
}

/// A connection: the receptor that it reads, and its weight.
#[derive(Clone, Copy, Debug)]
struct LiveConnection {
    receptor: u32,
    weight: i32,
}

/// The connections of the neurons of a column that can spike.
#[derive(Clone, Debug, Default)]
pub struct LiveNeurons {
    connections: Vec<LiveConnection>,
    /// Number of connections of each such neuron.
    lens: Vec<u32>,
    /// Every receptor is below it.
    receptors: usize,
    /// Sum of the positive weights of each neuron of the column.
    sums: Vec<i32>,
}

impl LiveNeurons {
    /// Selects them out of the slots of a column; a weight of 0 is no connection.
    pub fn select(&mut self, receptors: &[u32], weights: &[i32], silenced: &[bool], filters: usize, threshold: i32) {
        let neurons = silenced.len();
        assert!(
            receptors.len() == weights.len() && neurons != 0 && weights.len().is_multiple_of(neurons),
            "slots of a column"
        );
        self.receptors = receptors.iter().fold(0, |largest, &receptor| largest.max(receptor)) as usize + 1;
        self.sums.clear();
        self.sums.resize(neurons, 0);
        for weights in weights.chunks_exact(neurons) {
            self.sums.iter_mut().zip(weights).for_each(|(sum, &weight)| *sum += weight.max(0));
        }
        self.connections.clear();
        self.lens.clear();
        for (neuron, (&sum, &silenced)) in self.sums.iter().zip(silenced).enumerate() {
            if silenced || !can_spike(sum, filters, threshold) {
                continue;
            }
            let before = self.connections.len();
            for slot in (neuron..weights.len()).step_by(neurons) {
                if weights[slot] != 0 {
                    self.connections.push(LiveConnection { receptor: receptors[slot], weight: weights[slot] });
                }
            }
            self.lens.push((self.connections.len() - before) as u32);
        }
    }

    /// Spikes of the column for each image of a group.
    pub fn count(&self, lit: &LitGroup, threshold: i32) -> [u32; GROUP] {
        assert!(self.receptors <= lit.receptors, "receptors of images");
        best(Count { live: self, lit, threshold })
    }
}

/// Whether a neuron whose positive weights have this sum can spike. The sum is less than half of the largest i32.
pub fn can_spike(positive: i32, filters: usize, threshold: i32) -> bool {
    // positive (2 - 1 / 2^(filters - 1)), rounded up
    threshold < 2 * positive - (positive >> (filters - 1))
}

struct Count<'a> {
    live: &'a LiveNeurons,
    lit: &'a LitGroup,
    threshold: i32,
}

impl Loop for Count<'_> {
    type Out = [u32; GROUP];
    #[inline(always)]
    fn run(self) -> [u32; GROUP] {
        let Self { live, lit, threshold } = self;
        let mut spikes = [0; GROUP];
        let mut rest = &live.connections[..];
        for &len in &live.lens {
            let (connections, others) = rest.split_at(len as usize);
            rest = others;
            let mut t = [0; GROUP];
            for bits in lit.bits.chunks_exact(lit.receptors) {
                for &LiveConnection { receptor, weight } in connections {
                    // SAFETY: every receptor is below the number of receptors of the images.
                    let bits = unsafe { *bits.get_unchecked(receptor as usize) };
                    for n in 0..GROUP {
                        t[n] += if bits & BITS[n] != 0 { weight } else { 0 };
                    }
                }
                for n in 0..GROUP {
                    let is_spike = t[n] > threshold;
                    spikes[n] += u32::from(is_spike);
                    t[n] = if is_spike { 0 } else { t[n] >> 1 };
                }
            }
        }
        spikes
    }
}
