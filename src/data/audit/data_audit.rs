//! The data check in slices: scans the groups, compares the images, then draws up the findings.
//!
//! Excluded images are skipped, so a finding that was fixed does not come up again.

use super::checks::{self, AuditContext};
use super::finding::Finding;
use super::group_scan::GroupScan;
use super::similarity::SimilaritySearch;
use crate::data::{Dataset, Report, Split};
use crate::error::Result;

pub struct DataAudit {
    groups: GroupScan,
    search: SimilaritySearch,
}

impl DataAudit {
    pub fn new(data: &Dataset) -> Self {
        let examples = (0u32..).zip(&data.splits).filter(|&(_, &split)| split != Split::Dropped);
        let examples: Vec<u32> = examples.map(|(index, _)| index).collect();
        Self { groups: GroupScan::default(), search: SimilaritySearch::new(examples) }
    }

    /// Work done, and all work.
    pub fn progress(&self) -> (usize, usize) {
        self.search.progress()
    }

    /// Does one slice. Returns the work done, at most about [`super::SLICE`] for each thread; 0 when nothing is left.
    pub fn advance(&mut self, data: &Dataset) -> Result<usize> {
        match self.groups.advance(data) {
            0 => self.search.advance(data),
            work => Ok(work),
        }
    }

    /// All findings, the worst first.
    pub fn finish(self, data: &Dataset, report: &Report, context: AuditContext) -> Vec<Finding> {
        checks::all(data, report, &self.groups, self.search.finish(), context)
    }
}
