//! The sparse layer: its sizes, its sources, and what every layer answers.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::row_lists::RowLists;
use super::wiring::{SourceChoice, sources};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::layer::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, TextLine, Weight, WeightView, Written,
};
use crate::operators::{OperatorGraph, Signal, plane_order, plane_places};
use crate::shape::{MOST_VALUES, Shape};

/// Each value of `output` reads `reads` values of `input`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "SparseSizes", into = "SparseSizes")]
pub struct Sparse {
    sizes: SparseSizes,
    /// Made when it is needed first: sizes of a file may be no more than a claim.
    wiring: Arc<OnceLock<SparseWiring>>,
}

/// A sparse layer without its sources, which follow from the choice and the seed unless a model file has others.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SparseSizes {
    pub input: Shape,
    pub output: Shape,
    /// Inputs that each output reads.
    pub reads: usize,
    pub choice: SourceChoice,
    pub seed: u64,
}

#[derive(Debug)]
struct SparseWiring {
    /// Empty for sizes that are refused.
    outputs: RowLists,
    inputs: RowLists,
}

impl From<SparseSizes> for Sparse {
    fn from(sizes: SparseSizes) -> Self {
        Self { sizes, wiring: Arc::default() }
    }
}

impl From<Sparse> for SparseSizes {
    fn from(layer: Sparse) -> Self {
        layer.sizes
    }
}

impl PartialEq for Sparse {
    fn eq(&self, other: &Self) -> bool {
        self.sizes == other.sizes && (Arc::ptr_eq(&self.wiring, &other.wiring) || self.sources() == other.sources())
    }
}

impl Sparse {
    pub fn sizes(&self) -> SparseSizes {
        self.sizes
    }

    /// The inputs that each output reads, `[outputs, reads]`: ascending for each, unless they were given.
    pub fn sources(&self) -> &[u32] {
        self.lists_of_outputs().sources()
    }

    /// The layer of these sizes with other sources.
    ///
    /// # Errors
    /// As for [`Sparse::set_sources`].
    pub fn with_sources(sizes: SparseSizes, sources: Vec<u32>) -> Result<Self> {
        let mut layer = Self::from(sizes);
        layer.set_sources(sources)?;
        Ok(layer)
    }

    /// Takes other sources, as a model file has them. Their order is that of the sum.
    ///
    /// # Errors
    /// They are not `[outputs, reads]` inputs, each once for an output.
    pub fn set_sources(&mut self, sources: Vec<u32>) -> Result<()> {
        let SparseSizes { input, output, reads, .. } = self.sizes;
        let mut sorted = Vec::new();
        let mut is_list = |row: &[u32]| {
            sorted.clear();
            sorted.extend_from_slice(row);
            sorted.sort_unstable();
            let are_inputs = sorted.last().is_some_and(|&last| (last as usize) < input.len());
            are_inputs && sorted.windows(2).all(|pair| pair[0] < pair[1])
        };
        let fits =
            self.check().is_ok() && sources.len() == self.weight_len() && sources.chunks_exact(reads).all(&mut is_list);
        if !fits {
            let expected = format!("{} lists of {reads} of its {} inputs, each once", output.len(), input.len());
            return Err(Error::expected("sparse", expected, "others"));
        }
        self.wiring = Arc::new(OnceLock::from(SparseWiring::new(input.len(), reads, sources)));
        Ok(())
    }

    pub(super) fn lists_of_outputs(&self) -> &RowLists {
        &self.wiring().outputs
    }

    pub(super) fn lists_of_inputs(&self) -> &RowLists {
        &self.wiring().inputs
    }

    fn wiring(&self) -> &SparseWiring {
        self.wiring.get_or_init(|| {
            let SparseSizes { input, output, reads, choice, seed } = self.sizes;
            let is_possible = self.check().is_ok();
            let chosen = is_possible.then(|| sources(input, output, reads, choice, seed));
            SparseWiring::new(if is_possible { input.len() } else { 0 }, reads, chosen.unwrap_or_default())
        })
    }

    pub(super) fn weight_len(&self) -> usize {
        self.sizes.output.len() * self.sizes.reads
    }

    /// The sources of one output.
    pub(super) fn row(&self, output: usize) -> &[u32] {
        let reads = self.sizes.reads;
        &self.sources()[output * reads..][..reads]
    }
}

impl SparseWiring {
    fn new(inputs: usize, reads: usize, sources: Vec<u32>) -> Self {
        Self { inputs: RowLists::of_inputs(inputs, reads, &sources), outputs: RowLists::of_outputs(reads, sources) }
    }
}

impl LayerOps for Sparse {
    fn title(&self) -> String {
        format!("sparse {}", self.sizes.reads)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.sizes.input]
    }

    fn output(&self) -> Shape {
        self.sizes.output
    }

    fn check(&self) -> Result<()> {
        let SparseSizes { input, output, reads, .. } = self.sizes;
        let (inputs, outputs) = (input.checked("sparse")?.len(), output.checked("sparse")?.len());
        if !(1..=inputs).contains(&reads) {
            return Err(Error::expected("sparse", format!("1 to {inputs} inputs for each output"), reads));
        }
        let weights = outputs as u128 * reads as u128;
        if (MOST_VALUES as u128) < weights {
            return Err(Error::expected("sparse", format!("at most {MOST_VALUES} weights"), weights));
        }
        Ok(())
    }

    /// Chooses other sources where another shape is read.
    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        if inputs[0] != self.sizes.input {
            let reads = self.sizes.reads.min(inputs[0].len());
            *self = SparseSizes { input: inputs[0], reads, ..self.sizes }.into();
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let (outputs, fan_in) = (self.sizes.output.len(), self.sizes.reads);
        vec![
            Tensor { name: "weight", dims: vec![outputs, fan_in], init: Init::HeUniform { fan_in }, decays: true },
            Tensor { name: "bias", dims: vec![outputs], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.weight_len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        for (k, &source) in self.row(output).iter().enumerate() {
            let weight = Weight::Parameter(output * self.sizes.reads + k);
            visit(Connection { input: 0, source: source as usize, weight });
        }
    }

    fn readers(&self, _input: usize, _source: usize) -> Readers {
        Readers::all(self.sizes.output)
    }

    fn outgoing(&self, _input: usize, source: usize, visit: &mut dyn FnMut(usize, Weight)) {
        let readers = self.lists_of_inputs().of(source);
        readers.for_each(|(output, connection)| visit(output as usize, Weight::Parameter(connection as usize)));
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Neighbourhoods
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        let SparseSizes { output, reads, choice, seed, .. } = self.sizes;
        let Shape { width, height, channels } = output;
        let seed = if seed == 1 { String::new() } else { format!(" seed={seed}") };
        match choice {
            SourceChoice::Nearest => {
                Some(format!("sparse width={width} height={height} outputs={channels} reads={reads}{seed}"))
            }
            SourceChoice::Random if output.area() == 1 => {
                Some(format!("sparse-random outputs={channels} reads={reads}{seed}"))
            }
            SourceChoice::Random => None,
        }
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        self.forward_groups(theta, x[0], z, memo, call);
    }

    fn backward(&self, theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        self.backward_groups(theta, dz, grads, memo, call);
    }
}

const READS: Field = Field::new("reads", 1.0, 1_000_000.0, "64");
const SEED: Field = Field::new("seed", 0.0, 4_294_967_295.0, "1");

impl Written for Sparse {
    const FORMS: &'static [TextForm<Self>] = &[
        TextForm {
            name: "sparse",
            about: "every value has its own weights to the inputs nearest to its place; width and height 0: as it reads",
            fields: &[
                Field::new("width", 0.0, 4096.0, "0"),
                Field::new("height", 0.0, 4096.0, "0"),
                Field::new("outputs", 1.0, 1_000_000.0, "1"),
                READS,
                SEED,
            ],
            make: |line| {
                let input = line.input()?;
                let or = |side: usize, own: usize| if side == 0 { own } else { side };
                let (width, height) = (or(line.size(0), input.width), or(line.size(1), input.height));
                Ok(made(line, Shape::from_whc(width, height, line.size(2)), SourceChoice::Nearest, (3, 4)))
            },
        },
        TextForm {
            name: "sparse-random",
            about: "every value has its own weights to inputs drawn at random",
            fields: &[Field::OUTPUTS, READS, SEED],
            make: |line| {
                line.input()?;
                Ok(made(line, Shape::flat(line.size(0)), SourceChoice::Random, (1, 2)))
            },
        },
    ];
}

/// The layer of a line; it reads all inputs where there are fewer than it asks for.
fn made(line: &TextLine, output: Shape, choice: SourceChoice, (reads, seed): (usize, usize)) -> Sparse {
    let input = line.inputs[0];
    SparseSizes { input, output, reads: line.size(reads).min(input.len()), choice, seed: line.size(seed) as u64 }.into()
}

impl SpeedHooks for Sparse {
    fn shares_calls(&self) -> bool {
        true
    }
}

impl Portable for Sparse {
    /// A dense layer whose weights are 0 where there is no connection.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let SparseSizes { input, output, reads, .. } = self.sizes;
        let (inputs, outputs, (w, b)) = (input.len(), output.len(), parts.theta.split_at(self.weight_len()));
        // Both x and z in the order of their planes.
        let place = plane_places(input);
        let rows: Vec<usize> = plane_order(output).collect();
        let weights = rows.iter().flat_map(|&row| w[row * reads..][..reads].iter().copied()).collect();
        let in_row = |(at, &row): (usize, &usize)| self.row(row).iter().map(move |&source| (at, source as usize));
        let places = rows.iter().enumerate().flat_map(in_row).map(|(at, source)| at * inputs + place[source]);
        let matrix = graph.scattered("weight", [outputs, inputs], places, weights)?;
        let bias = graph.parameter("bias", &[outputs], rows.iter().map(|&row| b[row]).collect());
        let x = graph.vector(&parts.inputs[0]);
        let z = graph.dense(&x, &matrix, &bias);
        Ok(graph.signal_of_planes(z, output))
    }
}
