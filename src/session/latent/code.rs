//! The code of what is shown: edited by hand, mixed, and decoded at once.
//!
//! An edited code is kept in the view, so output, drawing and inspector all show what the decoder makes of it.

use serde::{Deserialize, Serialize};

use super::editor::LatentEditor;
use super::encoding;
use crate::error::{Error, Result};
use crate::layer::{Call, LOOK};
use crate::network::Pass;
use crate::par;
use crate::session::view::{bytes_of, rgba};

/// The code that is being decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Code {
    pub values: Vec<f32>,
    /// Whether it is the encoder's code of the example.
    pub own: bool,
    /// Ends of the sliders: the range of all examples' values, if it is known.
    pub low: Vec<f32>,
    pub high: Vec<f32>,
}

/// Decoded pictures as RGBA, one after the other, and their codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Pictures {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
    /// `[count, length]`.
    pub codes: Vec<f32>,
}

/// A base plus `strength` times the difference of two means.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CodeMix {
    pub base: Base,
    #[serde(default)]
    pub plus: Vec<u32>,
    #[serde(default)]
    pub minus: Vec<u32>,
    #[serde(default)]
    pub strength: f32,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Base {
    Named(NamedBase),
    /// The mean of these examples.
    Examples(Vec<u32>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NamedBase {
    /// The encoder's code of the example.
    Own,
    Current,
    /// The mean of all examples.
    Mean,
}

/// Limit of the pictures decoded at once.
const MOST_PICTURES: usize = 256;
/// Most examples, evenly chosen, that a mean is computed from, so that it can follow a slider.
const MOST_MEAN: usize = 500;
/// Share of the examples' range by which sliders extend beyond it.
const BEYOND: f32 = 0.1;

impl LatentEditor<'_> {
    fn code_place(&self) -> Result<(usize, usize)> {
        encoding::code_place(self.run())
    }

    fn codes_of(&self, examples: &[u32]) -> Result<Vec<f32>> {
        encoding::codes_of(self.run(), self.data(), examples)
    }

    pub fn code(&mut self) -> Result<Code> {
        let (_, len) = self.code_place()?;
        let values = self.viewer.shown_code();
        if values.len() != len {
            return Err(Error::expected(
                "latent space",
                format!("images of {}", self.network().input()),
                self.data().shape,
            ));
        }
        let (low, high) = match self.latent_map() {
            Some(map) => {
                let room = |at: usize| BEYOND * (map.high[at] - map.low[at]).max(1e-3);
                let low = |at: usize| (map.low[at] - room(at)).min(values[at]);
                let high = |at: usize| (map.high[at] + room(at)).max(values[at]);
                ((0..len).map(low).collect(), (0..len).map(high).collect())
            }
            None => {
                let most = values.iter().fold(1.0f32, |most, x| most.max(1.5 * x.abs()));
                (vec![-most; len], vec![most; len])
            }
        };
        Ok(Code { values, own: self.viewer.view.code.is_none(), low, high })
    }

    /// Decodes this code in place of the example's own.
    pub fn set_code(&mut self, values: &[f32]) -> Result<Code> {
        let (_, len) = self.code_place()?;
        if values.len() != len {
            return Err(Error::expected("code", format!("{len} values"), values.len()));
        }
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::expected("code", "finite numbers", value));
        }
        self.put_code(values.to_vec());
        self.code()
    }

    pub fn put_code(&mut self, values: Vec<f32>) {
        self.viewer.view.code = Some(values);
        self.viewer.view.changed();
    }

    pub fn set_code_value(&mut self, index: usize, value: f32) -> Result<Code> {
        let mut values = self.code()?.values;
        let len = values.len();
        *values.get_mut(index).ok_or_else(|| Error::expected("code", format!("an index below {len}"), index))? = value;
        self.set_code(&values)
    }

    /// Returns to the example's own code.
    pub fn reset_code(&mut self) -> Result<Code> {
        self.viewer.view.code = None;
        self.viewer.view.changed();
        self.code()
    }

    /// Sets the code to a mean of examples, or moves it along the difference of two means.
    pub fn mix_code(&mut self, mix: &CodeMix) -> Result<Code> {
        let (_, len) = self.code_place()?;
        if mix.plus.is_empty() != mix.minus.is_empty() {
            return Err(Error::expected("difference", "examples on both sides", "none on one side"));
        }
        let difference = match mix.plus.as_slice() {
            [] => vec![0.0; len],
            plus => {
                let (plus, minus) = (self.mean_code(plus)?, self.mean_code(&mix.minus)?);
                plus.iter().zip(&minus).map(|(plus, minus)| mix.strength * (plus - minus)).collect()
            }
        };
        let mut code = match &mix.base {
            Base::Named(NamedBase::Own) => self.own_code()?,
            Base::Named(NamedBase::Current) => self.code()?.values,
            Base::Named(NamedBase::Mean) => self.known_map()?.pca.mean.clone(),
            Base::Examples(examples) => self.mean_code(examples)?,
        };
        code.iter_mut().zip(&difference).for_each(|(code, difference)| *code += difference);
        self.set_code(&code)
    }

    /// The encoder's code of what is shown, even while another is decoded in its place.
    fn own_code(&mut self) -> Result<Vec<f32>> {
        let set = self.viewer.view.code.take();
        self.viewer.view.changed();
        let own = self.code().map(|code| code.values);
        self.viewer.view.code = set;
        self.viewer.view.changed();
        own
    }

    fn mean_code(&self, examples: &[u32]) -> Result<Vec<f32>> {
        let (_, len) = self.code_place()?;
        let (all, count) = (examples.len() as u64, examples.len().min(MOST_MEAN) as u64);
        let examples: Vec<u32> = (0..count).map(|n| examples[(n * all / count) as usize]).collect();
        let codes = self.codes_of(&examples)?;
        if codes.is_empty() {
            return Err(Error::expected("mean", "one example at least", "none"));
        }
        let mut sums = vec![0.0f64; len];
        for code in codes.chunks_exact(len) {
            sums.iter_mut().zip(code).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        Ok(sums.into_iter().map(|sum| (sum / examples.len() as f64) as f32).collect())
    }

    /// Pictures on the straight line from one example's code to another's, including both.
    pub fn interpolate(&self, from: u32, to: u32, count: usize) -> Result<Pictures> {
        let (_, len) = self.code_place()?;
        if !(2..=MOST_PICTURES).contains(&count) {
            return Err(Error::expected("interpolation", format!("2 to {MOST_PICTURES} pictures"), count));
        }
        let ends = self.codes_of(&[from, to])?;
        let (a, b) = ends.split_at(len);
        let at = |n: usize| n as f32 / (count - 1) as f32;
        let code = |n: usize| a.iter().zip(b).map(move |(a, b)| a * (1.0 - at(n)) + b * at(n));
        self.decode(&(0..count).flat_map(code).collect::<Vec<f32>>())
    }

    /// Decodes codes `[count, length]`; nothing that is shown changes.
    pub fn decode(&self, codes: &[f32]) -> Result<Pictures> {
        let (block, len) = self.code_place()?;
        if !codes.len().is_multiple_of(len) || MOST_PICTURES < codes.len() / len {
            return Err(Error::expected("codes", format!("up to {MOST_PICTURES} times {len} values"), codes.len()));
        }
        if let Some(value) = codes.iter().find(|value| !value.is_finite()) {
            return Err(Error::expected("codes", "finite numbers", value));
        }
        let (network, loss, output) = (self.network(), self.run().objective().loss, self.network().output());
        let parts: Vec<&[f32]> = codes.chunks(len * encoding::examples_at_once(network)).collect();
        let painted = par::map(&parts, |codes| {
            let examples = codes.len() / len;
            let mut pass = Pass::forward_only(network, examples);
            pass.input(examples);
            pass.values_mut(block).copy_from_slice(codes);
            network.forward_from(block, &mut pass, &Call { examples, ..LOOK });
            let mut seen = vec![0.0; examples * output.len()];
            loss.predict(pass.output(), output, &mut seen);
            rgba(&bytes_of(&seen), output.channels)
        });
        let pixels = painted.concat();
        Ok(Pictures { width: output.width, height: output.height, pixels, codes: codes.to_vec() })
    }
}
