//! Packs the right operand of a product into panels of one or two vectors of columns, `[k][columns of the panel]` each.
//!
//! Every tile of rows reads a panel from front to back, from the first-level cache. Without packing, the rows of B
//! would be fetched again and again from addresses that compete for the same cache sets.

use super::level::lanes;

/// Width of the panel that begins at `column`: two vectors, or one for a short rest.
pub fn panel_width(columns: usize, column: usize, lanes: usize) -> usize {
    if columns - column > lanes { 2 * lanes } else { lanes }
}

/// Length of a packed right operand.
pub fn packed_len(depth: usize, columns: usize) -> usize {
    depth * columns.next_multiple_of(lanes()).max(lanes())
}

/// Packs B, which `at(k, n)` reads, into panels. Columns beyond the end become zero.
pub fn pack(depth: usize, columns: usize, packed: &mut [f32], at: impl Fn(usize, usize) -> f32) {
    each_panel(depth, columns, packed, |column, here, width, panel| {
        for (k, row) in panel.chunks_exact_mut(width).enumerate() {
            for (n, value) in row[..here].iter_mut().enumerate() {
                *value = at(k, column + n);
            }
            row[here..].fill(0.0);
        }
    });
}

/// Packs B, whose rows are `stride` apart: B[k, n] = b[k stride + n].
pub fn pack_rows(depth: usize, columns: usize, b: &[f32], stride: usize, packed: &mut [f32]) {
    /// With a width known at compile time, so that copying a row takes a few vector moves and no call.
    fn whole<const WIDTH: usize>(b: &[f32], stride: usize, column: usize, panel: &mut [f32]) {
        for (row, b) in panel.as_chunks_mut::<WIDTH>().0.iter_mut().zip(b.chunks(stride)) {
            row.copy_from_slice(&b[column..column + WIDTH]);
        }
    }
    each_panel(depth, columns, packed, |column, here, width, panel| match (here == width, width) {
        (true, 4) => whole::<4>(b, stride, column, panel),
        (true, 8) => whole::<8>(b, stride, column, panel),
        (true, 16) => whole::<16>(b, stride, column, panel),
        (true, 32) => whole::<32>(b, stride, column, panel),
        _ => {
            for (row, b) in panel.chunks_exact_mut(width).zip(b.chunks(stride)) {
                row[..here].copy_from_slice(&b[column..column + here]);
                row[here..].fill(0.0);
            }
        }
    });
}

/// Packs B, whose columns are `stride` apart: B[k, n] = b[n stride + k].
pub fn pack_columns(depth: usize, columns: usize, b: &[f32], stride: usize, packed: &mut [f32]) {
    each_panel(depth, columns, packed, |column, here, width, panel| {
        if here < width {
            panel.fill(0.0);
        }
        // Four columns at a time, whose reads are independent.
        for first in (0..here).step_by(4) {
            let count = 4.min(here - first);
            let starts: [&[f32]; 4] =
                std::array::from_fn(|n| &b[(column + first + n.min(count - 1)) * stride..][..depth]);
            for (k, row) in panel.chunks_exact_mut(width).enumerate() {
                for (value, start) in row[first..first + count].iter_mut().zip(starts) {
                    *value = start[k];
                }
            }
        }
    });
}

/// Calls `fill(first column, number of columns, width, panel)` for each panel.
fn each_panel(depth: usize, columns: usize, packed: &mut [f32], mut fill: impl FnMut(usize, usize, usize, &mut [f32])) {
    let lanes = lanes();
    let mut column = 0;
    while column < columns {
        let width = panel_width(columns, column, lanes);
        fill(column, width.min(columns - column), width, &mut packed[column * depth..][..width * depth]);
        column += width;
    }
}
