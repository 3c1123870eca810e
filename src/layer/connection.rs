//! A connection between a value that a layer reads and a value that it writes.

/// One incoming connection of an output value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connection {
    /// Number of the layer's input it comes from; always 0 but for a merge.
    pub input: usize,
    /// Index of the value within that input, `(y * width + x) * channels + c`.
    pub source: usize,
    /// A parameter is given by its index within the layer's parameters.
    pub weight: Weight,
}

/// The factor of a connection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// A constant; `None` where it depends on the values that are read (whether this one is the largest of its window,
    /// or what the other factor of a product is).
    Fixed(Option<f32>),
    /// A parameter, by its index.
    Parameter(usize),
    /// A function of the parameters, which also decide whether there is a connection at all.
    Computed,
}

impl Weight {
    /// The weight of a value that is passed on unchanged.
    pub const ONE: Self = Self::Fixed(Some(1.0));

    /// The same weight, indexed within `theta`, where the layer's parameters begin at `start`.
    pub fn offset_by(self, start: usize) -> Self {
        match self {
            Self::Fixed(value) => Self::Fixed(value),
            Self::Computed => Self::Computed,
            Self::Parameter(index) => Self::Parameter(start + index),
        }
    }
}
