//! `neurarium range`: charts the loss against the learning rate and suggests a rate.

use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::RangeTest;
use neurarium::words;

use super::failure::CommandResult;
use super::interrupt;
use super::model_source::ModelSource;
use super::open_session::open_session;
use super::output::{Outcome, say, significant};
use super::progress::TerminalProgress;

/// Milliseconds of work between two looks at the signals and the progress bar.
const SLICE: f64 = 100.0;
/// Characters of the longest bar.
const BAR: f64 = 50.0;

pub fn range(config: &Config) -> CommandResult {
    interrupt::listen();
    let source = ModelSource::find(config.model())?;
    Ok(par::with_threads(config.threads(), || run(source, config.clone()))?)
}

fn run(source: ModelSource, config: Config) -> Result<Outcome> {
    let mut session = open_session(source, config)?;
    session.find_range()?;
    let begin = Instant::now();
    let clock = move || begin.elapsed().as_secs_f64() * 1000.0;
    let mut progress = TerminalProgress::new(1);
    loop {
        let state = session.desk_advance(SLICE, &clock)?;
        if state.job.is_none() {
            break;
        }
        if interrupt::requested() {
            session.desk_cancel();
            return Err(Error::new("the range test was interrupted"));
        }
        let (done, total) = (state.advance.done, state.advance.total);
        progress.update(done as u64, total as u64, || format!("step {done} of {total}"));
    }
    progress.finish();
    let found = session.range_test().cloned().unwrap_or_default();
    say(chart(&found));
    let mut outcome = Outcome::default();
    outcome.count("steps", found.rates.len());
    outcome.number("seconds", begin.elapsed().as_secs_f64());
    outcome.number("learning_rate", found.proposal);
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
    let line = |at: usize| {
        let (rate, loss) = (found.rates[at], found.smoothed[at]);
        let bar = "#".repeat((BAR * (loss - low) / span) as usize);
        let mark = if nearest.is_some_and(|nearest| nearest / 4 == at / 4) { "  <- suggested" } else { "" };
        format!("{:<12} {:<10} {bar}{mark}\n", words::rate(rate), significant(loss))
    };
    let head = format!("{:<12} {}\n", "rate", "loss (smoothed)");
    (0..found.rates.len()).step_by(4).fold(head, |text, at| text + &line(at)).trim_end().into()
}
