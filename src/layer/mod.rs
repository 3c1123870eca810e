//! Layers: functions x -> z between blocks of values. They own sizes and connections, never numbers.
//!
//! A layer's parameters are a slice of the network's `theta`; [`LayerOps::tensors`] says how that slice is divided.
//! Letters: x `[examples, input]`, z `[examples, output]`, each example `[height, width, channels]`;
//! `d` + name is the gradient of the loss with respect to that name. Backward adds; the caller zeroes once per batch.
//!
//! A kind of layer answers [`LayerOps`], offers [`SpeedHooks`] and is [`Written`]; [`Layer`] is the enum of all kinds.

mod affine;
mod call;
mod connection;
mod conv;
mod conv_transpose;
mod dense;
mod dropout;
mod global_pool;
mod graph;
mod group_norm;
mod grouped_conv;
mod input;
mod kinds;
mod locally_connected;
mod manifold;
mod merge;
mod ops;
mod pad;
mod planes;
mod pool;
mod portable;
mod product;
mod readers;
mod reshape;
mod resize;
mod sparse;
mod speed;
mod text;
mod tile_dense;
mod units;
mod untied;
mod upsample;
mod upsample_conv;
mod weights;
mod windows;

pub use affine::Affine;
pub use call::{Call, Grads, LOOK, Memo, Preparation};
pub use connection::{Connection, Weight};
pub use conv::Conv;
pub use conv_transpose::ConvTranspose;
pub use dense::Dense;
pub use dropout::Dropout;
pub use global_pool::GlobalPool;
pub use graph::{ChangedGraph, FreeGraph, GraphChange, Wiring};
pub use group_norm::GroupNorm;
pub use grouped_conv::{Axis, GroupedConv};
pub use input::Input;
pub use kinds::{KINDS, Layer, LayerKind};
pub use locally_connected::LocallyConnected;
pub use manifold::{
    Cells, CurveNumber, EdgeWeights, Edges, FlowBy, Manifold, ManifoldStart, NeuronKind, Pressure, PressureTerms,
    Rewired, Rewiring, Row, SequenceOf,
};
pub use merge::{Add, Concat};
pub use ops::{LayerOps, LayerRole, OutputAxis, Tensor};
pub use pad::Pad;
pub use planes::Planes;
pub use pool::Pool;
pub use portable::{Portable, PortableParts};
pub use product::Product;
pub use readers::Readers;
pub use reshape::Reshape;
pub use resize::{Corners, Resize};
pub use sparse::{SourceChoice, Sparse, SparseSizes};
pub use speed::SpeedHooks;
pub use text::{Field, Surroundings, TextForm, TextLine, Written};
pub use tile_dense::TileDense;
pub use units::UnitFlow;
pub use upsample::Upsample;
pub use upsample_conv::UpsampleConv;
pub use weights::{KernelLayout, WeightView};
pub use windows::{Margins, PoolKind};
