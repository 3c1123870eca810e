//! The data doctor: what is wrong with a data set, what that does, and what would help.
//!
//! Faults make figures wrong, warnings make learning worse, notes are worth knowing. Images that were left out by hand
//! are not looked at, so what was treated is not told again.

use serde::Serialize;

use super::likeness::{Alike, Likeness};
use super::torn::Torn;
use crate::data::{Dataset, DivideBy, LITTER, Report, Split};
use crate::error::Result;
use crate::words::{counted, thousands};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Fault,
    Warning,
    Note,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }

    /// Whether something should be done about it.
    pub fn matters(self) -> bool {
        self != Self::Note
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Files that could not be read.
    Corrupt,
    /// The same picture under different classes.
    Contradiction,
    Duplicates,
    NearDuplicates,
    Blank,
    Imbalance,
    /// Pictures of other sizes and proportions than the examples.
    Sizes,
    /// Pictures that belong together, apart in different splits.
    Grouped,
}

impl FindingKind {
    pub const ALL: [FindingKind; 8] = [
        Self::Corrupt,
        Self::Contradiction,
        Self::Duplicates,
        Self::NearDuplicates,
        Self::Blank,
        Self::Imbalance,
        Self::Sizes,
        Self::Grouped,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Corrupt => "corrupt",
            Self::Contradiction => "contradiction",
            Self::Duplicates => "duplicates",
            Self::NearDuplicates => "near_duplicates",
            Self::Blank => "blank",
            Self::Imbalance => "imbalance",
            Self::Sizes => "sizes",
            Self::Grouped => "grouped",
        }
    }
}

/// What would help. It is done by a button of the page; on the command line it is a setting, or a line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub enum Fix {
    /// Leave examples out.
    Drop(Vec<u32>),
    /// Put examples into one split.
    Move(Vec<u32>, Split),
    /// Keys and values.
    Set(Vec<(&'static str, String)>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub ailment: FindingKind,
    pub severity: Severity,
    /// Images, files or classes it is about.
    pub count: usize,
    /// What is so, and what that does.
    pub text: String,
    /// Images to look at, in groups; the first few.
    pub groups: Vec<Vec<u32>>,
    /// What a button says, and what it does.
    #[serde(skip)]
    pub remedies: Vec<(String, Fix)>,
}

/// What of the settings matters here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AuditContext {
    pub by: DivideBy,
    pub balanced: bool,
    /// Whether pictures keep their proportions, with margins.
    pub fitted: bool,
}

/// Groups and images of a group that are shown.
const MOST_GROUPS: usize = 40;
const MOST_IN_GROUP: usize = 12;
/// The largest class may have so many times the images of the smallest.
const IMBALANCE: usize = 3;

pub struct DataAudit {
    torn: Torn,
    likeness: Likeness,
}

impl DataAudit {
    pub fn new(data: &Dataset) -> Self {
        let examples = (0u32..).zip(&data.splits).filter(|&(_, &split)| split != Split::Dropped);
        let examples: Vec<u32> = examples.map(|(index, _)| index).collect();
        Self { torn: Torn::default(), likeness: Likeness::new(examples) }
    }

    /// Work done and in all.
    pub fn progress(&self) -> (usize, usize) {
        self.likeness.progress()
    }

    /// One slice; how much work it was, at most about [`super::SLICE`] for each thread, and 0 when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> Result<usize> {
        match self.torn.advance(data) {
            0 => self.likeness.advance(data),
            work => Ok(work),
        }
    }

    /// All that was found, the worst first.
    pub fn finish(self, data: &Dataset, report: &Report, setting: AuditContext) -> Vec<Finding> {
        let Self { torn, likeness } = self;
        let alike = likeness.finish();
        let (contradicting, copies): (Vec<_>, Vec<_>) =
            alike.exact.iter().cloned().partition(|group| is_contradiction(data, group));
        let mut found = Vec::new();
        found.extend(corrupt(report));
        found.extend(contradiction(&contradicting));
        found.extend(duplicates(data, copies));
        found.extend(near(data, &alike));
        found.extend(blank(&alike));
        found.extend(imbalance(data, setting));
        found.extend(sizes(data, report, setting));
        found.extend(grouped(data, &torn, setting));
        found.sort_by_key(|finding| (finding.severity, finding.ailment));
        found
    }
}

fn finding(ailment: FindingKind, severity: Severity, count: usize, text: String, groups: &[Vec<u32>]) -> Finding {
    let groups = groups.iter().take(MOST_GROUPS).map(|group| group.iter().take(MOST_IN_GROUP).copied().collect());
    Finding { ailment, severity, count, text, groups: groups.collect(), remedies: Vec::new() }
}

fn with(mut finding: Finding, label: impl Into<String>, remedy: Fix) -> Option<Finding> {
    finding.remedies.push((label.into(), remedy));
    Some(finding)
}

fn images(count: usize) -> String {
    counted(count, "image")
}

fn corrupt(report: &Report) -> Option<Finding> {
    let broken: Vec<_> = report.skipped.iter().filter(|file| file.reason != LITTER).collect();
    let first = broken.first()?;
    let text = match broken.len() {
        1 => format!("1 file was left out, {}: {}. Nothing is learnt from it", first.path, first.reason),
        count => {
            let (path, reason, count) = (&first.path, &first.reason, thousands(count));
            format!("{count} files were left out, the first of them {path}: {reason}. Nothing is learnt from them")
        }
    };
    Some(finding(FindingKind::Corrupt, Severity::Warning, broken.len(), text, &[]))
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

/// Whether some of a group are learnt from and others held out.
fn crosses(data: &Dataset, group: &[u32]) -> bool {
    group.iter().any(|&index| split(data, index) != split(data, group[0]))
}

fn contradiction(groups: &[Vec<u32>]) -> Option<Finding> {
    let all: Vec<u32> = groups.concat();
    if all.is_empty() {
        return None;
    }
    let text = format!(
        "{} are the same picture as another of a different class; whichever is right, the other teaches nonsense",
        images(all.len())
    );
    let found = finding(FindingKind::Contradiction, Severity::Fault, all.len(), text, groups);
    with(found, format!("Drop {}", images(all.len())), Fix::Drop(all))
}

/// All but one of each group; the one that stays is held out if any of them is, and the first.
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
    let (severity, told) = match crossing {
        0 => (Severity::Warning, "they count more than others".to_string()),
        crossing => (
            Severity::Fault,
            format!(
                "{} of the pictures are both learnt from and held out, so that figures look better than they are",
                thousands(crossing)
            ),
        ),
    };
    let copies = if surplus.len() == 1 { "is an exact copy of another" } else { "are exact copies of others" };
    let text = format!("{} {copies}; {told}", images(surplus.len()));
    let found = finding(FindingKind::Duplicates, severity, surplus.len(), text, &groups);
    with(found, format!("Drop {}, keep one of each", images(surplus.len())), Fix::Drop(surplus))
}

fn near(data: &Dataset, alike: &Alike) -> Option<Finding> {
    let mut groups = alike.near.clone();
    let surplus = surplus(data, &groups);
    if surplus.is_empty() {
        return None;
    }
    groups.sort_by_key(|group| !crosses(data, group));
    let crossing: Vec<Vec<u32>> = groups.iter().filter(|group| crosses(data, group)).cloned().collect();
    let (severity, told) = match crossing.len() {
        0 => (Severity::Note, String::new()),
        count => (
            Severity::Warning,
            format!(
                "; in {} of {} groups some are learnt from and others held out, which flatters the figures",
                thousands(count),
                thousands(groups.len())
            ),
        ),
    };
    let all = data.splits.iter().filter(|&&split| split != Split::Dropped).count();
    let looked = if alike.looked_through < all {
        format!(" (of the first {})", thousands(alike.looked_through))
    } else {
        String::new()
    };
    let look = if surplus.len() == 1 { "looks" } else { "look" };
    let text = format!("{} {look} nearly like others{looked}{told}", images(surplus.len()));
    let mut found = finding(FindingKind::NearDuplicates, severity, surplus.len(), text, &groups);
    // A test set that came as one stays as it is: its doubles are no longer learnt from.
    let is_given = |index: &u32| data.has_test && split(data, *index) == Split::Test;
    let (tested, drawn): (Vec<_>, Vec<_>) = crossing.into_iter().partition(|group| group.iter().any(is_given));
    let moved: Vec<u32> = drawn.concat().into_iter().filter(|&index| split(data, index) != Split::Train).collect();
    if !moved.is_empty() {
        found
            .remedies
            .push((format!("Move {} to the training images", images(moved.len())), Fix::Move(moved, Split::Train)));
    }
    let untested: Vec<u32> = tested.concat().into_iter().filter(|index| !is_given(index)).collect();
    if !untested.is_empty() {
        found
            .remedies
            .push((format!("Drop {} that resemble test images", images(untested.len())), Fix::Drop(untested)));
    }
    with(found, format!("Drop {}, keep one of each group", images(surplus.len())), Fix::Drop(surplus))
}

fn blank(alike: &Alike) -> Option<Finding> {
    let blank = alike.blank.clone();
    if blank.is_empty() {
        return None;
    }
    let are = if blank.len() == 1 { "1 image is" } else { &*format!("{} are", images(blank.len())) };
    let text = format!("{are} of one colour; there is nothing to learn from them");
    let found = finding(FindingKind::Blank, Severity::Warning, blank.len(), text, std::slice::from_ref(&blank));
    with(found, format!("Drop {}", images(blank.len())), Fix::Drop(blank))
}

fn imbalance(data: &Dataset, setting: AuditContext) -> Option<Finding> {
    let mut counts = vec![0usize; data.classes.len()];
    let training = data.labels.iter().zip(&data.splits).filter(|&(_, &split)| split == Split::Train);
    training.for_each(|(&label, _)| counts[label as usize] += 1);
    let of = |class: usize| format!("{} {}", data.classes[class], thousands(counts[class]));
    let largest = (0..counts.len()).max_by_key(|&class| counts[class])?;
    let smallest = (0..counts.len()).min_by_key(|&class| counts[class])?;
    if counts[largest] < IMBALANCE * counts[smallest].max(1) || setting.balanced && counts[smallest] != 0 {
        return None;
    }
    let few = counts.iter().filter(|&&count| IMBALANCE * count.max(1) <= counts[largest]).count();
    let text = format!(
        "classes differ in size: {} training images, but {}; what is rare is learnt last and named seldom",
        of(largest),
        of(smallest)
    );
    let found = finding(FindingKind::Imbalance, Severity::Warning, few, text, &[]);
    with(found, "Let all classes count alike", Fix::Set(vec![("class-weights", "balanced".into())]))
}

fn sizes(data: &Dataset, report: &Report, setting: AuditContext) -> Option<Finding> {
    let sizes = &report.sizes;
    let (width, height) = (data.shape.width, data.shape.height);
    let of = |wanted: &dyn Fn(usize, usize) -> bool| -> usize {
        sizes.iter().filter(|&(&(w, h), _)| wanted(w as usize, h as usize)).map(|(_, count)| count).sum()
    };
    let all = of(&|_, _| true);
    let small = of(&|w, h| 2 * w < width && 2 * h < height);
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
        "{} of {} sizes, from {} x {} to {} x {}, are made {width} x {height}",
        images(all),
        thousands(sizes.len()),
        first.0,
        first.1,
        last.0,
        last.1
    );
    if small != 0 {
        text += &format!("; {} are less than half as large and become blurred", thousands(small));
    }
    if margins != 0 {
        text += &format!("; {} fill less than three quarters of that, the rest is margin", thousands(margins));
    }
    let much = |count: usize| data.len() < 20 * count;
    let severity = if much(small) || much(margins) { Severity::Warning } else { Severity::Note };
    let mut found = finding(FindingKind::Sizes, severity, sizes.len(), text, &[]);
    if much(margins) && setting.fitted {
        found.remedies.push(("Cut to the middle instead".into(), Fix::Set(vec![("resize", "crop".into())])));
    }
    if much(small) {
        let usual = sizes.iter().max_by_key(|(_, count)| **count)?.0;
        let (across, down) = (usual.0.clamp(8, 4096), usual.1.clamp(8, 4096));
        if (across as usize, down as usize) != (width, height) {
            let settings = vec![("width", across.to_string()), ("height", down.to_string())];
            found.remedies.push((format!("Read images as {across} x {down}"), Fix::Set(settings)));
        }
    }
    Some(found)
}

/// Groups that names or folders tell, whose images are partly learnt from and partly held out.
fn grouped(data: &Dataset, torn: &Torn, setting: AuditContext) -> Option<Finding> {
    if setting.by == DivideBy::Group {
        return None;
    }
    let (key, groups) = torn.telling(data)?;
    let mut crossing: Vec<(&str, &[u32])> = groups.filter(|(_, group)| crosses(data, group)).collect();
    crossing.sort();
    let (name, example) = crossing.iter().max_by_key(|(_, group)| group.len())?;
    let text = format!(
        "{} groups of images that belong together by their {key}s, such as {name} ({}), are partly learnt from and partly held out, which flatters the figures if they show the same thing",
        thousands(crossing.len()),
        images(example.len())
    );
    let shown: Vec<Vec<u32>> = crossing.iter().take(MOST_GROUPS).map(|(_, group)| group.to_vec()).collect();
    let found = finding(FindingKind::Grouped, Severity::Warning, crossing.len(), text, &shown);
    let settings = vec![("split-group", key.to_string()), ("split-by", "group".to_string())];
    with(found, "Hold out whole groups", Fix::Set(settings))
}
