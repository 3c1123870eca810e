//! `neurarium report`: models and their results as one page that needs nothing else.

use std::path::{Path, PathBuf};

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::{Session, WriteReport};

use super::failure::CommandResult;
use super::interrupt;
use super::model_source::{ModelSource, read_model};
use super::open_session::{add_network, open_session};
use super::output::{Outcome, probe, write_file};
use super::progress::note;
use super::work;

/// The page, its style and its script, which draws the descriptions; the browser puts the same ones together.
const PAGE: &str = include_str!("../../www/report/report.html");
const STYLE: &str = include_str!("../../www/report/report.css");
const SCRIPT: &str = include_str!("../../www/report/report.js");

pub fn report(models: &[PathBuf], output: &Path, config: &Config) -> CommandResult {
    interrupt::listen();
    if !output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("html")) {
        return Err(Error::expected("report", "a name that ends in .html", output.display()).into());
    }
    probe(output)?;
    let mut outcome = Outcome::default();
    let mut descriptions = Vec::new();
    for path in models {
        let (session, description) = par::with_threads(config.threads(), || describe(path, models.len(), config))?;
        if descriptions.is_empty() {
            add_network(&mut outcome, &session);
        }
        descriptions.push(description);
    }
    let page = page(&descriptions);
    write_file(output, page.as_bytes())?;
    outcome.count("models", models.len());
    outcome.count("bytes", page.len());
    Ok(outcome)
}

fn describe(path: &Path, models: usize, config: &Config) -> Result<(Session, String)> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut session = open(path, config)?;
    let words = |done, _| format!("report on {name}, {} %", done / 10);
    let request = WriteReport { title: (1 < models).then(|| name.clone()) };
    if !work::run_job(&mut session, request, words, interrupt::requested)? {
        return Err(Error::new("the report was interrupted"));
    }
    let text = session.job::<WriteReport>().and_then(|report| report.text.clone());
    let text = text.ok_or_else(|| Error::new("there is no report"))?;
    Ok((session, text))
}

/// A checkpoint brings its curves, if these are the images that it was trained on.
fn open(path: &Path, config: &Config) -> Result<Session> {
    let model = Box::new(read_model(path)?);
    if model.run.is_some() {
        match open_session(ModelSource::Run { path: path.into(), model }, config.clone()) {
            Ok(session) => return Ok(session),
            Err(error) => note(&format!("{error}; the report is without the curves of its training")),
        }
    }
    open_session(ModelSource::open(path)?, config.clone())
}

/// The page with the descriptions in it, which contain no `<`.
fn page(descriptions: &[String]) -> String {
    let models = format!("[{}]", descriptions.join(","));
    let (head, rest) = PAGE.split_once("/* style */").expect("the page has a place for its style");
    let (middle, rest) = rest.split_once("\"the models\"").expect("the page has a place for the models");
    let (before, foot) = rest.split_once("/* script */").expect("the page has a place for its script");
    [head, STYLE, middle, &models, before, SCRIPT, foot].concat()
}
