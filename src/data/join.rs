//! One data set out of two: the examples of the other come after those of the first, which keep their numbers.

use super::dataset::Dataset;
use super::letters::Families;
use super::store::pixels::Pixels;
use crate::error::{Error, Result};
use crate::shape::Shape;

impl Dataset {
    /// The examples of both sets. New classes come after the known ones, in their order; images without classes become
    /// one class, named after their set, unless the first set has no classes either.
    ///
    /// Fails if the shapes differ, if numbers belong to the images, if only one set has pairs, if only the other set has
    /// classes, or if the pixels of either are not in memory.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        let (Pixels::Memory(pixels), Pixels::Memory(more)) = (&self.pixels, &other.pixels) else {
            return Err(Error::expected(&other.name, "images that fit into memory, to add them to others", "more"));
        };
        let (Pixels::Memory(targets), Pixels::Memory(more_targets)) = (&self.pictures.pixels, &other.pictures.pixels)
        else {
            return Err(Error::expected(&other.name, "targets that fit into memory, to add them to others", "more"));
        };
        if !self.numbers.is_empty() || !other.numbers.is_empty() {
            return Err(Error::expected(&other.name, "images without numbers, to add them to others", "numbers"));
        }
        if other.target_shape() != self.target_shape() {
            let said = |targets: Option<Shape>| {
                targets.map_or("images without targets".into(), |shape| format!("targets of {shape}"))
            };
            return Err(Error::expected(&other.name, said(self.target_shape()), said(other.target_shape())));
        }
        if other.shape != self.shape {
            return Err(Error::expected(&other.name, format!("images of {}", self.shape), other.shape));
        }
        if !self.is_labelled() && other.is_labelled() {
            let (known, new) = (format!("{} has none", self.name), format!("{} classes", other.classes.len()));
            return Err(Error::expected(&other.name, format!("images without classes, as {known}"), new));
        }
        let mut joined = self.clone();
        let of_other = match (self.is_labelled(), other.is_labelled()) {
            (false, _) => Vec::new(),
            (true, true) => {
                let places: Vec<u32> = other.classes.iter().map(|name| joined.number_of_class(name)).collect();
                other.labels.iter().map(|&label| places[label as usize]).collect()
            }
            (true, false) => vec![joined.number_of_class(&other.name); other.len()],
        };
        joined.labels.extend(of_other);
        joined.pixels = [pixels.as_slice(), more.as_slice()].concat().into();
        joined.frames.extend_from_slice(&other.frames);
        joined.pictures.pixels = [targets.as_slice(), more_targets.as_slice()].concat().into();
        joined.pictures.frames.extend_from_slice(&other.pictures.frames);
        joined.splits.extend_from_slice(&other.splits);
        joined.names.extend_from_slice(&other.names);
        let families = |set: &'_ Self| (0..set.len()).map(|index| set.families.of(index).map(String::from)).collect();
        let families: [Vec<Option<String>>; 2] = [families(self), families(other)];
        joined.families = Families::new(families.iter().flatten().map(Option::as_deref));
        joined.name = format!("{} and {}", self.name, other.name);
        joined.has_validation |= other.has_validation;
        joined.has_test |= other.has_test;
        Ok(joined)
    }

    /// The number of a class, which is added if there is none of that name.
    fn number_of_class(&mut self, name: &str) -> u32 {
        let known = self.classes.iter().position(|class| class == name);
        known.unwrap_or_else(|| {
            self.classes.push(name.into());
            self.classes.len() - 1
        }) as u32
    }
}
