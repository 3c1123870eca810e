//! Sources of the points of a projection, read some examples at a time.

use serde::{Deserialize, Serialize};

use crate::data::{Batch, Dataset};
use crate::error::{Error, Result};
use crate::layer::Call;
use crate::layer::LOOK;
use crate::loss::Loss;
use crate::network::{Network, Pass, Task};
use crate::par;
use crate::session::run::{Learner, Run};

/// The numbers of an example that make it a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectionSource {
    /// Its pixels, 0..=1.
    Pixels,
    /// The values of a block of the network.
    Block(usize),
    /// The probability of each class.
    Probabilities,
    /// Its code in an autoencoder.
    Code,
}

/// Most examples in one pass, and most values in all blocks of it.
const EXAMPLES: usize = 64;
const MOST_VALUES: usize = 1 << 22;

/// Reads points, by the network as it was when the reader was made.
pub struct SourceReader {
    len: usize,
    place: Option<NetworkPlace>,
}

struct NetworkPlace {
    network: Network,
    block: usize,
    /// The loss that turns the block's values into what people see.
    seen_by: Option<Loss>,
}

impl SourceReader {
    /// Fails where the learner has no such values, or the data do not fit it.
    pub fn new(source: ProjectionSource, run: &Run, data: &Dataset) -> Result<Self> {
        if source == ProjectionSource::Pixels {
            return Ok(Self { len: data.shape.len(), place: None });
        }
        let (Learner::Network(learner), objective) = (&run.learner, run.objective()) else {
            return Err(Error::new("a learner without layers has a map of the pixels alone"));
        };
        run.check_fits(data)?;
        let network = learner.network();
        let last = network.blocks().len() - 1;
        let (block, seen_by) = match source {
            ProjectionSource::Pixels => (0, None),
            ProjectionSource::Block(block) if block <= last => (block, None),
            ProjectionSource::Block(block) => {
                return Err(Error::expected("map", format!("a block from 0 to {last}"), block));
            }
            ProjectionSource::Probabilities if objective.task == Task::Classifier => (last, Some(objective.loss)),
            ProjectionSource::Probabilities => {
                return Err(Error::new("class probabilities need a network that classifies"));
            }
            ProjectionSource::Code => {
                (network.embedding.ok_or_else(|| Error::new("this network has no embedding"))?, None)
            }
        };
        let len = network.shape(block).len();
        Ok(Self { len, place: Some(NetworkPlace { network: network.clone(), block, seen_by }) })
    }

    /// Numbers of a point.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The points of these examples `[examples, len]`.
    pub fn read(&self, data: &Dataset, examples: &[u32]) -> Result<Vec<f32>> {
        data.prepare(examples, examples.len())?;
        let Some(place) = &self.place else {
            let mut batch = Batch::default();
            data.batch(examples, &mut batch);
            data.check_read()?;
            return Ok(batch.x);
        };
        let network = &place.network;
        let values: usize = (0..network.blocks().len()).map(|block| network.shape(block).len()).sum();
        let at_once = (MOST_VALUES / values).clamp(1, EXAMPLES);
        let parts: Vec<&[u32]> = examples.chunks(at_once).collect();
        let points = par::map(&parts, |examples| {
            let mut batch = Batch::default();
            data.batch(examples, &mut batch);
            place.points(&batch.x, examples.len())
        });
        data.check_read()?;
        Ok(points.concat())
    }

    /// The point of one input in the shape of the network's, or of the data for a map of pixels.
    pub fn read_input(&self, x: &[f32]) -> Vec<f32> {
        self.place.as_ref().map_or_else(|| x.to_vec(), |place| place.points(x, 1))
    }
}

impl NetworkPlace {
    /// The points of inputs x `[examples, input]`.
    fn points(&self, x: &[f32], examples: usize) -> Vec<f32> {
        let Self { network, block, seen_by } = self;
        let mut pass = Pass::forward_only(network, examples);
        let call = Call { examples, ..LOOK };
        network.read(&mut pass, x, &call);
        network.forward_between(0, *block, &mut pass, &call);
        let mut points = pass.values(*block).to_vec();
        if let Some(loss) = seen_by {
            loss.predict(pass.values(*block), network.shape(*block), &mut points);
        }
        points
    }
}
