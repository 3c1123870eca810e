//! Loading other data: the run continues with them if they fit, otherwise a new network is built.

use super::data::{Data, sample_set};
use super::edit::Command;
use super::notice::{Notice, size_in_words};
use super::run::{Learner, build};
use super::session::Session;
use super::summary::SkippedSummary;
use crate::data::{Dataset, LoadOptions, Loaded, Report};
use crate::error::Result;
use crate::recorder::{ClassHistory, EventKind};
use crate::shape::Shape;
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

    /// As [`Session::load_options`], for images that are added to others.
    pub fn load_options_for(&self, others: &Dataset) -> LoadOptions {
        let Shape { width, height, channels } = others.shape;
        let options = LoadOptions { width, height, channels, ..self.load_options() };
        match others.target_shape() {
            None => options,
            Some(Shape { width, height, channels }) => {
                LoadOptions { target_width: width, target_height: height, target_channels: channels, ..options }
            }
        }
    }

    /// Replaces the data. The network stays if it fits them, otherwise it is set aside and a new one is built; columns
    /// stay when classes are added. If the same images come in another size, the changes made to them by hand are kept.
    /// On an error everything stays as it was.
    pub fn use_data(&mut self, loaded: Loaded) -> Result<Notice> {
        let mut data = Data::new(&self.config, loaded);
        let are_changed =
            !self.data.overrides.is_empty() && (&data.names, &data.classes) == (&self.data.names, &self.data.classes);
        if are_changed {
            data.set_overrides(self.data.overrides.clone());
        }
        let images = counted(data.len(), if data.pictures.is_empty() { "image" } else { "image pair" });
        let mut came = format!("{}: {images} loaded at {}", data.name, size_in_words(data.shape));
        if are_changed {
            came += " with the changes made by hand";
        }
        self.take_data(data, came)
    }

    /// Adds images to the data; see [`Dataset::joined`](crate::data::Dataset::joined). The network or the columns stay as
    /// in [`Session::use_data`]. On an error everything stays as it was.
    pub fn add_data(&mut self, loaded: Loaded) -> Result<Notice> {
        let came = format!("{} of {} added", counted(loaded.dataset.len(), "image"), loaded.dataset.name);
        let dataset = self.data.set().joined(&loaded.dataset)?;
        let report = self.data.report().joined(&loaded.report);
        self.take_data(Data::new(&self.config, Loaded { dataset, report }), came)
    }

    /// Takes the data, which `came` describes, and a run that fits them.
    fn take_data(&mut self, mut data: Data, came: String) -> Result<Notice> {
        let suits = build::suits(&self.config, self.run().objective().task, &data);
        let new_classes = self.run().classes_for_new_head(&data);
        if suits && (new_classes != 0 || self.run().check_fits(&data).is_ok()) {
            self.data = data;
            self.take_splits();
            for run in &mut self.runs {
                run.finished = None;
                *run.recorder.classes_mut() = ClassHistory::default(); // about other images
            }
            let name = self.data.name.clone();
            let step = self.run().step();
            self.edits.journal.push(step, Command::Data { name }, false, None);
            let kept = Notice::kept(format!("{came}; {} kept", self.is_the_learner()));
            return Ok(self.note_data(Notice { new_classes, ..kept }));
        }
        self.check_shelf()?;
        data.offer_training(&self.config);
        let (new, what, why) = match self.run().with_new_classes(&self.config, &data)? {
            Some(grown) => {
                (grown, "the columns are kept, and new classes get columns of their own", "has more classes")
            }
            None => {
                let new = build::build(&self.config, &data, &self.progress)?;
                let what = match new.learner {
                    Learner::Network(_) => "a new network was built",
                    Learner::Columns(_) => "new columns begin without connections",
                };
                let why = if suits { "has another size or other classes" } else { "has pairs of images" };
                (new, what, why)
            }
        };
        let home = self.data.mark();
        self.data = data;
        let why = format!("{} {why}", self.data.name);
        self.take_run_of(new, home, &why);
        let reload = self.held_size.leave(&mut self.config);
        Ok(self.note_data(Notice { reload, ..Notice::rebuilt(format!("{came}; {what}")) }))
    }

    /// The learner, with its verb.
    fn is_the_learner(&self) -> &'static str {
        match self.run().learner {
            Learner::Network(_) => "the network is",
            Learner::Columns(_) => "the columns are",
        }
    }

    fn note_data(&mut self, notice: Notice) -> Notice {
        let step = self.run().step();
        self.run_mut().recorder.event(step, EventKind::Data, notice.text.clone());
        notice
    }
}
