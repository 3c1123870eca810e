//! The schedule for few images on a base: the head is fitted to what the frozen layers make of the images, in one step; then the
//! last layers of the base learn too, and stay so if that is better on held-out images.
//!
//! What is below the layers that are to learn is computed once for each image. After each epoch a part of the held-out images is
//! measured, as many as there are training images, for they may be many more. The stage follows from the epoch, so it need not be
//! stored in checkpoints.

use super::advance::Slice;
use super::run::Run;
use crate::config::Config;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::evenly::evenly;
use crate::network::Network;
use crate::recorder::EventKind;
use crate::surgery;
use crate::words::{counted, thousands};

/// Settings that suit it.
pub const SETTINGS: &str =
    "batch-size=16\nlearning-rate=0.0002\nepochs=9\nstop-patience=5\nschedule=cosine\nmin-delta=0";
/// Training images of a class, on average, up to which there are few.
pub const FEW: usize = 100;
/// Most multiplications of all epochs in the layers that learn, forward and backward: half a minute on two cores.
const MOST_WORK: u64 = 2_000_000_000_000;
/// Most values that are kept of all training images: 32 MiB.
const MOST_KEPT: usize = 1 << 23;
/// What the head is multiplied by before other layers learn. It is right on all training images, so that hardly any gradient
/// would reach them; a softer head names the same classes.
const SOFTER: f32 = 0.3;
/// Least number of held-out images that are measured after an epoch, if there are as many.
const LEAST_MEASURED: usize = 200;

impl Run {
    /// The next slice before the first step: reads the features of some images, or fits the head to them. `None` where the head
    /// learns step by step.
    pub(super) fn fit_head_slice(
        &mut self,
        config: &mut Config,
        data: &Dataset,
        clock: &dyn Fn() -> f64,
    ) -> Result<Option<Slice>> {
        if self.step() != 0 || !config.is_for_few_images() {
            return Ok(None);
        }
        let begin = clock();
        let Ok(learner) = self.supervised_mut() else { return Ok(None) };
        if !learner.trainer().can_fit_head(learner.network()) {
            return Ok(None);
        }
        let (done, all) = learner.trainer().read_features(learner.network(), data)?;
        data.check_read()?;
        self.preparing = (done < all).then_some((done, all));
        if done < all {
            self.timing.spend(clock() - begin);
            return Ok(Some(Slice::default()));
        }
        let report = self.supervised_mut()?.fit_head(data)?;
        self.timing.step(clock() - begin, report.examples);
        self.record(&report, &[]);
        let text =
            format!("The head was fitted to what the frozen layers make of {}", counted(report.examples, "image"));
        self.recorder.event(self.step(), EventKind::Model, text);
        Ok(Some(self.measure_epoch(config, data)))
    }

    /// Keeps the values below the layers that are to learn, rather than those below the head.
    pub(super) fn place_stem(&mut self, config: &Config, data: &Dataset) {
        let Ok(learner) = self.supervised_mut() else { return };
        let limit = config.is_for_few_images().then(|| first_to_learn(learner.network(), config, data)).flatten();
        let (trainer, network) = learner.trainer_mut();
        if trainer.stem_limit() != limit {
            trainer.limit_stem(limit, network);
        }
    }

    /// The held-out images that are measured after an epoch.
    pub fn measured(&self, config: &Config, data: &Dataset) -> Vec<u32> {
        let held_out = self.examples(data, Split::Validation);
        if !config.is_for_few_images() || self.supervised().is_err() {
            return held_out;
        }
        let most = data.count(Split::Train).max(LEAST_MEASURED);
        evenly(held_out.len(), most).map(|number| held_out[number]).collect()
    }

    /// Lets the last layers of the base learn once the head is fitted and was measured.
    pub(super) fn thaw(&mut self, config: &Config) {
        if !config.is_for_few_images() || self.learner.position().epoch != 1 {
            return;
        }
        let Some(found) = self.recorder.last_evaluation().filter(|found| found.step == self.step()) else { return };
        let (measured, right) = (found.evaluation.examples, found.evaluation.accuracy.unwrap_or(0.0));
        let Ok(learner) = self.supervised_mut() else { return };
        let Some(first) = learner.trainer().stem_limit() else { return };
        learner.write(|network, _| {
            let end = surgery::head_of(network);
            (first..end).for_each(|block| network.set_frozen(block, false));
            let place = network.blocks()[network.blocks().len() - 1].params.clone();
            network.theta[place].iter_mut().for_each(|value| *value *= SOFTER);
        });
        let name = &self.network().blocks()[first].name;
        let text = format!(
            "The head alone is right on {:.1} % of {} held-out images; {name} and later layers learn too",
            100.0 * right,
            thousands(measured)
        );
        self.recorder.event(self.step(), EventKind::Setting, text);
    }

    /// Returns to the weights of the best epoch at the end of the run, and says so.
    pub(super) fn return_to_best(&mut self, config: &Config) -> Option<String> {
        let best = self.best().filter(|best| config.is_for_few_images() && best.step != self.step())?;
        self.restore_best();
        Some(match best.epoch {
            1 => "no layer of the base is better off for learning, so the head alone was kept".to_string(),
            epoch => format!("the weights of epoch {epoch} were the best on held-out images and are kept"),
        })
    }
}

/// The first block of the base that is to learn, at a place at which nothing else passes by, so that the values there are all that
/// is kept: the earliest that [`MOST_WORK`] and [`MOST_KEPT`] allow, or else where the values are fewest. `None` where there is no
/// such place.
fn first_to_learn(network: &Network, config: &Config, data: &Dataset) -> Option<usize> {
    let (blocks, head) = (network.blocks(), surgery::head_of(network));
    let work = |from: usize| blocks[from..].iter().map(|block| block.layer.ops().connections()).sum::<u64>();
    let images = data.count(Split::Train).max(1);
    let passes = (config.epochs().max(1) as u64).saturating_mul(3 * images as u64);
    let most = MOST_WORK / passes;
    let kept = MOST_KEPT / images;
    // Above a waist every block reads only what is above, but for one.
    let is_waist = |from: usize| {
        let mut below: Vec<usize> =
            blocks[from..].iter().flat_map(|block| &block.inputs).copied().filter(|&input| input < from).collect();
        below.sort_unstable();
        below.dedup();
        below.len() == 1
    };
    let places = (2..head).filter(|&from| !blocks[from].params.is_empty() && is_waist(from));
    let values = |from: &usize| network.shape(blocks[*from].inputs[0]).len();
    let affordable = || places.clone().filter(|&from| work(from) <= most);
    let first = affordable().find(|from| values(from) <= kept).or_else(|| affordable().min_by_key(values));
    first.or_else(|| places.clone().next_back())
}
