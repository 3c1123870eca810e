//! The partner of a letter: the same letter of the same face in the other case.

use std::collections::HashMap;

use super::frame::{LETTERS, letter_class};
use crate::data::dataset::Dataset;

/// Stands for the partner of an example that has none.
pub const ALONE: u32 = u32::MAX;

impl Dataset {
    /// Whether the examples are grey letters of both cases, with the classes A to Z, then a to z.
    pub fn is_of_letters(&self) -> bool {
        self.shape.channels == 1
            && self.classes.len() == LETTERS
            && self.classes.iter().enumerate().all(|(class, name)| name.chars().eq([letter_class(class)]))
    }

    /// The partner of one letter, if it has one.
    pub fn partner_of(&self, index: usize) -> Option<usize> {
        let partner = if self.is_of_letters() { *self.partners().get(index)? } else { ALONE };
        (partner != ALONE).then_some(partner as usize)
    }

    /// The partner of each example, or [`ALONE`]. The part of a name before its last slash names the face.
    pub fn partners(&self) -> Vec<u32> {
        let face = |index: usize| self.names[index].rsplit_once('/').map_or("", |(face, _)| face);
        let of_class = |index: usize, class: u32| (face(index), class);
        let known: HashMap<_, u32> =
            self.labels.iter().zip(0u32..).map(|(&label, index)| (of_class(index as usize, label), index)).collect();
        let partner = |(index, &label)| known.get(&of_class(index, other_case(label))).copied().unwrap_or(ALONE);
        self.labels.iter().enumerate().map(partner).collect()
    }
}

/// The class of the same letter in the other case.
pub fn other_case(class: u32) -> u32 {
    (class + LETTERS as u32 / 2) % LETTERS as u32
}
