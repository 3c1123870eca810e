//! Products of plain matrices, in the three forms that a dense layer needs.
//!
//! | form | product | in a dense layer |
//! |---|---|---|
//! | [`nt`] | C `[m, n]` = A `[m, k]` B `[n, k]` transposed | z = x W^T + b |
//! | [`nn`] | C `[m, n]` (=, +=) A `[m, k]` B `[k, n]` | dx += dz W |
//! | [`tn`] | C `[m, n]` (=, +=) A `[k, m]` transposed B `[k, n]` | dW += dz^T x |
//!
//! All matrices are row-major without gaps. B is packed in blocks small enough to stay in the second-level cache; with
//! few rows of A, the transposed form instead reads B in place, as dot products. With `spread` the columns of C are
//! divided into blocks for all threads, which does not change any sum.

use super::dots::{self, dots};
use super::elementwise::{self, Loop};
use super::level::lanes;
use super::panel;
use super::tile::{self, Epilogue, MatrixProduct, OutputBuffer, RowLayout, Runs};
use crate::par;

/// Depth of a packed block; its panels fit into the first-level cache.
const DEPTH: usize = 512;
/// Number of values in a packed block.
const BLOCK: usize = 64 * 1024;
/// Number of rows of A from which on packing B costs less than reducing the lanes of dot products.
const ROWS_WORTH_PACKING: usize = 128;
/// Number of blocks of columns that the threads share; more of dot products, for which nothing is packed.
const BLOCKS: usize = 8;
const DOT_BLOCKS: usize = 32;
/// Least number of multiplications that is worth sharing.
const WORTH_SPREADING: usize = 40_000;

/// Whether C is written or added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Into {
    Set,
    Add,
}

/// C `[m, n]` (=, +=) A `[m, k]` B `[k, n]`.
pub fn nn(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    into: Into,
    room: &mut Vec<f32>,
    spread: bool,
) {
    let (_, k, n) = size;
    let left = Left { a, rows: RowLayout::even(k), step: 1 };
    let pack = |k, column, depth, columns, panels: &mut [f32]| {
        panel::pack_rows(depth, columns, &b[k * n + column..], n, panels);
    };
    product(size, left, pack, &[], c, into, room, spread);
}

/// C `[m, n]` (=, +=) A `[k, m]` transposed, times B `[k, n]`.
pub fn tn(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    into: Into,
    room: &mut Vec<f32>,
    spread: bool,
) {
    let (m, _, n) = size;
    let left = Left { a, rows: RowLayout::even(1), step: m };
    let pack = |k, column, depth, columns, panels: &mut [f32]| {
        panel::pack_rows(depth, columns, &b[k * n + column..], n, panels);
    };
    product(size, left, pack, &[], c, into, room, spread);
}

/// C `[m, n]` = A `[m, k]` times B `[n, k]` transposed, plus `bias[n]`.
pub fn nt(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    bias: &[f32],
    c: &mut [f32],
    room: &mut Vec<f32>,
    spread: bool,
) {
    let (m, k, n) = size;
    assert!(m * k <= a.len() && n * k <= b.len() && bias.len() == n && c.len() == m * n, "nt: operands too short");
    if ROWS_WORTH_PACKING <= m {
        let left = Left { a, rows: RowLayout::even(k), step: 1 };
        let pack = |first, column: usize, depth, columns, panels: &mut [f32]| {
            panel::pack_columns(depth, columns, &b[column * k + first..], k, panels);
        };
        return product(size, left, pack, bias, c, Into::Set, room, spread);
    }
    let width = if spread { block_width(size, DOT_BLOCKS, dots::COLUMNS) } else { n };
    let c = OutputBuffer::from(c);
    let mut blocks: Vec<usize> = (0..n).step_by(width).collect();
    par::each_of(&mut blocks, spread, |_, &mut column| {
        let columns = column..n.min(column + width);
        // SAFETY: the assertion above bounds every access, and no other block writes these columns.
        unsafe { dots((m, k, n), a, b, bias, &c, columns) };
    });
}

/// A and how it is read.
struct Left<'a> {
    a: &'a [f32],
    rows: RowLayout,
    /// Distance from one k to the next.
    step: usize,
}

/// Number of rows of A that are gathered at a time where its columns are far apart, and the distance from which on they
/// are: numbers at multiples of it share a set of the first-level cache.
const GATHERED: usize = 64;
const APART: usize = 512;

impl Left<'_> {
    /// Length of the memory for gathering; 0 where A is read in place.
    fn gathered_len(&self, depth: usize) -> usize {
        if 1 < self.step && self.step.is_multiple_of(APART) { depth * GATHERED } else { 0 }
    }

    /// Rows `row .. row + rows` and columns `first .. first + depth`: the numbers, the layout of the rows, and the
    /// distance from one column to the next.
    fn block<'a>(
        &'a self,
        row: usize,
        rows: usize,
        first: usize,
        depth: usize,
        gathered: &'a mut [f32],
    ) -> (&'a [f32], RowLayout, usize) {
        if gathered.is_empty() {
            return (self.a, RowLayout { start: first * self.step, ..self.rows }, self.step);
        }
        for (k, line) in gathered.chunks_exact_mut(GATHERED).take(depth).enumerate() {
            line[..rows].copy_from_slice(&self.a[(first + k) * self.step + row..][..rows]);
        }
        (gathered, RowLayout::even(1), GATHERED)
    }
}

/// Width of each of this many blocks for the threads, a multiple of `whole`.
fn block_width((m, k, n): (usize, usize, usize), blocks: usize, whole: usize) -> usize {
    if m * k * n < WORTH_SPREADING { n } else { n.div_ceil(blocks).next_multiple_of(whole) }
}

/// `pack(k, column, depth, columns, panels)` packs a block of B.
#[allow(clippy::too_many_arguments)] // the operands of one product
fn product(
    (m, k, n): (usize, usize, usize),
    left: Left,
    pack: impl Fn(usize, usize, usize, usize, &mut [f32]) + Sync + Send,
    bias: &[f32],
    c: &mut [f32],
    into: Into,
    room: &mut Vec<f32>,
    spread: bool,
) {
    let depth = k.clamp(1, DEPTH);
    let most = (BLOCK / depth).next_multiple_of(2 * lanes());
    let width = if spread { block_width((m, k, n), BLOCKS, 2 * lanes()) } else { n };
    let width = width.min(most);
    let (panels, gathered) = (panel::packed_len(depth, width), left.gathered_len(depth));
    let c = OutputBuffer::from(c);
    let block = |column: usize, room: &mut [f32]| {
        let (gathered, panels) = room.split_at_mut(gathered);
        let columns = width.min(n - column);
        let mut first = 0;
        loop {
            let depth = depth.min(k - first);
            pack(first, column, depth, columns, panels);
            let bias = if bias.is_empty() { bias } else { &bias[column..column + columns] };
            let together = if gathered.is_empty() { m.max(1) } else { GATHERED };
            for row in (0..m).step_by(together) {
                let rows = together.min(m - row);
                let (a, a_rows, step) = left.block(row, rows, first, depth, gathered);
                tile::run(&mut MatrixProduct {
                    a,
                    a_rows,
                    runs: Runs::one(depth, step),
                    b: panels,
                    // SAFETY: every block writes its own columns.
                    c: unsafe { c.share() },
                    c_rows: RowLayout { start: row * n + column, ..RowLayout::even(n) },
                    rows,
                    columns,
                    store: if first == 0 && into == Into::Set { Epilogue::Set { bias } } else { Epilogue::Add },
                });
            }
            first += depth;
            if first >= k {
                return;
            }
        }
    };
    let count = n.div_ceil(width.max(1));
    if spread && 1 < count {
        grow(room, count * (gathered + panels));
        let mut work: Vec<_> = (0..n).step_by(width).zip(room.chunks_mut(gathered + panels)).collect();
        par::each(&mut work, |_, (column, room)| block(*column, room));
    } else {
        grow(room, gathered + panels);
        (0..n).step_by(width.max(1)).for_each(|column| block(column, room));
    }
}

fn grow(room: &mut Vec<f32>, len: usize) {
    if room.len() < len {
        room.resize(len, 0.0);
    }
}

/// Number of values that are processed at a time where rows are short, for which a loop over rows would be slow.
const WIDE: usize = 64;

/// `sums[n]` += the sum of C `[m, n]` over its rows, which is the gradient of a bias.
pub fn add_columns(c: &[f32], sums: &mut [f32]) {
    elementwise::best(AddColumns { c, sums });
}

struct AddColumns<'a> {
    c: &'a [f32],
    sums: &'a mut [f32],
}

impl Loop for AddColumns<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { c, sums } = self;
        let columns = sums.len();
        let mut wide = [0.0; WIDE];
        let wide = &mut wide[..WIDE / columns * columns];
        let blocks = c.chunks_exact(wide.len().max(1));
        let rest = if wide.is_empty() { c } else { blocks.remainder() };
        if !wide.is_empty() {
            blocks.for_each(|block| wide.iter_mut().zip(block).for_each(|(sum, value)| *sum += value));
        }
        for row in wide.chunks_exact(columns).chain(rest.chunks_exact(columns)) {
            sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
        }
    }
}

/// Sets every row of C `[m, n]` to `row`: the bias, to which the products are added.
pub fn fill_rows(row: &[f32], c: &mut [f32]) {
    let (block, rest) = c.split_at_mut(c.len().min(row.len() * (WIDE / row.len()).max(1)));
    block.chunks_exact_mut(row.len()).for_each(|c| c.copy_from_slice(row));
    rest.chunks_mut(block.len().max(1)).for_each(|c| c.copy_from_slice(&block[..c.len()]));
}
