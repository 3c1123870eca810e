//! The last step of loading but one: examples and their paths become a data set with names, classes and splits, whose
//! pixels are still to be arranged.
//!
//! Examples are put in the order of their splits and then of their paths, byte by byte, so the set does not depend on
//! the order in which the files came.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use super::arrange::Arranging;
use super::idx;
use super::paths;
use super::report::{Failed, Report};
use crate::data::dataset::{Dataset, Split};
use crate::data::overrides::Overrides;
use crate::data::store::image_builder::ImageBuilder;
use crate::data::store::pixels::Pixels;
use crate::error::Error;

/// A file that gave examples, in the order in which they are stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    pub count: usize,
    /// An IDX file; otherwise a picture.
    pub idx: bool,
}

impl SourceFile {
    pub fn picture(path: String) -> Self {
        Self { path, count: 1, idx: false }
    }
}

/// An IDX file of labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Labels {
    pub path: String,
    pub labels: Vec<u8>,
}

/// What is known of one source's examples.
#[derive(Default)]
struct Known {
    split: Option<Split>,
    /// The class of a picture.
    class: Option<String>,
    /// The labels of an IDX file.
    labels: Option<Vec<u8>>,
    name: String,
}

pub fn assemble(
    name: String,
    limit: usize,
    memory: usize,
    store: Option<ImageBuilder>,
    sources: Vec<SourceFile>,
    labels: Vec<Labels>,
    mut report: Report,
) -> Result<Arranging, Failed> {
    let mut known = know(&sources);
    pair(&sources, labels, &mut known, &mut report);
    let store = match store {
        Some(store) if !sources.is_empty() => store,
        _ => return Err(nothing(&name, report)),
    };
    let kept = name_classless(&name, &sources, &mut known, &mut report);
    let classes = classes(&known);
    let numbers: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let index_of = |class: &str| numbers.get(class).copied().unwrap_or(0);

    // (source, its first example); a path may have come twice, so the sort is stable.
    let mut first = 0;
    let mut order: Vec<(usize, usize)> = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        order.push((index, first));
        first += source.count;
    }
    order.retain(|&(index, _)| kept[index]);
    order.sort_by_key(|&(index, _)| (known[index].split.unwrap_or_default(), &sources[index].path));

    let total = order.iter().map(|&(index, _)| sources[index].count).sum();
    let mut examples: Vec<u32> = Vec::with_capacity(total);
    let mut dataset = Dataset {
        name,
        shape: store.shape,
        pixels: Pixels::Memory(Vec::new()),
        frames: Vec::new(),
        labels: Vec::new(),
        classes: Vec::new(),
        splits: Vec::with_capacity(total),
        names: Vec::with_capacity(total),
        has_validation: false,
        has_test: false,
        by_hand: Overrides::default(),
    };
    for &(index, first) in &order {
        let (source, known) = (&sources[index], &known[index]);
        for n in 0..source.count {
            examples.push((first + n) as u32);
            dataset.names.push(if source.idx { format!("{} {n}", known.name) } else { known.name.clone() });
            dataset.splits.push(known.split.unwrap_or_default());
        }
        if let Some(labels) = &known.labels {
            let table: Vec<u32> = (0..=255u8).map(|label| index_of(&label.to_string())).collect();
            dataset.labels.extend(labels.iter().map(|&label| table[usize::from(label)]));
        } else if let Some(class) = &known.class {
            dataset.labels.push(index_of(class));
        }
    }
    dataset.classes = classes;
    dataset.frames = examples.iter().map(|&from| store.frames[from as usize]).collect();
    settle_splits(&mut dataset, &mut report);
    if limit != 0
        && let Some(kept) = dataset.sample(limit, 0)
    {
        dataset.keep_described(&kept);
        examples = kept.iter().map(|&index| examples[index as usize]).collect();
    }
    Ok(Arranging::new(dataset, report, store, examples, memory))
}

fn nothing(name: &str, report: Report) -> Failed {
    let why = match (report.files, report.skipped.first()) {
        (0, _) | (_, None) => "there are no files in it".to_string(),
        (1, Some(first)) => format!("{} is {}", first.path, first.reason),
        (files, Some(first)) => {
            format!(
                "{} of {files} files were left out, the first of them {}: {}",
                report.skipped_count, first.path, first.reason
            )
        }
    };
    let name = if name.is_empty() { "the data" } else { name };
    Failed { error: Error::new(format!("{name}: no image that can be used; {why}")), report }
}

/// What the paths tell.
fn know(sources: &[SourceFile]) -> Vec<Known> {
    let pictures = sources.iter().filter(|source| !source.idx).map(|source| source.path.as_str());
    let (places, passed) = paths::places(pictures);
    let mut places = places.into_iter();
    let know = |source: &SourceFile| {
        if source.idx {
            let name = source.path.rsplit('/').next().unwrap_or_default();
            let stem = idx::stem(name);
            let name = match stem.trim_matches('/') {
                "" => "image",
                stem => stem,
            };
            return Known { split: idx::split(&source.path), name: name.to_string(), ..Known::default() };
        }
        let place = places.next().unwrap_or_default();
        let name = source.path.splitn(passed + 1, '/').last().unwrap_or_default().to_string();
        Known { split: place.split, class: place.class, labels: None, name }
    };
    sources.iter().map(know).collect()
}

/// Gives IDX images the labels whose file is named alike; a lone pair of files of one length needs no such names.
fn pair(sources: &[SourceFile], labels: Vec<Labels>, known: &mut [Known], report: &mut Report) {
    let images: Vec<usize> = (0..sources.len()).filter(|&index| sources[index].idx).collect();
    let lone = images.len() == 1 && labels.len() == 1;
    for Labels { path, labels } in labels {
        let fits = |index: usize| idx::stem(&sources[index].path) == idx::stem(&path);
        let found = images.iter().copied().find(|&index| known[index].labels.is_none() && fits(index));
        let reason = match found.or(if lone { images.first().copied() } else { None }) {
            Some(index) if sources[index].count == labels.len() => {
                known[index].labels = Some(labels);
                continue;
            }
            Some(index) => {
                format!(
                    "{} labels do not fit the {} images of {}",
                    labels.len(),
                    sources[index].count,
                    sources[index].path
                )
            }
            None => "labels without an images file of the same name".to_string(),
        };
        report.skip(path, reason);
    }
}

/// Where some examples have classes, the others need one, too: pictures beside the class folders get one named after
/// the data set; IDX images without labels are left out. Returns which sources stay.
fn name_classless(name: &str, sources: &[SourceFile], known: &mut [Known], report: &mut Report) -> Vec<bool> {
    let mut kept = vec![true; sources.len()];
    if known.iter().all(|known| known.class.is_none() && known.labels.is_none()) {
        return kept;
    }
    let beside = if name.is_empty() { "other" } else { name };
    let mut count = 0;
    for ((source, known), kept) in sources.iter().zip(known).zip(&mut kept) {
        if known.class.is_some() || known.labels.is_some() {
            continue;
        }
        if source.idx {
            *kept = false;
            report.used -= source.count;
            report.skip(&source.path, "images without a labels file of the same name, while others have labels");
        } else {
            known.class = Some(beside.to_string());
            count += 1;
        }
    }
    if count != 0 {
        report.notes.push(format!("{count} images lie beside the class folders; they are the class {beside}"));
    }
    kept
}

/// All classes in order: sorted byte by byte, or 0 to the highest label where all classes are labels of IDX files.
fn classes(known: &[Known]) -> Vec<String> {
    let highest = known.iter().filter_map(|known| known.labels.as_ref()?.iter().max()).max();
    let named: BTreeSet<&str> = known.iter().filter_map(|known| known.class.as_deref()).collect();
    match (highest, named.is_empty()) {
        (Some(&highest), true) => (0..=highest).map(|label| label.to_string()).collect(),
        (highest, _) => {
            let numbers: Vec<String> =
                highest.map_or(0..0, |&highest| 0..u32::from(highest) + 1).map(|label| label.to_string()).collect();
            let all: BTreeSet<&str> = named.into_iter().chain(numbers.iter().map(String::as_str)).collect();
            all.into_iter().map(str::to_string).collect()
        }
    }
}

/// There must be something to train on, whatever the folders are called.
fn settle_splits(dataset: &mut Dataset, report: &mut Report) {
    if !dataset.splits.contains(&Split::Train) {
        dataset.splits.fill(Split::Train);
        report.notes.push("there are no images for training, so those for testing are taken".into());
    }
    dataset.has_validation = dataset.splits.contains(&Split::Validation);
    dataset.has_test = dataset.splits.contains(&Split::Test);
}
