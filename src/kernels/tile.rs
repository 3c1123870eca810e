//! The register tile: the inner loop of every dense and convolution kernel.
//!
//! C[i, n] (=, +=) sum over k of A[i, k] B[k, n], for a tile of up to `ROWS` rows i and one or two vectors of columns n
//! held in registers. A is never copied: [`RowLayout`] gives the start of row i and [`Runs`] the positions of k from
//! there, in `runs` runs of `len` steps. A plain matrix is one run; a window of a picture is one run for each line of
//! the window. B is packed into panels `[k][columns of the panel]` by the functions of `panel`. Every sum is over k in
//! order, so a result does not depend on how rows and columns are divided into tiles.

// Loops over constant numbers of rows and vectors are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use std::marker::PhantomData;
use std::mem::MaybeUninit;

use super::level::{BaseVector, Level, level};
use super::panel::{packed_len, panel_width};
use super::simd::Lanes;

/// The starts of rows: lines of `per_line` rows, which are `step` apart; the lines are `line` apart.
#[derive(Clone, Copy, Debug)]
pub struct RowLayout {
    pub start: usize,
    pub per_line: usize,
    pub line: usize,
    pub step: usize,
}

impl RowLayout {
    /// Rows `step` apart, all in one line.
    pub fn even(step: usize) -> Self {
        Self { start: 0, per_line: usize::MAX, line: 0, step }
    }

    /// The starts of the `M` rows from `row` on.
    #[inline(always)]
    fn starts<const M: usize>(&self, row: usize) -> [usize; M] {
        // One division for a tile instead of one for each row, and none in the first line, the only one of a plain
        // matrix.
        let line = if row < self.per_line { 0 } else { row / self.per_line };
        let (mut line, mut place) = (line, row - line.wrapping_mul(self.per_line));
        let mut starts = [0; M];
        for start in &mut starts {
            *start = self.start + line * self.line + place * self.step;
            place += 1;
            if place == self.per_line {
                (line, place) = (line + 1, 0);
            }
        }
        starts
    }

    /// The largest offset of the first `count` rows.
    fn last(&self, count: usize) -> usize {
        let longest = self.per_line.min(count) - 1;
        self.start + (count - 1) / self.per_line * self.line + longest * self.step
    }
}

/// The positions of k from the start of a row: `runs` runs, `stride` apart, of `len` numbers, `step` apart.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    pub runs: usize,
    pub stride: usize,
    pub len: usize,
    pub step: usize,
}

impl Runs {
    /// One run of `len` numbers, `step` apart.
    pub fn one(len: usize, step: usize) -> Self {
        Self { runs: 1, stride: 0, len, step }
    }

    fn total(&self) -> usize {
        self.runs * self.len
    }

    fn last(&self) -> usize {
        (self.runs - 1) * self.stride + (self.len - 1) * self.step
    }
}

/// How the product is stored in C.
#[derive(Clone, Copy, Debug)]
pub enum Epilogue<'a> {
    /// C = product + bias of the column; an empty bias is zero.
    Set { bias: &'a [f32] },
    /// C += product.
    Add,
}

/// Memory that is written, possibly by several threads that each write their own part.
#[derive(Debug)]
pub struct OutputBuffer<'a> {
    start: *mut f32,
    len: usize,
    owner: PhantomData<&'a mut [f32]>,
}

// SAFETY: it is a mutable slice; a caller that shares it guarantees that the parts do not overlap.
unsafe impl Send for OutputBuffer<'_> {}
unsafe impl Sync for OutputBuffer<'_> {}

impl<'a> From<&'a mut [f32]> for OutputBuffer<'a> {
    fn from(values: &'a mut [f32]) -> Self {
        Self { start: values.as_mut_ptr(), len: values.len(), owner: PhantomData }
    }
}

impl OutputBuffer<'_> {
    /// A second handle for the same memory.
    ///
    /// # Safety
    /// No number of it may be written through both while the other is in use.
    pub unsafe fn share(&self) -> OutputBuffer<'_> {
        OutputBuffer { start: self.start, len: self.len, owner: PhantomData }
    }

    /// # Safety
    /// `index` is inside the memory.
    pub(super) unsafe fn at(&self, index: usize) -> *mut f32 {
        unsafe { self.start.add(index) }
    }
}

/// A whole product: all tiles of `rows` x `columns`.
pub struct MatrixProduct<'a> {
    pub a: &'a [f32],
    pub a_rows: RowLayout,
    pub runs: Runs,
    /// Panels, made by the functions of `panel`.
    pub b: &'a [f32],
    pub c: OutputBuffer<'a>,
    pub c_rows: RowLayout,
    pub rows: usize,
    pub columns: usize,
    pub store: Epilogue<'a>,
}

/// Rows of a tile of one vector and of two: enough accumulators to keep both multipliers busy (eight or more), but no
/// more than fit into registers beside the operands. AVX-512 and NEON have 32 registers; V8 reserves one of its 16, and
/// 4 x 2 was the fastest there with and without fusing.
#[cfg(target_arch = "x86_64")]
const AVX512_ROWS: [usize; 2] = [8, 8];
#[cfg(target_arch = "x86_64")]
const AVX2_ROWS: [usize; 2] = [8, 6];
const BASE_ROWS: [usize; 2] = if cfg!(target_arch = "aarch64") { [8, 8] } else { [8, 4] };

/// Runs a product on the best instruction set.
pub fn run(product: &mut MatrixProduct) {
    if product.rows == 0 || product.columns == 0 {
        return;
    }
    check(product);
    match level() {
        // SAFETY: the instruction set was detected, and by `check` every access is in bounds.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(product) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(product) },
        // SAFETY: base vectors are always available, and by `check` every access is in bounds.
        Level::Base => unsafe { run_tiles::<BaseVector, { BASE_ROWS[0] }, { BASE_ROWS[1] }>(product) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(product: &mut MatrixProduct) {
    unsafe { run_tiles::<std::arch::x86_64::__m512, { AVX512_ROWS[0] }, { AVX512_ROWS[1] }>(product) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(product: &mut MatrixProduct) {
    unsafe { run_tiles::<std::arch::x86_64::__m256, { AVX2_ROWS[0] }, { AVX2_ROWS[1] }>(product) }
}

/// Asserts that no tile can leave its slices. These are internal contracts, so a violation is a bug.
fn check(p: &MatrixProduct) {
    let depth = p.runs.total();
    if depth > 0 {
        assert!(p.a_rows.last(p.rows) + p.runs.last() < p.a.len(), "product: left operand too short");
    }
    assert!(p.c_rows.last(p.rows) + p.columns <= p.c.len, "product: result too short");
    assert!(packed_len(depth, p.columns) <= p.b.len(), "product: panels too short");
    if let Epilogue::Set { bias } = p.store {
        assert!(bias.is_empty() || bias.len() == p.columns, "product: one bias a column");
    }
}

/// # Safety
/// `check(p)` holds, and V's instruction set is available.
#[inline(always)]
unsafe fn run_tiles<V: Lanes, const ROWS1: usize, const ROWS2: usize>(p: &mut MatrixProduct) {
    let depth = p.runs.total();
    // A deep panel stays in the first-level cache while all rows are processed. Where it is shallow, the rows of a tile
    // stay there, and C is written line by line.
    let step = if depth <= SHALLOW { SHALLOW_COLUMNS } else { 2 * V::LEN };
    let mut first = 0;
    while first < p.columns {
        let last = p.columns.min(first + step);
        let rows = if panel_width(p.columns, first, V::LEN) == V::LEN { ROWS1 } else { ROWS2 };
        // Rows are divided evenly: 9 rows in tiles of 8 become 5 and 4, not 8 and 1.
        let tiles = p.rows.div_ceil(rows);
        for tile in 0..tiles {
            let (row, next) = (tile * p.rows / tiles, (tile + 1) * p.rows / tiles);
            let mut column = first;
            while column < last {
                let width = panel_width(p.columns, column, V::LEN);
                unsafe {
                    let place = TilePlace { row, column, width, b: p.b.as_ptr().add(column * depth) };
                    match (width == V::LEN, next - row) {
                        (false, 8) if ROWS2 >= 8 => tile_of::<V, 8, 2>(p, &place),
                        (false, 7) if ROWS2 >= 7 => tile_of::<V, 7, 2>(p, &place),
                        (false, 6) if ROWS2 >= 6 => tile_of::<V, 6, 2>(p, &place),
                        (false, 5) if ROWS2 >= 5 => tile_of::<V, 5, 2>(p, &place),
                        (false, 4) => tile_of::<V, 4, 2>(p, &place),
                        (false, 3) => tile_of::<V, 3, 2>(p, &place),
                        (false, 2) => tile_of::<V, 2, 2>(p, &place),
                        (false, _) => tile_of::<V, 1, 2>(p, &place),
                        (true, 8) => tile_of::<V, 8, 1>(p, &place),
                        (true, 7) => tile_of::<V, 7, 1>(p, &place),
                        (true, 6) => tile_of::<V, 6, 1>(p, &place),
                        (true, 5) => tile_of::<V, 5, 1>(p, &place),
                        (true, 4) => tile_of::<V, 4, 1>(p, &place),
                        (true, 3) => tile_of::<V, 3, 1>(p, &place),
                        (true, 2) => tile_of::<V, 2, 1>(p, &place),
                        (true, _) => tile_of::<V, 1, 1>(p, &place),
                    }
                }
                column += width;
            }
        }
        first = last;
    }
}

/// Greatest depth at which blocks of columns are computed row by row, and the width of these blocks, whose panels fill
/// half of a second-level cache.
const SHALLOW: usize = 128;
const SHALLOW_COLUMNS: usize = 512;

/// The position of a tile in the product.
struct TilePlace {
    row: usize,
    column: usize,
    width: usize,
    b: *const f32,
}

#[inline(always)]
unsafe fn tile_of<V: Lanes, const M: usize, const N: usize>(p: &mut MatrixProduct, place: &TilePlace) {
    unsafe {
        let a = p.a_rows.starts::<M>(place.row).map(|offset| p.a.as_ptr().wrapping_add(offset));
        let mut b = place.b;
        let Runs { runs, stride, len, step } = p.runs;
        let mut sums = accumulate([[V::splat(0.0); N]; M], a, step, b, len);
        for run in 1..runs {
            b = b.wrapping_add(len * N * V::LEN);
            let a = a.map(|a| a.wrapping_add(run * stride));
            sums = accumulate(sums, a, step, b, len);
        }
        let here = place.width.min(p.columns - place.column);
        let starts = p.c_rows.starts::<M>(place.row);
        let c: [*mut f32; M] = std::array::from_fn(|row| p.c.start.wrapping_add(starts[row] + place.column));
        if here < N * V::LEN {
            return narrow(sums, c, here, p.store, place.column);
        }
        // One small loop each, which the compiler unrolls; sums indexed by a counter would not stay in registers.
        match p.store {
            Epilogue::Add => {
                for row in 0..M {
                    for v in 0..N {
                        let c = c[row].add(v * V::LEN);
                        V::load(c).add(sums[row][v]).store(c);
                    }
                }
            }
            Epilogue::Set { bias: [] } => {
                for row in 0..M {
                    for v in 0..N {
                        sums[row][v].store(c[row].add(v * V::LEN));
                    }
                }
            }
            Epilogue::Set { bias } => {
                let bias: [V; N] = std::array::from_fn(|v| V::load(bias.as_ptr().add(place.column + v * V::LEN)));
                for row in 0..M {
                    for v in 0..N {
                        sums[row][v].add(bias[v]).store(c[row].add(v * V::LEN));
                    }
                }
            }
        }
    }
}

/// Stores a tile whose vectors extend beyond the last column: number by number, through the stack.
#[inline(always)]
unsafe fn narrow<V: Lanes, const M: usize, const N: usize>(
    sums: [[V; N]; M],
    c: [*mut f32; M],
    here: usize,
    store: Epilogue,
    column: usize,
) {
    unsafe {
        let mut lines = [[MaybeUninit::<f32>::uninit(); 32]; M];
        for row in 0..M {
            for v in 0..N {
                sums[row][v].store(lines[row].as_mut_ptr().add(v * V::LEN).cast());
            }
        }
        for (line, c) in lines.iter().zip(c) {
            for (n, sum) in line[..here].iter().enumerate() {
                let before = match store {
                    Epilogue::Add => *c.add(n),
                    Epilogue::Set { bias } => bias.get(column + n).copied().unwrap_or(0.0),
                };
                *c.add(n) = before + sum.assume_init();
            }
        }
    }
}

/// sums + A B for `len` steps of k, which are `step` apart in A.
///
/// One step per iteration: of several steps, WebAssembly's compiler would interleave the operands, which then exceed
/// V8's registers.
#[inline(always)]
unsafe fn accumulate<V: Lanes, const M: usize, const N: usize>(
    mut sums: [[V; N]; M],
    a: [*const f32; M],
    step: usize,
    mut b: *const f32,
    len: usize,
) -> [[V; N]; M] {
    let mut k = 0;
    unsafe {
        for _ in 0..len {
            let columns: [V; N] = std::array::from_fn(|v| V::load(b.add(v * V::LEN)));
            for row in 0..M {
                let value = V::splat_from(a[row].add(k));
                for v in 0..N {
                    sums[row][v] = sums[row][v].mul_add(value, columns[v]);
                }
            }
            k += step;
            b = b.wrapping_add(N * V::LEN);
        }
    }
    sums
}
