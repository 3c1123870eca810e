//! The settings of spiking columns.

use super::{COLUMNS, Config};
use crate::columns::{ColumnSizes, QuantileSteps, Receptors, Rule};
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

    /// The constants of counting and learning; `filters` chooses those that are left to the images. Fails if they do not
    /// suit each other.
    pub fn rule(&self, filters: impl FnOnce(Receptors) -> Result<Vec<u8>>) -> Result<Rule> {
        let receptors = match self.text("column-receptors") {
            "contrast" => Receptors::Contrast,
            _ => Receptors::Pixels,
        };
        let integer = |name: &str| self.whole(name) as i32;
        let steps = |up: &str, down: &str| QuantileSteps { up: self.number(up) as f32, down: self.number(down) as f32 };
        let rule = Rule {
            receptors,
            filters: self.column_filters()?.map_or_else(|| filters(receptors), Ok)?,
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
            ("column-receptors", if rule.receptors == Receptors::Contrast { "contrast" } else { "pixels" }.to_string()),
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
        ] {
            self.read_recipe_beneath(&format!("{name}={value}"));
        }
        Ok(())
    }

    /// The filters; `None`: left to the images.
    fn column_filters(&self) -> Result<Option<Vec<u8>>> {
        let text = self.text("column-filters");
        if text == "auto" {
            return Ok(None);
        }
        let filters: std::result::Result<_, _> = text.split(',').map(|filter| filter.trim().parse()).collect();
        let wanted = "auto, or numbers from 255 to 1 with commas between them";
        filters.map(Some).map_err(|_| Error::expected("column-filters", wanted, text))
    }
}
