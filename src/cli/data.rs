//! From files to examples: lists the input, feeds the loader a few files at a time, and reports what was skipped.

use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use neurarium::config::Config;
use neurarium::data::{Failed, KnownSides, LITTER, Loaded, Loader, MemoryBudget, Pixels, Report, Split, is_litter};
use neurarium::error::{Error, Result};
use neurarium::network::Task;
use neurarium::words::counted;

use super::progress::{TerminalProgress, note};
use super::storage::FileStorage;
use super::{input_files, interrupt, memory};

/// Bytes and files read ahead of the loader, enough to keep all threads busy.
const BYTES_AHEAD: usize = 32 << 20;
const FILES_AHEAD: usize = 256;

/// Skipped files listed before training; `info` lists all.
const MOST_LISTED: usize = 20;

/// Reads a folder, a zip, IDX files or one image. Pixels that do not fit into memory go to the cache.
pub fn load(input: &Path, config: &Config) -> std::result::Result<Loaded, Failed> {
    let failed = |error| Failed { error, report: Report::default() };
    let files = input_files::list(input).map_err(failed)?;
    let path = input.canonicalize().unwrap_or_else(|_| input.into());
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let budget = memory_budget(&files, config).map_err(failed)?;
    let mut loader = Loader::with_budget(&name, config.load_options(), budget).map_err(failed)?;
    let mut sides = KnownSides::default();
    files.iter().for_each(|file| sides.note(&file.name));
    loader.announce(sides);
    let mut progress = TerminalProgress::new(files.len() as u64);
    let (mut bytes_ahead, mut files_ahead) = (0, 0);
    for (index, file) in files.iter().enumerate() {
        if is_litter(&file.name) {
            loader.skip(file.name.clone(), LITTER);
        } else if !loader.knows(&file.name, file.len) {
            match input_files::read(file) {
                Ok(bytes) => {
                    bytes_ahead += bytes.len();
                    files_ahead += 1;
                    loader.push(file.name.clone(), bytes);
                }
                Err(reason) => loader.skip(file.name.clone(), reason),
            }
        }
        if BYTES_AHEAD <= bytes_ahead || FILES_AHEAD <= files_ahead || index + 1 == files.len() {
            (bytes_ahead, files_ahead) = (0, 0);
            let unread = files.len() - index - 1;
            catch_up(&mut loader, unread, &mut progress).map_err(failed)?;
        }
    }
    loader.close();
    catch_up(&mut loader, 0, &mut progress).map_err(failed)?;
    progress.finish();
    loader.finish()
}

/// The memory that the images may take, and the cache file they go to if it is not enough.
fn memory_budget(files: &[input_files::InputFile], config: &Config) -> Result<MemoryBudget> {
    let mut fingerprint = config.load_options().fingerprint();
    for file in files {
        // An image that was changed has another date.
        let about = std::fs::metadata(&file.path).and_then(|about| about.modified());
        let modified = about.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
        fingerprint.add(&file.name, file.len, modified.as_nanos() as u64);
    }
    let storage = FileStorage::open(Path::new(config.cache_directory()), &fingerprint.file_name())?;
    Ok(MemoryBudget { memory: memory_cap(config), files: files.len(), storage: Some((Arc::new(storage), fingerprint)) })
}

fn memory_cap(config: &Config) -> usize {
    if config.memory_cap() == 0 { memory::free() / 2 } else { config.memory_cap() }
}

/// Lets the loader work until it needs more files.
fn catch_up(loader: &mut Loader, unread: usize, progress: &mut TerminalProgress) -> Result<()> {
    while loader.pending() {
        if interrupt::requested() {
            return Err(Error::new("stopped while reading images; those decoded into the cache are kept"));
        }
        let now = loader.advance()?;
        let total = now.total + unread;
        progress.update(now.done as u64, total as u64, || match now.arranging {
            true => format!("arranging {} of {} in memory", now.done, counted(total, "image")),
            false => format!("reading {} of {}  {}", now.done, counted(total, "file"), now.current),
        });
    }
    Ok(())
}

/// Notes what was read, where its pixels are kept and why, and what was skipped; remarks come when they are divided.
pub fn note_loaded(loaded: &Loaded, config: &Config) {
    let Loaded { dataset, report } = loaded;
    let size = mebibytes(report.bytes);
    note(&format!(
        "{}: {} of {} from {}, {size}",
        dataset.name,
        counted(dataset.len(), if dataset.pictures.is_empty() { "image" } else { "image pair" }),
        dataset.shape,
        counted(report.files, "file")
    ));
    note(&storage_note(loaded, config));
    note_skipped(report);
}

/// `44.9 MiB of pixels, more than the memory-cap of 16.0 MiB: streamed from cache (45.1 MiB on disk)`.
fn storage_note(loaded: &Loaded, config: &Config) -> String {
    let pixels = mebibytes(loaded.dataset.pixel_bytes());
    let cap = mebibytes(memory_cap(config) as u64);
    let why = if config.memory_cap() == 0 { ", half of what is free" } else { "" };
    let (window, data) = (config.shuffle_window(), &loaded.dataset);
    let order = match data.count(Split::Train) * data.example_len() {
        bytes if window < bytes => format!(", shuffled within a window of {}", mebibytes(window as u64)),
        _ => String::new(),
    };
    match &loaded.dataset.pixels {
        Pixels::Memory(_) => format!("{pixels} of pixels, in memory (memory-cap is {cap}{why}){order}"),
        Pixels::Packed(_) => {
            let packed = mebibytes(data.memory_bytes() as u64);
            format!("{pixels} of pixels, packed into {packed} of memory (memory-cap is {cap}{why}){order}")
        }
        Pixels::Cached(cache) => {
            let reused = match loaded.report.reused {
                0 => String::new(),
                count => format!("; {} were decoded before", counted(count, "image")),
            };
            format!(
                "{pixels} of pixels, more than the memory-cap of {cap}{why}: streamed from {} ({} on disk{reused}){order}",
                config.cache_directory(),
                mebibytes(cache.stored_bytes())
            )
        }
    }
}

/// Notes the first skipped files.
pub fn note_skipped(report: &Report) {
    for skipped in report.skipped.iter().take(MOST_LISTED) {
        note(&format!("skipped {}: {}", skipped.path, skipped.reason));
    }
    if MOST_LISTED < report.skipped_count {
        note(&format!("skipped {} more; neurarium info lists them", report.skipped_count - MOST_LISTED));
    }
}

pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

pub fn task_name(task: Task) -> &'static str {
    match task {
        Task::Autoencoder => "autoencoder",
        Task::Classifier => "classifier",
        Task::Regressor => "regressor",
        Task::ImageToImage => "image to image",
        Task::MakeLowercase => "capital to small letter",
        Task::MakeUppercase => "small letter to capital",
    }
}
