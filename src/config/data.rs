//! The settings of the data set, as types: division, augmentation, preprocessing.

use super::Config;
use crate::data::letters::POINT_VALUES;
use crate::data::{Augment, DivideBy, Division, Flip, GroupRule, LoadOptions, ResizeMode};

/// Side in pixels at which columns see images unless another is set; they then see them in grey.
const COLUMN_SIDE: usize = 28;
/// The preset whose letters are points of contours unless another size is set.
const OF_POINTS: &str = "letters-contours";

impl Config {
    /// Options for reading pictures as examples.
    pub fn load_options(&self) -> LoadOptions {
        let resize = match self.resize() {
            "crop" => ResizeMode::Crop,
            "stretch" => ResizeMode::Stretch,
            _ => ResizeMode::Fit,
        };
        let (width, height, channels) = (self.width(), self.height(), self.channels());
        let or = |size: usize, usual| if size == 0 { usual } else { size };
        let (width, height, channels) = if self.asks_for_columns() {
            (or(width, COLUMN_SIDE), or(height, COLUMN_SIDE), or(channels, 1))
        } else if self.model() == OF_POINTS && self.architecture().is_empty() && (width, height) == (0, 0) {
            (POINT_VALUES, 1, or(channels, 1))
        } else {
            (width, height, channels)
        };
        let [target_width, target_height, target_channels] = self.target_size();
        LoadOptions {
            width,
            height,
            channels,
            resize,
            background: self.background(),
            target_width,
            target_height,
            target_channels,
            paired: false, // which the files decide
            limit: self.limit(),
        }
    }

    /// Width, height and channels of the targets of pairs; 0: auto.
    pub fn target_size(&self) -> [usize; 3] {
        let channels = self.text("target-channels").parse().unwrap_or(0);
        [self.whole("target-width"), self.whole("target-height"), channels]
    }

    /// Limit in bytes for the pixels in memory; 0: half of the free memory.
    pub fn memory_cap(&self) -> usize {
        self.mebibytes("memory-cap")
    }

    /// The built-in set where there are no images: `shapes`, `digits`, `smileys`, `letters`, `sums` or `blurred`.
    pub fn sample(&self) -> &str {
        self.text("sample")
    }

    /// Whether contours of letters begin at any of their points.
    pub fn loosens_points(&self) -> bool {
        self.text("point-order") == "any"
    }

    /// How the data set is divided into splits.
    pub fn division(&self) -> Division {
        Division {
            validation: self.number("validation-split") as f32,
            test: self.number("test-split") as f32,
            by: DivideBy::parse(self.text("split-by")).expect("a choice of the table"),
            rule: GroupRule::parse(self.text("split-group")).expect("a choice of the table"),
            seed: self.seed(),
        }
    }

    /// Random changes to training images.
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

    /// Standard deviation of the noise; 0: no noise.
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
