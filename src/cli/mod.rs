//! The commands. Each reads its arguments, asks the engine, and ends with one line `result key=value ...`.
//!
//! Results go to standard output, everything else to standard error. Exit status: 0 done (also after Ctrl-C), 1 a
//! mistake in what was given, told in one sentence, 2 wrong usage.

mod checkpoint;
mod code_file;
mod data;
mod doctor;
mod edit;
mod eval;
mod experiment;
mod help;
mod history;
mod info;
mod interrupt;
mod measure;
mod memory;
mod output;
mod picture;
mod progress;
mod range;
mod sheet;
mod shelf;
mod train;
mod walk;
mod work;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use neurarium::config::{Config, Key, nearest};
use neurarium::error::{Error, Result};
use neurarium::network::draft;

use help::{COMMANDS, CommandHelp};
use output::{Outcome, say};

/// How a command fails.
enum Failure {
    /// The command does not exist, or not with these arguments.
    Usage { sentence: String, hint: String },
    /// What was given does not work.
    Mistake(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Mistake(error)
    }
}

type Done = std::result::Result<Outcome, Failure>;

pub fn main(arguments: Vec<OsString>) -> ExitCode {
    match dispatch(&arguments) {
        Ok(outcome) => {
            outcome.tell();
            ExitCode::SUCCESS
        }
        Err(Failure::Mistake(error)) => {
            progress::note(&error.to_string());
            ExitCode::from(1)
        }
        Err(Failure::Usage { sentence, hint }) => {
            progress::note(&format!("{sentence}; {hint}"));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &[OsString]) -> Done {
    let Some((name, rest)) = arguments.split_first() else {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(usage_error("which command?", &format!("try neurarium help, or one of {}", names.join(", "))));
    };
    let name = name.to_string_lossy();
    if ["-h", "--help"].contains(&name.as_ref()) {
        return help(rest);
    }
    if ["-V", "--version"].contains(&name.as_ref()) {
        say(format!("neurarium {}", env!("CARGO_PKG_VERSION")));
        let mut outcome = Outcome::default();
        outcome.word("version", env!("CARGO_PKG_VERSION"));
        return Ok(outcome);
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        let hint = match nearest(&name, COMMANDS.iter().map(|command| command.name)) {
            Some(near) => format!("did you mean neurarium {near}?"),
            None => "neurarium help lists them all".into(),
        };
        return Err(usage_error(&format!("there is no command \"{name}\""), &hint));
    };
    if rest.iter().any(|argument| argument == "-h" || argument == "--help") {
        return help(&arguments[..1]);
    }
    match command.name {
        "train" => train::train(&settings(command, rest)?),
        "range" => range::range(&settings(command, rest)?),
        "eval" => {
            let ([model], rest) = places(command, rest)?;
            eval::eval(&model, &settings(command, rest)?)
        }
        "run" => {
            let ([model, input, output], rest) = places(command, rest)?;
            let [embedding, embedding_output] = files(command, rest, ["embedding", "embedding-output"])?;
            picture::run(&model, &input, &output, embedding.as_deref(), embedding_output.as_deref())
        }
        "edit" => {
            let ([model, journal, output], rest) = places(command, rest)?;
            edit::edit(&model, &journal, &output, &settings(command, rest)?)
        }
        "render" => {
            let ([model, output], rest) = places(command, rest)?;
            picture::render(&model, &output, &settings(command, rest)?)
        }
        "doctor" => {
            let ([data], rest) = places(command, rest)?;
            doctor::doctor(&data, &settings(command, rest)?)
        }
        "info" => {
            let ([file], rest) = places(command, rest)?;
            info::info(&file, &settings(command, rest)?)
        }
        _ => help(rest),
    }
}

fn help(arguments: &[OsString]) -> Done {
    let mut outcome = Outcome::default();
    let [name] = arguments else {
        say(help::overview().trim_end());
        outcome.count("keys", neurarium::config::KEYS.len());
        return Ok(outcome);
    };
    let name = name.to_string_lossy();
    if name == "layers" {
        say(help::layers().trim_end());
        outcome.count("layers", draft::KINDS.len());
        return Ok(outcome);
    }
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        say(help::command(command).trim_end());
        outcome.word("command", command.name);
        return Ok(outcome);
    }
    let key = Key::find(&name)?;
    say(help::key(key).trim_end());
    outcome.word("key", key.name);
    outcome.word("default", key.default);
    Ok(outcome)
}

/// The first `N` arguments, which name files, and the rest.
fn places<'a, const N: usize>(
    command: &CommandHelp,
    arguments: &'a [OsString],
) -> std::result::Result<([PathBuf; N], &'a [OsString]), Failure> {
    match arguments.split_first_chunk::<N>() {
        Some((places, rest)) => Ok((places.each_ref().map(PathBuf::from), rest)),
        None => Err(misused(command, &format!("{N} arguments"), &arguments.len().to_string())),
    }
}

/// The files that `KEY=FILE` arguments name, for these keys and no others.
fn files<const N: usize>(
    command: &CommandHelp,
    arguments: &[OsString],
    keys: [&str; N],
) -> std::result::Result<[Option<PathBuf>; N], Failure> {
    let mut found = [const { None }; N];
    for argument in arguments {
        let text = argument.to_string_lossy();
        let named = text.split_once('=').and_then(|(key, file)| Some((keys.iter().position(|k| *k == key)?, file)));
        match named {
            Some((place, file)) if !file.is_empty() => found[place] = Some(PathBuf::from(file)),
            _ => {
                return Err(misused(
                    command,
                    &keys.map(|key| format!("{key}=FILE")).join(" or "),
                    &format!("\"{text}\""),
                ));
            }
        }
    }
    Ok(found)
}

/// Settings from `KEY=VALUE` arguments and, for training, config files; later wins.
fn settings(command: &CommandHelp, arguments: &[OsString]) -> std::result::Result<Config, Failure> {
    let mut config = Config::default();
    for argument in arguments {
        match argument.to_str() {
            Some(text) if text.contains('=') => config.assign(text)?,
            _ if ["train", "range"].contains(&command.name) => read_config(&mut config, Path::new(argument))?,
            _ => return Err(misused(command, "KEY=VALUE", &format!("\"{}\"", argument.to_string_lossy()))),
        }
    }
    read_architecture(&mut config)?;
    Ok(config)
}

/// An architecture may be a file of layers, one a line.
fn read_architecture(config: &mut Config) -> Result<()> {
    let path = Path::new(config.architecture()).to_path_buf();
    if config.architecture().is_empty() || !path.is_file() {
        return Ok(());
    }
    let text = String::from_utf8(walk::read_named(&path)?)
        .map_err(|_| Error::expected(path.display(), "a text file of layers", "bytes that are no text"))?;
    config.set("architecture", &draft::on_one_line(&text))
}

fn read_config(config: &mut Config, path: &Path) -> Result<()> {
    let bytes = walk::read_named(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::expected(path.display(), "a text file of KEY=VALUE lines", "bytes that are no text"))?;
    config.read(&text).map_err(|error| error.within(path.display()))
}

fn misused(command: &CommandHelp, expected: &str, got: &str) -> Failure {
    let sentence = Error::expected(format!("neurarium {}", command.name), expected, got).to_string();
    usage_error(&sentence, &help::usage(command))
}

fn usage_error(sentence: &str, hint: &str) -> Failure {
    Failure::Usage { sentence: sentence.into(), hint: hint.into() }
}
