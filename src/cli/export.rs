//! `neurarium export`: a saved model for other programs, or a run with its images as one file.

use std::ffi::OsString;
use std::path::Path;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::file::onnx::export::{self, OnnxInput, OnnxPart};
use neurarium::file::{Model, ModelView};

use super::failure::CommandResult;
use super::model_source::{read_model, read_run};
use super::open_session::open_session;
use super::output::{Outcome, probe, write_file};

/// How a model is written.
#[derive(Clone, Copy, Default)]
struct ExportForm {
    input: OnnxInput,
    part: OnnxPart,
}

/// Whether an argument is one of the command's own rather than a setting.
pub fn is_option(argument: &OsString) -> bool {
    ["input=", "part="].iter().any(|start| argument.as_encoded_bytes().starts_with(start.as_bytes()))
}

/// `options` are `input=NAME` and `part=NAME`; `config` is for a project, whose images are read.
pub fn export(path: &Path, output: &Path, options: &[OsString], config: Config) -> CommandResult {
    let form = read(options)?;
    let kind = output.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    if !options.is_empty() && kind.as_deref() != Some("onnx") {
        return Err(Error::expected("export", "input= and part= with a name in .onnx alone", output.display()).into());
    }
    let write = match kind.as_deref() {
        Some("onnx") => onnx,
        Some("txt") => labels,
        Some("zip") => return project(path, output, config),
        _ => return Err(Error::expected("export", "a name that ends in .onnx, .txt or .zip", output.display()).into()),
    };
    probe(output)?;
    let model = read_model(path)?;
    model.check()?;
    let bytes = write(&model, form).map_err(|error| error.within(path.display()))?;
    write_file(output, &bytes)?;
    let mut outcome = Outcome::default();
    outcome.count("parameters", model.param_len());
    outcome.count("bytes", bytes.len());
    Ok(outcome)
}

fn read(options: &[OsString]) -> Result<ExportForm> {
    let mut form = ExportForm::default();
    for option in options {
        match option.to_string_lossy().split_once('=') {
            Some(("input", name)) => form.input = OnnxInput::parse(name)?,
            Some((_, name)) => form.part = OnnxPart::parse(name)?,
            None => {}
        }
    }
    Ok(form)
}

fn onnx(model: &Model, form: ExportForm) -> Result<Vec<u8>> {
    export::write(&ModelView::from(model), form.input, form.part)
}

fn labels(model: &Model, _: ExportForm) -> Result<Vec<u8>> {
    model.meta.labels().map(String::into_bytes)
}

/// A checkpoint with the images of `input-directory`.
fn project(path: &Path, output: &Path, config: Config) -> CommandResult {
    probe(output)?;
    let mut session = open_session(read_run(path)?, config)?;
    let bytes = session.project_file()?;
    write_file(output, &bytes)?;
    let mut outcome = Outcome::default();
    outcome.count("images", session.data().len());
    outcome.count("steps", session.status().step);
    outcome.count("bytes", bytes.len());
    Ok(outcome)
}
