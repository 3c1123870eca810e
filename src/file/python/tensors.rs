//! Named tensors as a safetensors file for other programs.

use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::error::{Error, Result};
use crate::operators::ConstantNumbers;

/// A tensor with the bytes that a file has of it.
pub struct PlainTensor {
    name: String,
    dims: Vec<usize>,
    kind: Dtype,
    bytes: Vec<u8>,
}

impl PlainTensor {
    pub fn new(name: String, dims: Vec<usize>, numbers: &ConstantNumbers) -> Self {
        let (kind, bytes) = match numbers {
            ConstantNumbers::Floats(row) => (Dtype::F32, row.iter().flat_map(|x| x.to_le_bytes()).collect()),
            ConstantNumbers::Doubles(row) => (Dtype::F64, row.iter().flat_map(|x| x.to_le_bytes()).collect()),
            ConstantNumbers::Integers(row) => (Dtype::I64, row.iter().flat_map(|x| x.to_le_bytes()).collect()),
        };
        Self { name, dims, kind, bytes }
    }

    pub fn floats(name: String, dims: Vec<usize>, row: Vec<f32>) -> Self {
        Self::new(name, dims, &ConstantNumbers::Floats(row))
    }
}

/// The bytes of a file with these tensors.
pub fn file(tensors: &[PlainTensor]) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("the tensors cannot be written ({error})"));
    let mut views = Vec::with_capacity(tensors.len());
    for PlainTensor { name, dims, kind, bytes } in tensors {
        let view = TensorView::new(*kind, dims.clone(), bytes).map_err(|error| failed(&error))?;
        views.push((name.as_str(), view));
    }
    safetensors::serialize(views, None).map_err(|error| failed(&error))
}
