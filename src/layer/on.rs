//! The same layer on inputs of other shapes: kernel, stride and outputs stay, sizes follow.

use super::kinds::Layer;
use crate::error::{Error, Result};
use crate::shape::Shape;

impl Layer {
    /// The same kind of layer reading these shapes. Sizes that do not go together are told when it is checked; a
    /// layer without inputs, or with too few, is a mistake here.
    pub fn on(&self, inputs: &[Shape]) -> Result<Layer> {
        let mut layer = self.clone();
        let Some(&first) = inputs.first() else {
            return match self {
                Layer::Input(_) => Ok(layer),
                _ => Err(Error::expected(self.title(), "a layer to read", "none")),
            };
        };
        match &mut layer {
            Layer::Input(_) => return Err(Error::expected("input", "nothing to read", "a layer")),
            Layer::Dense(dense) => dense.input = first,
            Layer::Conv(conv) => conv.window.input = first,
            Layer::ConvTranspose(conv) => {
                // What several larger pictures have in common is kept, and how much larger this one was.
                let side = |old_in: usize, old_out: usize, len: usize| {
                    let margins = conv.padding.saturating_mul(2);
                    let plain =
                        |len: usize| len.saturating_sub(1).saturating_mul(conv.stride).saturating_add(conv.kernel);
                    let extra = old_out.saturating_add(margins).saturating_sub(plain(old_in));
                    plain(len).saturating_add(extra).saturating_sub(margins)
                };
                let (from, to) = (conv.input, conv.output);
                let (width, height) =
                    (side(from.width, to.width, first.width), side(from.height, to.height, first.height));
                (conv.input, conv.output) = (first, Shape::from_whc(width, height, to.channels));
            }
            Layer::Pool(pool) => pool.input = first,
            Layer::GlobalPool(pool) => pool.input = first,
            Layer::Upsample(upsample) => upsample.input = first,
            Layer::UpsampleConv(conv) => conv.input = first,
            Layer::Reshape(reshape) => {
                // To a plain vector and to the same shape follow what they read; another picture was asked for by name.
                if reshape.output.is_flat() {
                    reshape.output = Shape::flat(first.len());
                } else if reshape.output == reshape.input {
                    reshape.output = first;
                }
                reshape.input = first;
            }
            Layer::Add(add) => add.inputs = inputs.into(),
            Layer::Concat(concat) => concat.inputs = inputs.into(),
            Layer::GroupNorm(norm) => norm.input = first,
            Layer::Dropout(dropout) => dropout.input = first,
            Layer::LocallyConnected(mix) => mix.input = first,
            Layer::TileDense(scale) => scale.input = first,
            Layer::GroupedConv(conv) => conv.input = first,
            Layer::Affine(affine) => affine.input = first,
            Layer::Product(product) => product.inputs = inputs.into(),
            Layer::Pad(pad) => pad.input = first,
            Layer::Resize(resize) => {
                let scaled = |new: usize, old: usize, len: usize| new.saturating_mul(len) / old.max(1);
                resize.width = scaled(resize.width, resize.input.width, first.width);
                resize.height = scaled(resize.height, resize.input.height, first.height);
                resize.input = first;
            }
            Layer::Planes(planes) if planes.paints => {
                if first != Shape::flat(planes.picture.len()) {
                    let expected = format!("a vector of {} values", planes.picture.len());
                    return Err(Error::expected("planes", expected, first));
                }
            }
            Layer::Planes(planes) => planes.picture = first,
        }
        let (wanted, got) = (layer.ops().inputs().len(), inputs.len());
        if wanted != got {
            return Err(Error::expected(self.title(), format!("{wanted} inputs"), got));
        }
        layer.ops().check()?;
        Ok(layer)
    }
}
