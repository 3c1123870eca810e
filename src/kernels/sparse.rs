//! Sparse rows times a group of examples: each number is a vector over the examples, and each connection one
//! multiplication of such a vector, or of several if a source gives a number to each of several gates.
//!
//! Shapes: h, dh `[sources][GATES][WIDTH]`, y and dy `[GATES][WIDTH]`; a row is a list of sources, each with a strength.

use super::elementwise::{Loop, best};

/// Examples in a group.
pub const WIDTH: usize = 32;

/// One number for each example of a group.
pub type Group = [f32; WIDTH];

struct Gather<'a, const GATES: usize> {
    sources: &'a [u32],
    strengths: &'a [f32],
    h: &'a [[Group; GATES]],
}

impl<const GATES: usize> Loop for Gather<'_, GATES> {
    type Out = [Group; GATES];
    #[inline(always)]
    fn run(self) -> Self::Out {
        let mut y = [[0.0; WIDTH]; GATES];
        for (&source, &strength) in self.sources.iter().zip(self.strengths) {
            let h = &self.h[source as usize];
            for gate in 0..GATES {
                for k in 0..WIDTH {
                    y[gate][k] += strength * h[gate][k];
                }
            }
        }
        y
    }
}

/// y = sum of strength h over the sources of a row.
pub fn gather<const GATES: usize>(sources: &[u32], strengths: &[f32], h: &[[Group; GATES]]) -> [Group; GATES] {
    best(Gather { sources, strengths, h })
}

struct Scatter<'a, const GATES: usize> {
    sources: &'a [u32],
    strengths: &'a [f32],
    dy: &'a [Group; GATES],
    h: &'a [[Group; GATES]],
    dh: &'a mut [[Group; GATES]],
    dstrengths: &'a mut [f32],
}

impl<const GATES: usize> Loop for Scatter<'_, GATES> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Scatter { sources, strengths, dy, h, dh, dstrengths } = self;
        for ((&source, &strength), dstrength) in sources.iter().zip(strengths).zip(dstrengths) {
            let (h, dh) = (&h[source as usize], &mut dh[source as usize]);
            let mut products = [0.0; WIDTH];
            for gate in 0..GATES {
                for k in 0..WIDTH {
                    products[k] += dy[gate][k] * h[gate][k];
                    dh[gate][k] += strength * dy[gate][k];
                }
            }
            *dstrength += sum(&products);
        }
    }
}

/// The backward pass of [`gather`]: adds strength dy to dh of each source, and the sum of dy h to each dstrength.
pub fn scatter<const GATES: usize>(
    sources: &[u32],
    strengths: &[f32],
    dy: &[Group; GATES],
    h: &[[Group; GATES]],
    dh: &mut [[Group; GATES]],
    dstrengths: &mut [f32],
) {
    best(Scatter { sources, strengths, dy, h, dh, dstrengths });
}

struct MultiplyAll<'a, const GATES: usize> {
    dy: &'a [Group; GATES],
    h: &'a [[Group; GATES]],
    out: &'a mut [f32],
}

impl<const GATES: usize> Loop for MultiplyAll<'_, GATES> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for (h, out) in self.h.iter().zip(self.out) {
            let mut products = [0.0; WIDTH];
            for (dy, h) in self.dy.iter().zip(h) {
                for k in 0..WIDTH {
                    products[k] += dy[k] * h[k];
                }
            }
            *out += sum(&products);
        }
    }
}

/// Adds the sum of dy h to `out`, for each h.
pub fn multiply_all<const GATES: usize>(dy: &[Group; GATES], h: &[[Group; GATES]], out: &mut [f32]) {
    best(MultiplyAll { dy, h, out });
}

/// The sum over a group, by halves.
#[inline(always)]
pub fn sum(group: &Group) -> f32 {
    let sixteen: [f32; WIDTH / 2] = std::array::from_fn(|k| group[k] + group[k + WIDTH / 2]);
    let eight: [f32; 8] = std::array::from_fn(|k| sixteen[k] + sixteen[k + 8]);
    let four: [f32; 4] = std::array::from_fn(|k| eight[k] + eight[k + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

struct Dot<'a> {
    a: &'a [f32],
    b: &'a [f32],
}

impl Loop for Dot<'_> {
    type Out = f32;
    #[inline(always)]
    fn run(self) -> f32 {
        let mut sums = [0.0; WIDTH];
        let ((a, a_rest), (b, b_rest)) = (self.a.as_chunks::<WIDTH>(), self.b.as_chunks::<WIDTH>());
        for (a, b) in a.iter().zip(b) {
            for k in 0..WIDTH {
                sums[k] += a[k] * b[k];
            }
        }
        for (sum, (a, b)) in sums.iter_mut().zip(a_rest.iter().zip(b_rest)) {
            *sum += a * b;
        }
        sum(&sums)
    }
}

/// The sum of a b, in a fixed order.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    best(Dot { a, b })
}
