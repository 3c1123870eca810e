//! Spiking columns: a learner of integers, local and online, without gradients.
//!
//! Each class has a column of neurons, and each neuron a few connections to receptors (pixels). An image is shown in
//! several cycles, bright pixels first; neurons spike, and the column with the most spikes is the answer. [`plain`] is
//! the whole rule, written for reading.
//!
//! ```
//! use neurarium::columns::{ColumnSizes, ColumnTrainer, Columns, Rule, SpikeCounter, answer};
//!
//! // Two images of four pixels, and a column for each.
//! let (images, labels) = ([255, 255, 0, 0, 0, 0, 255, 255], [0, 1]);
//! let sizes = ColumnSizes { classes: 2, neurons: 8, slots: 4, receptors: 4 };
//! let mut columns = Columns::new(sizes, Rule { adjust_true: 5_000, ..Rule::default() }, 1)?;
//! let mut trainer = ColumnTrainer::default();
//! for _ in 0..200 {
//!     let batch = columns.next_batch(labels.len());
//!     let shown: Vec<u8> = batch.iter().flat_map(|&n| images[4 * n as usize..][..4].to_vec()).collect();
//!     let named: Vec<u32> = batch.iter().map(|&n| labels[n as usize]).collect();
//!     trainer.train_batch(&mut columns, &shown, &named)?;
//! }
//! let mut counter = SpikeCounter::new(&columns);
//! let answers: Vec<Option<usize>> = counter.scores(&images)?.chunks(2).map(answer).collect();
//! assert_eq!(answers, [Some(0), Some(1)]);
//! # Ok::<(), neurarium::error::Error>(())
//! ```

mod accuracy;
mod column;
#[allow(clippy::module_inception, reason = "the whole learner is in columns/columns.rs, beside its parts")]
mod columns;
mod counter;
mod counts;
mod edit;
mod learning;
pub mod plain;
mod quantile;
mod receptors;
mod rule;
mod state;
mod teaching;
mod trainer;
mod votes;

pub use accuracy::{ColumnAccuracy, answer, answer_but, probabilities};
pub use column::{Column, ColumnSlot};
pub use columns::{ColumnSizes, Columns};
pub use counter::SpikeCounter;
pub use counts::ColumnCounts;
pub use edit::{ColumnChange, ColumnNeuron};
pub use quantile::QuantileSteps;
pub use receptors::Receptors;
pub use rule::{MOST_FILTERS, Rule};
pub use state::ColumnState;
pub use trainer::ColumnTrainer;
pub use votes::{Additions, Vote, VoteDriver};
