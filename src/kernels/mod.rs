//! The hot loops, each with its plain twin. The only place with `unsafe` and SIMD.

pub mod conv;
pub mod gemm;
pub mod local;
pub mod maths;
pub mod plain;
mod simd;
pub mod team;
pub mod tile;
