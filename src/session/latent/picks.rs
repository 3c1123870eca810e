//! Lists of examples as text: `3, 8, 20-25, circle` gives numbers counted from 1, ranges, and names of classes.

use super::editor::LatentEditor;
use crate::error::{Error, Result};
use crate::evenly::evenly;

/// Most examples taken of a class, evenly from all of it; their mean is close to that of the class.
const MOST_OF_A_CLASS: usize = 512;

impl LatentEditor<'_> {
    /// The examples in a list, each once, in its order.
    pub fn examples_named(&self, list: &str) -> Result<Vec<u32>> {
        let mut chosen = vec![false; self.data().len()];
        let mut found = Vec::new();
        for part in list.split([',', ';']).map(str::trim).filter(|part| !part.is_empty()) {
            let examples = match numbers(part) {
                Some((first, last)) if first == 0 || self.data().len() < last => {
                    let expected = format!("numbers from 1 to {}", self.data().len());
                    return Err(Error::expected("examples", expected, format!("\"{part}\"")));
                }
                Some((first, last)) => (first as u32 - 1..last as u32).collect(),
                None => self.of_class(part)?,
            };
            let new = examples.into_iter().filter(|&index| !std::mem::replace(&mut chosen[index as usize], true));
            found.extend(new);
        }
        Ok(found)
    }

    fn of_class(&self, name: &str) -> Result<Vec<u32>> {
        let named = |class: &String| class.to_lowercase() == name.to_lowercase();
        let Some(class) = self.data().classes.iter().position(named) else {
            let expected = "numbers such as 3, 8, 20-25, or the name of a class";
            return Err(Error::expected("examples", expected, format!("\"{name}\"")));
        };
        let labels = (0u32..).zip(&self.data().labels);
        let all: Vec<u32> = labels.filter(|&(_, &label)| label as usize == class).map(|(index, _)| index).collect();
        Ok(evenly(all.len(), MOST_OF_A_CLASS).map(|n| all[n]).collect())
    }
}

/// Parses `8` or `20-25`, also with a long dash, in ascending order.
fn numbers(part: &str) -> Option<(usize, usize)> {
    let (first, last) = part.split_once(['-', '–']).unwrap_or((part, part));
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    Some(if first <= last { (first, last) } else { (last, first) })
}
