//! Training: one step is one update on one mini-batch.
//!
//! A plan cuts each batch into shards. Every shard goes forward and backward, and the gradients are summed in the order
//! of the shards and applied in one pass over memory, so results do not depend on the number of threads. A step whose
//! loss or gradient is not finite is not applied: the parameters stay as they were, and the learning rate is halved
//! from then on.

mod curvature;
mod early_stopping;
mod evaluate;
mod evaluation_buffers;
mod exchange;
mod factors;
mod features;
mod forecast;
mod gather;
mod head;
mod input_pipeline;
mod inversions;
mod layout;
mod lbfgs;
mod loss_monitor;
mod object_pool;
mod observe;
mod order;
mod plan;
mod prepared;
mod shard;
mod step;
mod step_report;
mod structure;
mod structure_config;
mod train_config;
mod trainer;
mod update;

pub use curvature::Curvature;
pub use early_stopping::{BestEpoch, EarlyStopping, EpochVerdict, PatienceRules};
pub use evaluate::{Evaluator, calibration, confusion, evaluation};
pub use input_pipeline::InputPipeline;
pub use inversions::{ExchangeReport, Inversions};
pub use loss_monitor::{Alarm, LossMonitor};
pub use shard::Objective;
pub use step_report::{StepReport, TrainerPosition};
pub use structure_config::{StructureConfig, StructureReport, TermGradients};
pub use train_config::TrainConfig;
pub use trainer::Trainer;
