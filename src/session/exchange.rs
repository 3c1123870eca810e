//! What the networks for letters make of a letter, of what they made, and so on.

use super::run::Run;
use super::session::Session;
use crate::data::letters;
use crate::error::{Error, Result};
use crate::layer::LOOK;
use crate::network::Pass;
use crate::session::view::rgba;
use crate::shape::Shape;

/// Most times that a network reads what it made.
pub const MOST_ROUNDS: usize = 64;

impl Session {
    /// The shown letter, and what each network makes of it, then of what it made, `rounds` times: `[networks, 1 + rounds]`
    /// pictures of ink on paper as RGBA, one after the other, those of the network that makes small letters first. They are
    /// `scale` times as large as the fields of the letters.
    pub fn letter_rounds(&mut self, rounds: usize, scale: usize) -> Result<Vec<u8>> {
        let shown = self.shown_letter(rounds, scale)?;
        let mut pictures = Vec::new();
        for run in &self.runs {
            let mut pass = Pass::forward_only(run.network(), 1);
            let mut x = shown.clone();
            pictures.extend(drawn(&x, run.network().input(), scale));
            for _ in 0..rounds {
                x = made(run, &mut pass, &x);
                pictures.extend(drawn(&x, run.network().input(), scale));
            }
        }
        Ok(pictures)
    }

    /// The way from the shown letter to another example in `steps` equal steps, and what each network makes of every letter
    /// on it: `[1 + networks, 1 + steps]` pictures as [`Session::letter_rounds`] draws them.
    pub fn letter_way(&mut self, to: usize, steps: usize, scale: usize) -> Result<Vec<u8>> {
        let from = self.shown_letter(steps, scale)?;
        if self.data.len() <= to || steps == 0 {
            let expected = format!("steps to an example below {}", self.data.len());
            return Err(Error::expected("letters", expected, format!("{steps} to {to}")));
        }
        let end: Vec<f32> = self.data.example(to).iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let at = |step: usize| -> Vec<f32> {
            let share = step as f32 / steps as f32;
            from.iter().zip(&end).map(|(from, end)| from + share * (end - from)).collect()
        };
        let way: Vec<Vec<f32>> = (0..=steps).map(at).collect();
        let shape = self.network().input();
        let mut pictures: Vec<u8> = way.iter().flat_map(|x| drawn(x, shape, scale)).collect();
        for run in &self.runs {
            let mut pass = Pass::forward_only(run.network(), 1);
            pictures.extend(way.iter().flat_map(|x| drawn(&made(run, &mut pass, x), shape, scale)));
        }
        Ok(pictures)
    }

    fn shown_letter(&mut self, most: usize, scale: usize) -> Result<Vec<f32>> {
        let input = self.network().input();
        let shown = self.viewer().shown_bytes().into_owned();
        if self.runs.len() < 2 || shown.len() != input.len() || MOST_ROUNDS < most || !(1..=8).contains(&scale) {
            let expected = format!("two networks that read the shown letter, at most {MOST_ROUNDS} times");
            return Err(Error::expected("letters", expected, most));
        }
        Ok(shown.iter().map(|&byte| f32::from(byte) / 255.0).collect())
    }
}

/// What a network makes of a letter, within 0..=1.
fn made(run: &Run, pass: &mut Pass, x: &[f32]) -> Vec<f32> {
    let network = run.network();
    network.read(pass, x, &LOOK);
    network.forward(pass, &LOOK);
    run.objective().seen(pass.output(), network).iter().map(|x| x.clamp(0.0, 1.0)).collect()
}

fn drawn(x: &[f32], shape: Shape, scale: usize) -> Vec<u8> {
    rgba(&letters::ink(&letters::seen(x, shape), letters::shown_in(shape), scale), 1)
}
