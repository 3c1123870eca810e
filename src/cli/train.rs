//! `neurarium train`: trains, writes snapshots and the model, paints held-out images; can be stopped at any time.

use std::path::{Path, PathBuf};
use std::time::Instant;

use neurarium::config::Config;
use neurarium::data::Split;
use neurarium::error::{Error, Result};
use neurarium::evenly::evenly;
use neurarium::file::ONNX;
use neurarium::par;
use neurarium::session::{Ability, ExampleView, Journal, PlanMemory, Resources, Session};
use neurarium::words::{counted, thousands};

use super::checkpoint_writer::CheckpointWriter;
use super::contact_sheet::{ContactSheet, Tile};
use super::data::mebibytes;
use super::failure::CommandResult;
use super::history_writer::HistoryWriter;
use super::model_source::{HEAD, ModelSource};
use super::open_session::{add_network, open_to_train};
use super::output::{Outcome, write_file};
use super::output_paths::{LAST, OutputPaths};
use super::progress::{TerminalProgress, note};
use super::side_output::SideOutput;
use super::{interrupt, journal, letter_figures, letter_sheet, measure, memory, resume};

/// Milliseconds of training between two looks at the signals and the progress bar.
const SLICE: f64 = 100.0;

/// Pictures in a contact sheet, and pictures that get a file of their own.
const SHEET: usize = 24;
const SINGLES: usize = 8;

pub fn train(config: &Config) -> CommandResult {
    interrupt::listen();
    let mut config = config.clone();
    let journal = journal::read_optional(config.journal())?;
    if let Some(journal) = &journal {
        config.read_recipe_unchosen(&journal.header.settings);
    }
    let source = match resume::checkpoint(&config)? {
        Some(source) => source,
        None => ModelSource::find(config.model())?,
    };
    Ok(par::with_threads(config.threads(), || run(source, config.clone(), journal))?)
}

fn run(source: ModelSource, mut config: Config, journal: Option<Journal>) -> Result<Outcome> {
    let name = source.name(&config);
    let is_usual =
        matches!(source, ModelSource::Preset(name) if *name == *config.model()) && !config.is_chosen("model");
    if let ModelSource::File { model, .. } = &source
        && !config.transfers()
    {
        // The setting is a number of further epochs; the session counts all of them.
        let earlier = model.meta.training.epochs as usize;
        if earlier != 0 && config.epochs() != 0 {
            config.set("epochs", &(earlier + config.epochs()).to_string())?;
        }
    }
    let is_of_others = matches!(&source, ModelSource::File { model, .. } if model.meta.preset == ONNX);
    let (model_directory, output_directory) =
        (config.model_directory().to_string(), config.output_directory().to_string());
    let mut session = open_to_train(source, config)?;
    let preset = session.model_summary().preset;
    // The data decide the model where none was chosen, and whether a network of another program gets a new head.
    let name = match is_of_others && preset != ONNX && !name.ends_with(HEAD) {
        true => name + HEAD,
        false if is_usual => preset,
        false => name,
    };
    let paints = session.run().abilities().contains(&Ability::Reconstruct);
    let paths = OutputPaths::new(&model_directory, paints.then_some(output_directory.as_str()), &name)?;

    if let Some(mut journal) = journal {
        // A checkpoint contains the edits made before it.
        journal.entries.retain(|entry| session.status().step == 0 || session.status().step < entry.step);
        journal::note_other_data(&journal, &session);
        session.follow(journal)?;
    }
    if let Some(text) = resumed(&session) {
        note(&text);
    }
    note_forecast(&mut session)?;
    let begin = Instant::now();
    let seen_before = session.status().examples_seen;
    if let Err(error) = train_on(&mut session, &paths) {
        return Err(rescue(&session, &paths, error));
    }
    let seconds = begin.elapsed().as_secs_f64();
    let seen = session.status().examples_seen - seen_before;

    let measured = result(&mut session, seconds, seen as f64 / seconds);
    let elsewhere = save_model(&paths.model(""), &session.save()?)?;
    let mut outcome = measured?;
    journal::add_edits(&mut outcome, &session);
    if let Some(path) = elsewhere {
        outcome.word("saved_as", &path.to_string_lossy());
    }
    if let Some(pictures) = &paths.pictures
        && let Err(error) = paint(&mut session, pictures, paths.name())
    {
        note(&error.to_string());
    }
    Ok(outcome)
}

/// Notes what training will cost, before it begins.
fn note_forecast(session: &mut Session) -> Result<()> {
    if !session.run().abilities().contains(&Ability::Gradients) {
        return Ok(()); // the memory of others is known, and they need no trial
    }
    let start = Instant::now();
    let clock = move || start.elapsed().as_secs_f64() * 1000.0;
    session.run_job(PlanMemory {}, Resources { clock: &clock, free_memory: memory::free() as u64 })?;
    let Some(cost) = session.job::<PlanMemory>().and_then(|trial| trial.forecast.as_ref()) else { return Ok(()) };
    note(&format!(
        "forecast: {}; {} of {} memory, {} on disk; {:.1} s per epoch; largest batch {}",
        counted(cost.parameters, "parameter"),
        mebibytes(cost.memory),
        mebibytes(cost.free),
        mebibytes(cost.disk),
        cost.seconds_per_epoch,
        thousands(cost.largest_batch),
    ));
    Ok(())
}

/// Trains to the last epoch or until an end is requested, with snapshots on the way.
fn train_on(session: &mut Session, paths: &OutputPaths) -> Result<()> {
    let start = Instant::now();
    let clock = move || start.elapsed().as_secs_f64() * 1000.0;
    let from = session.status().epoch;
    let mut progress = TerminalProgress::new(share(session, from).1);
    let next = |session: &Session| session.recorder().events().last().map_or(0, |event| event.id + 1);
    let mut next_event = next(session);
    let mut checkpoints = CheckpointWriter::new(paths);
    let mut history = HistoryWriter::new(session, paths.name())?;
    let mut snapshots = SideOutput::default();
    while !interrupt::requested() && session.finished().is_none() {
        let ends_epoch = session.train(SLICE, &clock)?;
        if ends_epoch {
            progress.line(&epoch_line(session));
        }
        for event in session.recorder().events().iter().filter(|event| next_event <= event.id) {
            progress.line(&event.text);
        }
        next_event = next(session);
        if ends_epoch {
            let (epoch, interval) = (session.epoch(), session.config().snapshot_interval() as u64);
            if interval != 0 && epoch % interval == 0 && session.finished().is_none() {
                snapshots.attempt(|| write_model(&paths.snapshot(epoch), &session.checkpoint()?));
            }
        }
        checkpoints.write_when_due(session, ends_epoch);
        if let Some(history) = history.as_mut().filter(|_| ends_epoch) {
            history.epoch(session);
        }
        let (done, total) = share(session, from);
        progress.update(done, total, || step_line(session));
    }
    progress.finish();
    if interrupt::requested() {
        note("stopping; saving the network");
    }
    if let Some(history) = history {
        history.end(session);
    }
    checkpoints.end(session, interrupt::requested());
    Ok(())
}

/// The line for a run that continues; `None` for a new one.
fn resumed(session: &Session) -> Option<String> {
    let status = session.status();
    let preset = session.model_summary().preset;
    let (step, epoch) = (status.step, status.epoch);
    (0 < step).then(|| format!("resumed {preset} at step {step}, epoch {epoch:.2}"))
}

/// Thousandths of epochs done since `from`, and those of the whole run; 0 without an end.
fn share(session: &Session, from: f64) -> (u64, u64) {
    let status = session.status();
    let thousandths = |epochs: f64| ((epochs - from) * 1000.0).max(0.0) as u64;
    (thousandths(status.epoch), thousandths(status.epochs as f64))
}

/// `epoch 3 of 10  loss 0.0123  val_loss 0.0131  psnr 18.2 dB  1234 images/s  4.1 s`.
fn epoch_line(session: &Session) -> String {
    let status = session.status();
    let mut line = format!("epoch {}{}", session.epoch(), of(status.epochs));
    let last = session.recorder().last_evaluation();
    for (name, value, unit) in [
        ("loss", status.loss, ""),
        ("val_loss", status.val_loss, ""),
        ("train_accuracy", last.and_then(|last| last.train_accuracy), ""),
        ("accuracy", status.accuracy, ""),
        ("psnr", status.psnr, " dB"),
        ("identity_psnr", last.and_then(|last| last.evaluation.identity), " dB"),
        ("ssim", last.and_then(|last| last.evaluation.ssim), ""),
        ("mse", status.mse, ""),
    ] {
        if let Some(value) = value {
            line += &format!("  {name} {}{unit}", rounded(value));
        }
    }
    if let Some(back) = session.networks().nth(1).and_then(|run| run.recorder.last_evaluation()) {
        let figures = [("loss_back", Some(back.train_loss)), ("val_loss_back", Some(back.evaluation.loss))];
        for (name, value) in figures.into_iter().chain([("psnr_back", back.evaluation.psnr)]) {
            line += &value.map_or_else(String::new, |value| format!("  {name} {}", rounded(value)));
        }
    }
    if let (Some(speed), Some(seconds)) = (status.images_per_second, status.seconds_per_epoch) {
        line += &format!("  {speed:.0} images/s  {seconds:.1} s");
    }
    line
}

/// Within an epoch: `epoch 3 of 10  step 1204  loss 0.0123  1234 images/s`.
fn step_line(session: &Session) -> String {
    let status = session.status();
    let epoch = status.epoch.floor() as u64 + 1;
    let shown = if status.epochs == 0 { epoch } else { epoch.min(status.epochs) };
    let mut line = format!("epoch {shown}{}  step {}", of(status.epochs), status.step);
    if let Some(loss) = status.loss {
        line += &format!("  loss {}", rounded(loss));
    }
    match (status.evaluating, status.images_per_second) {
        _ if status.preparing.is_some() => {
            line += &format!("  frozen layers {:.0} %", status.preparing.unwrap_or(0.0) * 100.0);
        }
        (Some(share), _) => line += &format!("  measuring {:.0} %", share * 100.0),
        (None, Some(speed)) => line += &format!("  {speed:.0} images/s"),
        (None, None) => {}
    }
    line
}

fn of(epochs: u64) -> String {
    if epochs == 0 { String::new() } else { format!(" of {epochs}") }
}

/// Four significant digits.
fn rounded(value: f64) -> String {
    let places = if value == 0.0 { 1 } else { (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize };
    format!("{value:.places$}")
}

/// Measures the trained network: accuracy and PSNR on the held-out images, `val_loss` on the validation images if there
/// are any.
fn result(session: &mut Session, seconds: f64, images_per_second: f64) -> Result<Outcome> {
    let status = session.status();
    let mut outcome = Outcome::default();
    add_network(&mut outcome, session);
    outcome.count("steps", status.step as usize);
    outcome.number("epochs", status.epoch);
    outcome.number("seconds", seconds);
    outcome.number("images_per_second", images_per_second);
    outcome.number("loss", status.loss);
    let last = session.recorder().last_evaluation();
    outcome.number("train_accuracy", last.and_then(|last| last.train_accuracy));
    measure::held_out(session)?.add_to(&mut outcome);
    letter_figures::add_to(&mut outcome, session)?;
    Ok(outcome)
}

fn write_model(path: &Path, bytes: &[u8]) -> Result<()> {
    let instead = if path.exists() { ", replacing the old file" } else { "" };
    write_file(path, bytes)?;
    note(&format!("saved {}{instead}", path.display()));
    Ok(())
}

/// Saves the model, where its folder refuses it in the first of some other places that takes it, which is returned.
fn save_model(path: &Path, bytes: &[u8]) -> Result<Option<PathBuf>> {
    let Err(error) = write_model(path, bytes) else { return Ok(None) };
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = format!("{name}-{}.safetensors", std::process::id()); // replaces nothing that is there
    let places = [Some(PathBuf::from(".")), std::env::home_dir(), Some(std::env::temp_dir())];
    for path in places.into_iter().flatten().map(|folder| folder.join(&name)) {
        if write_file(&path, bytes).is_ok() {
            note(&format!("{error}; the model was saved as {} instead", path.display()));
            return Ok(Some(path));
        }
    }
    Err(error)
}

/// Keeps a run that an error ended, and says so in the error.
fn rescue(session: &Session, paths: &OutputPaths, error: Error) -> Error {
    let step = session.status().step;
    if step == 0 {
        return error;
    }
    match session.checkpoint().and_then(|bytes| save_model(&paths.model(LAST), &bytes)) {
        Ok(elsewhere) => {
            let path = elsewhere.unwrap_or_else(|| paths.model(LAST));
            Error::new(format!(
                "{error}; the run up to step {} is kept in {}",
                thousands(step as usize),
                path.display()
            ))
        }
        Err(other) => Error::new(format!("{error}; the run could not be kept ({other})")),
    }
}

/// Paints held-out images beside the network's outputs and their targets: many on one sheet, and some in files of their own.
fn paint(session: &mut Session, folder: &Path, name: &str) -> Result<()> {
    let mut indices = session.run().examples(session.data(), session.data().held_out());
    if indices.is_empty() {
        indices = session.run().examples(session.data(), Split::Train);
    }
    if session.run().abilities().contains(&Ability::Exchange) {
        letter_sheet::paint(session, &indices, &folder.join(format!("{name}-rounds.png")))?;
    }
    // Evenly spaced: neighbours often have the same class.
    let chosen = evenly(indices.len(), SHEET);
    let views: Vec<_> =
        chosen.map(|number| session.viewer().example(indices[number] as usize)).collect::<Result<_>>()?;
    let groups: Vec<Vec<Tile>> = views.iter().filter_map(tiles).collect();
    ContactSheet::of_groups(&groups).write(&folder.join(format!("{name}.png")))?;
    for (index, group) in groups.chunks(1).take(SINGLES).enumerate() {
        ContactSheet::of_groups(group).write(&folder.join(format!("{name}-{:02}.png", index + 1)))?;
    }
    note(&format!("painted {}", folder.join(format!("{name}.png")).display()));
    Ok(())
}

/// The input, the output, and for a pair the target.
fn tiles(view: &ExampleView) -> Option<Vec<Tile<'_>>> {
    let &ExampleView { width, height, output_width, output_height, .. } = view;
    let of_output = |pixels| Tile { pixels, width: output_width, height: output_height };
    let input = Tile { pixels: &view.input, width, height };
    let target = view.target.as_deref().map(of_output);
    Some([input, of_output(view.output.as_deref()?)].into_iter().chain(target).collect())
}
