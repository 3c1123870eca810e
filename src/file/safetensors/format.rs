//! Parts shared by reader and writer: the version, the checksum of the metadata.

use crate::checksum::Checksum;

/// The version of the format; a reader refuses a newer one.
pub const VERSION: u32 = 1;

pub const FORMAT: &str = "neurarium";

/// The tensor that is the whole file of the partner, U8.
pub const PARTNER: &str = "partner";

/// The text about columns, and the prefix of their tensors.
pub const COLUMNS: &str = "columns";
/// The tensor of the inputs that each output of a sparse layer reads, U32 `[outputs, reads]`.
pub const SOURCES: &str = "sources";
/// The tensor of the best weights, and the prefix of those of the best columns.
pub const BEST: &str = "run.best";

/// Adds the metadata to a checksum; `pairs` are in the order of their names.
pub fn sum_strings<'a>(sum: &mut Checksum, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
    for part in pairs.flat_map(|(name, text)| [name, text]) {
        sum.add(part.as_bytes());
        sum.add(&[0]);
    }
}
