//! From arguments to a command, and from its result to the exit status.

use std::ffi::OsString;
use std::process::ExitCode;

use neurarium::config::{KEYS, Key};
use neurarium::error::Error;
use neurarium::nearest::nearest;
use neurarium::network::draft;

use super::arguments::{files, paths, paths_and_settings, settings};
use super::export_options::ExportOptions;
use super::failure::{CommandResult, Failure};
use super::help::{self, COMMANDS};
use super::output::{Outcome, is_written, say, say_lines};
use super::{
    alphabet, audit, edit, eval, export, export_options, heads, info, licences, map, predict, progress, range, render,
    report, run, surgery, train,
};

pub fn main(arguments: Vec<OsString>) -> ExitCode {
    match dispatch(&arguments) {
        Ok(outcome) => {
            outcome.print();
            if is_written() { ExitCode::SUCCESS } else { ExitCode::from(1) }
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

fn dispatch(arguments: &[OsString]) -> CommandResult {
    let Some((name, rest)) = arguments.split_first() else {
        let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        return Err(Failure::usage("which command?", &format!("try neurarium help, or one of {}", names.join(", "))));
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
        return Err(Failure::usage(&format!("there is no command \"{name}\""), &hint));
    };
    if rest.iter().any(|argument| argument == "-h" || argument == "--help") {
        return help(&arguments[..1]);
    }
    match command.name {
        "train" => train::train(&settings(command, rest)?),
        "range" => range::range(&settings(command, rest)?),
        "eval" => {
            let ([model], rest) = paths(command, rest)?;
            eval::eval(&model, &settings(command, rest)?)
        }
        "heads" => {
            let ([model], rest) = paths(command, rest)?;
            heads::heads(&model, &settings(command, rest)?)
        }
        "run" => {
            let ([model, input, output], rest) = paths(command, rest)?;
            let is_limit = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"work-limit=");
            let (limit, rest): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(is_limit);
            let [embedding, embedding_output] = files(command, &rest, ["embedding", "embedding-output"])?;
            let config = settings(command, &limit)?;
            run::run([&model, &input, &output], config, embedding.as_deref(), embedding_output.as_deref())
        }
        "predict" => {
            let ([model, folder, output], rest) = paths(command, rest)?;
            predict::predict(&model, &folder, &output, settings(command, rest)?)
        }
        "export" => {
            let ([model, output], rest) = paths(command, rest)?;
            let (options, rest): (Vec<_>, Vec<_>) = rest.iter().cloned().partition(export_options::is_option);
            let options = ExportOptions::read(&output, &options)?;
            export::export(&model, &output, &options, &settings(command, &rest)?)
        }
        "edit" => {
            let ([model, journal, output], rest) = paths(command, rest)?;
            edit::edit(&model, &journal, &output, &settings(command, rest)?)
        }
        "surgery" => {
            let ([model, output, operation], rest) = paths(command, rest)?;
            surgery::operate(&model, &output, &operation.to_string_lossy(), &settings(command, rest)?)
        }
        "render" => {
            let ([model, output], rest) = paths(command, rest)?;
            render::render(&model, &output, &settings(command, rest)?)
        }
        "alphabet" => {
            let ([model, output], rest) = paths(command, rest)?;
            alphabet::alphabet(&model, &output, &settings(command, rest)?)
        }
        "report" => {
            let (mut files, chosen) = paths_and_settings(rest);
            let Some(output) = files.pop().filter(|_| !files.is_empty()) else {
                let sentence = Error::expected("neurarium report", "a model and a name for the page", rest.len());
                return Err(Failure::usage(&sentence.to_string(), &help::usage(command)));
            };
            report::report(&files, &output, &settings(command, &chosen)?)
        }
        "map" => {
            let ([model, output], rest) = paths(command, rest)?;
            map::map(&model, &output, &settings(command, rest)?)
        }
        "doctor" => {
            let ([data], rest) = paths(command, rest)?;
            audit::audit(&data, &settings(command, rest)?)
        }
        "info" => {
            let ([file], rest) = paths(command, rest)?;
            info::info(&file, &settings(command, rest)?)
        }
        "licences" => {
            let ([], []) = paths(command, rest)? else {
                let sentence = Error::expected("neurarium licences", "no arguments", rest.len()).to_string();
                return Err(Failure::usage(&sentence, &help::usage(command)));
            };
            Ok(licences::licences())
        }
        _ => help(rest),
    }
}

fn help(arguments: &[OsString]) -> CommandResult {
    let mut outcome = Outcome::default();
    let name = match arguments {
        [] => {
            say_lines(&help::overview());
            outcome.count("keys", KEYS.len());
            return Ok(outcome);
        }
        [name] => name.to_string_lossy(),
        _ => {
            let sentence = Error::expected("neurarium help", "one word", arguments.len()).to_string();
            return Err(Failure::usage(&sentence, "usage: neurarium help [KEY or COMMAND]"));
        }
    };
    if name == "layers" {
        say_lines(&help::layers());
        outcome.count("layers", draft::KINDS.len());
        return Ok(outcome);
    }
    if let Some(command) = COMMANDS.iter().find(|command| command.name == name) {
        say_lines(&help::command(command));
        outcome.word("command", command.name);
        return Ok(outcome);
    }
    let commands = || COMMANDS.iter().map(|command| command.name);
    let words = commands().chain(["layers"]).chain(KEYS.iter().map(|key| key.name));
    let key = Key::find(&name).map_err(|error| match nearest(&name, words) {
        Some(near) if near == "layers" || commands().any(|command| command == near) => {
            Error::new(format!("unknown command \"{name}\"; did you mean {near}?"))
        }
        _ => error,
    })?;
    say_lines(&help::key(key));
    outcome.word("key", key.name);
    outcome.word("default", key.default);
    Ok(outcome)
}
