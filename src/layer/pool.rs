//! Pooling: each window of a channel becomes its largest value or its mean.
//!
//! z[y, x, c] = max or mean of x[y stride + ky, x stride + kx, c] over 0 <= ky, kx < size.
//! Rows and columns that fill no window are ignored, so z has floor((side + margins - size) / stride) + 1 pixels a side.
//! Windows are entirely inside the picture, unless there are margins: beyond the picture is nothing, so there a window is
//! smaller.

use serde::{Deserialize, Serialize};

use super::windows::{Margins, Windows};
use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, PoolKind, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, TextLine, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

const MOST_STRIDE: usize = 255;
const MOST_MARGIN: usize = 4096;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    pub input: Shape,
    #[serde(rename = "method")] // "kind" is the kind of layer
    pub kind: PoolKind,
    /// Side of the square window.
    pub size: usize,
    /// 1 to 255; a window of 1 takes every `stride`th pixel.
    pub stride: usize,
    /// Each smaller than the window.
    #[serde(default, skip_serializing_if = "Margins::are_none")]
    pub margins: Margins,
}

impl Pool {
    /// A pool without margins.
    pub fn plain(input: Shape, kind: PoolKind, size: usize, stride: usize) -> Self {
        Self { input, kind, size, stride, margins: Margins::default() }
    }

    fn windows(&self) -> Windows {
        let Self { input, kind, size, stride, margins } = *self;
        Windows { input, kind, width: size, height: size, stride, margins }
    }
}

impl LayerOps for Pool {
    fn title(&self) -> String {
        format!("{} pool {1}x{1}", self.kind.name(), self.size)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.windows().output()
    }

    fn check(&self) -> Result<()> {
        let input = self.input.checked("pool")?;
        let Margins { left, top, right, bottom } = self.margins;
        let largest = self.margins.largest();
        if MOST_MARGIN < largest || self.size <= largest {
            let expected = format!("margins smaller than its window and of at most {MOST_MARGIN}");
            return Err(Error::expected("pool", expected, largest));
        }
        let most = (input.width + left + right).min(input.height + top + bottom);
        if !(1..=most).contains(&self.size) {
            return Err(Error::expected("pool", format!("a window of 1 to {most} a side"), self.size));
        }
        if !(1..=MOST_STRIDE).contains(&self.stride) {
            return Err(Error::expected("pool", format!("a stride of 1 to {MOST_STRIDE}"), self.stride));
        }
        Ok(())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.windows().connections()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        self.windows().incoming(output, visit);
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let channel = source % self.input.channels;
        let along = |margin: usize| {
            let windows = (self.size, self.stride, margin);
            Readers::windows((self.input, source), windows, self.output(), channel..channel + 1)
        };
        Readers { down: along(self.margins.top).down, ..along(self.margins.left) }
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        let text = || format!("{}-pool size={} stride={}", self.kind.name(), self.size, self.stride);
        self.margins.are_none().then(text)
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, _call: &Call) {
        self.windows().forward(x[0], z, &mut memo.indices);
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        if let Some(dx) = &mut grads.dx[0] {
            self.windows().backward(dz, dx, &memo.indices);
        }
    }
}

/// Reads a line of either form.
fn pool(line: &TextLine, kind: PoolKind) -> Result<Pool> {
    Ok(Pool::plain(line.input()?, kind, line.size(0), line.size(1)))
}

impl Written for Pool {
    const FORMS: &'static [TextForm<Self>] = &[
        TextForm {
            name: "max-pool",
            about: "the largest value of each window",
            fields: &[Field::new("size", 1.0, 255.0, "2"), Field::new("stride", 1.0, 255.0, "2")],
            make: |line| pool(line, PoolKind::Max),
        },
        TextForm {
            name: "average-pool",
            about: "the mean of each window",
            fields: &[Field::new("size", 1.0, 255.0, "2"), Field::new("stride", 1.0, 255.0, "2")],
            make: |line| pool(line, PoolKind::Average),
        },
    ];
}

impl SpeedHooks for Pool {
    fn picks(&self) -> bool {
        self.kind == PoolKind::Max
    }
}

impl Portable for Pool {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = graph.picture(&parts.inputs[0]);
        let operator = match self.kind {
            PoolKind::Max => "MaxPool",
            PoolKind::Average => "AveragePool",
        };
        let square = |side: usize| AttributeValue::Integers(vec![side as i64; 2]);
        let Margins { left, top, right, bottom } = self.margins;
        // Windows beyond the picture count what they have, which is the default of both operators.
        let margins = AttributeValue::Integers([top, left, bottom, right].map(|side| side as i64).into());
        let attributes = [("kernel_shape", square(self.size)), ("strides", square(self.stride)), ("pads", margins)];
        let z = graph.apply(operator, &[&x], &attributes);
        Ok(graph.signal(z, self.output()))
    }
}
