//! `neurarium run`: one image through a saved model; `neurarium render`: the network drawn.

use std::path::Path;

use neurarium::config::Config;
use neurarium::data::{self, Dataset, Loaded, Overrides, Report, Split, encode_png};
use neurarium::error::{Error, Result};
use neurarium::network::Task;
use neurarium::render::{By, Mode, Theme, Viewport};
use neurarium::session::Session;

use super::experiment::{self, ModelSource};
use super::output::{Outcome, say, write_file};
use super::{Done, code_file, walk};

/// `embedding` is read, `embedding_output` written.
pub fn run(
    model: &Path,
    input: &Path,
    output: &Path,
    embedding: Option<&Path>,
    embedding_output: Option<&Path>,
) -> Done {
    check_png(output)?;
    let model = experiment::read_model(model)?;
    let mut config = Config::default();
    experiment::fit_to(&mut config, &model)?;
    let picture = one_picture(input, &model, &config)?;
    let parameters = model.network.param_len();
    let task = model.meta.task;

    let mut session = Session::with_model(config, Some(picture), model)?;
    let mut outcome = Outcome::default();
    outcome.count("images", 1);
    outcome.count("parameters", parameters);
    session.viewer().choose_example(0)?;
    if embedding.is_some() || embedding_output.is_some() {
        let own = session.latent().code()?.values;
        let code = match embedding {
            Some(path) => code_file::read(path, &own)?,
            None => own,
        };
        outcome.count("embedding", code.len());
        if let Some(path) = embedding_output {
            code_file::write(path, &code)?;
        }
        if embedding.is_some() {
            session.latent().set_code(&code)?;
        }
    }
    let view = session.viewer().example(0)?;
    match task {
        Task::Autoencoder => {
            write_file(output, &session.viewer().output_png()?)?;
            outcome.number("loss", view.loss);
            outcome.number("psnr", view.psnr);
        }
        Task::Classifier => {
            draw(&mut session, &Config::default(), output)?;
            let likeliest = view.probabilities.unwrap_or_default();
            for class in &likeliest {
                say(format!("{:6.2} %  {}", class.value * 100.0, class.name));
            }
            if let Some(first) = likeliest.first() {
                outcome.word("class", &first.name);
                outcome.number("probability", f64::from(first.value));
            }
        }
    }
    Ok(outcome)
}

/// A data set of the one picture, as the model wants to see it.
fn one_picture(path: &Path, model: &neurarium::file::Model, config: &Config) -> Result<Loaded> {
    let shape = model.network.input();
    let bytes = walk::read_named(path)?;
    let named = |error: Error| error.within(path.display());
    let (pixels, frame) = data::picture(&bytes, shape, &config.load_options()).map_err(named)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let dataset = Dataset {
        name: name.clone(),
        shape,
        pixels: pixels.into(),
        frames: vec![frame],
        labels: Vec::new(),
        classes: Vec::new(),
        splits: vec![Split::Test],
        names: vec![name],
        has_validation: false,
        has_test: false,
        by_hand: Overrides::default(),
    };
    Ok(Loaded { dataset, report: Report { files: 1, bytes: bytes.len() as u64, used: 1, ..Report::default() } })
}

pub fn render(model: &Path, output: &Path, config: &Config) -> Done {
    check_png(output)?;
    let source = ModelSource::find(&model.to_string_lossy())?;
    let mut session = experiment::session(source, config.clone())?;
    if let Some(index) = config.view_example() {
        session.viewer().choose_example(index)?;
    }
    let (width, height) = draw(&mut session, config, output)?;
    let mut outcome = Outcome::default();
    experiment::tell_network(&mut outcome, &session);
    outcome.count("width", width as usize);
    outcome.count("height", height as usize);
    Ok(outcome)
}

/// The network at work on the session's example, as a picture; its width and height.
fn draw(session: &mut Session, config: &Config, output: &Path) -> Result<(u32, u32)> {
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

/// Only PNG is written; another name would promise another format.
fn check_png(path: &Path) -> Result<()> {
    let is_png = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    if is_png { Ok(()) } else { Err(Error::expected("output image", "a name that ends in .png", path.display())) }
}
