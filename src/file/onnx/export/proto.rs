//! The messages of an ONNX file, <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>: their fields by number.

use super::wire::Message;
use crate::operators::{AttributeValue, ConstantNumbers, OperatorConstant, OperatorGraph, OperatorNode};
use crate::shape::Shape;

/// Version of the format that belongs to the operators.
const IR_VERSION: i64 = 8;
const OPSET: i64 = 18;

/// Types of numbers.
#[derive(Clone, Copy)]
pub enum NumberType {
    Float = 1,
    Byte = 2,
    Integer = 7,
    Double = 11,
}

/// An input or an output of the graph; a dimension is a number or a name.
pub struct PortInfo {
    pub name: String,
    pub numbers: NumberType,
    pub dims: Vec<Dimension>,
}

pub enum Dimension {
    Fixed(usize),
    Named(&'static str),
}

/// The dimensions of pictures `[N, C, H, W]`.
pub fn picture_dims(shape: Shape) -> Vec<Dimension> {
    let sides = [shape.channels, shape.height, shape.width].map(Dimension::Fixed);
    [Dimension::Named("N")].into_iter().chain(sides).collect()
}

/// The same, or those of vectors `[N, values]` if the shape is flat.
pub fn dims_of(shape: Shape) -> Vec<Dimension> {
    match shape.is_flat() {
        true => vec![Dimension::Named("N"), Dimension::Fixed(shape.channels)],
        false => picture_dims(shape),
    }
}

/// The bytes of a file. `metadata` are pairs of names and texts.
pub fn file(
    name: &str,
    graph: &OperatorGraph,
    input: &PortInfo,
    outputs: &[PortInfo],
    metadata: &[(&str, String)],
) -> Vec<u8> {
    let mut written = Message::default();
    graph.nodes.iter().for_each(|one| written.message(1, &node(one)));
    written.text(2, name);
    graph.constants.iter().for_each(|one| written.message(5, &tensor(one)));
    written.message(11, &port(input));
    outputs.iter().for_each(|output| written.message(12, &port(output)));
    let mut opset = Message::default();
    opset.text(1, "");
    opset.integer(2, OPSET);
    let mut model = Message::default();
    model.integer(1, IR_VERSION);
    model.text(2, "neurarium");
    model.text(3, env!("CARGO_PKG_VERSION"));
    model.message(7, &written);
    model.message(8, &opset);
    for (key, value) in metadata {
        let mut pair = Message::default();
        pair.text(1, key);
        pair.text(2, value);
        model.message(14, &pair);
    }
    model.bytes
}

fn node(node: &OperatorNode) -> Message {
    let mut message = Message::default();
    node.inputs.iter().for_each(|input| message.text(1, input));
    message.text(2, &node.output);
    message.text(3, &node.output);
    message.text(4, node.operator);
    node.attributes.iter().for_each(|(name, value)| message.message(5, &attribute(name, value)));
    message
}

fn attribute(name: &str, value: &AttributeValue) -> Message {
    let mut message = Message::default();
    message.text(1, name);
    let kind = match value {
        AttributeValue::Float(number) => {
            message.float(2, *number);
            1
        }
        AttributeValue::Integer(number) => {
            message.integer(3, *number);
            2
        }
        AttributeValue::Word(word) => {
            message.text(4, word);
            3
        }
        AttributeValue::Integers(numbers) => {
            // Not packed: this file format has that as an option, and some readers expect the plain form.
            numbers.iter().for_each(|&number| message.integer(8, number));
            7
        }
    };
    message.integer(20, kind);
    message
}

fn tensor(constant: &OperatorConstant) -> Message {
    let mut message = Message::default();
    constant.dims.iter().for_each(|&side| message.integer(1, side as i64));
    let kind = match constant.numbers {
        ConstantNumbers::Floats(_) => NumberType::Float,
        ConstantNumbers::Doubles(_) => NumberType::Double,
        ConstantNumbers::Integers(_) => NumberType::Integer,
    };
    message.integer(2, kind as i64);
    message.text(8, &constant.name);
    match &constant.numbers {
        ConstantNumbers::Floats(row) => message.raw(9, size_of_val(&row[..]), row.iter().map(|x| x.to_le_bytes())),
        ConstantNumbers::Doubles(row) => message.raw(9, size_of_val(&row[..]), row.iter().map(|x| x.to_le_bytes())),
        ConstantNumbers::Integers(row) => message.raw(9, size_of_val(&row[..]), row.iter().map(|x| x.to_le_bytes())),
    }
    message
}

fn port(port: &PortInfo) -> Message {
    let mut shape = Message::default();
    for dim in &port.dims {
        let mut side = Message::default();
        match dim {
            Dimension::Fixed(len) => side.integer(1, *len as i64),
            Dimension::Named(name) => side.text(2, name),
        }
        shape.message(1, &side);
    }
    let mut tensor = Message::default();
    tensor.integer(1, port.numbers as i64);
    tensor.message(2, &shape);
    let mut kind = Message::default();
    kind.message(1, &tensor);
    let mut message = Message::default();
    message.text(1, &port.name);
    message.message(2, &kind);
    message
}
