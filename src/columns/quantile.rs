//! A quantile that follows a stream of numbers by steps.
//!
//! A number below it moves it `down`, any other `up`: it comes to rest where a share down / (up + down) of the numbers
//! reaches it. It is an f32, as in the original. That equal numbers count matters at the start, when nothing has spiked:
//! the quantile then hovers above 0, and only what is forced teaches.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The sizes of both steps, at least 0 and finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuantileSteps {
    pub up: f32,
    pub down: f32,
}

impl QuantileSteps {
    /// The quantile after one more number.
    pub fn after(self, quantile: f32, number: i32) -> f32 {
        if number as f32 >= quantile { quantile + self.up } else { quantile - self.down }
    }

    pub(super) fn check(self, name: &str) -> Result<()> {
        for step in [self.up, self.down] {
            if !(0.0..=1e6).contains(&step) {
                return Err(Error::expected(name, "steps of 0 to 1000000", step));
            }
        }
        Ok(())
    }
}
