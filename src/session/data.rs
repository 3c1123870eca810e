//! The data of a session: the data set, how it was read and divided, and stamps of its parts.

use super::stamp::Stamp;
use crate::checksum::Checksum;
use crate::config::Config;
use crate::data::letters::{self, LETTERS, LetterFrame};
use crate::data::{
    Dataset, DatasetFile, Division, Loaded, Overrides, Report, Skipped, Split, blurred, digits, smileys, sums, toy,
};
use crate::error::Result;
use crate::file::saved_run::DataMark;
use crate::network::Task;
use crate::shape::Shape;

/// Number of pictures in the built-in sample set, and their side in pixels.
const SAMPLES: usize = 2000;
const SAMPLE_SIDE: usize = 32;
/// The same of the drawn digits.
const DIGITS: usize = 3000;
const DIGIT_SIDE: usize = 28;
/// Examples of the sums to learn from, to validate and to test: 5,000 steps of 50 see none twice.
const SUMS: (usize, usize, usize) = (250_000, 1000, 4000);
/// Faces of the built-in alphabet unless `limit` asks for others, and most faces.
const FACES: usize = 120;
const MOST_FACES: usize = 2000;
/// Limit in bytes for images that are resized instead of being read again: the old ones are in memory at the same time.
const MOST_REFITTED: usize = 128 << 20;

/// Reads go through `Deref` to the data set; writes go through the methods below, which take the next stamps.
pub struct Data {
    set: Dataset,
    report: Report,
    /// How the splits were made, and a note on it for people.
    division: Division,
    division_note: Option<String>,
    /// Files of the last load in which none could be used.
    failed: Vec<Skipped>,
    /// The file that the images are being written to.
    file: Option<DatasetFile>,
    stamps: DataStamps,
}

/// Stamps of the images, of their labels and of their splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataStamps {
    pub images: Stamp,
    pub labels: Stamp,
    pub splits: Stamp,
}

impl DataStamps {
    fn next() -> Self {
        Self { images: Stamp::next(), labels: Stamp::next(), splits: Stamp::next() }
    }

    /// The latest of the three.
    pub fn latest(&self) -> Stamp {
        self.images.max(self.labels).max(self.splits)
    }
}

impl std::ops::Deref for Data {
    type Target = Dataset;

    fn deref(&self) -> &Dataset {
        &self.set
    }
}

impl Data {
    /// Takes what was loaded and divides it as the settings say.
    pub fn new(config: &Config, loaded: Loaded) -> Self {
        let Loaded { dataset: mut set, report } = loaded;
        if config.loosens_points() && set.is_of_letters() && letters::are_points(set.shape) {
            // Letters that cannot be read are found out about at the first step.
            set = set.loosened(config.seed()).unwrap_or(set);
        }
        let division = config.division();
        let division_note = set.divide(&division);
        Self { set, report, division, division_note, failed: Vec::new(), file: None, stamps: DataStamps::next() }
    }

    /// As [`Data::new`], for a network that begins: there are training images, whatever the folders are called.
    pub fn to_learn(config: &Config, loaded: Loaded) -> Self {
        let mut data = Self::new(config, loaded);
        data.offer_training(config);
        data
    }

    /// Makes the images that are held out training images, where there are no others.
    pub fn offer_training(&mut self, config: &Config) {
        if let Some(note) = self.set.train_on_held_out() {
            self.report.notes.push(note);
            self.divide(config);
        }
    }

    pub fn set(&self) -> &Dataset {
        &self.set
    }

    pub fn report(&self) -> &Report {
        &self.report
    }

    pub fn division_note(&self) -> Option<&String> {
        self.division_note.as_ref()
    }

    pub fn stamps(&self) -> DataStamps {
        self.stamps
    }

    /// Names of the outputs of a network for these data.
    pub fn names_of(&self, task: Task) -> Vec<String> {
        match task {
            Task::Regressor => self.set.numbers.columns.clone(),
            _ => self.set.classes.clone(),
        }
    }

    /// Replaces the images by the same ones in another size.
    pub fn replace_images(&mut self, set: Dataset) {
        self.set = set;
        self.file = None;
        self.stamps = DataStamps::next();
    }

    /// Divides the examples as the settings say. Returns whether another rule applied before.
    pub fn divide(&mut self, config: &Config) -> bool {
        let division = config.division();
        let is_other = self.division != division;
        self.division_note = self.set.divide(&division);
        self.division = division;
        self.stamps.splits = Stamp::next();
        is_other
    }

    /// Whether the splits follow the rule of these settings.
    pub fn is_divided_by(&self, config: &Config) -> bool {
        self.division == config.division()
    }

    /// Gives examples another class.
    pub fn relabel(&mut self, examples: &[u32], class: u32) -> Result<()> {
        self.set.relabel(examples, class)?;
        self.stamps.labels = Stamp::next();
        Ok(())
    }

    /// Moves examples to another split.
    pub fn move_to(&mut self, examples: &[u32], split: Split) -> Result<()> {
        self.set.move_to(examples, split)?;
        self.stamps.splits = Stamp::next();
        Ok(())
    }

    /// Applies exactly these changes to the labels and splits that the set was loaded with.
    pub fn set_overrides(&mut self, overrides: Overrides) {
        let before = &self.set.overrides;
        let (relabelled, moved) = (before.labels != overrides.labels, before.splits != overrides.splits);
        self.set.set_overrides(overrides);
        if relabelled {
            self.stamps.labels = Stamp::next();
        }
        if moved {
            self.stamps.splits = Stamp::next();
        }
    }

    /// A mark by which the data are recognised.
    pub fn mark(&self) -> DataMark {
        let set = &self.set;
        let mut sum = Checksum::default();
        for name in set.classes.iter().chain(&set.names) {
            sum.add(name.as_bytes());
            sum.add(&[0]);
        }
        let Shape { width, height, channels } = set.shape;
        [width, height, channels].iter().for_each(|side| sum.add(&(*side as u64).to_le_bytes()));
        set.labels.iter().for_each(|label| sum.add(&label.to_le_bytes()));
        set.splits.iter().for_each(|&split| sum.add(&[split as u8]));
        set.numbers.columns.iter().for_each(|name| sum.add(name.as_bytes()));
        set.numbers.values.iter().for_each(|value| sum.add(&value.to_le_bytes()));
        if let Some(Shape { width, height, channels }) = set.target_shape() {
            [width, height, channels].iter().for_each(|side| sum.add(&(*side as u64).to_le_bytes()));
        }
        DataMark { name: set.name.clone(), examples: set.len(), checksum: sum.value() }
    }

    /// Keeps the list of skipped files when none could be used.
    pub fn remember_failure(&mut self, report: Report) {
        self.failed = report.skipped;
    }

    pub fn failed(&self) -> &[Skipped] {
        &self.failed
    }

    /// Begins to write the images as one file. Returns its length, or `None` if the images are not in memory.
    pub fn pack(&mut self) -> Option<usize> {
        self.file = DatasetFile::new(&self.set);
        self.file.as_ref().map(DatasetFile::bytes)
    }

    /// The next part of that file, about `most` bytes long and empty at the end; `None` if no file was begun.
    pub fn pack_part(&mut self, most: usize) -> Option<Vec<u8>> {
        self.file.as_mut().map(|file| file.part(&self.set, most.max(1)))
    }
}

/// The images in another size, and their targets in the size `target`; as many as may be kept in memory.
pub fn refitted(set: &Dataset, shape: Shape, target: Option<Shape>, seed: u64) -> Result<Dataset> {
    if set.is_of_letters() && letters::are_points(set.shape) != letters::are_points(shape) {
        return set.letters_as(LetterFrame { width: shape.width, height: shape.height });
    }
    let mut set = set.clone();
    set.take((MOST_REFITTED / (shape.len() + target.map_or(0, |target| target.len()))).max(1), seed);
    set.resized(shape, target)
}

/// Drawn pictures, in the size that the settings ask for.
fn in_size(drawn: Dataset, config: &Config) -> Dataset {
    let or = |value, own| if value == 0 { own } else { value };
    let wanted = |Shape { width, height, channels }: Shape, [w, h, c]: [usize; 3]| {
        Shape::from_whc(or(w, width), or(h, height), or(c, channels))
    };
    let options = config.load_options();
    let shape = wanted(drawn.shape, [options.width, options.height, options.channels]);
    let target = drawn.target_shape().map(|target| wanted(target, config.target_size()));
    match (shape, target) == (drawn.shape, drawn.target_shape()) {
        true => drawn,
        // The keys allow no size that is refused.
        false => refitted(&drawn, shape, target, config.seed()).unwrap_or(drawn),
    }
}

/// Letters of the built-in alphabet, as many as the limit asks for, in the size that the settings ask for.
fn alphabet(config: &Config) -> Dataset {
    let limit = config.limit();
    let faces = if limit == 0 { FACES } else { limit.div_ceil(LETTERS).min(MOST_FACES) };
    let options = config.load_options();
    let frame = match (options.width, options.height) {
        (0, 0) => LetterFrame::default(),
        (0, side) | (side, 0) => LetterFrame { width: side, height: side },
        (width, height) => LetterFrame { width, height },
    };
    let mut drawn = letters::alphabet(faces, frame, config.seed());
    if limit != 0 {
        drawn.take(limit, config.seed());
    }
    match options.channels {
        3 => refitted(&drawn, Shape { channels: 3, ..drawn.shape }, None, config.seed()).unwrap_or(drawn),
        _ => drawn,
    }
}

/// The built-in set that the settings ask for; pictures in the size that they ask for.
pub fn sample_set(config: &Config) -> Loaded {
    let most = |count: usize| if config.limit() == 0 { count } else { config.limit().min(count) };
    let dataset = match config.sample() {
        "sums" => {
            let (train, validation, test) = SUMS;
            let held_out = |count: usize| (most(train) * count / train).max(1);
            sums::sums(most(train), held_out(validation), held_out(test), config.seed())
        }
        "letters" => alphabet(config),
        "digits" => in_size(digits::digits(most(DIGITS), DIGIT_SIDE, config.seed()), config),
        "smileys" => in_size(smileys::smileys(most(SAMPLES), SAMPLE_SIDE, config.seed()), config),
        "blurred" => in_size(blurred::blurred(most(SAMPLES), SAMPLE_SIDE, config.seed()), config),
        _ => in_size(toy::shapes(most(SAMPLES), SAMPLE_SIDE, config.seed()), config),
    };
    let report =
        Report { files: dataset.len(), used: dataset.len(), bytes: dataset.memory_bytes() as u64, ..Report::default() };
    Loaded { dataset, report }
}
