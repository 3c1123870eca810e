//! A network built block by block, for the presets.

use super::request::Request;
use crate::activation::Activation;
use crate::error::Result;
use crate::layer::{
    Add, Concat, Conv, Corners, Dense, Dropout, GroupNorm, Layer, LocallyConnected, Pad, Pool, PoolKind, Reshape,
    Resize, TileDense,
};
use crate::network::whole::Network;
use crate::shape::Shape;

/// A network built block by block, each reading the last one. Parameters are not allocated.
pub(super) struct Chain {
    pub network: Network,
    /// The block that the next one reads.
    pub last: usize,
}

impl Chain {
    pub fn new(input: Shape) -> Result<Self> {
        Ok(Self { network: Network::new(input)?, last: 0 })
    }

    pub fn shape(&self) -> Shape {
        self.network.shape(self.last)
    }

    pub fn then(&mut self, name: &str, layer: Layer, activation: Activation) -> Result<&mut Self> {
        self.last = self.network.add_block_unallocated(name, layer, activation, &[self.last])?;
        Ok(self)
    }

    pub fn dense(&mut self, name: &str, outputs: usize, activation: Activation) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::Dense(Dense { input, outputs }), activation)
    }

    pub fn conv(
        &mut self,
        name: &str,
        outputs: usize,
        kernel: usize,
        stride: usize,
        activation: Activation,
    ) -> Result<&mut Self> {
        let conv = Conv::new(self.shape(), outputs, kernel, stride, (kernel - 1) / 2);
        self.then(name, Layer::Conv(conv), activation)
    }

    /// A conv 3x3 that keeps the size of the picture.
    pub fn conv3(&mut self, name: &str, outputs: usize, activation: Activation) -> Result<&mut Self> {
        self.conv(name, outputs, 3, 1, activation)
    }

    /// Adds the channels of an earlier block of the same size.
    pub fn concat(&mut self, name: &str, block: usize) -> Result<&mut Self> {
        let concat = Concat { inputs: vec![self.shape(), self.network.shape(block)] };
        let inputs = [self.last, block];
        self.last = self.network.add_block_unallocated(name, Layer::Concat(concat), Activation::Linear, &inputs)?;
        Ok(self)
    }

    /// Adds an earlier block of the same shape.
    pub fn add(&mut self, name: &str, block: usize) -> Result<&mut Self> {
        let add = Add { inputs: vec![self.shape(), self.network.shape(block)] };
        let inputs = [self.last, block];
        self.last = self.network.add_block_unallocated(name, Layer::Add(add), Activation::Linear, &inputs)?;
        Ok(self)
    }

    /// Adds no block where the picture has this size.
    pub fn resize(&mut self, name: &str, Shape { width, height, .. }: Shape) -> Result<&mut Self> {
        let input = self.shape();
        if (input.width, input.height) == (width, height) {
            return Ok(self);
        }
        let resize = Resize { input, width, height, corners: Corners::HalfPixel };
        self.then(name, Layer::Resize(resize), Activation::Linear)
    }

    pub fn max_pool(&mut self, name: &str) -> Result<&mut Self> {
        let pool = Pool::plain(self.shape(), PoolKind::Max, 2, 2);
        self.then(name, Layer::Pool(pool), Activation::Linear)
    }

    pub fn norm(&mut self, name: &str, groups: usize, activation: Activation) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::GroupNorm(GroupNorm { input, groups }), activation)
    }

    /// Adds no block at a rate of 0.
    pub fn dropout(&mut self, name: &str, rate: f32) -> Result<&mut Self> {
        let input = self.shape();
        if rate == 0.0 {
            Ok(self)
        } else {
            self.then(name, Layer::Dropout(Dropout { input, rate }), Activation::Linear)
        }
    }

    pub fn mix(&mut self, name: &str, activation: Activation) -> Result<&mut Self> {
        let mix = LocallyConnected { input: self.shape(), size: 3, mix_channels: false };
        self.then(name, Layer::LocallyConnected(mix), activation)
    }

    pub fn scale(
        &mut self,
        name: &str,
        outputs: usize,
        from: usize,
        to: usize,
        activation: Activation,
    ) -> Result<&mut Self> {
        let scale = TileDense { input: self.shape(), outputs, from, to };
        self.then(name, Layer::TileDense(scale), activation)
    }

    /// Adds the last block of an autoencoder: the values as a picture, limited to 0..1 by a sigmoid.
    pub fn ending_as(mut self, picture: Shape) -> Result<Network> {
        let input = self.shape();
        self.then("output", Layer::Reshape(Reshape { input, output: picture }), Activation::Sigmoid)?;
        Ok(self.network)
    }

    /// Adds what leaves only the outputs of a row of neurons, which are behind `before` others and before `after`.
    pub fn ending_as_outputs(mut self, before: usize, after: usize, request: Request) -> Result<Network> {
        let margin = |neurons: usize| -i32::try_from(neurons).unwrap_or(i32::MAX);
        let (left, right) = (margin(before), margin(after));
        let pad = Pad { input: self.shape(), left, top: 0, right, bottom: 0, value: 0.0 };
        self.then("outputs", Layer::Pad(pad), Activation::Linear)?;
        let name = if request.numbers == 0 { "classes" } else { "numbers" };
        self.reshape(name, Shape::flat(request.outputs()))?;
        Ok(self.network)
    }

    pub fn reshape(&mut self, name: &str, output: Shape) -> Result<&mut Self> {
        let input = self.shape();
        self.then(name, Layer::Reshape(Reshape { input, output }), Activation::Linear)
    }
}
