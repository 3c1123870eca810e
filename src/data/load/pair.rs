//! Pairs images with their targets, by name, and reports what is left without a partner.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::sides::{Side, pair_name, without_side};
use crate::data::report::Report;
use crate::data::store::image_builder::ImageBuilder;
use crate::data::store::source::SourceFile;
use crate::error::{Error, Result};
use crate::words::{agree, counted};

/// The files that were read, with the targets apart from what they belong to.
pub struct Paired {
    /// The images; where there are pairs, those of pairs alone, and their paths are without the folder of the side.
    pub sources: Vec<SourceFile>,
    /// The first example of each of them in the builder.
    pub firsts: Vec<usize>,
    pub builder: Option<ImageBuilder>,
    /// The targets, if there are pairs.
    pub targets: Option<Targets>,
}

pub struct Targets {
    pub builder: ImageBuilder,
    /// The number of the target of each source.
    pub of: Vec<u32>,
}

/// Finds the target of each image, where there are images of both sides.
///
/// # Errors
/// There are both, and no two of one name.
pub fn pair(sources: Vec<SourceFile>, builders: [Option<ImageBuilder>; 2], report: &mut Report) -> Result<Paired> {
    let (targets, inputs): (Vec<_>, Vec<_>) = sources.into_iter().partition(|source| source.target);
    let (sources, builder) = match builders {
        [builder, Some(target_builder)] if !targets.is_empty() && !inputs.is_empty() => {
            let found = match_names(&inputs, &targets, report)?;
            let starts = first_examples(&inputs);
            let pairs = inputs.into_iter().zip(starts).zip(found);
            let (mut sources, mut firsts, mut of) = (Vec::new(), Vec::new(), Vec::new());
            for ((source, first), target) in pairs.filter_map(|(input, target)| Some((input, target?))) {
                sources.push(SourceFile { path: without_side(&source.path), ..source });
                firsts.push(first);
                of.push(target);
            }
            let targets = Some(Targets { builder: target_builder, of });
            return Ok(Paired { sources, firsts, builder, targets });
        }
        [_, builder @ Some(_)] if inputs.is_empty() && !targets.is_empty() => {
            report.used = targets.len();
            (targets, builder)
        }
        [builder, _] => (inputs, builder),
    };
    note_alone(&sources, report);
    Ok(Paired { firsts: first_examples(&sources), sources, builder, targets: None })
}

/// The first example of each file, where each has its `count` after those of the files before.
fn first_examples(sources: &[SourceFile]) -> Vec<usize> {
    let mut next = 0;
    let mut first = |source: &SourceFile| {
        next += source.count;
        next - source.count
    };
    sources.iter().map(&mut first).collect()
}

/// Notes that all images are of one side, if they are.
fn note_alone(sources: &[SourceFile], report: &mut Report) {
    let Some(side) = sources.first().and_then(|source| Side::of(&source.path)) else { return };
    if sources.iter().all(|source| Side::of(&source.path) == Some(side)) {
        let [here, other] = match side {
            Side::Input => [Side::Input, Side::Target],
            Side::Target => [Side::Target, Side::Input],
        };
        report.note(format!(
            "all images are in folders {}, and none in folders {}, so there are no pairs; they are read by themselves",
            here.folder(),
            other.folder()
        ));
    }
}

/// The number of the target of each input. If files have the same name, the first by its path is used.
fn match_names(inputs: &[SourceFile], targets: &[SourceFile], report: &mut Report) -> Result<Vec<Option<u32>>> {
    let mut unpaired = Unpaired { report, beside: 0, doubled: 0, alone: [0; 2] };
    let mut names = unpaired.names(targets, Side::Target);
    let mut of = vec![None; inputs.len()];
    let mut pairs = 0;
    let mut alone = Vec::new();
    for (name, index) in unpaired.names(inputs, Side::Input) {
        match names.remove(&name) {
            Some(target) => {
                of[index] = Some(target as u32);
                pairs += 1;
            }
            None => alone.push(index),
        }
    }
    let mut unused: Vec<usize> = names.into_values().collect();
    for (side, files, alone) in [(Side::Input, inputs, &mut alone), (Side::Target, targets, &mut unused)] {
        alone.sort_by_key(|&index| &files[index].path);
        alone.iter().for_each(|&index| unpaired.alone(&files[index], side));
    }
    unpaired.note(pairs);
    if pairs == 0 {
        let expected = "an image in a folder target of the same name as one in a folder input";
        return Err(Error::expected("pairs", expected, "none"));
    }
    Ok(of)
}

/// Counts and reports the files without a partner.
struct Unpaired<'a> {
    report: &'a mut Report,
    beside: usize,
    doubled: usize,
    /// Inputs and targets without a partner.
    alone: [usize; 2],
}

impl Unpaired<'_> {
    /// The file of each name on one side.
    fn names(&mut self, files: &[SourceFile], side: Side) -> HashMap<String, usize> {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|&index| &files[index].path);
        let mut names: HashMap<String, usize> = HashMap::with_capacity(files.len());
        for index in order {
            let path = &files[index].path;
            if !files[index].is_picture() || Side::of(path) != Some(side) {
                self.beside += 1;
                self.report.skip(path, "beside the folders input and target, whose images are pairs");
                continue;
            }
            match names.entry(pair_name(path)) {
                Entry::Vacant(free) => drop(free.insert(index)),
                Entry::Occupied(used) => {
                    self.doubled += 1;
                    let used = &files[*used.get()].path;
                    self.report.skip(path, format!("a second image of this name; {used} is used"));
                }
            }
        }
        names
    }

    fn alone(&mut self, file: &SourceFile, side: Side) {
        self.alone[side as usize] += 1;
        let reason = match side {
            Side::Input => "an input without a target of the same name",
            Side::Target => "a target without an input of the same name",
        };
        self.report.skip(&file.path, reason);
    }

    fn note(&mut self, pairs: usize) {
        let Self { report, beside, doubled, alone: [inputs, targets] } = self;
        report.used = pairs;
        let images = |count: usize| counted(count, "image");
        report.note(format!("{}: images of the same name in the folders input and target", counted(pairs, "pair")));
        for (count, [one, many]) in [
            (*inputs, ["of input has no partner in target and is", "of input have no partners in target and are"]),
            (*targets, ["of target has no partner in input and is", "of target have no partners in input and are"]),
            (*doubled, ["has a name that is taken and is", "have names that are taken and are"]),
            (*beside, ["is in neither folder and is", "are in neither folder and are"]),
        ] {
            if count != 0 {
                report.note(format!("{} {} left out", images(count), agree(count, one, many)));
            }
        }
    }
}
