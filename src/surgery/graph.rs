//! Changes the neurons and connections of a free graph; those that stay keep their numbers.

use super::fill::fill;
use crate::error::{Error, Result};
use crate::layer::{ChangedGraph, FreeGraph, Layer};
use crate::network::{Held, Network};
use crate::progress::Progress;
use crate::remap::Remap;

/// Puts a changed graph into a block. The cut that leaves the outputs, if there is one, is moved along. New connections
/// of neurons that stay begin at 0, so the network computes what it did; new neurons are initialised with `seed`.
pub fn rewire(
    network: &Network,
    block: usize,
    changed: &ChangedGraph,
    seed: u64,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    let old = free_graph(network, block)?.clone();
    let ChangedGraph { graph, rows, connections } = changed;
    let mut spec = network.spec();
    let name = spec.blocks[block].name.clone();
    spec.blocks[block].layer = Layer::FreeGraph(graph.clone());
    if graph.rows() != old.rows() {
        for reader in spec.blocks.iter_mut().filter(|reader| reader.inputs.contains(&block)) {
            let title = reader.layer.ops().title();
            let Layer::Pad(pad) = &mut reader.layer else {
                return Err(Error::expected(&name, "only a cut to read it", title));
            };
            pad.input.width = graph.rows();
            pad.right -= graph.rows() as i32 - old.rows() as i32;
        }
    }
    // Pins and holds belong to the old numbers; they are carried over below.
    (spec.pins, spec.holds) = Default::default();
    let mut rewired = Network::from_spec(&spec)?;
    let mut remap = Remap::default();
    for (index, from) in network.blocks().iter().enumerate() {
        let start = from.params.start;
        if index != block {
            remap.push(Some(start), from.params.len());
            continue;
        }
        connections.iter().for_each(|origin| remap.push(origin.map(|origin| start + origin), 1));
        let biases = start + old.wiring.len();
        rows.iter().for_each(|origin| remap.push(origin.map(|origin| biases + origin), 1));
    }
    fill(&mut rewired, network, &remap, seed, progress)?;
    let start = rewired.blocks()[block].params.start;
    for row in (0..graph.rows()).filter(|&row| rows[row].is_some()) {
        for connection in graph.wiring.range(row).filter(|&connection| connections[connection].is_none()) {
            rewired.theta[start + connection] = 0.0;
        }
    }
    rewired.set_pins(network.pins().carry(&remap))?;
    let mut holds = network.holds().clone();
    holds.retain(|hold| hold.block != block);
    for hold in network.holds().of(block) {
        let Held::Neuron(row) = hold.held else { continue };
        if let Some(row) = rows.iter().position(|&origin| origin == Some(row)) {
            holds.set(block, &[Held::Neuron(row)], Some(hold.value));
        }
    }
    rewired.set_holds(holds)?;
    Ok((rewired, remap))
}

/// The free graph of a block.
pub fn free_graph(network: &Network, block: usize) -> Result<&FreeGraph> {
    let blocks = network.blocks();
    let graph = blocks.get(block).and_then(|block| block.layer.free_graph());
    graph.ok_or_else(|| Error::expected("graph", "a block that is a free graph", block))
}
