//! How the weights of a layer are drawn: as connections, and as images laid out like the values that they read.

/// How a layer's weights are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightView {
    /// Connections have no weights of their own to look at and are drawn together, as a band.
    Band,
    /// Connections are drawn one by one. The image of an output shows its weights to the neighbourhood that
    /// [`LayerOps::incoming`](super::LayerOps::incoming) visits.
    Neighbourhoods,
    /// The same for outputs that read everything: their weights are the rows of W `[outputs, inputs]`, with which the
    /// parameters begin.
    Rows,
    /// Connections are drawn one by one. Each channel of z has one kernel, the same at every pixel, and one image.
    Kernels(KernelLayout),
}

impl WeightView {
    /// Whether connections have weights of their own and are drawn one by one.
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

/// Where square kernels are within a layer's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KernelLayout {
    /// Taps of a kernel on a side.
    pub side: usize,
    /// Number of channels that are read, and of channels that are made.
    pub reads: usize,
    pub makes: usize,
    /// Distances from a weight to that of the next tap, of the next channel read, of the next channel made.
    pub tap_stride: usize,
    pub read_stride: usize,
    pub made_stride: usize,
}

impl KernelLayout {
    /// The layout of W `[makes, side, side, reads]`.
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
