//! Parts shared by reader and writer: the version, the checksum of the metadata, the text form of the preprocessing.

use serde::{Deserialize, Serialize};

use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::file::model::Preprocessing;

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

/// [`Preprocessing`] as text in a file, complete for a reader that knows nothing of this program.
#[derive(Serialize, Deserialize)]
pub struct PreprocessingText {
    width: usize,
    height: usize,
    channels: usize,
    resize: String,
    /// `#rrggbb`.
    background: String,
    /// The values of black and white.
    scaling: String,
}

const SCALING: &str = "0..1";

impl From<&Preprocessing> for PreprocessingText {
    fn from(from: &Preprocessing) -> Self {
        let [red, green, blue] = from.background;
        let background = format!("#{red:02x}{green:02x}{blue:02x}");
        let Preprocessing { width, height, channels, resize, .. } = from.clone();
        PreprocessingText { width, height, channels, resize, background, scaling: SCALING.into() }
    }
}

impl PreprocessingText {
    pub fn preprocessing(self) -> Result<Preprocessing> {
        let wrong = |expected: &str, got: &str| Error::expected("preprocessing", expected, format!("\"{got}\""));
        if self.scaling != SCALING {
            return Err(wrong("values scaled to 0..1", &self.scaling));
        }
        if !["fit", "crop", "stretch"].contains(&self.resize.as_str()) {
            return Err(wrong("fit, crop or stretch", &self.resize));
        }
        let digits = self.background.strip_prefix('#').filter(|digits| digits.len() == 6);
        let colour = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, background @ ..] = colour.ok_or_else(|| wrong("a colour as #rrggbb", &self.background))?.to_be_bytes();
        let PreprocessingText { width, height, channels, resize, .. } = self;
        Ok(Preprocessing { width, height, channels, resize, background })
    }
}

/// Adds the metadata to a checksum; `pairs` are in the order of their names.
pub fn sum_strings<'a>(sum: &mut Checksum, pairs: impl Iterator<Item = (&'a str, &'a str)>) {
    for part in pairs.flat_map(|(name, text)| [name, text]) {
        sum.add(part.as_bytes());
        sum.add(&[0]);
    }
}
