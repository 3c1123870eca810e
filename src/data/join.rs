//! One data set out of two: the examples of the other come after those of the first, which keep their numbers.

use super::dataset::Dataset;
use super::letters::Families;
use super::limits::{MOST_BYTES, MOST_EXAMPLES};
use super::numbers::NumberTargets;
use super::pictures::PictureTargets;
use super::split::Split;
use crate::error::{Error, Result};

impl Dataset {
    /// The examples of both sets. New classes come after the known ones, in their order; images without classes become
    /// one class, named after their set, unless the first set has no classes either.
    ///
    /// Fails if the shapes differ, if numbers belong to the images, if only one set has pairs, if only the other set has
    /// classes, if both are more than a data set may hold, or if the pixels of either are not in memory.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        if [self, other].iter().any(|set| set.pixels.is_cached()) {
            return Err(Error::expected(&other.name, "images that fit into memory, to add them to others", "more"));
        }
        if [self, other].iter().any(|set| set.pictures.pixels.is_cached()) {
            return Err(Error::expected(&other.name, "targets that fit into memory, to add them to others", "more"));
        }
        if !self.numbers.is_empty() || !other.numbers.is_empty() {
            return Err(Error::expected(&other.name, "images without numbers, to add them to others", "numbers"));
        }
        if other.target_shape() != self.target_shape() {
            return Err(Error::expected(&other.name, self.targets_in_words(), other.targets_in_words()));
        }
        if other.shape != self.shape {
            return Err(Error::expected(&other.name, format!("images of {}", self.shape), other.shape));
        }
        if !self.is_labelled() && other.is_labelled() {
            let (known, new) = (format!("{} has none", self.name), format!("{} classes", other.classes.len()));
            return Err(Error::expected(&other.name, format!("images without classes, as {known}"), new));
        }
        let (examples, bytes) = (self.len() + other.len(), self.memory_bytes().saturating_add(other.memory_bytes()));
        if MOST_EXAMPLES < examples || MOST_BYTES < bytes {
            let most = format!("together at most {MOST_EXAMPLES} images and {} MiB", MOST_BYTES >> 20);
            return Err(Error::expected(&other.name, most, format!("{examples} images and {} MiB", bytes >> 20)));
        }
        let (mut classes, mut labels) = (self.classes.clone(), self.labels.clone());
        match (self.is_labelled(), other.is_labelled()) {
            (false, _) => {}
            (true, true) => {
                let places: Vec<u32> = other.classes.iter().map(|name| number_of(name, &mut classes)).collect();
                labels.extend(other.labels.iter().map(|&label| places[label as usize]));
            }
            (true, false) => labels.resize(examples, number_of(&other.name, &mut classes)),
        }
        let (own, others) = (0..self.len(), 0..other.len());
        let families = own.map(|n| self.families.of(n)).chain(others.map(|n| other.families.of(n)));
        let mut joined = Self {
            name: format!("{} and {}", self.name, other.name),
            shape: self.shape,
            pixels: self.pixels.joined(&other.pixels, self.shape),
            frames: [self.frames.as_slice(), &other.frames].concat(),
            labels,
            classes,
            numbers: NumberTargets::default(),
            families: Families::new(families),
            pictures: PictureTargets {
                shape: self.pictures.shape,
                pixels: self.pictures.pixels.joined(&other.pictures.pixels, self.pictures.shape),
                frames: [self.pictures.frames.as_slice(), &other.pictures.frames].concat(),
            },
            splits: [self.splits.as_slice(), &other.splits].concat(),
            names: [self.names.as_slice(), &other.names].concat(),
            has_validation: self.has_validation || other.has_validation,
            has_test: self.has_test || other.has_test,
            overrides: self.overrides.clone(),
        };
        // Splits that were drawn are drawn again; only those that came with the files are taken for given.
        let overrides = joined.lift_overrides();
        for (n, split) in joined.splits.iter_mut().enumerate() {
            let set = if n < self.len() { self } else { other };
            let is_drawn = match split {
                Split::Validation => !set.has_validation,
                Split::Test => !set.has_test,
                Split::Train | Split::Dropped => false,
            };
            if is_drawn {
                *split = Split::Train;
            }
        }
        joined.apply_overrides(overrides);
        Ok(joined)
    }

    /// The targets of pairs, for people.
    pub(crate) fn targets_in_words(&self) -> String {
        self.target_shape().map_or("images without targets".into(), |shape| format!("targets of {shape}"))
    }
}

/// The number of a class, which is added if there is none of that name.
fn number_of(name: &str, classes: &mut Vec<String>) -> u32 {
    let known = classes.iter().position(|class| class == name);
    known.unwrap_or_else(|| {
        classes.push(name.into());
        classes.len() - 1
    }) as u32
}
