//! Evaluates nodes that read constants alone: sizes that an exporter computes with the graph, weights that it casts,
//! transposes or stores as integers.

use super::array::{Array, MOST, axis_of, broadcast, is_float, limited, reshaped, strides, walked};
use super::constant::{BFLOAT, BOOL, BYTE, Constant, DOUBLE, FLOAT, HALF, INT8, INT16, UINT16};
use super::graph::Node;
use crate::error::{Error, Result};

/// The first output of a node whose inputs are these constants; `None` for an operator that is not evaluated.
pub fn evaluate(node: &Node, inputs: &[Option<&Constant>]) -> Result<Option<Constant>> {
    if node.operator == "Constant" {
        return literal(node).map(Some);
    }
    if ["Identity", "Dropout"].contains(&node.operator.as_str()) {
        return Ok(inputs.first().copied().flatten().cloned());
    }
    let inputs: Vec<Option<Array>> = inputs.iter().map(|input| input.map(Array::of)).collect();
    let evaluation = NodeInputs { node, inputs };
    let constant = evaluation.output()?.map(Array::constant);
    let odd = constant.iter().filter_map(Constant::as_floats).flatten().find(|value| !value.is_finite());
    odd.map_or(Ok(()), |value| Err(Error::expected("constants", "finite numbers", value)))?;
    Ok(constant)
}

/// The value of a Constant node, in any of its forms.
fn literal(node: &Node) -> Result<Constant> {
    let attribute = |name: &str| node.attributes.get(name);
    if let Some(constant) = attribute("value").and_then(|attribute| attribute.constant.clone()) {
        return Ok(constant);
    }
    if let Some(one) = attribute("value_float") {
        return Ok(Constant::floats(Vec::new(), vec![one.float]));
    }
    if let Some(one) = attribute("value_int") {
        return Ok(Constant::integers(Vec::new(), vec![one.integer]));
    }
    if let Some(many) = attribute("value_floats") {
        return Ok(Constant::floats(vec![many.floats.len()], many.floats.clone()));
    }
    if let Some(many) = attribute("value_ints") {
        return Ok(Constant::integers(vec![many.integers.len()], many.integers.clone()));
    }
    Err(Error::expected("constant", "a tensor of numbers", "none"))
}

struct NodeInputs<'a> {
    node: &'a Node,
    inputs: Vec<Option<Array>>,
}

impl NodeInputs<'_> {
    fn output(&self) -> Result<Option<Array>> {
        let node = self.node;
        Ok(Some(match node.operator.as_str() {
            "Cast" => self.cast(node.integer("to", FLOAT))?,
            "CastLike" => self.cast(self.input(1)?.kind)?,
            "Shape" => self.shape()?,
            "Size" => Array { dims: Vec::new(), ..Array::row(vec![self.input(0)?.values.len() as f64]) },
            "Reshape" => {
                let wanted = self.integers_or("shape", 1)?.unwrap_or_default();
                let input = self.input(0)?;
                let dims = reshaped(&wanted, &input.dims, node.integer("allowzero", 0) != 0)?;
                Array { dims, ..input.clone() }
            }
            "Flatten" => {
                let input = self.input(0)?;
                let axis = node.integer("axis", 1);
                let axis = if axis == input.dims.len() as i64 { input.dims.len() } else { input.axis(axis)? };
                let (rows, columns) = input.dims.split_at(axis);
                Array { dims: vec![rows.iter().product(), columns.iter().product()], ..input.clone() }
            }
            "Squeeze" => self.squeeze()?,
            "Unsqueeze" => self.unsqueeze()?,
            "Transpose" => self.transpose()?,
            "Concat" => self.concat()?,
            "Gather" => self.gather()?,
            "Slice" => self.slice()?,
            "Expand" => {
                let wanted = self.sizes(1)?;
                let input = self.input(0)?;
                let dims = broadcast(&input.dims, &wanted)?;
                self.spread(input, &dims)?
            }
            "ConstantOfShape" => {
                let dims = self.sizes(0)?;
                let value = node.attributes.get("value").and_then(|attribute| attribute.constant.as_ref());
                let value = value.filter(|value| value.len() == 1).map(Array::of);
                let value = value.unwrap_or(Array { dims: vec![1], values: vec![0.0], kind: FLOAT });
                self.spread(&Array { dims: Vec::new(), ..value }, &dims)?
            }
            "Range" => self.range()?,
            "ReduceProd" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceMean" => self.reduce()?,
            "DequantizeLinear" => self.dequantize()?,
            "QuantizeLinear" => self.quantize()?,
            "Where" => self.choose()?,
            operator => match (unary(operator), binary(operator)) {
                (Some(f), _) => {
                    let input = self.input(0)?;
                    Array { values: input.values.iter().map(|&x| f(x)).collect(), ..input.clone() }
                }
                (_, Some(f)) => self.combine(f)?,
                _ => return Ok(None),
            },
        }))
    }

    fn input(&self, index: usize) -> Result<&Array> {
        let input = self.inputs.get(index).and_then(Option::as_ref);
        input.ok_or_else(|| Error::expected("input", format!("input number {}", index + 1), "none"))
    }

    fn given(&self, index: usize) -> Option<&Array> {
        self.inputs.get(index).and_then(Option::as_ref)
    }

    /// Whole numbers of an attribute, or of an input in newer files.
    fn integers_or(&self, name: &str, index: usize) -> Result<Option<Vec<i64>>> {
        if let Some(numbers) = self.node.integers(name) {
            return Ok(Some(numbers.to_vec()));
        }
        Ok(self.given(index).map(|numbers| numbers.values.iter().map(|&value| value as i64).collect()))
    }

    /// Sizes in an input.
    fn sizes(&self, index: usize) -> Result<Vec<usize>> {
        self.input(index)?.values.iter().map(|&size| whole(size)).collect()
    }

    fn cast(&self, kind: i64) -> Result<Array> {
        let input = self.input(0)?;
        let convert = |x: f64| match kind {
            BOOL => f64::from(u8::from(x != 0.0)),
            FLOAT | HALF | DOUBLE | BFLOAT => x,
            _ => x.trunc(),
        };
        Ok(Array { values: input.values.iter().map(|&x| convert(x)).collect(), kind, ..input.clone() })
    }

    fn shape(&self) -> Result<Array> {
        let dims: Vec<f64> = self.input(0)?.dims.iter().map(|&size| size as f64).collect();
        Ok(Array::row(part_of_shape(self.node, &dims)))
    }

    fn squeeze(&self) -> Result<Array> {
        let input = self.input(0)?;
        let axes = self.integers_or("axes", 1)?;
        let axes: Vec<usize> = match axes {
            Some(axes) => axes.iter().map(|&axis| input.axis(axis)).collect::<Result<_>>()?,
            None => (0..input.dims.len()).filter(|&at| input.dims[at] == 1).collect(),
        };
        if let Some(axis) = axes.iter().find(|&&axis| input.dims[axis] != 1) {
            return Err(Error::expected("axes", "dimensions of length 1", input.dims[*axis]));
        }
        let kept = input.dims.iter().enumerate().filter(|(at, _)| !axes.contains(at)).map(|(_, &size)| size);
        Ok(Array { dims: kept.collect(), ..input.clone() })
    }

    fn unsqueeze(&self) -> Result<Array> {
        let input = self.input(0)?;
        let axes = self.integers_or("axes", 1)?.unwrap_or_default();
        let rank = input.dims.len() + axes.len();
        let mut axes: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_>>()?;
        axes.sort_unstable();
        let mut dims = input.dims.clone();
        for axis in axes {
            dims.insert(axis.min(dims.len()), 1);
        }
        Ok(Array { dims, ..input.clone() })
    }

    fn transpose(&self) -> Result<Array> {
        let input = self.input(0)?;
        let rank = input.dims.len();
        let order: Vec<usize> = match self.node.integers("perm") {
            Some(order) => order.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_>>()?,
            None => (0..rank).rev().collect(),
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..rank) {
            return Err(Error::expected("perm", format!("an order of {rank} dimensions"), format!("{order:?}")));
        }
        let strides = input.strides();
        let dims: Vec<usize> = order.iter().map(|&at| input.dims[at]).collect();
        let steps: Vec<usize> = order.iter().map(|&at| strides[at]).collect();
        Ok(Array { values: walked(&dims, &steps, 0).map(|at| input.values[at]).collect(), dims, kind: input.kind })
    }

    fn concat(&self) -> Result<Array> {
        let parts: Vec<&Array> = self.inputs.iter().flatten().collect();
        let first = self.input(0)?;
        let axis = first.axis(self.node.integer("axis", 0))?;
        let others = |numbers: &Array| [&numbers.dims[..axis], &numbers.dims[axis + 1..]].concat();
        if parts.iter().any(|part| part.dims.len() != first.dims.len() || others(part) != others(first)) {
            return Err(Error::expected("inputs", "constants that differ in one dimension", "others"));
        }
        let block = |part: &Array| part.dims[axis..].iter().product::<usize>();
        let rows: usize = first.dims[..axis].iter().product();
        let largest = parts.iter().map(|part| part.values.len()).max().unwrap_or(0);
        limited(parts.iter().map(|part| part.values.len()).sum(), largest)?;
        let mut values = Vec::new();
        for row in 0..rows {
            parts.iter().for_each(|part| values.extend(&part.values[row * block(part)..][..block(part)]));
        }
        let mut dims = first.dims.clone();
        dims[axis] = parts.iter().map(|part| part.dims[axis]).sum();
        Ok(Array { dims, values, kind: first.kind })
    }

    fn gather(&self) -> Result<Array> {
        let (input, indices) = (self.input(0)?, self.input(1)?);
        let axis = input.axis(self.node.integer("axis", 0))?;
        let places: Vec<usize> =
            indices.values.iter().map(|&at| axis_of(at as i64, input.dims[axis])).collect::<Result<_>>()?;
        let block: usize = input.dims[axis + 1..].iter().product();
        let row = block * input.dims[axis];
        let rows: usize = input.dims[..axis].iter().product();
        limited(rows.saturating_mul(places.len()).saturating_mul(block), input.values.len())?;
        let mut values = Vec::new();
        for start in (0..rows).map(|at| at * row) {
            places.iter().for_each(|place| values.extend(&input.values[start + place * block..][..block]));
        }
        let dims = [&input.dims[..axis], &indices.dims, &input.dims[axis + 1..]].concat();
        Ok(Array { dims, values, kind: input.kind })
    }

    fn slice(&self) -> Result<Array> {
        let input = self.input(0)?;
        let starts = self.integers_or("starts", 1)?.unwrap_or_default();
        let ends = self.integers_or("ends", 2)?.unwrap_or_default();
        let axes = self.integers_or("axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = self.integers_or("steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
        if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] {
            return Err(Error::expected("slice", "as many starts as ends", format!("{starts:?}, {ends:?}")));
        }
        let (mut dims, mut strides, mut offset) = (input.dims.clone(), input.strides(), 0);
        for at in 0..starts.len() {
            let axis = input.axis(axes[at])?;
            let len = input.dims[axis] as i64;
            if steps[at] < 1 {
                return Err(Error::expected("steps", "1 or more", steps[at]));
            }
            let place = |at: i64| if at < 0 { at.saturating_add(len) } else { at }.clamp(0, len) as usize;
            let (start, end, step) = (place(starts[at]), place(ends[at]), steps[at].min(len.max(1)) as usize);
            dims[axis] = end.saturating_sub(start).div_ceil(step);
            offset += start * strides[axis];
            strides[axis] *= step;
        }
        let values = walked(&dims, &strides, offset).map(|at| input.values[at]).collect();
        Ok(Array { dims, values, kind: input.kind })
    }

    fn range(&self) -> Result<Array> {
        let one = |index: usize| self.input(index).map(|numbers| numbers.values.first().copied().unwrap_or(0.0));
        let (start, end, step) = (one(0)?, one(1)?, one(2)?);
        let count = ((end - start) / step).ceil().max(0.0);
        if count.is_nan() || MOST as f64 <= count {
            return Err(Error::expected("range", format!("at most {MOST} numbers"), count));
        }
        let values: Vec<f64> = (0..count as usize).map(|at| start + at as f64 * step).collect();
        Ok(Array { kind: self.input(0)?.kind, ..Array::row(values) })
    }

    fn reduce(&self) -> Result<Array> {
        let input = self.input(0)?;
        let rank = input.dims.len();
        let axes: Vec<usize> = match self.integers_or("axes", 1)? {
            Some(axes) => axes.iter().map(|&axis| input.axis(axis)).collect::<Result<_>>()?,
            None => (0..rank).collect(),
        };
        let kept: Vec<usize> = (0..rank).map(|at| if axes.contains(&at) { 1 } else { input.dims[at] }).collect();
        let step = |(at, stride): (usize, usize)| if axes.contains(&at) { 0 } else { stride };
        let steps: Vec<usize> = strides(&kept).into_iter().enumerate().map(step).collect();
        let operator = self.node.operator.as_str();
        let (start, f): (f64, fn(f64, f64) -> f64) = match operator {
            "ReduceProd" => (1.0, |a, b| a * b),
            "ReduceMax" => (f64::NEG_INFINITY, f64::max),
            "ReduceMin" => (f64::INFINITY, f64::min),
            _ => (0.0, |a, b| a + b),
        };
        let mut values = vec![start; kept.iter().product()];
        for (place, &x) in walked(&input.dims, &steps, 0).zip(&input.values) {
            values[place] = f(values[place], x);
        }
        if operator == "ReduceMean" {
            let count = (input.values.len() / values.len().max(1)) as f64;
            values.iter_mut().for_each(|value| *value /= count);
        }
        let keeps = self.node.integer("keepdims", 1) != 0;
        let dims = kept.into_iter().enumerate().filter(|(at, _)| keeps || !axes.contains(at)).map(|(_, size)| size);
        Ok(Array { dims: dims.collect(), values, kind: input.kind })
    }

    /// The scale and the zero of each number, which are one for all or one for each place along an axis.
    fn scales(&self) -> Result<(Array, Array)> {
        let (input, scale) = (self.input(0)?, self.input(1)?);
        let none = Array { dims: scale.dims.clone(), values: vec![0.0; scale.values.len()], kind: BYTE };
        let zero = self.given(2).unwrap_or(&none);
        if self.node.integer("block_size", 0) != 0 {
            return Err(Error::expected("block_size", "one scale for all or for each channel", "blocks"));
        }
        let spread = |numbers: &Array| -> Result<Array> {
            let mut dims = vec![1; input.dims.len()];
            if numbers.values.len() != 1 {
                dims[input.axis(self.node.integer("axis", 1))?] = numbers.values.len();
            }
            self.spread(&Array { dims, ..numbers.clone() }, &input.dims)
        };
        Ok((spread(scale)?, spread(zero)?))
    }

    fn dequantize(&self) -> Result<Array> {
        let (input, (scale, zero)) = (self.input(0)?, self.scales()?);
        let each = input.values.iter().zip(scale.values.iter().zip(&zero.values));
        Ok(Array { values: each.map(|(q, (s, z))| (q - z) * s).collect(), kind: FLOAT, ..input.clone() })
    }

    fn quantize(&self) -> Result<Array> {
        let (input, (scale, zero)) = (self.input(0)?, self.scales()?);
        let (low, high) = range_of(zero.kind);
        let each = input.values.iter().zip(scale.values.iter().zip(&zero.values));
        let values = each.map(|(x, (s, z))| ((x / s).round_ties_even() + z).clamp(low, high)).collect();
        Ok(Array { values, kind: zero.kind, ..input.clone() })
    }

    fn choose(&self) -> Result<Array> {
        let (condition, yes, no) = (self.input(0)?, self.input(1)?, self.input(2)?);
        let dims = broadcast(&broadcast(&condition.dims, &yes.dims)?, &no.dims)?;
        let [condition, yes, no] = [self.spread(condition, &dims)?, self.spread(yes, &dims)?, self.spread(no, &dims)?];
        let each = condition.values.iter().zip(yes.values.iter().zip(&no.values));
        let values = each.map(|(&c, (&yes, &no))| if c != 0.0 { yes } else { no }).collect();
        Ok(Array { dims, values, kind: yes.kind })
    }

    fn combine(&self, f: Binary) -> Result<Array> {
        let (a, b) = (self.input(0)?, self.input(1)?);
        let dims = broadcast(&a.dims, &b.dims)?;
        let is_whole = !is_float(a.kind);
        let (a, b) = (self.spread(a, &dims)?, self.spread(b, &dims)?);
        let value = |(&a, &b): (&f64, &f64)| if is_whole { f(a, b).trunc() } else { f(a, b) };
        let values = a.values.iter().zip(&b.values).map(value).collect();
        let kind = if matches!(self.node.operator.as_str(), "Equal" | "Less" | "Greater" | "And" | "Or") {
            BOOL
        } else {
            a.kind
        };
        Ok(Array { dims, values, kind })
    }

    /// Repeats numbers to larger dimensions.
    fn spread(&self, input: &Array, dims: &[usize]) -> Result<Array> {
        if broadcast(&input.dims, dims)? != dims {
            return Err(Error::expected("inputs", format!("numbers that fit {dims:?}"), format!("{:?}", input.dims)));
        }
        let count = dims.iter().try_fold(1usize, |all, &size| all.checked_mul(size)).unwrap_or(usize::MAX);
        let most = self.inputs.iter().flatten().map(|input| input.values.len()).max().unwrap_or(0);
        limited(count, most)?;
        let (strides, before) = (input.strides(), dims.len() - input.dims.len());
        let step = |at: usize| match at.checked_sub(before) {
            Some(at) if input.dims[at] != 1 => strides[at],
            _ => 0,
        };
        let steps: Vec<usize> = (0..dims.len()).map(step).collect();
        let values = walked(dims, &steps, 0).map(|at| input.values[at]).collect();
        Ok(Array { dims: dims.to_vec(), values, kind: input.kind })
    }
}

/// The part of a shape that a Shape node asks for.
pub fn part_of_shape(node: &Node, dims: &[f64]) -> Vec<f64> {
    let len = dims.len() as i64;
    let place = |at: i64| if at < 0 { at.saturating_add(len) } else { at }.clamp(0, len) as usize;
    let (start, end) = (place(node.integer("start", 0)), place(node.integer("end", i64::MAX)));
    dims.get(start..end).unwrap_or(&[]).to_vec()
}

/// The least and the largest number of a type that values are quantised to.
pub fn range_of(kind: i64) -> (f64, f64) {
    match kind {
        INT8 => (-128.0, 127.0),
        UINT16 => (0.0, 65_535.0),
        INT16 => (-32_768.0, 32_767.0),
        _ => (0.0, 255.0),
    }
}

fn whole(size: f64) -> Result<usize> {
    let is_size = (0.0..=1e9).contains(&size);
    if is_size { Ok(size as usize) } else { Err(Error::expected("shape", "sizes of 0 or more", size)) }
}

type Unary = fn(f64) -> f64;
type Binary = fn(f64, f64) -> f64;

fn unary(operator: &str) -> Option<Unary> {
    Some(match operator {
        "Neg" => |x| -x,
        "Abs" => f64::abs,
        "Sqrt" => f64::sqrt,
        "Exp" => f64::exp,
        "Log" => f64::ln,
        "Floor" => f64::floor,
        "Ceil" => f64::ceil,
        "Round" => f64::round_ties_even,
        "Reciprocal" => |x| 1.0 / x,
        "Not" => |x| f64::from(u8::from(x == 0.0)),
        "Relu" => |x| x.max(0.0),
        _ => return None,
    })
}

fn binary(operator: &str) -> Option<Binary> {
    Some(match operator {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Pow" => f64::powf,
        "Min" => f64::min,
        "Max" => f64::max,
        "Equal" => |a, b| f64::from(u8::from(a == b)),
        "Less" => |a, b| f64::from(u8::from(a < b)),
        "Greater" => |a, b| f64::from(u8::from(a > b)),
        "And" => |a, b| f64::from(u8::from(a != 0.0 && b != 0.0)),
        "Or" => |a, b| f64::from(u8::from(a != 0.0 || b != 0.0)),
        _ => return None,
    })
}
