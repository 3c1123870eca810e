//! Opening files: models, checkpoints, and models as the base of something new; and saving them.

use super::data::{Data, sample_set};
use super::edit::{Command, Journal};
use super::notice::{Notice, size_in_words};
use super::run::built::stand_in;
use super::run::{Learner, NewRun, OUT_OF_TIME, Run, RunPolicy, stored, transfer};
use super::session::Session;
use crate::config::{COLUMNS, Config};
use crate::data::{self, Loaded, Report, Split};
use crate::error::{Error, Result};
use crate::file::saved_run::{DataMark, SavedRun};
use crate::file::{self, Model, ModelFile, ModelView, ONNX, Precision, Training, safetensors};
use crate::network::{Task, preset};
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::train::{Evaluator, TrainerPosition};
use crate::words::{counted, thousands};

impl Session {
    /// Creates a session with these data (the sample set if there are none) that continues from a model file.
    pub fn with_model(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.take_model(model)?;
        Ok(session.without_previous())
    }

    /// As [`Session::with_model`], continuing the run of a checkpoint.
    pub fn with_run(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.resume(model)?;
        Ok(session.without_previous())
    }

    fn with_network_of(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        model.check()?;
        let loaded = loaded.unwrap_or_else(|| sample_set(&config));
        let data = Data::new(&config, loaded);
        let mut config = config;
        let mut learner = |model: &Model| {
            let parts = (model.network.clone(), model.columns.clone(), None);
            stored::learner(&mut config, parts, &model.meta, &data)
        };
        let (partner, learner) = (model.partner.as_deref().map(&mut learner).transpose()?, learner(model)?);
        Ok(Self::begin(data, NewRun { config, preset: model.meta.preset.clone(), learner, partner }))
    }

    /// Forgets the network that the session began with, which only stood in for the model.
    fn without_previous(mut self) -> Self {
        self.edits.previous = None;
        self.shelf.clear();
        self
    }

    /// Creates a session on the base of a model file, cut, frozen and given a new head as the settings say.
    pub fn with_base(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        let loaded = loaded.unwrap_or_else(|| sample_set(&config));
        if model.columns.is_some() {
            return Err(Error::expected(&model.meta.preset, "a network with layers", "spiking columns"));
        }
        let data = Data::to_learn(&config, loaded);
        let built = transfer::build(&config, &data, &model.network, &model.meta.preset, &Progress::default())?;
        let new = built.on(&data)?;
        let mut session = Self::begin(data, new);
        let text = session.describe_head(model.meta.preset == ONNX);
        session.run_mut().recorder.event(0, EventKind::Model, text);
        Ok(session)
    }

    /// Makes the network the base of a classifier for the data's classes, and begins a new run. An empty `freeze` leaves it to
    /// the number of images whether layers of the base learn at the end.
    pub fn transfer(&mut self, cut: &str, freeze: &str, head: &str) -> Result<Notice> {
        self.check_shelf()?;
        let mut config = self.config.clone();
        let freeze = if freeze.is_empty() && !transfer::are_few(&self.data) { "all" } else { freeze };
        for (key, value) in [("cut", cut), ("freeze", freeze), ("head", head)] {
            if value.is_empty() {
                config.unset(key)?;
            } else {
                config.set(key, value)?;
            }
        }
        let run = self.run();
        let is_of_others = run.preset == ONNX;
        let built = transfer::build(&config, &self.data, run.supervised()?.network(), &run.preset, &self.progress)?;
        self.take_run(built.on(&self.data)?, "its head was replaced");
        let notice = Notice::rebuilt(self.describe_head(is_of_others));
        self.run_mut().recorder.event(0, EventKind::Model, notice.text.clone());
        Ok(notice)
    }

    /// The new head in a sentence, with what is worth knowing about its base.
    fn describe_head(&self, is_of_others: bool) -> String {
        let mut text = transfer::summary(self.network());
        if self.config.is_for_few_images() {
            text += "; for few images: the head is fitted at once, then the last layers learn if that helps";
        }
        if is_of_others && transfer::scales_nowhere(self.network()) {
            text += "; the base scales its input nowhere, so scaling=imagenet may suit it, as it does most published networks";
        }
        text
    }

    /// Freezes blocks as the settings say, in a model that is continued as it is.
    pub fn freeze_as_set(&mut self) -> Result<()> {
        if self.config.freeze() == "none" {
            return Ok(());
        }
        let blocks = transfer::blocks_to_freeze(&self.config, self.run().supervised()?.network())?;
        self.edit(&Command::Freeze { blocks, frozen: true }, false)?;
        self.config.unset("freeze")
    }

    /// The model that is shown, as one file: weights, architecture, preprocessing, class names, settings, moments.
    pub fn save(&self) -> Result<Vec<u8>> {
        self.model_file()?.to_bytes(&self.progress)
    }

    /// As [`Session::save`], to be written part by part.
    pub fn model_file(&self) -> Result<ModelFile<'_>> {
        self.file_of(self.runs.iter().map(|run| run.model_view(&self.config)))
    }

    /// The run as one file, to be continued by [`Session::resume`].
    pub fn checkpoint(&self) -> Result<Vec<u8>> {
        self.checkpoint_file()?.to_bytes(&self.progress)
    }

    /// As [`Session::checkpoint`], to be written part by part.
    pub fn checkpoint_file(&self) -> Result<ModelFile<'_>> {
        let parked = self.parked.as_ref().unwrap_or(&self.edits);
        let journal = |index| if index == self.focus { &self.edits.journal } else { &parked.journal };
        let runs = self.runs.iter().enumerate();
        self.file_of(runs.map(|(index, run)| run.checkpoint_view(&self.config, &self.data, journal(index).print())))
    }

    /// A file of one run, or of two that learn from each other.
    pub(super) fn file_of<'a>(&self, views: impl Iterator<Item = ModelView<'a>>) -> Result<ModelFile<'a>> {
        self.file_with(Precision::Single, views)
    }

    /// The same with parameters of this precision.
    pub(super) fn file_with<'a>(
        &self,
        precision: Precision,
        mut views: impl Iterator<Item = ModelView<'a>>,
    ) -> Result<ModelFile<'a>> {
        let first = views.next().ok_or_else(|| Error::new("there is no run"))?;
        ModelFile::with_precision(ModelView { partner: views.next().map(Box::new), ..first }, precision, &self.progress)
    }

    /// The weights of the best epoch so far, as a model file.
    pub fn save_best(&self) -> Option<Result<Vec<u8>>> {
        let views: Vec<_> = self.runs.iter().map(|run| run.best_view(&self.config)).collect::<Option<_>>()?;
        Some(self.file_of(views.into_iter()).and_then(|file| file.to_bytes(&self.progress)))
    }

    /// Continues from a model file, and reads images at its size from then on. The data stay if they fit; images of
    /// another size are resized to the model's. On an error everything stays as it was.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Notice> {
        self.open_model(self.read(bytes)?)
    }

    /// Reads the model in a file; nothing changes yet.
    pub fn read(&self, bytes: &[u8]) -> Result<Model> {
        file::read_saved(bytes, &self.progress)
    }

    /// As [`Session::open`], for a file that has been read.
    pub fn open_model(&mut self, model: Model) -> Result<Notice> {
        let notice = self.take_model(model)?;
        let Self { runs, focus, held_size, config, .. } = self;
        held_size.take(runs[*focus].network(), runs[*focus].objective().task, config);
        Ok(notice)
    }

    /// Continues from a model; the settings of the image size stay.
    pub fn take_model(&mut self, model: Model) -> Result<Notice> {
        let home = self.data.mark();
        self.take_model_with(self.config.clone(), model, home)
    }

    /// As [`Session::take_model`], with these settings beneath the model's; `home` marks the data that the current run
    /// was trained on.
    fn take_model_with(&mut self, mut config: Config, model: Model, home: DataMark) -> Result<Notice> {
        model.check()?;
        self.check_shelf()?;
        let Model { network, columns, meta, moments, partner, .. } = model;
        network.check_work(self.config.work_limit())?;
        config.read_recipe_beneath(&meta.settings);
        // The model's own settings win where they describe the model. If no preset made the network, the preset of its
        // task is kept for data that the network cannot take.
        let kind = match (&columns, preset::find(&meta.preset)) {
            (Some(_), _) => COLUMNS,
            (None, Ok(preset)) => preset.name,
            (None, Err(_)) => stand_in(meta.task),
        };
        let scaling = network.scaling().kind.name();
        for (key, value) in [("model", kind), ("resize", &*meta.preprocessing.resize), ("scaling", scaling)] {
            if config.set(key, value).is_err() {
                config.unset(key)?;
            }
        }
        let mut own = Config::default();
        own.read_recipe_beneath(&meta.settings);
        config.set("architecture", own.architecture())?;
        let [red, green, blue] = meta.preprocessing.background;
        config.set("background", &format!("#{red:02x}{green:02x}{blue:02x}"))?;
        if let Some(embedding) = network.embedding {
            config.set("embedding", &network.shape(embedding).len().to_string())?;
        }
        let all = self.data.len();
        let refitted = self.refitted_to(&network, meta.task)?;
        let reload = refitted.is_some();
        let images = refitted.as_ref().unwrap_or(self.data.set());
        let mut learner = stored::learner(&mut config, (network, columns, moments), &meta, images)?;
        let mut partner_training = Training::default();
        let mut partner = match partner.map(|partner| *partner) {
            Some(Model { network, moments, meta, .. }) => {
                let learner = stored::learner(&mut config, (network, None, moments), &meta, images)?;
                partner_training = meta.training;
                Some(learner)
            }
            None => None,
        };
        if let Some(set) = refitted {
            self.data.replace_images(set);
        }
        let step = meta.training.steps;
        learner.resume_at(position_after(&meta.training), &self.data);
        if let Some(partner) = &mut partner {
            partner.resume_at(position_after(&partner_training), &self.data);
        }
        let classes = match meta.task {
            Task::Classifier | Task::Regressor => meta.classes,
            _ => self.data.classes.clone(),
        };
        let why = format!("{} was opened", meta.preset);
        self.begin_run(NewRun { config, preset: meta.preset, learner, partner }, classes, home, &why);
        for (run, earlier) in self.runs.iter_mut().zip([meta.training, partner_training]) {
            run.earlier = earlier;
        }
        let run = self.run();

        let shape = run.network().input();
        let name = match (&run.learner, preset::find(&run.preset)) {
            (Learner::Columns(_), _) => format!("spiking columns of {}", run.learner.extent()),
            (Learner::Network(_), Ok(preset)) => preset.name.into(),
            (Learner::Network(_), Err(_)) => format!("a network of {}", run.learner.extent()),
        };
        let mut text = format!("Opened {name}");
        if 0 < step {
            text += &format!(", trained for {}", counted(step as usize, "step"));
        }
        if reload {
            let left = self.data.len();
            let which = if left < all { format!("{} of the images", thousands(left)) } else { "the images".into() };
            text += &format!("; {which} were resized to {}, as it expects", size_in_words(shape));
        }
        self.run_mut().recorder.event(step, EventKind::Model, text.clone());
        let new_classes = self.run().classes_for_new_head(&self.data);
        Ok(Notice { text, rebuilt: true, reload, new_classes })
    }

    /// Continues the run of a checkpoint, which needs the data that the run was trained on. Settings chosen here win
    /// over those of the run. On an error everything stays as it was.
    pub fn resume(&mut self, model: Model) -> Result<Notice> {
        let home = self.data.mark();
        self.resume_with(self.config.clone(), model, home)
    }

    fn resume_with(&mut self, config: Config, mut model: Model, home: DataMark) -> Result<Notice> {
        let Some(run) = model.run.take() else {
            return Err(Error::expected(
                "resume",
                "a checkpoint",
                "a model without its run; model=FILE continues from it",
            ));
        };
        let of_partner = model.partner.as_mut().and_then(|partner| partner.run.take());
        let seconds = run.state.milliseconds / 1000.0;
        let overrides = self.data.overrides.clone();
        self.data.set_overrides(run.state.overrides.clone());
        let checked = self.check_data(&run.state.data);
        if let Err(error) = checked.and_then(|()| self.take_model_with(config, model, home)) {
            self.data.set_overrides(overrides);
            return Err(error);
        }
        let Self { runs, data, config, edits, parked, .. } = self;
        let saved = [Some(run), of_partner].into_iter().flatten();
        for ((run, saved), edits) in runs.iter_mut().zip(saved).zip([Some(edits), parked.as_mut()]) {
            let journal = restore(run, *saved, data, config);
            if let (Ok(journal), Some(edits)) = (Journal::parse(&journal), edits) {
                edits.journal = journal;
            }
        }
        self.resume_growths();
        let run = &self.runs[0];
        let text = format!(
            "Restored {} at step {} (epoch {:.2}, {seconds:.0} s of training)",
            run.preset,
            thousands(run.step() as usize),
            run.learner.epochs_done()
        );
        Ok(Notice::rebuilt(text))
    }

    /// As [`Session::resume`], with all settings of the run, and with its images if they are given.
    pub fn resume_as_it_was(&mut self, bytes: &[u8], images: Option<&[u8]>) -> Result<Notice> {
        self.progress.expect(2 * images.map_or(0, <[u8]>::len));
        let model = safetensors::read_with_progress(bytes, &self.progress)?;
        let loaded = images.map(|images| unpacked(images, &self.progress)).transpose()?;
        let mut config = Config::default();
        config.read_recipe_unchosen(&model.meta.settings);
        self.carry_door_settings(&mut config)?;
        let home = self.data.mark();
        let before = loaded.map(|loaded| std::mem::replace(&mut self.data, Data::new(&config, loaded)));
        if before.is_none() {
            self.data.divide(&config);
        }
        let resumed = self.resume_with(config, model, home);
        if resumed.is_err() {
            match before {
                Some(before) => self.data = before,
                None => drop(self.data.divide(&self.config)),
            }
        }
        resumed
    }

    fn check_data(&self, wanted: &DataMark) -> Result<()> {
        let here = self.data.mark();
        if (here.examples, here.checksum) == (wanted.examples, wanted.checksum) {
            return Ok(());
        }
        let described =
            |mark: &DataMark| format!("{}, {} (mark {})", mark.name, counted(mark.examples, "image"), mark.word());
        let expected = format!("the data that the run was trained on: {}", described(wanted));
        Err(Error::expected("data", expected, described(&here)))
    }

    /// A mark by which the data are recognised.
    pub fn data_mark(&self) -> DataMark {
        self.data.mark()
    }

    /// Begins to write the images as one file. Returns its length, or `None` if the images are not in memory.
    pub fn pack_data(&mut self) -> Option<usize> {
        self.data.pack()
    }

    /// The next part of that file, about `most` bytes long and empty at the end; `None` if other data were loaded
    /// meanwhile.
    pub fn pack_part(&mut self, most: usize) -> Option<Vec<u8>> {
        self.data.pack_part(most)
    }

    /// The split that results are reported on.
    pub fn held_out(&self) -> Split {
        self.data.held_out()
    }
}

/// The place in training that a model file remembers.
fn position_after(training: &Training) -> TrainerPosition {
    let &Training { steps: step, epochs, examples: examples_seen, .. } = training;
    TrainerPosition { step, epoch: epochs as u64, position: 0, examples_seen, rate_factor: 1.0, skill: 0.0 }
}

/// Continues a run, which has its network already, as it was saved. Returns its journal.
fn restore(run: &mut Run, saved: SavedRun, data: &Data, config: &Config) -> String {
    let SavedRun { state, steps, evaluations, best, structure, histograms, classes } = saved;
    run.recorder.resume(steps, evaluations, state.events, state.since);
    *run.recorder.structure_mut() = structure;
    *run.recorder.histograms_mut() = histograms;
    *run.recorder.classes_mut() = classes;
    // A file may claim moments that are still to come.
    run.recorder.histograms_mut().truncate(state.position.step);
    run.recorder.classes_mut().truncate(state.position.step);
    run.learner.resume_at(state.position, data);
    run.policy = RunPolicy { early_stopping: state.patience, best, ..RunPolicy::default() };
    run.timing.total = state.milliseconds;
    run.evaluator = state.evaluating.then(|| Evaluator::new(run.measured(config, data)));
    // A finished run continues if another number of epochs is asked for.
    run.finished = match state.finished {
        Some(reason) if reason == OUT_OF_TIME => run.out_of_time(config),
        finished @ Some(_) if run.learner.epochs() == state.epochs => finished,
        _ if state.evaluating => None,
        _ => run.learner.is_finished().then(|| "all epochs were already done".into()),
    };
    state.journal
}

/// Reads the images of a file written by [`Session::pack_data`].
pub(super) fn unpacked(bytes: &[u8], progress: &Progress) -> Result<Loaded> {
    let dataset = data::read_dataset_file(bytes, progress)?;
    let (count, bytes) = (dataset.len(), dataset.pixel_bytes());
    let report = Report { files: count, used: count, bytes, ..Report::default() };
    Ok(Loaded { dataset, report })
}
