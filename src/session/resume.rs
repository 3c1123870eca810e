//! Checkpoints: a model file with all else it takes to go on exactly as if training had never stopped.
//!
//! The same data and settings give, from a checkpoint on, the same bits as the run that wrote it. The images themselves
//! are not in it, only a mark by which they are known again.

use super::Session;
use super::checkup::Checkup;
use crate::checksum::Checksum;
use crate::config::{Config, KEYS};
use crate::data::{self, Dataset, DatasetFile, Loaded, Report, Split};
use crate::error::{Error, Result};
use crate::file::saved_run::{DataMark, RunState, RunView, SavedRun};
use crate::file::table::Row;
use crate::file::{Model, ModelFile, ModelView, safetensors};
use crate::progress::Progress;
use crate::recorder::{EvalPoint, Point};
use crate::session::{Journal, Notice};
use crate::shape::Shape;
use crate::train::Evaluator;
use crate::words::counted;

impl Session {
    /// The run as one file, from which [`Session::resume`] goes on.
    pub fn checkpoint(&self) -> Result<Vec<u8>> {
        self.checkpoint_with_progress(&self.progress)
    }

    pub(super) fn checkpoint_with_progress(&self, progress: &Progress) -> Result<Vec<u8>> {
        ModelFile::new(self.run_view(), progress)?.to_bytes(progress)
    }

    /// The same file, to be written part by part.
    pub fn checkpoint_file(&self) -> Result<ModelFile<'_>> {
        ModelFile::new(self.run_view(), &self.progress)
    }

    fn run_view(&self) -> ModelView<'_> {
        let columns = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let run = RunView {
            state: RunState {
                position: self.trainer.position(),
                patience: self.judge.patience,
                since: self.recorder.since(),
                evaluating: self.evaluator.is_some(),
                finished: self.finished.clone(),
                epochs: self.trainer.recipe.epochs,
                data: mark(&self.data),
                milliseconds: self.timing.total,
                events: self.recorder.events().to_vec(),
                overrides: self.data.overrides.clone(),
                journal: self.journal.print(),
                point_columns: columns(Point::COLUMNS),
                epoch_columns: columns(EvalPoint::COLUMNS),
            },
            points: self.recorder.points(),
            evaluations: self.recorder.evaluations(),
            best: self.judge.best.as_deref(),
        };
        ModelView { run: Some(run), ..self.model_view() }
    }

    /// The weights of the best epoch so far, as a model file.
    pub fn save_best(&self) -> Option<Result<Vec<u8>>> {
        let mut model = ModelView { moments: None, theta: self.judge.best.as_deref()?, ..self.model_view() };
        let best = self.best()?;
        let found = self.recorder.evaluations().iter().find(|found| found.step == best.step);
        let training = &mut model.meta.training;
        (training.steps, training.epochs) = (best.step, best.epoch as f64);
        if let Some(found) = found {
            training.loss = Some(found.train_loss);
            training.val_loss = Some(found.evaluation.loss);
            (training.accuracy, training.psnr) = (found.evaluation.accuracy, found.evaluation.psnr);
        }
        Some(ModelFile::new(model, &self.progress).and_then(|file| file.to_bytes(&self.progress)))
    }

    /// Goes on with the run of a checkpoint, which needs the data it learnt from. Settings that somebody chose here
    /// win over those of the run. On an error everything stays as it was.
    pub fn resume(&mut self, mut model: Model) -> Result<Notice> {
        let Some(run) = model.run.take() else {
            return Err(Error::expected(
                "resume",
                "a checkpoint",
                "a model without its run; model=FILE goes on from it",
            ));
        };
        let seconds = run.state.milliseconds / 1000.0;
        let by_hand = self.data.overrides.clone();
        self.data.set_overrides(run.state.overrides.clone());
        if let Err(error) = self.check_data(&run.state.data).and_then(|()| self.take_model(model)) {
            self.data.set_overrides(by_hand);
            return Err(error);
        }
        let SavedRun { state, points, evaluations, best } = *run;
        self.recorder.resume(points, evaluations, state.events, state.since);
        self.trainer.resume_at(state.position, &self.data);
        (self.judge.patience, self.judge.best) = (state.patience, best);
        self.timing.total = state.milliseconds;
        self.evaluator = state.evaluating.then(|| Evaluator::new(self.data.indices(Split::Validation)));
        // A run that was over goes on where another number of epochs is asked for.
        self.finished = match state.finished {
            finished @ Some(_) if self.trainer.recipe.epochs == state.epochs => finished,
            _ if state.evaluating => None,
            _ => self.trainer.is_finished().then(|| "all epochs were done before".into()),
        };
        if let Ok(journal) = Journal::parse(&state.journal) {
            self.journal = journal;
        }
        let text = format!(
            "Went on with {} at step {}, epoch {:.2}, after {seconds:.0} s of training",
            self.preset,
            self.trainer.step,
            self.trainer.epochs_done()
        );
        Ok(Notice::rebuilt(text))
    }

    /// A session with these data (the sample set if there are none) that goes on with the run of a checkpoint.
    pub fn with_run(config: Config, loaded: Option<Loaded>, model: Model) -> Result<Self> {
        let mut session = Self::with_network_of(config, loaded, &model)?;
        session.resume(model)?;
        Ok(session)
    }

    /// As [`Session::resume`], with all settings as the run had them, and with its images where they are handed in.
    pub fn resume_as_it_was(&mut self, bytes: &[u8], images: Option<&[u8]>) -> Result<Notice> {
        self.progress.expect(2 * images.map_or(0, <[u8]>::len));
        let model = safetensors::read_with_progress(bytes, &self.progress)?;
        let loaded = images.map(|images| unpacked(images, &self.progress)).transpose()?;
        let mut config = Config::default();
        config.read_unchosen(&model.meta.settings);
        for key in KEYS.iter().filter(|key| !key.group.is_recipe()) {
            config.set(key.name, self.config.get(key.name)?)?;
        }
        let config = std::mem::replace(&mut self.config, config);
        let before = loaded.map(|loaded| self.swap_data(loaded));
        self.division_note = self.data.divide(&self.config.division());
        let resumed = self.resume(model);
        if resumed.is_err() {
            self.config = config;
            before.into_iter().for_each(|before| drop(self.swap_data(before)));
            self.division_note = self.data.divide(&self.config.division());
        } else if before.is_some() {
            (self.checkup, self.chest, self.past) = (Checkup::default(), None, None);
        }
        resumed
    }

    fn swap_data(&mut self, loaded: Loaded) -> Loaded {
        Loaded {
            dataset: std::mem::replace(&mut self.data, loaded.dataset),
            report: std::mem::replace(&mut self.report, loaded.report),
        }
    }

    /// By this the data are known again.
    pub fn data_mark(&self) -> DataMark {
        mark(&self.data)
    }

    /// Begins to make one file of the images; its length, or `None` where they do not lie in memory.
    pub fn pack_data(&mut self) -> Option<usize> {
        self.chest = DatasetFile::new(&self.data);
        self.chest.as_ref().map(DatasetFile::bytes)
    }

    /// The next part of that file, of about `most` bytes, and none after the last; `None` where other data came meanwhile.
    pub fn pack_part(&mut self, most: usize) -> Option<Vec<u8>> {
        let Self { chest, data, .. } = self;
        chest.as_mut().map(|chest| chest.part(data, most.max(1)))
    }

    fn check_data(&self, wanted: &DataMark) -> Result<()> {
        let here = mark(&self.data);
        if (here.examples, here.checksum) == (wanted.examples, wanted.checksum) {
            return Ok(());
        }
        let told =
            |mark: &DataMark| format!("{}, {} (mark {})", mark.name, counted(mark.examples, "image"), mark.word());
        Err(Error::expected("data", format!("those that the run learnt from: {}", told(wanted)), told(&here)))
    }
}

/// The images of a file that [`Session::pack_data`] made.
fn unpacked(bytes: &[u8], progress: &Progress) -> Result<Loaded> {
    let dataset = data::read_dataset_file(bytes, progress)?;
    let (count, bytes) = (dataset.len(), (dataset.len() * dataset.shape.len()) as u64);
    let report = Report { files: count, used: count, bytes, ..Report::default() };
    Ok(Loaded { dataset, report })
}

fn mark(data: &Dataset) -> DataMark {
    let mut sum = Checksum::default();
    for name in data.classes.iter().chain(&data.names) {
        sum.add(name.as_bytes());
        sum.add(&[0]);
    }
    let Shape { width, height, channels } = data.shape;
    [width, height, channels].iter().for_each(|side| sum.add(&(*side as u64).to_le_bytes()));
    data.labels.iter().for_each(|label| sum.add(&label.to_le_bytes()));
    data.splits.iter().for_each(|&split| sum.add(&[split as u8]));
    DataMark { name: data.name.clone(), examples: data.len(), checksum: sum.value() }
}
