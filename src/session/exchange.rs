//! What the networks for letters make of a letter, of what they made, and so on.

use super::session::Session;
use crate::data::letters::{self, LetterFrame};
use crate::error::{Error, Result};
use crate::layer::LOOK;
use crate::network::Pass;
use crate::session::view::rgba;

/// Most times that a network reads what it made.
pub const MOST_ROUNDS: usize = 64;

impl Session {
    /// The shown letter, and what each network makes of it, then of what it made, `rounds` times: `[networks, 1 + rounds]`
    /// pictures of ink on paper as RGBA, one after the other, those of the network that makes small letters first. They are
    /// `scale` times as large as the letters.
    pub fn letter_rounds(&mut self, rounds: usize, scale: usize) -> Result<Vec<u8>> {
        let input = self.network().input();
        let shown = self.viewer().shown_bytes().into_owned();
        if self.runs.len() < 2 || shown.len() != input.len() || MOST_ROUNDS < rounds || !(1..=8).contains(&scale) {
            let expected = format!("two networks that read the shown letter, at most {MOST_ROUNDS} times");
            return Err(Error::expected("letters", expected, rounds));
        }
        let frame = LetterFrame { width: input.width, height: input.height };
        let drawn = |x: &[f32]| rgba(&letters::ink(x, frame, scale), 1);
        let mut pictures = Vec::new();
        for run in &self.runs {
            let (network, objective) = (run.network(), run.objective());
            let mut pass = Pass::forward_only(network, 1);
            let mut x: Vec<f32> = shown.iter().map(|&byte| f32::from(byte) / 255.0).collect();
            pictures.extend(drawn(&x));
            for _ in 0..rounds {
                network.read(&mut pass, &x, &LOOK);
                network.forward(&mut pass, &LOOK);
                x = objective.seen(pass.output(), network).iter().map(|x| x.clamp(0.0, 1.0)).collect();
                pictures.extend(drawn(&x));
            }
        }
        Ok(pictures)
    }
}
