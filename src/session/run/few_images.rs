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
    "batch-size=32\nlearning-rate=0.00005\nepochs=9\nstop-patience=3\nschedule=cosine\nmin-delta=0";
/// Training images of a class, on average, up to which there are few.
pub const FEW: usize = 100;
/// Most of the work of a forward pass that is in layers of the base that learn.
const SHARE: f64 = 1.0 / 3.0;
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
    pub(super) fn place_stem(&mut self, config: &Config) {
        let Ok(learner) = self.supervised_mut() else { return };
        let limit = config.is_for_few_images().then(|| first_to_learn(learner.network())).flatten();
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
        let Some(first) = first_to_learn(self.network()) else { return };
        let Ok(learner) = self.supervised_mut() else { return };
        learner.write(|network, _| {
            let end = surgery::head_of(network);
            (first..end).for_each(|block| network.set_frozen(block, false));
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
/// is kept: where they are fewest above [`SHARE`] of the work, and as many layers as that allows. `None` where there is no such
/// place.
fn first_to_learn(network: &Network) -> Option<usize> {
    let (blocks, head) = (network.blocks(), surgery::head_of(network));
    let work = |from: usize| blocks[from..].iter().map(|block| block.layer.ops().connections()).sum::<u64>();
    let most = (network.connections() as f64 * SHARE) as u64;
    // Above a waist every block reads only what is above, but for one.
    let is_waist = |from: usize| {
        let mut below: Vec<usize> =
            blocks[from..].iter().flat_map(|block| &block.inputs).copied().filter(|&input| input < from).collect();
        below.sort_unstable();
        below.dedup();
        below.len() == 1
    };
    let mut places = (2..head).filter(|&from| !blocks[from].params.is_empty() && is_waist(from));
    let values = |from: &usize| network.shape(blocks[*from].inputs[0]).len();
    places.clone().filter(|&from| work(from) <= most).min_by_key(values).or_else(|| places.next_back())
}
