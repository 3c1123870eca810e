//! The limits of a data set.

/// Most pixels along a side of an example.
pub const MOST_SIDE: usize = 4096;

/// Most bytes of pixels in memory: a browser has 4 GiB at most, and training needs its share.
#[cfg(target_pointer_width = "32")]
pub const MOST_BYTES: usize = 1 << 30;
#[cfg(not(target_pointer_width = "32"))]
pub const MOST_BYTES: usize = 16 << 30;

/// Most examples: each costs a name, whatever its size.
pub const MOST_EXAMPLES: usize = 4_000_000;
