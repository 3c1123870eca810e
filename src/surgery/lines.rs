//! Neurons that compare two lines of a picture: the values nearest to one segment are added, those nearest to another taken
//! away, each group with weights of one over its number. T. Murphy grew his networks for letters by them.

use serde::{Deserialize, Serialize};

use super::unit_change::{UnitChange, check_layer, unit_count};
use super::units::{Added, change_units};
use crate::error::{Error, Result};
use crate::layer::{Layer, Sparse, UnitFlow};
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;
use crate::rng::Rng;
use crate::select::select;
use crate::shape::Shape;

/// Most neurons of this kind that are added at a time.
pub const MOST_PAIRS: usize = 512;
/// Share of the picture that such a neuron of a dense layer weighs: one of so many values.
const DENSE_SHARE: usize = 5;

/// A neuron that compares two lines. A segment is x and y of its ends, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinePair {
    pub adds: [f32; 4],
    pub subtracts: [f32; 4],
    pub bias: f32,
}

/// Sizes of the neurons of this kind that a layer can get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LineSizes {
    /// The picture that the layer reads.
    pub picture: Shape,
    /// Values of it that such a neuron weighs.
    pub reads: usize,
    /// Their number is a multiple of this: a sparse picture gets whole rows.
    pub row: usize,
}

impl LineSizes {
    /// # Errors
    /// The layer is neither dense nor sparse, or reads no picture.
    pub fn of(network: &Network, block: usize) -> Result<Self> {
        check_layer(network, block)?;
        let (found, shape) = (&network.blocks()[block], network.shape(block));
        let picture = network.shape(found.inputs[0]);
        let sparse = found.layer.sparse().map(Sparse::sizes);
        let is_dense = found.layer.unit_flow() == UnitFlow::Mixes && shape.is_flat();
        if picture.width.min(picture.height) < 2 || found.inputs.len() != 1 || !(is_dense || sparse.is_some()) {
            let expected = "a dense or sparse layer that reads a picture, to compare lines of it";
            return Err(Error::expected(&found.name, expected, found.layer.ops().title()));
        }
        let reads = sparse.map_or((picture.len() / DENSE_SHARE).max(2), |sizes| sizes.reads);
        let row = if sparse.is_some() && 1 < shape.area() { shape.width * shape.channels } else { 1 };
        Ok(Self { picture, reads, row })
    }
}

impl LinePair {
    /// Draws two segments that do not cross; the bias is 0.
    pub fn draw(rng: &mut Rng, picture: Shape) -> Self {
        let (width, height) = (picture.width as f32, picture.height as f32);
        loop {
            let mut segment = || [width, height, width, height].map(|side| side * rng.uniform());
            let (adds, subtracts) = (segment(), segment());
            if !cross(adds, subtracts) {
                return Self { adds, subtracts, bias: 0.0 };
            }
        }
    }

    /// The `reads` values of a picture `[height, width, channels]` that are nearest to the lines, ascending, and their
    /// weights.
    pub fn weights(&self, picture: Shape, reads: usize) -> Vec<(u32, f32)> {
        let mut near: Vec<(f32, u32, bool)> = (0..picture.len() as u32)
            .map(|index| {
                let pixel = index as usize / picture.channels;
                let at = [(pixel % picture.width) as f32 + 0.5, (pixel / picture.width) as f32 + 0.5];
                let [added, subtracted] = [self.adds, self.subtracts].map(|segment| distance(at, segment));
                (added.min(subtracted), index, added <= subtracted)
            })
            .collect();
        if reads < near.len() {
            select(&mut near, reads, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(reads);
        }
        near.sort_unstable_by_key(|&(_, index, _)| index);
        let added = near.iter().filter(|(.., adds)| *adds).count();
        let weight = |adds: bool| if adds { 1.0 / added as f32 } else { -1.0 / (near.len() - added) as f32 };
        near.iter().map(|&(_, index, adds)| (index, weight(adds))).collect()
    }

    fn is_finite(&self) -> bool {
        self.adds.iter().chain(&self.subtracts).all(|x| x.is_finite()) && self.bias.is_finite()
    }
}

/// Distance of a place from a segment.
fn distance(at: [f32; 2], [x0, y0, x1, y1]: [f32; 4]) -> f32 {
    let (along, from) = ([x1 - x0, y1 - y0], [at[0] - x0, at[1] - y0]);
    let square = along[0] * along[0] + along[1] * along[1];
    let share = (along[0] * from[0] + along[1] * from[1]) / square.max(f32::MIN_POSITIVE);
    let share = share.clamp(0.0, 1.0);
    let [x, y] = [from[0] - share * along[0], from[1] - share * along[1]];
    (x * x + y * y).sqrt()
}

/// Whether the ends of each segment are on different sides of the other.
fn cross(a: [f32; 4], b: [f32; 4]) -> bool {
    let side = |[x0, y0, x1, y1]: [f32; 4], x: f32, y: f32| (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0);
    let divides =
        |line: [f32; 4], other: [f32; 4]| side(line, other[0], other[1]) * side(line, other[2], other[3]) < 0.0;
    divides(a, b) && divides(b, a)
}

/// Adds neurons that compare lines; what follows reads them with weights of 0.
pub fn add_lines(network: &Network, block: usize, pairs: &[LinePair], progress: &Progress) -> Result<(Network, Remap)> {
    let LineSizes { picture, reads, row } = LineSizes::of(network, block)?;
    let name = &network.blocks()[block].name;
    if !(1..=MOST_PAIRS).contains(&pairs.len()) || !pairs.len().is_multiple_of(row) {
        let rows = if row == 1 { String::new() } else { format!(", in rows of {row}") };
        return Err(Error::expected(name, format!("1 to {MOST_PAIRS} pairs of lines{rows}"), pairs.len()));
    }
    if !pairs.iter().all(LinePair::is_finite) {
        return Err(Error::expected(name, "finite places of lines", "others"));
    }
    let (count, change) = (unit_count(network, block), UnitChange::grown(network, block, pairs.len()));
    let (mut changed, remap) = change_units(network, block, change, Added::Silent, 0, progress)?;
    let weights: Vec<Vec<(u32, f32)>> = pairs.iter().map(|pair| pair.weights(picture, reads)).collect();
    if let Some(sparse) = changed.blocks()[block].layer.sparse() {
        let mut sources = sparse.sources()[..count * reads].to_vec();
        sources.extend(weights.iter().flatten().map(|&(source, _)| source));
        let mut spec = changed.spec();
        spec.blocks[block].layer = Layer::Sparse(Sparse::with_sources(sparse.sizes(), sources)?);
        let theta = std::mem::take(&mut changed.theta);
        changed = Network::from_spec(&spec)?;
        changed.theta = theta;
    }
    let ranges: Vec<usize> = changed.tensors(block).into_iter().map(|(_, range)| range.start).collect();
    let is_sparse = changed.blocks()[block].layer.sparse().is_some();
    for (number, (pair, weights)) in pairs.iter().zip(&weights).enumerate() {
        let unit = count + number;
        let len = if is_sparse { reads } else { picture.len() };
        let row = &mut changed.theta[ranges[0] + unit * len..][..len];
        row.fill(0.0);
        for (place, &(source, weight)) in weights.iter().enumerate() {
            row[if is_sparse { place } else { source as usize }] = weight;
        }
        changed.theta[ranges[1] + unit] = pair.bias;
    }
    Ok((changed, remap))
}
