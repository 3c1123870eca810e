//! The settings of spiking columns.

use super::{COLUMNS, Config};
use crate::columns::{ColumnSizes, QuantileSteps, Rule};
use crate::error::{Error, Result};

impl Config {
    /// Whether the settings ask for spiking columns.
    pub fn asks_for_columns(&self) -> bool {
        self.model() == COLUMNS && self.architecture().is_empty()
    }

    pub fn column_neurons(&self) -> usize {
        self.whole("column-neurons")
    }

    pub fn column_slots(&self) -> usize {
        self.whole("column-slots")
    }

    /// The constants of counting and learning. Fails if they do not suit each other.
    pub fn rule(&self) -> Result<Rule> {
        let integer = |name: &str| self.whole(name) as i32;
        let steps = |up: &str, down: &str| QuantileSteps { up: self.number(up) as f32, down: self.number(down) as f32 };
        let rule = Rule {
            filters: self.column_filters()?,
            threshold: integer("column-threshold"),
            window_low: integer("column-window-low"),
            window_high: integer("column-window-high"),
            least_weight: integer("column-least-weight"),
            new_weight: integer("column-new-weight"),
            grow_true: self.whole("column-grow-true"),
            grow_false: self.whole("column-grow-false"),
            adjust_true: integer("column-adjust-true"),
            adjust_false: integer("column-adjust-false"),
            decay: integer("column-decay"),
            decay_every: self.whole("column-decay-every") as u64,
            batch: self.batch_size(),
            true_steps: steps("column-true-up", "column-true-down"),
            false_steps: steps("column-false-up", "column-false-down"),
            most_negatives: self.number("column-negatives") as f32,
            negatives_after: self.whole("column-negatives-after") as u64,
        };
        rule.check()?;
        Ok(rule)
    }

    /// Takes over the sizes of columns, and their constants except for those that were chosen.
    pub fn adopt_columns(&mut self, sizes: ColumnSizes, rule: &Rule) -> Result<()> {
        self.set("column-neurons", &sizes.neurons.to_string())?;
        self.set("column-slots", &sizes.slots.to_string())?;
        let filters: Vec<String> = rule.filters.iter().map(u8::to_string).collect();
        for (name, value) in [
            ("column-filters", filters.join(",")),
            ("column-threshold", rule.threshold.to_string()),
            ("column-window-low", rule.window_low.to_string()),
            ("column-window-high", rule.window_high.to_string()),
            ("column-least-weight", rule.least_weight.to_string()),
            ("column-new-weight", rule.new_weight.to_string()),
            ("column-grow-true", rule.grow_true.to_string()),
            ("column-grow-false", rule.grow_false.to_string()),
            ("column-adjust-true", rule.adjust_true.to_string()),
            ("column-adjust-false", rule.adjust_false.to_string()),
            ("column-decay", rule.decay.to_string()),
            ("column-decay-every", rule.decay_every.to_string()),
            ("batch-size", rule.batch.to_string()),
            ("column-true-up", rule.true_steps.up.to_string()),
            ("column-true-down", rule.true_steps.down.to_string()),
            ("column-false-up", rule.false_steps.up.to_string()),
            ("column-false-down", rule.false_steps.down.to_string()),
            ("column-negatives", rule.most_negatives.to_string()),
            ("column-negatives-after", rule.negatives_after.to_string()),
        ] {
            self.read_recipe_beneath(&format!("{name}={value}"));
        }
        Ok(())
    }

    fn column_filters(&self) -> Result<Vec<u8>> {
        let text = self.text("column-filters");
        let filters: std::result::Result<_, _> = text.split(',').map(|filter| filter.trim().parse()).collect();
        filters.map_err(|_| Error::expected("column-filters", "numbers from 255 to 1 with commas between them", text))
    }
}
