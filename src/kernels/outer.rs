//! Rectangles of a sum of outer products, and the norm of the whole from its factors.
//!
//! G `[outputs, inputs]` = dz^T x with dz `[examples, outputs]` and x `[examples, inputs]` is the gradient of a dense
//! layer's weights. If it is needed only once, piece by piece, it does not have to be stored with 4 bytes for every
//! weight.

use super::gemm;
use super::panel::{pack_rows, packed_len};
use super::rectangle::Rectangle;
use super::tile::{self, Epilogue, MatrixProduct, OutputBuffer, RowLayout, Runs};

/// dz and x of some examples.
#[derive(Clone, Copy)]
pub struct Outer<'a> {
    pub examples: usize,
    /// `[examples, outputs]`.
    pub dz: &'a [f32],
    /// `[examples, inputs]`.
    pub x: &'a [f32],
}

impl Outer<'_> {
    fn outputs(&self) -> usize {
        self.dz.len() / self.examples
    }

    fn inputs(&self) -> usize {
        self.x.len() / self.examples
    }

    /// Computes a rectangle of G, row by row without gaps.
    pub fn part<'a>(&self, place: &Rectangle, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        let (rows, columns) = (place.rows.len(), place.columns.len());
        let (packed, inputs) = (packed_len(self.examples, columns), self.inputs());
        if scratch.len() < packed + rows * columns {
            scratch.resize(packed + rows * columns, 0.0);
        }
        let (panels, part) = scratch.split_at_mut(packed);
        let part = &mut part[..rows * columns];
        pack_rows(self.examples, columns, &self.x[place.columns.start..], inputs, panels);
        tile::run(&mut MatrixProduct {
            a: &self.dz[place.rows.start..],
            a_rows: RowLayout::even(1),
            runs: Runs::one(self.examples, self.outputs()),
            b: panels,
            c: OutputBuffer::from(&mut *part),
            c_rows: RowLayout::even(columns),
            rows,
            columns,
            store: Epilogue::Set { bias: &[] },
        });
        part
    }

    /// The sum of dz over the examples, which is the gradient of the bias.
    pub fn bias(&self, sums: &mut [f32]) {
        sums.fill(0.0);
        gemm::add_columns(self.dz, sums);
    }

    /// The sum of the squares of G, without computing G: the sum over all pairs of examples of (dz dz^T) (x x^T).
    pub fn squares(&self) -> f64 {
        let n = self.examples;
        let gram = |factor: &[f32]| {
            let mut products = vec![0.0; n * n];
            gemm::nt((n, factor.len() / n, n), factor, factor, &vec![0.0; n], &mut products, &mut Vec::new(), false);
            products
        };
        let pairs = gram(self.dz).into_iter().zip(gram(self.x));
        pairs.map(|(a, b)| f64::from(a) * f64::from(b)).sum::<f64>().max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::rectangle::rectangles;
    use super::*;

    #[test]
    fn parts_and_squares_are_those_of_the_whole_product() {
        for (examples, outputs, inputs, size) in [(1, 1, 1, (1, 1)), (3, 5, 7, (2, 3)), (32, 10, 33, (4, 32))] {
            let numbers =
                |len: usize, seed: f32| -> Vec<f32> { (0..len).map(|i| (i as f32 * 0.7 + seed).sin()).collect() };
            let (dz, x) = (numbers(examples * outputs, 0.1), numbers(examples * inputs, 0.2));
            let outer = Outer { examples, dz: &dz, x: &x };
            let g = |o: usize, i: usize| -> f64 {
                (0..examples).map(|n| f64::from(dz[n * outputs + o]) * f64::from(x[n * inputs + i])).sum()
            };
            let (mut matrix, mut scratch) = (vec![0.0; outputs * inputs], vec![f32::NAN; 9]);
            for mut place in rectangles(&mut matrix, inputs, size) {
                let part = outer.part(&place, &mut scratch);
                for (row, part) in place.rows.clone().zip(part.chunks_exact(place.columns.len())) {
                    place.row(row).copy_from_slice(part);
                }
            }
            for (at, value) in matrix.iter().enumerate() {
                assert!((f64::from(*value) - g(at / inputs, at % inputs)).abs() < 1e-5, "{value} at {at}");
            }
            let squares: f64 = (0..outputs * inputs).map(|at| g(at / inputs, at % inputs).powi(2)).sum();
            assert!((outer.squares() / squares - 1.0).abs() < 1e-4, "{} for {squares}", outer.squares());
            let mut bias = vec![9.0; outputs];
            outer.bias(&mut bias);
            for (o, sum) in bias.iter().enumerate() {
                let expected: f64 = (0..examples).map(|n| f64::from(dz[n * outputs + o])).sum();
                assert!((f64::from(*sum) - expected).abs() < 1e-5);
            }
        }
    }
}
