//! Measures how far from each other images are in what a classifier's last layer reads, to call a picture of one's own
//! unlike the images trained on.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::Split;
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::inspect::Novelty;
use crate::network::{Network, Task};
use crate::par;
use crate::session::projection::{ProjectionSource, SourceReader};

/// Most images trained on and kept out that are looked at, and least of both together.
const MOST_KNOWN: usize = 1024;
const MOST_HELD_OUT: usize = 256;
const FEWEST: usize = 64;
/// Multiply-adds of all images: some seconds on one core, for large networks.
const MOST_WORK: u64 = 100_000_000_000;
/// Multiply-adds and images of one thread in a slice: some milliseconds.
const SLICE_WORK: u64 = 100_000_000;
const SLICE_IMAGES: u64 = 8;

/// Requests the measure.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct MeasureNovelty {}

/// The measure, with the network that it was made by: while training goes on, another would give other features.
pub struct MeasuringNovelty {
    reader: SourceReader,
    step: u64,
    /// Images trained on, and behind them those kept out of training.
    examples: Vec<u32>,
    known: usize,
    /// Images in a slice of one thread.
    slice: usize,
    features: Vec<f32>,
    found: Option<Novelty>,
}

/// How unlike the images trained on a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OwnNovelty {
    /// 0..=2.
    pub novelty: f32,
    /// That which 99 of 100 images kept out of training stay below.
    pub bound: f32,
    /// The step of the network that was asked.
    pub step: u64,
}

impl JobRequest for MeasureNovelty {
    const KIND: &'static str = "novelty";
    type Job = MeasuringNovelty;

    fn begin(self, at: &mut JobContext) -> Result<MeasuringNovelty> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let network = run.supervised()?.network();
        if run.objective().task != Task::Classifier {
            return Err(Error::expected("novelty", "a network that classifies", &run.preset));
        }
        let reader = SourceReader::new(ProjectionSource::Block(features_of(network)), run, data)?;
        let work = network.connections().max(1);
        let most = usize::try_from(MOST_WORK / work).unwrap_or(usize::MAX).max(FEWEST);
        let chosen = |split: Split, most: usize| {
            let all = data.indices(split);
            evenly(all.len(), most).map(|number| all[number]).collect::<Vec<u32>>()
        };
        let mut examples = chosen(Split::Train, MOST_KNOWN.min(most / 5 * 4));
        let known = examples.len();
        examples.extend(chosen(data.held_out(), MOST_HELD_OUT.min(most / 5)));
        let (step, slice) = (run.shown_step(), (SLICE_WORK / work).clamp(1, SLICE_IMAGES) as usize);
        Ok(MeasuringNovelty { reader, step, examples, known, slice, features: Vec::new(), found: None })
    }
}

impl Job for MeasuringNovelty {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let len = self.reader.len();
        let done = self.features.len() / len;
        let end = self.examples.len().min(done + self.slice * par::threads());
        self.features.extend(self.reader.read(at.viewer.data, &self.examples[done..end])?);
        if end < self.examples.len() {
            return Ok(true);
        }
        let mut known = std::mem::take(&mut self.features);
        let held_out = known.split_off(self.known * len);
        self.found = Novelty::new(len, known, held_out);
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        let all = self.examples.len();
        (if self.found.is_some() { all } else { self.features.len() / self.reader.len() }, all)
    }

    fn result(&self) -> Value {
        json!({ "bound": self.found.as_ref().map(Novelty::bound) })
    }
}

impl MeasuringNovelty {
    /// That of a picture in the shape of the network's input; `None` until the measure is made, or where it cannot be.
    pub fn of(&self, x: &[f32]) -> Option<OwnNovelty> {
        let found = self.found.as_ref()?;
        Some(OwnNovelty { novelty: found.of(&self.reader.read_input(x)), bound: found.bound(), step: self.step })
    }
}

/// The block that the last layer with parameters reads.
fn features_of(network: &Network) -> usize {
    let blocks = network.blocks();
    let last = blocks.iter().rposition(|block| !block.params.is_empty()).unwrap_or(blocks.len() - 1);
    blocks[last].inputs.first().copied().unwrap_or(0)
}
