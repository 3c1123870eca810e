//! Products of lists of sources with groups of examples, for layers whose rows (their outputs) each read a list of inputs.
//!
//! | function | computes | in a sparse layer |
//! |---|---|---|
//! | [`gather`] | y = sum of w h over the sources of a list | z of an output, dx of an input |
//! | [`gather_shared`] | the same where neighbouring rows read much of the same | |
//! | [`add_products`] | dw of each source += sum of dy h over all groups | dw of an output |
//! | [`shared_products`] | the same where neighbouring rows read much of the same | |
//!
//! [`ROWS`] rows are computed together, each in one sum over its list in order. A source that several of them read is loaded
//! once; for rows that do not read it the weight is 0, which adds nothing to a sum of finite numbers. A result depends neither on how rows are divided nor
//! on connections of weight 0.
//!
//! Shapes: h `[groups, inputs]`, dy `[groups, outputs]`, both of [`Group`]s of examples; a list and its w are equally long.

// Loops over constant numbers of rows and vectors are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use super::level::{BaseVector, Level, level};
use super::simd::Lanes;
use super::sparse::{Group, WIDTH};

/// Rows that are computed together.
pub const ROWS: usize = 4;
/// Vectors of a group that are added up at a time: with the rows they fill half of V8's registers.
const VECTORS: usize = 2;
/// Sources of one row whose products are added up at a time, and where fewer are left; of several rows.
const TOGETHER: usize = 8;
const LEFT: usize = 4;
const PAIR: usize = 2;

/// Calls `$function::<V>` with the best vectors V, compiled for their instruction set.
macro_rules! on_best_vectors {
    ($function:ident($($name:ident: $type:ty),*) -> $out:ty) => {{
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        unsafe fn on_avx512($($name: $type),*) -> $out {
            unsafe { $function::<std::arch::x86_64::__m512>($($name),*) }
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn on_avx2($($name: $type),*) -> $out {
            unsafe { $function::<std::arch::x86_64::__m256>($($name),*) }
        }
        match level() {
            // SAFETY: the instruction set was detected.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { on_avx512($($name),*) },
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { on_avx2($($name),*) },
            // SAFETY: base vectors are always available.
            Level::Base => unsafe { $function::<BaseVector>($($name),*) },
        }
    }};
}

/// The lists of some rows, each source with its weight.
pub type WeightedLists<'a> = [(&'a [u32], &'a [f32]); ROWS];

/// The sum of w h over each list. h is that of one group.
///
/// # Panics
/// Unless every source has a weight and is one of h.
pub fn gather(lists: &WeightedLists, h: &[Group]) -> [Group; ROWS] {
    assert!(lists.iter().all(|(sources, w)| sources.len() == w.len()), "a weight for each source");
    on_best_vectors!(gather_rows(lists: &WeightedLists, h: &[Group]) -> [Group; ROWS])
}

/// # Safety
/// V's instruction set is available, and every source has a weight.
#[inline(always)]
unsafe fn gather_rows<V: Lanes>(lists: &WeightedLists, h: &[Group]) -> [Group; ROWS] {
    let mut y = [[0.0; WIDTH]; ROWS];
    let together = lists.iter().map(|(sources, _)| sources.len()).min().unwrap_or(0);
    for lane in (0..WIDTH).step_by(VECTORS * V::LEN) {
        // SAFETY: `k` is inside the list and its weights, a source inside h, and the lanes are inside a group.
        unsafe {
            let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
            let add = |row: usize, k: usize, sums: &mut [V; VECTORS]| {
                let (sources, w) = lists[row];
                let from = h[*sources.get_unchecked(k) as usize].as_ptr().add(lane);
                let w = V::splat_from(w.as_ptr().add(k));
                for v in 0..VECTORS {
                    sums[v] = sums[v].mul_add(w, V::load(from.add(v * V::LEN)));
                }
            };
            for k in 0..together {
                for row in 0..ROWS {
                    add(row, k, &mut sums[row]);
                }
            }
            for row in 0..ROWS {
                for k in together..lists[row].0.len() {
                    add(row, k, &mut sums[row]);
                }
                for v in 0..VECTORS {
                    sums[row][v].store(y[row].as_mut_ptr().add(lane + v * V::LEN));
                }
            }
        }
    }
    y
}

/// As [`gather`], for one list of the sources of all rows, with their weights.
///
/// # Panics
/// Unless every source has weights and is one of h.
pub fn gather_shared(sources: &[u32], w: &[[f32; ROWS]], h: &[Group]) -> [Group; ROWS] {
    assert_eq!(sources.len(), w.len(), "weights for each source");
    on_best_vectors!(gather_shared_rows(sources: &[u32], w: &[[f32; ROWS]], h: &[Group]) -> [Group; ROWS])
}

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn gather_shared_rows<V: Lanes>(sources: &[u32], w: &[[f32; ROWS]], h: &[Group]) -> [Group; ROWS] {
    let mut y = [[0.0; WIDTH]; ROWS];
    for lane in (0..WIDTH).step_by(VECTORS * V::LEN) {
        // SAFETY: the lanes are inside a group.
        unsafe {
            let mut sums = [[V::splat(0.0); VECTORS]; ROWS];
            for (&source, w) in sources.iter().zip(w) {
                let from = h[source as usize].as_ptr().add(lane);
                let h: [V; VECTORS] = std::array::from_fn(|v| V::load(from.add(v * V::LEN)));
                for row in 0..ROWS {
                    let w = V::splat_from(&w[row]);
                    for v in 0..VECTORS {
                        sums[row][v] = sums[row][v].mul_add(w, h[v]);
                    }
                }
            }
            for row in 0..ROWS {
                for v in 0..VECTORS {
                    sums[row][v].store(y[row].as_mut_ptr().add(lane + v * V::LEN));
                }
            }
        }
    }
    y
}

/// All groups of numbers of a kind, and how many there are of a group.
pub type AllGroups<'a> = (&'a [Group], usize);

/// Adds the sum of dy h over all groups to dw of each source. `dy` is that of one output, and every `outputs`th from there
/// on.
///
/// # Panics
/// Unless every source has a gradient and is one of h.
pub fn add_products(sources: &[u32], h: AllGroups, dy: AllGroups, dw: &mut [f32]) {
    assert_eq!(sources.len(), dw.len(), "a gradient for each source");
    on_best_vectors!(products_of_row(sources: &[u32], h: AllGroups, dy: AllGroups, dw: &mut [f32]) -> ())
}

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn products_of_row<V: Lanes>(sources: &[u32], h: AllGroups, dy: AllGroups, dw: &mut [f32]) {
    let row = PlacedGroups { all: dy, places: [0] };
    let add = |dw: &mut [f32], sums: &[f32]| dw.iter_mut().zip(sums).for_each(|(dw, sum)| *dw += sum);
    let (eights, rest) = sources.as_chunks::<TOGETHER>();
    let (dw_eights, dw_rest) = dw.as_chunks_mut::<TOGETHER>();
    unsafe {
        for (sources, dw) in eights.iter().zip(dw_eights) {
            add(dw, &products::<V, 1, TOGETHER>(&row, &PlacedGroups::of(sources, h))[0]);
        }
        for (sources, dw) in rest.chunks(LEFT).zip(dw_rest.chunks_mut(LEFT)) {
            add(dw, &products::<V, 1, LEFT>(&row, &PlacedGroups::of(sources, h))[0]);
        }
    }
}

/// The sum of dy h over all groups for each source and row. `dy` is that of the first row, and every `outputs`th from there
/// on; those of the other rows follow it.
///
/// # Panics
/// Unless there is room for the sums of each source, and it is one of h.
pub fn shared_products(sources: &[u32], h: AllGroups, dy: AllGroups, sums: &mut [[f32; ROWS]]) {
    assert_eq!(sources.len(), sums.len(), "sums for each source");
    on_best_vectors!(products_of_rows(sources: &[u32], h: AllGroups, dy: AllGroups, sums: &mut [[f32; ROWS]]) -> ())
}

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn products_of_rows<V: Lanes>(sources: &[u32], h: AllGroups, dy: AllGroups, sums: &mut [[f32; ROWS]]) {
    let rows: PlacedGroups<ROWS> = PlacedGroups { all: dy, places: std::array::from_fn(|row| row) };
    for (sources, sums) in sources.chunks(PAIR).zip(sums.chunks_mut(PAIR)) {
        let of_sources = unsafe { products::<V, PAIR, ROWS>(&PlacedGroups::of(sources, h), &rows) };
        sums.iter_mut().zip(of_sources).for_each(|(sums, found)| *sums = found);
    }
}

/// Some of the numbers of a group.
struct PlacedGroups<'a, const N: usize> {
    all: AllGroups<'a>,
    places: [usize; N],
}

impl<'a, const N: usize> PlacedGroups<'a, N> {
    /// The last source is repeated: one that is read more often than needed costs less than sources one by one.
    fn of(sources: &[u32], all: AllGroups<'a>) -> Self {
        Self { all, places: std::array::from_fn(|k| sources[k.min(sources.len() - 1)] as usize) }
    }

    /// Number of groups.
    fn groups(&self) -> usize {
        self.all.0.len().div_ceil(self.all.1)
    }

    /// # Panics
    /// Unless all places are inside `groups` groups.
    fn check(&self, groups: usize) {
        let last = self.places.iter().max().map_or(0, |&last| last);
        assert!(last + (groups - 1) * self.all.1 < self.all.0.len(), "places of the last group");
    }
}

/// The sum over all groups of each product of one of A and one of B.
///
/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn products<V: Lanes, const M: usize, const N: usize>(
    a: &PlacedGroups<M>,
    b: &PlacedGroups<N>,
) -> [[f32; N]; M] {
    let groups = a.groups();
    a.check(groups);
    b.check(groups);
    // SAFETY: all places of all groups were checked, and the lanes are inside a group of examples.
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        for group in 0..groups {
            let a: [*const f32; M] = a.places.map(|place| a.all.0.as_ptr().add(group * a.all.1 + place).cast());
            let b: [*const f32; N] = b.places.map(|place| b.all.0.as_ptr().add(group * b.all.1 + place).cast());
            for lane in (0..WIDTH).step_by(V::LEN) {
                let b: [V; N] = std::array::from_fn(|n| V::load(b[n].add(lane)));
                for m in 0..M {
                    let a = V::load(a[m].add(lane));
                    for n in 0..N {
                        sums[m][n] = sums[m][n].mul_add(a, b[n]);
                    }
                }
            }
        }
        std::array::from_fn(|m| V::sums(sums[m]))
    }
}
