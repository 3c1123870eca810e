//! Looks for units of a layer that the network can do without: those that are silent on images, noise and checkerboards,
//! those that nothing reads, and all of them by their largest value.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use super::probe_inputs::{ProbeInputs, TOGETHER};
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::surgery::{check_layer, largest_readings, unit_count};

/// Most images, and least number of inputs in all.
const IMAGES: usize = 1024;
const INPUTS: usize = 256;
/// A unit whose largest value is below this is silent.
const SILENT: f32 = 1e-5;
/// Share of the images below which a unit that is not silent is rare.
const RARE: f32 = 0.01;

/// Requests a census of the units of a layer.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Census {
    pub block: usize,
}

pub struct Counting {
    network: Network,
    pass: Pass,
    block: usize,
    inputs: ProbeInputs,
    done: usize,
    /// For each unit the largest value without its sign, and the number of images on which it is not silent.
    largest: Vec<f32>,
    active: Vec<usize>,
    readings: Vec<f32>,
    pub found: UnitCensus,
}

/// Units of a layer, each list ascending but `ranked`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UnitCensus {
    pub units: usize,
    /// All units, those with the smallest of the largest values first, and these values.
    pub ranked: Vec<usize>,
    pub largest: Vec<f32>,
    /// Units that nothing wakes.
    pub silent: Vec<usize>,
    /// Units that are read with weights of 0 alone.
    pub unread: Vec<usize>,
    /// Units that answer to less than 1 % of the images: few examples may need them.
    pub rare: Vec<usize>,
}

impl JobRequest for Census {
    const KIND: &'static str = "census";
    type Job = Counting;

    fn begin(self, at: &mut JobContext) -> Result<Counting> {
        let (run, data, block) = (at.viewer.run, at.viewer.data, self.block);
        let network = run.supervised()?.network().clone();
        check_layer(&network, block)?;
        let readings = largest_readings(&network, block)?;
        let inputs = ProbeInputs::new(&network, data, IMAGES, true, INPUTS);
        let count = unit_count(&network, block);
        let pass = Pass::up_to(&network, block, TOGETHER);
        let (largest, active) = (vec![0.0; count], vec![0; count]);
        Ok(Counting { network, pass, block, inputs, done: 0, largest, active, readings, found: UnitCensus::default() })
    }
}

impl Job for Counting {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let x = self.inputs.batch(self.done, at.viewer.data)?;
        let call = Call { examples: TOGETHER, ..LOOK };
        self.network.read(&mut self.pass, &x, &call);
        self.network.forward_between(0, self.block, &mut self.pass, &call);
        let (len, count) = (self.network.shape(self.block).len(), self.largest.len());
        for (number, values) in self.pass.values(self.block).chunks_exact(len).take(TOGETHER).enumerate() {
            let is_image = self.inputs.is_image(self.done + number);
            for (unit, (most, active)) in self.largest.iter_mut().zip(&mut self.active).enumerate() {
                let largest = values[unit..].iter().step_by(count).fold(0.0, |most: f32, y| most.max(y.abs()));
                *most = most.max(largest);
                *active += usize::from(SILENT <= largest && is_image);
            }
        }
        self.done += TOGETHER;
        if self.done < self.inputs.len() {
            return Ok(true);
        }
        self.found = self.count();
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        (self.done, self.inputs.len())
    }

    fn result(&self) -> Value {
        json!(self.found)
    }
}

impl Counting {
    fn count(&self) -> UnitCensus {
        let units = self.largest.len();
        let mut ranked: Vec<usize> = (0..units).collect();
        ranked.sort_by(|&a, &b| self.largest[a].total_cmp(&self.largest[b]));
        let rare = RARE * self.inputs.images() as f32;
        let chosen = |is: &dyn Fn(usize) -> bool| (0..units).filter(|&unit| is(unit)).collect();
        UnitCensus {
            units,
            largest: ranked.iter().map(|&unit| self.largest[unit]).collect(),
            ranked,
            silent: chosen(&|unit| self.largest[unit] < SILENT),
            unread: chosen(&|unit| self.readings[unit] == 0.0),
            rare: chosen(&|unit| SILENT <= self.largest[unit] && (self.active[unit] as f32) < rare),
        }
    }
}
