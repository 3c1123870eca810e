//! The conversion of images to a network's input as text, in model files and ONNX files.

use serde::{Deserialize, Serialize};

use super::model::Preprocessing;
use crate::error::{Error, Result};

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
