//! The experiment: data, runs and what they recorded. Every action of the user is a method of [`Session`].
//!
//! Parts, from the bottom to the top: [`data`] and `run` (the images and the learner), `view`, `latent` and
//! `projection` (read-only views of them), `scores` and `jobs` (work on them in slices), `edit` (changes by hand), `shelf` (runs
//! that were set aside). The session holds one of each; its actions are in the files beside it.

mod changes;
mod class_history;
mod data;
mod edit;
mod exchange;
mod export;
mod held_size;
mod histograms;
mod influence;
mod jobs;
mod latent;
mod layers;
mod made_face;
mod maps;
mod notice;
mod open;
mod project;
mod projection;
mod python;
mod report;
mod run;
mod runs;
mod scores;
#[allow(clippy::module_inception, reason = "the session is in session/session.rs, beside its parts and its actions")]
mod session;
mod shelf;
mod site;
mod site_card;
mod stamp;
mod summary;
mod surgery_plan;
mod train;
mod use_data;
mod view;
mod work;

pub use changes::{Reported, Stamps, State};
pub use data::{Data, DataStamps};
pub use edit::{Command, EditLog, Edited, Edits, Journal, JournalEntry, JournalHeader, LoggedEdit, NeuronSet};
pub use export::FinishedFile;
pub use jobs::{
    Audit, Auditing, Census, ChooseLines, ChosenLines, Contributions, DrivingImage, Encode, Evaluate, Explain,
    ExplainSheet, Explaining, Explanation, FindRange, Follow, FollowedLetters, FollowedRounds, Forecast, Inversion,
    InversionProgress, InversionTarget, Invert, Job, JobContext, JobProgress, JobRequest, Jobs, Knockout, LetterCycle,
    Maximise, MaximiseLayer, Maximising, MeasureNovelty, OperationEffect, OwnNovelty, PlanMemory, Predict,
    PredictionTable, PreviewOperation, Project, Projecting, RangeSearch, RangeTest, Reporting, SplitEvaluation, Trial,
    UnitCensus, UnitChoice, WantedUnit, WriteReport, code_gradient,
};
pub use latent::{Base, Code, CodeMix, Directions, Latent, LatentEditor, MapPoints, NamedBase, Near, Pictures};
pub use maps::{MapColouring, MapView, TourFrame};
pub use notice::Notice;
pub use project::project_images;
pub use projection::{
    LayoutSettings, Projection, ProjectionMethod, ProjectionSource, Projections, SourceReader, TourView, TruePoint,
};
pub use run::structure::StructureSummary;
pub use run::{Ability, Draft, FOR_PAIRS, Learner, Run, Snapshot, SnapshotList};
pub use scores::{ClassReport, ExampleFilter, MeasuredExample, Measurement, Scores};
pub use session::Session;
pub use shelf::{RunSummary, Shelf};
pub use stamp::Stamp;
pub use summary::{
    AttributionSummary, BlockSummary, ClassSummary, DataSummary, EmbeddingSummary, InputSummary, ModelSummary,
    SkippedSummary, Status,
};
pub use surgery_plan::SurgeryPlan;
pub use view::{
    Answer, CellView, ColumnNeuronPicture, ColumnPicture, ColumnsPicture, ConnectionView, CurveValue, CurveView,
    Estimate, ExampleView, FreeConnection, FreeGraphSummary, FreeNeuronView, FreeWeight, Hit, InspectedItem, LinkView,
    NeuronPlace, NeuronView, PanelScale, Parameter, Pinned, Probability, Question, SlotView, View, Viewer, WeightImage,
    WeightSheet, bytes_of, rgba,
};
pub use work::Resources;
