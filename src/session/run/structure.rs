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

/// What each listed input gives to a row over all paths, if every neuron passed on what it gets: the sum over the paths
/// of the products of strengths and weights. `[inputs]`.
pub fn influence_of_inputs(manifold: &Manifold, theta: &[f32], edges: &Edges, row: usize) -> Vec<f32> {
    let (cells, weight) = (manifold.cells(), &theta[manifold.weights()]);
    // From the row back: a neuron is done when all that read it are.
    let mut given = vec![0.0; cells.all_sources()];
    let take = |row: usize, by: f32, given: &mut Vec<f32>| {
        for (source, strength) in edges.row(row).edges() {
            given[source] += by * strength * weight[source];
        }
    };
    take(row, 1.0, &mut given);
    for reader in (0..row.min(cells.hidden)).rev() {
        let by = given[cells.inputs + reader];
        if by != 0.0 {
            take(reader, by, &mut given);
        }
    }
    given.truncate(cells.inputs);
    given
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::preset::{self, Request};
    use crate::shape::Shape;

    #[test]
    fn what_inputs_give_over_all_paths_is_what_forward_passes_on() {
        let preset = preset::find("manifold").unwrap();
        let mut network = preset.build(Shape::from_whc(5, 1, 1), Request { classes: 4, ..Request::default() }).unwrap();
        network.initialise(3);
        let (block, manifold, edges) = connected(&network).unwrap();
        let theta = &network.theta[network.blocks()[block].params.clone()];
        let (cells, weight) = (manifold.cells(), &theta[manifold.weights()]);
        // From the inputs on: what each gives to the sources, and so to the rows.
        for input in 0..cells.inputs {
            let mut given = vec![0.0; cells.all_sources()];
            given[input] = 1.0;
            for row in 0..cells.rows() {
                let to: f32 = edges.row(row).edges().map(|(source, d)| d * weight[source] * given[source]).sum();
                if row < cells.hidden {
                    given[cells.inputs + row] = to;
                }
                let back = influence_of_inputs(manifold, theta, &edges, row)[input];
                assert!((to - back).abs() <= 1e-5 * to.abs().max(1.0), "input {input}, row {row}: {to} and {back}");
            }
        }
    }
}
