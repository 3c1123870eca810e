//! Where pixels are kept: in memory, in a cache file of decoded images, or in one file with the whole data set.

pub mod block;
pub mod cache_writer;
pub mod dataset_file;
pub mod fingerprint;
pub mod image_builder;
pub mod image_cache;
pub mod pixels;
pub mod storage;

pub use cache_writer::MemoryBudget;
pub use dataset_file::{DatasetFile, unpack};
pub use fingerprint::Fingerprint;
pub use image_cache::ImageCache;
pub use pixels::Pixels;
pub use storage::Storage;
