//! The wire format of protocol buffers: a message is a row of fields, each a number, a type and a value.
//!
//! Nothing is copied: the values are slices of the file, so a wrong length is noticed at once.
//!
//! Not a crate: with prost the same messages take 12 KB of compressed WebAssembly instead of 10, and a second copy of
//! all weights in memory, as its fields own their bytes.

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WireValue<'a> {
    /// An integer, in two's complement if it is signed.
    Number(u64),
    Eight([u8; 8]),
    /// A string, a message, or numbers one after the other.
    Bytes(&'a [u8]),
    Four([u8; 4]),
}

/// The fields of a message, in their order.
pub struct Fields<'a> {
    rest: &'a [u8],
}

pub fn fields(message: &[u8]) -> Fields<'_> {
    Fields { rest: message }
}

fn broken() -> Error {
    Error::new("it is cut off or damaged")
}

impl<'a> Fields<'a> {
    fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for (at, &byte) in self.rest.iter().take(10).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * at as u32).min(63);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(number);
            }
        }
        Err(broken())
    }

    fn chunk<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (chunk, rest) = self.rest.split_first_chunk::<N>().ok_or_else(broken)?;
        self.rest = rest;
        Ok(*chunk)
    }

    fn field(&mut self) -> Result<(u64, WireValue<'a>)> {
        let key = self.number()?;
        let value = match key & 7 {
            0 => WireValue::Number(self.number()?),
            1 => WireValue::Eight(self.chunk()?),
            2 => {
                let len = usize::try_from(self.number()?).map_err(|_| broken())?;
                let (bytes, rest) = self.rest.split_at_checked(len).ok_or_else(broken)?;
                self.rest = rest;
                WireValue::Bytes(bytes)
            }
            5 => WireValue::Four(self.chunk()?),
            _ => return Err(broken()),
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, WireValue<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> WireValue<'a> {
    pub fn bytes(self) -> Result<&'a [u8]> {
        match self {
            WireValue::Bytes(bytes) => Ok(bytes),
            _ => Err(broken()),
        }
    }

    /// Invalid UTF-8 becomes replacement characters.
    pub fn text(self) -> Result<String> {
        self.bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn integer(self) -> Result<i64> {
        match self {
            WireValue::Number(number) => Ok(number as i64),
            _ => Err(broken()),
        }
    }

    pub fn float(self) -> Result<f32> {
        match self {
            WireValue::Four(bytes) => Ok(f32::from_le_bytes(bytes)),
            _ => Err(broken()),
        }
    }

    /// Appends one number, or all of a packed row.
    pub fn add_integers(self, to: &mut Vec<i64>) -> Result<()> {
        match self {
            WireValue::Bytes(bytes) => {
                let mut row = fields(bytes);
                while !row.rest.is_empty() {
                    to.push(row.number()? as i64);
                }
                Ok(())
            }
            one => one.integer().map(|number| to.push(number)),
        }
    }

    pub fn add_floats(self, to: &mut Vec<f32>) -> Result<()> {
        match self {
            WireValue::Bytes(bytes) => {
                let (floats, rest) = bytes.as_chunks::<4>();
                to.extend(floats.iter().map(|bytes| f32::from_le_bytes(*bytes)));
                if rest.is_empty() { Ok(()) } else { Err(broken()) }
            }
            one => one.float().map(|number| to.push(number)),
        }
    }

    pub fn add_doubles(self, to: &mut Vec<f32>) -> Result<()> {
        match self {
            WireValue::Bytes(bytes) => {
                let (doubles, rest) = bytes.as_chunks::<8>();
                to.extend(doubles.iter().map(|bytes| f64::from_le_bytes(*bytes) as f32));
                if rest.is_empty() { Ok(()) } else { Err(broken()) }
            }
            WireValue::Eight(bytes) => {
                to.push(f64::from_le_bytes(bytes) as f32);
                Ok(())
            }
            _ => Err(broken()),
        }
    }
}
