//! Measures a network on held-out images: shows progress, adds the figures to the result, prints tables.

use neurarium::data::Split;
use neurarium::error::Result;
use neurarium::metrics::{Confusion, Interval};
use neurarium::session::{ClassReport, Evaluate, ExampleFilter, MeasuredExample, Measurement, Session};
use neurarium::words::{counted, printable, significant};

use super::output::Outcome;
use super::work;

/// With more classes there is no confusion matrix, only the pairs confused most.
const MOST_COLUMNS: usize = 30;
const MOST_PAIRS: usize = 10;
const MOST_EXAMPLES: usize = 10;

/// The figures on the held-out images.
pub struct HeldOut {
    /// Number of images measured in all.
    pub images: usize,
    /// On the split that results are reported on: the test images if there are any, else the validation images.
    pub measured: Option<Measurement>,
    val_loss: Option<f64>,
    /// The influence of each input, where there are few.
    influence: Vec<f64>,
}

/// Measures the validation split and the one that results are reported on.
pub fn held_out(session: &mut Session) -> Result<HeldOut> {
    let split = session.data().held_out();
    let mut splits = vec![Split::Validation, split];
    splits.dedup();
    splits.retain(|&split| session.data().count(split) != 0);
    for &split in &splits {
        measure(session, split)?;
    }
    let (validation, measured) = (session.measurement(Split::Validation), session.measurement(split));
    Ok(HeldOut {
        images: splits.iter().map(|&split| session.data().count(split)).sum(),
        // Without validation images the test images are the next best.
        val_loss: validation.as_ref().or(measured.as_ref()).map(|found| found.figures.loss),
        influence: if measured.is_some() { session.influence()? } else { Vec::new() },
        measured,
    })
}

fn measure(session: &mut Session, split: Split) -> Result<()> {
    let words = |done, total| format!("measuring {done} of {}", counted(total, "image"));
    work::run_job(session, Evaluate { split }, words, || false).map(|_| ())
}

impl HeldOut {
    /// Adds the figures. `accuracy_low` and `accuracy_high`, those of psnr and those of mse are the ends of the 95 % interval.
    pub fn add_to(&self, outcome: &mut Outcome) {
        outcome.number("val_loss", self.val_loss);
        let Some(measured) = &self.measured else { return };
        let figures = &measured.figures;
        for (value, interval, [name, low, high]) in [
            (figures.accuracy, measured.accuracy_interval, ["accuracy", "accuracy_low", "accuracy_high"]),
            (figures.psnr, measured.psnr_interval, ["psnr", "psnr_low", "psnr_high"]),
            (figures.mse, measured.mse_interval, ["mse", "mse_low", "mse_high"]),
        ] {
            outcome.number(name, value);
            outcome.number(low, interval.map(|interval| interval.low));
            outcome.number(high, interval.map(|interval| interval.high));
        }
        outcome.number("f1", figures.f1);
        outcome.number("ece", measured.calibration.as_ref().map(|found| found.ece));
        outcome.number("ssim", figures.ssim);
        outcome.number("identity_psnr", figures.identity);
        outcome.number("mae", figures.mae);
        outcome.number("r2", figures.r2);
        if !self.influence.is_empty() {
            let shares: Vec<String> = self.influence.iter().map(|&share| significant(share)).collect();
            outcome.word("influence", &shares.join(","));
        }
        outcome.word("split", measured.split);
        outcome.count("measured", figures.examples);
    }
}

/// The measurement as the lines of some tables.
pub fn table(measured: &Measurement, session: &Session) -> Vec<String> {
    let figures = &measured.figures;
    let mut lines =
        vec![format!("{}, with 95 % intervals", counted(figures.examples, &format!("{} image", measured.split)))];
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let mut line = |name: &str, value: Option<f64>, interval: Option<Interval>, write: &dyn Fn(f64) -> String| {
        let Some(value) = value else { return };
        let ends = interval.map(|ends| format!("  {} to {}", write(ends.low), write(ends.high)));
        lines.push(format!("  {name:<9} {:>9}{}", write(value), ends.unwrap_or_default()));
    };
    line("loss", Some(figures.loss), measured.loss_interval, &brief);
    line("accuracy", figures.accuracy, measured.accuracy_interval, &percent);
    line("F1", figures.f1, None, &percent);
    line("ECE", measured.calibration.as_ref().map(|found| found.ece), None, &percent);
    line("PSNR", figures.psnr, measured.psnr_interval, &|value| format!("{value:.2} dB"));
    line("identity", figures.identity, None, &|value| format!("{value:.2} dB"));
    line("SSIM", figures.ssim, measured.ssim_interval, &brief);
    line("MSE", figures.mse, measured.mse_interval, &brief);
    line("MAE", figures.mae, None, &brief);
    line("R²", figures.r2, None, &brief);
    if let (Some(classes), Some(confusion)) = (&measured.classes, &measured.confusion) {
        lines.extend(class_table(classes));
        lines.extend(confusion_table(classes, confusion));
        lines.extend(pairs(classes, &measured.mixed_up));
    }
    let (_, worst) = session.worst(session.data().held_out(), ExampleFilter::default(), 0, MOST_EXAMPLES);
    lines.extend(example_table(&worst, session.data().classes.as_slice()));
    lines
}

fn class_table(classes: &[ClassReport]) -> Vec<String> {
    let width = name_width(classes);
    let mut lines = vec![String::new(), format!("{:<width$}  images  precision   recall       F1", "class")];
    let percent = |share: Option<f64>| share.map_or("-".into(), |share| format!("{:.1} %", 100.0 * share));
    for ClassReport { name, score } in classes {
        let [precision, recall, f1] = [score.precision, score.recall, score.f1].map(percent);
        lines.push(format!("{:<width$}  {:>6}  {precision:>9}  {recall:>7}  {f1:>7}", cut(name), score.examples));
    }
    lines
}

/// A row for each true class, a column for each predicted one.
fn confusion_table(classes: &[ClassReport], confusion: &Confusion) -> Vec<String> {
    if MOST_COLUMNS < classes.len() {
        return Vec::new();
    }
    let width = name_width(classes);
    let cell = confusion.counts().iter().max().map_or(1, |most| most.to_string().len()).max(4);
    let head = |class: &ClassReport| format!(" {:>cell$}", cut(&class.name).chars().take(cell).collect::<String>());
    let mut lines = vec![String::new(), format!("{:<width$}  predicted", "true class")];
    lines.push(format!("{:<width$}", "") + &classes.iter().map(head).collect::<String>());
    for (row, class) in confusion.counts().chunks_exact(classes.len()).zip(classes) {
        let count = |&count: &u32| format!(" {:>cell$}", if count == 0 { ".".into() } else { count.to_string() });
        lines.push(format!("{:<width$}", cut(&class.name)) + &row.iter().map(count).collect::<String>());
    }
    lines
}

fn pairs(classes: &[ClassReport], mixed_up: &[(usize, usize, u32)]) -> Vec<String> {
    if mixed_up.is_empty() {
        return Vec::new();
    }
    let line = |&(label, predicted, count): &(usize, usize, u32)| {
        format!("  {count:>5} of {} predicted as {}", classes[label].name, classes[predicted].name)
    };
    let lines = mixed_up.iter().take(MOST_PAIRS).map(line);
    [String::new(), "most confused".into()].into_iter().chain(lines).collect()
}

fn example_table(worst: &[MeasuredExample], classes: &[String]) -> Vec<String> {
    let line = |one: &MeasuredExample| {
        let verdict = match (one.label, one.predicted, one.confidence) {
            (Some(truth), Some(named), Some(confidence)) => {
                let name = |class: u32| &classes[class as usize];
                let sure = 100.0 * confidence;
                format!("{} predicted as {}, {sure:.1} % sure", name(truth), name(named))
            }
            _ if one.mse.is_some() => {
                format!("mean error {}", brief(one.mae.map_or(0.0, f64::from)))
            }
            _ => {
                let than = one.identity.map_or(String::new(), |psnr| format!(", the input {psnr:.2} dB"));
                format!("{:.2} dB, SSIM {:.3}{than}", one.psnr.unwrap_or(0.0), one.ssim.unwrap_or(0.0))
            }
        };
        format!("  {:>9}  {}  {verdict}", brief(one.loss), one.name)
    };
    [String::new(), "largest losses".into()].into_iter().chain(worst.iter().map(line)).collect()
}

/// Four significant digits.
fn brief(value: f64) -> String {
    let unit = 10f64.powi(value.abs().max(1e-12).log10().floor() as i32 - 3);
    significant((value / unit).round() * unit)
}

/// Letters of a class name shown in a table.
const MOST_LETTERS: usize = 20;

fn cut(name: &str) -> String {
    printable(name).chars().take(MOST_LETTERS).collect()
}

fn name_width(classes: &[ClassReport]) -> usize {
    classes.iter().map(|class| cut(&class.name).chars().count()).max().unwrap_or(0).max("true class".len())
}
