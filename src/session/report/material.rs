//! Everything that a report is made of, ready to be described.

use crate::data::Batch;
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::Pass;
use crate::session::data::Data;
use crate::session::jobs::{Explaining, Maximising};
use crate::session::projection::Projection;
use crate::session::run::Run;
use crate::session::scores::{MeasuredExample, Measurement};
use crate::session::view::{Viewer, bytes_of};
use crate::shape::Shape;

use super::part::group;
use super::pictures::embedded;

/// The images that the report shows.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// Some images of the data, evenly chosen.
    pub some: Vec<u32>,
    /// The images with the largest losses.
    pub worst: Vec<MeasuredExample>,
    /// The images that are explained: the worst, then some that were held out.
    pub explained: Vec<u32>,
}

/// What a section is described from; absent where the learner has no such thing.
pub struct Material<'a> {
    pub title: &'a str,
    pub run: &'a Run,
    pub data: &'a Data,
    pub viewer: &'a Viewer<'a>,
    pub chosen: &'a Chosen,
    pub measurement: Option<Measurement>,
    pub explained: Option<&'a Explaining>,
    pub wanted: Option<&'a Maximising>,
    pub projection: Option<&'a Projection>,
}

impl Material<'_> {
    /// The name of a class as the network knows it.
    pub fn class(&self, class: Option<u32>) -> &str {
        class.and_then(|class| self.run.classes.get(class as usize)).map_or("", String::as_str)
    }

    /// An image of the data.
    pub fn image(&self, example: u32) -> Result<String> {
        embedded(self.data.shape, &self.data.example(example as usize))
    }

    /// Images beside the answers of a network that outputs pictures, and beside their targets where they are pairs.
    pub fn with_answers(&self, examples: &[u32], words: &[String]) -> Result<Vec<serde_json::Value>> {
        let (network, loss) = (self.run.network(), self.run.objective().loss);
        let mut pass = Pass::forward_only(network, 1);
        let call = Call { examples: 1, ..LOOK };
        let output = network.output();
        let mut groups = Vec::with_capacity(examples.len());
        for (&example, words) in examples.iter().zip(words) {
            let mut batch = Batch::default();
            self.data.prepare(&[example], 1)?;
            self.data.batch(&[example], &mut batch);
            network.read(&mut pass, &batch.x, &call);
            network.forward(&mut pass, &call);
            let mut seen = vec![0.0; output.len()];
            loss.predict(pass.output(), output, &mut seen);
            let mut pictures = vec![self.image(example)?, embedded(output, &bytes_of(&seen))?];
            if let Some(shape) = self.data.target_shape() {
                pictures.push(embedded(shape, &bytes_of(&batch.target.y))?);
            }
            groups.push(group(pictures, words.clone()));
        }
        Ok(groups)
    }
}

/// The shape of a picture in red, green, blue and opacity.
pub fn rgba_shape(width: usize, height: usize) -> Shape {
    Shape { width, height, channels: 4 }
}
