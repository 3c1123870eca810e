//! Data: bytes that come in become a [`Dataset`] of examples, and a [`Batch`] of floats when they are used.
//!
//! files -> `load/` ([`Loader`]) -> `store/` (memory, or a cache file) -> [`Dataset`] -> [`Batch`].
//! Images that do not fit into memory are decoded into a cache file in the door's [`Storage`], and come back through a
//! ring of prepared examples ([`ImageCache`]); a data set looks the same from outside in both cases.
//! The modules in reading order:

mod batch;
mod dataset;
mod frame;
mod join;
mod limits;
mod numbers;
mod overrides;
mod pictures;
mod split;

mod division;
mod edit;
pub mod groups;

pub mod letters;

pub mod augment;
pub mod blurred;
pub mod digits;
mod png;
pub mod smileys;
mod statistics;
pub mod sums;
pub mod toy;

mod load;
mod report;
mod store;

pub mod audit;

pub use augment::{Augment, Flip};
pub use batch::{Batch, TargetBatch};
pub use dataset::Dataset;
pub use division::{DivideBy, Division};
pub use frame::Frame;
pub use groups::GroupRule;
pub use letters::Families;
pub use limits::{MOST_BYTES, MOST_EXAMPLES, MOST_SIDE};
pub use load::{
    DecodedContent, DecodedFile, Failed, FileDecoder, KnownSides, LITTER, LoadOptions, LoadProgress, Loaded, Loader,
    ResizeMode, example_from_file, example_from_rgba, is_litter, is_utf16, picture_as, read_names,
};
pub use numbers::NumberTargets;
pub use overrides::{Overrides, OverridesPatch};
pub use pictures::PictureTargets;
pub use png::encode_png;
pub use report::{MOST_LISTED, Report, Skipped};
pub use split::Split;
pub use store::example::convert;
pub use store::{DatasetFile, Fingerprint, ImageCache, MemoryBudget, PackedPixels, Pixels, Storage, read_dataset_file};
