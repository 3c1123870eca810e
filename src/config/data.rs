//! The settings of how data are divided and fed, by name and type.

use super::Config;
use crate::data::{Augment, DivideBy, Division, Flip, GroupRule};

impl Config {
    /// How examples are held out.
    pub fn division(&self) -> Division {
        Division {
            validation: self.number("validation-split") as f32,
            test: self.number("test-split") as f32,
            by: DivideBy::parse(self.text("split-by")).expect("a choice of the table"),
            rule: GroupRule::parse(self.text("split-group")).expect("a choice of the table"),
            seed: self.seed(),
        }
    }

    /// What happens to training images by chance.
    pub fn augment(&self) -> Augment {
        let amount = |name: &str| self.number(name) as f32;
        Augment {
            flip: Flip::parse(self.text("augment-flip")).expect("a choice of the table"),
            rotation: amount("augment-rotation"),
            shift: amount("augment-shift"),
            zoom: amount("augment-zoom"),
            brightness: amount("augment-brightness"),
            contrast: amount("augment-contrast"),
            noise: amount("augment-noise"),
            cutout: amount("augment-cutout"),
        }
    }

    /// Standard deviation; 0: none.
    pub fn denoise(&self) -> f32 {
        self.number("denoise") as f32
    }

    pub fn balances_classes(&self) -> bool {
        self.text("class-weights") == "balanced"
    }

    /// `unit`, `standard`, `imagenet` or `symmetric`.
    pub fn scaling(&self) -> &str {
        self.text("scaling")
    }
}
