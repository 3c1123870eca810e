//! The atlas of all examples' codes: where they lie, along which directions they spread, and what lies in between.

use serde::Serialize;

use super::{Code, Pictures, Session};
use crate::error::{Error, Result};
use crate::inspect::{Pca, Solver};
use crate::par;
use crate::rng::{Purpose, Rng};

/// Bytes of codes that are kept; of more examples an even sample is taken.
const MOST_BYTES: usize = 64 << 20;
/// Examples that the directions are found from, evenly chosen.
const MOST_SPREAD: usize = 4096;

pub(super) struct LatentMap {
    /// The step at which the codes were computed.
    pub step: u64,
    pub examples: Vec<u32>,
    /// `[examples, length]`.
    pub codes: Vec<f32>,
    /// Of each value, the smallest and the largest.
    pub low: Vec<f32>,
    pub high: Vec<f32>,
    pub pca: Pca,
    /// Positions along the first two directions.
    pub x: Vec<f32>,
    pub y: Vec<f32>,
}

/// The directions of widest spread, and where the current code lies along them.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    pub step: u64,
    /// Steps taken since.
    pub stale: u64,
    pub examples: usize,
    pub sampled: bool,
    pub deviations: Vec<f32>,
    /// Share of all variance.
    pub explained: Vec<f32>,
    pub positions: Vec<f32>,
}

/// All examples on the plane of the first two directions.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPoints {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub examples: Vec<u32>,
    /// -1 where there are no classes.
    pub labels: Vec<i32>,
    /// Where the current code lies.
    pub current: (f32, f32),
    pub stale: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Near {
    pub example: u32,
    pub name: String,
    /// Euclidean, between the codes.
    pub distance: f32,
}

/// The making of an atlas: first all codes, then the directions.
pub(super) struct Encode {
    step: u64,
    examples: Vec<u32>,
    codes: Vec<f32>,
    /// The codes that the directions are found from.
    chosen: Vec<f32>,
    solver: Option<Solver>,
}

/// Examples encoded, and numbers of codes looked at, in one slice for each thread: some milliseconds.
const SLICE_EXAMPLES: usize = 8;
const SLICE_NUMBERS: usize = 1 << 14;

impl Encode {
    pub fn new(session: &Session) -> Result<Self> {
        let (_, len) = session.code_place()?;
        session.fits()?;
        let (all, most) = (session.data.len(), MOST_BYTES / (4 * len));
        let count = all.min(most);
        let examples: Vec<u32> = (0..count).map(|n| (n as u64 * all as u64 / count as u64) as u32).collect();
        Ok(Self { step: session.trainer.step, examples, codes: Vec::new(), chosen: Vec::new(), solver: None })
    }

    /// Thousandths done.
    pub fn progress(&self, len: usize) -> usize {
        let encoded = self.codes.len() as f64 / (len * self.examples.len().max(1)) as f64;
        let solved = self.solver.as_ref().map_or(0.0, Solver::progress);
        (600.0 * encoded + 400.0 * solved) as usize
    }

    /// The next slice; the atlas when it is done.
    pub fn advance(mut self, session: &Session) -> Result<std::result::Result<LatentMap, Self>> {
        let (_, len) = session.code_place()?;
        let done = self.codes.len() / len;
        if done < self.examples.len() {
            let end = (done + SLICE_EXAMPLES * par::threads()).min(self.examples.len());
            self.codes.extend(session.codes_of(&self.examples[done..end])?);
            return Ok(Err(self));
        }
        let Some(solver) = &mut self.solver else {
            let count = self.examples.len().min(MOST_SPREAD);
            let row = |n: usize| &self.codes[n * self.examples.len() / count * len..][..len];
            self.chosen = (0..count).flat_map(row).copied().collect();
            if !self.chosen.iter().all(|x| x.is_finite()) {
                return Err(Error::expected("embedding desk", "codes of finite numbers", "others"));
            }
            self.solver = Some(Solver::new(&self.chosen, len));
            return Ok(Err(self));
        };
        let rows = (SLICE_NUMBERS * par::threads() / len).max(1);
        if !solver.advance(&self.chosen, rows) {
            return Ok(Err(self));
        }
        let Some(pca) = self.solver.take().and_then(Solver::finish) else { return Ok(Err(self)) };
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
        let Self { step, examples, codes, .. } = self;
        Ok(Ok(LatentMap { step, examples, codes, low, high, pca, x, y }))
    }
}

impl Session {
    pub(super) fn atlas(&self) -> Result<&LatentMap> {
        self.desk.atlas.as_ref().ok_or_else(|| Error::new("the examples' codes are not known yet; analyse them first"))
    }

    /// `None` before an analysis.
    pub fn directions(&mut self) -> Result<Option<Directions>> {
        let code = self.code()?.values;
        let (step, all) = (self.trainer.step, self.data.len());
        Ok(self.desk.atlas.as_ref().map(|atlas| {
            let pca = &atlas.pca;
            let share = |deviation: &f32| (f64::from(*deviation).powi(2) / pca.variance.max(1e-30)) as f32;
            Directions {
                step: atlas.step,
                stale: step.saturating_sub(atlas.step),
                examples: atlas.examples.len(),
                sampled: atlas.examples.len() < all,
                deviations: pca.deviations.clone(),
                explained: pca.deviations.iter().map(share).collect(),
                positions: (0..pca.directions.len()).map(|number| pca.position(number, &code)).collect(),
            }
        }))
    }

    /// Moves the code along a direction to this position.
    pub fn set_direction(&mut self, number: usize, position: f32) -> Result<Code> {
        let mut code = self.code()?.values;
        let pca = &self.atlas()?.pca;
        let count = pca.directions.len();
        if count <= number {
            return Err(Error::expected("direction", format!("a number below {count}"), number));
        }
        pca.shift(number, position - pca.position(number, &code), &mut code);
        self.set_code(&code)
    }

    /// `None` before an analysis.
    pub fn map(&mut self) -> Result<Option<MapPoints>> {
        let code = self.code()?.values;
        let Some(atlas) = &self.desk.atlas else { return Ok(None) };
        let label = |&example: &u32| self.data.labels.get(example as usize).map_or(-1, |&label| label as i32);
        let position = |number: usize| {
            if number < atlas.pca.directions.len() { atlas.pca.position(number, &code) } else { 0.0 }
        };
        Ok(Some(MapPoints {
            x: atlas.x.clone(),
            y: atlas.y.clone(),
            examples: atlas.examples.clone(),
            labels: atlas.examples.iter().map(label).collect(),
            current: (position(0), position(1)),
            stale: self.trainer.step.saturating_sub(atlas.step),
        }))
    }

    /// The code at a place of the map: the mean, moved along the first two directions.
    fn code_at(&self, x: f32, y: f32) -> Result<Vec<f32>> {
        let pca = &self.atlas()?.pca;
        let mut code = pca.mean.clone();
        (0..pca.directions.len()).zip([x, y]).for_each(|(number, amount)| pca.shift(number, amount, &mut code));
        Ok(code)
    }

    /// Sets the code to that of a place of the map.
    pub fn set_code_at(&mut self, x: f32, y: f32) -> Result<Code> {
        let code = self.code_at(x, y)?;
        self.set_code(&code)
    }

    /// What the decoder paints at a place of the map.
    pub fn picture_at(&self, x: f32, y: f32) -> Result<Pictures> {
        self.decode(&self.code_at(x, y)?)
    }

    /// Random codes as the examples' own are spread: normal along each direction, `spread` times as wide.
    pub fn samples(&self, count: usize, seed: u64, spread: f32) -> Result<Pictures> {
        let pca = &self.atlas()?.pca;
        let mut codes = Vec::new();
        for number in 0..count.min(1000) {
            let mut rng = Rng::new(seed, Purpose::Sample, number as u64);
            let mut code = pca.mean.clone();
            for (direction, deviation) in pca.deviations.iter().enumerate() {
                pca.shift(direction, spread * deviation * rng.normal(), &mut code);
            }
            codes.extend(code);
        }
        self.decode(&codes)
    }

    /// The examples whose codes are nearest to the current one, the nearest first.
    pub fn nearest(&mut self, count: usize) -> Result<Vec<Near>> {
        let code = self.code()?.values;
        let atlas = self.atlas()?;
        let rows: Vec<&[f32]> = atlas.codes.chunks_exact(code.len()).collect();
        let square = |row: &&[f32]| row.iter().zip(&code).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let mut order: Vec<(f64, u32)> =
            par::map(&rows, square).into_iter().zip(atlas.examples.iter().copied()).collect();
        let nearer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if count < order.len() {
            order.select_nth_unstable_by(count, nearer);
            order.truncate(count);
        }
        order.sort_unstable_by(nearer);
        let near = |(square, example): (f64, u32)| {
            let name = self.data.names[example as usize].clone();
            Near { example, name, distance: square.sqrt() as f32 }
        };
        Ok(order.into_iter().map(near).collect())
    }
}
