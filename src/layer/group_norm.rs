//! Group normalisation (<https://arxiv.org/abs/1803.08494>): the channels of an example are divided into groups, and
//! each group is normalised to mean 0 and variance 1 over its channels and all pixels.
//!
//! `z = weight[c] n + bias[c]` with `n = (x - mean) / sqrt(variance + 1e-5)`.
//! Examples are normalised separately, so a result depends neither on the batch nor on whether the network is training.
//! One group is layer normalisation; one group for each channel is instance normalisation.
//!
//! Parameters: weight `[channels]`, then bias `[channels]`. Sums over many pixels are f64.

use serde::{Deserialize, Serialize};

use super::{
    Affine, Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::kernels::elementwise::{self, Loop};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

const EPSILON: f64 = 1e-5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupNorm {
    pub input: Shape,
    /// Divides the channels.
    pub groups: usize,
}

impl LayerOps for GroupNorm {
    fn title(&self) -> String {
        "group norm".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Normalises
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.input
    }

    fn check(&self) -> Result<()> {
        let channels = self.input.checked("group norm")?.channels;
        if self.groups == 0 || !channels.is_multiple_of(self.groups) {
            return Err(Error::expected("group norm", format!("groups that divide {channels} channels"), self.groups));
        }
        Ok(())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        self.stretch().tensors()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        self.stretch().connections()
    }

    /// The connections through mean and variance, to the whole group, are not among them.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        self.stretch().incoming(output, visit);
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        Readers::one(self.output(), source)
    }

    fn bias(&self, output: usize) -> Option<usize> {
        self.stretch().bias(output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some(format!("group-norm groups={}", self.groups))
    }

    /// Stores mean and 1 / deviation in the memo as `[examples, 2, channels]`, those of a group repeated for its
    /// channels.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let channels = self.input.channels;
        let (weight, bias) = theta.split_at(channels);
        let (mut sums, mut gain) = (vec![0.0; channels], vec![0.0; channels]);
        memo.values.resize(call.examples * 2 * channels, 0.0);
        let examples = x[0].chunks_exact(self.input.len()).zip(z.chunks_exact_mut(self.input.len()));
        for ((x, z), statistics) in examples.zip(memo.values.chunks_exact_mut(2 * channels)) {
            let (mean, scale) = statistics.split_at_mut(channels);
            sums_of((x, x), weight, &mut sums, |x, _, _| x);
            self.share(&mut sums);
            mean.iter_mut().zip(&sums).for_each(|(mean, &sum)| *mean = sum as f32);
            // A second pass for the variance: the difference of two large sums would cancel.
            sums_of((x, x), mean, &mut sums, |x, _, mean| (x - mean) * (x - mean));
            self.share(&mut sums);
            for c in 0..channels {
                scale[c] = (1.0 / (sums[c] + EPSILON).sqrt()) as f32;
                gain[c] = weight[c] * scale[c];
            }
            each((x, x), [mean, &gain, bias], z, |_, x, _, [mean, gain, bias]| (x - mean) * gain + bias);
        }
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        // Forward was: z = weight n + bias, n = (x - mean) scale. With dn = weight dz and means over the group:
        // dx = scale (dn - mean(dn) - n mean(dn n)).
        let (channels, len) = (self.input.channels, self.input.len());
        let weight = &theta[..channels];
        let (mut dbias, mut dweight) = (vec![0.0f64; channels], vec![0.0f64; channels]);
        let mut total = vec![0.0f64; 2 * channels];
        let (mut dx, mut factors) = (grads.dx[0].as_deref_mut(), vec![0.0; 3 * channels]);
        let examples = x[0].chunks_exact(len).zip(dz.chunks_exact(len));
        for (example, ((x, dz), statistics)) in examples.zip(memo.values.chunks_exact(2 * channels)).enumerate() {
            let (mean, scale) = statistics.split_at(channels);
            sums_of((x, dz), mean, &mut dbias, |_, dz, _| dz);
            sums_of((x, dz), mean, &mut dweight, |x, dz, mean| dz * (x - mean));
            dweight.iter_mut().zip(scale).for_each(|(sum, &scale)| *sum *= f64::from(scale));
            total.iter_mut().zip(dweight.iter().chain(&dbias)).for_each(|(total, sum)| *total += sum);
            let Some(dx) = &mut dx else { continue };
            for sums in [&mut dbias, &mut dweight] {
                sums.iter_mut().zip(weight).for_each(|(sum, &weight)| *sum *= f64::from(weight));
                self.share(sums);
            }
            // dx = gain dz - level - slope (x - mean)
            let (gain, rest) = factors.split_at_mut(channels);
            let (level, slope) = rest.split_at_mut(channels);
            for c in 0..channels {
                gain[c] = scale[c] * weight[c];
                level[c] = scale[c] * dbias[c] as f32;
                slope[c] = scale[c] * scale[c] * dweight[c] as f32;
            }
            let dx = &mut dx[example * len..][..len];
            each((x, dz), [mean, gain, level, slope], dx, |dx, x, dz, [mean, gain, level, slope]| {
                dx + (gain * dz - level - slope * (x - mean))
            });
        }
        if let Some(dtheta) = grads.dtheta {
            dtheta.iter_mut().zip(total).for_each(|(dtheta, sum)| *dtheta += sum as f32);
        }
    }
}

impl Written for GroupNorm {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "group-norm",
        about: "brings groups of channels to mean 0 and variance 1",
        fields: &[Field::new("groups", 1.0, 4096.0, "8")],
        make: |line| Ok(GroupNorm { input: line.input()?, groups: line.size(0) }),
    }];
}

impl SpeedHooks for GroupNorm {}

impl GroupNorm {
    /// Takes as many groups as its channels make after a change, of the size that they had. `origins` are the old channels
    /// that the new ones were, `None` for new ones.
    ///
    /// # Errors
    /// A group would lose some of its channels, which changes the mean and variance of the rest.
    pub fn regroup(&mut self, origins: &[Option<usize>]) -> Result<()> {
        let size = self.input.channels / self.groups;
        let is_whole = |group: &[Option<usize>]| {
            let old = |(place, origin): (usize, &Option<usize>)| origin.map(|at| (at / size, at % size == place));
            let mut old = group.iter().enumerate().filter_map(old);
            let first = old.clone().next();
            old.all(|(number, in_place)| in_place && first.is_some_and(|first| first.0 == number))
        };
        if !origins.len().is_multiple_of(size) || !origins.chunks(size).all(is_whole) {
            let expected = format!("channels that come and go in whole groups of {size}");
            return Err(Error::expected("group norm", expected, format!("{} channels", origins.len())));
        }
        self.groups = origins.len() / size;
        Ok(())
    }

    /// The layer behind the normalisation, which has all the parameters.
    fn stretch(&self) -> Affine {
        Affine { input: self.input }
    }

    /// Replaces the sums over the pixels of each channel by the mean over its whole group.
    fn share(&self, sums: &mut [f64]) {
        let len = self.input.channels / self.groups;
        let count = (len * self.input.area()) as f64;
        for group in sums.chunks_exact_mut(len) {
            let mean = group.iter().sum::<f64>() / count;
            group.fill(mean);
        }
    }
}

/// Number of pixels that are summed in f32: so few that the sum is rounded no worse than the values.
const PIXELS: usize = 32;

struct Sums<'a, F> {
    values: (&'a [f32], &'a [f32]),
    mean: &'a [f32],
    sums: &'a mut [f64],
    f: F,
}

/// `sums[c]` = the sum of `f(x, y, mean[c])` over all pixels of channel c, where x and y are the values of two
/// pictures.
fn sums_of(values: (&[f32], &[f32]), mean: &[f32], sums: &mut [f64], f: impl Fn(f32, f32, f32) -> f32) {
    elementwise::best(Sums { values, mean, sums, f });
}

impl<F: Fn(f32, f32, f32) -> f32> Loop for Sums<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { values: (x, y), mean, sums, f } = self;
        let channels = sums.len();
        let mut some = vec![0.0f32; channels];
        let (some, mean) = (&mut some[..channels], &mean[..channels]);
        sums.fill(0.0);
        for (x, y) in x.chunks(PIXELS * channels).zip(y.chunks(PIXELS * channels)) {
            some.fill(0.0);
            for (x, y) in x.chunks_exact(channels).zip(y.chunks_exact(channels)) {
                for c in 0..channels {
                    some[c] += f(x[c], y[c], mean[c]);
                }
            }
            sums.iter_mut().zip(&*some).for_each(|(sum, &some)| *sum += f64::from(some));
        }
    }
}

struct Each<'a, F, const N: usize> {
    values: (&'a [f32], &'a [f32]),
    factors: [&'a [f32]; N],
    out: &'a mut [f32],
    f: F,
}

/// `out` = `f(out, x, y, factors[c])` for every value of channel c, where x and y are the values of two pictures.
fn each<const N: usize>(
    values: (&[f32], &[f32]),
    factors: [&[f32]; N],
    out: &mut [f32],
    f: impl Fn(f32, f32, f32, [f32; N]) -> f32,
) {
    elementwise::best(Each { values, factors, out, f });
}

impl<F: Fn(f32, f32, f32, [f32; N]) -> f32, const N: usize> Loop for Each<'_, F, N> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { values: (x, y), factors, out, f } = self;
        let channels = factors[0].len();
        let factors = factors.map(|factor| &factor[..channels]);
        for ((x, y), out) in x.chunks_exact(channels).zip(y.chunks_exact(channels)).zip(out.chunks_exact_mut(channels))
        {
            for c in 0..channels {
                out[c] = f(out[c], x[c], y[c], factors.map(|factor| factor[c]));
            }
        }
    }
}

impl Portable for GroupNorm {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = &parts.inputs[0];
        let (groups, Shape { width, height, channels }) = (self.groups, self.input);
        let rows = graph.reshape(&x.name, &[-1, groups as i64, (self.input.len() / groups) as i64]);
        let ones = graph.floats("ones", &[groups], vec![1.0; groups]);
        let zeros = graph.floats("zeros", &[groups], vec![0.0; groups]);
        let epsilon = [("epsilon", AttributeValue::Float(EPSILON as f32))];
        let n = graph.apply("InstanceNormalization", &[&rows, &ones, &zeros], &epsilon);
        let pictured = [-1, channels as i64, height as i64, width as i64];
        let n = graph.reshape(&n, if self.input.is_flat() { &pictured[..2] } else { &pictured });
        Ok(Signal::new(graph.stretched(&n, x, parts.theta), self.input))
    }
}
