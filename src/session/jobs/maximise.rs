//! Jobs that find what a unit wants: pictures that drive it most, found by gradient ascent, beside the images of the data set that
//! drive it most and least; for one unit in several variants, or for all units of a layer.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::activation::Activation;
use crate::data::{Batch, Split};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::inspect::{Ascent, Driver, Drivers, STEPS, Unit, WantedPicture};
use crate::layer::{Call, LOOK};
use crate::network::{Network, Neuron, Pass, ReceptiveField, Task};
use crate::par;
use crate::session::data::Data;
use crate::session::latent::Latent;
use crate::session::run::Run;
use crate::session::view::bytes_of;

/// Most units of a sheet, most variants of one unit, and most directions of the codes.
const MOST_UNITS: usize = 256;
const MOST_VARIANTS: usize = 9;
const MOST_DIRECTIONS: usize = 16;
/// Most images of the data set that are looked at, evenly chosen.
const MOST_EXAMPLES: usize = 2000;
/// Images in one pass, and pictures that climb together. The results are the same for any number of threads.
const EXAMPLES: usize = 8;
const LANE: usize = 8;
/// Most values in all blocks of one pass.
const MOST_VALUES: usize = 1 << 22;

/// The unit that is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnitChoice {
    Neuron(Neuron),
    /// All places of a channel.
    Channel {
        block: usize,
        channel: usize,
    },
    /// The score of a class.
    Class(usize),
    /// A main direction of the codes, counted from 0.
    Direction(usize),
}

/// Requests what one unit wants.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Maximise {
    pub unit: UnitChoice,
    /// Number of pictures, which are made to differ.
    #[serde(default = "one")]
    pub variants: usize,
    #[serde(default)]
    pub seed: u64,
}

/// Requests what every unit of a layer wants: its channels, or its neurons where it has no places. Without a layer, the
/// main directions of the codes.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct MaximiseLayer {
    #[serde(default)]
    pub block: Option<usize>,
    #[serde(default)]
    pub seed: u64,
}

fn one() -> usize {
    1
}

/// Looks at the data set first, then climbs, by the network as it was when the job began.
pub struct Maximising {
    /// A copy in which the block of the units has no activation, so that its values are z.
    network: Network,
    activation: Activation,
    block: usize,
    units: Vec<Unit>,
    /// Number of pictures of each unit.
    variants: usize,
    seed: u64,
    /// The images that are left, the next ones last; and their number at first.
    examples: Vec<u32>,
    images: usize,
    drivers: Vec<Drivers>,
    /// The lanes that are climbing: the first of their pictures, and the ascent.
    climbing: Vec<(usize, Ascent)>,
    /// Pictures that have begun, and those that are done, `variants` for each unit.
    begun: usize,
    pictures: Vec<Option<WantedPicture>>,
    /// Set at the end.
    pub found: Vec<WantedUnit>,
}

/// Wishes of one unit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WantedUnit {
    /// The neuron that stands for it.
    pub block: usize,
    pub index: usize,
    /// The responses to its pictures; absent where they are not finite.
    pub responses: Vec<Option<f32>>,
    /// The part that it sees of its pictures, if it looks at one place.
    pub field: Option<ReceptiveField>,
    /// Whether nothing drives it: neither an image of the data set nor a picture that was searched for.
    pub dead: bool,
    /// The images that drive it most, and least, if there are any.
    pub most: Vec<DrivingImage>,
    pub least: Vec<DrivingImage>,
}

/// An image of the data set, the response to it, and the place where that is strongest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DrivingImage {
    pub example: u32,
    pub response: f32,
    pub field: ReceptiveField,
}

impl JobRequest for Maximise {
    const KIND: &'static str = "maximise";
    type Job = Maximising;

    fn begin(self, at: &mut JobContext) -> Result<Maximising> {
        if !(1..=MOST_VARIANTS).contains(&self.variants) {
            return Err(Error::expected("variants", format!("1 to {MOST_VARIANTS}"), self.variants));
        }
        let unit = self.unit.find(at.viewer.run, at.viewer.data, at.latent)?;
        Maximising::begin(at, vec![unit], self.variants, self.seed)
    }
}

impl JobRequest for MaximiseLayer {
    const KIND: &'static str = "maximise-layer";
    type Job = Maximising;

    fn begin(self, at: &mut JobContext) -> Result<Maximising> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let network = run.supervised()?.network();
        let mut units = match self.block {
            Some(block) => {
                check_block(network, block)?;
                Unit::all(network, block)
            }
            None => {
                let first = UnitChoice::Direction(0).find(run, data, at.latent)?;
                let rest = (1..MOST_DIRECTIONS).map_while(|n| UnitChoice::Direction(n).find(run, data, at.latent).ok());
                std::iter::once(first).chain(rest).collect()
            }
        };
        units.truncate(MOST_UNITS);
        Maximising::begin(at, units, 1, self.seed)
    }
}

impl UnitChoice {
    fn find(self, run: &Run, data: &Data, latent: &Latent) -> Result<Unit> {
        let network = run.supervised()?.network();
        let below = |what: &str, index: usize, len: usize| {
            if index < len { Ok(index) } else { Err(Error::expected(what, format!("a number below {len}"), index)) }
        };
        match self {
            Self::Neuron(Neuron { block, index }) => {
                check_block(network, block)?;
                let index = below("neuron", index, network.shape(block).len())?;
                Ok(Unit::neuron(Neuron { block, index }))
            }
            Self::Channel { block, channel } => {
                check_block(network, block)?;
                Ok(Unit::channel(block, below("channel", channel, network.shape(block).channels)?))
            }
            Self::Class(class) => {
                if run.objective().task != Task::Classifier {
                    return Err(Error::expected("class", "a classifier", &run.preset));
                }
                let index = below("class", class, network.output().len())?;
                Ok(Unit::neuron(Neuron { block: network.blocks().len() - 1, index }))
            }
            Self::Direction(number) => {
                let map = latent.map(run, data).zip(network.embedding);
                let (map, block) =
                    map.ok_or_else(|| Error::new("the directions are not known; analyse the codes first"))?;
                let index = below("direction", number, map.pca.directions.len())?;
                Ok(Unit::direction(block, map.pca.directions[index].clone()))
            }
        }
    }
}

/// The block must compute something.
fn check_block(network: &Network, block: usize) -> Result<()> {
    if (1..network.blocks().len()).contains(&block) {
        return Ok(());
    }
    Err(Error::expected("layer", format!("a number from 1 to {}", network.blocks().len() - 1), block))
}

impl Maximising {
    /// Begins with units of one block.
    pub(super) fn begin(at: &mut JobContext, units: Vec<Unit>, variants: usize, seed: u64) -> Result<Self> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let mut network = run.supervised()?.network().clone();
        let block = units[0].block;
        let activation = network.blocks()[block].activation;
        network.set_activation(block, Activation::Linear);
        let mut examples = Vec::new();
        if data.shape == network.input() {
            let is_used = |&index: &usize| data.splits[index] != Split::Dropped;
            let all: Vec<u32> = (0..data.len()).filter(is_used).map(|index| index as u32).collect();
            examples.extend(evenly(all.len(), MOST_EXAMPLES).map(|n| all[n]).rev());
        }
        let (images, drivers) = (examples.len(), vec![Drivers::default(); units.len()]);
        let pictures = vec![None; units.len() * variants];
        Ok(Self {
            network,
            activation,
            block,
            units,
            variants,
            seed,
            examples,
            images,
            drivers,
            climbing: Vec::new(),
            begun: 0,
            pictures,
            found: Vec::new(),
        })
    }

    /// Number of pictures in one pass.
    fn at_once(&self, most: usize) -> usize {
        let values: usize = (0..=self.block).map(|block| self.network.shape(block).len()).sum();
        (MOST_VALUES / values.max(1)).clamp(1, most)
    }

    /// Runs some images of the data set through the network.
    fn look(&mut self, data: &Data) -> Result<()> {
        let count = (self.at_once(EXAMPLES) * par::threads()).min(self.examples.len());
        let mut examples = self.examples.split_off(self.examples.len() - count);
        examples.reverse();
        data.prepare(&examples, examples.len())?;
        let parts: Vec<&[u32]> = examples.chunks(self.at_once(EXAMPLES)).collect();
        let (network, block) = (&self.network, self.block);
        let values = par::map(&parts, |examples| {
            let mut batch = Batch::default();
            data.batch(examples, &mut batch);
            let call = Call { examples: examples.len(), ..LOOK };
            let mut pass = Pass::up_to(network, block, examples.len());
            network.read(&mut pass, &batch.x, &call);
            network.forward_between(0, block, &mut pass, &call);
            pass.values(block).to_vec()
        });
        data.check_read()?;
        let (len, channels) = (network.shape(block).len(), network.shape(block).channels);
        for (&example, z) in examples.iter().zip(values.iter().flat_map(|values| values.chunks_exact(len))) {
            for (unit, drivers) in self.units.iter().zip(&mut self.drivers) {
                drivers.count(unit, example, z, channels);
            }
        }
        Ok(())
    }

    /// Begins lanes until every thread has one. All variants of a unit are in one lane.
    fn fill_lanes(&mut self) {
        let most = self.at_once(LANE);
        while self.climbing.len() < par::threads() && self.begun < self.pictures.len() {
            let count = if self.variants == 1 { most.min(self.pictures.len() - self.begun) } else { self.variants };
            let numbers = self.begun..self.begun + count;
            let units = numbers.clone().map(|number| self.units[number / self.variants].clone()).collect();
            let seeds: Vec<u64> = numbers.map(|number| self.seed.wrapping_add(number as u64)).collect();
            let ascent = Ascent::begin(&self.network, units, &seeds, 1 < self.variants);
            self.climbing.push((self.begun, ascent));
            self.begun += count;
        }
    }

    fn climb(&mut self) {
        let network = &self.network;
        par::each(&mut self.climbing, |_, (_, ascent)| {
            ascent.advance(network);
        });
        let (done, climbing) =
            std::mem::take(&mut self.climbing).into_iter().partition(|(_, lane)| lane.step() == STEPS);
        self.climbing = climbing;
        for (first, ascent) in done as Vec<(usize, Ascent)> {
            for (picture, place) in ascent.finish().into_iter().zip(&mut self.pictures[first..]) {
                *place = Some(picture);
            }
        }
    }

    /// The response of its place has a slope at none of these values of z.
    fn is_flat(&self, peaks: impl Iterator<Item = f32>) -> bool {
        peaks.into_iter().all(|z| {
            let (z, mut y, mut slope) = ([z], [0.0], [1.0]);
            self.activation.forward(&z, &mut y);
            self.activation.backward(if self.activation.needs_z() { &z } else { &y }, &mut slope);
            slope == [0.0]
        })
    }

    fn wanted_unit(&self, number: usize, fields: &mut HashMap<usize, ReceptiveField>) -> WantedUnit {
        let (unit, drivers) = (&self.units[number], &self.drivers[number]);
        let Neuron { block, index } = unit.middle(&self.network);
        let pictures = || self.pictures[number * self.variants..][..self.variants].iter().flatten();
        let peaks = pictures().map(|picture| picture.peak).chain(drivers.peak);
        let differ = match (drivers.most.first(), drivers.least.first()) {
            (Some(most), Some(least)) => least.response < most.response,
            _ => false,
        };
        let dead = self.is_flat(peaks) || !(differ || pictures().any(|picture| picture.moves));
        // All channels of a place see the same; neurons without places may not.
        let shape = self.network.shape(block);
        let mut field = |index: usize| {
            let key = if shape.is_flat() { index } else { index / shape.channels };
            *fields.entry(key).or_insert_with(|| self.network.receptive_field(Neuron { block, index }))
        };
        let mut image = |driver: &Driver| DrivingImage {
            example: driver.example,
            response: driver.response,
            field: field(driver.place),
        };
        WantedUnit {
            block,
            index,
            most: drivers.most.iter().map(&mut image).collect(),
            least: drivers.least.iter().map(&mut image).collect(),
            field: unit.is_neuron().then(|| field(index)),
            responses: pictures().map(|picture| Some(picture.response).filter(|r| r.is_finite())).collect(),
            dead,
        }
    }

    /// The pictures, `variants` for each unit: bytes of the network's input, one after the other.
    pub fn pictures(&self) -> Vec<Vec<u8>> {
        self.pictures.iter().flatten().map(|picture| bytes_of(&picture.x)).collect()
    }
}

impl Job for Maximising {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        if !self.examples.is_empty() {
            self.look(at.viewer.data)?;
            return Ok(true);
        }
        self.fill_lanes();
        if !self.climbing.is_empty() {
            self.climb();
            return Ok(true);
        }
        let mut fields = HashMap::new();
        self.found = (0..self.units.len()).map(|number| self.wanted_unit(number, &mut fields)).collect();
        Ok(false)
    }

    /// In steps of pictures; an image of the data set counts as a third of a step.
    fn progress(&self) -> (usize, usize) {
        let looked = (self.images - self.examples.len()) / 3;
        let climbing: usize =
            self.climbing.iter().map(|(_, ascent)| ascent.step() * LANE.min(self.pictures.len())).sum();
        let done = self.pictures.iter().flatten().count() * STEPS;
        let total = self.images / 3 + self.pictures.len() * STEPS;
        ((looked + done + climbing).min(total), total)
    }

    fn result(&self) -> Value {
        json!(self.found)
    }
}
