//! Batch norms, factors and terms: arithmetic of values and constants, folded into the layer before if it is linear.

use super::builder::{Builder, Operand, input_name};
use super::graph::Node;
use crate::error::{Error, Result};
use crate::layer::{Add, Layer, Product};

/// z = scale (x - mean) / sqrt(variance + epsilon) + shift.
pub fn batch_norm(builder: &mut Builder, node: &Node) -> Result<()> {
    if node.integer("training_mode", 0) != 0 {
        return Err(Error::new("it is in training mode; export the model in evaluation mode (model.eval())"));
    }
    let value = builder.input(node, 0)?;
    let epsilon = f64::from(node.float("epsilon", 1e-5));
    let numbers = |index: usize| -> Result<Vec<f64>> {
        Ok(builder.floats(node, index)?.1.iter().map(|&number| f64::from(number)).collect())
    };
    let (scale, shift, mean, variance) = (numbers(1)?, numbers(2)?, numbers(3)?, numbers(4)?);
    let count = scale.len();
    if [shift.len(), mean.len(), variance.len()] != [count; 3] {
        return Err(Error::expected("constants", format!("four rows of {count}"), "rows of other lengths"));
    }
    let factor: Vec<f64> = scale.iter().zip(&variance).map(|(scale, v)| scale / (v + epsilon).sqrt()).collect();
    let term: Vec<f64> = (0..count).map(|c| shift[c] - mean[c] * factor[c]).collect();
    if let Some(number) = factor.iter().chain(&term).find(|number| !(**number as f32).is_finite()) {
        return Err(Error::expected("constants", "finite factors", number));
    }
    builder.scale_and_shift(node, value, &factor, &term)
}

/// Add, Sub, Mul and Div of two values, or of a value and a constant.
pub fn arithmetic(builder: &mut Builder, node: &Node) -> Result<()> {
    let (a, b) = (input_name(node, 0)?, input_name(node, 1)?);
    match (builder.is_value(a), builder.is_value(b)) {
        (true, true) => of_two_values(builder, node),
        (true, false) => {
            let value = builder.value(a)?;
            let numbers = numbers(builder, node, 1, value)?;
            let (ones, zeros) = (vec![1.0; numbers.len()], vec![0.0; numbers.len()]);
            let inverse = || numbers.iter().map(|number| 1.0 / number).collect::<Vec<_>>();
            match node.operator.as_str() {
                "Add" => builder.scale_and_shift(node, value, &ones, &numbers),
                "Sub" => builder.scale_and_shift(node, value, &ones, &numbers.iter().map(|n| -n).collect::<Vec<_>>()),
                "Mul" => builder.scale_and_shift(node, value, &numbers, &zeros),
                _ if numbers.contains(&0.0) => Err(Error::expected("input", "numbers to divide by", 0.0)),
                _ => builder.scale_and_shift(node, value, &inverse(), &zeros),
            }
        }
        (false, _) => {
            let value = builder.value(b)?;
            let numbers = numbers(builder, node, 0, value)?;
            let (ones, zeros) = (vec![1.0; numbers.len()], vec![0.0; numbers.len()]);
            match node.operator.as_str() {
                "Add" => builder.scale_and_shift(node, value, &ones, &numbers),
                "Sub" => builder.scale_and_shift(node, value, &vec![-1.0; numbers.len()], &numbers),
                "Mul" => builder.scale_and_shift(node, value, &numbers, &zeros),
                _ => Err(Error::expected("inputs", "a value divided by constants", "a constant divided by a value")),
            }
        }
    }
}

fn of_two_values(builder: &mut Builder, node: &Node) -> Result<()> {
    let (mut a, mut b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    if a.block == b.block {
        return match node.operator.as_str() {
            "Add" => builder.scale_and_shift(node, Operand { is_sole: false, ..a }, &[2.0], &[0.0]),
            _ => Err(Error::expected("inputs", "two different values", "the same twice")),
        };
    }
    if a.is_picture != b.is_picture {
        return Err(Error::expected("inputs", "both images or both vectors", "one of each"));
    }
    // The order of two vectors only matters if it differs.
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
            // A factor for each channel may be on either side.
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
    // Dimensions are counted from the last: those of an image end in height and width.
    let trailing = if value.is_picture { 2 } else { 0 };
    let of_channels = trailing < dims.len()
        && dims[dims.len() - 1 - trailing] == channels
        && numbers.len() == channels
        && dims[dims.len() - trailing..].iter().all(|&side| side == 1);
    if numbers.len() == 1 || of_channels {
        return Ok(numbers.iter().map(|&number| f64::from(number)).collect());
    }
    let expected = format!("one number, or one for each of {channels} channels");
    Err(Error::expected("constants", expected, format!("{dims:?}")))
}
