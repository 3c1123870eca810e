//! `neurarium run`: sends one image through a saved model.

use std::path::Path;

use neurarium::config::Config;
use neurarium::data::{self, Dataset, Families, Loaded, NumberTargets, Overrides, PictureTargets, Report, Split};
use neurarium::error::{Error, Result};
use neurarium::file::Model;
use neurarium::network::Task;
use neurarium::session::Session;

use super::failure::CommandResult;
use super::model_source::read_model;
use super::open_session::adopt_preprocessing;
use super::output::{Outcome, check_png, say, write_file};
use super::render::draw;
use super::{code_file, input_files};

/// `embedding` is read, `embedding_output` written.
pub fn run(
    [model, input, output]: [&Path; 3],
    mut config: Config,
    embedding: Option<&Path>,
    embedding_output: Option<&Path>,
) -> CommandResult {
    check_png(output)?;
    let model = read_model(model)?;
    adopt_preprocessing(&mut config, &model)?;
    let picture = one_picture(input, &model, &config)?;
    let parameters = model.param_len();
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
        Task::Autoencoder | Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
            write_file(output, &session.viewer().output_png()?)?;
            outcome.number("loss", view.loss);
            outcome.number("psnr", view.psnr);
        }
        Task::Regressor => {
            draw(&mut session, &Config::default(), output)?;
            for number in view.numbers.unwrap_or_default() {
                say(format!("{:>12.6}  {}", number.value, number.name));
            }
        }
        Task::Classifier => {
            draw(&mut session, &Config::default(), output)?;
            let classes = view.probabilities.unwrap_or_default();
            for class in &classes {
                say(format!("{:6.2} %  {}", class.value * 100.0, class.name));
            }
            if let Some(first) = classes.first() {
                outcome.word("class", &first.name);
                outcome.number("probability", f64::from(first.value));
            }
        }
    }
    Ok(outcome)
}

/// A data set of the one image, preprocessed as for training.
fn one_picture(path: &Path, model: &Model, config: &Config) -> Result<Loaded> {
    let shape = model.network.input();
    let bytes = input_files::read_path(path)?;
    let named = |error: Error| error.within(path.display());
    let (pixels, frame) = data::example_from_file(&bytes, shape, &config.load_options()).map_err(named)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let dataset = Dataset {
        name: name.clone(),
        shape,
        pixels: pixels.into(),
        frames: vec![frame],
        labels: Vec::new(),
        classes: Vec::new(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: vec![Split::Test],
        names: vec![name],
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    };
    Ok(Loaded { dataset, report: Report { files: 1, bytes: bytes.len() as u64, used: 1, ..Report::default() } })
}
