//! The limits of the machine: how fast registers multiply and add, and how fast memory moves.
//!
//! The peak is the best of a few register tiles of `ROWS` x `VECTORS` accumulators over operands that stay in the
//! first cache; no product can be faster, because each of its steps is this one.

use std::hint::black_box;

use neurarium::par;
use serde::Serialize;

use crate::measure::measure;

#[derive(Clone, Debug, Serialize)]
pub struct Limits {
    /// GFLOP/s of each tile that was tried, as rows x vectors x lanes.
    pub tiles: Vec<(&'static str, f64)>,
    /// Billions of floating-point operations a second, one thread.
    pub gflops: f64,
    /// GB/s of y += a x on 16 M numbers, 12 bytes each, one thread and all.
    pub memory: f64,
    pub memory_all: f64,
}

/// Steps of the inner loop in one call.
const DEPTH: usize = 256;
const BUDGET: f64 = 150.0;

pub fn limits(clock: &dyn Fn() -> f64) -> Limits {
    let mut tried: Vec<(&str, f64)> = Vec::new();
    for (name, rows, vectors, tile) in tiles() {
        let a = vec![1e-3f32; DEPTH * rows];
        let b = vec![1e-3f32; DEPTH * vectors * LANES_MOST];
        let times = measure(BUDGET, clock, || {
            // SAFETY: `tiles` lists what this machine has; the operands are as long as the tile reads.
            for _ in 0..64 {
                black_box(unsafe { tile(black_box(a.as_ptr()), black_box(b.as_ptr())) });
            }
        });
        let operations = (64 * 2 * DEPTH * rows * vectors * lanes(name)) as f64;
        tried.push((name, operations / times.best / 1e6));
    }
    let gflops = tried.iter().map(|tile| tile.1).fold(0.0, f64::max);
    let bytes = 12.0 * MEMORY as f64;
    let mut x = vec![1.0f32; MEMORY];
    let mut y = vec![1.0f32; MEMORY];
    let one = measure(2.0 * BUDGET, clock, || axpy(&mut y, &x));
    let pieces = par::threads();
    let all = measure(2.0 * BUDGET, clock, || {
        let len = MEMORY.div_ceil(pieces);
        let mut work: Vec<_> = y.chunks_mut(len).zip(x.chunks_mut(len)).collect();
        par::each(&mut work, |_, (y, x)| axpy(y, x));
    });
    Limits { tiles: tried, gflops, memory: bytes / one.best / 1e6, memory_all: bytes / all.best / 1e6 }
}

const MEMORY: usize = 16 << 20;

#[inline(never)]
fn axpy(y: &mut [f32], x: &[f32]) {
    y.iter_mut().zip(x).for_each(|(y, x)| *y += 0.5 * x);
}

const LANES_MOST: usize = 16;

type Tile = unsafe fn(*const f32, *const f32) -> f32;

fn lanes(name: &str) -> usize {
    if name.ends_with("x16") {
        16
    } else if name.ends_with("x8") {
        8
    } else {
        4
    }
}

/// Sums `ROWS` x `VECTORS` vectors of products over the depth, with these instructions for one vector.
macro_rules! tile {
    ($name:ident, $rows:literal, $vectors:literal, $lanes:literal, $feature:meta, $zero:expr, $load:expr, $splat:expr, $fma:expr, $store:expr) => {
        #[$feature]
        #[inline(never)]
        unsafe fn $name(mut a: *const f32, mut b: *const f32) -> f32 {
            unsafe {
                let mut sums = [[$zero; $vectors]; $rows];
                for _ in 0..DEPTH {
                    let mut columns = [$zero; $vectors];
                    for v in 0..$vectors {
                        columns[v] = $load(b.add(v * $lanes));
                    }
                    for row in 0..$rows {
                        let value = $splat(a.add(row));
                        for v in 0..$vectors {
                            sums[row][v] = $fma(value, columns[v], sums[row][v]);
                        }
                    }
                    a = a.add($rows);
                    b = b.add($vectors * $lanes);
                }
                let mut total = 0.0;
                for row in sums {
                    for sum in row {
                        let mut lanes = [0.0f32; $lanes];
                        $store(lanes.as_mut_ptr(), sum);
                        total += lanes.iter().sum::<f32>();
                    }
                }
                total
            }
        }
    };
}

#[cfg(target_arch = "wasm32")]
mod arch {
    use super::DEPTH;
    use std::arch::wasm32::*;
    #[cfg(target_feature = "relaxed-simd")]
    unsafe fn fma(a: v128, b: v128, c: v128) -> v128 {
        f32x4_relaxed_madd(a, b, c)
    }
    #[cfg(not(target_feature = "relaxed-simd"))]
    unsafe fn fma(a: v128, b: v128, c: v128) -> v128 {
        f32x4_add(f32x4_mul(a, b), c)
    }
    macro_rules! wasm_tile {
        ($name:ident, $rows:literal, $vectors:literal) => {
            tile!(
                $name,
                $rows,
                $vectors,
                4,
                inline(never),
                f32x4_splat(0.0),
                |p: *const f32| v128_load(p.cast()),
                |p: *const f32| v128_load32_splat(p.cast()),
                fma,
                |p: *mut f32, v| v128_store(p.cast(), v)
            );
        };
    }
    wasm_tile!(tile3x3, 3, 3);
    wasm_tile!(tile4x2, 4, 2);
    wasm_tile!(tile2x4, 2, 4);
    wasm_tile!(tile6x2, 6, 2);
    wasm_tile!(tile5x2, 5, 2);
    wasm_tile!(tile8x1, 8, 1);
    pub fn tiles() -> Vec<(&'static str, usize, usize, super::Tile)> {
        vec![
            ("3x3x4", 3, 3, tile3x3),
            ("4x2x4", 4, 2, tile4x2),
            ("2x4x4", 2, 4, tile2x4),
            ("6x2x4", 6, 2, tile6x2),
            ("5x2x4", 5, 2, tile5x2),
            ("8x1x4", 8, 1, tile8x1),
        ]
    }
}

#[cfg(target_arch = "x86_64")]
mod arch {
    use super::DEPTH;
    use std::arch::x86_64::*;
    macro_rules! avx512_tile {
        ($name:ident, $rows:literal, $vectors:literal) => {
            tile!(
                $name,
                $rows,
                $vectors,
                16,
                target_feature(enable = "avx512f"),
                _mm512_setzero_ps(),
                |p| _mm512_loadu_ps(p),
                |p: *const f32| _mm512_set1_ps(*p),
                |a, b, c| _mm512_fmadd_ps(a, b, c),
                |p, v| _mm512_storeu_ps(p, v)
            );
        };
    }
    avx512_tile!(avx512_12x2, 12, 2);
    avx512_tile!(avx512_8x3, 8, 3);
    avx512_tile!(avx512_8x2, 8, 2);
    tile!(
        avx2_6x2,
        6,
        2,
        8,
        target_feature(enable = "avx2,fma"),
        _mm256_setzero_ps(),
        |p| _mm256_loadu_ps(p),
        |p: *const f32| _mm256_set1_ps(*p),
        |a, b, c| _mm256_fmadd_ps(a, b, c),
        |p, v| _mm256_storeu_ps(p, v)
    );
    pub fn tiles() -> Vec<(&'static str, usize, usize, super::Tile)> {
        if is_x86_feature_detected!("avx512f") {
            vec![("12x2x16", 12, 2, avx512_12x2), ("8x3x16", 8, 3, avx512_8x3), ("8x2x16", 8, 2, avx512_8x2)]
        } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            vec![("6x2x8", 6, 2, avx2_6x2)]
        } else {
            Vec::new()
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arch {
    use super::DEPTH;
    use std::arch::aarch64::*;
    tile!(
        neon_6x4,
        6,
        4,
        4,
        inline(never),
        vdupq_n_f32(0.0),
        |p| vld1q_f32(p),
        |p: *const f32| vdupq_n_f32(*p),
        |a, b, c| vfmaq_f32(c, a, b),
        |p, v| vst1q_f32(p, v)
    );
    pub fn tiles() -> Vec<(&'static str, usize, usize, super::Tile)> {
        vec![("6x4x4", 6, 4, neon_6x4)]
    }
}

use arch::tiles;
