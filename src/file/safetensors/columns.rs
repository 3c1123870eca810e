//! Spiking columns in a model file.
//!
//! The metadata have `"columns"`, JSON with sizes, constants, counts and seed. The tensors, which [`ColumnState`]
//! describes, have names with a prefix, because a checkpoint also holds those of the best epoch:
//!
//! ```text
//! "columns.receptors" U32 [classes, slots, neurons]
//! "columns.weights"   I32 [classes, slots, neurons]
//! "columns.pinned"    U8  [classes, slots, neurons]
//! "columns.silenced"  U8  [classes, neurons]
//! "columns.quantiles" F64 [2]
//! ```

use safetensors::tensor::Dtype;
use serde::{Deserialize, Serialize};

use super::format::COLUMNS;
use super::numbers::Numbers;
use super::reader::{Tensors, tensor_named};
use crate::columns::{ColumnCounts, ColumnSizes, ColumnState, Columns, Rule};
use crate::error::{Error, Result};
use crate::file::model::ColumnsView;
use crate::file::saved_run::ColumnCourse;

/// The metadata of columns.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnsText {
    sizes: ColumnSizes,
    rule: Rule,
    course: ColumnCourse,
}

impl From<&ColumnsView<'_>> for ColumnsText {
    fn from(view: &ColumnsView) -> Self {
        Self { sizes: view.sizes, rule: view.rule.clone(), course: ColumnCourse::from(&view.state) }
    }
}

/// Name, dimensions and numbers of every tensor.
pub fn tensors(prefix: &str, sizes: ColumnSizes, state: ColumnState) -> Vec<(String, Vec<usize>, Numbers<'static>)> {
    let ColumnSizes { classes, neurons, slots, .. } = sizes;
    let of_slots = vec![classes, slots, neurons];
    [
        ("receptors", of_slots.clone(), Numbers::Unsigned(state.receptors)),
        ("weights", of_slots.clone(), Numbers::Signed(state.weights)),
        ("pinned", of_slots, Numbers::Bytes(state.pinned)),
        ("silenced", vec![classes, neurons], Numbers::Bytes(state.silenced)),
        ("quantiles", vec![2], Numbers::Double(state.quantiles.map(f64::from).into())),
    ]
    .map(|(name, dims, numbers)| (format!("{prefix}.{name}"), dims, numbers))
    .into()
}

impl<'a> Tensors<'a> {
    /// The columns that a text describes.
    pub fn take_columns(&mut self, text: ColumnsText) -> Result<Columns> {
        let state = self.take_column_state(COLUMNS, text.sizes, text.course)?;
        Columns::from_state(text.sizes, text.rule, &state)
    }

    /// A state of columns of these sizes. Every dimension is compared before memory is taken.
    pub fn take_column_state(&mut self, prefix: &str, sizes: ColumnSizes, course: ColumnCourse) -> Result<ColumnState> {
        let ColumnSizes { classes, neurons, slots, .. } = sizes;
        let mut bytes =
            |name: &str, dtype: Dtype, dims: &[usize]| self.exactly(&format!("{prefix}.{name}"), dtype, dims);
        let of_slots = [classes, slots, neurons];
        let receptors = bytes("receptors", Dtype::U32, &of_slots)?.as_chunks::<4>().0;
        let weights = bytes("weights", Dtype::I32, &of_slots)?.as_chunks::<4>().0;
        let pinned = bytes("pinned", Dtype::U8, &of_slots)?.to_vec();
        let silenced = bytes("silenced", Dtype::U8, &[classes, neurons])?.to_vec();
        let quantiles = bytes("quantiles", Dtype::F64, &[2])?.as_chunks::<8>().0;
        let quantile = |n: usize| quantiles.get(n).map_or(f32::NAN, |bytes| f64::from_le_bytes(*bytes) as f32);
        Ok(ColumnState {
            receptors: receptors.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect(),
            weights: weights.iter().map(|bytes| i32::from_le_bytes(*bytes)).collect(),
            pinned,
            silenced,
            quantiles: [quantile(0), quantile(1)],
            counts: course.counts.to_array(),
            seed: course.seed,
        })
    }

    /// The bytes of a tensor of exactly these dimensions.
    pub fn exactly(&mut self, name: &str, dtype: Dtype, dims: &[usize]) -> Result<&'a [u8]> {
        let (bytes, shape) = self.bytes(name, dtype, dims)?;
        if shape != dims {
            return Err(Error::expected(tensor_named(name), format!("{dims:?}"), format!("{shape:?}")));
        }
        self.progress.advance(bytes.len() / 4);
        Ok(bytes)
    }
}

impl From<&ColumnState> for ColumnCourse {
    fn from(state: &ColumnState) -> Self {
        Self { counts: ColumnCounts::from_array(state.counts), seed: state.seed }
    }
}
