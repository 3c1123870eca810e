//! Assembles a data set from examples and their paths: names, classes and splits. Its pixels are arranged afterwards.
//!
//! Examples are sorted by split and then by path, byte by byte, so the set does not depend on the order in which the files
//! came.

use std::collections::{BTreeSet, HashMap};

use super::arrange::Arranger;
use super::idx;
use super::loaded::Failed;
use super::pair::{self, Paired, Targets};
use super::paths::{self, PathFacts};
use super::table::Table;
use crate::data::dataset::Dataset;
use crate::data::letters::{self, Families, LETTERS};
use crate::data::numbers::NumberTargets;
use crate::data::overrides::Overrides;
use crate::data::pictures::PictureTargets;
use crate::data::report::Report;
use crate::data::split::Split;
use crate::data::store::image_builder::ImageBuilder;
use crate::data::store::pixels::Pixels;
use crate::data::store::source::{LabelFile, SourceFile, Sources};
use crate::error::Error;
use crate::words::{agree, counted, counted_as};

/// Facts about the examples of one file.
#[derive(Default)]
struct Facts {
    split: Option<Split>,
    /// The class of an image.
    class: Option<String>,
    /// The labels of an IDX file.
    labels: Option<Vec<u8>>,
    /// The numbers of an image, if a table has a row for it.
    numbers: Vec<f32>,
    /// The name of the example, or the beginning of the names of an IDX file's examples.
    name: String,
}

pub fn assemble(
    name: String,
    limit: usize,
    memory: usize,
    builders: [Option<ImageBuilder>; 2],
    (sources, tables): (Sources, Vec<(String, Table)>),
) -> Result<Arranger, Failed> {
    let Sources { files, labels, mut report } = sources;
    let Paired { sources, firsts, builder, targets } = match pair::pair(files, builders, &mut report) {
        Ok(paired) => paired,
        Err(error) => return Err(Failed { error: error.within(&name), report }),
    };
    let mut facts = facts_from_paths(&sources);
    pair_labels(&sources, labels, &mut facts, &mut report);
    let builder = match builder {
        Some(builder) if !sources.is_empty() => builder,
        _ => {
            for (path, _) in tables {
                report.skip(path, "a table, without any of the images that it names");
            }
            return Err(no_images(&name, report));
        }
    };
    let (columns, has_table) = match_tables(&sources, tables, &mut facts, &mut report);
    let mut kept = give_classes(&name, &sources, &mut facts, has_table, &mut report);
    leave_out_near_copies(&sources, &mut kept, &mut report);
    keep_described(&columns, &sources, &facts, &mut kept, &mut report);
    let classes = classes(&sources, &facts);
    let numbers: HashMap<&str, u32> = classes.iter().map(String::as_str).zip(0..).collect();
    let index_of = |class: &str| numbers.get(class).copied().unwrap_or(0);

    // (file, its first example); a path may occur twice, so the sort is stable.
    let mut order: Vec<(usize, usize)> = firsts.into_iter().enumerate().collect();
    order.retain(|&(index, _)| kept[index]);
    order.sort_by_key(|&(index, _)| (facts[index].split.unwrap_or_default(), &sources[index].path));
    note_faces(&sources, &order, &mut report);

    let total = order.iter().map(|&(index, _)| sources[index].count).sum();
    let (mut examples, mut of): (Vec<u32>, Vec<u32>) = (Vec::with_capacity(total), Vec::new());
    let mut dataset = Dataset {
        name,
        shape: builder.shape,
        pixels: Pixels::Memory(Vec::new()),
        frames: Vec::new(),
        labels: Vec::new(),
        classes: Vec::new(),
        numbers: NumberTargets::default(),
        families: Families::new(order.iter().flat_map(|&(index, _)| {
            let source = &sources[index];
            std::iter::repeat_n(source.face.as_ref().map(|face| face.family.as_str()), source.count)
        })),
        pictures: PictureTargets::default(),
        splits: Vec::with_capacity(total),
        names: Vec::with_capacity(total),
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    };
    for &(index, first) in &order {
        let (source, facts) = (&sources[index], &facts[index]);
        for n in 0..source.count {
            examples.push((first + n) as u32);
            dataset.names.push(match &source.face {
                Some(face) => format!("{}/{}", face.name(), letters::letter_name(n)),
                None if source.idx => format!("{} {n}", facts.name),
                None => facts.name.clone(),
            });
            dataset.splits.push(facts.split.unwrap_or_default());
        }
        of.extend(targets.as_ref().map(|targets| targets.of[index]));
        dataset.numbers.values.extend(&facts.numbers);
        if source.face.is_some() {
            dataset.labels.extend((0..source.count).map(|n| index_of(&letters::letter_class(n).to_string())));
        } else if let Some(labels) = &facts.labels {
            let table: Vec<u32> = (0..=255u8).map(|label| index_of(&label.to_string())).collect();
            dataset.labels.extend(labels.iter().map(|&label| table[usize::from(label)]));
        } else if let Some(class) = &facts.class {
            dataset.labels.push(index_of(class));
        }
    }
    dataset.classes = classes;
    dataset.numbers.columns = columns;
    dataset.frames = examples.iter().map(|&from| builder.frames[from as usize]).collect();
    if let Some(Targets { builder, .. }) = &targets {
        dataset.pictures.shape = builder.shape;
        dataset.pictures.frames = of.iter().map(|&target| builder.frames[target as usize]).collect();
    }
    dataset.has_validation = dataset.splits.contains(&Split::Validation);
    dataset.has_test = dataset.splits.contains(&Split::Test);
    if limit != 0
        && let Some(kept) = dataset.sample(limit, 0)
    {
        dataset.keep_described(&kept);
        for all in [&mut examples, &mut of].into_iter().filter(|all| !all.is_empty()) {
            *all = kept.iter().map(|&index| all[index as usize]).collect();
        }
    }
    let targets = targets.map(|Targets { builder, .. }| (builder, of));
    Ok(Arranger::new(dataset, report, (builder, examples), targets, memory))
}

fn no_images(name: &str, report: Report) -> Failed {
    let why = match (report.files, report.skipped.first()) {
        (0, _) | (_, None) => "there are no files".to_string(),
        (1, Some(first)) => format!("{}: {}", first.path, first.reason),
        (files, Some(first)) => {
            format!(
                "{} of {files} files {}{}: {}",
                report.skipped_count,
                agree(report.skipped_count, "was skipped, ", "were skipped, the first of them "),
                first.path,
                first.reason
            )
        }
    };
    let name = if name.is_empty() { "the data".to_string() } else { format!("\"{name}\"") };
    Failed { error: Error::new(format!("no images found in {name}; {why}")), report }
}

/// The split, class and name of each file, from its path.
fn facts_from_paths(sources: &[SourceFile]) -> Vec<Facts> {
    let pictures = sources.iter().filter(|source| !source.idx).map(|source| source.path.as_str());
    let (found, skipped) = paths::facts(pictures);
    let mut found = found.into_iter();
    let facts = |source: &SourceFile| {
        if source.idx {
            let name = source.path.rsplit('/').next().unwrap_or_default();
            let stem = idx::stem(name);
            let name = match stem.trim_matches('/') {
                "" => "image",
                stem => stem,
            };
            return Facts { split: idx::split(&source.path), name: name.to_string(), ..Facts::default() };
        }
        let PathFacts { split, class } = found.next().unwrap_or_default();
        let name = source.path.splitn(skipped + 1, '/').last().unwrap_or_default().to_string();
        let class = class.filter(|_| source.face.is_none()); // letters are classes of their own
        Facts { split, class, name, ..Facts::default() }
    };
    sources.iter().map(facts).collect()
}

/// Pairs IDX images with the label file of the same name; a single pair of equal length needs no such names.
fn pair_labels(sources: &[SourceFile], labels: Vec<LabelFile>, facts: &mut [Facts], report: &mut Report) {
    let images: Vec<usize> = (0..sources.len()).filter(|&index| sources[index].idx).collect();
    let single = images.len() == 1 && labels.len() == 1;
    for LabelFile { path, labels } in labels {
        let fits = |index: usize| idx::stem(&sources[index].path) == idx::stem(&path);
        let found = images.iter().copied().find(|&index| facts[index].labels.is_none() && fits(index));
        let reason = match found.or(if single { images.first().copied() } else { None }) {
            Some(index) if sources[index].count == labels.len() => {
                facts[index].labels = Some(labels);
                continue;
            }
            Some(index) => {
                format!(
                    "{} {} not fit the {} of {}",
                    counted(labels.len(), "label"),
                    agree(labels.len(), "does", "do"),
                    counted(sources[index].count, "image"),
                    sources[index].path
                )
            }
            None => "labels without an image file of the same name".to_string(),
        };
        report.skip(path, reason);
    }
}

/// Gives images the classes and numbers of their rows. The first table that knows any of the images is used for each of
/// both; one that knows only some of the images with a class folder gives no classes. Returns the names of the columns
/// of numbers, and whether the classes are from a table.
fn match_tables(
    sources: &[SourceFile],
    tables: Vec<(String, Table)>,
    facts: &mut [Facts],
    report: &mut Report,
) -> (Vec<String>, bool) {
    let (mut columns, mut has_classes) = (Vec::new(), false);
    for (path, table) in tables {
        let row = |source: &SourceFile| source.is_picture().then(|| table.row(&source.path)).flatten();
        let rows: Vec<Option<usize>> = sources.iter().map(row).collect();
        let known = rows.iter().flatten().count();
        let leaves_out = |(row, facts): (&Option<usize>, &Facts)| row.is_none() && facts.class.is_some();
        let is_partial = rows.iter().zip(&*facts).any(leaves_out);
        let gives_classes = !table.classes.is_empty() && !has_classes && !is_partial;
        let gives_numbers = !table.columns.is_empty() && columns.is_empty();
        if known == 0 || !(gives_classes || gives_numbers) {
            let why = match known {
                0 => "a table that names none of the images",
                _ if is_partial && !table.classes.is_empty() => {
                    "a table with some of the images, whose classes are folders"
                }
                _ => "a table beside one already used",
            };
            report.skip(path, why);
            continue;
        }
        for (facts, row) in facts.iter_mut().zip(&rows) {
            if let (Some(row), true) = (row, gives_classes) {
                facts.class = Some(table.classes[*row].clone());
            }
            if let (Some(row), true) = (row, gives_numbers) {
                facts.numbers = table.numbers(*row).to_vec();
            }
        }
        let what = match (gives_classes, gives_numbers) {
            (true, true) => format!("classes and {}", table.columns.join(", ")),
            (true, false) => "classes".to_string(),
            _ => table.columns.join(", "),
        };
        report.notes.push(format!("{path} gives {what} for {}", counted(known, "image")));
        if !table.unused.is_empty() {
            let (unused, are) = (table.unused.join(", "), agree(table.unused.len(), "is", "are"));
            report.notes.push(format!("{path}: {unused} {are} left out, as neither numbers nor classes"));
        }
        has_classes |= gives_classes;
        if gives_numbers {
            columns = table.columns;
        }
    }
    (columns, has_classes)
}

/// Leaves out images without numbers where others have some.
fn keep_described(columns: &[String], sources: &[SourceFile], facts: &[Facts], kept: &mut [bool], report: &mut Report) {
    if columns.is_empty() {
        return;
    }
    for ((source, facts), kept) in sources.iter().zip(facts).zip(kept) {
        if *kept && facts.numbers.is_empty() {
            *kept = false;
            report.used -= source.count;
            report.skip(&source.path, "an image without a row in the table of numbers");
        }
    }
}

/// If some examples have classes, the others need one, too: training images beside the class folders get one named after
/// the data set. The others are left out: images held out without a label, images that a table with classes does not
/// name, IDX images without labels. Returns which files are kept.
fn give_classes(
    name: &str,
    sources: &[SourceFile],
    facts: &mut [Facts],
    has_table: bool,
    report: &mut Report,
) -> Vec<bool> {
    let mut kept = vec![true; sources.len()];
    let is_classed =
        |source: &SourceFile, facts: &Facts| facts.class.is_some() || facts.labels.is_some() || source.face.is_some();
    if !sources.iter().zip(&*facts).any(|(source, facts)| is_classed(source, facts)) {
        return kept;
    }
    let beside = if name.is_empty() { "other" } else { name };
    let (mut count, mut unlabelled) = (0, 0);
    for ((source, facts), kept) in sources.iter().zip(facts).zip(&mut kept) {
        if is_classed(source, facts) {
            continue;
        }
        let is_beside = !source.idx && facts.split.unwrap_or_default() == Split::Train && !has_table;
        if is_beside {
            facts.class = Some(beside.to_string());
            count += 1;
            continue;
        }
        *kept = false;
        report.used -= source.count;
        if source.idx {
            report.skip(&source.path, "images without a label file of the same name, while others have labels");
        } else {
            unlabelled += 1;
            report.skip(&source.path, "an image without a label, while others have classes");
        }
    }
    if unlabelled != 0 {
        let have = agree(unlabelled, "has no label and is", "have no label and are");
        report.notes.push(format!("{} {have} left out, while others have classes", counted(unlabelled, "image")));
    }
    if count != 0 {
        let are = agree(count, "is not in a class folder; it forms", "are not in a class folder; they form");
        report.notes.push(format!("{} {are} the class {beside}", counted(count, "image")));
    }
    kept
}

/// Leaves out faces that are near copies of others. Which one of them is used does not depend on the order in which the
/// files came.
fn leave_out_near_copies(sources: &[SourceFile], kept: &mut [bool], report: &mut Report) {
    let faces = sources.iter().enumerate().filter_map(|(index, source)| Some((index, source.face.as_ref()?)));
    let mut faces: Vec<_> = faces.collect();
    faces.sort_by_key(|&(index, _)| &sources[index].path);
    let marks: Vec<_> = faces.iter().map(|&(_, face)| face).collect();
    for (&(index, face), copied) in faces.iter().zip(letters::near_copies(&marks)) {
        let Some(copied) = copied else { continue };
        let (path, other) = (&sources[index].path, faces[copied]);
        kept[index] = false;
        report.used -= sources[index].count;
        let reason = format!("a near copy of {} ({})", other.1.name(), sources[other.0].path);
        report.skip(format!("{path} ({})", face.name()), reason);
    }
}

/// Notes how many faces are used.
fn note_faces(sources: &[SourceFile], order: &[(usize, usize)], report: &mut Report) {
    let faces: Vec<_> = order.iter().filter_map(|&(index, _)| sources[index].face.as_ref()).collect();
    if faces.is_empty() {
        return;
    }
    let families: BTreeSet<&str> = faces.iter().map(|face| face.family.as_str()).collect();
    let families = counted_as(families.len(), "family", "families");
    report.notes.push(format!("{} of {families}, {LETTERS} letters each", counted(faces.len(), "face")));
}

/// All classes in order: sorted byte by byte, or 0 to the highest label if all classes are labels of IDX files.
fn classes(sources: &[SourceFile], facts: &[Facts]) -> Vec<String> {
    let highest = facts.iter().filter_map(|facts| facts.labels.as_ref()?.iter().max()).max();
    let has_letters = sources.iter().any(|source| source.face.is_some());
    let letters: Vec<String> = (0..LETTERS).map(|class| letters::letter_class(class).to_string()).collect();
    let letters = letters.iter().filter(|_| has_letters).map(String::as_str);
    let named: BTreeSet<&str> = facts.iter().filter_map(|facts| facts.class.as_deref()).chain(letters).collect();
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
