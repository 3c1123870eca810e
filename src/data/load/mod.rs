//! Loading: files become a data set.
//!
//! [`Loader`]: file kind -> archive | IDX queue | picture queue -> resize -> intake -> assemble -> arrange -> [`Loaded`].
//! The modules in reading order:

mod loaded;
mod loader;
mod options;

mod archive;
mod file_kind;
mod item;
mod paths;

mod idx;
mod idx_queue;
mod picture;
mod picture_queue;
mod resize;
mod table;

mod arrange;
mod assemble;
mod intake;

pub use loaded::{Failed, LoadProgress, Loaded};
pub use loader::{LITTER, Loader};
pub use options::{LoadOptions, ResizeMode};
pub use resize::{example_from_file, example_from_rgba};
