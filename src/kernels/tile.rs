//! The register tile: the one inner loop under every dense and convolution kernel.
//!
//! C[i, n] (=, +=) sum over k of A[i, k] B[k, n], for a tile of up to `ROWS` rows i and one or two vectors
//! of columns n held in registers.
//! A is never copied: [`Rows`] says where row i starts and [`Runs`] how k walks from there, in `runs` runs of
//! `len` steps. A plain matrix is one run; a window of a picture is one run for each line of the window.
//! B is either packed into panels `[k][columns of the panel]` by [`pack`] or read where it lies.
//! Every sum runs over k in order, so a result does not depend on how rows are cut into tiles.

use super::simd::Lanes;

/// Where row i starts: lines of `per_line` rows, `step` apart, the lines `line` apart.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    pub start: usize,
    pub per_line: usize,
    pub line: usize,
    pub step: usize,
}

impl Rows {
    /// Rows `step` apart, all in one line.
    pub fn even(step: usize) -> Self {
        Self { start: 0, per_line: usize::MAX, line: 0, step }
    }

    fn offset(&self, row: usize) -> usize {
        self.start + row / self.per_line * self.line + row % self.per_line * self.step
    }

    /// The largest offset of the first `count` rows.
    fn last(&self, count: usize) -> usize {
        let longest = self.per_line.min(count) - 1;
        self.start + (count - 1) / self.per_line * self.line + longest * self.step
    }
}

/// How k walks from the start of a row: `runs` runs, `stride` apart, of `len` numbers, `step` apart.
#[derive(Clone, Copy, Debug)]
pub struct Runs {
    pub runs: usize,
    pub stride: usize,
    pub len: usize,
    pub step: usize,
}

impl Runs {
    /// `len` numbers, `step` apart.
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

/// The right operand.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// Made by [`pack`].
    Packed(&'a [f32]),
    /// Rows `stride` apart; only where the columns are a multiple of [`lanes`].
    InPlace { values: &'a [f32], stride: usize },
}

/// What happens to C.
#[derive(Clone, Copy, Debug)]
pub enum Store<'a> {
    /// C = product + bias of the column; an empty bias is zero.
    Set { bias: &'a [f32] },
    /// C += product.
    Add,
}

/// A whole product: all tiles of `rows` x `columns`.
pub struct Product<'a> {
    pub a: &'a [f32],
    pub a_rows: Rows,
    pub runs: Runs,
    pub b: Right<'a>,
    pub c: &'a mut [f32],
    pub c_rows: Rows,
    pub rows: usize,
    pub columns: usize,
    pub store: Store<'a>,
}

/// The instruction sets that are told apart at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Base,
}

/// The best instruction set of this machine; found once, cached by the standard library.
#[inline]
pub fn level() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f") {
            return Level::Avx512;
        }
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Level::Avx2;
        }
    }
    Level::Base
}

#[cfg(target_arch = "wasm32")]
type BaseVector = std::arch::wasm32::v128;
#[cfg(target_arch = "aarch64")]
type BaseVector = std::arch::aarch64::float32x4_t;
#[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
type BaseVector = super::simd::Plain;

/// Rows of a tile: as many accumulators as the machine's registers hold beside the operands.
/// AVX-512 has 32 registers; V8 keeps one of its 16 for itself, and 4 x 2 measured best with and without fusing.
#[cfg(target_arch = "x86_64")]
const AVX512_ROWS: usize = 8;
#[cfg(target_arch = "x86_64")]
const AVX2_ROWS: usize = 6;
const BASE_ROWS: usize = 4;

/// Numbers in one vector of this machine.
pub fn lanes() -> usize {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 16,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => 8,
        Level::Base => BaseVector::LEN,
    }
}

/// Columns of the panel that starts at `column`: two vectors, or one for a short rest.
fn panel_width(columns: usize, column: usize, lanes: usize) -> usize {
    if columns - column > lanes { 2 * lanes } else { lanes }
}

/// Length of a packed right operand.
pub fn packed_len(depth: usize, columns: usize) -> usize {
    depth * columns.next_multiple_of(lanes()).max(lanes())
}

/// Packs B into panels; `at(k, n)` reads it. Columns past the end become zero.
pub fn pack(depth: usize, columns: usize, packed: &mut [f32], at: impl Fn(usize, usize) -> f32) {
    let lanes = lanes();
    let mut column = 0;
    while column < columns {
        let width = panel_width(columns, column, lanes);
        let here = width.min(columns - column);
        let panel = &mut packed[column * depth..][..width * depth];
        for (k, row) in panel.chunks_exact_mut(width).enumerate() {
            for (n, value) in row[..here].iter_mut().enumerate() {
                *value = at(k, column + n);
            }
            row[here..].fill(0.0);
        }
        column += width;
    }
}

/// Runs a product on the best instruction set.
pub fn run(product: &mut Product) {
    if product.rows == 0 || product.columns == 0 {
        return;
    }
    check(product);
    match level() {
        // SAFETY: the instruction set was found, and `check` has shown every access to be in bounds.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { run_avx512(product) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { run_avx2(product) },
        // SAFETY: the base vectors are always there, and `check` has shown every access to be in bounds.
        Level::Base => unsafe { run_tiles::<BaseVector, BASE_ROWS>(product) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(product: &mut Product) {
    unsafe { run_tiles::<std::arch::x86_64::__m512, AVX512_ROWS>(product) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(product: &mut Product) {
    unsafe { run_tiles::<std::arch::x86_64::__m256, AVX2_ROWS>(product) }
}

/// Shows once that no tile can leave its slices; these are our own contracts, so a breach is a defect.
fn check(p: &Product) {
    let lanes = lanes();
    let depth = p.runs.total();
    if depth > 0 {
        assert!(p.a_rows.last(p.rows) + p.runs.last() < p.a.len(), "product: left operand too short");
    }
    assert!(p.c_rows.last(p.rows) + p.columns <= p.c.len(), "product: result too short");
    match p.b {
        Right::Packed(values) => assert!(packed_len(depth, p.columns) <= values.len(), "product: panels too short"),
        Right::InPlace { values, stride } => {
            assert!(p.columns.is_multiple_of(lanes), "product: {} columns do not fill vectors", p.columns);
            assert!(depth == 0 || (depth - 1) * stride + p.columns <= values.len(), "product: right operand too short");
        }
    }
    if let Store::Set { bias } = p.store {
        assert!(bias.is_empty() || bias.len() == p.columns, "product: one bias a column");
    }
}

/// # Safety
/// `check(p)` holds and V's instruction set is there.
#[inline(always)]
unsafe fn run_tiles<V: Lanes, const ROWS: usize>(p: &mut Product) {
    let depth = p.runs.total();
    // Rows are shared out evenly: 9 rows in tiles of 8 become 5 and 4, not 8 and 1.
    let tiles = p.rows.div_ceil(ROWS);
    let mut column = 0;
    while column < p.columns {
        let width = panel_width(p.columns, column, V::LEN);
        let (b, b_stride) = match p.b {
            Right::Packed(values) => (unsafe { values.as_ptr().add(column * depth) }, width),
            Right::InPlace { values, stride } => (unsafe { values.as_ptr().add(column) }, stride),
        };
        for tile in 0..tiles {
            let (first, next) = (tile * p.rows / tiles, (tile + 1) * p.rows / tiles);
            let place = Place { first, count: next - first, column, width, b, b_stride };
            unsafe {
                if width == V::LEN {
                    tile_of_rows::<V, ROWS, 1>(p, &place);
                } else {
                    tile_of_rows::<V, ROWS, 2>(p, &place);
                }
            }
        }
        column += width;
    }
}

/// One tile's place in the product.
struct Place {
    first: usize,
    count: usize,
    column: usize,
    width: usize,
    b: *const f32,
    b_stride: usize,
}

/// Chooses the tile with just as many rows, so that none is computed in vain.
#[inline(always)]
unsafe fn tile_of_rows<V: Lanes, const ROWS: usize, const VECTORS: usize>(p: &mut Product, place: &Place) {
    unsafe {
        match place.count {
            8 if ROWS >= 8 => tile::<V, 8, VECTORS>(p, place),
            7 if ROWS >= 7 => tile::<V, 7, VECTORS>(p, place),
            6 if ROWS >= 6 => tile::<V, 6, VECTORS>(p, place),
            5 if ROWS >= 5 => tile::<V, 5, VECTORS>(p, place),
            4 => tile::<V, 4, VECTORS>(p, place),
            3 => tile::<V, 3, VECTORS>(p, place),
            2 => tile::<V, 2, VECTORS>(p, place),
            _ => tile::<V, 1, VECTORS>(p, place),
        }
    }
}

#[inline(always)]
unsafe fn tile<V: Lanes, const M: usize, const VECTORS: usize>(p: &mut Product, place: &Place) {
    unsafe {
        let mut a = [p.a.as_ptr(); M];
        for (row, a) in a.iter_mut().enumerate() {
            *a = a.wrapping_add(p.a_rows.offset(place.first + row));
        }
        let mut sums = [[V::splat(0.0); VECTORS]; M];
        let mut b = place.b;
        for run in 0..p.runs.runs {
            let mut k = run * p.runs.stride;
            for _ in 0..p.runs.len {
                let mut columns = [V::splat(0.0); VECTORS];
                for (v, columns) in columns.iter_mut().enumerate() {
                    *columns = V::load(b.add(v * V::LEN));
                }
                for (row, sums) in sums.iter_mut().enumerate() {
                    let value = V::splat(*a[row].add(k));
                    for (sum, &columns) in sums.iter_mut().zip(&columns) {
                        *sum = sum.mul_add(value, columns);
                    }
                }
                k += p.runs.step;
                b = b.wrapping_add(place.b_stride);
            }
        }
        let here = place.width.min(p.columns - place.column);
        for (row, sums) in sums.iter().enumerate() {
            let c = p.c.as_mut_ptr().add(p.c_rows.offset(place.first + row) + place.column);
            if here == place.width {
                for (v, &sum) in sums.iter().enumerate() {
                    let c = c.add(v * V::LEN);
                    match p.store {
                        Store::Add => V::load(c).add(sum).store(c),
                        Store::Set { bias: [] } => sum.store(c),
                        Store::Set { bias } => V::load(bias.as_ptr().add(place.column + v * V::LEN)).add(sum).store(c),
                    }
                }
            } else {
                // A vector would reach past the last column: by way of the stack.
                let mut line = [0.0; 32];
                for (v, &sum) in sums.iter().enumerate() {
                    sum.store(line.as_mut_ptr().add(v * V::LEN));
                }
                for (n, &sum) in line[..here].iter().enumerate() {
                    let before = match p.store {
                        Store::Add => *c.add(n),
                        Store::Set { bias } => bias.get(place.column + n).copied().unwrap_or(0.0),
                    };
                    *c.add(n) = before + sum;
                }
            }
        }
    }
}

/// Dot products of rows: C[i, o] += sum over k of A[i, k] B[o, k], both rows whole vectors long and unpacked.
///
/// For few rows i this beats packing B, which would cost as much as the product.
///
/// # Safety
/// V's instruction set is there; `a` has `M` rows `a_stride` apart and `b` `N` rows `b_stride` apart, each
/// readable for `depth` numbers.
#[inline(always)]
pub(super) unsafe fn dots<V: Lanes, const M: usize, const N: usize>(
    (a, a_stride): (*const f32, usize),
    (b, b_stride): (*const f32, usize),
    depth: usize,
) -> [[f32; N]; M] {
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = depth / V::LEN * V::LEN;
        let mut k = 0;
        while k < whole {
            let mut right = [V::splat(0.0); N];
            for (o, right) in right.iter_mut().enumerate() {
                *right = V::load(b.add(o * b_stride + k));
            }
            for (i, sums) in sums.iter_mut().enumerate() {
                let left = V::load(a.add(i * a_stride + k));
                for (sum, &right) in sums.iter_mut().zip(&right) {
                    *sum = sum.mul_add(left, right);
                }
            }
            k += V::LEN;
        }
        let mut dots = [[0.0; N]; M];
        for i in 0..M {
            for o in 0..N {
                let mut rest = 0.0;
                for k in whole..depth {
                    rest += *a.add(i * a_stride + k) * *b.add(o * b_stride + k);
                }
                dots[i][o] = sums[i][o].sum() + rest;
            }
        }
        dots
    }
}

pub(super) type Base = BaseVector;
