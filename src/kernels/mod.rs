//! The hot loops, each with its plain twin. The only place with `unsafe` and SIMD.

pub mod adjust;
pub mod bins;
mod conv;
pub mod curve;
pub mod depthwise;
mod dots;
pub mod elementwise;
pub mod gated;
pub mod gemm;
pub mod level;
pub mod local;
pub mod maths;
pub mod outer;
pub mod panel;
mod picked;
pub mod plain;
pub mod rectangle;
mod scratch;
mod simd;
pub mod source_lists;
pub mod sparse;
pub mod spikes;
pub mod team;
pub mod tile;
pub mod window;
mod winograd;
