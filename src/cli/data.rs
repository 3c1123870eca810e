//! Files to examples: walks the input, hands the loader a few files at a time, and says what was left out.

use std::path::Path;

use neurarium::data::{Failed, LoadOptions, Loaded, Loader, Report};
use neurarium::error::{Error, Result};
use neurarium::network::preset::Task;

use super::progress::{Progress, note};
use super::{interrupt, walk};

/// So many bytes or files are read ahead of the loader, enough to keep all threads at work.
const BYTES_AHEAD: usize = 32 << 20;
const FILES_AHEAD: usize = 256;

/// How many of the files that were left out are told while training; `info` tells all.
const MOST_TOLD: usize = 20;

/// Reads a folder, a zip, IDX files or one picture.
pub fn load(input: &Path, options: LoadOptions) -> std::result::Result<Loaded, Failed> {
    let failed = |error| Failed { error, report: Report::default() };
    let files = walk::walk(input).map_err(failed)?;
    let named = input.canonicalize().unwrap_or_else(|_| input.into());
    let name = named.file_name().unwrap_or(named.as_os_str()).to_string_lossy();
    let mut loader = Loader::new(&name, options);
    let mut progress = Progress::new(files.len() as u64);
    let (mut bytes_ahead, mut files_ahead) = (0, 0);
    for (index, file) in files.iter().enumerate() {
        match walk::read(file) {
            Ok(bytes) => {
                bytes_ahead += bytes.len();
                files_ahead += 1;
                loader.push(file.name.clone(), bytes);
            }
            Err(reason) => loader.skip(file.name.clone(), reason),
        }
        if BYTES_AHEAD <= bytes_ahead || FILES_AHEAD <= files_ahead || index + 1 == files.len() {
            (bytes_ahead, files_ahead) = (0, 0);
            let unread = files.len() - index - 1;
            catch_up(&mut loader, unread, &mut progress).map_err(failed)?;
        }
    }
    progress.finish();
    loader.finish()
}

/// Lets the loader work until it wants more files.
fn catch_up(loader: &mut Loader, unread: usize, progress: &mut Progress) -> Result<()> {
    while loader.pending() {
        if interrupt::asked() {
            return Err(Error::new("stopped while the images were read; nothing was trained or written"));
        }
        let now = loader.advance()?;
        let total = (now.total + unread) as u64;
        progress.update(now.done as u64, total, || format!("reading {} of {total} files  {}", now.done, now.current));
    }
    Ok(())
}

/// Tells what was read, and what was not.
pub fn tell(loaded: &Loaded) {
    let Loaded { dataset, report } = loaded;
    let size = mebibytes(report.bytes);
    note(&format!(
        "{}: {} images of {} from {} files, {size}",
        dataset.name,
        dataset.len(),
        dataset.shape,
        report.files
    ));
    report.notes.iter().for_each(|text| note(text));
    tell_skipped(report);
}

/// Tells the first of the files that were left out.
pub fn tell_skipped(report: &Report) {
    for skipped in report.skipped.iter().take(MOST_TOLD) {
        note(&format!("left out {}: {}", skipped.path, skipped.reason));
    }
    if MOST_TOLD < report.skipped_count {
        note(&format!("left out {} more; neurarium info lists them", report.skipped_count - MOST_TOLD));
    }
}

pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

pub fn task_name(task: Task) -> &'static str {
    match task {
        Task::Autoencoder => "autoencoder",
        Task::Classifier => "classifier",
    }
}
