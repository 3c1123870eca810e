//! The nodes that an output depends on, each after those that it reads. Files need not have them in this order.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::graph::OnnxGraph;
use crate::error::{Error, Result};

/// Numbers of the nodes, in the order of the file as far as that is possible.
pub fn order(graph: &OnnxGraph, output: &str) -> Result<Vec<usize>> {
    let outputs = graph.nodes.iter().enumerate();
    let makers: HashMap<&str, usize> =
        outputs.rev().flat_map(|(index, node)| node.outputs.iter().map(move |name| (name.as_str(), index))).collect();
    let made_by = |index: usize| {
        let names = graph.nodes[index].inputs.iter().filter(|name| !name.is_empty());
        let makers: HashSet<usize> = names.filter_map(|name| makers.get(name.as_str()).copied()).collect();
        makers
    };
    let mut needed: HashMap<usize, HashSet<usize>> = HashMap::new();
    let mut ahead: Vec<usize> = makers.get(output).copied().into_iter().collect();
    while let Some(index) = ahead.pop() {
        if let Entry::Vacant(place) = needed.entry(index) {
            let before = made_by(index);
            ahead.extend(&before);
            place.insert(before);
        }
    }
    let mut readers: HashMap<usize, Vec<usize>> = HashMap::new();
    for (&index, before) in &needed {
        before.iter().for_each(|&maker| readers.entry(maker).or_default().push(index));
    }
    let ready = needed.iter().filter(|(_, before)| before.is_empty());
    let mut ready: BinaryHeap<Reverse<usize>> = ready.map(|(&index, _)| Reverse(index)).collect();
    let mut waits: HashMap<usize, usize> = needed.iter().map(|(&index, before)| (index, before.len())).collect();
    let mut order = Vec::with_capacity(needed.len());
    while let Some(Reverse(index)) = ready.pop() {
        order.push(index);
        for reader in readers.remove(&index).unwrap_or_default() {
            let wait = waits.entry(reader).or_default();
            *wait -= 1;
            if *wait == 0 {
                ready.push(Reverse(reader));
            }
        }
    }
    if order.len() < needed.len() {
        return Err(Error::expected("graph", "nodes that read what others made before", "nodes in a circle"));
    }
    Ok(order)
}
