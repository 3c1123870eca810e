//! Storage of pixels: in memory, large examples packed, in a cache file of decoded images, or in one file with the whole data set.
//! The modules in reading order:

pub mod example;
pub mod packing;
pub mod pixels;

pub mod image_builder;
pub mod source;

pub mod block;
pub mod cache_writer;
pub mod fingerprint;
pub mod image_cache;
pub mod storage;

pub mod dataset_file;

pub use cache_writer::MemoryBudget;
pub use dataset_file::{DatasetFile, read_dataset_file};
pub use fingerprint::Fingerprint;
pub use image_cache::ImageCache;
pub use packing::PackedPixels;
pub use pixels::Pixels;
pub use storage::Storage;
