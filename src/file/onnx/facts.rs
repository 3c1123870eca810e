//! The facts that files written here have in their metadata: how images become the input, and what the network is for.

use serde_json::Value;

use super::graph::OnnxGraph;
use super::view::TensorView;
use crate::file::model::Preprocessing;
use crate::file::preprocessing::PreprocessingText;
use crate::network::Task;
use crate::shape::Shape;

#[derive(Debug, Default)]
pub struct FileFacts {
    pub preprocessing: Option<Preprocessing>,
    /// The value that is the image at the network's own size, where the file resizes images itself.
    tensor: Option<String>,
    is_regressor: bool,
}

impl FileFacts {
    /// The facts of a file; none of one that was written elsewhere.
    pub fn of(graph: &OnnxGraph) -> Self {
        let text = |key: &str| graph.metadata.iter().find(|(found, _)| found == key).map(|(_, text)| text.as_str());
        let value: Value = text("preprocessing").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let tensor = value["tensor"].as_str().map(String::from);
        let preprocessing =
            serde_json::from_value(value).ok().and_then(|text: PreprocessingText| text.preprocessing().ok());
        Self { preprocessing, tensor, is_regressor: text("task") == Some("regressor") }
    }

    /// Leaves out what resizes images.
    pub fn begin_at_tensor(&self, graph: &mut OnnxGraph) {
        let Some((tensor, shape)) = self.tensor.as_deref().zip(self.shape()) else { return };
        let nodes = graph.nodes.len();
        graph.nodes.retain(|node| node.output() != tensor);
        if graph.nodes.len() < nodes {
            let sides = [shape.channels, shape.height, shape.width].map(Some);
            let sides = if shape.is_flat() { &sides[..1] } else { &sides };
            graph.inputs = vec![(tensor.into(), [&[None], sides].concat())];
        }
    }

    fn shape(&self) -> Option<Shape> {
        self.preprocessing.as_ref().map(|wanted| Shape::from_whc(wanted.width, wanted.height, wanted.channels))
    }

    /// The shape of an input of these dimensions, and their meaning: what they mean by themselves may be doubtful.
    pub fn input(&self, dims: &[Option<usize>]) -> Option<(Shape, TensorView)> {
        let shape = self.shape()?;
        let sides = [shape.channels, shape.height, shape.width].map(Some);
        match *dims {
            [_, channels, height, width] if [channels, height, width] == sides => Some((shape, TensorView::planes())),
            [_, values] if shape.is_flat() && values == Some(shape.channels) => Some((shape, TensorView::vector())),
            _ => None,
        }
    }

    /// The task of a network that seems to be for `task`.
    pub fn task(&self, task: Task) -> Task {
        if task == Task::Classifier && self.is_regressor { Task::Regressor } else { task }
    }
}
