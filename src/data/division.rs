//! The division of a data set into training, validation and test examples.
//!
//! Every rule depends only on the settings and the order of the examples. In file order a class is divided into
//! `train | validation | test`. Splits that came as folders are kept, and changes by hand are applied on top.
//! Letters of fonts are always divided by families of faces: a network that has seen an a of a family knows its b.

use std::collections::HashMap;

use super::dataset::Dataset;
use super::groups::{self, GroupRule};
use super::letters::LETTERS;
use super::split::Split;
use crate::error::{Error, Result};
use crate::rng::{Purpose, Rng};
use crate::words::{agree, counted, counted_as, listed};

/// Most classes that a note names.
const NAMED: usize = 5;

/// The rule that decides which examples are held out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DivideBy {
    /// Drawn by the seed, the same share of every class.
    #[default]
    Class,
    /// Drawn by the seed from all examples.
    Seed,
    /// Drawn by the seed, in whole groups of examples that belong together.
    Group,
    /// The last examples of every class in the order of the files.
    Order,
}

impl DivideBy {
    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "class" => Ok(Self::Class),
            "seed" => Ok(Self::Seed),
            "group" => Ok(Self::Group),
            "order" => Ok(Self::Order),
            _ => Err(Error::expected("split-by", "class, seed, group or order", text)),
        }
    }
}

/// The settings for dividing a data set.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Division {
    /// Share, 0..1, of the examples whose split is not given by their folder.
    pub validation: f32,
    pub test: f32,
    pub by: DivideBy,
    pub rule: GroupRule,
    pub seed: u64,
}

impl Division {
    /// Draws the splits. Returns a note about it, if there is something to know.
    fn assign(&self, data: &mut Dataset) -> Option<String> {
        let (validation, test) =
            (self.share(self.validation, data.has_validation), self.share(self.test, data.has_test));
        for split in &mut data.splits {
            let is_drawn = match split {
                Split::Validation => !data.has_validation,
                Split::Test => !data.has_test,
                Split::Train | Split::Dropped => false,
            };
            if is_drawn {
                *split = Split::Train;
            }
        }
        if self.by == DivideBy::Group || !data.families.is_empty() {
            return self.assign_groups(data, validation, test);
        }
        let free = data.indices(Split::Train);
        let groups = if self.by == DivideBy::Seed { vec![free] } else { data.by_class(&free) };
        let lens: Vec<usize> = groups.iter().map(Vec::len).collect();
        let held_out = quotas(validation, &lens);
        let left: Vec<usize> = lens.iter().zip(&held_out).map(|(len, taken)| len - taken).collect();
        // Both shares are of the same whole.
        let tested = quotas((test / (1.0 - validation)).min(1.0), &left);
        for (class, mut group) in groups.into_iter().enumerate() {
            if self.by == DivideBy::Order {
                group.rotate_left(left[class] - tested[class]);
            } else {
                Rng::new(self.seed, Purpose::Split, class as u64).shuffle(&mut group);
            }
            let (validation, rest) = group.split_at(held_out[class]);
            mark(data, validation, Split::Validation);
            mark(data, &rest[..tested[class]], Split::Test);
        }
        None
    }

    /// Holds out whole groups, as near to the shares as their sizes allow; at least one group stays in training.
    fn assign_groups(&self, data: &mut Dataset, validation: f64, test: f64) -> Option<String> {
        let free = data.indices(Split::Train);
        let mut numbers: HashMap<&str, usize> = HashMap::new();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        for &index in &free {
            let family = data.families.of(index as usize);
            let by_name = || groups::key(data, index as usize, self.rule).filter(|_| self.by == DivideBy::Group);
            let number = match family.or_else(by_name) {
                Some(key) => *numbers.entry(key).or_insert(groups.len()),
                None => groups.len(), // a group of its own
            };
            if number == groups.len() {
                groups.push(Vec::new());
            }
            groups[number].push(index);
        }
        if groups.len() < 2 && 0.0 < validation + test && !data.families.is_empty() {
            return Some("all faces are of one family, so none are held out; add faces of other families".into());
        }
        if groups.len() < 2 && 0.0 < validation + test {
            return Some("all images form one group by their names, so none are held out; use split-by=class".into());
        }
        let largest = groups.iter().map(Vec::len).max().unwrap_or(0);
        let count = groups.len();
        Rng::new(self.seed, Purpose::Split, 0).shuffle(&mut groups);
        for (share, split) in [(validation, Split::Validation), (test, Split::Test)] {
            let wanted = (share * free.len() as f64).round() as usize;
            let (mut taken, mut kept) = (0, Vec::new());
            for (number, group) in groups.iter().enumerate() {
                let is_last = kept.is_empty() && number + 1 == groups.len();
                if !is_last && taken + group.len().div_ceil(2) <= wanted {
                    taken += group.len();
                    mark(data, group, split);
                } else {
                    kept.push(group.clone());
                }
            }
            // A share above 0 holds out at least the smallest group.
            if 0.0 < share
                && taken == 0
                && 2 <= kept.len()
                && let Some(smallest) = (0..kept.len()).min_by_key(|&group| kept[group].len())
            {
                mark(data, &kept.swap_remove(smallest), split);
            }
            groups = kept;
        }
        if !data.families.is_empty() {
            let (count, largest) = (counted_as(count, "family", "families"), largest.div_ceil(LETTERS));
            let largest = counted(largest, "face");
            return Some(format!("families of faces are kept together: {count}, the largest with {largest}"));
        }
        Some(format!(
            "groups are kept together: {}, the largest with {}",
            counted(count, "group"),
            counted(largest, "image")
        ))
    }

    fn share(&self, share: f32, given: bool) -> f64 {
        if given { 0.0 } else { f64::from(share).clamp(0.0, 1.0) }
    }
}

impl Dataset {
    /// Draws the splits as `division` says and applies the changes by hand on top. Returns a note about it, if there is
    /// something to know.
    pub fn divide(&mut self, division: &Division) -> Option<String> {
        let overrides = self.lift_overrides();
        let note = division.assign(self);
        self.apply_overrides(overrides);
        let is_held_out = |split: &Split| matches!(split, Split::Validation | Split::Test);
        let wants = 0.0 < division.validation + division.test;
        let nothing = (note.is_none() && wants && !self.is_empty() && !self.splits.iter().any(is_held_out))
            .then(|| "nothing is held out, since there are too few images to spare any; add more".to_string());
        let notes: Vec<String> = [note, nothing, self.untrained_classes()].into_iter().flatten().collect();
        (!notes.is_empty()).then(|| notes.join("; "))
    }

    /// Names the classes that are held out and not trained on, if there are any.
    fn untrained_classes(&self) -> Option<String> {
        let mut counts = vec![[0usize; 2]; self.classes.len()];
        for (&label, split) in self.labels.iter().zip(&self.splits) {
            match split {
                Split::Train => counts[label as usize][0] += 1,
                Split::Validation | Split::Test => counts[label as usize][1] += 1,
                Split::Dropped => {}
            }
        }
        let untrained: Vec<&str> = (self.classes.iter().zip(&counts))
            .filter(|(_, [trained, held_out])| *trained == 0 && *held_out != 0)
            .map(|(class, _)| class.as_str())
            .collect();
        if untrained.is_empty() || !self.splits.contains(&Split::Train) {
            return None;
        }
        let (count, named) = (untrained.len(), listed(&untrained, NAMED));
        let (classes, have, them) =
            (agree(count, "class", "classes"), agree(count, "has", "have"), agree(count, "it", "them"));
        Some(format!("{classes} {named} {have} no training images, so nothing can be learnt of {them}"))
    }

    /// Makes all images training images where there are none, whatever the folders are called. Returns a note if it did.
    pub fn train_on_held_out(&mut self) -> Option<String> {
        if self.is_empty() || self.splits.contains(&Split::Train) {
            return None;
        }
        self.splits.fill(Split::Train);
        (self.has_validation, self.has_test) = (false, false);
        Some("there are no training images, so the images held out are used for training".into())
    }

    /// Draws a validation split, a share (0..1) of every class.
    pub fn split(&mut self, validation: f32, seed: u64) {
        self.divide(&Division { validation, seed, by: DivideBy::Class, ..Division::default() });
    }
}

fn mark(data: &mut Dataset, examples: &[u32], split: Split) {
    examples.iter().for_each(|&index| data.splits[index as usize] = split);
}

/// The number taken from each group for a share. Rounding is compensated in the groups that follow; the last example of
/// a group stays.
fn quotas(share: f64, lens: &[usize]) -> Vec<usize> {
    let mut owed = 0.0; // withheld by rounding so far
    let mut taken: Vec<usize> = Vec::with_capacity(lens.len());
    for &len in lens {
        owed += share * len as f64;
        taken.push((owed.round().max(0.0) as usize).min(len.saturating_sub(1)));
        owed = (owed - taken[taken.len() - 1] as f64).min(1.0);
    }
    // A share above 0 holds out at least one example, however small the set is.
    let largest = (0..lens.len()).max_by_key(|&group| lens[group]).unwrap_or(0);
    if 0.0 < share && taken.iter().all(|&count| count == 0) && lens.get(largest).is_some_and(|&len| 2 <= len) {
        taken[largest] = 1;
    }
    taken
}
