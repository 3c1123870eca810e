//! `neurarium range`: charts the loss against the learning rate and suggests a rate.

use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::{FindRange, RangeTest};
use neurarium::words;

use super::failure::CommandResult;
use super::interrupt;
use super::model_source::ModelSource;
use super::open_session::open_session;
use super::output::{Outcome, say, say_lines};
use super::work;

/// Characters of the longest bar.
const BAR: f64 = 50.0;

pub fn range(config: &Config) -> CommandResult {
    interrupt::listen();
    let source = ModelSource::find(config.model())?;
    Ok(par::with_threads(config.threads(), || run(source, config.clone()))?)
}

fn run(source: ModelSource, config: Config) -> Result<Outcome> {
    let mut session = open_session(source, config)?;
    let begin = Instant::now();
    let words = |done, total| format!("step {done} of {total}");
    if !work::run_job(&mut session, FindRange {}, words, interrupt::requested)? {
        return Err(Error::new("the range test was interrupted"));
    }
    let found = session.range_test().cloned().unwrap_or_default();
    say_lines(&chart(&found));
    let mut outcome = Outcome::default();
    outcome.count("steps", found.rates.len());
    outcome.number("seconds", begin.elapsed().as_secs_f64());
    outcome.number("learning_rate", found.proposal);
    outcome.number("safe_rate", found.safe);
    if found.proposal.is_none() {
        say("The loss falls at no rate, so none is suggested.");
    }
    Ok(outcome)
}

/// Every fourth step as a line: rate, smoothed loss, a bar.
fn chart(found: &RangeTest) -> String {
    let finite = || found.smoothed.iter().copied().filter(|loss| loss.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(0.0, f64::max));
    let span = (high - low).max(f64::MIN_POSITIVE);
    let nearest = found.proposal.and_then(|proposal| found.rates.iter().position(|&rate| rate == proposal));
    let safe = found.safe.and_then(|safe| found.rates.iter().rposition(|&rate| rate <= safe));
    let line = |at: usize| {
        let (rate, loss) = (found.rates[at], found.smoothed[at]);
        let bar = "#".repeat((BAR * (loss - low) / span) as usize);
        let mark = if nearest.is_some_and(|nearest| nearest / 4 == at / 4) { "  <- suggested" } else { "" };
        let is_bound = safe.is_some_and(|safe| safe / 4 == at / 4);
        let bound = if is_bound { "  <- steps are stable up to here, where the network is now" } else { "" };
        format!("{:<12} {:<10} {bar}{mark}{bound}\n", words::rate(rate), words::significant(loss))
    };
    let head = format!("{:<12} {}\n", "rate", "loss (smoothed)");
    (0..found.rates.len()).step_by(4).fold(head, |text, at| text + &line(at)).trim_end().into()
}
