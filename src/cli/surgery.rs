//! `neurarium surgery`: one operation on a layer of a saved model, and what it does to the outputs.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::session::{Census, ChooseLines, Command, JobRequest, PreviewOperation, Session};
use neurarium::surgery::Operation;

use super::failure::CommandResult;
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::{Outcome, write_file};
use super::progress::note;
use super::{interrupt, work};

pub fn operate(model: &Path, output: &Path, text: &str, config: &Config) -> CommandResult {
    let mut session = open_session(ModelSource::open(model)?, config.clone())?;
    interrupt::listen();
    let operation = parse(text, &mut session)?;
    finish(&mut session, PreviewOperation { operation: operation.clone() })?;
    let effect = session.job::<PreviewOperation>().ok_or_else(|| Error::new("the preview is gone"))?.effect.clone();
    session.edit(&Command::Operate { operation }, false)?;
    write_file(output, &session.save()?)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, &session);
    outcome.count("parameters_before", effect.parameters[0]);
    outcome.count("pinned", effect.pinned[1]);
    outcome.count("multiply_adds_before", effect.work[0]);
    outcome.count("multiply_adds", effect.work[1]);
    outcome.number("difference", effect.difference.map(f64::from));
    outcome.count("equal", u64::from(effect.is_equal));
    Ok(outcome)
}

/// Works on a job to its end.
fn finish<R: JobRequest>(session: &mut Session, request: R) -> Result<()> {
    let words = |done: usize, total: usize| format!("looking, {} %", 100 * done / total.max(1));
    match work::run_job(session, request, words, interrupt::requested)? {
        true => Ok(()),
        false => Err(Error::new("the surgery was interrupted; nothing was changed")),
    }
}

/// Reads `widen:hidden:16`. Looks at the network where neurons are named by what they do.
fn parse(text: &str, session: &mut Session) -> Result<Operation> {
    let parts: Vec<&str> = text.split(':').collect();
    let wrong = |expected: &str| Error::expected("surgery", expected, format!("\"{text}\""));
    let &[verb, layer, ref rest @ ..] = parts.as_slice() else {
        return Err(wrong("an operation and a layer, as in widen:hidden:16"));
    };
    let block = session.network().find_block("surgery", "the name of a layer after the colon", layer)?;
    let plan = session.surgery_plan(block)?;
    let whole = |word: &str| word.parse::<usize>().map_err(|_| wrong("a whole number"));
    let seed = session.config().seed();
    Ok(match (verb, rest) {
        ("widen", []) => Operation::Widen { block, units: plan.more, copies: false, seed },
        ("widen", [units]) => Operation::Widen { block, units: whole(units)?, copies: false, seed },
        ("widen", [units, "copies"]) => Operation::Widen { block, units: whole(units)?, copies: true, seed },
        ("lines", [units]) => {
            finish(session, ChooseLines { block, units: whole(units)?, seed })?;
            let found = session.job::<ChooseLines>().ok_or_else(|| Error::new("the lines are gone"))?;
            Operation::Lines { block, pairs: found.found.pairs.clone() }
        }
        ("deepen", []) => Operation::Deepen { block, kernel: 1, linear: false },
        ("deepen", ["linear"]) => Operation::Deepen { block, kernel: 1, linear: true },
        ("deepen", [kernel]) => Operation::Deepen { block, kernel: whole(kernel)?, linear: false },
        ("cull", [which]) => Operation::Cull { block, units: chosen(session, block, which)? },
        ("recycle", [which]) => Operation::Recycle { block, units: chosen(session, block, which)?, seed },
        ("vacuum", []) => Operation::Vacuum { block, least: plan.threshold },
        ("vacuum", [least]) => Operation::Vacuum { block, least: least.parse().map_err(|_| wrong("a threshold"))? },
        ("thin", [keep, of]) => Operation::Thin { block, keep: whole(keep)?, of: whole(of)? },
        ("remove", []) => Operation::Remove { block, seed },
        _ => {
            return Err(wrong(
                "widen, lines, deepen, cull, recycle, vacuum, thin or remove with what neurarium help surgery says",
            ));
        }
    })
}

/// The neurons that are unread or silent, or so many of the weakest. Warns of those that few images need.
fn chosen(session: &mut Session, block: usize, which: &str) -> Result<Vec<usize>> {
    finish(session, Census { block })?;
    let found = &session.job::<Census>().ok_or_else(|| Error::new("the census is gone"))?.found;
    let units = match which {
        "unread" => found.unread.clone(),
        "silent" => found.silent.clone(),
        number => {
            let unknown =
                || Error::expected("surgery", "unread, silent or a number of neurons", format!("\"{which}\""));
            found.ranked[..number.parse::<usize>().map_err(|_| unknown())?.min(found.units)].to_vec()
        }
    };
    let rare = units.iter().filter(|unit| found.rare.contains(unit)).count();
    if 0 < rare {
        note(&format!("{rare} of the chosen neurons answer to less than 1 % of the images, which may need them"));
    }
    if units.is_empty() {
        return Err(Error::expected("surgery", format!("some neurons that are {which}"), "none"));
    }
    Ok(units)
}
