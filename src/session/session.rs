//! The session: data, settings and runs, with what is needed to view them, to edit them and to work on them in slices.
//!
//! It knows nothing of WebAssembly, files or arguments, and the caller passes in the clock. Its parts know little of
//! each other: views, the latent space and jobs only read the run and the data; edits write them. The user's actions
//! are methods in the files beside this one.

use std::sync::Arc;

use super::data::{Data, sample_set};
use super::edit::Edits;
use super::held_size::HeldSize;
use super::jobs::Jobs;
use super::latent::{Latent, LatentEditor};
use super::projection::Projections;
use super::run::{NewRun, Run, build};
use super::scores::{ExampleFilter, MeasuredExample, Measurement, Scores};
use super::shelf::Shelf;
use super::view::{View, Viewer};
use crate::config::Config;
use crate::data::{Dataset, Loaded, Split};
use crate::error::{Error, Result};
use crate::network::Network;
use crate::progress::Progress;
use crate::recorder::Recorder;
use crate::render::Scene;
use crate::train::{BestEpoch, Objective};

/// An experiment: data, settings and runs. Each action of a person is one of its methods.
///
/// ```
/// use neurarium::config::Config;
/// use neurarium::session::{Command, Session};
///
/// let config = Config::parse("model=classifier-mlp\nlimit=80\nbatch-size=16")?;
/// let mut session = Session::new(config)?; // without data of its own, on the built-in shapes
/// let clock = || 0.0; // milliseconds; this clock stands still
/// session.step_once(&clock)?;
///
/// session.edit(&Command::Freeze { blocks: vec![1], frozen: true }, false)?;
/// session.step_once(&clock)?;
/// session.edit(&Command::Undo, false)?;
/// assert!(!session.network().blocks()[1].frozen);
/// assert_eq!(session.status().step, 2);
/// # Ok::<(), neurarium::error::Error>(())
/// ```
pub struct Session {
    pub(super) config: Config,
    pub(super) data: Data,
    /// The runs that are trained together, and the index of the one that is viewed and edited.
    pub(super) runs: Vec<Run>,
    pub(super) focus: usize,
    /// Undo, journal and replay of that run, and of the other one.
    pub(super) edits: Edits,
    pub(super) parked: Option<Edits>,
    /// Runs that were set aside.
    pub(super) shelf: Shelf,
    pub(super) view: View,
    pub(super) latent: Latent,
    pub(super) scores: Scores,
    pub(super) projections: Projections,
    pub(super) jobs: Jobs,
    /// The image size from before an opened model brought its own.
    pub(super) held_size: HeldSize,
    /// Progress of a long call, and the request to cancel it.
    pub(super) progress: Arc<Progress>,
}

impl Session {
    /// Creates a session with the built-in sample set.
    pub fn new(config: Config) -> Result<Self> {
        let loaded = sample_set(&config);
        Self::with_data(config, loaded)
    }

    /// Creates a session with these data.
    pub fn with_data(config: Config, loaded: Loaded) -> Result<Self> {
        let data = Data::to_learn(&config, loaded);
        let new = build::build(&config, &data, &Progress::default())?;
        Ok(Self::begin(data, new))
    }

    pub(super) fn begin(data: Data, new: NewRun) -> Self {
        let mut shelf = Shelf::default();
        let classes = data.names_of(new.learner.objective().task);
        let config = new.config.clone();
        let runs = shelf.runs_of(new, classes);
        let edits = || Edits::new(&config, &data.name, 0);
        Self {
            edits: edits(),
            parked: (1 < runs.len()).then(edits),
            view: View::new(&runs[0], &data),
            latent: Latent::default(),
            scores: Scores::default(),
            projections: Projections::default(),
            jobs: Jobs::default(),
            held_size: HeldSize::default(),
            progress: Arc::default(),
            runs,
            focus: 0,
            shelf,
            config,
            data,
        }
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn data(&self) -> &Dataset {
        self.data.set()
    }

    /// The scene painted last, for its size and for hit tests.
    pub fn scene(&self) -> &Scene {
        &self.view.drawing.scene
    }

    /// The run that is viewed and edited; with two networks for letters, the first makes small letters and the second
    /// capitals.
    pub fn focus(&self) -> usize {
        self.focus
    }

    /// Views and edits another run. Undo then concerns the edits of that run.
    pub fn set_focus(&mut self, focus: usize) -> Result<()> {
        if self.runs.len() <= focus {
            return Err(Error::expected("focus", format!("a number below {}", self.runs.len()), focus));
        }
        if self.focus != focus
            && let Some(parked) = &mut self.parked
        {
            std::mem::swap(&mut self.edits, parked);
            self.focus = focus;
            // What the other network reads is the letter that this one is to make.
            if let Some(partner) = self.data.partner_of(self.view.example) {
                self.view.example = partner;
                self.view.changed();
            }
        }
        Ok(())
    }

    /// The networks that are trained together: that of the viewed run first.
    pub fn networks(&self) -> impl Iterator<Item = &Run> {
        let others = self.runs.iter().enumerate().filter(|(index, _)| *index != self.focus);
        std::iter::once(self.run()).chain(others.map(|(_, run)| run))
    }

    /// The run that is viewed and edited.
    pub fn run(&self) -> &Run {
        &self.runs[self.focus]
    }

    pub(super) fn run_mut(&mut self) -> &mut Run {
        &mut self.runs[self.focus]
    }

    pub fn network(&self) -> &Network {
        self.run().network()
    }

    pub fn objective(&self) -> Objective {
        self.run().objective()
    }

    pub fn recorder(&self) -> &Recorder {
        &self.run().recorder
    }

    /// Progress of a long call, and the way to cancel it. A cancelled call fails with [cancelled](crate::error::Error)
    /// and leaves everything as it was.
    pub fn progress(&self) -> &Arc<Progress> {
        &self.progress
    }

    /// Whole epochs done.
    pub fn epoch(&self) -> u64 {
        self.run().learner.position().epoch
    }

    /// Why training has ended, if it has for all runs.
    pub fn finished(&self) -> Option<&str> {
        let goes_on = self.runs.iter().any(|run| run.finished.is_none());
        self.run().finished.as_deref().filter(|_| !goes_on)
    }

    /// The best epoch of this run so far, by the monitored figure.
    pub fn best(&self) -> Option<BestEpoch> {
        self.run().best()
    }

    /// Gives read-only views of the run.
    pub fn viewer(&mut self) -> Viewer<'_> {
        Viewer::new(&mut self.view, &self.runs[self.focus], &self.data, &self.config)
    }

    /// Gives access to the code of what is shown.
    pub fn latent(&mut self) -> LatentEditor<'_> {
        let viewer = Viewer::new(&mut self.view, &self.runs[self.focus], &self.data, &self.config);
        LatentEditor { latent: &self.latent, viewer }
    }

    /// The figures of a split from its latest evaluation; `None` before the first.
    pub fn measurement(&self, split: Split) -> Option<Measurement> {
        self.scores.measurement(split, self.run(), &self.data)
    }

    /// The evaluated examples of a split that pass the filter, `count` from place `first` on, by falling loss; and how
    /// many there are in all.
    pub fn worst(
        &self,
        split: Split,
        filter: ExampleFilter,
        first: usize,
        count: usize,
    ) -> (usize, Vec<MeasuredExample>) {
        self.scores.worst(split, filter, (first, count), (self.run(), &self.data))
    }
}
