//! Arguments of a command: leading paths, `KEY=FILE` pairs, and settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use neurarium::config::{Config, Key};
use neurarium::error::{Error, Result};
use neurarium::network::draft;

use super::failure::Failure;
use super::help::{self, CommandHelp};
use super::input_files;

/// The first `N` arguments, which are paths, and the rest.
pub fn paths<'a, const N: usize>(
    command: &CommandHelp,
    arguments: &'a [OsString],
) -> std::result::Result<([PathBuf; N], &'a [OsString]), Failure> {
    match arguments.split_first_chunk::<N>() {
        Some((paths, rest)) => {
            if let Some(setting) = paths.iter().find(|path| is_setting(path)) {
                let got = format!("the setting \"{}\"", setting.to_string_lossy());
                return Err(misused(command, "files before settings", &got));
            }
            Ok((paths.each_ref().map(PathBuf::from), rest))
        }
        None => Err(misused(command, &format!("{N} arguments"), &arguments.len().to_string())),
    }
}

/// Whether an argument in the place of a path is a setting: such a file would have been named on purpose.
fn is_setting(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    text.split_once('=').is_some_and(|(key, _)| Key::find(key).is_ok()) && !Path::new(argument).exists()
}

/// Any number of paths with settings between and after them.
pub fn paths_and_settings(arguments: &[OsString]) -> (Vec<PathBuf>, Vec<OsString>) {
    let is_key = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    let (mut paths, mut settings) = (Vec::new(), Vec::new());
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let pair = text.strip_prefix("--").unwrap_or(&text).split_once('=');
        if pair.is_some_and(|(key, _)| is_key(key)) {
            settings.push(argument.clone());
        } else if text.starts_with("--") {
            settings.extend([argument].into_iter().chain(rest.next()).cloned());
        } else {
            paths.push(argument.into());
        }
    }
    (paths, settings)
}

/// The files of `KEY=FILE` arguments, for these keys and no others.
pub fn files<const N: usize>(
    command: &CommandHelp,
    arguments: &[OsString],
    keys: [&str; N],
) -> std::result::Result<[Option<PathBuf>; N], Failure> {
    let mut found = [const { None }; N];
    for argument in arguments {
        let text = argument.to_string_lossy();
        let pair = text.split_once('=').and_then(|(key, file)| Some((keys.iter().position(|k| *k == key)?, file)));
        match pair {
            Some((index, file)) if !file.is_empty() => found[index] = Some(PathBuf::from(file)),
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

/// Settings from `KEY=VALUE`, `--KEY=VALUE` or `--KEY VALUE` arguments and, for training, config files; later ones win.
/// The shell has read quotes and comments, so a value is everything after the `=`.
pub fn settings(command: &CommandHelp, arguments: &[OsString]) -> std::result::Result<Config, Failure> {
    let mut config = Config::default();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let text = argument.to_string_lossy();
        let option = text.strip_prefix("--");
        match (option.unwrap_or(&text).split_once('='), option) {
            (Some(_), _) if argument.to_str().is_none() => {
                return Err(Error::expected(text, "text in UTF-8", "other bytes").into());
            }
            (Some((key, value)), _) => config.set(key, value)?,
            (None, Some(key)) => {
                let key = Key::find(key)?;
                match rest.next().map(|value| value.to_str()) {
                    Some(Some(value)) => config.set(key.name, value)?,
                    Some(None) => return Err(Error::expected(key.name, "text in UTF-8", "other bytes").into()),
                    None => return Err(Error::expected(key.name, key.expects(), "nothing").into()),
                }
            }
            (None, None) if ["train", "range"].contains(&command.name) => {
                read_config(&mut config, Path::new(argument))?;
            }
            (None, None) => return Err(misused(command, "KEY=VALUE", &format!("\"{text}\""))),
        }
    }
    read_architecture(&mut config)?;
    Ok(config)
}

/// Reads the architecture from a file where the setting names one.
fn read_architecture(config: &mut Config) -> Result<()> {
    let path = Path::new(config.architecture()).to_path_buf();
    if config.architecture().is_empty() || !path.is_file() {
        return Ok(());
    }
    let text = input_files::read_text(&path, "a text file of layers")?;
    config.set("architecture", &draft::on_one_line(&text))
}

fn read_config(config: &mut Config, path: &Path) -> Result<()> {
    let text = input_files::read_text(path, "a text file of KEY=VALUE lines")?;
    config.read(&text).map_err(|error| error.within(path.display()))
}

fn misused(command: &CommandHelp, expected: &str, got: &str) -> Failure {
    let sentence = Error::expected(format!("neurarium {}", command.name), expected, got).to_string();
    Failure::usage(&sentence, &help::usage(command))
}
