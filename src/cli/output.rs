//! Output: lines on standard output, and files that are never half written.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use neurarium::error::{Error, Result};
use neurarium::words::{is_order, printable, significant};

use super::progress::note;

/// Whether something could not be written to standard output, which was reported then.
static FAILED: AtomicBool = AtomicBool::new(false);

/// Writes one line to standard output; names from files cannot break it or reach the terminal with orders. A reader that
/// has gone away (`| head`) is not an error, a full disk is.
pub fn say(line: impl Display) {
    let line = line.to_string();
    let written = writeln!(std::io::stdout().lock(), "{}", printable(&line));
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
        && !FAILED.swap(true, Ordering::Relaxed)
    {
        note(&format!("standard output: cannot be written ({error})"));
    }
}

/// Writes the lines of a text that contains no foreign names.
pub fn say_lines(text: &str) {
    text.trim_end().lines().for_each(say);
}

/// Whether all that was said has been written.
pub fn is_written() -> bool {
    !FAILED.load(Ordering::Relaxed)
}

/// Letters of a file's name in that of its partial file; a letter has up to four of the 255 bytes of a name.
const MOST_LETTERS: usize = 50;

/// The last line of every command: `result key=value ...`.
#[derive(Default)]
pub struct Outcome {
    pairs: Vec<(&'static str, String)>,
}

impl Outcome {
    pub fn count(&mut self, name: &'static str, value: impl TryInto<u64>) {
        self.pairs.push((name, value.try_into().unwrap_or(u64::MAX).to_string()));
    }

    /// Six significant digits; nothing if there is no such number.
    pub fn number(&mut self, name: &'static str, value: impl Into<Option<f64>>) {
        if let Some(value) = value.into() {
            self.pairs.push((name, significant(value)));
        }
    }

    /// Spaces, which would end the value, become underscores.
    pub fn word(&mut self, name: &'static str, value: &str) {
        let plain = value.chars().map(|c| if c.is_whitespace() || is_order(c) { '_' } else { c });
        self.pairs.push((name, plain.collect()));
    }

    pub fn print(&self) {
        say(self);
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("result")?;
        self.pairs.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// Writes a whole file or nothing: writes under another name first, then renames.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let part = part_of(path);
    let written = std::fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        let _ = std::fs::remove_file(&part); // a partial file is useless
        unwritable(path, error)
    })
}

/// Fails where a file at `path` could not be written. What is there stays.
pub fn probe(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Err(Error::expected(path.display(), "a place for a file", "a folder of that name"));
    }
    if let Err(error) = std::fs::symlink_metadata(path)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(unwritable(path, error)); // such as a name that is too long
    }
    let part = part_of(path);
    std::fs::File::create(&part).and_then(|_| std::fs::remove_file(&part)).map_err(|error| unwritable(path, error))
}

/// Removes the partial files of a program that was killed while it wrote this file. No other program may be writing it.
pub fn remove_parts(path: &Path) {
    let Some(folder) = path.parent() else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let start = format!("{}.", part_name(path));
    for entry in entries.flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let id = found.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".part"));
        if id.is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit())) {
            let _ = std::fs::remove_file(entry.path()); // no harm if it cannot be removed
        }
    }
}

/// The file under whose name another one is written.
fn part_of(path: &Path) -> PathBuf {
    path.with_file_name(format!("{}.{}.part", part_name(path), std::process::id()))
}

/// The start of a partial file's name: that of the file, which may itself be as long as names can be.
fn part_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().chars().take(MOST_LETTERS).collect()
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(format!("{}: cannot be written ({error})", path.display()))
}

/// Creates the folder if it does not exist, so that a mistake shows before hours of training and not after.
pub fn folder(key: &str, path: &str) -> Result<PathBuf> {
    let path = PathBuf::from(if path.is_empty() { "." } else { path });
    match std::fs::create_dir_all(&path) {
        Ok(()) => Ok(path),
        Err(error) => Err(Error::new(format!("{key}: the folder {} cannot be created ({error})", path.display()))),
    }
}

/// Refuses file names other than PNG, the only format written.
pub fn check_png(path: &Path) -> Result<()> {
    let is_png = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png"));
    if is_png { Ok(()) } else { Err(Error::expected("output image", "a name that ends in .png", path.display())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_significant_digits_and_no_exponent() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (0.001_234_567_89, "0.00123457"),
            (18.512_345_6, "18.5123"),
            (99.999_999, "100"),
            (123_456_789.0, "123456789"),
            (-2.5, "-2.5"),
            (1e-12, "0.000000000001"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(significant(value), text);
        }
    }

    #[test]
    fn words_of_the_result_have_no_spaces() {
        let mut outcome = Outcome::default();
        outcome.word("class", "big dog\n");
        outcome.number("psnr", None);
        assert_eq!(outcome.to_string(), "result class=big_dog_");
    }
}
