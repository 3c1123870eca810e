//! Matrices that are 0 but for numbers at some places, as the weights of sparse layers are written: a row of zeros, numbers
//! scattered in it, and the row as a matrix. They are never made whole.

use std::collections::{HashMap, HashSet};

use super::builder::{Builder, Operand, named};
use super::graph::{Node, OnnxGraph};
use super::links::Links;
use super::scattered_matrix::ScatteredMatrix;
use super::view::TensorView;
use super::weights::{GemmFactors, InRow};
use crate::error::{Error, Result};
use crate::layer::{Layer, SourceChoice, Sparse, SparseSizes};
use crate::operators::{places, plane_order};
use crate::shape::Shape;

/// Finds such matrices; they get the names of their numbers, and the nodes that made them are left out.
pub fn find(graph: &mut OnnxGraph) {
    let links = Links::new(graph);
    let found: Vec<(String, String, ScatteredMatrix)> =
        graph.nodes.iter().filter_map(|node| matrix(&links, node)).collect();
    let new_names: HashMap<&str, &str> = found.iter().map(|(old, new, _)| (old.as_str(), new.as_str())).collect();
    for node in &mut graph.nodes {
        for name in &mut node.inputs {
            if let Some(new) = new_names.get(name.as_str()) {
                *name = (*new).into();
            }
        }
    }
    graph.nodes.retain(|node| !new_names.contains_key(node.output()));
    graph.scattered = found.into_iter().map(|(_, name, matrix)| (name, matrix)).collect();
}

/// The name of a matrix that a Reshape makes, that of its numbers, and the matrix.
fn matrix(links: &Links, node: &Node) -> Option<(String, String, ScatteredMatrix)> {
    let scatter = links.before(node, 0, "ScatterElements").filter(|_| node.operator == "Reshape")?;
    let zeros = links.before(scatter, 0, "ConstantOfShape")?;
    let &[rows, columns] = links.integers(node, 1)? else { return None };
    let (rows, columns) = (usize::try_from(rows).ok()?, usize::try_from(columns).ok()?);
    let len = rows.checked_mul(columns)?;
    let is_replacing = scatter.integer("axis", 0) == 0 && scatter.text("reduction", "none") == "none";
    let is_row = links.integers(zeros, 0)? == [i64::try_from(len).ok()?] && zeros.attributes.is_empty();
    let (at, (_, numbers)) = (links.integers(scatter, 1)?, links.floats(scatter, 2)?);
    let at: Vec<usize> = at.iter().map(|&at| usize::try_from(at).ok().filter(|&at| at < len)).collect::<Option<_>>()?;
    let is_each_once = at.iter().collect::<HashSet<_>>().len() == numbers.len();
    let name = scatter.input(2)?;
    let is_own = links.readers_of(name).len() == 1;
    let entries = at.into_iter().zip(numbers.iter().copied()).collect::<Vec<_>>();
    let fits = is_replacing && is_row && is_each_once && is_own && entries.len() == numbers.len();
    fits.then(|| (node.output().into(), name.into(), ScatteredMatrix { rows, columns, entries }))
}

/// Adds alpha A B + beta C as a sparse layer, where B is such a matrix; `is_turned` if it is `[outputs, inputs]`.
pub fn add(
    builder: &mut Builder,
    node: &Node,
    InRow { value, order }: InRow,
    (matrix, is_turned): (&ScatteredMatrix, bool),
    factors: GemmFactors,
) -> Result<()> {
    let (outputs, inputs) = if is_turned { (matrix.rows, matrix.columns) } else { (matrix.columns, matrix.rows) };
    let input = builder.shape(&value);
    if inputs != input.len() {
        return Err(Error::expected(weights(node), format!("those of {} inputs", input.len()), inputs));
    }
    let reads = matrix.entries.len() / outputs.max(1);
    let uneven = || Error::expected(weights(node), "as many scattered numbers for each output", "others");
    if reads == 0 || reads.checked_mul(outputs) != Some(matrix.entries.len()) {
        return Err(uneven());
    }
    let output = painted(builder, node, &value).filter(|shape| shape.len() == outputs).unwrap_or(Shape::flat(outputs));
    // Our numbers of the inputs and the outputs, by those of the file.
    let (from, to) = (places(&order), plane_order(output).collect::<Vec<_>>());
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::with_capacity(reads); outputs];
    for (row, column, number) in matrix.each() {
        let (made, read) = if is_turned { (row, column) } else { (column, row) };
        rows[to[made]].push((from[read] as u32, number));
    }
    if rows.iter().any(|row| row.len() != reads) {
        return Err(uneven());
    }
    let mut theta: Vec<f32> = rows.iter().flatten().map(|&(_, number)| factors.weights * number).collect();
    let bias = factors.bias(builder, node, outputs)?;
    theta.extend(places(&to).into_iter().map(|made| bias[made]));
    let choice = if output.is_flat() { SourceChoice::Random } else { SourceChoice::Nearest };
    let sizes = SparseSizes { input, output, reads, choice, seed: 1 };
    let layer = Sparse::with_sources(sizes, rows.iter().flatten().map(|&(source, _)| source).collect())?;
    let view = if output.is_flat() { TensorView::row(value.view.rank()) } else { TensorView::vector() };
    builder.push(node, Layer::Sparse(layer), &[&value], &theta, view)
}

fn weights(node: &Node) -> String {
    named("weights", node.input(1).unwrap_or_default())
}

/// The picture that the only reader of a node makes of its vector.
fn painted(builder: &Builder, node: &Node, value: &Operand) -> Option<Shape> {
    let [reader] = builder.readers(node)[..] else { return None };
    let is_vector = value.view.is_vector() && reader.operator == "Reshape";
    let dims = builder.constant(reader.input(1)?).filter(|_| is_vector)?.as_integers()?;
    let &[-1, channels, height, width] = dims else { return None };
    let side = |len: i64| usize::try_from(len).ok().filter(|len| (1..=1 << 16).contains(len));
    Shape::from_whc(side(width)?, side(height)?, side(channels)?).checked("picture").ok()
}
