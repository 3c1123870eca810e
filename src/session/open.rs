//! Going on from files: models, checkpoints, and models as the base of something new; and saving such files.

use super::data::{Data, sample_set};
use super::edit::{Command, Journal};
use super::notice::Notice;
use super::run::built::stand_in;
use super::run::{Built, RunPolicy, Supervised, settings, transfer};
use super::session::Session;
use crate::config::Config;
use crate::data::{self, Loaded, Report, Split};
use crate::error::{Error, Result};
use crate::file::saved_run::{DataMark, SavedRun};
use crate::file::{self, Model, ModelFile, Training, safetensors};
use crate::network::{Task, preset};
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::train::{Evaluator, Objective, TrainerPosition};
use crate::words::{counted, thousands};

impl Session {
    /// A session with these data (the sample set if there are none) that goes on from a model file.
    pub fn with_model(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.take_model(model)?;
        Ok(session.without_previous())
    }

    /// The same with the run of a checkpoint.
    pub fn with_run(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.resume(model)?;
        Ok(session.without_previous())
    }

    fn with_network_of(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        model.check()?;
        let loaded = loaded.unwrap_or_else(|| sample_set(&config));
        let objective = Objective { task: model.meta.task, loss: model.meta.loss };
        let (preset, network) = (model.meta.preset.clone(), model.network.clone());
        let data = Data::new(&config, loaded);
        Self::begin(data, Built { config, preset, network, objective })
    }

    /// The network that the session was begun with stood in for the model.
    fn without_previous(mut self) -> Self {
        self.edits.previous = None;
        self.shelf.clear();
        self
    }

    /// A session with these data and the base of a model file, cut, frozen and with a new head as the settings say.
    pub fn with_base(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        let loaded = loaded.unwrap_or_else(|| sample_set(&config));
        let data = Data::new(&config, loaded);
        let built = transfer::build(&config, &data, &model.network, &model.meta.preset, &Progress::default())?;
        let mut session = Self::begin(data, built)?;
        let text = transfer::summary(session.network());
        session.run_mut().recorder.event(0, EventKind::Model, text);
        Ok(session)
    }

    /// Makes the network the base of a classifier of the data's classes. A new run begins.
    pub fn transfer(&mut self, cut: &str, freeze: &str, head: &str) -> Result<Notice> {
        self.check_shelf()?;
        let mut config = self.config.clone();
        for (key, value) in [("cut", cut), ("freeze", freeze), ("head", head)] {
            config.set(key, value)?;
        }
        let run = self.run();
        let built = transfer::build(&config, &self.data, run.network(), &run.preset, &self.progress)?;
        self.take_network(built, "a new head was put on it")?;
        let notice = Notice::rebuilt(transfer::summary(self.network()));
        self.run_mut().recorder.event(0, EventKind::Model, notice.text.clone());
        Ok(notice)
    }

    /// Carries out what the settings say of freezing, for a model that goes on as it is.
    pub fn freeze_as_set(&mut self) -> Result<()> {
        let blocks = transfer::blocks_to_freeze(&self.config, self.network())?;
        if self.config.freeze() == "none" {
            return Ok(());
        }
        self.edit(&Command::Freeze { blocks, frozen: true }, false)?;
        self.config.unset("freeze")
    }

    /// The model that is shown as one file: weights, architecture, preprocessing, class names, settings, moments.
    pub fn save(&self) -> Result<Vec<u8>> {
        self.model_file()?.to_bytes(&self.progress)
    }

    /// The same, to be written part by part.
    pub fn model_file(&self) -> Result<ModelFile<'_>> {
        ModelFile::new(self.run().model_view(&self.config), &self.progress)
    }

    /// The run as one file, from which [`Session::resume`] goes on.
    pub fn checkpoint(&self) -> Result<Vec<u8>> {
        self.checkpoint_file()?.to_bytes(&self.progress)
    }

    /// The same file, to be written part by part.
    pub fn checkpoint_file(&self) -> Result<ModelFile<'_>> {
        let view = self.run().checkpoint_view(&self.config, &self.data, self.edits.journal.print());
        ModelFile::new(view, &self.progress)
    }

    /// The weights of the best epoch so far, as a model file.
    pub fn save_best(&self) -> Option<Result<Vec<u8>>> {
        let model = self.run().best_view(&self.config)?;
        Some(ModelFile::new(model, &self.progress).and_then(|file| file.to_bytes(&self.progress)))
    }

    /// Goes on from a model file, and reads images in its size from now on. The data stay if they fit; pictures of
    /// another size are fitted to the model. On an error everything stays as it was.
    pub fn open(&mut self, bytes: &[u8]) -> Result<Notice> {
        self.open_model(self.read(bytes)?)
    }

    /// The model in a file, to be opened; nothing changes yet.
    pub fn read(&self, bytes: &[u8]) -> Result<Model> {
        file::read_with_progress(bytes, &self.progress)
    }

    /// As [`Session::open`], for a file that was read already.
    pub fn open_model(&mut self, model: Model) -> Result<Notice> {
        let notice = self.take_model(model)?;
        let input = self.network().input();
        self.held_size.take(input, &mut self.config);
        Ok(notice)
    }

    /// Goes on from a model; the settings of the size stay.
    pub fn take_model(&mut self, model: Model) -> Result<Notice> {
        let home = self.data.mark();
        self.take_model_with(self.config.clone(), model, home)
    }

    /// The same with these settings beneath those of the model; `home` are the data that the current run learnt from.
    fn take_model_with(&mut self, mut config: Config, model: Model, home: DataMark) -> Result<Notice> {
        model.check()?;
        self.check_shelf()?;
        let Model { network, meta, moments, .. } = model;
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
        let optim = settings::optim(&config, &network, moments)?;
        let train_config = settings::train_config(&config)?;
        let refitted = self.refitted_to(&network)?;
        let reload = refitted.is_some();
        if let Some(set) = refitted {
            self.data.replace_images(set);
        }
        let mut supervised = Supervised::new(network, objective, &self.data, train_config, optim);
        let Training { steps: step, epochs, examples: examples_seen, .. } = meta.training;
        let position = TrainerPosition { step, epoch: epochs as u64, position: 0, examples_seen, rate_factor: 1.0 };
        supervised.trainer_mut().0.resume_at(position, &self.data);
        let classes = if meta.task == Task::Classifier { meta.classes } else { self.data.classes.clone() };
        let why = format!("{} was opened", meta.preset);
        self.begin_run(config, (meta.preset, supervised, classes), home, &why);
        let run = self.run_mut();
        run.earlier = meta.training;

        let shape = run.network().input();
        let mut text = format!("Opened {}, trained for {}", run.preset, counted(step as usize, "step"));
        if reload {
            let left = self.data.len();
            let which = if left < all { format!("{} of the images", thousands(left)) } else { "the images".into() };
            text += &format!("; {which} were fitted to its {shape}");
        }
        self.run_mut().recorder.event(step, EventKind::Model, text.clone());
        Ok(Notice { text, rebuilt: true, reload })
    }

    /// Goes on with the run of a checkpoint, which needs the data it learnt from. Settings that somebody chose here
    /// win over those of the run. On an error everything stays as it was.
    pub fn resume(&mut self, model: Model) -> Result<Notice> {
        let home = self.data.mark();
        self.resume_with(self.config.clone(), model, home)
    }

    fn resume_with(&mut self, config: Config, mut model: Model, home: DataMark) -> Result<Notice> {
        let Some(run) = model.run.take() else {
            return Err(Error::expected(
                "resume",
                "a checkpoint",
                "a model without its run; model=FILE goes on from it",
            ));
        };
        let seconds = run.state.milliseconds / 1000.0;
        let overrides = self.data.overrides.clone();
        self.data.set_overrides(run.state.overrides.clone());
        let checked = self.check_data(&run.state.data);
        if let Err(error) = checked.and_then(|()| self.take_model_with(config, model, home)) {
            self.data.set_overrides(overrides);
            return Err(error);
        }
        let SavedRun { state, steps, evaluations, best } = *run;
        let Self { runs, focus, data, .. } = self;
        let run = &mut runs[*focus];
        run.recorder.resume(steps, evaluations, state.events, state.since);
        run.supervised_mut().trainer_mut().0.resume_at(state.position, data);
        run.policy = RunPolicy { early_stopping: state.patience, best, ..RunPolicy::default() };
        run.timing.total = state.milliseconds;
        run.evaluator = state.evaluating.then(|| Evaluator::new(data.indices(Split::Validation)));
        // A run that was over goes on where another number of epochs is asked for.
        run.finished = match state.finished {
            finished @ Some(_) if run.trainer().config.epochs == state.epochs => finished,
            _ if state.evaluating => None,
            _ => run.trainer().is_finished().then(|| "all epochs were done before".into()),
        };
        let text = format!(
            "Went on with {} at step {}, epoch {:.2}, after {seconds:.0} s of training",
            run.preset,
            run.step(),
            run.trainer().epochs_done()
        );
        if let Ok(journal) = Journal::parse(&state.journal) {
            self.edits.journal = journal;
        }
        Ok(Notice::rebuilt(text))
    }

    /// As [`Session::resume`], with all settings as the run had them, and with its images where they are handed in.
    pub fn resume_as_it_was(&mut self, bytes: &[u8], images: Option<&[u8]>) -> Result<Notice> {
        self.progress.expect(2 * images.map_or(0, <[u8]>::len));
        let model = safetensors::read_with_progress(bytes, &self.progress)?;
        let loaded = images.map(|images| unpacked(images, &self.progress)).transpose()?;
        let mut config = Config::default();
        config.read_unchosen(&model.meta.settings);
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
        let expected = format!("those that the run learnt from: {}", described(wanted));
        Err(Error::expected("data", expected, described(&here)))
    }

    /// By this the data are recognised.
    pub fn data_mark(&self) -> DataMark {
        self.data.mark()
    }

    /// Begins to make one file of the images; its length, or `None` where they do not lie in memory.
    pub fn pack_data(&mut self) -> Option<usize> {
        self.data.pack()
    }

    /// The next part of that file, of about `most` bytes, and none after the last; `None` where other data came meanwhile.
    pub fn pack_part(&mut self, most: usize) -> Option<Vec<u8>> {
        self.data.pack_part(most)
    }

    /// The split that results are reported on.
    pub fn held_out(&self) -> Split {
        self.data.held_out()
    }
}

/// The images of a file that [`Session::pack_data`] made.
fn unpacked(bytes: &[u8], progress: &Progress) -> Result<Loaded> {
    let dataset = data::read_dataset_file(bytes, progress)?;
    let (count, bytes) = (dataset.len(), (dataset.len() * dataset.shape.len()) as u64);
    let report = Report { files: count, used: count, bytes, ..Report::default() };
    Ok(Loaded { dataset, report })
}
