//! Transposed convolution: every input adds a small window of weights to a larger picture.
//!
//! It is the input gradient of a convolution from z's shape to x's: z += W[i, ky, kx, o] x[y, x, i] at
//! (y stride + ky - padding, x stride + kx - padding).
//! Parameters: W `[inputs, kernel, kernel, outputs]`, then b `[outputs]`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Conv, Field, Grads, KernelLayout, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts,
    Readers, SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::gemm;
use crate::kernels::window::{Kernels, Window};
use crate::operators::{AttributeValue, OperatorGraph, Signal, plane_order};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConvTranspose {
    pub input: Shape,
    /// Shape of z. It does not follow from `input`, to which several larger pictures shrink.
    pub output: Shape,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

impl ConvTranspose {
    /// The convolution from z back to x.
    fn back(&self) -> Window {
        let Self { kernel, stride, padding, .. } = *self;
        Window { input: self.output, outputs: self.input.channels, kernel, stride, padding }
    }
}

impl LayerOps for ConvTranspose {
    fn title(&self) -> String {
        format!("transposed conv {0}x{0}", self.kernel)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.output
    }

    fn check(&self) -> Result<()> {
        self.input.checked("transposed conv")?;
        self.back().check("transposed conv")?;
        let reached = self.back().output();
        if reached != self.input {
            let expected = format!("an output that a convolution takes back to {}", self.input);
            return Err(Error::expected(
                "transposed conv",
                expected,
                format!("{}, which it takes to {reached}", self.output),
            ));
        }
        Ok(())
    }

    /// Several shapes of z shrink to one input; the new one exceeds the least of them by as much as the old one did.
    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        let side = |old_in: usize, old_out: usize, len: usize| {
            let margins = self.padding.saturating_mul(2);
            let plain = |len: usize| len.saturating_sub(1).saturating_mul(self.stride).saturating_add(self.kernel);
            let extra = old_out.saturating_add(margins).saturating_sub(plain(old_in));
            plain(len).saturating_add(extra).saturating_sub(margins)
        };
        let (from, to, first) = (self.input, self.output, inputs[0]);
        let (width, height) = (side(from.width, to.width, first.width), side(from.height, to.height, first.height));
        (self.input, self.output) = (first, Shape::from_whc(width, height, to.channels));
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        // An output is reached by every stride-th tap of the kernel in both directions.
        let fan_in =
            (self.back().window_len() / self.output.channels * self.input.channels).div_ceil(self.stride * self.stride);
        vec![
            Tensor {
                name: "weight",
                dims: vec![self.input.channels, self.kernel, self.kernel, self.output.channels],
                init: Init::HeUniform { fan_in },
                decays: true,
            },
            Tensor { name: "bias", dims: vec![self.output.channels], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::Last)
    }

    fn connections(&self) -> u64 {
        Conv { window: self.back() }.connections()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (shape, input) = (self.output, self.input);
        let (o, x, y) =
            (output % shape.channels, output / shape.channels % shape.width, output / shape.channels / shape.width);
        // The source s and the tap k along one axis: s stride + k = position + padding.
        let taps = |position: usize, len: usize| {
            (0..self.kernel).filter_map(move |k| {
                let reach = (position + self.padding).checked_sub(k)?;
                (reach.is_multiple_of(self.stride) && reach / self.stride < len).then_some((reach / self.stride, k))
            })
        };
        for (sy, ky) in taps(y, input.height) {
            for (sx, kx) in taps(x, input.width) {
                for i in 0..input.channels {
                    let source = (sy * input.width + sx) * input.channels + i;
                    let weight = ((i * self.kernel + ky) * self.kernel + kx) * shape.channels + o;
                    visit(Connection { input: 0, source, weight: Weight::Parameter(weight) });
                }
            }
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let painted = |at: usize, len: usize| {
            let (first, end) = (at * self.stride, at * self.stride + self.kernel);
            first.saturating_sub(self.padding)..end.saturating_sub(self.padding).min(len)
        };
        let (x, y, _) = self.input.place(source);
        let Shape { width, height, channels } = self.output;
        Readers { across: painted(x, width), down: painted(y, height), channels: 0..channels }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.back().weight_len() + output % self.output.channels)
    }

    fn weight_view(&self) -> WeightView {
        let (reads, makes) = (self.input.channels, self.output.channels);
        WeightView::Kernels(KernelLayout {
            side: self.kernel,
            reads,
            makes,
            tap_stride: makes,
            read_stride: self.kernel * self.kernel * makes,
            made_stride: 1,
        })
    }

    fn text(&self, around: &Surroundings, _is_last: bool) -> Option<String> {
        let Self { output, kernel, stride, padding, .. } = self;
        let outputs = if *output == around.input { "channels".into() } else { output.channels.to_string() };
        Some(format!("conv-transpose outputs={outputs} kernel={kernel} stride={stride} padding={padding}"))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let (w, b) = theta.split_at(self.back().weight_len());
        gemm::fill_rows(b, z);
        self.back().input_gradient(Kernels { w, prepared: call.prepared() }, x[0], z, &mut memo.scratch);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = b + the input gradient of `back` at x, so dx is `back` of dz.
        let back = self.back();
        let (w, _) = theta.split_at(back.weight_len());
        let (dw, db) = grads.dtheta.map(|dtheta| dtheta.split_at_mut(back.weight_len())).unzip();
        let kernels = Kernels { w, prepared: call.prepared() };
        back.turned_gradients((kernels, dz, x[0]), dw, grads.dx[0].as_deref_mut(), &mut memo.scratch);
        if let Some(db) = db {
            gemm::add_columns(dz, db);
        }
    }
}

impl Written for ConvTranspose {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "conv-transpose",
        about: "paints windows of weights onto a larger picture",
        fields: &[
            Field::OUTPUTS,
            Field::new("kernel", 1.0, 255.0, "4"),
            Field::new("stride", 1.0, 255.0, "2"),
            Field::new("padding", 0.0, 254.0, "1"),
        ],
        make: |line| {
            let (input, kernel, stride) = (line.input()?, line.size(1), line.size(2));
            let padding = line.padding(3, kernel);
            let side = |len: usize| ((len - 1) * stride + kernel).saturating_sub(2 * padding);
            let output = Shape::from_whc(side(input.width), side(input.height), line.size(0));
            Ok(ConvTranspose { input, output, kernel, stride, padding })
        },
    }];
}

impl SpeedHooks for ConvTranspose {
    fn prepared_len(&self) -> usize {
        self.back().prepared_len()
    }

    fn transforms(&self) -> bool {
        0 < self.prepared_len()
    }

    fn prepare(&self, theta: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        self.back().prepare(theta, prepared, scratch);
    }
}

impl Portable for ConvTranspose {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let Self { input, output, kernel, stride, padding } = *self;
        let (w, b) = parts.theta.split_at(self.back().weight_len());
        let painted = Shape::from_whc(kernel, kernel, output.channels);
        let weight = w.chunks_exact(painted.len()).flat_map(|w| plane_order(painted).map(|at| w[at])).collect();
        let weight = graph.parameter("weight", &[input.channels, output.channels, kernel, kernel], weight);
        let bias = graph.parameter("bias", &[output.channels], b.into());
        // Several pictures shrink to one input; this is by how much z exceeds the least of them.
        let extra = |old: usize, new: usize| (new + 2 * padding - (old - 1) * stride - kernel) as i64;
        let row = |size: usize, count: usize| AttributeValue::Integers(vec![size as i64; count]);
        let attributes = [
            ("kernel_shape", row(kernel, 2)),
            ("strides", row(stride, 2)),
            ("pads", row(padding, 4)),
            (
                "output_padding",
                AttributeValue::Integers(vec![extra(input.height, output.height), extra(input.width, output.width)]),
            ),
        ];
        let x = graph.picture(&parts.inputs[0]);
        let z = graph.apply("ConvTranspose", &[&x, &weight, &bias], &attributes);
        Ok(graph.signal(z, output))
    }
}
