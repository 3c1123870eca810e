//! Figures of networks for letters, on the held-out families of faces.
//!
//! | figure | what it is |
//! |---|---|
//! | `field_l1` | mean distance of the fields that were made from those of the font, of 0..=1 |
//! | `iou` | what both letters cover as a share of what either covers |
//! | `letter_accuracy` | share of the letters made that a recogniser reads as the right letter of the right case |
//! | `letter_ceiling` | the same for the letters of the fonts, which is all that can be asked |
//! | `cycle_l1` | mean distance of a letter made into the other case and back from where it began |
//! | `point_error` | of letters that are points: half the sum of the squared differences, as `loss=sum-squares` has it |
//! | `permissive_error` | the same where the points are assigned as suits them best, as `loss=permissive` has it |
//!
//! Letters that are points are painted as fields for all other figures.
//!
//! The recogniser, a small convolutional network, is trained here on the letters that the networks were trained on.

use std::time::Instant;

use neurarium::config::Config;
use neurarium::data::letters::{LetterFrame, POINT_VALUES, are_points, assigned, is_inside, seen};
use neurarium::data::{Dataset, Families, Frame, Loaded, Overrides, Report, Split};
use neurarium::error::Result;
use neurarium::metrics::Scored;
use neurarium::session::{Learner, Run, Session, bytes_of};
use neurarium::words::{counted, significant};

use super::interrupt;
use super::output::Outcome;
use super::progress::{TerminalProgress, note};

/// Settings of the recogniser; letters that were made are not exactly where those of fonts are.
const RECOGNISER: &str = "model=classifier-cnn\nepochs=12\nbatch-size=64\naugment-shift=0.06\naugment-zoom=0.1\n";
/// Keys that decide which letters are held out.
const DIVISION: &[&str] = &["seed", "validation-split", "test-split", "split-by", "split-group"];
/// Milliseconds of training between two looks at the signals.
const SLICE: f64 = 100.0;

/// The figures of one network.
struct Figures {
    letters: usize,
    field_l1: f64,
    iou: f64,
    accuracy: f64,
    ceiling: f64,
    cycle_l1: f64,
    /// The plain and the permissive error of points.
    points: Option<[f64; 2]>,
}

/// Adds the figures of both networks and the mean of them, where the session has networks for letters.
pub fn add_to(outcome: &mut Outcome, session: &Session) -> Result<()> {
    let runs: Vec<&Run> = session.networks().collect();
    let [one, other] = runs[..] else { return Ok(()) };
    let data = session.data();
    if one.examples(data, data.held_out()).is_empty() {
        return Ok(());
    }
    // Fields of letters that are points.
    let painted = are_points(data.shape).then(|| data.letters_as(LetterFrame::default())).transpose()?;
    let fields = painted.as_ref().unwrap_or(data);
    let Some(recogniser) = recogniser(session, fields)? else { return Ok(()) };
    let mut all = Vec::new();
    for [run, back] in [[one, other], [other, one]] {
        let figures = measure(run, back, [data, fields], recogniser.run())?;
        let Figures { letters, field_l1, iou, accuracy, ceiling, cycle_l1, .. } = figures;
        note(&format!(
            "{}: {} of held-out families: field L1 {}, IoU {}, read right {} of {} that are right in fonts, cycle L1 {}",
            super::data::task_name(run.objective().task),
            counted(letters, "letter"),
            significant(field_l1),
            significant(iou),
            significant(accuracy),
            significant(ceiling),
            significant(cycle_l1),
        ));
        all.push(figures);
    }
    let mean = |of: fn(&Figures) -> f64| all.iter().map(of).sum::<f64>() / all.len() as f64;
    outcome.number("field_l1", mean(|found| found.field_l1));
    outcome.number("iou", mean(|found| found.iou));
    outcome.number("letter_accuracy", mean(|found| found.accuracy));
    outcome.number("letter_ceiling", mean(|found| found.ceiling));
    outcome.number("cycle_l1", mean(|found| found.cycle_l1));
    if painted.is_some() {
        for (name, which) in [("point_error", 0), ("permissive_error", 1)] {
            let errors = all.iter().filter_map(|found| found.points).map(|errors| errors[which]);
            outcome.number(name, errors.sum::<f64>() / all.len() as f64);
        }
    }
    Ok(())
}

/// A network that reads letters, trained on the training letters; `None` if it was interrupted.
fn recogniser(session: &Session, fields: &Dataset) -> Result<Option<Session>> {
    let mut config = Config::parse(RECOGNISER)?;
    for key in DIVISION {
        config.set(key, session.config().get(key)?)?;
    }
    let loaded = Loaded { dataset: fields.clone(), report: Report::default() };
    let mut recogniser = Session::with_data(config, loaded)?;
    let start = Instant::now();
    let clock = move || start.elapsed().as_secs_f64() * 1000.0;
    let mut progress = TerminalProgress::new(100);
    while recogniser.finished().is_none() {
        if interrupt::requested() {
            progress.finish();
            return Ok(None);
        }
        recogniser.train(SLICE, &clock)?;
        let status = recogniser.status();
        let share = 100.0 * status.epoch / status.epochs as f64;
        progress.update(share as u64, 100, || "training a recogniser of letters".into());
    }
    progress.finish();
    Ok(Some(recogniser))
}

/// Measures one network; `back` undoes what it makes. `fields` are the letters of `data` as fields.
fn measure(run: &Run, back: &Run, [data, fields]: [&Dataset; 2], recogniser: &Run) -> Result<Figures> {
    let examples = run.examples(data, data.held_out());
    let partners = data.partners();
    let wanted: Vec<u32> = examples.iter().map(|&example| partners[example as usize]).collect();
    let made = made_by(run, data, &examples);
    let values_of = |data: &Dataset, examples: &[u32]| {
        let mut x = Vec::new();
        data.pixels_of(examples, &mut x);
        x
    };
    let painted = |made: &[f32]| -> Vec<f32> {
        made.chunks_exact(data.shape.len()).flat_map(|letter| seen(letter, data.shape).into_owned()).collect()
    };
    let points = are_points(data.shape).then(|| point_errors(&made, &values_of(data, &wanted)));
    let fields_made = painted(&made);
    let (wanted_fields, begun) = (values_of(fields, &wanted), values_of(fields, &examples));
    let accuracy = |scored: Vec<Scored>, classes: &[u32]| {
        let right = scored.iter().zip(classes).filter(|(scored, class)| scored.predicted() == Some(**class)).count();
        right as f64 / classes.len().max(1) as f64
    };
    let classes: Vec<u32> = wanted.iter().map(|&letter| data.labels[letter as usize]).collect();
    let (to_read, to_return) = (letters(fields, &fields_made, &classes), letters(data, &made, &classes));
    let numbers: Vec<u32> = (0..classes.len() as u32).collect();
    let figures = Figures {
        letters: examples.len(),
        field_l1: distance(&fields_made, &wanted_fields),
        iou: iou(&fields_made, &wanted_fields, fields.shape.len()),
        accuracy: accuracy(recogniser.learner.scores(numbers.clone(), &to_read), &classes),
        ceiling: accuracy(recogniser.learner.scores(wanted, fields), &classes),
        cycle_l1: distance(&painted(&made_by(back, &to_return, &numbers)), &begun),
        points,
    };
    data.check_read()?;
    Ok(figures)
}

/// The plain and the permissive error of letters that are points: means over the letters.
fn point_errors(made: &[f32], wanted: &[f32]) -> [f64; 2] {
    let error = |made: &[f32], target: &[f32]| -> f64 {
        0.5 * made.iter().zip(target).map(|(made, target)| f64::from(made - target).powi(2)).sum::<f64>()
    };
    let letters = || made.chunks_exact(POINT_VALUES).zip(wanted.chunks_exact(POINT_VALUES));
    let plain: f64 = letters().map(|(made, wanted)| error(made, wanted)).sum();
    let permissive: f64 = letters().map(|(made, wanted)| error(made, &assigned(made, wanted))).sum();
    [plain, permissive].map(|sum| sum / letters().count().max(1) as f64)
}

/// What the network of a run makes of these examples, `[examples, height, width]` within 0..=1.
fn made_by(run: &Run, data: &Dataset, examples: &[u32]) -> Vec<f32> {
    let mut made = vec![0.0; examples.len() * data.shape.len()];
    if let Learner::Network(learner) = &run.learner {
        let (trainer, network) = (learner.trainer(), learner.network());
        trainer.make(network, data, examples, &mut made);
    }
    made.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
    made
}

/// Letters that were made, as data.
fn letters(like: &Dataset, made: &[f32], classes: &[u32]) -> Dataset {
    let count = classes.len();
    Dataset {
        name: "letters made".into(),
        shape: like.shape,
        pixels: bytes_of(made).into(),
        frames: vec![Frame::whole(like.shape); count],
        labels: classes.to_vec(),
        classes: like.classes.clone(),
        numbers: Default::default(),
        families: Families::default(),
        pictures: Default::default(),
        splits: vec![Split::Test; count],
        names: vec![String::new(); count],
        has_validation: false,
        has_test: true,
        overrides: Overrides::default(),
    }
}

fn distance(one: &[f32], other: &[f32]) -> f64 {
    let sum: f64 = one.iter().zip(other).map(|(one, other)| f64::from((one - other).abs())).sum();
    sum / one.len().max(1) as f64
}

/// The mean over letters of the share of what either covers that both cover; 1 where neither covers anything.
fn iou(made: &[f32], wanted: &[f32], len: usize) -> f64 {
    let of_letter = |(made, wanted): (&[f32], &[f32])| {
        let (mut both, mut either) = (0u32, 0u32);
        for (&made, &wanted) in made.iter().zip(wanted) {
            let (made, wanted) = (is_inside(made), is_inside(wanted));
            both += u32::from(made && wanted);
            either += u32::from(made || wanted);
        }
        if either == 0 { 1.0 } else { f64::from(both) / f64::from(either) }
    };
    let letters = made.chunks_exact(len).zip(wanted.chunks_exact(len));
    letters.map(of_letter).sum::<f64>() / (made.len() / len).max(1) as f64
}
