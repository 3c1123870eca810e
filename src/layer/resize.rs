//! Resize: a picture at another size; each new value is a weighted mean of the four old ones around it (bilinear).
//!
//! Along each axis, position i of z is at s(i) of x, clamped to the picture:
//!
//! | corners | s(i) |
//! |---|---|
//! | half-pixel | (i + 1/2) old / new - 1/2 |
//! | align | i (old - 1) / (new - 1) |
//! | asymmetric | i old / new |

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::Result;
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Corners {
    HalfPixel,
    Align,
    Asymmetric,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resize {
    pub input: Shape,
    pub width: usize,
    pub height: usize,
    pub corners: Corners,
}

/// Two neighbouring positions along an axis and the share of the second.
type Between = (usize, usize, f32);

impl Resize {
    fn between(&self, at: usize, old: usize, new: usize) -> Between {
        let place = match self.corners {
            Corners::HalfPixel => (at as f64 + 0.5) * old as f64 / new as f64 - 0.5,
            Corners::Align => at as f64 * (old - 1) as f64 / new.saturating_sub(1).max(1) as f64,
            Corners::Asymmetric => at as f64 * old as f64 / new as f64,
        };
        let place = place.clamp(0.0, (old - 1) as f64);
        let first = place.floor();
        (first as usize, (first as usize + 1).min(old - 1), (place - first) as f32)
    }

    fn axes(&self) -> (Vec<Between>, Vec<Between>) {
        let axis = |old, new| (0..new).map(|at| self.between(at, old, new)).collect();
        (axis(self.input.width, self.width), axis(self.input.height, self.height))
    }

    /// Calls `visit(z, [(x, share)])` for every pixel z of the output, with the pixels x of the input that it reads.
    fn each(&self, mut visit: impl FnMut(usize, [(usize, f32); 4])) {
        let (across, down) = self.axes();
        for (y, &(top, bottom, v)) in down.iter().enumerate() {
            for (x, &(left, right, u)) in across.iter().enumerate() {
                visit(y * self.width + x, corners(self.input.width, (left, right, u), (top, bottom, v)));
            }
        }
    }
}

fn corners(width: usize, (left, right, u): Between, (top, bottom, v): Between) -> [(usize, f32); 4] {
    [
        (top * width + left, (1.0 - v) * (1.0 - u)),
        (top * width + right, (1.0 - v) * u),
        (bottom * width + left, v * (1.0 - u)),
        (bottom * width + right, v * u),
    ]
}

impl LayerOps for Resize {
    fn title(&self) -> String {
        format!("resize to {} x {}", self.width, self.height)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        Shape::from_whc(self.width, self.height, self.input.channels)
    }

    fn check(&self) -> Result<()> {
        self.input.checked("resize")?;
        self.output().checked("resize").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        let scaled = |new: usize, old: usize, len: usize| new.saturating_mul(len) / old.max(1);
        self.width = scaled(self.width, self.input.width, inputs[0].width);
        self.height = scaled(self.height, self.input.height, inputs[0].height);
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
        4 * self.output().len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let Shape { width, height, channels } = self.input;
        let (c, pixel) = (output % channels, output / channels);
        let across = self.between(pixel % self.width, width, self.width);
        let down = self.between(pixel / self.width, height, self.height);
        for (source, share) in corners(width, across, down) {
            visit(Connection { input: 0, source: source * channels + c, weight: Weight::Fixed(Some(share)) });
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let channel = source % self.input.channels;
        Readers { channels: channel..channel + 1, ..Readers::all(self.output()) }
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        None
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let channels = self.input.channels;
        for (x, z) in x[0].chunks_exact(self.input.len()).zip(z.chunks_exact_mut(self.output().len())) {
            self.each(|pixel, taps| {
                let z = &mut z[pixel * channels..][..channels];
                z.fill(0.0);
                for (pixel, share) in taps {
                    z.iter_mut().zip(&x[pixel * channels..][..channels]).for_each(|(z, x)| *z += share * x);
                }
            });
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = sum of share x.
        let Some(dx) = &mut grads.dx[0] else { return };
        let channels = self.input.channels;
        for (dx, dz) in dx.chunks_exact_mut(self.input.len()).zip(dz.chunks_exact(self.output().len())) {
            self.each(|pixel, taps| {
                let dz = &dz[pixel * channels..][..channels];
                for (pixel, share) in taps {
                    dx[pixel * channels..][..channels].iter_mut().zip(dz).for_each(|(dx, dz)| *dx += share * dz);
                }
            });
        }
    }
}

impl Written for Resize {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for Resize {}

impl Portable for Resize {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let corners = match self.corners {
            Corners::HalfPixel => "half_pixel",
            Corners::Align => "align_corners",
            Corners::Asymmetric => "asymmetric",
        };
        let attributes = [
            ("coordinate_transformation_mode", AttributeValue::Word(corners)),
            ("mode", AttributeValue::Word("linear")),
            ("axes", AttributeValue::Integers(vec![2, 3])),
        ];
        let x = graph.picture(&parts.inputs[0]);
        let sizes = graph.integers(&[self.height as i64, self.width as i64]);
        let z = graph.apply("Resize", &[&x, "", "", &sizes], &attributes);
        Ok(graph.signal(z, self.output()))
    }
}
