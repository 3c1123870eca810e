//! The present structure of a network whose connections follow from its parameters.

use serde::Serialize;

use crate::layer::{Edges, Manifold};
use crate::network::Network;

/// The structure in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StructureSummary {
    pub block: usize,
    pub inputs: usize,
    pub hidden: usize,
    pub outputs: usize,
    /// Edges there could be.
    pub cells: usize,
    pub edges: usize,
    /// Edges by cells, 0..=1.
    pub edge_share: f64,
    pub cutoff: f64,
    /// Edges on the longest path.
    pub levels: usize,
    /// Outputs that no input reaches but through an edge that was kept for them.
    pub kept: usize,
}

/// The structure of a network; `None` if its connections do not follow from its parameters.
pub fn summary(network: &Network) -> Option<StructureSummary> {
    let (block, manifold, edges) = connected(network)?;
    let theta = &network.theta[network.blocks()[block].params.clone()];
    let cells = manifold.cells();
    Some(StructureSummary {
        block,
        inputs: cells.inputs,
        hidden: cells.hidden,
        outputs: cells.outputs,
        cells: cells.count(),
        edges: edges.count(),
        edge_share: edges.count() as f64 / cells.count() as f64,
        cutoff: f64::from(manifold.cutoff(theta)),
        levels: edges.levels(&cells).into_iter().max().unwrap_or(0),
        kept: edges.kept,
    })
}

/// The cells that are edges, ascending; empty if the connections do not follow from the parameters.
pub fn cells(network: &Network) -> Vec<u32> {
    connected(network).map_or_else(Vec::new, |(_, manifold, edges)| edges.cells(&manifold.cells()))
}

/// The block whose connections follow from its parameters, and its edges.
pub fn connected(network: &Network) -> Option<(usize, &Manifold, Edges)> {
    let (block, manifold) = network.structure()?;
    Some((block, manifold, edges_of(network, block, manifold)))
}

/// The edges of the manifold in a block.
pub fn edges_of(network: &Network, block: usize, manifold: &Manifold) -> Edges {
    let mut edges = Edges::default();
    manifold.connect(&network.theta[network.blocks()[block].params.clone()], 0.0, &mut edges);
    edges
}
