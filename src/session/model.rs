//! Building a network from the settings, saving it as one file, and going on from such a file.

use super::checkup::Checkup;
use super::judge::RunPolicy;
use super::settings;
use super::{Notice, Session, Timing};
use crate::activation::Activation;
use crate::config::Config;
use crate::data::{Dataset, Loaded, Split};
use crate::error::{Error, Result};
use crate::file::{self, Model, ModelFile, ModelMeta, ModelView, MomentsView, Preprocessing, Training};
use crate::loss::Loss;
use crate::network::{Network, Scaling, Task, preset};
use crate::optim::Optim;
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::train::{Objective, Trainer, TrainerPosition};
use crate::words::{counted, thousands};

/// Images fitted to an opened model take at most this many bytes: for a moment they stand beside the old ones.
const MOST_REFITTED: usize = 128 << 20;

pub(super) struct Built {
    /// The settings with what suits the preset beneath them.
    pub config: Config,
    pub preset: String,
    pub network: Network,
    pub objective: Objective,
}

/// The network that the settings ask for, for these data, with its first random weights.
pub(super) fn build(config: &Config, data: &Dataset, progress: &Progress) -> Result<Built> {
    if !config.architecture().is_empty() {
        return super::draft::build(config, data, progress);
    }
    let preset = preset::find(config.model())?;
    let mut config = config.clone();
    config.read_beneath(preset.settings);
    let objective = Objective { task: preset.task, loss: settings::loss(&config, preset.task)? };
    let request =
        preset::Request { classes: data.classes.len(), embedding: config.embedding(), dropout: config.dropout() };
    let mut network = preset.build(data.shape, request)?;
    initialise(&mut network, &config, progress)?;
    network.set_scaling(scaling(&config, data)?)?;
    set_output(&mut network, objective.loss);
    Ok(Built { config, preset: preset.name.into(), network, objective })
}

/// The first random weights of a network.
pub(super) fn initialise(network: &mut Network, config: &Config, progress: &Progress) -> Result<()> {
    let all = 0..network.param_len();
    progress.expect(all.len());
    network.initialise_ranges(config.seed(), &[all], progress)
}

/// The preset of a task that takes any pictures.
pub(super) fn stand_in(task: Task) -> &'static str {
    match task {
        Task::Autoencoder => "autoencoder",
        Task::Classifier => "classifier-cnn",
    }
}

/// The scaling that the settings ask for; `standard` measures the images to learn from.
pub(super) fn scaling(config: &Config, data: &Dataset) -> Result<Scaling> {
    let channels = data.shape.channels;
    match config.scaling() {
        "standard" => {
            let (mean, deviation) = data.mean_and_deviation(Split::Train)?;
            Ok(Scaling::standard(mean, deviation))
        }
        "imagenet" => Ok(Scaling::imagenet(channels)),
        "symmetric" => Ok(Scaling::symmetric(channels)),
        _ => Ok(Scaling::default()),
    }
}

/// Gives the last block the activation that the loss expects: an autoencoder ends in a sigmoid, except where the loss
/// takes the sigmoid itself. What people see stays the same.
pub(super) fn set_output(network: &mut Network, loss: Loss) {
    let last = network.blocks().len() - 1;
    match (network.blocks()[last].activation, loss) {
        (Activation::Sigmoid, Loss::Bce) => network.set_activation(last, Activation::Linear),
        (Activation::Linear, Loss::Mse | Loss::L1 | Loss::Huber { .. }) => {
            network.set_activation(last, Activation::Sigmoid)
        }
        _ => {}
    }
}

impl Session {
    /// A session with these data (the sample set if there are none) that goes on from a model file.
    pub fn with_model(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.take_model(model)?;
        Ok(session)
    }

    pub(super) fn with_network_of(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        model.check()?;
        let loaded = loaded.unwrap_or_else(|| super::sample_set(&config));
        let objective = Objective { task: model.meta.task, loss: model.meta.loss };
        let (preset, network) = (model.meta.preset.clone(), model.network.clone());
        let (loaded, note) = super::divided(&config, loaded);
        Self::begin(loaded, note, Built { config, preset, network, objective })
    }

    /// The whole model as one file: weights, architecture, preprocessing, class names, settings, moments.
    pub fn save(&self) -> Result<Vec<u8>> {
        self.model_file()?.to_bytes(&self.progress)
    }

    /// The same, to be written part by part.
    pub fn model_file(&self) -> Result<ModelFile<'_>> {
        ModelFile::new(self.model_view(), &self.progress)
    }

    pub(super) fn model_view(&self) -> ModelView<'_> {
        let shape = self.network.input();
        let Optim { m, v, t, .. } = &self.trainer.optim;
        ModelView {
            network: &self.network,
            theta: &self.network.theta,
            meta: ModelMeta {
                preset: self.preset.clone(),
                task: self.objective.task,
                loss: self.objective.loss,
                classes: if self.objective.task == Task::Classifier { self.classes.clone() } else { Vec::new() },
                preprocessing: Preprocessing {
                    width: shape.width,
                    height: shape.height,
                    channels: shape.channels,
                    resize: self.config.resize().into(),
                    background: self.config.background(),
                },
                settings: self.config.recipe(),
                training: self.training(),
            },
            moments: Some(MomentsView { m, v, t: *t }),
            run: None,
        }
    }

    /// How far training came.
    fn training(&self) -> Training {
        let last = self.recorder.evaluations().last();
        let evaluation = last.map(|checkpoint| checkpoint.evaluation);
        Training {
            steps: self.trainer.step,
            epochs: self.trainer.epochs_done(),
            examples: self.trainer.examples_seen,
            loss: self.recent_loss(),
            val_loss: evaluation.map(|found| found.loss).or(self.earlier.val_loss),
            accuracy: evaluation.and_then(|found| found.accuracy).or(self.earlier.accuracy),
            psnr: evaluation.and_then(|found| found.psnr).or(self.earlier.psnr),
        }
    }

    /// Goes on from a model file. The data stay if they fit; pictures of another size are fitted to the model.
    /// On an error everything stays as it was.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Notice> {
        self.take_model(self.read(bytes)?)
    }

    /// The model in a file, to be taken; nothing changes yet.
    pub fn read(&self, bytes: &[u8]) -> Result<Model> {
        file::read_with_progress(bytes, &self.progress)
    }

    /// As [`Session::open`], for a file that was read already.
    pub fn take_model(&mut self, model: Model) -> Result<Notice> {
        model.check()?;
        let Model { network, meta, moments, .. } = model;
        let mut config = self.config.clone();
        config.read_beneath(&meta.settings);
        // The model's own settings win where they describe what it is.
        // Of a network that no preset made, the one of its task stands by for data that it cannot take.
        let kind = preset::find(&meta.preset).map_or_else(|_| stand_in(meta.task), |preset| preset.name);
        let scaling = network.scaling().kind.name();
        for (key, value) in [("model", kind), ("resize", &*meta.preprocessing.resize), ("scaling", scaling)] {
            if config.set(key, value).is_err() {
                config.unset(key)?;
            }
        }
        let mut own = Config::default();
        own.read_beneath(&meta.settings);
        config.set("architecture", own.architecture())?;
        let [red, green, blue] = meta.preprocessing.background;
        config.set("background", &format!("#{red:02x}{green:02x}{blue:02x}"))?;
        if let Some(embedding) = network.embedding {
            config.set("embedding", &network.shape(embedding).len().to_string())?;
        }
        let objective = Objective { task: meta.task, loss: meta.loss };
        let all = self.data.len();
        let refitted = if self.data.shape == network.input() {
            None
        } else {
            let mut data = self.data.clone();
            data.take(MOST_REFITTED / network.input().len(), config.seed());
            Some(data.resized(network.input())?)
        };
        let data = refitted.as_ref().unwrap_or(&self.data);
        let optim = settings::optim(&config, &network, moments)?;
        let mut trainer = Trainer::new(&network, data, objective, settings::recipe(&config)?, optim);
        let Training { steps: step, epochs, examples: examples_seen, .. } = meta.training;
        let position = TrainerPosition { step, epoch: epochs as u64, position: 0, examples_seen, rate_factor: 1.0 };
        trainer.resume_at(position, data);

        (self.config, self.trainer, self.objective) = (config, trainer, objective);
        let reload = refitted.is_some();
        if let Some(data) = refitted {
            self.data = data;
            (self.checkup, self.chest) = (Checkup::default(), None);
        }
        self.preset = meta.preset;
        self.classes = if meta.task == Task::Classifier { meta.classes } else { self.data.classes.clone() };
        self.start = network.theta.clone();
        self.viewer.rebuild(&network);
        self.network = network;
        self.recorder.restart();
        (self.evaluator, self.finished, self.timing) = (None, None, Timing::default());
        self.earlier = meta.training;
        self.judge = RunPolicy::default();
        self.viewer.choose_example(&self.data);
        self.begin_journal();

        let shape = self.network.input();
        let mut text = format!("Opened {}, trained for {}", self.preset, counted(self.trainer.step as usize, "step"));
        if reload {
            let which = if self.data.len() < all {
                format!("{} of the images", thousands(self.data.len()))
            } else {
                "the images".into()
            };
            text += &format!("; {which} were fitted to its {shape}");
        }
        self.recorder.event(self.trainer.step, EventKind::Model, text.clone());
        Ok(Notice { text, rebuilt: true, reload })
    }

    /// One picture through the network: what people see of the output, and its shape in pixels.
    pub fn run(&mut self, pixels: &[u8]) -> Result<Vec<f32>> {
        let expected = self.network.input().len();
        if pixels.len() != expected {
            return Err(Error::expected("picture", format!("{expected} values"), pixels.len()));
        }
        let input: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        Ok(self.viewer.run(&self.network, self.objective.loss, &input))
    }

    /// Examples of the split that results are reported on.
    pub fn held_out(&self) -> Split {
        self.data.held_out()
    }
}
