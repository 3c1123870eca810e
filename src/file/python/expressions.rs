//! Operators as expressions of Python.

use super::literals::{around, commas, number};
use super::module::ModuleWriter;
use crate::error::{Error, Result};
use crate::operators::OperatorNode;

impl<'a> ModuleWriter<'a> {
    /// Operators that come together and are one function: how many they are, and the function.
    pub(super) fn composed(&mut self, nodes: &[&'a OperatorNode]) -> Result<Option<(usize, String)>> {
        let operators: Vec<&str> = nodes.iter().take(5).map(|node| node.operator).collect();
        let first = &nodes[0].inputs;
        let follows = |at: usize| nodes[at].inputs[0] == nodes[at - 1].output;
        Ok(match operators[..] {
            ["Reshape", "InstanceNormalization", "Reshape", "Mul", "Add"] if (1..5).all(follows) => {
                let (x, groups) = (self.value(&first[0])?, self.constant(&nodes[1].inputs[1])?.dims[0]);
                let [weight, bias] = [&nodes[3].inputs[1], &nodes[4].inputs[1]];
                let channels = self.constant(weight)?.dims[0];
                let epsilon = number(nodes[1].float("epsilon").unwrap_or(1e-5));
                let arguments = format!("{groups}, {channels}, eps={epsilon}");
                let layer = self.layer("GroupNorm", &arguments, (weight, vec![channels]), bias)?;
                Some((5, format!("{layer}({x})")))
            }
            ["Div", "Erf", "Add", "Mul", "Mul"] if nodes[3].inputs[0] == first[0] => {
                Some((5, format!("F.gelu({})", self.value(&first[0])?)))
            }
            ["Sigmoid", "Mul", ..]
                if nodes[1].inputs == [&*first[0], &*nodes[0].output] && self.is_read_once(nodes[0]) =>
            {
                Some((2, format!("F.silu({})", self.value(&first[0])?)))
            }
            _ => None,
        })
    }

    /// An operator by itself.
    pub(super) fn expression(&mut self, node: &'a OperatorNode) -> Result<String> {
        match node.operator {
            "Conv" => self.conv(node),
            "ConvTranspose" => self.conv_transpose(node),
            "MaxPool" => self.max_pool(node),
            "AveragePool" => self.average_pool(node),
            "Resize" => self.resize(node),
            "Gemm" => self.linear(node),
            "Dropout" => {
                let (x, rate) = (self.value(&node.inputs[0])?, self.value(&node.inputs[1])?);
                let arguments = format!("{rate}, {}", self.block(node)?);
                Ok(format!("{}({x})", self.plain_layer(&node.output, "Dropout", &arguments)))
            }
            "SpaceToDepth" | "DepthToSpace" => {
                let name = if node.operator == "SpaceToDepth" { "space_to_depth" } else { "depth_to_space" };
                let (x, side) = (self.value(&node.inputs[0])?, node.integer("blocksize").unwrap_or(1));
                Ok(format!("{}({x}, {side})", self.helper(name)))
            }
            "ConstantOfShape" => Ok(format!("x.new_zeros({})", commas(self.row(&node.inputs[0])?))),
            "Concat" => {
                let parts = node.inputs.iter().map(|input| self.value(input)).collect::<Result<Vec<_>>>()?;
                Ok(format!("torch.cat([{}], 1)", parts.join(", ")))
            }
            _ => self.function(node),
        }
    }

    fn linear(&mut self, node: &'a OperatorNode) -> Result<String> {
        let (x, [weight, bias]) = (self.value(&node.inputs[0])?, [&node.inputs[1], &node.inputs[2]]);
        let Ok(constant) = self.constant(weight) else {
            return Ok(format!("F.linear({x}, {}, {})", self.value(weight)?, self.value(bias)?));
        };
        let arguments = format!("{}, {}", constant.dims[1], constant.dims[0]);
        let layer = self.layer("Linear", &arguments, (weight, constant.dims.clone()), bias)?;
        Ok(format!("{layer}({x})"))
    }

    /// An operator that is one function of its inputs.
    fn function(&mut self, node: &'a OperatorNode) -> Result<String> {
        let input = |at: usize| node.inputs[at].as_str();
        let x = self.value(input(0))?;
        Ok(match node.operator {
            "Add" => format!("{x} + {}", self.value(input(1))?),
            "Sub" => format!("{x} - {}", self.value(input(1))?),
            "Mul" => format!("{x} * {}", self.value(input(1))?),
            "Div" => format!("{x} / {}", self.value(input(1))?),
            "MatMul" => format!("{x} @ {}", self.value(input(1))?),
            "ScatterElements" => format!("{x}.scatter(0, {}, {})", self.value(input(1))?, self.value(input(2))?),
            "Relu" => format!("F.relu({x})"),
            "LeakyRelu" => format!("F.leaky_relu({x}, {})", number(node.float("alpha").unwrap_or(0.01))),
            "Sigmoid" => format!("torch.sigmoid({x})"),
            "Tanh" => format!("torch.tanh({x})"),
            "HardSigmoid" => format!("F.hardsigmoid({x})"),
            "HardSwish" => format!("F.hardswish({x})"),
            "Clip" => format!("torch.clamp({x}, {}, {})", self.value(input(1))?, self.value(input(2))?),
            "GlobalAveragePool" => format!("F.adaptive_avg_pool2d({x}, 1)"),
            "GlobalMaxPool" => format!("F.adaptive_max_pool2d({x}, 1)"),
            "Flatten" => format!("{x}.flatten(1)"),
            "Reshape" => format!("{x}.reshape({})", commas(self.row(input(1))?)),
            "Transpose" => format!("{x}.permute({})", commas(node.integers("perm").unwrap_or_default())),
            "Slice" => {
                let [from, to] = [self.row(input(1))?[0], self.row(input(2))?[0]];
                format!("{x}[:, {from}:{to}]")
            }
            "Pad" => {
                // Margins before all four dimensions, then behind them.
                let &[_, _, top, left, _, _, bottom, right] = self.row(input(1))? else {
                    return Err(Error::expected("pad", "margins of a picture", "others"));
                };
                format!("F.pad({x}, {}, value={})", around([top, left, bottom, right]), self.value(input(2))?)
            }
            other => return Err(Error::expected("PyTorch", "an operator that it has", other)),
        })
    }
}
