//! Numbers as targets: one or more columns of a table, with a value of each for every example.
//!
//! Shapes: values `[examples, columns]`.

use serde::{Deserialize, Serialize};

/// Guarantees: `values` have a finite number for every column of every example; both are empty where the examples have
/// no numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NumberTargets {
    /// The names of the columns.
    pub columns: Vec<String>,
    pub values: Vec<f32>,
}

impl NumberTargets {
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// The numbers of one example.
    pub fn of(&self, example: usize) -> &[f32] {
        &self.values[example * self.columns.len()..][..self.columns.len()]
    }

    /// Keeps the numbers of these examples, which ascend.
    pub fn keep(&mut self, examples: &[u32]) {
        let len = self.columns.len();
        for (to, &from) in examples.iter().enumerate() {
            self.values.copy_within(from as usize * len..(from as usize + 1) * len, to * len);
        }
        self.values.truncate(examples.len() * len);
    }

    /// The sum over all columns of the squared distances from the mean of these examples.
    pub fn spread(&self, examples: impl Iterator<Item = usize> + Clone) -> f64 {
        let count = examples.clone().count().max(1) as f64;
        (0..self.columns.len())
            .map(|column| {
                let values = examples.clone().map(|example| f64::from(self.of(example)[column]));
                let mean = values.clone().sum::<f64>() / count;
                values.map(|value| (value - mean) * (value - mean)).sum::<f64>()
            })
            .sum()
    }
}
