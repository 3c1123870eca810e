//! How the weights of a layer are looked at: as connections, and as pictures of what they read.

/// What people see of a layer's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightView {
    /// No weights that are looked at one by one: its connections are drawn as one band.
    Band,
    /// Each output has a picture of its own, of the neighbourhood that [`LayerOps::incoming`](super::LayerOps::incoming)
    /// names; connections are drawn one by one.
    Neighbourhoods,
    /// The same, each output reading everything: its weights are a row of W `[outputs, inputs]`, with which the
    /// parameters begin.
    Rows,
    /// Each channel of z has a kernel that is the same everywhere; connections are drawn one by one.
    Kernels(KernelLayout),
}

impl WeightView {
    /// Whether connections have weights of their own, which are drawn one by one.
    pub fn is_wired(self) -> bool {
        match self {
            Self::Band => false,
            Self::Neighbourhoods | Self::Rows | Self::Kernels(_) => true,
        }
    }

    pub fn kernels(self) -> Option<KernelLayout> {
        match self {
            Self::Kernels(layout) => Some(layout),
            Self::Band | Self::Neighbourhoods | Self::Rows => None,
        }
    }
}

/// Where the weights of square kernels are within a layer's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelLayout {
    /// Taps of a kernel on a side.
    pub side: usize,
    /// Channels that are read, and channels that are made.
    pub reads: usize,
    pub makes: usize,
    /// From a weight to that of the next tap, of the next channel read, of the next channel made.
    pub tap_stride: usize,
    pub read_stride: usize,
    pub made_stride: usize,
}

impl KernelLayout {
    /// Of W `[makes, side, side, reads]`.
    pub fn of_rows(side: usize, reads: usize, makes: usize) -> Self {
        Self { side, reads, makes, tap_stride: reads, read_stride: 1, made_stride: side * side * reads }
    }

    /// Number of taps of a kernel.
    pub fn taps(&self) -> usize {
        self.side * self.side
    }

    /// Index within the layer's parameters of one tap of the kernel from one channel to another.
    pub fn weight(&self, made: usize, tap: usize, read: usize) -> usize {
        made * self.made_stride + tap * self.tap_stride + read * self.read_stride
    }
}
