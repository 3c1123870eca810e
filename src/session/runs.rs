//! The runs of a session. When another network takes the place of the current run, the run is set aside if it has
//! learnt anything, and can be restored exactly, to the last bit.

use super::data::refitted;
use super::edit::Edits;
use super::notice::Notice;
use super::run::{Built, Learner, NewRun, build};
use super::session::Session;
use super::shelf::{RunSummary, SetAside, name_of};
use crate::config::{COLUMNS, Config, KEYS};
use crate::data::Dataset;
use crate::error::Result;
use crate::file::ModelFile;
use crate::file::saved_run::DataMark;
use crate::network::{Network, Task, preset};
use crate::recorder::{EventKind, Recorder};
use crate::words::thousands;

impl Session {
    /// Builds a new network of the same kind from the same seed; the curves start again.
    pub fn reset(&mut self) -> Result<Notice> {
        self.check_shelf()?;
        let is_preset = self.run().preset == COLUMNS
            || preset::find(&self.run().preset).is_ok()
            || !self.config.architecture().is_empty();
        let (new, from) = if is_preset {
            let from = match &self.run().learner {
                Learner::Network(_) => "the first random weights",
                Learner::Columns(_) => "columns without connections",
            };
            (build::build(&self.config, &self.data, &self.progress)?, from)
        } else {
            (self.as_begun()?.on(&self.data)?, "the weights it began with")
        };
        self.take_run(new, "training was reset");
        let notice = Notice::rebuilt(format!("Training starts again from {from}"));
        self.run_mut().recorder.event(0, EventKind::Model, notice.text.clone());
        Ok(notice)
    }

    /// The network with the parameters that this run began with.
    fn as_begun(&self) -> Result<Built> {
        let run = self.run();
        let learner = run.supervised()?;
        let mut network = learner.network().clone();
        network.theta.copy_from_slice(learner.start());
        if self.config.is_gradual() || self.config.is_for_few_images() {
            super::run::transfer::freeze_base(&mut network);
        }
        Ok(Built { config: self.config.clone(), preset: run.preset.clone(), network, objective: run.objective() })
    }

    /// All runs that have learnt: the current one first, then those on the shelf, latest first.
    pub fn runs(&self) -> Vec<RunSummary> {
        let current = RunSummary::new(self.run(), &self.data.name, "", true);
        std::iter::once(current).chain(self.shelf.list().into_iter().rev()).collect()
    }

    /// Fails if the current run would have to be set aside and the shelf is full.
    pub(super) fn check_shelf(&self) -> Result<()> {
        let has_learnt = 0 < self.run().step() || !self.edits.is_empty();
        if has_learnt { self.shelf.check_room(self.run().bytes()) } else { Ok(()) }
    }

    /// Begins a run. The current one is set aside; undo leads back to it.
    pub(super) fn take_run(&mut self, new: NewRun, why: &str) {
        let home = self.data.mark();
        self.take_run_of(new, home, why);
    }

    /// As [`Session::take_run`], where the current run was trained on other data, marked `home`.
    pub(super) fn take_run_of(&mut self, new: NewRun, home: DataMark, why: &str) {
        let classes = self.data.names_of(new.learner.objective().task);
        self.begin_run(new, classes, home, why);
    }

    /// Begins a run and sets the current one aside, which was trained on the data marked `home`.
    pub(super) fn begin_run(&mut self, new: NewRun, classes: Vec<String>, home: DataMark, why: &str) {
        let config = new.config.clone();
        let mut runs = self.shelf.runs_of(new, classes);
        for run in &mut runs {
            // The curves start again beside the earlier ones; events are kept.
            run.recorder = self.run().recorder.clone();
            run.recorder.restart();
        }
        let edits = || Edits { previous: Some(self.run().id), ..Edits::new(&config, &self.data.name, runs[0].step()) };
        let (edits, parked) = (edits(), (1 < runs.len()).then(edits));
        let with = SetAside { runs, focus: 0, config, edits, parked, data: home.clone(), why: String::new() };
        self.exchange(with, home, why);
    }

    /// Puts these runs in the place of the current ones, which are set aside.
    fn exchange(&mut self, with: SetAside, home: DataMark, why: &str) {
        let SetAside { runs, focus, config, edits, parked, .. } = with;
        let aside = SetAside {
            runs: std::mem::replace(&mut self.runs, runs),
            focus: std::mem::replace(&mut self.focus, focus),
            config: std::mem::replace(&mut self.config, config),
            edits: std::mem::replace(&mut self.edits, edits),
            parked: std::mem::replace(&mut self.parked, parked),
            data: home,
            why: why.into(),
        };
        self.shelf.put(aside, &self.edits);
    }

    /// Restores a run from the shelf; the current one is set aside in its place. Images of another size are resized to
    /// the run's network. On an error everything stays as it was.
    pub fn restore_run(&mut self, id: u32) -> Result<Notice> {
        if self.run().id == id { Ok(Notice::default()) } else { self.restore(id, None) }
    }

    /// Restores the run that undo (`back`) or redo leads to when no edit is left; `None` if there is no such run.
    pub(super) fn restore_next(&mut self, back: bool) -> Result<Option<Notice>> {
        let id = if back { self.edits.previous } else { self.edits.next };
        let Some(id) = id.filter(|&id| self.shelf.get(id).is_some()) else { return Ok(None) };
        self.restore(id, Some(back)).map(Some)
    }

    fn restore(&mut self, id: u32, back: Option<bool>) -> Result<Notice> {
        let aside = self.shelf.find(id)?;
        let mut config = aside.config.clone();
        self.carry_door_settings(&mut config)?;
        let refitted = self.refitted_to(aside.run().network(), aside.run().objective().task)?;
        let Some(mut with) = self.shelf.take(id) else { return Ok(Notice::default()) };
        with.config = config;
        match back {
            Some(true) => with.edits.next = Some(self.run().id),
            Some(false) => with.edits.previous = Some(self.run().id),
            None => {}
        }
        let (home, was_of, reload) = (self.data.mark(), with.data.clone(), refitted.is_some());
        if let Some(set) = refitted {
            self.data.replace_images(set);
        }
        if !self.data.is_divided_by(&with.config) {
            self.data.divide(&with.config);
        }
        self.exchange(with, home, "another run was restored");
        // With exactly the data it was trained on, it continues as if it had never been set aside.
        if self.data.mark() != was_of {
            self.take_splits();
        }
        let run = self.run();
        let text = format!("restored {} at step {}", name_of(run), thousands(run.step() as usize));
        Ok(Notice { reload, ..Notice::rebuilt(text) })
    }

    /// Keeps the current values of settings that belong to this machine or to the display, not to the run.
    pub(super) fn carry_door_settings(&self, config: &mut Config) -> Result<()> {
        for key in KEYS.iter().filter(|key| !key.group.is_recipe()) {
            config.set(key.name, self.config.get(key.name)?)?;
        }
        Ok(())
    }

    /// The images resized to a network's input, and the targets of pairs to what it is trained to output, if they have
    /// another size.
    pub(super) fn refitted_to(&self, network: &Network, task: Task) -> Result<Option<Dataset>> {
        let (input, old) = (network.input(), self.data.target_shape());
        let target = old.map(|old| task.target_of(network).unwrap_or(old));
        if (self.data.shape, old) == (input, target) {
            return Ok(None);
        }
        refitted(self.data.set(), input, target, self.config.seed()).map(Some)
    }

    /// Discards a run on the shelf for good.
    pub fn discard_run(&mut self, id: u32) -> Result<()> {
        self.shelf.find(id)?;
        self.shelf.take(id);
        Ok(())
    }

    /// The record of a run of the session.
    pub fn record_of(&self, id: u32) -> Result<&Recorder> {
        if self.run().id == id { Ok(&self.run().recorder) } else { Ok(&self.shelf.find(id)?.run().recorder) }
    }

    /// A run of the session as a model file, to be written part by part.
    pub fn run_file(&self, id: u32) -> Result<ModelFile<'_>> {
        if self.run().id == id {
            return self.model_file();
        }
        let aside = self.shelf.find(id)?;
        self.file_of(aside.runs.iter().map(|run| run.model_view(&aside.config)))
    }
}
