//! Changes of a network's structure: `&Network -> (Network, Remap)`. The old network stays as it is.
//!
//! The remap says where each new parameter came from, so that moments and edits follow it.

mod fill;
mod graph;
mod insert;
mod lines;
mod lists;
mod operation;
mod prune;
mod rebuild;
mod resize;
mod transfer;
mod unit_change;
mod units;

pub use graph::{free_graph, rewire};
pub use lines::{LinePair, LineSizes, MOST_PAIRS};
pub use operation::{Operation, operate, restored};
pub use prune::proposed_threshold;
pub use rebuild::rebuild;
pub use resize::resize;
pub use transfer::{Cut, Freeze, Head, Transfer, head_of, transfer};
pub use unit_change::{check_layer, unit_count};
pub use units::{largest_readings, proposed_units};
