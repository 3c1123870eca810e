//! Queries of the latent map: directions, places, samples, neighbours.

use serde::Serialize;

use super::code::{Code, Pictures};
use super::editor::LatentEditor;
use super::latent_map::LatentMap;
use crate::error::{Error, Result};
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::select::select;

/// The directions of greatest spread, and the position of the current code along them.
#[derive(Clone, Debug, PartialEq)]
pub struct Directions {
    pub step: u64,
    /// Steps between the network that encoded the map and the one that is shown.
    pub stale: u64,
    pub examples: usize,
    pub sampled: bool,
    pub deviations: Vec<f32>,
    /// Share of all variance.
    pub explained: Vec<f32>,
    pub positions: Vec<f32>,
}

/// All examples in the plane of the first two directions.
#[derive(Clone, Debug, PartialEq)]
pub struct MapPoints {
    pub x: Vec<f32>,
    pub y: Vec<f32>,
    pub examples: Vec<u32>,
    /// -1 where there are no classes.
    pub labels: Vec<i32>,
    /// Position of the current code.
    pub current: (f32, f32),
    pub stale: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Near {
    pub example: u32,
    pub name: String,
    /// Euclidean distance between the codes.
    pub distance: f32,
}

impl LatentEditor<'_> {
    pub fn known_map(&self) -> Result<&LatentMap> {
        self.latent_map().ok_or_else(|| Error::new("the examples are not encoded yet; analyse them first"))
    }

    /// `None` before an analysis.
    pub fn directions(&mut self) -> Result<Option<Directions>> {
        let code = self.code()?.values;
        let (step, all) = (self.run().shown_step(), self.data().len());
        Ok(self.latent_map().map(|map| {
            let pca = &map.pca;
            let share = |deviation: &f32| (f64::from(*deviation).powi(2) / pca.variance.max(1e-30)) as f32;
            Directions {
                step: map.step,
                stale: step.abs_diff(map.step),
                examples: map.examples.len(),
                sampled: map.examples.len() < all,
                deviations: pca.deviations.clone(),
                explained: pca.deviations.iter().map(share).collect(),
                positions: (0..pca.directions.len()).map(|number| pca.position(number, &code)).collect(),
            }
        }))
    }

    /// Moves the code along a direction to this position.
    pub fn set_direction(&mut self, number: usize, position: f32) -> Result<Code> {
        let mut code = self.code()?.values;
        let pca = &self.known_map()?.pca;
        let count = pca.directions.len();
        if count <= number {
            return Err(Error::expected("direction", format!("a number below {count}"), number));
        }
        pca.shift(number, position - pca.position(number, &code), &mut code);
        self.set_code(&code)
    }

    /// Decodes both ends of a direction: the current code, moved to `reach` standard deviations below and above the mean.
    pub fn direction_ends(&mut self, number: usize, reach: f32) -> Result<Pictures> {
        let code = self.code()?.values;
        let pca = &self.known_map()?.pca;
        let Some(deviation) = pca.deviations.get(number) else {
            return Err(Error::expected("direction", format!("a number below {}", pca.directions.len()), number));
        };
        let position = pca.position(number, &code);
        let mut ends = [code.clone(), code];
        pca.shift(number, -reach * deviation - position, &mut ends[0]);
        pca.shift(number, reach * deviation - position, &mut ends[1]);
        self.decode(&ends.concat())
    }

    /// `None` before an analysis.
    pub fn map(&mut self) -> Result<Option<MapPoints>> {
        let code = self.code()?.values;
        let Some(map) = self.latent_map() else { return Ok(None) };
        let label = |&example: &u32| self.data().labels.get(example as usize).map_or(-1, |&label| label as i32);
        let position = |number: usize| {
            if number < map.pca.directions.len() { map.pca.position(number, &code) } else { 0.0 }
        };
        Ok(Some(MapPoints {
            x: map.x.clone(),
            y: map.y.clone(),
            examples: map.examples.clone(),
            labels: map.examples.iter().map(label).collect(),
            current: (position(0), position(1)),
            stale: self.run().shown_step().abs_diff(map.step),
        }))
    }

    /// The code at a place of the map: the mean, moved along the first two directions.
    fn code_at(&self, x: f32, y: f32) -> Result<Vec<f32>> {
        let pca = &self.known_map()?.pca;
        let mut code = pca.mean.clone();
        (0..pca.directions.len()).zip([x, y]).for_each(|(number, amount)| pca.shift(number, amount, &mut code));
        Ok(code)
    }

    /// Sets the code to the one at a place of the map.
    pub fn set_code_at(&mut self, x: f32, y: f32) -> Result<Code> {
        let code = self.code_at(x, y)?;
        self.set_code(&code)
    }

    /// Decodes the code at a place of the map.
    pub fn picture_at(&self, x: f32, y: f32) -> Result<Pictures> {
        self.decode(&self.code_at(x, y)?)
    }

    /// Decodes random codes with the spread of the examples: normal along each direction, `spread` times as wide.
    pub fn samples(&self, count: usize, seed: u64, spread: f32) -> Result<Pictures> {
        let pca = &self.known_map()?.pca;
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

    /// The examples whose codes are nearest to the current one, nearest first.
    pub fn nearest(&mut self, count: usize) -> Result<Vec<Near>> {
        let code = self.code()?.values;
        let map = self.known_map()?;
        let rows: Vec<&[f32]> = map.codes.chunks_exact(code.len()).collect();
        let square = |row: &&[f32]| row.iter().zip(&code).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        let mut order: Vec<(f64, u32)> =
            par::map(&rows, square).into_iter().zip(map.examples.iter().copied()).collect();
        let nearer = |a: &(f64, u32), b: &(f64, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
        if count < order.len() {
            select(&mut order, count, nearer);
            order.truncate(count);
        }
        order.sort_unstable_by(nearer);
        let near = |(square, example): (f64, u32)| {
            let name = self.data().names[example as usize].clone();
            Near { example, name, distance: square.sqrt() as f32 }
        };
        Ok(order.into_iter().map(near).collect())
    }
}
