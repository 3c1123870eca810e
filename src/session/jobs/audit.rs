//! The data check: searches the data for problems.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::ResizeMode;
use crate::data::audit::{AuditContext, DataAudit, Finding};
use crate::error::Result;
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;

/// Requests the findings of the data check.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Audit {}

pub struct Auditing {
    /// `None` once it is finished.
    audit: Option<DataAudit>,
    progress: (usize, usize),
    /// Worst first.
    pub findings: Vec<Finding>,
}

/// A finding with the labels of its fixes.
#[derive(Serialize)]
struct FindingView<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    fixes: Vec<&'a str>,
}

impl<'a> FindingView<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self { finding, fixes: finding.fixes.iter().map(|(label, _)| label.as_str()).collect() }
    }
}

impl JobRequest for Audit {
    const KIND: &'static str = "audit";
    type Job = Auditing;

    fn begin(self, at: &mut JobContext) -> Result<Auditing> {
        Ok(Auditing { audit: Some(DataAudit::new(at.viewer.data)), progress: (0, 0), findings: Vec::new() })
    }
}

impl Job for Auditing {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let (run, data, config) = (at.viewer.run, at.viewer.data, at.viewer.config);
        let Some(audit) = &mut self.audit else { return Ok(false) };
        let left = audit.advance(data)?;
        self.progress = audit.progress();
        if left != 0 {
            return Ok(true);
        }
        let context = AuditContext {
            by: config.division().by,
            balanced: config.balances_classes() || !run.objective().loss.classifies(),
            fitted: config.load_options().resize == ResizeMode::Fit,
        };
        if let Some(audit) = self.audit.take() {
            self.findings = audit.finish(data, at.report, context);
        }
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        self.progress
    }

    fn result(&self) -> Value {
        json!(self.findings.iter().map(FindingView::new).collect::<Vec<_>>())
    }

    fn depends_on(&self, _: &Run, data: &Data) -> Vec<Stamp> {
        vec![data.stamps().images]
    }
}
