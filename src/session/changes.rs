//! The changes in a session since the last message to the page. One message follows each change and holds only the
//! parts that changed.

use serde::Serialize;

use super::edit::EditLog;
use super::run::{SnapshotList, settings};
use super::session::Session;
use super::shelf::RunSummary;
use super::stamp::Stamp;
use super::summary::{DataSummary, ModelSummary, Status};
use crate::config::{Config, KEYS};

/// The state that was sent so far; kept by the door between two messages.
#[derive(Default)]
pub struct Reported {
    stamps: Option<Stamps>,
    config: Option<Config>,
    suited: Option<Vec<(&'static str, String)>>,
    model: Option<ModelSummary>,
    log: Option<EditLog>,
    snapshots: Option<SnapshotList>,
    runs: Option<Vec<RunSummary>>,
    shown: Option<i64>,
}

/// Stamps of the parts that pictures and figures are made of, as numbers; a later state has a larger number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stamps {
    pub data: u64,
    pub network: u64,
    pub theta: u64,
    /// Parameters written by anything but training.
    pub written: u64,
    /// The last time that series began again.
    pub history: u64,
    /// The runs on the shelf.
    pub runs: u64,
}

/// The message: what is always sent, and the parts that have changed.
#[derive(Clone, Debug, Serialize)]
pub struct State {
    pub stamps: Stamps,
    pub status: Status,
    /// Number of the shown example; -1 for the own input.
    pub example: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Vec<(&'static str, String)>>,
    /// Keys that were set, as opposed to those that have their default or suit the network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chosen: Option<Vec<&'static str>>,
    /// Defaults that suit this network, where they differ from those of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suited: Option<Vec<(&'static str, String)>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<DataSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelSummary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<EditLog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snapshots: Option<SnapshotList>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Vec<RunSummary>>,
}

/// Returns `now` and remembers it as reported, if it differs from what was reported.
fn changed<T: Clone + PartialEq>(reported: &mut Option<T>, now: T) -> Option<T> {
    let is_same = reported.as_ref() == Some(&now);
    (!is_same).then(|| reported.insert(now).clone())
}

impl Session {
    fn stamps(&self) -> Stamps {
        let learner = self.run().learner.stamps();
        let latest = |stamps: &[Stamp]| stamps.iter().map(|stamp| stamp.number()).max().unwrap_or(0);
        Stamps {
            data: self.data.stamps().latest().number(),
            network: latest(&[learner.structure, learner.objective]),
            theta: learner.theta.number(),
            written: learner.written.number(),
            history: self.run().record_stamp.number(),
            runs: self.shelf.stamp().number(),
        }
    }

    /// Number of the shown example; -1 for the user's own input.
    fn shown(&self) -> i64 {
        if self.view.own.is_some() { -1 } else { self.view.example as i64 }
    }

    /// Whether anything has changed since the last message. While training is `running`, its own progress does not
    /// count.
    pub fn has_changes(&self, reported: &Reported, running: bool) -> bool {
        let now = self.stamps();
        let before = reported.stamps.map(|before| if running { Stamps { theta: now.theta, ..before } } else { before });
        before != Some(now) || reported.config.as_ref() != Some(&self.config) || reported.shown != Some(self.shown())
    }

    /// Builds the message for the page.
    pub fn changes(&mut self, reported: &mut Reported) -> State {
        self.viewer(); // follows the run and the data
        let stamps = self.stamps();
        let before = reported.stamps.replace(stamps);
        let config = changed(&mut reported.config, self.config.clone());
        let runs: Vec<RunSummary> = self.runs().into_iter().filter(|run| !run.current).collect();
        reported.shown = Some(self.shown());
        State {
            stamps,
            status: self.status(),
            example: self.shown(),
            chosen: config
                .as_ref()
                .map(|config| KEYS.iter().map(|key| key.name).filter(|name| config.is_chosen(name)).collect()),
            config: config.map(|config| {
                let value = |name| config.get(name).unwrap_or_default().to_string();
                KEYS.iter().map(|key| (key.name, value(key.name))).collect()
            }),
            suited: changed(&mut reported.suited, settings::suited(&self.run().preset)),
            data: before.is_none_or(|before| before.data != stamps.data).then(|| self.data_summary()),
            // Compared as a whole, because freezing a block by hand changes it too.
            model: changed(&mut reported.model, self.model_summary()),
            history: changed(&mut reported.log, self.edit_log()),
            snapshots: changed(&mut reported.snapshots, self.run().snapshots.list()),
            runs: changed(&mut reported.runs, runs),
        }
    }
}
