//! Chooses pairs of lines for new neurons of a layer that reads a picture: of many that are drawn, those on which images
//! differ most, and of these the ones that differ most from each other.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use super::probe_inputs::{ProbeInputs, TOGETHER};
use crate::error::{Error, Result};
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::surgery::{LinePair, LineSizes, MOST_PAIRS};

/// Most images, and most of their values in all.
const IMAGES: usize = 2048;
const MOST_VALUES: usize = 1 << 22;
/// Pairs that are drawn for each wanted one, and those of them that are compared.
const DRAWN: usize = 40;
const COMPARED: usize = 4;
/// Pairs that are looked at in one slice by each thread.
const AT_ONCE: usize = 8;
/// Random choices that the search for the most different ones begins from, and sweeps of one search at most.
const STARTS: usize = 24;
const SWEEPS: usize = 40;

/// Requests pairs of lines for at least so many new neurons.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ChooseLines {
    pub block: usize,
    pub units: usize,
    #[serde(default)]
    pub seed: u64,
}

pub struct ChoosingLines {
    network: Network,
    pass: Pass,
    read: usize,
    sizes: LineSizes,
    wanted: usize,
    seed: u64,
    inputs: ProbeInputs,
    done: usize,
    /// The pictures that the layer reads, `[images, values]`.
    x: Vec<f32>,
    /// Pairs and how much images differ on them: the standard deviation.
    drawn: Vec<(f32, LinePair)>,
    /// Values of the compared pairs for every image, their means taken out; then their distances from each other.
    values: Vec<Vec<f32>>,
    distances: Vec<Vec<f32>>,
    /// The best choice so far, and the sum of its distances.
    best: (f32, Vec<usize>),
    starts: usize,
    pub found: ChosenLines,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChosenLines {
    pub pairs: Vec<LinePair>,
}

impl JobRequest for ChooseLines {
    const KIND: &'static str = "lines";
    type Job = ChoosingLines;

    fn begin(self, at: &mut JobContext) -> Result<ChoosingLines> {
        let network = at.viewer.run.supervised()?.network().clone();
        let sizes = LineSizes::of(&network, self.block)?;
        let wanted = self.units.max(1).div_ceil(sizes.row).saturating_mul(sizes.row);
        if MOST_PAIRS < wanted {
            return Err(Error::expected("lines", format!("at most {MOST_PAIRS} new neurons"), wanted));
        }
        let images = (MOST_VALUES / sizes.picture.len()).clamp(2, IMAGES);
        let inputs = ProbeInputs::new(&network, at.viewer.data, images, false, 0);
        if inputs.images() < 2 {
            return Err(Error::expected("lines", "at least 2 images that the network can read", inputs.images()));
        }
        let read = network.blocks()[self.block].inputs[0];
        Ok(ChoosingLines {
            pass: Pass::up_to(&network, read, TOGETHER),
            network,
            read,
            sizes,
            wanted,
            seed: self.seed,
            inputs,
            done: 0,
            x: Vec::new(),
            drawn: Vec::new(),
            values: Vec::new(),
            distances: Vec::new(),
            best: (f32::NEG_INFINITY, Vec::new()),
            starts: 0,
            found: ChosenLines::default(),
        })
    }
}

impl Job for ChoosingLines {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        if self.done < self.inputs.images() {
            self.read_images(at)?;
        } else if self.drawn.len() < DRAWN * self.wanted {
            self.draw();
        } else if self.distances.len() < COMPARED * self.wanted {
            self.compare();
        } else {
            self.search();
        }
        if self.starts < STARTS {
            return Ok(true);
        }
        self.found.pairs = self.best.1.iter().map(|&number| self.drawn[number].1).collect();
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        let (wanted, images) = (self.wanted, self.inputs.images());
        let compared = self.values.len() + self.distances.len();
        let done = self.done.min(images) + self.drawn.len() + compared + self.starts;
        (done, images + (DRAWN + 2 * COMPARED) * wanted + STARTS)
    }

    fn result(&self) -> Value {
        json!(self.found)
    }
}

impl ChoosingLines {
    fn read_images(&mut self, at: &JobContext) -> Result<()> {
        let x = self.inputs.batch(self.done, at.viewer.data)?;
        let call = Call { examples: TOGETHER, ..LOOK };
        self.network.read(&mut self.pass, &x, &call);
        self.network.forward_between(0, self.read, &mut self.pass, &call);
        let count = TOGETHER.min(self.inputs.images() - self.done);
        self.x.extend_from_slice(&self.pass.values(self.read)[..count * self.sizes.picture.len()]);
        self.done += TOGETHER;
        Ok(())
    }

    /// The value of a pair for every image, without its bias.
    fn values_of(&self, pair: &LinePair) -> Vec<f32> {
        let weights = pair.weights(self.sizes.picture, self.sizes.reads);
        let of = |x: &[f32]| weights.iter().map(|&(source, weight)| weight * x[source as usize]).sum();
        self.x.chunks_exact(self.sizes.picture.len()).map(of).collect()
    }

    /// Draws some pairs. Their biases make the mean over the images 0.
    fn draw(&mut self) {
        let first = self.drawn.len();
        let numbers: Vec<usize> = (first..(first + AT_ONCE * par::threads()).min(DRAWN * self.wanted)).collect();
        let drawn = par::map(&numbers, |&number| {
            let mut rng = Rng::new(self.seed, Purpose::Surgery, number as u64);
            let mut pair = LinePair::draw(&mut rng, self.sizes.picture);
            let values = self.values_of(&pair);
            let mean = values.iter().map(|&y| f64::from(y)).sum::<f64>() / values.len() as f64;
            let square = values.iter().map(|&y| (f64::from(y) - mean).powi(2)).sum::<f64>() / values.len() as f64;
            pair.bias = -mean as f32;
            (square.sqrt() as f32, pair)
        });
        self.drawn.extend(drawn);
        if self.drawn.len() == DRAWN * self.wanted {
            self.drawn.sort_by(|a, b| b.0.total_cmp(&a.0));
        }
    }

    /// Finds the values of the pairs that images differ most on, then their distances, some at a time.
    fn compare(&mut self) {
        let all = COMPARED * self.wanted;
        let next = |first: usize| (first..(first + AT_ONCE * par::threads()).min(all)).collect::<Vec<usize>>();
        if self.values.len() < all {
            let values = par::map(&next(self.values.len()), |&number| {
                let pair = &self.drawn[number].1;
                self.values_of(pair).into_iter().map(|y| y + pair.bias).collect()
            });
            self.values.extend::<Vec<Vec<f32>>>(values);
            return;
        }
        let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
        let rows = par::map(&next(self.distances.len()), |&number| {
            self.values.iter().map(|other| distance(&self.values[number], other)).collect()
        });
        self.distances.extend::<Vec<Vec<f32>>>(rows);
    }

    /// From a random choice, exchanges single pairs as long as that makes the sum of all distances larger.
    fn search(&mut self) {
        let all = self.distances.len();
        let mut rng = Rng::new(self.seed, Purpose::Surgery, (DRAWN * self.wanted + self.starts) as u64);
        let mut chosen: Vec<usize> = rng.sample(all, self.wanted).into_iter().map(|number| number as usize).collect();
        let mut is_chosen = vec![false; all];
        chosen.iter().for_each(|&number| is_chosen[number] = true);
        let mut sums: Vec<f32> =
            self.distances.iter().map(|row| chosen.iter().map(|&number| row[number]).sum()).collect();
        for _ in 0..SWEEPS {
            let mut was_changed = false;
            for place in &mut chosen {
                let old = *place;
                let gain = |new: usize| sums[new] - self.distances[old][new] - sums[old];
                let others = (0..all).filter(|&number| !is_chosen[number]);
                let Some(new) = others.max_by(|&a, &b| gain(a).total_cmp(&gain(b))) else { continue };
                if gain(new) <= 1e-5 * sums[old] {
                    continue;
                }
                (is_chosen[old], is_chosen[new], *place, was_changed) = (false, true, new, true);
                let rows = self.distances[old].iter().zip(&self.distances[new]);
                sums.iter_mut().zip(rows).for_each(|(sum, (old, new))| *sum += new - old);
            }
            if !was_changed {
                break;
            }
        }
        let total = chosen.iter().map(|&number| sums[number]).sum();
        if self.best.0 < total {
            chosen.sort_unstable();
            self.best = (total, chosen);
        }
        self.starts += 1;
    }
}
