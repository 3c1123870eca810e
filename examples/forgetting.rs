//! Teaches the first half of the classes, then the second half without showing the first again, and prints what is left
//! of the first: once with spiking columns, once with a perceptron, which see the same images in each half.
//!
//!     cargo run --release --example forgetting -- FILE...
//!
//! The files are a zip of images by class, or those of MNIST.

use neurarium::config::Config;
use neurarium::data::{LoadOptions, Loaded, Loader, Split};
use neurarium::error::{Error, Result};
use neurarium::session::{ClassReport, Evaluate, Resources, Session};

/// Examples shown of each half by default, and measurements meanwhile.
const EXAMPLES: usize = 600_000;
const MEASUREMENTS: usize = 4;
/// Columns with a quarter of their usual neurons, which learn the first half within seconds.
const SETTINGS: &str = "column-neurons=196\nepochs=0\nschedule=constant\nvalidation-split=0.1";

fn images(files: &[String]) -> Result<Loaded> {
    let mut loader = Loader::new("images", LoadOptions::default());
    for file in files {
        let bytes = std::fs::read(file).map_err(|error| Error::new(format!("{file}: {error}")))?;
        loader.push(file.rsplit('/').next().unwrap_or(file).into(), bytes);
    }
    loader.finish().map_err(|failed| failed.error)
}

/// The shares of the held-out images of each half of the classes that are read right.
fn halves(session: &mut Session) -> Result<[f64; 2]> {
    let split = session.data().held_out();
    session.run_job(Evaluate { split }, Resources { clock: &|| 0.0, free_memory: 1 << 30 })?;
    let classes = session.measurement(split).and_then(|measurement| measurement.classes).unwrap_or_default();
    let share = |classes: &[ClassReport]| {
        let (correct, examples) = classes
            .iter()
            .fold((0, 0), |(correct, all), class| (correct + class.score.correct, all + class.score.examples));
        f64::from(correct) / f64::from(examples.max(1))
    };
    let (first, second) = classes.split_at(classes.len() / 2);
    Ok([share(first), share(second)])
}

/// The training images of each half of the classes.
fn training_images(session: &Session) -> [Vec<u32>; 2] {
    let data = session.data();
    let middle = data.classes.len() as u32 / 2;
    data.indices(Split::Train).into_iter().fold(Default::default(), |mut halves: [Vec<u32>; 2], index| {
        halves[usize::from(middle <= data.labels[index as usize])].push(index);
        halves
    })
}

/// Rows of examples seen, and the shares of both halves after them.
fn course(model: &str, files: &[String], examples: usize) -> Result<Vec<(usize, [f64; 2])>> {
    let config = Config::parse(&format!("model={model}\n{SETTINGS}"))?;
    let mut session = Session::with_data(config, images(files)?)?;
    let halves_of_training = training_images(&session);
    let (mut seen, mut rows) = (0, Vec::new());
    for half in 0..2 {
        session.move_to(halves_of_training[half].clone(), Split::Train)?;
        session.move_to(halves_of_training[1 - half].clone(), Split::Dropped)?;
        for _ in 0..MEASUREMENTS {
            for _ in 0..(examples / MEASUREMENTS).div_ceil(session.config().batch_size()) {
                session.step_once(&|| 0.0)?;
            }
            seen += examples / MEASUREMENTS;
            rows.push((seen, halves(&mut session)?));
        }
    }
    Ok(rows)
}

/// Prints both courses; returns what is left of the first half at the first measurement of the second: with columns, and
/// with the perceptron.
pub fn compare(files: &[String], examples: usize) -> Result<[f64; 2]> {
    let columns = course("columns", files, examples)?;
    let perceptron = course("classifier-mlp", files, examples)?;
    println!("examples   columns: first, second half   perceptron: first, second half");
    for ((seen, [a, b]), (_, [c, d])) in columns.iter().zip(&perceptron) {
        println!("{seen:>8} {a:>17.3} {b:>13.3} {c:>21.3} {d:>13.3}");
    }
    let left = |rows: &[(usize, [f64; 2])], at: usize| rows[at].1[0] / rows[MEASUREMENTS - 1].1[0].max(1e-9);
    let of_both = |at: usize| [left(&columns, at), left(&perceptron, at)];
    let [early, late] = [MEASUREMENTS, 2 * MEASUREMENTS - 1].map(of_both);
    println!("left of the first half: columns {:.3}, then {:.3}; perceptron {:.3}", early[0], late[0], early[1]);
    Ok(early)
}

#[allow(dead_code)] // the tests call `compare`
pub fn main() -> Result<()> {
    let files: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    compare(&files, EXAMPLES).map(drop)
}
