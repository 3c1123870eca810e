//! Heat maps of where a classifier looks: a contact sheet of images beside their maps.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::inspect::AttributionMethod;
use neurarium::render::Theme;
use neurarium::session::{Explain, ExplainSheet, Session};
use neurarium::shape::Shape;

use super::contact_sheet::{ContactSheet, Tile};
use super::failure::CommandResult;
use super::interrupt;
use super::open_session::add_network;
use super::output::Outcome;
use super::work;

/// Images of a sheet.
const IMAGES: usize = 24;

/// Writes the sheet: one image if `view-example` names it, otherwise some that are held out.
pub fn sheet(session: &mut Session, config: &Config, method: AttributionMethod, output: &Path) -> CommandResult {
    let how = Explain { method, class: class(session, config)?, block: block(session, config)? };
    let examples = match config.view_example() {
        Some(index) => vec![index as u32],
        None => session.viewer().fixed_examples(IMAGES),
    };
    if examples.is_empty() {
        return Err(Error::expected("view-heat", "some images", "none").into());
    }
    interrupt::listen();
    let words = |done, total| format!("image {done} of {total}");
    if !work::run_job(session, ExplainSheet { how, examples }, words, interrupt::requested)? {
        return Err(Error::new("the heat maps were interrupted").into());
    }
    let found = session.job::<ExplainSheet>().ok_or_else(|| Error::new("the heat maps are gone"))?;
    let theme = Theme::parse(config.get("view-theme")?).unwrap_or_default();
    let overlays = found.overlays(theme, config.view_opacity());
    let Shape { width, height, .. } = session.network().input();
    let pair = |(picture, overlay)| [picture, overlay].map(|pixels| Tile { pixels, width, height }).to_vec();
    let pictures = found.done.iter().map(|done| &done.picture[..]);
    let pairs: Vec<Vec<Tile>> = pictures.zip(overlays.iter().map(Vec::as_slice)).map(pair).collect();
    let sheet = ContactSheet::of_groups(&pairs);
    sheet.write(output)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, session);
    outcome.count("heat_maps", pairs.len());
    let gaps = found.done.iter().filter_map(|done| done.facts.gap);
    outcome.number("completeness_gap", gaps.reduce(f64::max));
    outcome.count("width", sheet.width);
    outcome.count("height", sheet.height);
    Ok(outcome)
}

fn class(session: &Session, config: &Config) -> Result<Option<usize>> {
    let (classes, wanted) = (&session.run().classes, config.view_class());
    if wanted.is_empty() {
        return Ok(None);
    }
    let place = classes.iter().position(|class| class == wanted);
    place.map(Some).ok_or_else(|| Error::expected("view-class", classes.join(", "), format!("\"{wanted}\"")))
}

fn block(session: &Session, config: &Config) -> Result<Option<usize>> {
    let wanted = config.view_layer();
    if wanted.is_empty() {
        return Ok(None);
    }
    session.network().find_block("view-layer", "the name of a layer", wanted).map(Some)
}
