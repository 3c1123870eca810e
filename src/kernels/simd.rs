//! A vector of f32 on each kind of machine, behind one small trait.
//!
//! | machine | lanes | multiply-add |
//! |---|---|---|
//! | x86-64 with AVX-512 | 16 | fused |
//! | x86-64 with AVX2 and FMA | 8 | fused |
//! | AArch64 | 4 | fused |
//! | WebAssembly, relaxed SIMD | 4 | fused where the processor can |
//! | WebAssembly, SIMD | 4 | multiply, then add |
//! | anything else | 4 | multiply, then add, left to the compiler |

/// A vector of `LEN` numbers.
///
/// # Safety
/// Callers use it only if the instruction set was detected (see `level::level`), and pass pointers to at least `LEN`
/// readable or writable numbers.
pub unsafe trait Lanes: Copy {
    const LEN: usize;
    unsafe fn splat(value: f32) -> Self;
    /// The number at `from` in every lane.
    unsafe fn splat_from(from: *const f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    /// The larger of the two absolute values.
    unsafe fn largest(self, other: Self) -> Self;
    /// The value, or 0 where its absolute value is below `limit`; NaN stays.
    unsafe fn or_zero(self, limit: Self) -> Self;
    /// `self + a * b`.
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
    /// The sum of the lanes of each vector, by halves: lane 0 to 3 of the last quarters are (0 + 2) + (1 + 3).
    #[inline(always)]
    unsafe fn sums<const N: usize>(vectors: [Self; N]) -> [f32; N] {
        // Through the stack: extracting single lanes would be a chain of shuffles.
        let (mut lanes, mut sums) = ([[0.0f32; 16]; N], [0.0; N]);
        for n in 0..N {
            unsafe { vectors[n].store(lanes[n].as_mut_ptr()) };
        }
        for (sum, lanes) in sums.iter_mut().zip(&lanes) {
            let eight: [f32; 8] = std::array::from_fn(|lane| lanes[lane] + lanes[lane + 8]);
            let four: [f32; 4] = std::array::from_fn(|lane| eight[lane] + eight[lane + 4]);
            *sum = (four[0] + four[2]) + (four[1] + four[3]);
        }
        sums
    }
}

/// Four numbers, for machines without a known vector unit.
#[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
#[derive(Clone, Copy)]
pub struct Plain([f32; 4]);

#[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
// SAFETY: only ordinary memory accesses within the four numbers that the caller promises.
unsafe impl Lanes for Plain {
    const LEN: usize = 4;
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self([value; 4])
    }
    #[inline(always)]
    unsafe fn splat_from(from: *const f32) -> Self {
        Self([unsafe { *from }; 4])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(unsafe { from.cast::<[f32; 4]>().read_unaligned() })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<[f32; 4]>().write_unaligned(self.0) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] + other.0[lane]))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane] - other.0[lane]))
    }
    #[inline(always)]
    unsafe fn largest(self, other: Self) -> Self {
        Self(std::array::from_fn(|lane| self.0[lane].abs().max(other.0[lane].abs())))
    }
    #[inline(always)]
    unsafe fn or_zero(self, limit: Self) -> Self {
        Self(std::array::from_fn(|lane| if self.0[lane].abs() < limit.0[lane] { 0.0 } else { self.0[lane] }))
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        // Not f32::mul_add, which is a slow call where the instruction is missing.
        Self(std::array::from_fn(|lane| self.0[lane] + a.0[lane] * b.0[lane]))
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lanes;

    // SAFETY: unaligned loads and stores of eight numbers; AVX2 and FMA were detected by the caller.
    unsafe impl Lanes for __m256 {
        const LEN: usize = 8;
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm256_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            unsafe { _mm256_set1_ps(*from) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm256_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm256_storeu_ps(to, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { _mm256_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { _mm256_sub_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn largest(self, other: Self) -> Self {
            unsafe {
                let sign = _mm256_set1_ps(-0.0);
                _mm256_max_ps(_mm256_andnot_ps(sign, self), _mm256_andnot_ps(sign, other))
            }
        }
        #[inline(always)]
        unsafe fn or_zero(self, limit: Self) -> Self {
            unsafe {
                let far = _mm256_andnot_ps(_mm256_set1_ps(-0.0), self);
                _mm256_and_ps(self, _mm256_cmp_ps::<_CMP_NLT_UQ>(far, limit))
            }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            unsafe { _mm256_fmadd_ps(a, b, self) }
        }
    }

    /// The sums of lanes k, k + 4, k + 8 and k + 12.
    #[inline(always)]
    unsafe fn quarter(vector: __m512) -> __m128 {
        unsafe {
            let upper = _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(vector)));
            let eight = _mm256_add_ps(_mm512_castps512_ps256(vector), upper);
            _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight))
        }
    }

    // SAFETY: unaligned loads and stores of sixteen numbers; AVX-512 was detected by the caller.
    unsafe impl Lanes for __m512 {
        const LEN: usize = 16;
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { _mm512_set1_ps(value) }
        }
        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            unsafe { _mm512_set1_ps(*from) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { _mm512_loadu_ps(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { _mm512_storeu_ps(to, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { _mm512_add_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { _mm512_sub_ps(self, other) }
        }
        #[inline(always)]
        unsafe fn largest(self, other: Self) -> Self {
            unsafe { _mm512_max_ps(_mm512_abs_ps(self), _mm512_abs_ps(other)) }
        }
        #[inline(always)]
        unsafe fn or_zero(self, limit: Self) -> Self {
            unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_NLT_UQ>(_mm512_abs_ps(self), limit), self) }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            unsafe { _mm512_fmadd_ps(a, b, self) }
        }
        #[inline(always)]
        unsafe fn sums<const N: usize>(vectors: [Self; N]) -> [f32; N] {
            let mut sums = [0.0; N];
            let (fours, rest) = vectors.as_chunks::<4>();
            let (of_fours, of_rest) = sums.as_chunks_mut::<4>();
            // SAFETY: AVX-512 contains AVX, and four numbers are stored into four.
            unsafe {
                for (sums, &[a, b, c, d]) in of_fours.iter_mut().zip(fours) {
                    // Transposed first, so that four sums take three additions. Without closures, into which the compiler
                    // does not inline vectors.
                    let (a, b, c, d) = (quarter(a), quarter(b), quarter(c), quarter(d));
                    let (ab, cd) = (
                        _mm_add_ps(_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b)),
                        _mm_add_ps(_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d)),
                    );
                    _mm_storeu_ps(sums.as_mut_ptr(), _mm_add_ps(_mm_movelh_ps(ab, cd), _mm_movehl_ps(cd, ab)));
                }
                for (sum, &vector) in of_rest.iter_mut().zip(rest) {
                    let four = quarter(vector);
                    let half = _mm_add_ps(four, _mm_movehl_ps(four, four));
                    *sum = _mm_cvtss_f32(_mm_add_ss(half, _mm_shuffle_ps::<1>(half, half)));
                }
            }
            sums
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod arm {
    use std::arch::aarch64::*;

    use super::Lanes;

    // SAFETY: unaligned loads and stores of four numbers; NEON is part of every AArch64.
    unsafe impl Lanes for float32x4_t {
        const LEN: usize = 4;
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            unsafe { vdupq_n_f32(value) }
        }
        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            unsafe { vld1q_dup_f32(from) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { vld1q_f32(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { vst1q_f32(to, self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            unsafe { vaddq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            unsafe { vsubq_f32(self, other) }
        }
        #[inline(always)]
        unsafe fn largest(self, other: Self) -> Self {
            unsafe { vmaxq_f32(vabsq_f32(self), vabsq_f32(other)) }
        }
        #[inline(always)]
        unsafe fn or_zero(self, limit: Self) -> Self {
            unsafe {
                let near = vcltq_f32(vabsq_f32(self), limit);
                vreinterpretq_f32_u32(vbicq_u32(vreinterpretq_u32_f32(self), near))
            }
        }
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            unsafe { vfmaq_f32(self, a, b) }
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::*;

    use super::Lanes;

    // SAFETY: unaligned loads and stores of four numbers; simd128 is enabled in every build.
    unsafe impl Lanes for v128 {
        const LEN: usize = 4;
        #[inline(always)]
        unsafe fn splat(value: f32) -> Self {
            f32x4_splat(value)
        }
        #[inline(always)]
        unsafe fn splat_from(from: *const f32) -> Self {
            // One instruction; a separate load and splat would cost a quarter of the speed of a product.
            unsafe { v128_load32_splat(from.cast()) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f32) -> Self {
            unsafe { v128_load(from.cast()) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f32) {
            unsafe { v128_store(to.cast(), self) }
        }
        #[inline(always)]
        unsafe fn add(self, other: Self) -> Self {
            f32x4_add(self, other)
        }
        #[inline(always)]
        unsafe fn sub(self, other: Self) -> Self {
            f32x4_sub(self, other)
        }
        #[inline(always)]
        unsafe fn largest(self, other: Self) -> Self {
            // One instruction; f32x4_max takes eight, because of NaN and -0.
            f32x4_pmax(f32x4_abs(self), f32x4_abs(other))
        }
        #[inline(always)]
        unsafe fn or_zero(self, limit: Self) -> Self {
            v128_andnot(self, f32x4_lt(f32x4_abs(self), limit))
        }
        #[inline(always)]
        unsafe fn sums<const N: usize>(vectors: [Self; N]) -> [f32; N] {
            let mut sums = [0.0; N];
            let (fours, rest) = vectors.as_chunks::<4>();
            let (of_fours, of_rest) = sums.as_chunks_mut::<4>();
            for (sums, &[a, b, c, d]) in of_fours.iter_mut().zip(fours) {
                // Transposed first, so that four sums take three additions.
                let halves = |v, w| f32x4_add(i32x4_shuffle::<0, 4, 1, 5>(v, w), i32x4_shuffle::<2, 6, 3, 7>(v, w));
                let (ab, cd) = (halves(a, b), halves(c, d));
                let (even, odd) = (i32x4_shuffle::<0, 1, 4, 5>(ab, cd), i32x4_shuffle::<2, 3, 6, 7>(ab, cd));
                unsafe { v128_store(sums.as_mut_ptr().cast(), f32x4_add(even, odd)) };
            }
            for (sum, &v) in of_rest.iter_mut().zip(rest) {
                let half = f32x4_add(v, i32x4_shuffle::<2, 3, 2, 3>(v, v));
                *sum = f32x4_extract_lane::<0>(half) + f32x4_extract_lane::<1>(half);
            }
            sums
        }
        #[cfg(target_feature = "relaxed-simd")]
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            f32x4_relaxed_madd(a, b, self)
        }
        #[cfg(not(target_feature = "relaxed-simd"))]
        #[inline(always)]
        unsafe fn mul_add(self, a: Self, b: Self) -> Self {
            f32x4_add(self, f32x4_mul(a, b))
        }
    }
}
