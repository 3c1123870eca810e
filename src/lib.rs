//! Neurarium: a terrarium for neural networks.
//!
//! bytes -> [`data`] -> batch -> network -> [`loss`] -> [`optim`] -> recorder -> scene -> pixels.
//! The engine reads no files, no clock and no environment: bytes come in, bytes and numbers go out.
//!
//! The modules are listed from the bottom to the top; each uses only those listed before it.

pub mod base64;
pub mod error;
pub mod evenly;
pub mod nearest;
pub mod words;

pub mod checksum;
pub mod kernels;
pub mod par;
pub mod progress;
pub mod remap;
pub mod rng;
pub mod shape;

pub mod activation;
pub mod data;
pub mod init;
pub mod loss;
pub mod metrics;
pub mod operators;
pub mod optim;
pub mod schedule;
pub mod select;

pub mod layer;

pub mod network;

pub mod columns;
pub mod inspect;
pub mod recorder;
pub mod surgery;
pub mod train;

pub mod file;
pub mod render;

pub mod config;

pub mod session;

#[cfg(target_arch = "wasm32")]
mod wasm;
