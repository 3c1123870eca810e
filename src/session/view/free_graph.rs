//! Looking at a free graph: its neurons and connections as a picture, and single neurons with what they read.
//!
//! Neurons are numbered as in the pool: inputs, outputs, free ones.

use serde::Serialize;

use super::structure::{output_name, pixel_name};
use super::view::Viewer;
use crate::error::{Error, Result};
use crate::layer::FreeGraph;
use crate::network::{Network, Neuron};
use crate::render::{By, Connections, DrawnValues, PanelGraph, Pixmap, Scene, Theme, Viewport, draw};

/// Connections that are drawn while no neuron is picked.
const MOST_DRAWN: usize = 800;

/// The sizes of a free graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FreeGraphSummary {
    pub block: usize,
    pub inputs: usize,
    pub outputs: usize,
    pub free: usize,
    pub steps: usize,
    pub connections: usize,
}

/// A neuron of the pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FreeNeuronView {
    pub neuron: usize,
    /// In words: pixel 12, 7; free 17; or the name of an output.
    pub name: String,
    /// After the last step, for what is shown.
    pub value: f32,
    /// Absent for an input, which reads nothing.
    pub bias: Option<FreeWeight>,
    /// What it reads, the strongest first.
    pub sources: Vec<FreeConnection>,
    /// Number of neurons that read it.
    pub readers: usize,
    /// Whether it can be removed.
    pub is_free: bool,
}

/// A number of the network, and where it is in theta.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FreeWeight {
    pub parameter: usize,
    pub value: f32,
}

/// A connection to a neuron.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FreeConnection {
    /// The neuron that is read.
    pub neuron: usize,
    pub name: String,
    pub parameter: usize,
    pub weight: f32,
}

/// The sizes of the free graph of a network; `None` where it has none.
pub fn summary(network: &Network) -> Option<FreeGraphSummary> {
    let (block, graph) = network.free_graph()?;
    Some(FreeGraphSummary {
        block,
        inputs: graph.input.len(),
        outputs: graph.outputs,
        free: graph.free,
        steps: graph.steps,
        connections: graph.wiring.len(),
    })
}

/// The graph as it is laid out in a picture.
struct LaidOut {
    graph: PanelGraph,
    scene: Scene,
    view: Viewport,
}

impl Viewer<'_> {
    /// Paints the graph with the values of what is shown: the strongest connections, or with a picked neuron those that end
    /// or begin there.
    ///
    /// # Errors
    /// The network has no free graph.
    pub fn free_graph(&mut self, size: (u32, u32), ratio: f32, picked: Option<usize>, theme: Theme) -> Result<Pixmap> {
        self.refresh();
        let LaidOut { mut graph, scene, mut view } = self.laid_out(size, ratio)?;
        if let Some(picked) = picked {
            graph.edges.retain(|edge| edge.from == picked || edge.to == picked);
        }
        let values = self.pool_values()?;
        let most = if picked.is_some() { graph.edges.len() } else { MOST_DRAWN };
        let connections = Connections::of_graph(&graph, &self.run.network().theta, &values, most, By::Weight);
        view.theme = theme;
        view.connections = most;
        view.selected = picked.map(|index| Neuron { block: 0, index }).into_iter().collect();
        Ok(draw(&scene, &DrawnValues::new(&[&values], &connections), &view))
    }

    /// The neuron at a place of that picture.
    pub fn free_graph_hit(&self, size: (u32, u32), ratio: f32, (x, y): (f32, f32)) -> Result<Option<usize>> {
        let LaidOut { scene, view, .. } = self.laid_out(size, ratio)?;
        let (x, y) = view.scene_from_pixel(x, y);
        Ok(scene.hit(x, y).map(|neuron| neuron.index))
    }

    /// A neuron in numbers; `None` where there is no such one.
    pub fn free_neuron(&mut self, neuron: usize) -> Result<Option<FreeNeuronView>> {
        self.refresh();
        let (block, graph) = self.pool()?;
        let values = self.pool_values()?;
        let Some(&value) = values.get(neuron) else { return Ok(None) };
        let network = self.run.network();
        let start = network.blocks()[block].params.start;
        let inputs = graph.input.len();
        let row = neuron.checked_sub(inputs);
        let mut sources: Vec<FreeConnection> = row.map_or_else(Vec::new, |row| {
            let of_row = graph.wiring.row(row).iter().zip(graph.wiring.range(row));
            let connection = |(&source, weight): (&u32, usize)| {
                let (neuron, parameter) = (source as usize, start + weight);
                let name = self.pool_name(graph, neuron);
                FreeConnection { neuron, name, parameter, weight: network.theta[parameter] }
            };
            of_row.map(connection).collect()
        });
        sources.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then(a.neuron.cmp(&b.neuron)));
        let bias = row.map(|row| {
            let parameter = start + graph.wiring.len() + row;
            FreeWeight { parameter, value: network.theta[parameter] }
        });
        let reads = |row: &usize| graph.wiring.find(*row, neuron).is_some();
        Ok(Some(FreeNeuronView {
            neuron,
            name: self.pool_name(graph, neuron),
            value,
            bias,
            sources,
            readers: (0..graph.rows()).filter(reads).count(),
            is_free: inputs + graph.outputs <= neuron,
        }))
    }

    fn laid_out(&self, (width, height): (u32, u32), ratio: f32) -> Result<LaidOut> {
        let (block, graph) = self.pool()?;
        let ratio = if ratio.is_finite() { ratio.clamp(0.1, 16.0) } else { 1.0 };
        let start = self.run.network().blocks()[block].params.start;
        let graph = PanelGraph::of_free_graph("", graph, start);
        let scene = Scene::of_graph(&graph, width as f32 / ratio, height as f32 / ratio);
        let mut view = Viewport::fit(&scene, width, height);
        (view.ratio, view.legend) = (ratio, false);
        Ok(LaidOut { graph, scene, view })
    }

    /// The value of every neuron of the pool after the last step.
    fn pool_values(&self) -> Result<Vec<f32>> {
        let (block, graph) = self.pool()?;
        let input = self.run.network().blocks()[block].inputs[0];
        let (inputs, rows) = (self.view.values(input), self.view.values(block));
        if inputs.len() != graph.input.len() {
            return Ok(vec![0.0; graph.pool()]); // nothing is shown
        }
        Ok(inputs.iter().chain(rows).copied().collect())
    }

    /// A neuron of the pool in words.
    fn pool_name(&self, graph: &FreeGraph, neuron: usize) -> String {
        let inputs = graph.input.len();
        let Some(row) = neuron.checked_sub(inputs) else { return pixel_name(graph.input, neuron) };
        match row.checked_sub(graph.outputs) {
            Some(free) => format!("free {free}"),
            None => output_name(&self.run.classes, row),
        }
    }

    fn pool(&self) -> Result<(usize, &FreeGraph)> {
        let another = || Error::expected("graph", "a network with a free graph", "another");
        self.run.network().free_graph().ok_or_else(another)
    }
}
