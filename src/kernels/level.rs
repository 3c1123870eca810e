//! The instruction sets that are detected at run time, and the vector that is always available.

use super::simd::Lanes;

/// The instruction sets that are distinguished at run time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Base,
}

/// The best instruction set of this machine; the standard library caches the detection.
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
pub type BaseVector = std::arch::wasm32::v128;
#[cfg(target_arch = "aarch64")]
pub type BaseVector = std::arch::aarch64::float32x4_t;
#[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
pub type BaseVector = super::simd::Plain;

/// Number of values in a vector of this machine.
pub fn lanes() -> usize {
    match level() {
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => 16,
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => 8,
        Level::Base => BaseVector::LEN,
    }
}
