//! The network: blocks in topological order over one flat `theta`.
//!
//! A block is a layer followed by an activation: z = layer(x), y = f(z). It names the blocks it reads, so skip
//! connections and merges need nothing special. Block 0 is the input. Training does not change pinned parameters, and
//! held neurons have a fixed value.

mod backward;
pub mod draft;
mod holds;
mod pass;
mod pins;
mod portable;
pub mod preset;
mod receptive_field;
mod relay;
mod scaling;
mod slots;
mod spec;
mod stem;
mod task;
mod wanted;
mod whole;
mod wiring;

pub use holds::{Held, Hold, Holds};
pub use pass::Pass;
pub use pins::Pins;
pub use receptive_field::ReceptiveField;
pub use scaling::{Scaling, ScalingKind};
pub use spec::{BlockSpec, NetworkSpec};
pub use stem::Stem;
pub use task::{ALPHABET, Task};
pub use whole::{Block, MOST_BLOCKS, MOST_PARAMETERS, MOST_PASS_VALUES, Network, Trainable};
pub use wiring::{Neuron, Wire};
