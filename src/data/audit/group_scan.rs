//! Groups of images that belong together by their folders or names, gathered in slices.

use std::collections::{BTreeSet, HashMap};

use crate::data::{Dataset, GroupRule, Split, groups};

/// Names looked at in one slice, and the work that each counts for.
const NAMES: usize = 8192;
const WORK: usize = 256;

const RULES: [(GroupRule, &str); 2] = [(GroupRule::Folder, "folder"), (GroupRule::Name, "name")];

#[derive(Default)]
pub struct GroupScan {
    /// One map for each rule.
    groups: [HashMap<String, Vec<u32>>; RULES.len()],
    /// Number of examples looked at.
    done: usize,
}

impl GroupScan {
    /// Does one slice. Returns the work done; 0 when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> usize {
        let to = data.len().min(self.done + NAMES);
        for index in (self.done..to).filter(|&index| data.splits[index] != Split::Dropped) {
            for (groups, (rule, _)) in self.groups.iter_mut().zip(RULES) {
                let Some(key) = groups::key(data, index, rule) else { continue };
                match groups.get_mut(key) {
                    Some(group) => group.push(index as u32),
                    None => drop(groups.insert(key.to_string(), vec![index as u32])),
                }
            }
        }
        (to - std::mem::replace(&mut self.done, to)) * WORK
    }

    /// The groups of the first rule that finds [meaningful](is_meaningful) ones, and what the rule goes by.
    pub fn meaningful(&self, data: &Dataset) -> Option<(&'static str, impl Iterator<Item = (&str, &[u32])>)> {
        let (groups, (_, name)) = self.groups.iter().zip(RULES).find(|(groups, _)| is_meaningful(data, groups))?;
        Some((name, groups.iter().map(|(name, group)| (name.as_str(), group.as_slice()))))
    }
}

/// Whether there are several groups of several images each, of most images, and not just one group for each class.
fn is_meaningful(data: &Dataset, groups: &HashMap<String, Vec<u32>>) -> bool {
    let inside: usize = groups.values().map(Vec::len).sum();
    let label = |&index: &u32| data.labels.get(index as usize);
    let classes: BTreeSet<_> = groups.values().flatten().map(label).collect();
    let pairs: usize = groups.values().map(|group| group.iter().map(label).collect::<BTreeSet<_>>().len()).sum();
    3 <= groups.len() && 2 * groups.len() <= inside && data.len() <= 2 * inside && 3 * classes.len() <= pairs
}
