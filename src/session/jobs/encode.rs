//! Encodes all examples and finds the directions along which their codes spread most: the latent map.

use serde::Deserialize;

use super::job::{Job, JobContext, JobRequest};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::inspect::{Pca, Solver};
use crate::par;
use crate::session::latent::{LatentMap, encoding};

/// Limit in bytes of the codes that are kept; of more examples an even sample is encoded.
const MOST_BYTES: usize = 64 << 20;
/// Most examples that the directions are found from, evenly chosen.
const MOST_SPREAD: usize = 4096;

/// Requests the latent map.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Encode {}

/// Makes a latent map: first all codes, then the directions.
pub struct Encoding {
    len: usize,
    step: u64,
    examples: Vec<u32>,
    codes: Vec<f32>,
    /// The codes that the directions are found from.
    chosen: Vec<f32>,
    solver: Option<Solver>,
    is_done: bool,
}

/// Examples encoded, and numbers of codes read, in one slice by each thread: some milliseconds.
const SLICE_EXAMPLES: usize = 8;
const SLICE_NUMBERS: usize = 1 << 14;

impl JobRequest for Encode {
    const KIND: &'static str = "encode";
    type Job = Encoding;

    fn begin(self, at: &mut JobContext) -> Result<Encoding> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let (_, len) = encoding::code_place(run)?;
        run.check_fits(data)?;
        let examples: Vec<u32> = evenly(data.len(), MOST_BYTES / (4 * len)).map(|n| n as u32).collect();
        let (codes, chosen) = (Vec::new(), Vec::new());
        Ok(Encoding { len, step: run.shown_step(), examples, codes, chosen, solver: None, is_done: false })
    }
}

impl Job for Encoding {
    /// In thousandths.
    fn progress(&self) -> (usize, usize) {
        let encoded = self.codes.len() as f64 / (self.len * self.examples.len().max(1)) as f64;
        let solved = self.solver.as_ref().map_or(0.0, Solver::progress);
        (if self.is_done { 1000 } else { (600.0 * encoded + 400.0 * solved) as usize }, 1000)
    }

    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let (run, data, len) = (at.viewer.run, at.viewer.data, self.len);
        let done = self.codes.len() / len;
        if done < self.examples.len() {
            let end = (done + SLICE_EXAMPLES * par::threads()).min(self.examples.len());
            self.codes.extend(encoding::codes_of(run, data, &self.examples[done..end])?);
            return Ok(true);
        }
        let Some(solver) = &mut self.solver else {
            let count = self.examples.len().min(MOST_SPREAD);
            let row = |n: usize| &self.codes[n * self.examples.len() / count * len..][..len];
            self.chosen = (0..count).flat_map(row).copied().collect();
            if !self.chosen.iter().all(|x| x.is_finite()) {
                return Err(Error::expected("latent space", "finite codes", "infinite values or NaN"));
            }
            self.solver = Some(Solver::new(&self.chosen, len));
            return Ok(true);
        };
        let rows = (SLICE_NUMBERS * par::threads() / len).max(1);
        if !solver.advance(&self.chosen, rows) {
            return Ok(true);
        }
        let Some(pca) = self.solver.take().and_then(Solver::finish) else { return Ok(true) };
        at.latent.keep(self.map(pca), run, data);
        self.is_done = true;
        Ok(false)
    }
}

impl Encoding {
    fn map(&mut self, pca: Pca) -> LatentMap {
        let len = self.len;
        let rows: Vec<&[f32]> = self.codes.chunks_exact(len).collect();
        let position = |direction: usize, code: &[f32]| {
            if direction < pca.directions.len() { pca.position(direction, code) } else { 0.0 }
        };
        let (x, y) = par::map(&rows, |code| (position(0, code), position(1, code))).into_iter().unzip();
        let extreme = |of: fn(f32, f32) -> f32, start: f32| {
            let mut all = vec![start; len];
            rows.iter().for_each(|code| all.iter_mut().zip(*code).for_each(|(all, &x)| *all = of(*all, x)));
            all
        };
        let (low, high) = (extreme(f32::min, f32::INFINITY), extreme(f32::max, f32::NEG_INFINITY));
        let (examples, codes) = (std::mem::take(&mut self.examples), std::mem::take(&mut self.codes));
        LatentMap { step: self.step, examples, codes, low, high, pca, x, y }
    }
}
