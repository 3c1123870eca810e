//! A network built from settings, with everything that a new run needs to know about it; and the steps of building.

use std::ops::Range;

use crate::activation::Activation;
use crate::config::Config;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::loss::Loss;
use crate::network::preset::RESIDUAL;
use crate::network::{Network, Scaling, Task};
use crate::progress::Progress;
use crate::train::Objective;

pub struct Built {
    /// The settings, with those that suit the preset beneath them.
    pub config: Config,
    pub preset: String,
    pub network: Network,
    pub objective: Objective,
}

/// Sets the parameters to their first random values, but for a block that begins at zero.
pub fn initialise(network: &mut Network, config: &Config, progress: &Progress) -> Result<()> {
    let zero = network.block_named(RESIDUAL).map_or(0..0, |block| network.blocks()[block].params.clone());
    let random = [0..zero.start, zero.end..network.param_len()];
    progress.expect(random.iter().map(Range::len).sum());
    network.initialise_ranges(config.seed(), &random, progress)
}

/// The preset for pairs of images where no model is chosen.
pub const FOR_PAIRS: &str = "unet";

/// The preset of a task that accepts images of any size.
pub fn stand_in(task: Task) -> &'static str {
    match task {
        Task::Autoencoder => "autoencoder",
        Task::Classifier => "classifier-cnn",
        Task::Regressor => "manifold",
        Task::ImageToImage => FOR_PAIRS,
        Task::MakeLowercase | Task::MakeUppercase => "letters",
    }
}

/// The scaling that the settings ask for; `standard` measures the training images.
pub fn scaling(config: &Config, data: &Dataset) -> Result<Scaling> {
    let channels = data.shape.channels;
    let standard = || {
        let (mean, deviation) = data.mean_and_deviation(Split::Train)?;
        Ok(Scaling::standard(mean, deviation))
    };
    match config.scaling() {
        "standard" => standard(),
        "imagenet" => Ok(Scaling::imagenet(channels)),
        "symmetric" => Ok(Scaling::symmetric(channels)),
        "auto" if !data.numbers.is_empty() => standard(),
        _ => Ok(Scaling::default()),
    }
}

/// Gives the last block the activation that the loss expects. An autoencoder ends in a sigmoid, unless the loss
/// includes the sigmoid; the image that people see is the same.
pub fn set_output(network: &mut Network, Objective { task, loss }: Objective) {
    let last = network.blocks().len() - 1;
    match (task, network.blocks()[last].activation, loss) {
        (Task::Autoencoder | Task::ImageToImage, Activation::Sigmoid, Loss::Bce) => {
            network.set_activation(last, Activation::Linear)
        }
        (Task::Autoencoder, Activation::Linear, Loss::Mse | Loss::L1 | Loss::Huber { .. }) => {
            network.set_activation(last, Activation::Sigmoid)
        }
        _ => {}
    }
}
