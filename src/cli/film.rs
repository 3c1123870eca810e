//! `neurarium render CHECKPOINT OUT.gif`: the adjacency of a network that makes its own connections, over time.
//!
//! One frame for each recorded moment: edges that stayed in grey, new ones in blue, cut ones in orange.

use std::path::Path;

use gif::{Encoder, Frame, Repeat};
use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::layer::Cells;
use neurarium::recorder::StructureHistory;
use neurarium::render::{Rgb, Theme, adjacency_changes};

use super::failure::CommandResult;
use super::model_source::read_model;
use super::output::{Outcome, write_file};

/// Most pixels across; a picture of fewer columns has several for each.
const MOST_WIDTH: usize = 1280;
/// Hundredths of a second of each frame, and of the last.
const DELAY: u16 = 4;
const LAST_DELAY: u16 = 200;

pub fn film(checkpoint: &Path, output: &Path, config: &Config) -> CommandResult {
    let model = read_model(checkpoint)?;
    let place = || checkpoint.display();
    let Some((_, manifold)) = model.network.structure() else {
        return Err(Error::expected(place(), "a network that makes its own connections", "another").into());
    };
    let history = model.run.map(|run| run.structure).filter(|history| 1 < history.len()).ok_or_else(|| {
        Error::expected(place(), "a checkpoint with the history of its edges", "a model file without one")
    })?;
    let cells = manifold.cells();
    let scale = (MOST_WIDTH / cells.all_sources()).max(1);
    let size = ((scale * cells.all_sources()) as u32, (scale * cells.rows()) as u32);
    let theme = Theme::parse(config.get("view-theme").unwrap_or_default()).unwrap_or_default();
    write_file(output, &encoded(&history, &cells, size, theme).map_err(|error| error.within(output.display()))?)?;
    let mut outcome = Outcome::default();
    outcome.count("frames", history.len());
    outcome.count("width", size.0 as usize);
    outcome.count("height", size.1 as usize);
    Ok(outcome)
}

/// All frames as a GIF. Pictures have the colours of the theme alone, so its palette is exact.
fn encoded(history: &StructureHistory, cells: &Cells, size: (u32, u32), theme: Theme) -> Result<Vec<u8>> {
    let colours = theme.colours();
    let palette: [Rgb; 6] =
        [colours.background, colours.neutral, colours.hairline, colours.muted, colours.positive, colours.negative];
    let failed = |error: gif::EncodingError| Error::new(error.to_string());
    let side = |pixels: u32| u16::try_from(pixels).map_err(|_| Error::expected("film", "at most 65535 pixels", pixels));
    let (width, height) = (side(size.0)?, side(size.1)?);
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &palette.concat()).map_err(failed)?;
    encoder.set_repeat(Repeat::Infinite).map_err(failed)?;
    let mut before = history.cells(0);
    for (number, now) in history.frames().enumerate() {
        let entry = |pixel: &[u8]| palette.iter().position(|colour| pixel[..3] == *colour).unwrap_or(0) as u8;
        let picture = adjacency_changes(cells, &now, &before, size, theme);
        let buffer: Vec<u8> = picture.data().chunks_exact(4).map(entry).collect();
        let delay = if number + 1 == history.len() { LAST_DELAY } else { DELAY };
        encoder
            .write_frame(&Frame { width, height, delay, buffer: buffer.into(), ..Frame::default() })
            .map_err(failed)?;
        before = now;
    }
    drop(encoder);
    Ok(bytes)
}
