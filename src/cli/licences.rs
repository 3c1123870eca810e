//! `neurarium licences`: prints the licence of the program and those of all it contains.

use super::output::{Outcome, say_lines};

const OWN: &str = include_str!("../../LICENSE");

/// Collected by `./build.sh licences`.
const NOTICES: &str = include_str!("../../NOTICES.txt");

pub fn licences() -> Outcome {
    say_lines(&format!("{OWN}\n{NOTICES}"));
    let mut outcome = Outcome::default();
    outcome.word("licence", env!("CARGO_PKG_LICENSE"));
    outcome
}
