//! The experiment: data, network, trainer and what they wrote down. Every action of a person is one of its methods.
//!
//! It knows nothing of WebAssembly, files or arguments; the clock is handed in by whoever asks for training.

mod atlas;
mod augmented;
mod checkup;
mod command;
mod data_edit;
mod desk;
mod draft;
mod drawing;
mod edit;
mod fits;
mod forecast;
mod guard;
mod history;
mod hit;
mod inspector;
mod job;
mod journal;
mod judge;
mod look;
mod measure;
mod model;
mod own;
mod past;
mod picks;
mod probe;
mod range;
mod replay;
mod resume;
mod reverse;
mod settings;
mod source;
mod stages;
mod state;
mod summary;
mod timeline;
mod timing;
mod transfer;
mod weights;

pub use atlas::{Directions, MapPoints, Near};
pub use command::{Command, NeuronSet};
pub use desk::{Base, Code, CodeMix, NamedBase, Pictures};
pub use draft::Draft;
pub use drawing::PanelScale;
pub use edit::{EditLog, Edited, LoggedEdit};
pub use forecast::Forecast;
pub use hit::Hit;
pub use inspector::{
    Answer, ConnectionView, InspectedItem, LinkView, NeuronPlace, NeuronView, Parameter, Pinned, Question,
};
pub use job::{Advance, JobProgress};
pub use journal::{Journal, JournalEntry, JournalHeader};
pub use look::{ExampleView, Probability};
pub use measure::{ClassReport, ExampleFilter, MeasuredExample, Measurement};
pub use range::RangeTest;
pub use reverse::{InversionProgress, InversionTarget};
pub use summary::{
    BlockSummary, ClassSummary, DataSummary, EmbeddingSummary, InputSummary, ModelSummary, Notice, SkippedSummary,
    Status,
};
pub use timeline::SnapshotList;
pub use weights::WeightImage;

use std::sync::Arc;

use crate::config::Config;
use crate::data::{Dataset, DatasetFile, LoadOptions, Loaded, Report, Skipped, Split};
use crate::error::Result;
use crate::file::Training;
use crate::metrics::Evaluation;
use crate::network::Network;
use crate::par;
use crate::progress::Progress;
use crate::recorder::{EventKind, Point, Recorder, RunPosition};
use crate::train::{Evaluator, Objective, Trainer};
use crate::words::counted;
use checkup::Checkup;
use desk::Latent;
use history::UndoStack;
use judge::RunPolicy;
use look::Viewer;
use measure::Measures;
use probe::Probe;
use replay::Replay;
use source::{divided, sample_set};
use timing::Timing;

pub struct Session {
    config: Config,
    data: Dataset,
    report: Report,
    /// What there is to know about how the data were divided.
    division_note: Option<String>,
    /// Name of the preset that the network came from.
    preset: String,
    network: Network,
    objective: Objective,
    trainer: Trainer,
    recorder: Recorder,
    /// The evaluation at the end of an epoch, while it goes on.
    evaluator: Option<Evaluator>,
    /// Why training is over.
    finished: Option<String>,
    timing: Timing,
    viewer: Viewer,
    /// theta when the run began, to show what training changed.
    start: Vec<f32>,
    /// Classes that the network names; they are the data's unless a model file says otherwise.
    classes: Vec<String>,
    /// What an opened model file said about its training, until there is news.
    earlier: Training,
    /// Files of the last loading of which nothing could be used.
    failed: Vec<Skipped>,
    history: UndoStack,
    journal: Journal,
    replay: Replay,
    /// Loss on the shown batch, and the step and example it was measured for.
    shown_loss: Option<((u64, usize), Option<f64>)>,
    probe: Option<Probe>,
    desk: Latent,
    checkup: Checkup,
    trial: Option<forecast::Trial>,
    measures: Measures,
    judge: RunPolicy,
    past: Option<past::Past>,
    /// The images on their way into a file.
    chest: Option<DatasetFile>,
    /// Of what takes long.
    progress: Arc<Progress>,
}

impl Session {
    /// A session with the built-in sample set.
    pub fn new(config: Config) -> Result<Self> {
        let loaded = sample_set(&config);
        Self::with_data(config, loaded)
    }

    /// A session with these data.
    pub fn with_data(config: Config, loaded: Loaded) -> Result<Self> {
        let (loaded, note) = divided(&config, loaded);
        let built = model::build(&config, &loaded.dataset, &Progress::default())?;
        Self::begin(loaded, note, built)
    }

    fn begin(loaded: Loaded, division_note: Option<String>, built: model::Built) -> Result<Self> {
        let Loaded { dataset: data, report } = loaded;
        let model::Built { config, preset, network, objective } = built;
        let trainer = Trainer::new(
            &network,
            &data,
            objective,
            settings::recipe(&config)?,
            settings::optim(&config, &network, None)?,
        );
        let mut session = Self {
            viewer: Viewer::new(&network),
            start: network.theta.clone(),
            classes: data.classes.clone(),
            journal: Journal::new(JournalHeader::new(config.seed(), &data.name, 0, config.recipe())),
            history: UndoStack::default(),
            replay: Replay::default(),
            shown_loss: None,
            probe: None,
            desk: Latent::default(),
            checkup: Checkup::default(),
            trial: None,
            measures: Measures::default(),
            judge: RunPolicy::default(),
            past: None,
            chest: None,
            progress: Arc::default(),
            config,
            data,
            report,
            division_note,
            preset,
            network,
            objective,
            trainer,
            recorder: Recorder::default(),
            evaluator: None,
            finished: None,
            timing: Timing::default(),
            earlier: Training::default(),
            failed: Vec::new(),
        };
        session.viewer.choose_example(&session.data);
        Ok(session)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn data(&self) -> &Dataset {
        &self.data
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// How far a call is that takes long, and the door to end it: then it fails as [cancelled](crate::error::Error), and
    /// everything stays as it was.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    pub fn objective(&self) -> Objective {
        self.objective
    }

    /// How files become examples.
    pub fn load_options(&self) -> LoadOptions {
        self.config.load_options()
    }

    /// Keeps the list of a loading of which nothing could be used, so that it can be looked at.
    pub fn remember_failure(&mut self, report: Report) {
        self.failed = report.skipped;
    }

    /// The files of the last loading of which nothing could be used.
    pub fn failed_files(&self) -> Vec<SkippedSummary> {
        self.failed.iter().map(SkippedSummary::from).collect()
    }

    /// Whole epochs done.
    pub fn epoch(&self) -> u64 {
        self.trainer.epoch()
    }

    /// Why training is over, if it is.
    pub fn finished(&self) -> Option<&str> {
        self.finished.as_deref()
    }

    /// Goes back to the built-in sample set.
    pub fn use_sample(&mut self) -> Result<Notice> {
        self.use_data(sample_set(&self.config))
    }

    /// Takes other data. The network stays as it is if it fits them, else it is built anew. The same images, read again
    /// in another size, keep what was changed of them by hand.
    pub fn use_data(&mut self, loaded: Loaded) -> Result<Notice> {
        let (Loaded { dataset: mut data, report }, division_note) = divided(&self.config, loaded);
        let are_changed =
            !self.data.overrides.is_empty() && (&data.names, &data.classes) == (&self.data.names, &self.data.classes);
        if are_changed {
            data.set_overrides(self.data.overrides.clone());
        }
        let fits =
            data.shape == self.network.input() && (!self.objective.loss.classifies() || data.classes == self.classes);
        let built = if fits { None } else { Some(model::build(&self.config, &data, &self.progress)?) };
        (self.data, self.report, self.division_note) = (data, report, division_note);
        self.judge = RunPolicy::default();
        self.checkup = Checkup::default();
        self.chest = None;
        self.evaluator = None;
        self.finished = None;
        let mut came = format!("{}: {} of {}", self.data.name, counted(self.data.len(), "image"), self.data.shape);
        if are_changed {
            came += ", with what was changed by hand";
        }
        let notice = match built {
            None => {
                self.trainer.set_data(&self.data);
                let name = self.data.name.clone();
                self.journal.push(self.trainer.step, Command::Data { name }, false, None);
                Notice::kept(format!("{came}; the network fits them and goes on"))
            }
            Some(built) => {
                self.take_network(built)?;
                self.past = None; // it learnt from other images
                Notice::rebuilt(format!("{came}; a new network was built for them"))
            }
        };
        self.viewer.choose_example(&self.data);
        self.forget_measured();
        self.recorder.event(self.trainer.step, EventKind::Data, notice.text.clone());
        Ok(notice)
    }

    /// Whole steps, and evaluations at the ends of epochs, for about `budget` milliseconds of `clock`.
    /// Returns early at the end of an epoch, with true, so that its figures are told and its snapshot is taken.
    pub fn train(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<bool> {
        par::together(|| self.train_slice(budget, clock))
    }

    fn train_slice(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<bool> {
        let begin = clock();
        while self.finished.is_none() {
            let epochs = self.trainer.epoch();
            let was_evaluating = self.evaluator.is_some();
            self.advance(clock)?;
            let ends_epoch = self.evaluator.is_none() && (was_evaluating || epochs < self.trainer.epoch());
            if ends_epoch || budget <= clock() - begin {
                return Ok(ends_epoch);
            }
        }
        Ok(false)
    }

    /// One step, also after the last epoch: who asks for one more gets it.
    pub fn step_once(&mut self, clock: &dyn Fn() -> f64) -> Result<()> {
        while self.evaluator.is_some() {
            self.advance(clock)?;
        }
        self.finished = None;
        self.advance(clock)
    }

    /// The next slice: one step, or one slice of a running evaluation.
    fn advance(&mut self, clock: &dyn Fn() -> f64) -> Result<()> {
        let begin = clock();
        if let Some(mut evaluator) = self.evaluator.take() {
            self.trainer.evaluate_some(&mut evaluator, &self.network, &self.data);
            self.data.check_read()?;
            self.timing.spend(clock() - begin);
            if evaluator.is_done() {
                self.end_epoch(Some(evaluator.result(&self.data)));
                self.measures.keep(Split::Validation, self.trainer.step, evaluator);
            } else {
                self.evaluator = Some(evaluator);
            }
            return Ok(());
        }
        self.branch();
        self.check_can_train()?;
        self.trainer.prepare(&self.data)?;
        let step = self.trainer.step(&mut self.network, &self.data);
        self.timing.step(clock() - begin, step.examples);
        self.viewer.is_stale = true;
        self.replay_due()?;
        if step.applied {
            let RunPosition { step: number, epoch, examples, seconds } = self.moment();
            let (loss, accuracy, learning_rate) = (step.loss, step.accuracy, step.learning_rate);
            self.recorder.point(Point { step: number, epoch, examples, seconds, loss, accuracy, learning_rate });
        } else {
            let text = format!(
                "Step {} was not taken, because its loss or gradient was not a finite number; nothing was lost, and the learning rate is now {}",
                self.trainer.step,
                self.trainer.learning_rate()
            );
            self.recorder.event(self.trainer.step, EventKind::Rollback, text);
        }
        self.guard_step(&step);
        if step.ends_epoch {
            let held_out = self.data.indices(Split::Validation);
            if held_out.is_empty() {
                self.end_epoch(None);
            } else {
                self.evaluator = Some(Evaluator::new(held_out));
            }
        }
        Ok(())
    }

    /// How far the run is.
    fn moment(&self) -> RunPosition {
        RunPosition {
            step: self.trainer.step,
            epoch: self.trainer.epochs_done(),
            examples: self.trainer.examples_seen,
            seconds: self.timing.total / 1000.0,
        }
    }

    fn end_epoch(&mut self, evaluation: Option<Evaluation>) {
        self.timing.end_epoch();
        if let Some(evaluation) = evaluation {
            self.recorder.evaluation(self.moment(), evaluation);
        }
        self.next_stage();
        if let Some(text) = self.judge_epoch() {
            self.recorder.event(self.trainer.step, EventKind::Finished, text.clone());
            self.finished = Some(text);
        } else if self.trainer.is_finished() {
            let text = match self.trainer.epoch() {
                1 => "the one epoch is done".to_string(),
                epochs => format!("all {epochs} epochs are done"),
            };
            self.recorder.event(self.trainer.step, EventKind::Finished, text.clone());
            self.finished = Some(text);
        }
    }

    /// Evaluates a whole split.
    pub fn evaluate(&mut self, split: Split) -> Result<Evaluation> {
        self.fits()?;
        let evaluation = self.trainer.evaluate(self.data.indices(split), &self.network, &self.data);
        self.data.check_read()?;
        Ok(evaluation)
    }

    /// Takes a new network and starts a new run with it.
    fn take_network(&mut self, built: model::Built) -> Result<()> {
        let model::Built { config, preset, network, objective } = built;
        let (recipe, optim) = (settings::recipe(&config)?, settings::optim(&config, &network, None)?);
        self.config = config;
        self.trainer = Trainer::new(&network, &self.data, objective, recipe, optim);
        (self.preset, self.objective) = (preset, objective);
        self.classes = self.data.classes.clone();
        self.start = network.theta.clone();
        self.viewer.rebuild(&network);
        self.network = network;
        self.recorder.restart();
        self.evaluator = None;
        self.finished = None;
        self.timing = Timing::default();
        self.earlier = Training::default();
        self.judge = RunPolicy::default();
        self.begin_journal();
        Ok(())
    }

    /// A new run: nothing of the old one can be taken back or done again.
    fn begin_journal(&mut self) {
        let Self { config, data, trainer, .. } = self;
        self.journal = Journal::new(JournalHeader::new(config.seed(), &data.name, trainer.step, config.recipe()));
        self.history.clear();
        self.replay = Replay::default();
        self.forget_measured();
    }

    /// What was computed from a network or data that are no longer there.
    fn forget_measured(&mut self) {
        (self.shown_loss, self.probe) = (None, None);
        self.desk = Latent::default();
        self.measures = Measures::default();
    }
}
