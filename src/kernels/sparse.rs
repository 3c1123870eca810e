//! Sparse rows times a group of examples: each number is a vector over the examples, and each connection one
//! multiplication of such a vector.
//!
//! Shapes: h, dh `[sources][WIDTH]`, y and dy `[WIDTH]`; a row is a list of sources, each with a strength.

use super::elementwise::{Loop, best};

/// Examples in a group.
pub const WIDTH: usize = 32;

/// One number for each example of a group.
pub type Group = [f32; WIDTH];

struct Gather<'a> {
    sources: &'a [u32],
    strengths: &'a [f32],
    h: &'a [Group],
}

impl Loop for Gather<'_> {
    type Out = Group;
    #[inline(always)]
    fn run(self) -> Group {
        let mut y = [0.0; WIDTH];
        for (&source, &strength) in self.sources.iter().zip(self.strengths) {
            let h = &self.h[source as usize];
            for k in 0..WIDTH {
                y[k] += strength * h[k];
            }
        }
        y
    }
}

/// y = sum of strength h over the sources of a row.
pub fn gather(sources: &[u32], strengths: &[f32], h: &[Group]) -> Group {
    best(Gather { sources, strengths, h })
}

struct Scatter<'a> {
    sources: &'a [u32],
    strengths: &'a [f32],
    dy: &'a Group,
    h: &'a [Group],
    dh: &'a mut [Group],
    dstrengths: &'a mut [f32],
}

impl Loop for Scatter<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Scatter { sources, strengths, dy, h, dh, dstrengths } = self;
        for ((&source, &strength), dstrength) in sources.iter().zip(strengths).zip(dstrengths) {
            let (h, dh) = (&h[source as usize], &mut dh[source as usize]);
            let mut products = [0.0; WIDTH];
            for k in 0..WIDTH {
                products[k] = dy[k] * h[k];
                dh[k] += strength * dy[k];
            }
            *dstrength += sum(&products);
        }
    }
}

/// The backward pass of [`gather`]: adds strength dy to dh of each source, and the sum of dy h to each dstrength.
pub fn scatter(sources: &[u32], strengths: &[f32], dy: &Group, h: &[Group], dh: &mut [Group], dstrengths: &mut [f32]) {
    best(Scatter { sources, strengths, dy, h, dh, dstrengths });
}

struct MultiplyAll<'a> {
    dy: &'a Group,
    h: &'a [Group],
    out: &'a mut [f32],
}

impl Loop for MultiplyAll<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for (h, out) in self.h.iter().zip(self.out) {
            let products: Group = std::array::from_fn(|k| self.dy[k] * h[k]);
            *out += sum(&products);
        }
    }
}

/// Adds the sum of dy h to `out`, for each h.
pub fn multiply_all(dy: &Group, h: &[Group], out: &mut [f32]) {
    best(MultiplyAll { dy, h, out });
}

/// The sum over a group, by halves.
#[inline(always)]
pub fn sum(group: &Group) -> f32 {
    let sixteen: [f32; 16] = std::array::from_fn(|k| group[k] + group[k + 16]);
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
