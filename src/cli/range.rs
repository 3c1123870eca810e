//! `neurarium range`: draws the loss against the learning rate, and proposes one.

use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::{FindRange, RangeTest};
use neurarium::words;

use super::experiment::{self, ModelSource};
use super::output::{Outcome, say, significant};
use super::{Done, interrupt, work};

/// Letters of the longest bar.
const BAR: f64 = 50.0;

pub fn range(config: &Config) -> Done {
    interrupt::listen();
    let source = ModelSource::find(config.model())?;
    Ok(par::with_threads(config.threads(), || run(source, config.clone()))?)
}

fn run(source: ModelSource, config: Config) -> Result<Outcome> {
    let mut session = experiment::session(source, config)?;
    let begin = Instant::now();
    let words = |done, total| format!("step {done} of {total}");
    if !work::run_job(&mut session, FindRange {}, words, interrupt::asked)? {
        return Err(Error::new("the range test was interrupted"));
    }
    let found = session.range_test().cloned().unwrap_or_default();
    say(chart(&found));
    let mut outcome = Outcome::default();
    outcome.count("steps", found.rates.len());
    outcome.number("seconds", begin.elapsed().as_secs_f64());
    outcome.number("learning_rate", found.proposal);
    if found.proposal.is_none() {
        say("The loss falls at no rate; there is none to propose.");
    }
    Ok(outcome)
}

/// Every fourth step as a line: rate, smoothed loss, a bar.
fn chart(found: &RangeTest) -> String {
    let finite = || found.smoothed.iter().copied().filter(|loss| loss.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let span = (high - low).max(f64::MIN_POSITIVE);
    let nearest = found.proposal.and_then(|proposal| found.rates.iter().position(|&rate| rate == proposal));
    let line = |at: usize| {
        let (rate, loss) = (found.rates[at], found.smoothed[at]);
        let bar = "#".repeat((BAR * (loss - low) / span) as usize);
        let mark = if nearest.is_some_and(|nearest| nearest / 4 == at / 4) { "  <- proposed" } else { "" };
        format!("{:<12} {:<10} {bar}{mark}\n", words::rate(rate), significant(loss))
    };
    let head = format!("{:<12} {}\n", "rate", "loss (smoothed)");
    (0..found.rates.len()).step_by(4).fold(head, |text, at| text + &line(at)).trim_end().into()
}
