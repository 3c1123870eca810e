//! `neurarium map`: all images as points in a plane, as a table or a picture.

use std::path::Path;
use std::time::Instant;

use neurarium::config::Config;
use neurarium::data::{Split, encode_png};
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::render::MapPicture;
use neurarium::session::{LayoutSettings, MapView, Project, ProjectionMethod, ProjectionSource, Session};
use neurarium::words::counted;

use super::failure::CommandResult;
use super::interrupt;
use super::model_source::ModelSource;
use super::open_session::open_session;
use super::output::{Outcome, probe, write_file};
use super::work;

/// Pixels of a side of the picture.
const SIDE: usize = 1200;

pub fn map(model: &Path, output: &Path, config: &Config) -> CommandResult {
    interrupt::listen();
    let ends_in = |ending: &str| output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending));
    if !ends_in("csv") && !ends_in("png") {
        return Err(Error::expected("map", "a name that ends in .csv or .png", output.display()).into());
    }
    probe(output)?;
    let source = ModelSource::find(&model.to_string_lossy())?;
    let outcome = par::with_threads(config.threads(), || -> Result<Outcome> {
        let mut session = open_session(source, config.clone())?;
        let begin = Instant::now();
        let request = request(&session, config)?;
        let images = session.data().len();
        let words = |done, _| format!("map of {}, {} %", counted(images, "image"), done / 10);
        if !work::run_job(&mut session, request, words, interrupt::requested)? {
            return Err(Error::new("the map was interrupted"));
        }
        let seconds = begin.elapsed().as_secs_f64();
        let Some(view) = session.map_view(0) else { return Err(Error::new("there is no map")) };
        let file = if ends_in("csv") { table(&view, &session)? } else { picture(&view, &session)? };
        write_file(output, &file)?;
        Ok(outcome(&view, seconds))
    })?;
    Ok(outcome)
}

fn request(session: &Session, config: &Config) -> Result<Project> {
    let network = session.network();
    let source = match config.map_of() {
        "auto" if network.embedding.is_some() => ProjectionSource::Code,
        "auto" | "pixels" => ProjectionSource::Pixels,
        "code" => ProjectionSource::Code,
        "probabilities" => ProjectionSource::Probabilities,
        name => {
            ProjectionSource::Block(network.find_block("map-of", "pixels, code, probabilities or a layer", name)?)
        }
    };
    let method = match config.map_by() {
        "pca" => ProjectionMethod::Pca,
        "umap" => ProjectionMethod::Umap,
        _ => ProjectionMethod::Tsne,
    };
    let splits = match config.map_splits() {
        "all" => vec![Split::Train, Split::Validation, Split::Test],
        split => vec![Split::parse(split)?],
    };
    let settings = LayoutSettings {
        perplexity: config.map_perplexity(),
        neighbours: config.map_neighbours(),
        min_dist: config.map_min_dist(),
        ..LayoutSettings::default()
    };
    Ok(Project { source, method, splits, settings, stay: false })
}

fn outcome(view: &MapView, seconds: f64) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.count("images", view.points.len());
    outcome.number("seconds", seconds);
    if let Some(quality) = view.quality {
        outcome.number("trustworthiness", quality.trustworthiness);
        outcome.number("continuity", quality.continuity);
        outcome.number("neighbours_kept", quality.neighbours_kept);
        outcome.number("label_accuracy", quality.label_accuracy);
    }
    outcome
}

/// A row for each image.
fn table(view: &MapView, session: &Session) -> Result<Vec<u8>> {
    let data = session.data();
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut write = |row: [&str; 6]| {
        table.write_record(row).map_err(|error| Error::new(format!("the table cannot be written ({error})")))
    };
    write(["example", "name", "class", "split", "x", "y"])?;
    for (&example, [x, y]) in view.examples.iter().zip(&view.points) {
        let at = example as usize;
        let class = data.labels.get(at).map_or("", |&label| &data.classes[label as usize]);
        let [number, x, y] = [(example + 1).to_string(), x.to_string(), y.to_string()];
        write([&number, &data.names[at], class, data.splits[at].name(), &x, &y])?;
    }
    table.into_inner().map_err(|error| Error::new(format!("the table cannot be written ({error})")))
}

fn picture(view: &MapView, session: &Session) -> Result<Vec<u8>> {
    let mut picture = MapPicture::new(view.frame, SIDE, [255; 4]);
    let labels = &session.data().labels;
    for (&example, &place) in view.examples.iter().zip(&view.points) {
        picture.add(place, labels.get(example as usize).copied());
    }
    encode_png(SIDE, SIDE, 4, &picture.pixels)
}
