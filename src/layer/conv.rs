//! Convolution: a small window of weights slides over the picture.
//!
//! Shapes and formula: [`Window`]. Parameters: W `[outputs, kernel, kernel, channels]`, then b `[outputs]`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, GroupedConv, KernelLayout, LayerOps, LayerRole, Memo, OutputAxis, Portable,
    PortableParts, Readers, SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::Result;
use crate::init::Init;
use crate::kernels::gemm;
use crate::kernels::window::{Kernels, Window};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Conv {
    pub window: Window,
}

impl Conv {
    /// A convolution that keeps width and height; `kernel` is odd.
    pub fn same(input: Shape, outputs: usize, kernel: usize) -> Self {
        Self::new(input, outputs, kernel, 1, kernel / 2)
    }

    pub fn new(input: Shape, outputs: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        Self { window: Window { input, outputs, kernel, stride, padding } }
    }
}

impl LayerOps for Conv {
    fn title(&self) -> String {
        format!("conv {0}x{0}", self.window.kernel)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.window.input]
    }

    fn output(&self) -> Shape {
        self.window.output()
    }

    fn check(&self) -> Result<()> {
        self.window.check("conv")
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.window.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let Window { input, outputs, kernel, .. } = self.window;
        vec![
            Tensor {
                name: "weight",
                dims: vec![outputs, kernel, kernel, input.channels],
                init: Init::HeUniform { fan_in: self.window.window_len() },
                decays: true,
            },
            Tensor { name: "bias", dims: vec![outputs], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        // Windows at the edge reach beyond the picture; those taps connect nothing.
        let (input, output) = (self.window.input, self.output());
        let reached = |len: usize, positions: usize| -> u64 {
            (0..positions)
                .map(|at| {
                    let (first, last) = (at * self.window.stride, at * self.window.stride + self.window.kernel);
                    last.min(len + self.window.padding).saturating_sub(first.max(self.window.padding)) as u64
                })
                .sum()
        };
        let channels = input.channels as u64 * output.channels as u64;
        reached(input.width, output.width) * reached(input.height, output.height) * channels
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (window, shape) = (&self.window, self.output());
        let (o, x, y) =
            (output % shape.channels, output / shape.channels % shape.width, output / shape.channels / shape.width);
        for weight in 0..window.window_len() {
            let channels = window.input.channels;
            let (c, kx, ky) = (weight % channels, weight / channels % window.kernel, weight / channels / window.kernel);
            let (px, py) = (x * window.stride + kx, y * window.stride + ky);
            if let (Some(px), Some(py)) = (px.checked_sub(window.padding), py.checked_sub(window.padding))
                && px < window.input.width
                && py < window.input.height
            {
                let source = (py * window.input.width + px) * channels + c;
                visit(Connection { input: 0, source, weight: Weight::Parameter(o * window.window_len() + weight) });
            }
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let Window { input, kernel, stride, padding, outputs } = self.window;
        Readers::windows((input, source), (kernel, stride, padding), self.output(), 0..outputs)
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.window.weight_len() + output % self.window.outputs)
    }

    fn weight_view(&self) -> WeightView {
        let Window { input, kernel, outputs, .. } = self.window;
        WeightView::Kernels(KernelLayout::of_rows(kernel, input.channels, outputs))
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        let Window { outputs, kernel, stride, padding, .. } = self.window;
        let half = (kernel - 1) / 2 == padding;
        let padding = if half { String::new() } else { format!(" padding={padding}") };
        Some(format!("conv outputs={outputs} kernel={kernel} stride={stride}{padding}"))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let (w, b) = theta.split_at(self.window.weight_len());
        let kernels = Kernels { w, prepared: call.prepared() };
        self.window.forward(kernels, b, x[0], z, &mut memo.scratch);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = x * W + b.
        let (w, _) = theta.split_at(self.window.weight_len());
        let (dw, db) = grads.dtheta.map(|dtheta| dtheta.split_at_mut(self.window.weight_len())).unzip();
        let kernels = Kernels { w, prepared: call.prepared() };
        self.window.gradients((kernels, x[0], dz), dw, grads.dx[0].as_deref_mut(), &mut memo.scratch);
        if let Some(db) = db {
            gemm::add_columns(dz, db);
        }
    }
}

impl Written for Conv {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "conv",
        about: "a small window of weights slides over the picture",
        fields: &[Field::OUTPUTS, Field::KERNEL, Field::STRIDE, Field::new("padding", 0.0, 254.0, "half")],
        make: |line| {
            let kernel = line.size(1);
            Ok(Conv::new(line.input()?, line.size(0), kernel, line.size(2), line.padding(3, kernel)))
        },
    }];
}

impl SpeedHooks for Conv {
    fn prepared_len(&self) -> usize {
        self.window.packed_len()
    }

    fn prepare(&self, theta: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        self.window.pack(theta, prepared, scratch);
    }

    fn transforms(&self) -> bool {
        0 < self.window.prepared_len()
    }

    fn takes_picks(&self, picks: usize) -> bool {
        2 * picks <= self.window.output().len() && self.window.takes_picks()
    }

    fn backward_picked(&self, x: &[f32], dz: &[f32], picks: &[u32], dtheta: &mut [f32], scratch: &mut Vec<f32>) {
        let (dw, db) = dtheta.split_at_mut(self.window.weight_len());
        self.window.picked_gradient(x, dz, picks, dw, scratch);
        gemm::add_columns(dz, db);
    }
}

impl Portable for Conv {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let Window { input, outputs, kernel, stride, padding } = self.window;
        GroupedConv::square(input, outputs, kernel, stride, padding).write(parts, graph)
    }
}
