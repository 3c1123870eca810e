//! A free graph, as it is written: its steps one after the other, v = tanh(base + v W), then s of its outputs beside v of its
//! free neurons.

use super::builder::{Builder, input_name};
use super::graph::Node;
use super::links::Links;
use super::own_node::{own_node, size};
use super::scattered_matrix::ScatteredMatrix;
use super::view::TensorView;
use super::weights::InRow;
use crate::error::{Error, Result};
use crate::layer::{FreeGraph, Layer, Wiring};
use crate::operators::places;

/// Inputs: x, the weights of the inputs, the bias, the weights within if there are any.
pub const OPERATOR: &str = "FreeGraph";

/// The graph whose last node is a Concat.
pub fn find(links: &Links, last: &Node) -> Option<Node> {
    let (shown, free) = (links.before(last, 0, "Slice")?, links.before(last, 1, "Slice")?);
    let v = links.before(free, 0, "Tanh")?;
    let outputs = part(links, shown, None)?;
    let rows = part(links, free, Some(outputs))?;
    let is_pair = last.inputs.len() == 2 && last.integer("axis", 0) == 1 && shown.input(0) == v.input(0);
    // From the last step to the first, whose s is base.
    let (mut v, mut steps, mut base, mut within) = (v, 1, None, None);
    while let Some(s) = links.before(v, 0, "Add") {
        let read = links.before(s, 1, "MatMul")?;
        if steps != 1 && (base, within) != (s.input(0), read.input(1)) {
            return None;
        }
        (base, within) = (s.input(0), read.input(1));
        (v, steps) = (links.before(read, 0, "Tanh")?, steps + 1);
    }
    let dense = links.before(v, 0, "Gemm").filter(|_| is_pair && (steps == 1 || base == v.input(0)))?;
    let is_plain = ["alpha", "beta"].iter().all(|name| dense.float(name, 1.0) == 1.0);
    let is_turned = dense.integer("transB", 0) == 1 && dense.integer("transA", 0) == 0;
    let inputs = [dense.input(0)?, dense.input(1)?, dense.input(2)?, within.unwrap_or_default()];
    let node = || own_node(last, OPERATOR, &inputs, &[("outputs", outputs), ("rows", rows), ("steps", steps)]);
    (is_plain && is_turned).then(node)
}

/// The end of a Slice of the values of each image, if it begins at this place.
fn part(links: &Links, slice: &Node, start: Option<i64>) -> Option<i64> {
    let one = |input: usize| match links.integers(slice, input)? {
        &[number] => Some(number),
        _ => None,
    };
    let is_part = one(1)? == start.unwrap_or(0) && one(3)? == 1 && slice.input(4).is_none();
    one(2).filter(|_| is_part)
}

pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    let InRow { value, order } = InRow::of(builder, node)?;
    let input = builder.shape(&value);
    let (outputs, rows, steps) = (size(node, "outputs")?, size(node, "rows")?, size(node, "steps")?);
    let bias = builder.floats(node, 2)?.1.to_vec();
    if bias.len() != rows || rows < outputs {
        return Err(Error::expected("bias", format!("{rows} numbers"), bias.len()));
    }
    let scattered = builder.graph;
    let matrix = |index: usize, dims: [usize; 2]| -> Result<&ScatteredMatrix> {
        let name = input_name(node, index)?;
        let matrix = scattered.scattered.get(name).filter(|matrix| [matrix.rows, matrix.columns] == dims);
        matrix.ok_or_else(|| Error::expected(name, format!("scattered numbers of {dims:?}"), "others"))
    };
    // Sources of each row: our numbers of the inputs, then the neurons.
    let (from, mut lists) = (places(&order), vec![Vec::new(); rows]);
    for (row, column, number) in matrix(1, [rows, input.len()])?.each() {
        lists[row].push((from[column] as u32, number));
    }
    if node.input(3).is_some() {
        for (neuron, row, number) in matrix(3, [rows; 2])?.each() {
            lists[row].push(((input.len() + neuron) as u32, number));
        }
    }
    lists.iter_mut().for_each(|list| list.sort_unstable_by_key(|&(source, _)| source));
    let most_sources = lists.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let wiring = Wiring::new(lists.iter().map(|list| list.iter().map(|&(source, _)| source).collect()));
    let theta: Vec<f32> = lists.iter().flatten().map(|&(_, number)| number).chain(bias).collect();
    let layer = FreeGraph { input, outputs, free: rows - outputs, steps, most_sources, wiring };
    builder.push(node, Layer::FreeGraph(layer), &[&value], &theta, TensorView::vector())
}
