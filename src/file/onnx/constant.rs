//! Constants of a graph: numbers with dimensions, and how they are stored in a file or beside it.

use std::collections::HashMap;

use super::protobuf::fields;
use crate::error::{Error, Result};
use crate::file::half;
use crate::progress::Progress;

/// The files beside an ONNX file that hold numbers of its constants, by the names that they have in it.
pub type FilesBeside = HashMap<String, Vec<u8>>;

/// Numbers that do not depend on the image.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    pub dims: Vec<usize>,
    pub values: ConstantValues,
    /// The type of the numbers in the file, by ONNX's numbering: what a quantised value is rounded to.
    pub kind: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConstantValues {
    /// Also integers of 8 and 16 bits, which are weights.
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// Types of numbers, by ONNX's numbering.
pub const FLOAT: i64 = 1;
pub const BYTE: i64 = 2;
pub const INT8: i64 = 3;
pub const UINT16: i64 = 4;
pub const INT16: i64 = 5;
pub const INT32: i64 = 6;
pub const INT64: i64 = 7;
pub const BOOL: i64 = 9;
pub const HALF: i64 = 10;
pub const DOUBLE: i64 = 11;
pub const UINT32: i64 = 12;
pub const UINT64: i64 = 13;
pub const BFLOAT: i64 = 16;

impl Constant {
    pub fn floats(dims: Vec<usize>, values: Vec<f32>) -> Self {
        Self { dims, values: ConstantValues::Floats(values), kind: FLOAT }
    }

    pub fn integers(dims: Vec<usize>, values: Vec<i64>) -> Self {
        Self { dims, values: ConstantValues::Integers(values), kind: INT64 }
    }

    pub fn len(&self) -> usize {
        match &self.values {
            ConstantValues::Floats(values) => values.len(),
            ConstantValues::Integers(values) => values.len(),
        }
    }

    pub fn as_floats(&self) -> Option<&[f32]> {
        match &self.values {
            ConstantValues::Floats(values) => Some(values),
            ConstantValues::Integers(_) => None,
        }
    }

    pub fn as_integers(&self) -> Option<&[i64]> {
        match &self.values {
            ConstantValues::Integers(values) => Some(values),
            ConstantValues::Floats(_) => None,
        }
    }

    /// The numbers, whatever their type.
    pub fn numbers(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match &self.values {
            ConstantValues::Floats(values) => Box::new(values.iter().map(|&value| f64::from(value))),
            ConstantValues::Integers(values) => Box::new(values.iter().map(|&value| value as f64)),
        }
    }
}

/// A constant as it is stored, before its numbers are converted.
#[derive(Default)]
pub struct RawTensor<'a> {
    pub name: String,
    kind: i64,
    dims: Vec<i64>,
    /// Its numbers as bytes; otherwise they are in one of the lists below, or in another file.
    raw: Option<&'a [u8]>,
    floats: Vec<f32>,
    integers: Vec<i64>,
    doubles: Vec<f32>,
    outside: Option<Place>,
}

/// The place of numbers in a file beside.
#[derive(Default)]
struct Place {
    file: String,
    offset: usize,
    len: Option<usize>,
}

impl Place {
    fn note(&mut self, entry: &[u8]) -> Result<()> {
        let (mut key, mut value) = (String::new(), String::new());
        for field in fields(entry) {
            match field? {
                (1, text) => key = text.text()?,
                (2, text) => value = text.text()?,
                _ => {}
            }
        }
        let number = || value.parse().map_err(|_| Error::expected(&key, "a number of bytes", &value));
        match key.as_str() {
            "location" => self.file = value,
            "offset" => self.offset = number()?,
            "length" => self.len = Some(number()?),
            _ => {}
        }
        Ok(())
    }
}

impl<'a> RawTensor<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut tensor, mut place, mut is_outside) = (Self::default(), Place::default(), false);
        for field in fields(bytes) {
            match field? {
                (1, value) => value.add_integers(&mut tensor.dims)?,
                (2, value) => tensor.kind = value.integer()?,
                (4, value) => value.add_floats(&mut tensor.floats)?,
                (5 | 7 | 11, value) => value.add_integers(&mut tensor.integers)?,
                (8, value) => tensor.name = value.text()?,
                (9, value) => tensor.raw = Some(value.bytes()?),
                (10, value) => value.add_doubles(&mut tensor.doubles)?,
                (13, value) => place.note(value.bytes()?)?,
                (14, value) => is_outside = value.integer()? == 1,
                _ => {}
            }
        }
        tensor.outside = is_outside.then_some(place);
        Ok(tensor)
    }

    /// The name of the file that its numbers are in, if it is another one.
    pub fn file(&self) -> Option<&str> {
        self.outside.as_ref().map(|place| place.file.as_str())
    }

    fn wrong(&self, sentence: String) -> Error {
        Error::new(format!("constant \"{}\": {sentence}", self.name))
    }

    /// Bytes of a number.
    fn number_len(&self) -> usize {
        match self.kind {
            BYTE | INT8 | BOOL => 1,
            UINT16 | INT16 | HALF | BFLOAT => 2,
            DOUBLE | INT64 | UINT64 => 8,
            _ => 4,
        }
    }

    /// Number of values that its dimensions require.
    fn claimed(&self) -> Option<usize> {
        let sides = self.dims.iter().map(|&side| usize::try_from(side).ok());
        sides.into_iter().try_fold(1usize, |all, side| all.checked_mul(side?))
    }

    /// Number of values in its bytes.
    pub fn count(&self) -> usize {
        self.raw.map_or(0, |raw| raw.len() / self.number_len())
    }

    /// Finds numbers that are in another file.
    pub fn take_from(&mut self, beside: &'a FilesBeside) -> Result<()> {
        let Some(Place { file, offset, len }) = &self.outside else { return Ok(()) };
        let Some(bytes) = beside.get(file) else {
            let sentence = format!(
                "its numbers are in the file {file}, which is not here; put it beside the model, or drop both together"
            );
            return Err(self.wrong(sentence));
        };
        let claimed = self.claimed().and_then(|count| count.checked_mul(self.number_len()));
        let part = len.or(claimed).and_then(|len| bytes.get(*offset..offset.checked_add(len)?));
        let Some(part) = part else {
            return Err(self.wrong(format!("its numbers are beyond the end of the file {file}, which is not whole")));
        };
        self.raw = Some(part);
        Ok(())
    }

    pub fn constant(self, progress: &Progress) -> Result<(String, Constant)> {
        use ConstantValues::{Floats, Integers};
        let bits = |convert: fn(u16) -> f32| self.integers.iter().map(|&bits| convert(bits as u16)).collect();
        let values = match (self.kind, self.raw) {
            (FLOAT, Some(raw)) => Floats(convert(raw, progress, f32::from_le_bytes)?),
            (FLOAT, None) => Floats(self.floats.clone()),
            (HALF, Some(raw)) => Floats(convert(raw, progress, |bytes| half::widened(u16::from_le_bytes(bytes)))?),
            (HALF, None) => Floats(bits(half::widened)),
            (BFLOAT, Some(raw)) => Floats(convert(raw, progress, |bytes| bfloat(u16::from_le_bytes(bytes)))?),
            (BFLOAT, None) => Floats(bits(bfloat)),
            (DOUBLE, Some(raw)) => Floats(convert(raw, progress, |bytes| f64::from_le_bytes(bytes) as f32)?),
            (DOUBLE, None) => Floats(self.doubles.clone()),
            (BYTE | BOOL, Some(raw)) => Floats(convert(raw, progress, |bytes: [u8; 1]| bytes[0].into())?),
            (INT8, Some(raw)) => Floats(convert(raw, progress, |bytes| i8::from_le_bytes(bytes).into())?),
            (UINT16, Some(raw)) => Floats(convert(raw, progress, |bytes| u16::from_le_bytes(bytes).into())?),
            (INT16, Some(raw)) => Floats(convert(raw, progress, |bytes| i16::from_le_bytes(bytes).into())?),
            (BYTE | BOOL | INT8 | UINT16 | INT16, None) => {
                Floats(self.integers.iter().map(|&number| number as f32).collect())
            }
            (INT64, Some(raw)) => Integers(convert(raw, progress, i64::from_le_bytes)?),
            (UINT64, Some(raw)) => Integers(convert(raw, progress, |bytes| u64::from_le_bytes(bytes) as i64)?),
            (INT32, Some(raw)) => Integers(convert(raw, progress, |bytes| i32::from_le_bytes(bytes).into())?),
            (UINT32, Some(raw)) => Integers(convert(raw, progress, |bytes| u32::from_le_bytes(bytes).into())?),
            (INT32 | INT64 | UINT32 | UINT64, None) => Integers(self.integers.clone()),
            (kind, _) => {
                return Err(self.wrong(format!("numbers of type {kind} are not supported, only floats and integers")));
            }
        };
        let dims = self.dims.iter().map(|&side| usize::try_from(side).unwrap_or(0)).collect();
        let constant = Constant { dims, values, kind: self.kind };
        if self.claimed() != Some(constant.len()) {
            let (dims, len) = (&self.dims, constant.len());
            let sentence = format!("expected as many numbers as its dimensions {dims:?} require, got {len}");
            return Err(self.wrong(sentence));
        }
        if let Some(value) = constant.as_floats().into_iter().flatten().find(|value| !value.is_finite()) {
            return Err(self.wrong(format!("expected finite numbers, got {value}")));
        }
        Ok((self.name, constant))
    }
}

/// Converts numbers of `N` bytes each, in parts.
fn convert<const N: usize, T>(bytes: &[u8], progress: &Progress, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
    let places = bytes.as_chunks::<N>().0;
    let mut numbers = Vec::with_capacity(places.len());
    progress.copy(places, |part| numbers.extend(part.iter().map(|place| number(*place))))?;
    Ok(numbers)
}

/// Converts from the upper half of a float of 32 bits.
fn bfloat(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}
