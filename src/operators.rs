//! A network as a list of tensor operators, for programs other than this one.
//!
//! The operators and their attributes are those of ONNX (opset 18, <https://onnx.ai/onnx/operators>), and with them those
//! of PyTorch. A picture is `[N, C, H, W]`, channel by channel; a vector is `[N, values]`.

use std::collections::{HashMap, HashSet};

use crate::error::{Error, Result};
use crate::shape::Shape;

/// Most values of a matrix that is written out with its zeros: other programs hold all of them, 1 GiB.
const MOST_DENSE: u128 = 1 << 28;

/// The number of values of a tensor of these sizes. Fails if other programs could hardly hold them.
pub fn dense_values(sizes: &[usize]) -> Result<usize> {
    let count = sizes.iter().fold(1u128, |count, &size| count.saturating_mul(size as u128));
    if MOST_DENSE < count {
        let expected = format!("at most {MOST_DENSE} values, zeros included, for another program");
        return Err(Error::expected("layer", expected, count));
    }
    Ok(count as usize)
}

/// Operators in the order of computation, with the constants that they read.
#[derive(Clone, Debug, Default)]
pub struct OperatorGraph {
    pub nodes: Vec<OperatorNode>,
    pub constants: Vec<OperatorConstant>,
    names: HashSet<String>,
    /// The names of shapes and other small rows, which are shared.
    rows: HashMap<Vec<i64>, String>,
    /// The block that is being written; names begin with it.
    block: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct OperatorNode {
    pub operator: &'static str,
    pub inputs: Vec<String>,
    pub output: String,
    pub attributes: Vec<(&'static str, AttributeValue)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum AttributeValue {
    Integer(i64),
    Float(f32),
    Integers(Vec<i64>),
    Word(&'static str),
}

#[derive(Clone, Debug, PartialEq)]
pub struct OperatorConstant {
    pub name: String,
    pub dims: Vec<usize>,
    pub numbers: ConstantNumbers,
    /// Whether training changes it.
    pub is_parameter: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConstantNumbers {
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Integers(Vec<i64>),
}

/// A value of the graph: `[N, C, H, W]`, or `[N, values]` if its shape is flat.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    pub name: String,
    pub shape: Shape,
    /// For a vector: the picture in the order of whose planes the values are, rather than in their own order.
    pub planes: Option<Shape>,
}

impl OperatorNode {
    pub fn integers(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name, |value| match value {
            AttributeValue::Integers(row) => Some(&row[..]),
            _ => None,
        })
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.attribute(name, |value| match value {
            AttributeValue::Integer(number) => Some(*number),
            _ => None,
        })
    }

    pub fn float(&self, name: &str) -> Option<f32> {
        self.attribute(name, |value| match value {
            AttributeValue::Float(number) => Some(*number),
            _ => None,
        })
    }

    pub fn word(&self, name: &str) -> Option<&'static str> {
        self.attribute(name, |value| match value {
            AttributeValue::Word(word) => Some(*word),
            _ => None,
        })
    }

    fn attribute<'a, T>(&'a self, name: &str, of: impl Fn(&'a AttributeValue) -> Option<T>) -> Option<T> {
        self.attributes.iter().find(|(found, _)| *found == name).and_then(|(_, value)| of(value))
    }
}

/// For each value of a picture in the order of its planes, the number of that value in the order of its pixels.
pub fn plane_order(picture: Shape) -> impl Iterator<Item = usize> + Clone {
    let (channels, area) = (picture.channels, picture.area());
    (0..channels).flat_map(move |c| (0..area).map(move |pixel| pixel * channels + c))
}

/// The place of each number in an order that has all of them once.
pub fn places(order: &[usize]) -> Vec<usize> {
    let mut places = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, &number)| places[number] = place);
    places
}

/// The place of each value of a picture in the order of its planes.
pub fn plane_places(picture: Shape) -> Vec<usize> {
    places(&plane_order(picture).collect::<Vec<_>>())
}

impl Signal {
    pub fn new(name: String, shape: Shape) -> Self {
        Self { name, shape, planes: None }
    }

    /// The dimensions of a constant with one number for each channel.
    pub fn by_channel(&self) -> Vec<usize> {
        let channels = self.shape.channels;
        if self.shape.is_flat() { vec![channels] } else { vec![channels, 1, 1] }
    }
}

impl OperatorGraph {
    /// Names what follows after a block.
    pub fn begin_block(&mut self, name: &str) {
        name.clone_into(&mut self.block);
    }

    /// A name that is not taken yet, and is now.
    pub fn reserve(&mut self, name: &str) -> String {
        let names = (1..).map(|n| if n == 1 { name.to_string() } else { format!("{name}.{n}") });
        let free = names.into_iter().find(|name| !self.names.contains(name)).unwrap_or_default();
        self.names.insert(free.clone());
        free
    }

    /// Appends an operator and returns the name of its output.
    pub fn apply(
        &mut self,
        operator: &'static str,
        inputs: &[&str],
        attributes: &[(&'static str, AttributeValue)],
    ) -> String {
        let output = self.reserve(&self.block.clone());
        let inputs = inputs.iter().map(|&input| input.into()).collect();
        self.nodes.push(OperatorNode { operator, inputs, output: output.clone(), attributes: attributes.into() });
        output
    }

    /// Gives the output of a node another name. Returns whether there is such a node.
    pub fn rename(&mut self, from: &str, to: &str) -> bool {
        if !self.nodes.iter().any(|node| node.output == from) {
            return false;
        }
        for node in &mut self.nodes {
            let names = node.inputs.iter_mut().chain([&mut node.output]);
            names.filter(|name| *name == from).for_each(|name| to.clone_into(name));
        }
        true
    }

    /// Leaves out constants that no node reads.
    pub fn drop_unread(&mut self) {
        let read: HashSet<&String> = self.nodes.iter().flat_map(|node| &node.inputs).collect();
        self.constants.retain(|constant| read.contains(&constant.name));
    }

    /// Adds numbers that training changes, such as `conv1.weight`.
    pub fn parameter(&mut self, what: &str, dims: &[usize], numbers: Vec<f32>) -> String {
        self.constant(what, dims, ConstantNumbers::Floats(numbers), true)
    }

    /// Adds numbers that stay as they are.
    pub fn floats(&mut self, what: &str, dims: &[usize], numbers: Vec<f32>) -> String {
        self.constant(what, dims, ConstantNumbers::Floats(numbers), false)
    }

    /// Adds a row of integers, such as a shape.
    pub fn integers(&mut self, row: &[i64]) -> String {
        if let Some(name) = self.rows.get(row) {
            return name.clone();
        }
        let name = self.constant("row", &[row.len()], ConstantNumbers::Integers(row.into()), false);
        self.rows.insert(row.into(), name.clone());
        name
    }

    pub fn constant(&mut self, what: &str, dims: &[usize], numbers: ConstantNumbers, is_parameter: bool) -> String {
        let name = self.reserve(&format!("{}.{what}", self.block));
        self.constants.push(OperatorConstant { name: name.clone(), dims: dims.into(), numbers, is_parameter });
        name
    }

    pub fn reshape(&mut self, input: &str, dims: &[i64]) -> String {
        let dims = self.integers(dims);
        self.apply("Reshape", &[input, &dims], &[])
    }

    pub fn transpose(&mut self, input: &str, order: &[i64]) -> String {
        self.apply("Transpose", &[input], &[("perm", AttributeValue::Integers(order.into()))])
    }

    /// The signal as a picture `[N, C, H, W]`.
    pub fn picture(&mut self, signal: &Signal) -> String {
        if signal.shape.is_flat() { self.painted(&signal.name, signal.shape) } else { signal.name.clone() }
    }

    /// Values in the order of the planes of a picture as that picture.
    pub fn painted(&mut self, input: &str, Shape { width, height, channels }: Shape) -> String {
        self.reshape(input, &[-1, channels as i64, height as i64, width as i64])
    }

    /// The signal as a vector `[N, values]`, a picture in the order of its planes.
    pub fn vector(&mut self, signal: &Signal) -> String {
        if signal.shape.is_flat() { signal.name.clone() } else { self.flattened(&signal.name) }
    }

    pub fn flattened(&mut self, input: &str) -> String {
        self.apply("Flatten", &[input], &[("axis", AttributeValue::Integer(1))])
    }

    /// The signal of a picture `[N, C, H, W]`, which may be of one pixel.
    pub fn signal(&mut self, picture: String, shape: Shape) -> Signal {
        let name = if shape.is_flat() { self.flattened(&picture) } else { picture };
        Signal::new(name, shape)
    }

    /// Values in the order of the planes of a shape as a signal of that shape.
    pub fn signal_of_planes(&mut self, values: String, shape: Shape) -> Signal {
        let name = if shape.is_flat() { values } else { self.painted(&values, shape) };
        Signal::new(name, shape)
    }

    /// A matrix that is 0 but for parameters at these places, each `row * columns + column`. Fails if it is too large.
    pub fn scattered(
        &mut self,
        what: &str,
        [rows, columns]: [usize; 2],
        places: impl IntoIterator<Item = usize>,
        numbers: Vec<f32>,
    ) -> Result<String> {
        let whole = dense_values(&[rows, columns])?;
        let (count, dims) = (numbers.len(), self.integers(&[whole as i64]));
        let mut matrix = self.apply("ConstantOfShape", &[&dims], &[]);
        if count != 0 {
            let numbers = self.parameter(what, &[count], numbers);
            let places = ConstantNumbers::Integers(places.into_iter().map(|place| place as i64).collect());
            let places = self.constant("places", &[count], places, false);
            let axis = [("axis", AttributeValue::Integer(0))];
            matrix = self.apply("ScatterElements", &[&matrix, &places, &numbers], &axis);
        }
        Ok(self.reshape(&matrix, &[rows as i64, columns as i64]))
    }

    /// x W^T + b, for W `[outputs, inputs]`.
    pub fn dense(&mut self, x: &str, weight: &str, bias: &str) -> String {
        self.apply("Gemm", &[x, weight, bias], &[("transB", AttributeValue::Integer(1))])
    }

    /// Scales and shifts each channel of a signal, whose values are `x`; theta: a weight for each channel, then a bias.
    pub fn stretched(&mut self, x: &str, signal: &Signal, theta: &[f32]) -> String {
        let (weight, bias) = theta.split_at(signal.shape.channels);
        let weight = self.parameter("weight", &signal.by_channel(), weight.into());
        let scaled = self.apply("Mul", &[x, &weight], &[]);
        let bias = self.parameter("bias", &signal.by_channel(), bias.into());
        self.apply("Add", &[&scaled, &bias], &[])
    }

    /// Adds b `[height, width, channels]`, one number for each value of a picture.
    pub fn add_by_value(&mut self, x: &str, shape: Shape, bias: &[f32]) -> String {
        let Shape { width, height, channels } = shape;
        let bias = plane_order(shape).map(|at| bias[at]).collect();
        let bias = self.parameter("bias", &[channels, height, width], bias);
        self.apply("Add", &[x, &bias], &[])
    }

    /// Rows of values, each multiplied by a matrix of its own: x `[N, groups, reads, places]` and W `[groups, places, reads,
    /// makes]` give `[N, groups, makes, places]`.
    pub fn untied_products(&mut self, x: &str, weight: &str) -> String {
        let rows = self.transpose(x, &[1, 3, 0, 2]);
        let made = self.apply("MatMul", &[&rows, weight], &[]);
        self.transpose(&made, &[2, 0, 3, 1])
    }
}
