//! Loading: files become a data set.
//!
//! [`Loader`]: file kind -> archive | IDX queue | font queue | picture queue -> resize -> intake -> assemble -> arrange -> [`Loaded`].
//! The modules in reading order:

mod decoded_file;
mod loaded;
mod loader;
mod options;

mod archive;
mod file_kind;
mod foreign;
mod item;
mod names;
mod paths;
mod sides;
mod zip_records;

mod bmp;
mod exif;
mod font_queue;
mod gif;
mod grey_tiff;
mod ico;
mod idx;
mod idx_queue;
mod jpeg;
mod picture;
mod picture_queue;
mod resize;
mod table;
mod tiff;
mod webp;

mod arrange;
mod assemble;
mod intake;
mod pair;

pub use decoded_file::{DecodedContent, DecodedFile, FileDecoder};
pub use loaded::{Failed, LoadProgress, Loaded};
pub use loader::Loader;
pub use names::{is_utf16, read_names};
pub use options::{LoadOptions, ResizeMode};
pub use paths::{LITTER, is_litter};
pub use resize::{example_from_file, example_from_rgba, picture_as};
pub use sides::KnownSides;
