//! Group normalisation (<https://arxiv.org/abs/1803.08494>): the channels of an example are cut into groups, and
//! each group is brought to mean 0 and variance 1 over its channels and all pixels.
//!
//! z = weight[c] n + bias[c] with n = (x - mean) / sqrt(variance + 1e-5).
//! Examples do not meet, so a result depends neither on the batch nor on whether it is training.
//! One group is layer normalisation, as many as channels is instance normalisation.
//!
//! Parameters: weight `[channels]`, then bias `[channels]`. Sums are f64.

use serde::{Deserialize, Serialize};

use super::affine::Affine;
use super::{Call, Connection, Grads, Map, Memo, Tensor};
use crate::error::{Error, Result};
use crate::shape::Shape;

const EPSILON: f64 = 1e-5;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupNorm {
    pub input: Shape,
    /// Divides the channels.
    pub groups: usize,
}

impl Map for GroupNorm {
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

    fn tensors(&self) -> Vec<Tensor> {
        self.stretch().tensors()
    }

    fn connections(&self) -> usize {
        self.stretch().connections()
    }

    /// That mean and variance read the whole group is not drawn.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        self.stretch().incoming(output, visit);
    }

    fn bias(&self, output: usize) -> Option<usize> {
        self.stretch().bias(output)
    }

    /// Remembers mean and 1 / deviation as `[examples, 2, channels]`, each group's repeated for its channels.
    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let channels = self.input.channels;
        let (weight, bias) = theta.split_at(channels);
        let mut sums = vec![0.0; channels];
        memo.values.resize(call.examples * 2 * channels, 0.0);
        let examples = x[0].chunks_exact(self.input.len()).zip(z.chunks_exact_mut(self.input.len()));
        for ((x, z), statistics) in examples.zip(memo.values.chunks_exact_mut(2 * channels)) {
            let (mean, scale) = statistics.split_at_mut(channels);
            sums.fill(0.0);
            for x in x.chunks_exact(channels) {
                sums.iter_mut().zip(x).for_each(|(sum, &x)| *sum += x as f64);
            }
            self.share(&mut sums);
            mean.iter_mut().zip(&sums).for_each(|(mean, &sum)| *mean = sum as f32);
            // A second pass for the variance: the difference of two large sums would cancel.
            sums.fill(0.0);
            for x in x.chunks_exact(channels) {
                sums.iter_mut()
                    .zip(x.iter().zip(&*mean))
                    .for_each(|(sum, (x, mean))| *sum += ((x - mean) as f64).powi(2));
            }
            self.share(&mut sums);
            scale
                .iter_mut()
                .zip(&sums)
                .for_each(|(scale, &variance)| *scale = (1.0 / (variance + EPSILON).sqrt()) as f32);
            for (x, z) in x.chunks_exact(channels).zip(z.chunks_exact_mut(channels)) {
                for c in 0..channels {
                    z[c] = weight[c] * ((x[c] - mean[c]) * scale[c]) + bias[c];
                }
            }
        }
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        // Forward was: z = weight n + bias, n = (x - mean) scale. With dn = weight dz and means over the group:
        // dx = scale (dn - mean(dn) - n mean(dn n)).
        let channels = self.input.channels;
        let weight = &theta[..channels];
        let (mut dbias, mut dweight) = (vec![0.0f64; channels], vec![0.0f64; channels]);
        let mut total = vec![0.0f64; 2 * channels];
        let mut dx = grads.dx[0].as_deref_mut();
        let examples = x[0].chunks_exact(self.input.len()).zip(dz.chunks_exact(self.input.len()));
        for (example, ((x, dz), statistics)) in examples.zip(memo.values.chunks_exact(2 * channels)).enumerate() {
            let (mean, scale) = statistics.split_at(channels);
            dbias.fill(0.0);
            dweight.fill(0.0);
            for (x, dz) in x.chunks_exact(channels).zip(dz.chunks_exact(channels)) {
                for c in 0..channels {
                    dbias[c] += dz[c] as f64;
                    dweight[c] += (dz[c] * ((x[c] - mean[c]) * scale[c])) as f64;
                }
            }
            total.iter_mut().zip(dbias.iter().chain(&dweight)).for_each(|(total, sum)| *total += sum);
            let Some(dx) = &mut dx else { continue };
            for sums in [&mut dbias, &mut dweight] {
                sums.iter_mut().zip(weight).for_each(|(sum, &weight)| *sum *= weight as f64);
                self.share(sums);
            }
            let dx = &mut dx[example * self.input.len()..][..self.input.len()];
            let pixels = x.chunks_exact(channels).zip(dz.chunks_exact(channels));
            for ((x, dz), dx) in pixels.zip(dx.chunks_exact_mut(channels)) {
                for c in 0..channels {
                    let n = (x[c] - mean[c]) * scale[c];
                    dx[c] += scale[c] * (weight[c] * dz[c] - dbias[c] as f32 - n * dweight[c] as f32);
                }
            }
        }
        if let Some(dtheta) = grads.dtheta {
            let (dbias, dweight) = total.split_at(channels);
            let sums = dweight.iter().chain(dbias);
            dtheta.iter_mut().zip(sums).for_each(|(dtheta, &sum)| *dtheta += sum as f32);
        }
    }
}

impl GroupNorm {
    /// What follows the normalisation; it has all the parameters.
    fn stretch(&self) -> Affine {
        Affine { input: self.input }
    }

    /// Sums over the pixels of each channel become the mean over its whole group.
    fn share(&self, sums: &mut [f64]) {
        let len = self.input.channels / self.groups;
        let count = (len * self.input.area()) as f64;
        for group in sums.chunks_exact_mut(len) {
            let mean = group.iter().sum::<f64>() / count;
            group.fill(mean);
        }
    }
}
