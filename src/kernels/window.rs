//! A window that slides over a picture: the sizes of one convolution, and the frame of zeros around its picture.

use serde::{Deserialize, Serialize};

use super::tile::RowLayout;
use crate::error::{Error, Result};
use crate::shape::Shape;

/// The sizes of one convolution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Shape of x.
    pub input: Shape,
    /// Channels of z.
    pub outputs: usize,
    /// Side of the square kernel.
    pub kernel: usize,
    pub stride: usize,
    /// Zeros added on every side of x.
    pub padding: usize,
}

/// The kernels of a convolution and the result of `Window::prepare` or `Window::pack`. Where that is empty, the kernels are
/// transformed and packed for each call.
#[derive(Clone, Copy, Default)]
pub struct Kernels<'a> {
    pub w: &'a [f32],
    pub prepared: &'a [f32],
}

impl<'a> From<&'a [f32]> for Kernels<'a> {
    fn from(w: &'a [f32]) -> Self {
        Self { w, prepared: &[] }
    }
}

impl Window {
    /// Largest side of a kernel.
    const MOST_KERNEL: usize = 255;

    /// Shape of z. Only for checked sizes.
    pub fn output(&self) -> Shape {
        let side = |len: usize| (len + 2 * self.padding - self.kernel) / self.stride + 1;
        Shape::from_whc(side(self.input.width), side(self.input.height), self.outputs)
    }

    /// Checks sizes from outside.
    pub fn check(&self, who: &str) -> Result<()> {
        let input = self.input.checked(who)?;
        if !(1..=Self::MOST_KERNEL).contains(&self.kernel) {
            return Err(Error::expected(who, format!("a kernel of 1 to {}", Self::MOST_KERNEL), self.kernel));
        }
        if !(1..=self.kernel).contains(&self.stride) {
            return Err(Error::expected(who, format!("a stride of 1 to the kernel's {}", self.kernel), self.stride));
        }
        if self.kernel <= self.padding {
            return Err(Error::expected(who, format!("padding below the kernel's {}", self.kernel), self.padding));
        }
        let smallest = input.width.min(input.height) + 2 * self.padding;
        if smallest < self.kernel {
            return Err(Error::expected(who, format!("a padded picture of at least {} a side", self.kernel), smallest));
        }
        Shape::from_whc(1, self.outputs, self.window_len()).checked(who)?;
        self.output().checked(who).map(|_| ())
    }

    /// Number of values in one window, which is the fan-in of an output.
    pub fn window_len(&self) -> usize {
        self.kernel * self.kernel * self.input.channels
    }

    pub fn weight_len(&self) -> usize {
        self.outputs * self.window_len()
    }

    /// Width of the padded picture.
    pub fn padded_width(&self) -> usize {
        self.input.width + 2 * self.padding
    }

    /// The starts of the windows in the padded picture, in the order of z.
    pub fn windows(&self) -> RowLayout {
        let z = self.output();
        let line = self.padded_width() * self.input.channels;
        RowLayout { start: 0, per_line: z.width, line: self.stride * line, step: self.stride * self.input.channels }
    }

    /// Length of the padded picture; 0 where nothing is padded.
    pub fn padded_len(&self) -> usize {
        if self.padding == 0 { 0 } else { self.frame().padded_len() }
    }

    /// The picture with its padding.
    pub fn frame(&self) -> Padding {
        Padding { shape: self.input, before: self.padding, right: self.padding, below: self.padding }
    }
}

/// A picture with zeros around it: `before` lines and columns above and to the left, `below` and `right` on the other
/// sides.
pub struct Padding {
    pub shape: Shape,
    pub before: usize,
    pub right: usize,
    pub below: usize,
}

impl Padding {
    pub fn width(&self) -> usize {
        self.before + self.shape.width + self.right
    }

    /// Length of the padded picture.
    pub fn padded_len(&self) -> usize {
        (self.before + self.shape.height + self.below) * self.width() * self.shape.channels
    }

    pub fn fill(&self, picture: &[f32], padded: &mut [f32]) {
        let channels = self.shape.channels;
        let (line, inner) = (self.width() * channels, self.shape.width * channels);
        let (above, rest) = padded.split_at_mut(self.before * line);
        let (middle, below) = rest.split_at_mut(self.shape.height * line);
        above.fill(0.0);
        below.fill(0.0);
        for (padded, picture) in middle.chunks_exact_mut(line).zip(picture.chunks_exact(inner)) {
            let (left, rest) = padded.split_at_mut(self.before * channels);
            let (here, right) = rest.split_at_mut(inner);
            left.fill(0.0);
            here.copy_from_slice(picture);
            right.fill(0.0);
        }
    }

    /// Adds the part inside the padding to a picture.
    pub fn add_inner(&self, padded: &[f32], picture: &mut [f32]) {
        let channels = self.shape.channels;
        let (line, inner) = (self.width() * channels, self.shape.width * channels);
        let lines = padded.chunks_exact(line).skip(self.before);
        for (padded, picture) in lines.zip(picture.chunks_exact_mut(inner)) {
            let padded = &padded[self.before * channels..][..inner];
            picture.iter_mut().zip(padded).for_each(|(picture, padded)| *picture += padded);
        }
    }
}
