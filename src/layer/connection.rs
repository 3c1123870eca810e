//! One connection between a value that a layer reads and a value that it writes.

/// One incoming connection of an output value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Which of the layer's inputs it reads: 0, or more for a merge.
    pub input: usize,
    /// Index of the value within that input, `(y * width + x) * channels + c`.
    pub source: usize,
    /// Index of its weight within the layer's parameters; `None` where the weight is fixed (pool, merge).
    pub weight: Option<usize>,
}
