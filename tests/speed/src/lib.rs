//! The benchmark's measurements, the same natively and in the browser: a step of every workload, spiking columns, products of plain
//! matrices, and the limits of the machine that they are held against.
//!
//! A figure is the best of many short samples: what the machine can do, not what its neighbours leave of it.

pub mod columns;
pub mod limits;
pub mod measure;
pub mod products;
pub mod step;
pub mod workload;

#[cfg(target_arch = "wasm32")]
mod browser;
