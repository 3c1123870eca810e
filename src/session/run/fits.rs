//! Checks that network and data fit together.

use super::run::Run;
use crate::data::{Dataset, Split};
use crate::error::{Error, Result};
use crate::file::ONNX;
use crate::network::Task;
use crate::words::listed;

impl Run {
    /// Fails if there is nothing to learn from, or if the data do not fit the network.
    pub fn check_can_train(&self, data: &Dataset) -> Result<()> {
        if data.count(Split::Train) == 0 || self.learner.steps_per_epoch() == 0 {
            return Err(Error::expected(&data.name, "at least one training image", "none"));
        }
        self.check_fits(data)
    }

    /// Number of classes for which this network of another program, which names others, should get a new head; 0 if it should
    /// not, or cannot read these images.
    pub fn classes_for_new_head(&self, data: &Dataset) -> usize {
        let is_base = self.preset == ONNX && self.objective().task == Task::Classifier;
        let suits = data.shape == self.network().input() && 1 < data.classes.len() && data.target_shape().is_none();
        if is_base && suits && data.classes != self.classes { data.classes.len() } else { 0 }
    }

    /// Fails if the network cannot be evaluated on the data.
    pub fn check_fits(&self, data: &Dataset) -> Result<()> {
        if self.objective().task == Task::Regressor && data.numbers.columns != self.classes {
            return Err(Error::new(format!(
                "the model estimates {}, but the numbers of {} are {}; build a new network",
                abridged(&self.classes),
                data.name,
                abridged(&data.numbers.columns)
            )));
        }
        if self.objective().task == Task::Classifier && data.classes != self.classes {
            return Err(Error::new(format!(
                "the model knows {}, but the classes of {} are {}; give it a new head, or build a new network",
                abridged(&self.classes),
                data.name,
                abridged(&data.classes)
            )));
        }
        if let Some(output) = self.objective().task.target_of(self.network())
            && data.target_shape() != Some(output)
        {
            let expected = format!("pairs of images with targets of {output}");
            return Err(Error::expected(&data.name, expected, data.targets_in_words()));
        }
        if self.objective().task.partner().is_some() && !data.is_of_letters() {
            return Err(Error::expected(&data.name, "letters of fonts", "other images"));
        }
        if data.shape != self.network().input() {
            return Err(Error::expected(&data.name, format!("images of {}", self.network().input()), data.shape));
        }
        Ok(())
    }
}

/// The first few names of a list.
fn abridged(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { listed(names, 5) }
}
