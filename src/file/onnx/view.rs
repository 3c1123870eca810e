//! A view: which axis of a block each dimension of a tensor is.
//!
//! Blocks store pictures as `[height, width, channels]`. A tensor of ONNX has the same values in other orders and other
//! dimensions, so that flattening, reshaping and transposing need no work as long as each dimension is made of whole
//! axes: `[N, C, H, W]` of most programs, `[N, H, W, C]` of Keras, `[N, C H W]` after a Flatten.

use PictureAxis::{Across, Channels, Down};

use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureAxis {
    Channels,
    Down,
    Across,
}

impl PictureAxis {
    fn len(self, shape: Shape) -> usize {
        match self {
            Channels => shape.channels,
            Down => shape.height,
            Across => shape.width,
        }
    }
}

/// The dimensions after the first, which counts the images. Each is the product of its axes, the first of them slowest;
/// one without axes has length 1.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorView(Vec<Vec<PictureAxis>>);

impl TensorView {
    /// `[N, C, H, W]`.
    pub fn planes() -> Self {
        Self(vec![vec![Channels], vec![Down], vec![Across]])
    }

    /// `[N, H, W, C]`.
    pub fn pixels() -> Self {
        Self(vec![vec![Down], vec![Across], vec![Channels]])
    }

    /// `[N, C H W]`.
    pub fn vector() -> Self {
        Self(vec![vec![Channels, Down, Across]])
    }

    /// `[N, H, W]`, grey.
    pub fn grey() -> Self {
        Self(vec![vec![Down], vec![Across]])
    }

    /// The values of a flat block as the last of several dimensions.
    pub fn row(rank: usize) -> Self {
        let mut dims = vec![Vec::new(); rank];
        dims.last_mut().into_iter().for_each(|dim| dim.push(Channels));
        Self(dims)
    }

    /// Number of dimensions after the first.
    pub fn rank(&self) -> usize {
        self.0.len()
    }

    pub fn sizes(&self, shape: Shape) -> Vec<usize> {
        self.0.iter().map(|axes| axes.iter().map(|axis| axis.len(shape)).product()).collect()
    }

    /// The axes of each dimension, but for those of length 1, which may be anywhere.
    pub fn trimmed(&self, shape: Shape) -> Vec<Vec<PictureAxis>> {
        let trimmed = |axes: &Vec<PictureAxis>| axes.iter().copied().filter(|axis| 1 < axis.len(shape)).collect();
        self.0.iter().map(trimmed).collect()
    }

    /// Whether it is `[N, C, H, W]`.
    pub fn is_picture(&self, shape: Shape) -> bool {
        self.trimmed(shape) == Self::planes().trimmed(shape)
    }

    pub fn is_vector(&self) -> bool {
        self.rank() == 1
    }

    /// Whether the values come pixel by pixel, as in the block.
    pub fn is_in_pixels(&self, shape: Shape) -> bool {
        self.trimmed(shape).concat() == Self::pixels().trimmed(shape).concat()
    }

    /// Whether the values come channel by channel.
    pub fn is_in_planes(&self, shape: Shape) -> bool {
        self.trimmed(shape).concat() == Self::planes().trimmed(shape).concat()
    }

    /// The dimension of the channels, if it holds nothing else.
    pub fn channels(&self, shape: Shape) -> Option<usize> {
        let trimmed = self.trimmed(shape);
        if let Some(at) = trimmed.iter().position(|axes| axes.contains(&Channels)) {
            return (trimmed[at] == [Channels]).then_some(at);
        }
        // A single channel: the dimension beside those of the picture, the first of several.
        self.0.iter().position(|axes| axes == &[Channels]).or_else(|| trimmed.iter().position(Vec::is_empty))
    }

    /// The dimensions in another order; `permutation` counts the images, too, which must stay first.
    pub fn permuted(&self, permutation: &[i64]) -> Option<Self> {
        let (0, others) = permutation.split_first().map(|(first, others)| (*first, others))? else { return None };
        let mut places: Vec<usize> = others.iter().map(|&at| usize::try_from(at - 1).ok()).collect::<Option<_>>()?;
        let permuted = Self(places.iter().map(|&at| self.0.get(at).cloned()).collect::<Option<_>>()?);
        places.sort_unstable();
        places.into_iter().eq(0..self.rank()).then_some(permuted)
    }

    /// The same values in dimensions of these sizes; `None` where an axis would be divided.
    pub fn regrouped(&self, sizes: &[usize], shape: Shape) -> Option<Self> {
        let mut axes = self.trimmed(shape).concat().into_iter();
        let mut dims = Vec::new();
        for &size in sizes {
            let (mut dim, mut product) = (Vec::new(), 1);
            while product < size {
                let axis = axes.next()?;
                product *= axis.len(shape);
                dim.push(axis);
            }
            if product != size {
                return None;
            }
            dims.push(dim);
        }
        axes.next().is_none().then_some(Self(dims))
    }

    /// Without the dimension at this place, which must have length 1.
    pub fn squeezed(&self, at: usize, shape: Shape) -> Option<Self> {
        let mut dims = self.0.clone();
        (at < dims.len() && self.sizes(shape)[at] == 1).then(|| {
            dims.remove(at);
            Self(dims)
        })
    }

    /// With one more dimension of length 1 at this place.
    pub fn unsqueezed(&self, at: usize) -> Option<Self> {
        let mut dims = self.0.clone();
        (at <= dims.len()).then(|| {
            dims.insert(at, Vec::new());
            Self(dims)
        })
    }

    /// What is left when the picture becomes one pixel: the dimensions of its axes have length 1.
    pub fn of_one_pixel(&self) -> Self {
        let keep = |axes: &Vec<PictureAxis>| axes.iter().copied().filter(|axis| *axis == Channels).collect();
        Self(self.0.iter().map(keep).collect())
    }

    /// The dimensions that are down and across, if each is one of its own.
    pub fn sides(&self, shape: Shape) -> Option<[usize; 2]> {
        if self.rank() == 3 && self.is_picture(shape) {
            return Some([1, 2]);
        }
        let place = |axis: PictureAxis| {
            let trimmed = self.trimmed(shape);
            let found = trimmed.iter().position(|axes| axes == &[axis]);
            found.or_else(|| self.0.iter().position(|axes| axes == &[axis]))
        };
        Some([place(Down)?, place(Across)?])
    }
}
