//! One connection between a value that a layer reads and a value that it writes.

/// One incoming connection of an output value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    /// Which of the layer's inputs it reads: 0, or more for a merge.
    pub input: usize,
    /// Index of the value within that input, `(y * width + x) * channels + c`.
    pub source: usize,
    /// A parameter is given by its index within the layer's parameters.
    pub weight: Weight,
}

/// The factor of a connection.
///
/// A layer whose weights are functions of parameters needs a third kind, `Computed`. All code that reads a weight names
/// every kind, so the compiler lists what has to be decided for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// The same number always; `None` where it depends on the values that are read (whether this one is the largest of
    /// its window, what the other factor of a product is).
    Fixed(Option<f32>),
    /// A parameter, by its index.
    Parameter(usize),
}

impl Weight {
    /// The value is passed on as it is.
    pub const ONE: Self = Self::Fixed(Some(1.0));

    /// The same weight where the layer's parameters begin at `start`.
    pub fn offset_by(self, start: usize) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(value),
            Self::Parameter(index) => Self::Parameter(start + index),
        }
    }
}
