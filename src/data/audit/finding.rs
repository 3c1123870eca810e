//! Findings of the data check: one for each kind of problem, with the fixes on offer.

use serde::Serialize;

use crate::data::Split;

/// The severity of a finding. Faults falsify the figures, warnings harm learning, notes are for information.
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

    /// Whether a fix is recommended.
    pub fn matters(self) -> bool {
        self != Self::Note
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Files that could not be read.
    Corrupt,
    /// The same image under different classes.
    Contradiction,
    Duplicates,
    NearDuplicates,
    Blank,
    Imbalance,
    /// Images whose size or proportions differ from those of the examples.
    Sizes,
    /// Images of one group in different splits.
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

/// A change that fixes a finding: a button on the page; a setting or a journal line on the command line.
#[derive(Clone, Debug, PartialEq)]
pub enum Fix {
    /// Excludes examples.
    Drop(Vec<u32>),
    /// Moves examples to one split.
    Move(Vec<u32>, Split),
    /// Keys and values.
    Set(Vec<(&'static str, String)>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub kind: FindingKind,
    pub severity: Severity,
    /// Number of images, files or classes concerned.
    pub count: usize,
    /// The problem and its effect, without a full stop.
    pub text: String,
    /// Examples to look at, in groups; at most [`MOST_GROUPS`] of [`MOST_IN_GROUP`].
    pub groups: Vec<Vec<u32>>,
    /// Label of the button, and what it does.
    #[serde(skip)]
    pub fixes: Vec<(String, Fix)>,
}

/// Groups of a finding, and images of a group.
const MOST_GROUPS: usize = 40;
const MOST_IN_GROUP: usize = 12;

impl Finding {
    pub fn new(kind: FindingKind, severity: Severity, count: usize, text: String) -> Self {
        Self { kind, severity, count, text, groups: Vec::new(), fixes: Vec::new() }
    }

    /// Adds examples to look at.
    pub fn with_groups(mut self, groups: &[Vec<u32>]) -> Self {
        let shown = |group: &Vec<u32>| group.iter().take(MOST_IN_GROUP).copied().collect();
        self.groups = groups.iter().take(MOST_GROUPS).map(shown).collect();
        self
    }

    pub fn with_fix(mut self, label: impl Into<String>, fix: Fix) -> Self {
        self.fixes.push((label.into(), fix));
        self
    }
}
