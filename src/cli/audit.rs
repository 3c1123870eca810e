//! `neurarium doctor`: checks a data set and offers fixes; shows what augmentation does to its images.

use std::path::Path;
use std::time::Instant;

use neurarium::config::Config;
use neurarium::data::audit::{AuditContext, DataAudit, Finding, FindingKind, Fix};
use neurarium::data::{Batch, Dataset, Loaded, ResizeMode, Split};
use neurarium::error::{Error, Result};
use neurarium::evenly::evenly;
use neurarium::par;
use neurarium::session::{Command, Journal, JournalHeader};
use neurarium::shape::Shape;
use neurarium::words::counted;

use super::contact_sheet::{ContactSheet, Tile};
use super::failure::CommandResult;
use super::output::{Outcome, folder, say, write_file};
use super::progress::{TerminalProgress, note};
use super::{data, interrupt};

/// Groups of images, and images of a group, that are listed by name.
const MOST_GROUPS: usize = 5;
const MOST_NAMES: usize = 4;
/// Pairs on the sheet that shows augmentation.
const SHEET: usize = 24;

pub fn audit(path: &Path, config: &Config) -> CommandResult {
    interrupt::listen();
    Ok(par::with_threads(config.threads(), || run(path, config.clone()))?)
}

fn run(path: &Path, config: Config) -> Result<Outcome> {
    let begin = Instant::now();
    let loaded = data::load(path, &config).map_err(|failed| {
        data::note_skipped(&failed.report);
        failed.error
    })?;
    let Loaded { mut dataset, report } = loaded;
    dataset.divide(&config.division());
    let mut audit = DataAudit::new(&dataset);
    let mut progress = TerminalProgress::new(1);
    while audit.advance(&dataset)? != 0 {
        if interrupt::requested() {
            return Err(Error::new("stopped while comparing images; nothing was written"));
        }
        let (done, total) = audit.progress();
        progress.update(done as u64, total as u64, || format!("comparing images, {} %", 100 * done / total.max(1)));
    }
    progress.finish();
    let context = AuditContext {
        by: config.division().by,
        balanced: config.balances_classes(),
        fitted: config.load_options().resize == ResizeMode::Fit,
    };
    let findings = audit.finish(&dataset, &report, context);
    findings.iter().for_each(|finding| print(finding, &dataset));
    if findings.is_empty() {
        say(format!("{}: {}, no problems found", dataset.name, counted(dataset.len(), "image")));
    }
    if !config.journal().is_empty() {
        write_journal(Path::new(config.journal()), &findings, &dataset, config.clone())?;
    }
    if !config.augment().is_none() {
        paint(&config, &dataset)?;
    }
    let mut outcome = Outcome::default();
    outcome.count("images", dataset.len());
    outcome.count("findings", findings.len());
    for kind in FindingKind::ALL {
        let found = findings.iter().find(|finding| finding.kind == kind);
        outcome.count(kind.name(), found.map_or(0, |finding| finding.count));
    }
    outcome.number("seconds", begin.elapsed().as_secs_f64());
    Ok(outcome)
}

fn print(finding: &Finding, data: &Dataset) {
    let severity = finding.severity.name();
    say(format!("{severity:<8} {}", finding.text));
    for group in finding.groups.iter().take(MOST_GROUPS) {
        let name = |&index: &u32| format!("{} ({})", data.names[index as usize], data.splits[index as usize].name());
        let more = if MOST_NAMES < group.len() { ", ..." } else { "" };
        say(format!("         {}{more}", group.iter().take(MOST_NAMES).map(name).collect::<Vec<_>>().join(", ")));
    }
    for (label, fix) in &finding.fixes {
        let how = match fix {
            Fix::Set(settings) => {
                settings.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
            }
            _ => "journal=FILE writes it to a journal".into(),
        };
        say(format!("         {label}: {how}"));
    }
}

/// Writes the first fix of every fault and warning, for training to follow.
fn write_journal(path: &Path, findings: &[Finding], data: &Dataset, mut config: Config) -> Result<()> {
    let of = data.len();
    let mut commands = Vec::new();
    for finding in findings {
        match finding.fixes.first().filter(|_| finding.severity.matters()) {
            Some((_, Fix::Set(settings))) => {
                settings.iter().try_for_each(|(key, value)| config.set(key, value))?;
            }
            Some((_, Fix::Drop(examples))) => {
                commands.push(Command::Move { examples: examples.clone(), of, split: Split::Dropped });
            }
            Some((_, Fix::Move(examples, split))) => {
                commands.push(Command::Move { examples: examples.clone(), of, split: *split });
            }
            None => {}
        }
    }
    let mut journal = Journal::new(JournalHeader::new(config.seed(), &data.name, 0, config.recipe()));
    commands.into_iter().for_each(|command| journal.push(0, command, false, None));
    write_file(path, journal.print().as_bytes())?;
    note(&format!("wrote {}; neurarium train journal={} applies it", path.display(), path.display()));
    Ok(())
}

/// Paints training images beside augmented ones, and the targets that were moved with these.
fn paint(config: &Config, data: &Dataset) -> Result<()> {
    let training = data.indices(Split::Train);
    let indices: Vec<u32> = evenly(training.len(), SHEET).map(|n| training[n]).collect();
    let bytes = |x: &[f32]| -> Vec<u8> { x.iter().map(|x| (x * 255.0 + 0.5) as u8).collect() };
    let mut batch = Batch::default();
    data.batch(&indices, &mut batch);
    let before = bytes(&batch.x);
    config.augment().apply(&mut batch, &indices, data, config.seed());
    let (after, targets) = (bytes(&batch.x), bytes(&batch.target.y));
    let group = |n: usize| {
        let pictures = [(&before, Some(data.shape)), (&after, Some(data.shape)), (&targets, data.target_shape())];
        pictures.into_iter().filter_map(|(pixels, shape)| Some(tile(pixels, shape?, n))).collect()
    };
    let groups: Vec<Vec<Tile>> = (0..indices.len()).map(group).collect();
    let path = folder("output-directory", config.output_directory())?.join("augmented.png");
    ContactSheet::of_groups(&groups).write(&path)?;
    note(&format!("painted {}", path.display()));
    Ok(())
}

/// Picture `n` of several.
fn tile(pixels: &[u8], shape: Shape, n: usize) -> Tile<'_> {
    Tile { pixels: &pixels[n * shape.len()..][..shape.len()], width: shape.width, height: shape.height }
}
