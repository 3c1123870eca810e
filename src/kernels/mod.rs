//! The hot loops, each with its plain twin. The only place with `unsafe` and SIMD.

pub mod maths;
