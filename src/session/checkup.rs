//! The data doctor at work: looks through the data in slices, tells what it found, and carries out its remedies.

use super::command::Command;
use super::{Advance, Notice, Session};
use crate::data::ResizeMode;
use crate::data::audit::{AuditContext, DataAudit, Finding, Fix};
use crate::error::{Error, Result};

#[derive(Default)]
pub(super) struct Checkup {
    doctor: Option<DataAudit>,
    /// Of the last time; `None` before the first, and once the data are others.
    findings: Option<Vec<Finding>>,
}

impl Session {
    /// Begins to look through the data.
    pub fn begin_check(&mut self) {
        self.checkup = Checkup { doctor: Some(DataAudit::new(&self.data)), findings: None };
    }

    pub fn cancel_check(&mut self) {
        self.checkup.doctor = None;
    }

    /// Works for about `budget` milliseconds of `clock` on what was begun.
    pub fn check_advance(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<Advance> {
        let begin = clock();
        let Some(mut doctor) = self.checkup.doctor.take() else {
            return Ok(Advance::default());
        };
        while doctor.advance(&self.data)? != 0 {
            if budget <= clock() - begin {
                let (done, total) = doctor.progress();
                self.checkup.doctor = Some(doctor);
                return Ok(Advance { done, total, pending: true });
            }
        }
        let (done, total) = doctor.progress();
        let setting = AuditContext {
            by: self.config.division().by,
            balanced: self.config.balances_classes() || !self.objective.loss.classifies(),
            fitted: self.config.load_options().resize == ResizeMode::Fit,
        };
        self.checkup.findings = Some(doctor.finish(&self.data, &self.report, setting));
        Ok(Advance { done, total, pending: false })
    }

    /// What was found, the worst first.
    pub fn findings(&self) -> &[Finding] {
        self.checkup.findings.as_deref().unwrap_or_default()
    }

    /// Carries out a remedy of a finding. Settings that read the images again say so in their notice.
    pub fn remedy(&mut self, finding: usize, remedy: usize) -> Result<Notice> {
        let found = self.findings().get(finding).and_then(|finding| finding.fixes.get(remedy));
        let (_, remedy) =
            found.cloned().ok_or_else(|| Error::new("the data doctor has no such remedy; check the data again"))?;
        let mut notice = Notice::default();
        for command in self.commands_of(&remedy) {
            let edited = self.edit(&command, false)?;
            let done = edited.notice.unwrap_or_else(|| Notice::kept(edited.text));
            let text = if done.text.is_empty() { notice.text } else { done.text };
            notice = Notice { text, rebuilt: notice.rebuilt || done.rebuilt, reload: notice.reload || done.reload };
        }
        Ok(notice)
    }

    /// A remedy as a journal would hold it.
    pub fn commands_of(&self, remedy: &Fix) -> Vec<Command> {
        let of = self.data.len();
        match remedy {
            Fix::Drop(examples) => {
                vec![Command::Move { examples: examples.clone(), of, split: crate::data::Split::Dropped }]
            }
            Fix::Move(examples, split) => vec![Command::Move { examples: examples.clone(), of, split: *split }],
            Fix::Set(settings) => settings
                .iter()
                .map(|(key, value)| Command::Setting { key: (*key).into(), value: value.clone() })
                .collect(),
        }
    }
}
