//! Batch norms, factors and terms: arithmetic of values and constants, folded into the layer before if it is linear.

use super::builder::{Builder, Operand, input_name};
use super::graph::Node;
use super::view::PictureAxis;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Add, Layer, Product, Reshape};

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
    let value = match value.view.is_vector() {
        true => builder.as_vector("vector", value)?,
        false if value.view.channels(builder.shape(&value)) == Some(0) => value,
        false => return Err(Error::expected("input", "channels first, [N, C, H, W]", "another order")),
    };
    builder.scale_and_shift(node, value, &factor, &term)
}

/// Add, Sub, Mul and Div of two values, or of a value and a constant.
pub fn arithmetic(builder: &mut Builder, node: &Node) -> Result<()> {
    let (a, b) = (input_name(node, 0)?, input_name(node, 1)?);
    match (builder.is_value(a), builder.is_value(b)) {
        (true, true) => of_two_values(builder, node),
        (true, false) => {
            let value = builder.value(a)?;
            let (value, numbers) = numbers(builder, node, 1, value)?;
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
            let (value, numbers) = numbers(builder, node, 0, value)?;
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

/// -x.
pub fn negate(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    builder.scale_and_shift(node, value, &[-1.0], &[0.0])
}

/// HardSigmoid: alpha x + beta, cut to 0..=1.
pub fn hard_sigmoid(builder: &mut Builder, node: &Node) -> Result<()> {
    let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
    if (alpha - 1.0 / 6.0).abs() < 1e-6 && beta == 0.5 {
        return builder.activate(node, input_name(node, 0)?, Activation::HardSigmoid);
    }
    let value = builder.input(node, 0)?;
    builder.scale_and_shift(node, value, &[alpha.into()], &[beta.into()])?;
    builder.activate(node, node.output(), Activation::Clip { low: 0.0, high: 1.0 })
}

/// Min and Max of a value and one number.
pub fn extreme(builder: &mut Builder, node: &Node) -> Result<()> {
    let (a, b) = (input_name(node, 0)?, input_name(node, 1)?);
    let (name, number) = if builder.is_value(a) { (a, b) } else { (b, a) };
    let number = match builder.constant(number).map(|constant| constant.numbers().collect::<Vec<_>>()).as_deref() {
        Some(&[number]) if node.input(2).is_none() => number as f32,
        _ => return Err(Error::expected("inputs", "a value and one number", "others")),
    };
    let (low, high) = if node.operator == "Max" { (number, f32::MAX) } else { (f32::MIN, number) };
    let activation = if low == 0.0 { Activation::Relu } else { Activation::Clip { low, high } };
    builder.activate(node, name, activation)
}

/// Sum: one value or several of one shape.
pub fn sum(builder: &mut Builder, node: &Node) -> Result<()> {
    if node.inputs.len() == 2 {
        return arithmetic(builder, &Node { operator: "Add".into(), ..node.clone() });
    }
    let mut values = Vec::new();
    for index in 0..node.inputs.len() {
        values.push(builder.input(node, index)?);
    }
    let Some(first) = values.first().cloned() else { return Err(Error::expected("inputs", "at least one", "none")) };
    if values.len() == 1 {
        let view = first.view.clone();
        builder.alias(node, first, view);
        return Ok(());
    }
    let shape = builder.shape(&first);
    let alike = |value: &Operand| value.view.trimmed(shape) == first.view.trimmed(shape);
    if !values.iter().all(alike) {
        return Err(Error::expected("inputs", "values of one shape", "others"));
    }
    let layer = Layer::Add(Add { inputs: values.iter().map(|value| builder.shape(value)).collect() });
    builder.push(node, layer, &values.iter().collect::<Vec<_>>(), &[], first.view.clone())
}

/// A value by itself. A layer reads two blocks, so one of them is a copy.
fn square(builder: &mut Builder, node: &Node, value: Operand) -> Result<()> {
    let shape = builder.shape(&value);
    let copy = builder.step(node, "copy", Layer::Reshape(Reshape { input: shape, output: shape }), &value, &[])?;
    let layer = Layer::Product(Product { inputs: vec![shape; 2] });
    builder.push(node, layer, &[&value, &copy], &[], value.view.clone())
}

fn of_two_values(builder: &mut Builder, node: &Node) -> Result<()> {
    let (mut a, mut b) = (builder.input(node, 0)?, builder.input(node, 1)?);
    if a.block == b.block {
        return match node.operator.as_str() {
            "Add" => builder.scale_and_shift(node, Operand { is_sole: false, ..a }, &[2.0], &[0.0]),
            "Mul" => square(builder, node, a),
            _ => Err(Error::expected("inputs", "two different values", "the same twice")),
        };
    }
    if a.view.rank() != b.view.rank() {
        let got = format!("{:?} and {:?}", builder.sizes(&a), builder.sizes(&b));
        return Err(Error::expected("inputs", "as many dimensions in both", got));
    }
    // The order of two vectors only matters if it differs.
    let same_order = a.view.trimmed(builder.shape(&a)) == b.view.trimmed(builder.shape(&b));
    if a.view.is_vector() && !(same_order && builder.shape(&a) == builder.shape(&b)) {
        (a, b) = (builder.as_vector("vector", a)?, builder.as_vector("vector", b)?);
    }
    let (first, second) = (builder.shape(&a), builder.shape(&b));
    // Each dimension is the same in both, or has length 1 in one of them.
    let dims = a.view.trimmed(first).into_iter().zip(b.view.trimmed(second));
    if dims.into_iter().any(|(a, b)| a != b && !a.is_empty() && !b.is_empty()) {
        let got = format!("{:?} and {:?}", builder.sizes(&a), builder.sizes(&b));
        return Err(Error::expected("inputs", "dimensions in one order", got));
    }
    match node.operator.as_str() {
        "Add" => {
            let layer = Layer::Add(Add { inputs: vec![first, second] });
            builder.push(node, layer, &[&a, &b], &[], a.view.clone())
        }
        "Mul" => {
            // A factor for each channel may be on either side.
            let swapped = first.is_flat() && !second.is_flat();
            let (a, b, inputs) = if swapped { (b, a, vec![second, first]) } else { (a, b, vec![first, second]) };
            builder.push(node, Layer::Product(Product { inputs }), &[&a, &b], &[], a.view.clone())
        }
        operator => Err(Error::expected("inputs", format!("a constant in {operator}"), "two values")),
    }
}

/// A constant that is one number, or one for each channel of a value, or for each of a vector; and the value, in the order
/// of the constant.
fn numbers(builder: &mut Builder, node: &Node, index: usize, value: Operand) -> Result<(Operand, Vec<f64>)> {
    let name = input_name(node, index)?;
    let constant = builder.constant(name).ok_or_else(|| Error::expected("input", "a constant", "nothing"))?;
    let (dims, numbers): (Vec<usize>, Vec<f64>) = (constant.dims.clone(), constant.numbers().collect());
    if numbers.len() == 1 && dims.len() <= value.view.rank() + 1 {
        return Ok((value, numbers));
    }
    let (sizes, trimmed) = (builder.sizes(&value), value.view.trimmed(builder.shape(&value)));
    // Dimensions are counted from the last; the first of the value counts images.
    let place = |at: usize| (at + sizes.len()).checked_sub(dims.len());
    let varying: Vec<(usize, Option<usize>)> =
        (0..dims.len()).filter(|&at| dims[at] != 1).map(|at| (dims[at], place(at))).collect();
    if let [(count, Some(at))] = varying[..]
        && sizes[at] == count
    {
        if trimmed[at] == [PictureAxis::Channels] {
            return Ok((value, numbers));
        }
        if value.view.is_vector() {
            return Ok((builder.as_vector("vector", value)?, numbers));
        }
    }
    let expected = "one number, or one for each channel";
    Err(Error::expected("constants", expected, format!("{dims:?} for [N, {sizes:?}]")))
}
