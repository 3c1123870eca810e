//! Constants that meet a value: batch norms, factors and terms, folded into the layer before where it is linear.

use super::build::{Builder, Operand, input_name};
use super::graph::Node;
use crate::error::{Error, Result};
use crate::layer::{Add, Layer, OutputAxis, Product};

/// Every output channel of a layer times `scale`, plus `shift`, by its parameters; false where it has none such.
pub fn fold(layer: &Layer, theta: &mut [f32], scale: &[f64], shift: &[f64]) -> bool {
    let channels = scale.len();
    let Some(axis) = layer.ops().output_axis().filter(|_| channels <= theta.len()) else { return false };
    let (weights, bias) = theta.split_at_mut(theta.len() - channels);
    let times = |value: &mut f32, factor: f64| *value = (*value as f64 * factor) as f32;
    match axis {
        OutputAxis::First => {
            let row = weights.len() / channels;
            weights.chunks_exact_mut(row).zip(scale).for_each(|(w, &s)| w.iter_mut().for_each(|w| times(w, s)));
        }
        OutputAxis::Last => {
            weights.chunks_exact_mut(channels).for_each(|w| w.iter_mut().zip(scale).for_each(|(w, &s)| times(w, s)));
        }
    }
    for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
        *bias = (*bias as f64 * scale + shift) as f32;
    }
    true
}

/// z = scale (x - mean) / sqrt(variance + epsilon) + shift.
pub fn batch_norm(builder: &mut Builder, node: &Node) -> Result<()> {
    if node.whole("training_mode", 0) != 0 {
        return Err(Error::new("it is in training mode; export the model for use (model.eval())"));
    }
    let value = builder.input(node, 0)?;
    let epsilon = f64::from(node.float("epsilon", 1e-5));
    let numbers = |index: usize| -> Result<Vec<f64>> {
        Ok(builder.floats(node, index)?.1.iter().map(|&number| f64::from(number)).collect())
    };
    let (scale, shift, mean, variance) = (numbers(1)?, numbers(2)?, numbers(3)?, numbers(4)?);
    let count = scale.len();
    if [shift.len(), mean.len(), variance.len()] != [count; 3] {
        return Err(Error::expected("constants", format!("four rows of {count}"), "others"));
    }
    let factor: Vec<f64> = scale.iter().zip(&variance).map(|(scale, v)| scale / (v + epsilon).sqrt()).collect();
    let term: Vec<f64> = (0..count).map(|c| shift[c] - mean[c] * factor[c]).collect();
    if let Some(number) = factor.iter().chain(&term).find(|number| !(**number as f32).is_finite()) {
        return Err(Error::expected("constants", "finite factors", number));
    }
    builder.stretch(node, value, &factor, &term)
}

/// Add, Sub, Mul and Div: of two values, or of a value and a constant.
pub fn arithmetic(builder: &mut Builder, node: &Node) -> Result<()> {
    let (a, b) = (input_name(node, 0)?, input_name(node, 1)?);
    match (builder.is_value(a), builder.is_value(b)) {
        (true, true) => of_two(builder, node),
        (true, false) => {
            let value = builder.value(a)?;
            let numbers = numbers(builder, node, 1, value)?;
            let (ones, zeros) = (vec![1.0; numbers.len()], vec![0.0; numbers.len()]);
            let inverse = || numbers.iter().map(|number| 1.0 / number).collect::<Vec<_>>();
            match node.operator.as_str() {
                "Add" => builder.stretch(node, value, &ones, &numbers),
                "Sub" => builder.stretch(node, value, &ones, &numbers.iter().map(|n| -n).collect::<Vec<_>>()),
                "Mul" => builder.stretch(node, value, &numbers, &zeros),
                _ if numbers.contains(&0.0) => Err(Error::expected("input", "numbers to divide by", 0.0)),
                _ => builder.stretch(node, value, &inverse(), &zeros),
            }
        }
        (false, _) => {
            let value = builder.value(b)?;
            let numbers = numbers(builder, node, 0, value)?;
            let (ones, zeros) = (vec![1.0; numbers.len()], vec![0.0; numbers.len()]);
            match node.operator.as_str() {
                "Add" => builder.stretch(node, value, &ones, &numbers),
                "Sub" => builder.stretch(node, value, &vec![-1.0; numbers.len()], &numbers),
                "Mul" => builder.stretch(node, value, &numbers, &zeros),
                _ => Err(Error::expected("inputs", "a value divided by constants", "a constant divided by a value")),
            }
        }
    }
}

fn of_two(builder: &mut Builder, node: &Node) -> Result<()> {
    let (mut a, mut b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    if a.block == b.block {
        return match node.operator.as_str() {
            "Add" => builder.stretch(node, Operand { is_sole: false, ..a }, &[2.0], &[0.0]),
            _ => Err(Error::expected("inputs", "two different values", "the same twice")),
        };
    }
    if a.is_picture != b.is_picture {
        return Err(Error::expected("inputs", "both pictures or both vectors", "one of each"));
    }
    // Of two vectors in one hidden order the order does not matter; else it is made real.
    if builder.shape(a) != builder.shape(b) && !a.is_picture {
        (a, b) = (builder.flattened("vector", a)?, builder.flattened("vector", b)?);
    }
    let (first, second) = (builder.shape(a), builder.shape(b));
    match node.operator.as_str() {
        "Add" => {
            let layer = Layer::Add(Add { inputs: vec![first, second] });
            builder.push(node, layer, &[a, b], &[], a.is_picture)
        }
        "Mul" => {
            // A factor for each channel may stand on either side.
            let swapped = first.is_flat() && !second.is_flat();
            let (a, b, inputs) = if swapped { (b, a, vec![second, first]) } else { (a, b, vec![first, second]) };
            builder.push(node, Layer::Product(Product { inputs }), &[a, b], &[], a.is_picture)
        }
        operator => Err(Error::expected("inputs", format!("a constant in {operator}"), "two values")),
    }
}

/// A constant that is one number, or one for each channel of a value.
fn numbers(builder: &Builder, node: &Node, index: usize, value: Operand) -> Result<Vec<f64>> {
    let (dims, numbers) = builder.floats(node, index)?;
    let channels = if value.is_picture { builder.shape(value).channels } else { builder.shape(value).len() };
    // Dimensions are counted from the last: those of a picture end in height and width.
    let behind = if value.is_picture { 2 } else { 0 };
    let of_channels = behind < dims.len()
        && dims[dims.len() - 1 - behind] == channels
        && numbers.len() == channels
        && dims[dims.len() - behind..].iter().all(|&side| side == 1);
    if numbers.len() == 1 || of_channels {
        return Ok(numbers.iter().map(|&number| f64::from(number)).collect());
    }
    let expected = format!("one number, or one for each of {channels} channels");
    Err(Error::expected("constants", expected, format!("{dims:?}")))
}
