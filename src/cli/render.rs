//! `neurarium render`: draws a network.

use std::path::Path;

use neurarium::config::Config;
use neurarium::data::encode_png;
use neurarium::error::Result;
use neurarium::par;
use neurarium::render::{By, Mode, Theme, Viewport};
use neurarium::session::Session;

use super::failure::CommandResult;
use super::film::film;
use super::heat;
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::{Outcome, check_png, write_file};
use super::wants;

pub fn render(model: &Path, output: &Path, config: &Config) -> CommandResult {
    par::with_threads(config.threads(), || paint(model, output, config))
}

fn paint(model: &Path, output: &Path, config: &Config) -> CommandResult {
    if output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gif")) {
        return film(model, output, config);
    }
    check_png(output)?;
    let source = ModelSource::find(&model.to_string_lossy())?;
    let mut session = open_session(source, config.clone())?;
    if let Some(index) = config.view_example() {
        session.viewer().choose_example(index)?;
    }
    if let Some(method) = config.view_heat() {
        return heat::sheet(&mut session, config, method, output);
    }
    if !config.view_wants().is_empty() {
        return wants::sheet(&mut session, config, output);
    }
    let (width, height) = draw(&mut session, config, output)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, &session);
    outcome.count("width", width as usize);
    outcome.count("height", height as usize);
    Ok(outcome)
}

/// Draws the network at work on the session's example into a PNG file; returns its width and height.
pub fn draw(session: &mut Session, config: &Config, output: &Path) -> Result<(u32, u32)> {
    let (width, height) = config.view_size();
    let word = |key: &str| config.get(key).unwrap_or_default();
    let view = Viewport {
        mode: Mode::parse(word("view-mode")).unwrap_or_default(),
        theme: Theme::parse(word("view-theme")).unwrap_or_default(),
        by: By::parse(word("view-by")).unwrap_or_default(),
        cut: config.view_cut(),
        connections: config.view_connections(),
        ..session.viewer().fitted_view(width, height, 1.0)
    };
    let drawn = session.viewer().render(&view);
    let pixels: Vec<u8> = drawn.data().chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied().collect();
    write_file(output, &encode_png(drawn.width() as usize, drawn.height() as usize, 3, &pixels)?)?;
    Ok((width, height))
}
