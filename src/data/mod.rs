//! Data: bytes that come in become a [`Dataset`] of examples, and a [`Batch`] of floats when they are used.
//!
//! files -> `load/` ([`Loader`]) -> `store/` (memory, or a cache file) -> [`Dataset`] -> [`Batch`].
//! Images that do not fit into memory are decoded into a [`Storage`] of the door as a cache file of blocks, and come
//! back through a ring of prepared examples ([`ImageCache`]); a data set looks the same from outside in both cases.
//! The modules in reading order:

mod dataset;
pub mod toy;

pub mod augment;
mod division;
pub mod groups;
mod overrides;

mod png;
mod statistics;

mod load;
mod store;

pub mod audit;

pub use augment::{Augment, Flip};
pub use dataset::{Batch, Dataset, Frame, Split};
pub use division::{DivideBy, Division};
pub use groups::GroupRule;
pub use load::{
    Failed, LITTER, LoadOptions, LoadProgress, Loaded, Loader, MOST_LISTED, Report, ResizeMode, Skipped, picture,
    picture_of_rgba,
};
pub use overrides::Overrides;
pub use png::encode_png;
pub use store::{DatasetFile, Fingerprint, ImageCache, MemoryBudget, Pixels, Storage, unpack};

/// No example is wider or higher than this many pixels.
pub const MOST_SIDE: usize = 4096;

/// No data set holds more bytes of pixels: a browser's memory ends at 4 GiB, of which training needs its part.
#[cfg(target_pointer_width = "32")]
pub const MOST_BYTES: usize = 1 << 30;
#[cfg(not(target_pointer_width = "32"))]
pub const MOST_BYTES: usize = 16 << 30;

/// No data set holds more examples: each costs a name, whatever its size.
pub const MOST_EXAMPLES: usize = 4_000_000;
