//! Attribution: how much each place of a picture speaks for a class.
//!
//! F is the score of the class, x the picture `[height, width, channels]`, f the maps of a block `[h, w, k]`.
//!
//! | method | heat |
//! |---|---|
//! | class activation | `sum_k w_k f_k`, where the class is `sum_k w_k mean(f_k) + b` |
//! | Grad-CAM | `max(0, sum_k a_k f_k)`, `a_k` the mean of `dF/df_k` over the map |
//! | integrated gradients | `(x - x') mean over a of dF/dx (x' + a (x - x'))`, x' black, summed over the channels |
//! | occlusion | `F(x) - F(x with a square in its mean colour)`, the mean over the squares that cover a place |
//!
//! Sources: Zhou et al. 2016, <https://arxiv.org/abs/1512.04150>; Selvaraju et al. 2017,
//! <https://arxiv.org/abs/1610.02391>; Sundararajan et al. 2017, <https://arxiv.org/abs/1703.01365>; Zeiler and Fergus
//! 2014, <https://arxiv.org/abs/1311.2901>.
//!
//! Integrated gradients add up to `F(x) - F(x')`. The mean is taken at the middles of equal parts of the way, whose
//! number is tripled until that holds within 1 %; the points so far are among the next ones.

use serde::{Deserialize, Serialize};

use super::heat_map::HeatMap;
use crate::activation::Activation;
use crate::layer::{Call, LOOK, LayerRole, Weight};
use crate::metrics::largest;
use crate::network::{Network, Neuron, Pass};
use crate::par;
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributionMethod {
    ClassActivation,
    GradCam,
    IntegratedGradients,
    Occlusion,
}

/// Parts of the way of integrated gradients, at first and at most.
const FIRST_PARTS: usize = 32;
const MOST_PARTS: usize = FIRST_PARTS * 27;
/// Largest difference between the sum of the attributions and that of the scores, as a share of the latter.
const COMPLETE: f64 = 0.01;
/// Squares of an occlusion along the shorter side of a picture.
const SQUARES: usize = 6;
/// Pictures in one pass, and most values in all blocks of it. The numbers are the same for any number of threads.
const EXAMPLES: usize = 8;
const MOST_VALUES: usize = 1 << 22;

impl AttributionMethod {
    pub const ALL: [Self; 4] = [Self::ClassActivation, Self::GradCam, Self::IntegratedGradients, Self::Occlusion];

    pub fn name(self) -> &'static str {
        match self {
            Self::ClassActivation => "class-activation",
            Self::GradCam => "grad-cam",
            Self::IntegratedGradients => "integrated-gradients",
            Self::Occlusion => "occlusion",
        }
    }

    /// The method of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// The methods that a network allows.
pub fn methods(network: &Network) -> Vec<AttributionMethod> {
    let allows = |method: &AttributionMethod| match method {
        AttributionMethod::ClassActivation => averaged_block(network).is_some(),
        AttributionMethod::GradCam => !map_blocks(network).is_empty(),
        AttributionMethod::IntegratedGradients | AttributionMethod::Occlusion => true,
    };
    AttributionMethod::ALL.into_iter().filter(allows).collect()
}

/// The blocks with maps that Grad-CAM can look at: computed from the input, and read on the way to the last block.
pub fn map_blocks(network: &Network) -> Vec<usize> {
    let last = network.blocks().len() - 1;
    let mut is_read = vec![false; last + 1];
    is_read[last] = true;
    for index in (0..=last).rev() {
        if is_read[index] {
            network.blocks()[index].inputs.iter().for_each(|&input| is_read[input] = true);
        }
    }
    let has_maps = |&block: &usize| 1 < network.shape(block).area() && network.computes(block) && is_read[block];
    (1..last).filter(has_maps).collect()
}

/// The block that Grad-CAM looks at unless another is asked for: the last convolution, or the last with maps.
pub fn last_map_block(network: &Network) -> Option<usize> {
    let blocks = map_blocks(network);
    let is_conv = |&&block: &&usize| network.blocks()[block].layer.ops().weight_view().kernels().is_some();
    blocks.iter().rev().find(is_conv).or(blocks.last()).copied()
}

/// The block whose maps are averaged for a dense layer that gives the classes.
pub fn averaged_block(network: &Network) -> Option<usize> {
    let last = network.blocks().last()?;
    last.layer.speed().as_matrix()?;
    let read = Neuron { block: *last.inputs.first()?, index: 0 };
    let pool = &network.blocks()[network.origin(read).block];
    let &[maps] = &pool.inputs[..] else { return None };
    let (shape, ops) = (network.shape(maps), pool.layer.ops());
    let has_channels = ops.output() == Shape::flat(shape.channels) && ops.role() == LayerRole::Computes;
    if !has_channels || shape.is_flat() || pool.activation != Activation::Linear || !ops.tensors().is_empty() {
        return None;
    }
    let mut count = 0;
    ops.incoming(0, &mut |connection| {
        count += usize::from(connection.source % shape.channels == 0 && connection.weight == share_of(shape));
    });
    (count == shape.area()).then_some(maps)
}

/// The weight of a pixel in the mean of a map.
fn share_of(shape: Shape) -> Weight {
    Weight::Fixed(Some(1.0 / shape.area() as f32))
}

/// The work on one picture, in slices.
pub struct Attribution {
    class: usize,
    /// The picture, 0..=1.
    x: Vec<f32>,
    outputs: Vec<f32>,
    state: AttributionState,
}

enum AttributionState {
    Done(HeatMap),
    Gradients(IntegrationPath),
    Squares(OcclusionSquares),
}

/// The way from black to the picture.
struct IntegrationPath {
    parts: usize,
    /// The points that are left, as shares of the way.
    points: Vec<f32>,
    /// The sum of dF/dx over the points that are done.
    sum: Vec<f64>,
    /// F of black.
    base: f64,
    heat: HeatMap,
}

/// Squares that hide a part of the picture.
struct OcclusionSquares {
    side: usize,
    /// Left and top of the squares that are left.
    places: Vec<(usize, usize)>,
    /// The mean colour of the picture.
    colour: Vec<f32>,
    /// The sum of what the squares over each place cost, and their number.
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Attribution {
    /// Begins with a picture `[height, width, channels]` of 0..=1; without a class the likeliest one is explained.
    /// `block` is the one that Grad-CAM looks at. The method must be one of [`methods`], the block one of
    /// [`map_blocks`], and the class one of the network's.
    pub fn begin(
        network: &Network,
        method: AttributionMethod,
        block: usize,
        class: Option<usize>,
        x: Vec<f32>,
    ) -> Self {
        let outputs = scores(network, &x, |outputs| outputs.to_vec()).concat();
        let class = class.unwrap_or_else(|| largest(&outputs));
        let shape = network.input();
        let state = match method {
            AttributionMethod::ClassActivation => AttributionState::Done(class_activation(network, class, &x)),
            AttributionMethod::GradCam => AttributionState::Done(grad_cam(network, block, class, &x)),
            AttributionMethod::IntegratedGradients => AttributionState::Gradients(IntegrationPath {
                parts: FIRST_PARTS,
                points: middles(FIRST_PARTS).collect(),
                sum: vec![0.0; x.len()],
                base: scores(network, &vec![0.0; x.len()], |outputs| f64::from(outputs[class]))[0],
                heat: HeatMap { width: shape.width, height: shape.height, values: vec![0.0; shape.area()] },
            }),
            AttributionMethod::Occlusion => AttributionState::Squares(OcclusionSquares::over(&x, shape)),
        };
        Self { class, x, outputs, state }
    }

    /// Does one slice. Returns whether there is more to do.
    pub fn advance(&mut self, network: &Network) -> bool {
        let Self { class, x, outputs, state } = self;
        let (class, score) = (*class, f64::from(outputs[*class]));
        match state {
            AttributionState::Done(_) => false,
            AttributionState::Gradients(way) => way.advance(network, class, x, score),
            AttributionState::Squares(squares) => {
                if !squares.advance(network, class, x, score) {
                    *state = AttributionState::Done(squares.heat(network.input()));
                }
                matches!(state, AttributionState::Squares(_))
            }
        }
    }

    /// The map; what there is of it before the end.
    pub fn heat(&self) -> Option<&HeatMap> {
        match &self.state {
            AttributionState::Done(heat) => Some(heat),
            AttributionState::Gradients(way) => Some(&way.heat),
            AttributionState::Squares(_) => None,
        }
    }

    /// The class that is explained.
    pub fn class(&self) -> usize {
        self.class
    }

    /// The scores of all classes.
    pub fn outputs(&self) -> &[f32] {
        &self.outputs
    }

    /// For integrated gradients, the number of parts of the way and the share by which the attributions miss the
    /// difference of the scores.
    pub fn completeness(&self) -> Option<(usize, f64)> {
        let AttributionState::Gradients(way) = &self.state else { return None };
        Some((way.parts, way.gap(f64::from(self.outputs[self.class]))))
    }
}

impl IntegrationPath {
    fn advance(&mut self, network: &Network, class: usize, x: &[f32], score: f64) -> bool {
        let count = self.points.len().min(EXAMPLES * par::threads());
        let points: Vec<f32> = self.points.drain(..count).collect();
        let pictures: Vec<f32> = points.iter().flat_map(|&share| x.iter().map(move |x| share * x)).collect();
        for gradients in gradients(network, class, 0, &pictures) {
            self.sum.iter_mut().zip(gradients).for_each(|(sum, d)| *sum += f64::from(d));
        }
        if !self.points.is_empty() {
            return true;
        }
        let heat = |(pixel, sum): (&[f32], &[f64])| {
            let product: f64 = pixel.iter().zip(sum).map(|(&x, sum)| f64::from(x) * sum / self.parts as f64).sum();
            product as f32
        };
        let channels = network.input().channels;
        self.heat.values = x.chunks_exact(channels).zip(self.sum.chunks_exact(channels)).map(heat).collect();
        if self.gap(score) <= COMPLETE || MOST_PARTS <= self.parts {
            return false;
        }
        // Every third middle of the finer parts is one of those that are done.
        self.parts *= 3;
        self.points = middles(self.parts).enumerate().filter(|(n, _)| n % 3 != 1).map(|(_, point)| point).collect();
        true
    }

    fn gap(&self, score: f64) -> f64 {
        let sum: f64 = self.heat.values.iter().map(|&value| f64::from(value)).sum();
        let difference = score - self.base;
        (sum - difference).abs() / difference.abs().max(1e-6)
    }
}

impl OcclusionSquares {
    fn over(x: &[f32], shape: Shape) -> Self {
        let Shape { width, height, channels } = shape;
        let side = (width.min(height) as f32 / SQUARES as f32).round().max(1.0) as usize;
        let firsts = |len: usize| (0..len - side).step_by((side / 2).max(1)).chain([len - side]);
        let places = firsts(height).flat_map(|top| firsts(width).map(move |left| (left, top))).collect();
        let mean = |channel: usize| {
            let sum: f64 = x.iter().skip(channel).step_by(channels).map(|&x| f64::from(x)).sum();
            (sum / shape.area() as f64) as f32
        };
        let colour = (0..channels).map(mean).collect();
        Self { side, places, colour, sums: vec![0.0; shape.area()], counts: vec![0; shape.area()] }
    }

    fn advance(&mut self, network: &Network, class: usize, x: &[f32], score: f64) -> bool {
        let count = self.places.len().min(EXAMPLES * par::threads());
        let places: Vec<(usize, usize)> = self.places.drain(..count).collect();
        let Shape { width, channels, .. } = network.input();
        let side = self.side;
        let covered = |&(left, top): &(usize, usize)| {
            (top..top + side).flat_map(move |y| (left..left + side).map(move |x| y * width + x))
        };
        let mut pictures = Vec::with_capacity(places.len() * x.len());
        for place in &places {
            let first = pictures.len();
            pictures.extend_from_slice(x);
            for pixel in covered(place) {
                pictures[first + pixel * channels..][..channels].copy_from_slice(&self.colour);
            }
        }
        let hidden = scores(network, &pictures, |outputs| f64::from(outputs[class]));
        for (place, hidden) in places.iter().zip(hidden) {
            for pixel in covered(place) {
                self.sums[pixel] += score - hidden;
                self.counts[pixel] += 1;
            }
        }
        !self.places.is_empty()
    }

    fn heat(&self, Shape { width, height, .. }: Shape) -> HeatMap {
        let mean = |(sum, &count): (&f64, &u32)| (sum / f64::from(count.max(1))) as f32;
        HeatMap { width, height, values: self.sums.iter().zip(&self.counts).map(mean).collect() }
    }
}

/// The middles of equal parts of 0..1.
fn middles(parts: usize) -> impl Iterator<Item = f32> {
    (0..parts).map(move |n| ((n as f64 + 0.5) / parts as f64) as f32)
}

fn class_activation(network: &Network, class: usize, x: &[f32]) -> HeatMap {
    let last = network.blocks().len() - 1;
    let block = averaged_block(network).unwrap_or(last);
    let shape = network.shape(block);
    let maps = maps_of(network, block, x);
    let row = network.blocks()[last].params.start + class * shape.channels;
    let weights = &network.theta[row..row + shape.channels];
    weighted(&maps, weights, shape)
}

fn grad_cam(network: &Network, block: usize, class: usize, x: &[f32]) -> HeatMap {
    let shape = network.shape(block);
    let maps = maps_of(network, block, x);
    let gradients = gradients(network, class, block, x).concat();
    let mean = |channel: usize| {
        let sum: f64 = gradients.iter().skip(channel).step_by(shape.channels).map(|&d| f64::from(d)).sum();
        (sum / shape.area() as f64) as f32
    };
    let weights: Vec<f32> = (0..shape.channels).map(mean).collect();
    let mut heat = weighted(&maps, &weights, shape);
    heat.values.iter_mut().for_each(|value| *value = value.max(0.0));
    heat
}

/// The sum of the maps, each times its weight.
fn weighted(maps: &[f32], weights: &[f32], shape: Shape) -> HeatMap {
    let sum = |pixel: &[f32]| pixel.iter().zip(weights).map(|(f, w)| f * w).sum();
    let values = maps.chunks_exact(shape.channels).map(sum).collect();
    HeatMap { width: shape.width, height: shape.height, values }
}

fn maps_of(network: &Network, block: usize, x: &[f32]) -> Vec<f32> {
    let mut pass = Pass::up_to(network, block, 1);
    network.read(&mut pass, x, &LOOK);
    network.forward_between(0, block, &mut pass, &LOOK);
    pass.values(block).to_vec()
}

/// Computes something from the outputs of each picture.
fn scores<T: Send>(network: &Network, pictures: &[f32], of: impl Fn(&[f32]) -> T + Sync + Send) -> Vec<T> {
    let parts: Vec<&[f32]> = pictures.chunks(examples_at_once(network) * network.input().len()).collect();
    let found = par::map(&parts, |x| {
        let call = Call { examples: x.len() / network.input().len(), ..LOOK };
        let mut pass = Pass::forward_only(network, call.examples);
        network.read(&mut pass, x, &call);
        network.forward(&mut pass, &call);
        pass.output().chunks_exact(network.output().len()).map(&of).collect::<Vec<T>>()
    });
    found.into_iter().flatten().collect()
}

/// For each picture, the gradient of the score of a class with respect to the values of a block; for block 0 to those
/// of the picture itself.
fn gradients(network: &Network, class: usize, block: usize, pictures: &[f32]) -> Vec<Vec<f32>> {
    let (last, len) = (network.blocks().len() - 1, network.shape(block).len());
    let parts: Vec<&[f32]> = pictures.chunks(examples_at_once(network) * network.input().len()).collect();
    let found = par::map(&parts, |x| {
        let call = Call { examples: x.len() / network.input().len(), ..LOOK };
        let mut pass = Pass::between(network, block, last, call.examples);
        network.read(&mut pass, x, &call);
        network.forward(&mut pass, &call);
        let seed = pass.seed(last);
        seed.fill(0.0);
        seed.iter_mut().skip(class).step_by(network.output().len()).for_each(|dy| *dy = 1.0);
        network.backward_between(block, last, &mut pass, &call);
        let mut found = pass.gradient(block).to_vec();
        if block == 0 {
            network.scaling().each_pixel(&mut found, |d, _, deviation| d / deviation);
        }
        found.chunks_exact(len).map(<[f32]>::to_vec).collect::<Vec<_>>()
    });
    found.into_iter().flatten().collect()
}

fn examples_at_once(network: &Network) -> usize {
    let values: usize = (0..network.blocks().len()).map(|block| network.shape(block).len()).sum();
    (MOST_VALUES / values.max(1)).clamp(1, EXAMPLES)
}
