//! The state of the views between two calls, and the viewer.

use super::drawing::Drawing;
use super::probe::Probe;
use crate::config::Config;
use crate::data::{Batch, Dataset};
use crate::network::{Network, Pass};
use crate::render::Theme;
use crate::session::data::{Data, DataStamps};
use crate::session::run::{LearnerStamps, Run};
use crate::session::stamp::Stamp;

/// The chosen example in the network, and what was computed for it. Computed values keep the stamps of what they were
/// computed from.
pub struct View {
    /// One example, forward, and backward to all values; `None` until something is looked at.
    pub pass: Option<Pass>,
    pub drawing: Drawing,
    pub probe: Option<(ProbeStamps, Probe)>,
    /// Index of the shown example.
    pub example: usize,
    /// The user's own image, shown in its place.
    pub own: Option<OwnInput>,
    /// A code decoded in place of the encoder's code of the example.
    pub code: Option<Vec<f32>>,
    /// Number of passes computed so far.
    pub version: u64,
    /// The colours of differences.
    pub theme: Theme,
    /// Loss on the shown batch.
    pub loss: Option<(ShownStamps, usize, Option<f64>)>,
    pass_of: Option<(ShownStamps, Stamp)>,
    /// The latest choice of what is shown.
    choice: Stamp,
    structure_of: Stamp,
    images_of: Stamp,
}

/// Everything that a pass depends on, besides the choice of what is shown.
pub type ShownStamps = (LearnerStamps, DataStamps);
/// Everything that the probe's counts depend on: structure and edited parameters of the network, and the data.
pub type ProbeStamps = (Stamp, Stamp, DataStamps);

/// An image that runs through the network without being trained on.
#[derive(Clone, Debug)]
pub struct OwnInput {
    pub name: String,
    /// `[height, width, channels]` as the network reads it.
    pub pixels: Vec<u8>,
    pub batch: Batch,
}

impl View {
    pub fn new(run: &Run, data: &Data) -> Self {
        let network = run.network();
        let mut view = Self {
            pass: None,
            drawing: Drawing::new(network),
            probe: None,
            example: 0,
            own: None,
            code: None,
            version: 0,
            theme: Theme::default(),
            loss: None,
            pass_of: None,
            choice: Stamp::next(),
            structure_of: run.learner.stamps().structure,
            images_of: data.stamps().images,
        };
        view.choose_example(run, data);
        view
    }

    /// y of a block for what is shown; empty where nothing is.
    pub fn values(&self, block: usize) -> &[f32] {
        self.pass.as_ref().map_or(&[], |pass| pass.values(block))
    }

    /// y of the last block for what is shown.
    pub fn output(&self) -> &[f32] {
        self.pass.as_ref().map_or(&[], Pass::output)
    }

    /// Notes that another example, own input or code is shown.
    pub fn changed(&mut self) {
        self.choice = Stamp::next();
    }

    /// Follows the run and the data after a change of the network's shapes or of the images.
    fn follow(&mut self, run: &Run, data: &Data) {
        let structure = run.learner.stamps().structure;
        if self.structure_of != structure {
            self.structure_of = structure;
            self.rebuild(run.network());
        }
        if self.images_of != data.stamps().images {
            self.images_of = data.stamps().images;
            self.choose_example(run, data);
        }
    }

    /// Prepares for a network of other shapes; the example stays.
    fn rebuild(&mut self, network: &Network) {
        self.pass = None;
        self.drawing.rebuild(network);
        self.code = None;
        // An own input of another shape would have to be read again.
        self.own = self.own.take().filter(|own| own.batch.shape == network.input());
        self.changed();
    }

    /// Keeps the chosen example if it exists, otherwise shows the first held-out one.
    fn choose_example(&mut self, run: &Run, data: &Dataset) {
        if data.len() <= self.example || self.example == 0 {
            let held_out = run.examples(data, data.held_out());
            self.example = held_out.first().map_or(0, |&index| index as usize);
        }
        self.code = None;
        self.changed();
    }
}

/// Shows a run and its data, and writes neither.
pub struct Viewer<'a> {
    pub view: &'a mut View,
    pub run: &'a Run,
    pub data: &'a Data,
    pub config: &'a Config,
}

impl<'a> Viewer<'a> {
    pub fn new(view: &'a mut View, run: &'a Run, data: &'a Data, config: &'a Config) -> Self {
        view.follow(run, data);
        Self { view, run, data, config }
    }

    pub fn stamps(&self) -> ShownStamps {
        (self.run.learner.stamps(), self.data.stamps())
    }

    /// Whether the pass must be computed again; from then on it counts as computed.
    pub fn take_stale(&mut self) -> bool {
        let now = Some((self.stamps(), self.view.choice));
        std::mem::replace(&mut self.view.pass_of, now) != now
    }
}
