//! Loading other data: the run continues with them if they fit, otherwise a new network is built.

use super::data::{Data, sample_set};
use super::edit::Command;
use super::notice::{Notice, size_in_words};
use super::run::build;
use super::session::Session;
use super::summary::SkippedSummary;
use crate::data::{LoadOptions, Loaded, Report};
use crate::error::Result;
use crate::recorder::EventKind;
use crate::words::counted;

impl Session {
    /// Options for reading files as examples.
    pub fn load_options(&self) -> LoadOptions {
        self.config.load_options()
    }

    /// Keeps the list of skipped files when none could be used, so that it can be shown.
    pub fn remember_failure(&mut self, report: Report) {
        self.data.remember_failure(report);
    }

    /// The files of the last load in which none could be used.
    pub fn failed_files(&self) -> Vec<SkippedSummary> {
        self.data.failed().iter().map(SkippedSummary::from).collect()
    }

    /// Returns to the built-in sample set.
    pub fn use_sample(&mut self) -> Result<Notice> {
        let notice = self.use_data(sample_set(&self.config))?;
        Ok(Notice { reload: false, ..notice }) // the sample set has one size only
    }

    /// Replaces the data. The network stays if it fits them, otherwise it is set aside and a new one is built. If the
    /// same images come in another size, the changes made to them by hand are kept. On an error everything stays as it
    /// was.
    pub fn use_data(&mut self, loaded: Loaded) -> Result<Notice> {
        let mut data = Data::new(&self.config, loaded);
        let are_changed =
            !self.data.overrides.is_empty() && (&data.names, &data.classes) == (&self.data.names, &self.data.classes);
        if are_changed {
            data.set_overrides(self.data.overrides.clone());
        }
        let new = if self.run().check_fits(&data).is_ok() {
            None
        } else {
            self.check_shelf()?;
            Some(build::build(&self.config, &data, &self.progress)?)
        };
        let home = self.data.mark();
        self.data = data;
        let mut came = format!(
            "{}: {} loaded at {}",
            self.data.name,
            counted(self.data.len(), "image"),
            size_in_words(self.data.shape)
        );
        if are_changed {
            came += " with the changes made by hand";
        }
        let notice = match new {
            None => {
                self.take_splits();
                self.run_mut().finished = None;
                let name = self.data.name.clone();
                let step = self.run().step();
                self.edits.journal.push(step, Command::Data { name }, false, None);
                Notice::kept(format!("{came}; the network is kept"))
            }
            Some(new) => {
                let why = format!("{} has another size or other classes", self.data.name);
                self.take_run_of(new, home, &why);
                let reload = self.held_size.leave(&mut self.config);
                Notice { reload, ..Notice::rebuilt(format!("{came}; a new network was built")) }
            }
        };
        let step = self.run().step();
        self.run_mut().recorder.event(step, EventKind::Data, notice.text.clone());
        Ok(notice)
    }
}
