//! Jobs that show where the network looks: a heat map for what is shown, or a sheet of them for some examples.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::activation::Activation;
use crate::data::Batch;
use crate::error::{Error, Result};
use crate::inspect::{Attribution, AttributionMethod, HeatMap, last_map_block, map_blocks, methods};
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::par;
use crate::render::Theme;
use crate::session::run::Run;
use crate::session::view::overlay;

/// Most pictures of a sheet.
const MOST_PICTURES: usize = 1000;

/// Requests a heat map of what is shown.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub struct Explain {
    pub method: AttributionMethod,
    /// Index of the class; without one, the predicted class.
    #[serde(default)]
    pub class: Option<usize>,
    /// The block that Grad-CAM looks at; without one, the last convolution.
    #[serde(default)]
    pub block: Option<usize>,
}

/// Requests heat maps of examples.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ExplainSheet {
    #[serde(flatten)]
    pub how: Explain,
    pub examples: Vec<u32>,
}

/// Explains one picture after the other, by the network as it was when the job began.
pub struct Explaining {
    how: Explain,
    block: usize,
    loss: Loss,
    network: Network,
    /// The pictures that are left, the next one last.
    left: Vec<PictureSource>,
    /// The picture that is worked on.
    current: Option<(Vec<u8>, Attribution)>,
    pub done: Vec<Explained>,
    total: usize,
}

enum PictureSource {
    /// Bytes, and values of 0..=1.
    Shown(Vec<u8>, Vec<f32>),
    Example(u32),
}

/// A picture with its heat map, which may be smaller.
#[derive(Clone, Debug, PartialEq)]
pub struct Explained {
    /// `[height, width, channels]`.
    pub picture: Vec<u8>,
    pub heat: HeatMap,
    pub facts: Explanation,
}

/// Facts about a heat map besides its values.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The class that it is about, and the probability that the network gives it.
    pub class: usize,
    pub probability: f32,
    /// The largest absolute value.
    pub limit: f32,
    /// Integrated gradients: the number of points on the way, and the share by which they miss being complete.
    pub parts: Option<usize>,
    pub gap: Option<f64>,
}

impl JobRequest for Explain {
    const KIND: &'static str = "explain";
    type Job = Explaining;

    fn begin(self, at: &mut JobContext) -> Result<Explaining> {
        let batch = at.viewer.shown_batch().ok_or_else(|| {
            Error::expected(
                "where it looks",
                format!("images of {}", at.viewer.run.network().input()),
                at.viewer.data.shape,
            )
        })?;
        let bytes = at.viewer.shown_bytes().into_owned();
        Explaining::begin(self, at.viewer.run, vec![PictureSource::Shown(bytes, batch.x)])
    }
}

impl JobRequest for ExplainSheet {
    const KIND: &'static str = "explain-sheet";
    type Job = Explaining;

    fn begin(self, at: &mut JobContext) -> Result<Explaining> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        if data.shape != run.network().input() {
            return Err(Error::expected("where it looks", format!("images of {}", run.network().input()), data.shape));
        }
        if MOST_PICTURES < self.examples.len() {
            return Err(Error::expected("sheet", format!("at most {MOST_PICTURES} images"), self.examples.len()));
        }
        if let Some(example) = self.examples.iter().find(|&&example| data.len() <= example as usize) {
            return Err(Error::expected("example", format!("a number below {}", data.len()), example));
        }
        Explaining::begin(self.how, run, self.examples.into_iter().rev().map(PictureSource::Example).collect())
    }
}

impl Explaining {
    fn begin(how: Explain, run: &Run, left: Vec<PictureSource>) -> Result<Self> {
        let objective = run.objective();
        if objective.task != Task::Classifier {
            return Err(Error::expected("where it looks", "a classifier", &run.preset));
        }
        let mut network = run.supervised()?.network().clone();
        if !methods(&network).contains(&how.method) {
            return Err(Error::expected("where it looks", "a method that this network allows", how.method.name()));
        }
        let classes = network.output().len();
        if let Some(class) = how.class.filter(|&class| classes <= class) {
            return Err(Error::expected("class", format!("a number below {classes}"), class));
        }
        let last = network.blocks().len() - 1;
        let block = match (how.block, how.method) {
            (Some(block), AttributionMethod::GradCam) if !map_blocks(&network).contains(&block) => {
                return Err(Error::expected("where it looks", "a layer with maps", format!("layer {block}")));
            }
            (Some(block), _) => block,
            (None, _) => last_map_block(&network).unwrap_or(last),
        };
        // The score of a class is its value before the activation.
        network.set_activation(last, Activation::Linear);
        let total = left.len();
        Ok(Self { how, block, loss: objective.loss, network, left, current: None, done: Vec::new(), total })
    }

    /// The name of the method.
    pub fn method(&self) -> &'static str {
        self.how.method.name()
    }

    /// The heat maps that are done, each laid over its picture: RGBA of the network's input size.
    pub fn overlays(&self, theme: Theme, opacity: f32) -> Vec<Vec<u8>> {
        let over = |Explained { picture, heat, facts }: &Explained| {
            overlay(picture, self.network.input(), heat, facts.limit, theme, opacity)
        };
        self.done.iter().map(over).collect()
    }

    fn explained(&self, picture: Vec<u8>, attribution: &Attribution) -> Option<Explained> {
        let heat = attribution.heat()?.clone();
        let mut seen = vec![0.0; self.network.output().len()];
        self.loss.predict(attribution.outputs(), self.network.output(), &mut seen);
        let class = attribution.class();
        let (parts, gap) = attribution.completeness().unzip();
        let facts = Explanation { class, probability: seen[class], limit: heat.limit(), parts, gap };
        Some(Explained { picture, heat, facts })
    }
}

impl Job for Explaining {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let Some((picture, mut attribution)) = self.current.take() else {
            let Some(next) = self.left.pop() else { return Ok(false) };
            let (picture, x) = match next {
                PictureSource::Shown(bytes, x) => (bytes, x),
                PictureSource::Example(example) => {
                    let (data, mut batch) = (at.viewer.data, Batch::default());
                    data.prepare(&[example], 1)?;
                    data.batch(&[example], &mut batch);
                    data.check_read()?;
                    (data.example(example as usize).into_owned(), batch.x)
                }
            };
            let Explain { method, class, .. } = self.how;
            let attribution = par::together(|| Attribution::begin(&self.network, method, self.block, class, x));
            self.current = Some((picture, attribution));
            return Ok(true);
        };
        if par::together(|| attribution.advance(&self.network)) {
            self.current = Some((picture, attribution));
            return Ok(true);
        }
        let explained = self.explained(picture, &attribution);
        self.done.extend(explained);
        Ok(!self.left.is_empty())
    }

    fn progress(&self) -> (usize, usize) {
        (self.done.len(), self.total)
    }

    fn result(&self) -> Value {
        json!(self.done.iter().map(|explained| explained.facts).collect::<Vec<_>>())
    }
}
