//! `neurarium alphabet`: the letters of a face as two networks make them, as a picture or as a font.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::Error;
use neurarium::par;

use super::failure::CommandResult;
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::{Outcome, write_file};

pub fn alphabet(model: &Path, output: &Path, config: &Config) -> CommandResult {
    par::with_threads(config.threads(), || save(model, output, config))
}

fn save(model: &Path, output: &Path, config: &Config) -> CommandResult {
    let extension = output.extension().unwrap_or_default().to_ascii_lowercase();
    let is_font = extension == "ttf";
    if !is_font && extension != "svg" {
        return Err(Error::expected("alphabet", "a name that ends in .ttf or .svg", output.display()).into());
    }
    let session = open_session(ModelSource::open(model)?, config.clone())?;
    let held_out = session.run().examples(session.data(), session.data().held_out());
    let example = config.view_example().or(held_out.first().map(|&index| index as usize)).unwrap_or(0);
    let face = session.made_face(example)?;
    let bytes = if is_font { face.truetype()? } else { face.svg().into_bytes() };
    write_file(output, &bytes)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, &session);
    outcome.word("name", &face.name);
    outcome.count("letters", face.letters.len());
    outcome.count("curves", face.curves());
    outcome.count("bytes", bytes.len());
    Ok(outcome)
}
