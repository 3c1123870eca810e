//! Families of faces, which a division keeps together, and the marks by which near copies of a face are found.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::frame::{LETTERS, LetterFrame};

/// Cells along a side of a letter's picture in a mark.
const CELLS: usize = 4;
/// Most mean difference of the cells of two faces that are near copies, in grey levels.
const MOST_DIFFERENCE: f64 = 0.6;

/// A face that gave examples: its names, and the mean grey of each of 4 x 4 cells of its letters, `[52, 4, 4]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceMark {
    pub family: String,
    pub style: String,
    /// Whether another face of the same file came before.
    pub is_further: bool,
    cells: Vec<u8>,
}

impl FaceMark {
    /// `pixels` are `[52, height, width]`.
    pub fn new(family: String, style: String, is_further: bool, frame: LetterFrame, pixels: &[u8]) -> Self {
        let mut cells = Vec::with_capacity(LETTERS * CELLS * CELLS);
        for letter in pixels.chunks_exact(frame.area().max(1)) {
            for cell in 0..CELLS * CELLS {
                let part = |place: usize, side: usize| place * side / CELLS..(place + 1) * side / CELLS;
                let (rows, columns) = (part(cell / CELLS, frame.height), part(cell % CELLS, frame.width));
                let count = (rows.len() * columns.len()).max(1);
                let row = |y: usize| letter[y * frame.width..][columns.clone()].iter().map(|&grey| usize::from(grey));
                cells.push((rows.flat_map(row).sum::<usize>() / count) as u8);
            }
        }
        Self { family, style, is_further, cells }
    }

    /// `DejaVu Sans Bold`.
    pub fn name(&self) -> String {
        format!("{} {}", self.family, self.style).trim().to_string()
    }

    fn brightness(&self) -> u32 {
        self.cells.iter().map(|&cell| u32::from(cell)).sum()
    }

    fn is_like(&self, other: &Self) -> bool {
        let differences = self.cells.iter().zip(&other.cells).map(|(&a, &b)| u32::from(a.abs_diff(b)));
        self.cells.len() == other.cells.len()
            && f64::from(differences.sum::<u32>()) <= MOST_DIFFERENCE * self.cells.len() as f64
    }
}

/// For each face the first one before it of which it is a near copy, if there is one.
pub fn near_copies(faces: &[&FaceMark]) -> Vec<Option<usize>> {
    // Near copies are nearly as bright, so only neighbours by brightness are compared.
    let mut order: Vec<(u32, usize)> =
        faces.iter().enumerate().map(|(index, face)| (face.brightness(), index)).collect();
    order.sort_unstable();
    let mut copies = vec![None; faces.len()];
    for (place, &(brightness, one)) in order.iter().enumerate() {
        let most = (MOST_DIFFERENCE * faces[one].cells.len() as f64) as u32;
        for &(_, other) in order[place + 1..].iter().take_while(|&&(other, _)| other - brightness <= most) {
            if faces[one].is_like(faces[other]) {
                let (first, second) = (one.min(other), one.max(other));
                let known: &mut Option<usize> = &mut copies[second];
                *known = Some(known.map_or(first, |known| known.min(first)));
            }
        }
    }
    copies
}

/// The family of each example; empty where the examples are no letters of fonts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Families {
    pub names: Vec<String>,
    /// The number of its family for each example; any other number: none.
    pub numbers: Vec<u32>,
}

impl Families {
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// One number for each family name, `None` for examples without.
    pub fn new<'a>(families: impl Iterator<Item = Option<&'a str>>) -> Self {
        let (mut found, mut known) = (Self::default(), HashMap::new());
        for family in families {
            let Some(family) = family else {
                found.numbers.push(u32::MAX);
                continue;
            };
            let number = *known.entry(family).or_insert_with(|| {
                found.names.push(family.into());
                found.names.len() as u32 - 1
            });
            found.numbers.push(number);
        }
        if found.names.is_empty() { Self::default() } else { found }
    }

    /// The family of an example.
    pub fn of(&self, index: usize) -> Option<&str> {
        self.names.get(*self.numbers.get(index)? as usize).map(String::as_str)
    }

    /// Keeps those of the examples of `indices`, which ascend.
    pub fn keep(&mut self, indices: &[u32]) {
        if !self.is_empty() {
            self.numbers = indices.iter().map(|&index| self.numbers[index as usize]).collect();
        }
    }
}
