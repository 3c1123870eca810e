//! Counter-based random numbers: number n of a stream depends only on (seed, stream, n).
//!
//! The numbers are therefore the same on any number of threads, and a run is resumed by storing a counter.
//! The mixing is Squares (Widynski 2020, <https://arxiv.org/abs/2004.06278>): four rounds of squaring
//! and rotation of `counter * key`.

/// The purpose of a stream of random numbers; two purposes never share numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Initialise = 1,
    Split = 2,
    Shuffle = 3,
    Dropout = 4,
    Sample = 5,
    Augment = 6,
    Surgery = 7,
    Test = 8,
    Denoise = 9,
    Wiring = 10,
    Alphabet = 11,
    Ascend = 12,
    Inversions = 13,
    PointOrder = 14,
    Curvature = 15,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng {
    key: u64,
    pub counter: u64,
}

impl Rng {
    /// Stream number `index` (of a block, an epoch, an example) for a purpose and a seed.
    pub fn new(seed: u64, purpose: Purpose, index: u64) -> Self {
        let key = mix(mix(seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(purpose as u64))
            ^ mix(index.wrapping_add(0x5851_f42d_4c95_7f2d));
        Self { key: mix(key) | 1, counter: 0 }
    }

    /// The same stream from number `counter` on.
    pub fn at(&self, counter: u64) -> Self {
        Self { key: self.key, counter }
    }

    pub fn next_u32(&mut self) -> u32 {
        let x = self.counter.wrapping_mul(self.key);
        self.counter = self.counter.wrapping_add(1);
        let y = x;
        let z = y.wrapping_add(self.key);
        let x = x.wrapping_mul(x).wrapping_add(y).rotate_right(32);
        let x = x.wrapping_mul(x).wrapping_add(z).rotate_right(32);
        let x = x.wrapping_mul(x).wrapping_add(y).rotate_right(32);
        (x.wrapping_mul(x).wrapping_add(z) >> 32) as u32
    }

    /// Uniform in 0..1, 24 bits.
    pub fn uniform(&mut self) -> f32 {
        (self.next_u32() >> 8) as f32 * (1.0 / (1 << 24) as f32)
    }

    /// Uniform in `low..high`.
    pub fn range(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.uniform()
    }

    /// Uniform integer in `0..n`; `n` must not be 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(0 < n && n <= u32::MAX as usize, "a random choice among {n} things");
        ((self.next_u32() as u64 * n as u64) >> 32) as usize
    }

    /// Number of uniform numbers that [`Rng::normal`] takes.
    pub const NUMBERS_PER_NORMAL: u64 = 12;

    /// Normal with mean 0 and deviation 1: the sum of twelve uniform numbers minus six.
    ///
    /// There are only additions, so every machine gets the same bits. The tails end at 6, which suits initialisation.
    pub fn normal(&mut self) -> f32 {
        (0..Self::NUMBERS_PER_NORMAL).map(|_| self.uniform()).sum::<f32>() - 6.0
    }

    /// Draws `count` of the numbers below `pool`, or all if there are fewer: the sample of R. Floyd, in which each set of
    /// this size is equally probable.
    pub fn sample(&mut self, pool: usize, count: usize) -> Vec<u32> {
        let count = count.min(pool);
        let mut taken = vec![false; pool];
        let draw = |most: usize| {
            let drawn = self.below(most + 1);
            let number = if taken[drawn] { most } else { drawn };
            taken[number] = true;
            number as u32
        };
        (pool - count..pool).map(draw).collect()
    }

    /// Shuffles by Fisher-Yates.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

/// The finaliser of splitmix64: every input bit affects every output bit.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
