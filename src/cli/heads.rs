//! `neurarium heads`: a perceptron and a linear support vector machine on the same frozen features, side by side.

use std::path::Path;
use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::Session;
use neurarium::words::significant;

use super::failure::CommandResult;
use super::interrupt;
use super::measure::{self, HeldOut};
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::{Outcome, folder, probe, write_file};
use super::output_paths::model_path;
use super::progress::{TerminalProgress, note};

/// Milliseconds of training between two looks at the signals and the progress bar.
const SLICE: f64 = 100.0;

/// A head: what its figures are called in the result, its name in words and in its file, and its loss.
struct HeadKind {
    figures: [&'static str; 4],
    words: &'static str,
    file: &'static str,
    loss: &'static str,
}

const HEADS: [HeadKind; 2] = [
    HeadKind {
        figures: ["perceptron_accuracy", "perceptron_low", "perceptron_high", "perceptron_seconds"],
        words: "perceptron",
        file: "perceptron",
        loss: "cross-entropy",
    },
    HeadKind {
        figures: ["svm_accuracy", "svm_low", "svm_high", "svm_seconds"],
        words: "support vector machine",
        file: "svm",
        loss: "hinge",
    },
];

pub fn heads(model: &Path, config: &Config) -> CommandResult {
    interrupt::listen();
    let base = ModelSource::open(model)?.name(config);
    let models = folder("model-directory", config.model_directory())?;
    let mut outcome = Outcome::default();
    for kind in HEADS {
        let path = model_path(&models, &base, &format!("-{}", kind.file));
        probe(&path)?;
        let config = settings(config, kind.loss)?;
        let (found, session, seconds) = par::with_threads(config.threads(), || train(model, &config, kind.words))?;
        write_file(&path, &session.save()?)?;
        if kind.loss == HEADS[0].loss {
            add_network(&mut outcome, &session);
        }
        let [accuracy, low, high, time] = kind.figures;
        let measured = found.measured.as_ref();
        let interval = measured.and_then(|measured| measured.accuracy_interval);
        let reached = measured.and_then(|measured| measured.figures.accuracy);
        outcome.number(accuracy, reached);
        outcome.number(low, interval.map(|interval| interval.low));
        outcome.number(high, interval.map(|interval| interval.high));
        outcome.number(time, seconds);
        let share = reached.map_or("not measured".into(), |share| format!("{} % right", significant(100.0 * share)));
        note(&format!("{:<22} {share}, saved as {}", kind.words, path.display()));
    }
    Ok(outcome)
}

/// One dense layer on frozen features, unless something else was chosen.
fn settings(config: &Config, loss: &str) -> Result<Config> {
    let mut config = config.clone();
    for (key, value) in [("head", "dense"), ("freeze", "all"), ("cut", "auto")] {
        if !config.is_chosen(key) {
            config.set(key, value)?;
        }
    }
    config.set("loss", loss)?;
    Ok(config)
}

fn train(model: &Path, config: &Config, words: &str) -> Result<(HeldOut, Session, f64)> {
    let mut session = open_session(ModelSource::open(model)?, config.clone())?;
    let start = Instant::now();
    let clock = move || start.elapsed().as_secs_f64() * 1000.0;
    let mut progress = TerminalProgress::new(1);
    while session.finished().is_none() {
        if interrupt::requested() {
            return Err(Error::new("the comparison was interrupted"));
        }
        session.train(SLICE, &clock)?;
        let status = session.status();
        let thousandths = |epochs: f64| (1000.0 * epochs) as u64;
        progress.update(thousandths(status.epoch), thousandths(status.epochs as f64), || {
            format!("{words}, epoch {} of {}", status.epoch.floor() as u64 + 1, status.epochs)
        });
    }
    progress.finish();
    let seconds = start.elapsed().as_secs_f64();
    Ok((measure::held_out(&mut session)?, session, seconds))
}
