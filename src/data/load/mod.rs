//! Loading: files become a data set.
//!
//! [`Loader`] -> (file kind: what is it? -> archive | idx | picture -> resize) -> image builder -> paths -> assemble ->
//! arrange -> [`Loaded`]. The modules in reading order:

mod loader;

pub mod options;
pub mod report;

pub mod archive;
pub mod arrange;
pub mod assemble;
pub mod file_kind;
pub mod idx;
pub mod item;
pub mod paths;
pub mod picture;
pub mod resize;

pub use loader::{LITTER, Loader};
pub use options::{LoadOptions, ResizeMode};
pub use report::{Failed, LoadProgress, Loaded, MOST_LISTED, Report, Skipped};
pub use resize::{picture, picture_of_rgba};
