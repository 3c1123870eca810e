//! Data: bytes that come in become a [`Dataset`] of examples, and a [`Batch`] of floats when they are used.
//!
//! files -> [`Loader`] -> (open: what is it? -> archive | idx | picture -> place) -> store -> paths -> dataset -> batch.
//! What does not fit into memory goes to a [`Storage`] of the door as a pack of blocks, and comes from there through
//! a ring of prepared examples ([`ImageCache`]); a data set looks the same from outside in both cases.
//! The modules in reading order:

mod dataset;
pub mod toy;

pub mod augment;
mod by_hand;
mod division;
pub mod groups;

mod chest;
mod load;
mod options;
mod report;

mod archive;
mod arrange;
mod assemble;
mod block;
mod fingerprint;
mod idx;
mod item;
mod open;
mod pack;
mod packing;
mod paths;
mod picture;
mod pixels;
mod place;
mod png;
mod shelf;
mod statistics;
mod store;

pub use augment::{Augment, Flip};
pub use by_hand::Overrides;
pub use chest::{DatasetFile, unpack};
pub use dataset::{Batch, Dataset, Frame, Split};
pub use division::{DivideBy, Division};
pub use fingerprint::Fingerprint;
pub use groups::GroupRule;
pub use load::{LITTER, Loader};
pub use options::{LoadOptions, ResizeMode};
pub use pack::ImageCache;
pub use packing::MemoryBudget;
pub use pixels::Pixels;
pub use place::{picture, picture_of_rgba};
pub use png::encode_png;
pub use report::{Failed, LoadProgress, Loaded, MOST_LISTED, Report, Skipped};
pub use shelf::Storage;

/// No example is wider or higher than this many pixels.
pub const MOST_SIDE: usize = 4096;

/// No data set holds more bytes of pixels: a browser's memory ends at 4 GiB, of which training needs its part.
#[cfg(target_pointer_width = "32")]
pub const MOST_BYTES: usize = 1 << 30;
#[cfg(not(target_pointer_width = "32"))]
pub const MOST_BYTES: usize = 16 << 30;

/// No data set holds more examples: each costs a name, whatever its size.
pub const MOST_EXAMPLES: usize = 4_000_000;
