//! Wishes of the neurons of a layer: for each the image that drives it most, beside the picture that was found for it.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::Error;
use neurarium::session::{MaximiseLayer, Session};
use neurarium::shape::Shape;

use super::contact_sheet::{ContactSheet, Tile};
use super::failure::CommandResult;
use super::interrupt;
use super::open_session::add_network;
use super::output::Outcome;
use super::work;

/// Writes the sheet of the layer `view-wants`.
pub fn sheet(session: &mut Session, config: &Config, output: &Path) -> CommandResult {
    let wanted = config.view_wants();
    let block = Some(session.network().find_block("view-wants", "the name of a layer", wanted)?);
    interrupt::listen();
    let words = |done: usize, total: usize| format!("searching, {} %", 100 * done / total.max(1));
    if !work::run_job(session, MaximiseLayer { block, seed: config.seed() }, words, interrupt::requested)? {
        return Err(Error::new("the search was interrupted").into());
    }
    let found = session.job::<MaximiseLayer>().ok_or_else(|| Error::new("what was found is gone"))?;
    let (shape, grey) = (session.network().input(), vec![128; session.network().input().len()]);
    let image = |example: u32| session.data().example(example as usize).into_owned();
    let images: Vec<Vec<u8>> = found
        .found
        .iter()
        .map(|unit| unit.most.first().map_or_else(|| grey.clone(), |most| image(most.example)))
        .collect();
    session.data().check_read()?;
    let pictures = found.pictures();
    let Shape { width, height, .. } = shape;
    let pair = |(image, wanted)| [image, wanted].map(|pixels| Tile { pixels, width, height }).to_vec();
    let wanted = pictures.iter().map(Vec::as_slice);
    let pairs: Vec<Vec<Tile>> = images.iter().map(Vec::as_slice).zip(wanted).map(pair).collect();
    let sheet = ContactSheet::of_groups(&pairs);
    sheet.write(output)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, session);
    outcome.count("units", pairs.len());
    outcome.count("dead", found.found.iter().filter(|unit| unit.dead).count());
    outcome.count("width", sheet.width);
    outcome.count("height", sheet.height);
    Ok(outcome)
}
