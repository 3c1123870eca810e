//! Divides a matrix into rectangles that several threads can write at the same time.

use std::marker::PhantomData;
use std::ops::Range;

/// Some columns of some rows of a matrix.
pub struct Rectangle<'a> {
    pub rows: Range<usize>,
    pub columns: Range<usize>,
    first: *mut f32,
    stride: usize,
    owner: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a set of mutable slices that nothing else accesses.
unsafe impl Send for Rectangle<'_> {}

/// The width of a rectangle is a multiple of this, except at the end of the matrix: whole panels on every machine.
const WHOLE: usize = 32;

/// Divides a row-major matrix of `columns` columns into rectangles of at most `height` x `width`, in rows from the top.
/// All are about the same size, so that threads can share them evenly.
pub fn rectangles(
    matrix: &mut [f32],
    columns: usize,
    (height, width): (usize, usize),
) -> impl Iterator<Item = Rectangle<'_>> {
    let (rows, first) = (matrix.len() / columns, matrix.as_mut_ptr());
    let even = |len: usize, most: usize| len.div_ceil(len.div_ceil(most).max(1)).max(1);
    let (height, width) = (even(rows, height), even(columns, width).next_multiple_of(WHOLE).min(width));
    (0..rows).step_by(height).flat_map(move |row| {
        (0..columns).step_by(width).map(move |column| Rectangle {
            rows: row..rows.min(row + height),
            columns: column..columns.min(column + width),
            first: first.wrapping_add(row * columns + column),
            stride: columns,
            owner: PhantomData,
        })
    })
}

impl Rectangle<'_> {
    /// The part of a row that is inside it.
    pub fn row(&mut self, row: usize) -> &mut [f32] {
        assert!(self.rows.contains(&row), "row {row} of {:?}", self.rows);
        let first = self.first.wrapping_add((row - self.rows.start) * self.stride);
        // SAFETY: rows and columns are inside the matrix, which is borrowed for as long as its rectangles live, and the
        // rectangles of one matrix do not overlap.
        unsafe { std::slice::from_raw_parts_mut(first, self.columns.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_cover_a_matrix_once() {
        for (rows, columns, height, width) in [(1, 1, 1, 1), (5, 7, 2, 3), (4, 8, 4, 8), (3, 5, 9, 9), (0, 3, 2, 2)] {
            let mut matrix: Vec<f32> = (0..rows * columns).map(|at| at as f32).collect();
            let mut all: Vec<Rectangle> = rectangles(&mut matrix, columns, (height, width)).collect();
            for rectangle in &mut all {
                for row in rectangle.rows.clone() {
                    let column = rectangle.columns.start;
                    let values = rectangle.row(row);
                    assert_eq!(values[0], (row * columns + column) as f32);
                    values.iter_mut().for_each(|value| *value += 1000.0);
                }
            }
            assert!(matrix.iter().enumerate().all(|(at, &value)| value == at as f32 + 1000.0), "{matrix:?}");
        }
    }
}
