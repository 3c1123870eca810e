//! The checks: each looks at one kind of problem and returns a finding, or `None` where all is well.

use super::finding::{Finding, FindingKind, Fix, Severity};
use super::group_scan::GroupScan;
use super::similarity::SimilarImages;
use crate::data::{Dataset, DivideBy, LITTER, Report, Split};
use crate::words::{agree, counted, thousands};

/// The settings that the checks depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditContext {
    pub by: DivideBy,
    /// Whether classes are weighted by their size already.
    pub balanced: bool,
    /// Whether images keep their proportions, with margins.
    pub fitted: bool,
}

/// The largest class may have this many times the images of the smallest.
const IMBALANCE: usize = 3;

/// All findings, the worst first.
pub(super) fn all(
    data: &Dataset,
    report: &Report,
    groups: &GroupScan,
    similar: SimilarImages,
    context: AuditContext,
) -> Vec<Finding> {
    let (contradicting, copies): (Vec<_>, Vec<_>) =
        similar.exact.iter().cloned().partition(|group| is_contradiction(data, group));
    let mut findings = Vec::new();
    findings.extend(corrupt(report));
    findings.extend(contradiction(&contradicting));
    findings.extend(duplicates(data, copies));
    findings.extend(near_duplicates(data, &similar));
    findings.extend(blank(&similar));
    findings.extend(imbalance(data, context));
    findings.extend(sizes(data, report, context));
    findings.extend(grouped(data, groups, context));
    findings.sort_by_key(|finding| (finding.severity, finding.kind));
    findings
}

fn images(count: usize) -> String {
    counted(count, "image")
}

fn corrupt(report: &Report) -> Option<Finding> {
    let broken: Vec<_> = report.skipped.iter().filter(|file| file.reason != LITTER).collect();
    let first = broken.first()?;
    let text = match broken.len() {
        1 => format!("1 file could not be used, {}: {}", first.path, first.reason),
        count => {
            let (path, reason, count) = (&first.path, &first.reason, thousands(count));
            format!("{count} files could not be used, the first of them {path}: {reason}")
        }
    };
    Some(Finding::new(FindingKind::Corrupt, Severity::Warning, broken.len(), text))
}

fn label(data: &Dataset, index: u32) -> Option<u32> {
    data.labels.get(index as usize).copied()
}

fn split(data: &Dataset, index: u32) -> Split {
    data.splits[index as usize]
}

fn is_contradiction(data: &Dataset, group: &[u32]) -> bool {
    group.iter().any(|&index| label(data, index) != label(data, group[0]))
}

/// Whether a group has examples in several splits.
fn crosses(data: &Dataset, group: &[u32]) -> bool {
    group.iter().any(|&index| split(data, index) != split(data, group[0]))
}

fn contradiction(groups: &[Vec<u32>]) -> Option<Finding> {
    let all: Vec<u32> = groups.concat();
    if all.is_empty() {
        return None;
    }
    let text = format!("{} also occur under another class; at least one of the two labels is wrong", images(all.len()));
    let finding = Finding::new(FindingKind::Contradiction, Severity::Fault, all.len(), text).with_groups(groups);
    Some(finding.with_fix(format!("Exclude {}", images(all.len())), Fix::Drop(all)))
}

/// All but one of each group. Keeps a held-out example if there is one, and the first among equals.
fn surplus(data: &Dataset, groups: &[Vec<u32>]) -> Vec<u32> {
    let mut surplus = Vec::new();
    for group in groups {
        let kept = group.iter().copied().min_by_key(|&index| (std::cmp::Reverse(split(data, index)), index));
        surplus.extend(group.iter().copied().filter(|&index| Some(index) != kept));
    }
    surplus.sort_unstable();
    surplus
}

fn duplicates(data: &Dataset, mut groups: Vec<Vec<u32>>) -> Option<Finding> {
    let surplus = surplus(data, &groups);
    if surplus.is_empty() {
        return None;
    }
    groups.sort_by_key(|group| !crosses(data, group));
    let crossing = groups.iter().filter(|group| crosses(data, group)).count();
    let (severity, effect) = match crossing {
        0 => (Severity::Warning, "each counts more than the other images".to_string()),
        1 => (Severity::Fault, "1 image is both trained on and held out, so results look too good".to_string()),
        _ => {
            let crossing = thousands(crossing);
            (Severity::Fault, format!("{crossing} images are both trained on and held out, so results look too good"))
        }
    };
    let copies = agree(surplus.len(), "is an exact copy of another", "are exact copies of others");
    let text = format!("{} {copies}; {effect}", images(surplus.len()));
    let finding = Finding::new(FindingKind::Duplicates, severity, surplus.len(), text).with_groups(&groups);
    Some(finding.with_fix(format!("Exclude {}, keep one of each", images(surplus.len())), Fix::Drop(surplus)))
}

fn near_duplicates(data: &Dataset, similar: &SimilarImages) -> Option<Finding> {
    let mut groups = similar.near.clone();
    let surplus = surplus(data, &groups);
    if surplus.is_empty() {
        return None;
    }
    groups.sort_by_key(|group| !crosses(data, group));
    let crossing: Vec<Vec<u32>> = groups.iter().filter(|group| crosses(data, group)).cloned().collect();
    let (severity, effect) = match crossing.len() {
        0 => (Severity::Note, String::new()),
        count => (
            Severity::Warning,
            format!(
                "; {}{} {} in both training and held-out images, so results may look too good",
                if count == groups.len() { String::new() } else { format!("{} of ", thousands(count)) },
                counted(groups.len(), "group"),
                agree(count, "is", "are"),
            ),
        ),
    };
    let all = data.splits.iter().filter(|&&split| split != Split::Dropped).count();
    let compared =
        if similar.compared < all { format!(" (of the first {})", thousands(similar.compared)) } else { String::new() };
    let look = agree(surplus.len(), "looks nearly like another", "look nearly like others");
    let text = format!("{} {look}{compared}{effect}", images(surplus.len()));
    let mut finding = Finding::new(FindingKind::NearDuplicates, severity, surplus.len(), text).with_groups(&groups);
    // A test set that came with the files stays as it is: near copies of its images are excluded from training.
    let is_given = |index: &u32| data.has_test && split(data, *index) == Split::Test;
    let (tested, drawn): (Vec<_>, Vec<_>) = crossing.into_iter().partition(|group| group.iter().any(is_given));
    let moved: Vec<u32> = drawn.concat().into_iter().filter(|&index| split(data, index) != Split::Train).collect();
    if !moved.is_empty() {
        let label = format!("Move {} to the training images", images(moved.len()));
        finding = finding.with_fix(label, Fix::Move(moved, Split::Train));
    }
    let untested: Vec<u32> = tested.concat().into_iter().filter(|index| !is_given(index)).collect();
    if !untested.is_empty() {
        let label = format!("Exclude {} that resemble test images", images(untested.len()));
        finding = finding.with_fix(label, Fix::Drop(untested));
    }
    Some(finding.with_fix(format!("Exclude {}, keep one of each group", images(surplus.len())), Fix::Drop(surplus)))
}

fn blank(similar: &SimilarImages) -> Option<Finding> {
    let blank = similar.blank.clone();
    if blank.is_empty() {
        return None;
    }
    let have = agree(blank.len(), "has", "have");
    let text = format!("{} {have} a single colour, so there is nothing to learn from", images(blank.len()));
    let finding = Finding::new(FindingKind::Blank, Severity::Warning, blank.len(), text)
        .with_groups(std::slice::from_ref(&blank));
    Some(finding.with_fix(format!("Exclude {}", images(blank.len())), Fix::Drop(blank)))
}

fn imbalance(data: &Dataset, context: AuditContext) -> Option<Finding> {
    let mut counts = vec![0usize; data.classes.len()];
    let training = data.labels.iter().zip(&data.splits).filter(|&(_, &split)| split == Split::Train);
    training.for_each(|(&label, _)| counts[label as usize] += 1);
    let largest = (0..counts.len()).max_by_key(|&class| counts[class])?;
    let smallest = (0..counts.len()).min_by_key(|&class| counts[class])?;
    if counts[largest] < IMBALANCE * counts[smallest].max(1) || context.balanced && counts[smallest] != 0 {
        return None;
    }
    let few = counts.iter().filter(|&&count| IMBALANCE * count.max(1) <= counts[largest]).count();
    let text = format!(
        "class sizes differ: {} has {}, {} only {}; rare classes are learnt last and seldom predicted",
        data.classes[largest],
        counted(counts[largest], "training image"),
        data.classes[smallest],
        thousands(counts[smallest])
    );
    let finding = Finding::new(FindingKind::Imbalance, Severity::Warning, few, text);
    Some(finding.with_fix("Give all classes the same weight", Fix::Set(vec![("class-weights", "balanced".into())])))
}

fn sizes(data: &Dataset, report: &Report, context: AuditContext) -> Option<Finding> {
    let sizes = &report.sizes;
    let (width, height) = (data.shape.width, data.shape.height);
    let count_where = |wanted: &dyn Fn(usize, usize) -> bool| -> usize {
        sizes.iter().filter(|&(&(w, h), _)| wanted(w as usize, h as usize)).map(|(_, count)| count).sum()
    };
    let all = count_where(&|_, _| true);
    let small = count_where(&|w, h| 2 * w < width && 2 * h < height);
    let margins = data
        .frames
        .iter()
        .filter(|frame| 4 * usize::from(frame.width) * usize::from(frame.height) < 3 * data.shape.area());
    let margins = margins.count();
    if sizes.len() < 2 && small == 0 {
        return None;
    }
    let (first, last) =
        (sizes.keys().min_by_key(|size| size.0 * size.1)?, sizes.keys().max_by_key(|size| size.0 * size.1)?);
    let mut text = format!(
        "{} in {}, from {} x {} to {} x {}, {} resized to {width} x {height}",
        images(all),
        counted(sizes.len(), "size"),
        first.0,
        first.1,
        last.0,
        last.1,
        agree(all, "is", "are")
    );
    if small != 0 {
        text += &format!(
            "; {} {} less than half that size and {} blurred",
            thousands(small),
            agree(small, "is", "are"),
            agree(small, "becomes", "become")
        );
    }
    if margins != 0 {
        text += &format!(
            "; {} {} less than three quarters of it, the rest is margin",
            thousands(margins),
            agree(margins, "fills", "fill")
        );
    }
    let is_common = |count: usize| data.len() < 20 * count;
    let severity = if is_common(small) || is_common(margins) { Severity::Warning } else { Severity::Note };
    let mut finding = Finding::new(FindingKind::Sizes, severity, sizes.len(), text);
    if is_common(margins) && context.fitted {
        finding = finding.with_fix("Crop to the middle instead", Fix::Set(vec![("resize", "crop".into())]));
    }
    if is_common(small) {
        let usual = sizes.iter().max_by_key(|(_, count)| **count)?.0;
        let (across, down) = (usual.0.clamp(8, 4096), usual.1.clamp(8, 4096));
        if (across as usize, down as usize) != (width, height) {
            let settings = vec![("width", across.to_string()), ("height", down.to_string())];
            finding = finding.with_fix(format!("Read images at {across} x {down}"), Fix::Set(settings));
        }
    }
    Some(finding)
}

/// Groups, by names or folders, whose images are in several splits.
fn grouped(data: &Dataset, groups: &GroupScan, context: AuditContext) -> Option<Finding> {
    if context.by == DivideBy::Group {
        return None;
    }
    let (key, groups) = groups.meaningful(data)?;
    let mut crossing: Vec<(&str, &[u32])> = groups.filter(|(_, group)| crosses(data, group)).collect();
    crossing.sort();
    let (name, example) = crossing.iter().max_by_key(|(_, group)| group.len())?;
    let text = format!(
        "images that belong together by their {key}s are in both training and held-out images ({}, such as {name} with {}), so results may look too good if they show the same thing",
        counted(crossing.len(), "group"),
        images(example.len())
    );
    let shown: Vec<Vec<u32>> = crossing.iter().map(|(_, group)| group.to_vec()).collect();
    let finding = Finding::new(FindingKind::Grouped, Severity::Warning, crossing.len(), text).with_groups(&shown);
    let settings = vec![("split-group", key.to_string()), ("split-by", "group".to_string())];
    Some(finding.with_fix("Keep groups together", Fix::Set(settings)))
}
