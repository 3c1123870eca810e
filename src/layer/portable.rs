//! The form of a layer for other programs: as standard tensor operators.

use crate::error::Result;
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

/// The parameters and inputs that a layer is written from.
#[derive(Clone, Copy)]
pub struct PortableParts<'a> {
    /// Its parameters.
    pub theta: &'a [f32],
    /// The values that it reads, one for each input.
    pub inputs: &'a [Signal],
    /// The picture that all readers make of its vector. A layer that can will give the values in the order of its planes.
    pub planes: Option<Shape>,
}

/// A layer that other programs can compute.
pub trait Portable {
    /// Appends what computes z, and returns z.
    ///
    /// # Errors
    /// There is no such form of these sizes.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal>;
}
