//! The shape of a block's values: width x height x channels, stored as `[height, width, channels]`.
//!
//! Value (x, y, c) has the index `(y * width + x) * channels + c`, so the channels of a pixel are adjacent.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Most values of a block, so that a hostile file cannot exhaust memory.
pub const MOST_VALUES: usize = 1 << 26;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
}

impl Shape {
    pub const fn from_whc(width: usize, height: usize, channels: usize) -> Self {
        Self { width, height, channels }
    }

    /// A plain vector of values: 1 x 1 x `len`.
    pub const fn flat(len: usize) -> Self {
        Self::from_whc(1, 1, len)
    }

    /// Number of values.
    pub const fn len(&self) -> usize {
        self.width * self.height * self.channels
    }

    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Column, row and channel of a value.
    pub const fn place(&self, index: usize) -> (usize, usize, usize) {
        let pixel = index / self.channels;
        (pixel % self.width, pixel / self.width, index % self.channels)
    }

    /// Number of pixels, each of `channels` values.
    pub const fn area(&self) -> usize {
        self.width * self.height
    }

    pub const fn is_flat(&self) -> bool {
        self.width == 1 && self.height == 1
    }

    /// Checks a shape from outside: every side must be at least 1, and there may be at most [`MOST_VALUES`] values.
    pub fn checked(self, who: impl fmt::Display) -> Result<Self> {
        let len = self.width.checked_mul(self.height).and_then(|area| area.checked_mul(self.channels));
        match len {
            Some(len) if 0 < len && len <= MOST_VALUES => Ok(self),
            _ => Err(Error::expected(who, format!("a shape of 1 to {MOST_VALUES} values"), self)),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} x {}", self.width, self.height, self.channels)
    }
}
