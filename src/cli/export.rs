//! `neurarium export`: a saved model for other programs, or a run with its images.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::Result;
use neurarium::file::onnx::export::{self, OnnxPart};
use neurarium::file::{self, Model, ModelView};
use neurarium::par;
use neurarium::session::Session;

use super::built_site::BuiltSite;
use super::export_options::{ExportKind, ExportOptions};
use super::failure::CommandResult;
use super::measure;
use super::model_source::{ModelSource, read_model, read_run};
use super::open_session::open_session;
use super::output::{Outcome, probe, write_file};
use super::output_folder::OutputFolder;
use super::player_page::player_page;
use super::progress::note;

/// A difference above this is one that a user may see.
const TOLERANCE: f32 = 1e-4;

pub fn export(path: &Path, output: &Path, options: &ExportOptions, config: &Config) -> CommandResult {
    match options.kind {
        ExportKind::Python | ExportKind::Site => {}
        ExportKind::Onnx | ExportKind::Labels | ExportKind::Project | ExportKind::Page => probe(output)?,
    }
    let write = match options.kind {
        ExportKind::Onnx => onnx,
        ExportKind::Labels => labels,
        ExportKind::Project => project,
        ExportKind::Page => page,
        ExportKind::Python => python,
        ExportKind::Site => site,
    };
    Ok(par::with_threads(config.threads(), || write(path, output, options, config.clone()))?)
}

/// A network for other programs, which is opened again at once and compared over eight images.
fn onnx(path: &Path, output: &Path, options: &ExportOptions, config: Config) -> Result<Outcome> {
    let model = read_model(path)?;
    model.check()?;
    let bytes = export::write(&ModelView::from(&model), options.input, options.part)
        .map_err(|error| error.within(path.display()))?;
    let mut outcome = written(output, &model, &bytes)?;
    let whole = match options.part {
        OnnxPart::Whole => Some(model.clone()),
        OnnxPart::Partner => model.partner.as_deref().cloned(),
        OnnxPart::Encoder | OnnxPart::Decoder => None,
    };
    match whole
        .map(|whole| difference(whole, ModelSource::File { path: path.into(), model: Box::new(model) }, &bytes, config))
    {
        Some(Ok(difference)) => {
            if TOLERANCE < difference {
                note(&format!("{}: its answers differ from those of the network here", output.display()));
            }
            outcome.number("difference", f64::from(difference));
        }
        Some(Err(error)) => note(&format!("{}: not compared with the network here ({error})", output.display())),
        None => {}
    }
    Ok(outcome)
}

/// The largest difference between the answers of a network and of the ONNX file that it became.
fn difference(model: Model, source: ModelSource, bytes: &[u8], config: Config) -> Result<f32> {
    let again = file::read(bytes)?;
    open_session(source, config)?.difference_of(&model, &again)
}

fn labels(path: &Path, output: &Path, _: &ExportOptions, _: Config) -> Result<Outcome> {
    let model = read_model(path)?;
    model.check()?;
    let labels = model.meta.labels().map_err(|error| error.within(path.display()))?;
    written(output, &model, labels.as_bytes())
}

fn written(output: &Path, model: &Model, bytes: &[u8]) -> Result<Outcome> {
    write_file(output, bytes)?;
    let mut outcome = Outcome::default();
    outcome.count("parameters", model.param_len());
    outcome.count("bytes", bytes.len());
    Ok(outcome)
}

/// A checkpoint with the images of `input-directory`.
fn project(path: &Path, output: &Path, _: &ExportOptions, config: Config) -> Result<Outcome> {
    let mut session = open_session(read_run(path)?, config)?;
    let bytes = session.project_file()?;
    write_file(output, &bytes)?;
    let mut outcome = run_outcome(&session);
    outcome.count("bytes", bytes.len());
    Ok(outcome)
}

/// A model as one HTML file.
fn page(path: &Path, output: &Path, options: &ExportOptions, config: Config) -> Result<Outcome> {
    let site = BuiltSite::open(&options.site)?;
    let session = open_session(ModelSource::open(path)?, config)?;
    let file = session.finished_file(true)?;
    let page = player_page(&site, &file.bytes, &session.title())?;
    write_file(output, page.as_bytes())?;
    let mut outcome = Outcome::default();
    outcome.count("parameters", session.run().learner.param_len());
    outcome.number("difference", file.difference.map(f64::from));
    outcome.count("bytes", page.len());
    Ok(outcome)
}

/// A checkpoint that goes on in PyTorch.
fn python(path: &Path, output: &Path, _: &ExportOptions, config: Config) -> Result<Outcome> {
    let mut folder = OutputFolder::begin(output)?;
    let mut session = open_session(read_run(path)?, config)?;
    let mut outcome = run_outcome(&session);
    session
        .write_python(&mut |name, bytes| folder.append(name, bytes))
        .map_err(|error| error.within(path.display()))?;
    add_folder(&mut outcome, folder)?;
    Ok(outcome)
}

/// The built page with the model in it, as static hosts and Hugging Face Spaces take it.
fn site(path: &Path, output: &Path, options: &ExportOptions, config: Config) -> Result<Outcome> {
    let site = BuiltSite::open(&options.site)?;
    let mut folder = OutputFolder::begin(output)?;
    let mut session = open_session(ModelSource::open(path)?, config)?;
    for name in site.files()? {
        folder.append(&name, &site.bytes(&name)?)?;
    }
    let found = measure::held_out(&mut session)?;
    session.write_site(found.measured.as_ref(), &options.licence, &mut |name, bytes| folder.append(name, bytes))?;
    let mut outcome = Outcome::default();
    outcome.count("parameters", session.run().learner.param_len());
    found.add_to(&mut outcome);
    add_folder(&mut outcome, folder)?;
    Ok(outcome)
}

fn run_outcome(session: &Session) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.count("images", session.data().len());
    outcome.count("steps", session.status().step);
    outcome
}

fn add_folder(outcome: &mut Outcome, folder: OutputFolder) -> Result<()> {
    let (files, bytes) = folder.finish()?;
    outcome.count("files", files);
    outcome.count("bytes", bytes);
    Ok(())
}
