//! A manifold for other programs: at its present edges, as dense layers over all neurons so far.
//!
//! Hidden neurons that follow each other and do not read each other are computed together.

use super::Manifold;
use super::edges::Edges;
use super::manifold::{NeuronKind, SequenceOf};
use super::pass::LEAK;
use crate::error::{Error, Result};
use crate::layer::{LayerOps, Portable, PortableParts};
use crate::operators::{AttributeValue, OperatorGraph, Signal, places, plane_order};

impl Portable for Manifold {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        if self.sequence != SequenceOf::None || self.neuron != NeuronKind::Plain {
            let expected = "a manifold that reads the whole image at once, for another program";
            return Err(Error::expected(self.title(), expected, "one that reads it row by row, or remembers"));
        }
        let cells = self.cells();
        let (inputs, theta) = (cells.inputs, parts.theta);
        let (weights, mut edges) = (self.source_weights(theta), Edges::default());
        self.connect(theta, 0.0, &mut edges);
        // Sources are the inputs in the order of their planes, then the hidden neurons.
        let order: Vec<usize> = plane_order(self.input).chain(inputs..cells.all_sources()).collect();
        let place = places(&order);
        let stretched = |graph: &mut OperatorGraph, y: &str, from: usize, end: usize| {
            let of = |numbers: &[f32]| order[from..end].iter().map(|&source| numbers[source]).collect::<Vec<f32>>();
            let weight = graph.floats("weight", &[end - from], of(weights.weight));
            let bias = graph.floats("bias", &[end - from], of(weights.bias));
            let product = graph.apply("Mul", &[y, &weight], &[]);
            graph.apply("Add", &[&product, &bias], &[])
        };
        let strengths = |graph: &mut OperatorGraph, rows: std::ops::Range<usize>, sources: usize| {
            let mut matrix = vec![0.0; sources * rows.len()];
            for (at, row) in rows.clone().enumerate() {
                for (source, strength) in edges.row(row).edges() {
                    matrix[place[source] * rows.len() + at] = strength;
                }
            }
            graph.floats("strengths", &[sources, rows.len()], matrix)
        };
        let side_by_side = [("axis", AttributeValue::Integer(1))];
        let x = graph.vector(&parts.inputs[0]);
        let mut u = stretched(graph, &x, 0, inputs);
        let (mut outputs, mut row) = (Vec::new(), 0);
        while row < cells.hidden {
            let reads_none_since = |next: usize| edges.row(next).edges().all(|(source, _)| source < inputs + row);
            let end = (row + 1..cells.hidden).find(|&next| !reads_none_since(next)).unwrap_or(cells.hidden);
            let h = graph.apply("LeakyRelu", &[&u], &[("alpha", AttributeValue::Float(LEAK))]);
            let matrix = strengths(graph, row..end, inputs + row);
            let y = graph.apply("MatMul", &[&h, &matrix], &[]);
            let made = stretched(graph, &y, inputs + row, inputs + end);
            u = graph.apply("Concat", &[&u, &made], &side_by_side);
            outputs.push(y);
            row = end;
        }
        let matrix = strengths(graph, cells.hidden..cells.rows(), cells.all_sources());
        let mut z = graph.apply("MatMul", &[&u, &matrix], &[]);
        if self.squared {
            z = graph.apply("Mul", &[&z, &z], &[]);
        }
        outputs.push(z);
        let names: Vec<&str> = outputs.iter().map(String::as_str).collect();
        let all = graph.apply("Concat", &names, &side_by_side);
        Ok(graph.signal_of_planes(all, self.output()))
    }
}
