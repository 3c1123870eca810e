//! Numbers with dimensions, as they are evaluated: how their places are counted, walked and repeated.

use super::constant::{BFLOAT, BOOL, BYTE, Constant, ConstantValues, DOUBLE, FLOAT, HALF, INT8, INT16, INT64, UINT16};
use crate::error::{Error, Result};

/// Most numbers of a constant that grows by evaluation; others are as large as what they are made of.
pub const MOST: usize = 1 << 20;

/// Numbers on their way.
#[derive(Clone)]
pub struct Array {
    pub dims: Vec<usize>,
    pub values: Vec<f64>,
    pub kind: i64,
}

/// Whether numbers of this type are stored as floats.
pub fn is_float(kind: i64) -> bool {
    matches!(kind, FLOAT | HALF | DOUBLE | BFLOAT | BYTE | INT8 | UINT16 | INT16 | BOOL)
}

impl Array {
    pub fn of(constant: &Constant) -> Self {
        Self { dims: constant.dims.clone(), values: constant.numbers().collect(), kind: constant.kind }
    }

    pub fn constant(self) -> Constant {
        let values = if is_float(self.kind) {
            ConstantValues::Floats(self.values.iter().map(|&value| value as f32).collect())
        } else {
            ConstantValues::Integers(self.values.iter().map(|&value| value as i64).collect())
        };
        Constant { dims: self.dims, values, kind: self.kind }
    }

    /// A row of whole numbers.
    pub fn row(values: Vec<f64>) -> Self {
        Self { dims: vec![values.len()], values, kind: INT64 }
    }

    /// Steps between neighbours along each dimension.
    pub fn strides(&self) -> Vec<usize> {
        strides(&self.dims)
    }

    /// The axis that a number names, where negative ones count from the end.
    pub fn axis(&self, axis: i64) -> Result<usize> {
        axis_of(axis, self.dims.len())
    }
}

pub fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for at in (1..dims.len()).rev() {
        strides[at - 1] = strides[at] * dims[at];
    }
    strides
}

/// The axis of `rank` that a number names, where negative ones count from the end.
pub fn axis_of(axis: i64, rank: usize) -> Result<usize> {
    let at = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(at)
        .ok()
        .filter(|&at| at < rank)
        .ok_or_else(|| Error::expected("axis", format!("one of {rank} dimensions"), axis))
}

/// The sizes that a Reshape asks for, given the old ones: 0 keeps the size at its place, -1 is what remains.
pub fn reshaped(wanted: &[i64], old: &[usize], allows_zero: bool) -> Result<Vec<usize>> {
    let wrong = || Error::expected("shape", format!("that of {old:?} in another form"), format!("{wanted:?}"));
    let mut sizes = Vec::new();
    for (at, &size) in wanted.iter().enumerate() {
        sizes.push(match size {
            -1 => None,
            0 if !allows_zero => Some(*old.get(at).ok_or_else(wrong)?),
            _ => Some(usize::try_from(size).map_err(|_| wrong())?),
        });
    }
    let product = |sizes: &[usize]| sizes.iter().try_fold(1usize, |all, &size| all.checked_mul(size));
    let known = product(&sizes.iter().flatten().copied().collect::<Vec<_>>()).ok_or_else(wrong)?;
    let all = product(old).ok_or_else(wrong)?;
    let rest = all.checked_div(known).unwrap_or(0);
    let open = sizes.iter().filter(|size| size.is_none()).count();
    let sizes: Vec<usize> = sizes.into_iter().map(|size| size.unwrap_or(rest)).collect();
    if 1 < open || product(&sizes) != Some(all) {
        return Err(wrong());
    }
    Ok(sizes)
}

pub fn limited(count: usize, of: usize) -> Result<()> {
    let most = MOST.max(of);
    if count <= most { Ok(()) } else { Err(Error::expected("constant", format!("at most {most} numbers"), count)) }
}

/// The dimensions that two tensors have together, counted from the last.
pub fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let rank = a.len().max(b.len());
    let size = |dims: &[usize], at: usize| (at + dims.len()).checked_sub(rank).map_or(1, |at| dims[at]);
    let both = (0..rank).map(|at| match (size(a, at), size(b, at)) {
        (a, b) if a == b => Ok(a),
        (1, other) | (other, 1) => Ok(other),
        _ => Err(Error::expected("inputs", "dimensions that fit each other", format!("{a:?} and {b:?}"))),
    });
    both.collect()
}

/// Places of the numbers of `dims`, in order, where a step along each dimension is one of `steps`.
pub fn walked(dims: &[usize], steps: &[usize], offset: usize) -> impl Iterator<Item = usize> {
    let count: usize = dims.iter().product();
    let (dims, steps) = (dims.to_vec(), steps.to_vec());
    let (mut at, mut place) = (vec![0; dims.len()], offset);
    (0..count).map(move |_| {
        let now = place;
        for axis in (0..dims.len()).rev() {
            at[axis] += 1;
            place += steps[axis];
            if at[axis] < dims[axis] {
                break;
            }
            place -= at[axis] * steps[axis];
            at[axis] = 0;
        }
        now
    })
}
