//! The outline of a glyph as straight edges, in units of the frame: what is filled is where the winding number is not 0.

pub type OutlinePoint = (f64, f64);

/// A straight edge from `a` to `b`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlineEdge {
    pub a: OutlinePoint,
    pub b: OutlinePoint,
}
