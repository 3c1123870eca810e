//! Held neurons, as they are written: y = kept y + fixed, where kept is 1, or 0 at what is held.

use super::builder::Builder;
use super::graph::Node;
use super::links::Links;
use super::own_node::own_node;
use crate::error::{Error, Result};
use crate::layer::{Layer, Reshape};
use crate::network::Held;
use crate::operators::plane_order;

/// Inputs: y, what is kept, what is fixed; both `[C, H, W]`, or one number for each channel.
pub const OPERATOR: &str = "Hold";

/// The hold whose last node is an Add.
pub fn find(links: &Links, last: &Node) -> Option<Node> {
    let product = links.before(last, 0, "Mul")?;
    let ((dims, kept), (fixed_dims, fixed)) = (links.floats(product, 1)?, links.floats(last, 1)?);
    let is_hold = |(&kept, &fixed): (&f32, &f32)| kept == 0.0 || (kept, fixed) == (1.0, 0.0);
    let are_holds = kept.contains(&0.0) && kept.iter().zip(fixed).all(is_hold);
    let inputs = [product.input(0)?, product.input(1)?, last.input(1)?];
    (dims == fixed_dims && are_holds).then(|| own_node(last, OPERATOR, &inputs, &[]))
}

pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut value = builder.input(node, 0)?;
    let (shape, sizes) = (builder.shape(&value), builder.sizes(&value));
    let ((dims, kept), (_, fixed)) = (builder.floats(node, 1)?, builder.floats(node, 2)?);
    let is_picture = !shape.is_flat() && value.view.is_picture(shape);
    let is_by_channel = is_picture && *dims == [shape.channels, 1, 1];
    let is_by_value = dims == sizes && (value.view.is_in_planes(shape) || value.view.is_in_pixels(shape));
    if !(is_by_channel || is_by_value) {
        let expected = format!("one number for each channel or value of [N, {sizes:?}]");
        return Err(Error::expected("held neurons", expected, format!("{dims:?}")));
    }
    // Our numbers of the values, in the order of the tensor.
    let order: Vec<usize> = match is_by_channel {
        false if value.view.is_in_planes(shape) => plane_order(shape).collect(),
        _ => (0..dims.iter().product()).collect(),
    };
    let of_value = |place: usize| if is_by_channel { Held::Channel(place) } else { Held::Neuron(place) };
    let held = order.iter().zip(kept.iter().zip(fixed)).filter(|(_, (kept, _))| **kept == 0.0);
    let held: Vec<(Held, f32)> = held.map(|(&place, (_, &value))| (of_value(place), value)).collect();
    if !value.is_sole {
        value = builder.step(node, "held", Layer::Reshape(Reshape { input: shape, output: shape }), &value, &[])?;
    }
    builder.hold(value.block, held)?;
    // Whatever comes behind is computed of the held values.
    let view = value.view.clone();
    value.is_sole = false;
    builder.alias(node, value, view);
    Ok(())
}
