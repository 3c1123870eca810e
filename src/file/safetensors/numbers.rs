//! The numbers of a tensor as little-endian bytes, converted in parts.

use crate::checksum::Checksum;
use crate::error::Result;
use crate::file::half;
use crate::progress::Progress;

/// Numbers that a thread works on at a time.
const CHUNK: usize = 1 << 16;

/// The numbers of a tensor.
pub enum Numbers<'a> {
    Single(&'a [f32]),
    /// Written with 16 bits.
    Half(&'a [f32]),
    Double(Vec<f64>),
    Unsigned(Vec<u32>),
    Signed(Vec<i32>),
    Bytes(Vec<u8>),
}

impl Numbers<'_> {
    pub fn dtype(&self) -> &'static str {
        match self {
            Numbers::Single(_) => "F32",
            Numbers::Half(_) => "F16",
            Numbers::Double(_) => "F64",
            Numbers::Unsigned(_) => "U32",
            Numbers::Signed(_) => "I32",
            Numbers::Bytes(_) => "U8",
        }
    }

    pub fn count(&self) -> usize {
        match self {
            Numbers::Single(values) | Numbers::Half(values) => values.len(),
            Numbers::Double(values) => values.len(),
            Numbers::Unsigned(values) => values.len(),
            Numbers::Signed(values) => values.len(),
            Numbers::Bytes(bytes) => bytes.len(),
        }
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Numbers::Single(values) => size_of_val(*values),
            Numbers::Half(values) => size_of_val(*values) / 2,
            Numbers::Double(values) => size_of_val(values.as_slice()),
            Numbers::Unsigned(values) => size_of_val(values.as_slice()),
            Numbers::Signed(values) => size_of_val(values.as_slice()),
            Numbers::Bytes(bytes) => bytes.len(),
        }
    }

    /// Passes the bytes to `visit`, as many at a time as fit into `part`, with the count of their numbers.
    pub fn bytes(&self, part: &mut [u8], mut visit: impl FnMut(&[u8], usize) -> Result<()>) -> Result<()> {
        match self {
            Numbers::Single(values) => values
                .chunks(part.len() / 4)
                .try_for_each(|values| visit(put(values, f32::to_le_bytes, part), values.len())),
            Numbers::Half(values) => values.chunks(part.len() / 2).try_for_each(|values| {
                visit(put(values, |value| half::narrowed(value).to_le_bytes(), part), values.len())
            }),
            Numbers::Double(values) => values
                .chunks(part.len() / 8)
                .try_for_each(|values| visit(put(values, f64::to_le_bytes, part), values.len())),
            Numbers::Unsigned(values) => values
                .chunks(part.len() / 4)
                .try_for_each(|values| visit(put(values, u32::to_le_bytes, part), values.len())),
            Numbers::Signed(values) => values
                .chunks(part.len() / 4)
                .try_for_each(|values| visit(put(values, i32::to_le_bytes, part), values.len())),
            Numbers::Bytes(bytes) => bytes.chunks(part.len()).try_for_each(|bytes| visit(bytes, bytes.len())),
        }
    }

    /// The first number that must be finite and is not.
    pub fn not_finite(&self, progress: &Progress) -> Result<Option<f32>> {
        let (Numbers::Single(values) | Numbers::Half(values)) = self else {
            return progress.count(self.count()).map(|()| None);
        };
        let mut chunks: Vec<_> = values.chunks(CHUNK).map(|values| (values, None)).collect();
        progress.each(&mut chunks, |(values, wrong)| {
            *wrong = not_finite(values);
            values.len()
        })?;
        Ok(chunks.iter().find_map(|(_, wrong)| *wrong))
    }

    /// Adds the bytes to a checksum.
    pub fn add_to(&self, sum: &mut Checksum, progress: &Progress) -> Result<()> {
        let mut part = vec![0; 8192];
        let Numbers::Single(values) = self else {
            return self.bytes(&mut part, |bytes, count| {
                sum.add(bytes);
                progress.count(count)
            });
        };
        let mut chunks: Vec<_> = values.chunks(CHUNK).map(|values| (values, Checksum::default())).collect();
        progress.each(&mut chunks, |(values, sum)| {
            let mut part = [0; 8192];
            values.chunks(part.len() / 4).for_each(|values| sum.add(put(values, f32::to_le_bytes, &mut part)));
            values.len()
        })?;
        chunks.into_iter().for_each(|(values, next)| sum.join(next, size_of_val(values)));
        Ok(())
    }
}

/// Copies numbers from a file. Returns the first that is not finite.
pub fn read(bytes: &[u8], values: &mut [f32], progress: &Progress) -> Result<Option<f32>> {
    convert(bytes, values, progress, f32::from_le_bytes)
}

/// As [`read`], for numbers of 16 bits.
pub fn read_half(bytes: &[u8], values: &mut [f32], progress: &Progress) -> Result<Option<f32>> {
    convert(bytes, values, progress, |bytes| half::widened(u16::from_le_bytes(bytes)))
}

fn convert<const N: usize>(
    bytes: &[u8],
    values: &mut [f32],
    progress: &Progress,
    number: impl Fn([u8; N]) -> f32 + Sync,
) -> Result<Option<f32>> {
    let numbers = bytes.as_chunks::<N>().0.chunks(CHUNK);
    let mut chunks: Vec<_> = values.chunks_mut(CHUNK).zip(numbers).map(|(to, from)| (to, from, None)).collect();
    progress.each(&mut chunks, |(values, numbers, wrong)| {
        values.iter_mut().zip(*numbers).for_each(|(value, bytes)| *value = number(*bytes));
        *wrong = not_finite(values);
        values.len()
    })?;
    Ok(chunks.iter().find_map(|(_, _, wrong)| *wrong))
}

/// Adds bytes to a checksum, on all threads; advances the progress by the count of their numbers.
pub fn add_bytes(sum: &mut Checksum, bytes: &[u8], progress: &Progress) -> Result<()> {
    let mut chunks: Vec<_> = bytes.chunks(4 * CHUNK).map(|bytes| (bytes, Checksum::default())).collect();
    progress.each(&mut chunks, |(bytes, sum)| {
        sum.add(bytes);
        bytes.len() / 4
    })?;
    chunks.into_iter().for_each(|(bytes, next)| sum.join(next, bytes.len()));
    Ok(())
}

/// Writes numbers into `part` as bytes.
fn put<'a, T: Copy, const N: usize>(values: &[T], bytes: impl Fn(T) -> [u8; N], part: &'a mut [u8]) -> &'a [u8] {
    let places = part.as_chunks_mut().0.iter_mut();
    places.zip(values).for_each(|(place, &value)| *place = bytes(value));
    &part[..N * values.len()]
}

/// The first number that is not finite. There rarely is one, so the largest exponent is checked first.
fn not_finite(values: &[f32]) -> Option<f32> {
    let sizes = values.iter().map(|value| value.to_bits() & !(1 << 31));
    let largest = sizes.fold(0, u32::max);
    if f32::from_bits(largest).is_finite() { None } else { values.iter().copied().find(|value| !value.is_finite()) }
}
