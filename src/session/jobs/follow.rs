//! Where a network for letters leads: the shown letter, what it makes of that, what it makes of that, until letters repeat.
//!
//! Two letters are the same if their ink is, in one bit at twice the size. The end is found once the last letters,
//! [`SURE`] of them and two rounds of the cycle, are the same as those one cycle before; a cycle of one is a fixed point.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::checksum::Checksum;
use crate::data::letters;
use crate::error::{Error, Result};
use crate::layer::LOOK;
use crate::network::{Network, Pass};
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;
use crate::session::view::rgba;
use crate::train::Objective;

/// Rounds of a slice, and most rounds.
const TOGETHER: usize = 8;
const MOST: usize = 1000;
/// Letters that must repeat.
const SURE: usize = 16;
/// Most letters of a cycle that are shown.
const MOST_SHOWN: usize = 200;

/// Requests to follow the viewed network from the shown letter.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Follow {}

pub struct FollowedLetters {
    network: Network,
    objective: Objective,
    pass: Pass,
    letters: Vec<Vec<f32>>,
    /// A mark of each letter's ink.
    marks: Vec<u32>,
    end: Option<LetterCycle>,
}

/// The letters that come again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LetterCycle {
    /// The first round from which on letters repeat.
    pub from: usize,
    /// Number of letters until they repeat.
    pub period: usize,
}

/// How far the network was followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FollowedRounds {
    pub rounds: usize,
    pub cycle: Option<LetterCycle>,
}

impl JobRequest for Follow {
    const KIND: &'static str = "follow";
    type Job = FollowedLetters;

    fn begin(self, at: &mut JobContext) -> Result<FollowedLetters> {
        let objective = at.viewer.run.objective();
        let network = at.viewer.run.supervised()?.network().clone();
        let shown = at.viewer.shown_bytes();
        if objective.task.partner().is_none() || shown.len() != network.input().len() {
            return Err(Error::expected("letters to follow", "a network for letters, and a letter", "another"));
        }
        let letter: Vec<f32> = shown.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let pass = Pass::forward_only(&network, 1);
        let mut found = FollowedLetters { network, objective, pass, letters: Vec::new(), marks: Vec::new(), end: None };
        found.keep(letter);
        Ok(found)
    }
}

impl FollowedLetters {
    fn keep(&mut self, letter: Vec<f32>) {
        let shape = self.network.input();
        let ink = letters::ink(&letters::seen(&letter, shape), letters::shown_in(shape), 2);
        let mut mark = Checksum::default();
        mark.add(&ink.iter().map(|&grey| u8::from(grey < 128)).collect::<Vec<_>>());
        self.marks.push(mark.value());
        self.letters.push(letter);
        self.end = cycle(&self.marks);
    }

    pub fn found(&self) -> FollowedRounds {
        FollowedRounds { rounds: self.letters.len() - 1, cycle: self.end }
    }

    /// The letters of the cycle as RGBA of ink on paper, `scale` times as large as their fields, with width and height; the
    /// last letters where none was found.
    pub fn pictures(&self, scale: usize) -> (usize, usize, Vec<u8>) {
        let shape = self.network.input();
        let frame = letters::shown_in(shape);
        let count = self.end.map_or(1, |cycle| cycle.period).min(MOST_SHOWN);
        let last = &self.letters[self.letters.len() - count.min(self.letters.len())..];
        let drawn = |letter: &Vec<f32>| rgba(&letters::ink(&letters::seen(letter, shape), frame, scale), 1);
        (frame.width * scale, frame.height * scale, last.iter().flat_map(drawn).collect())
    }
}

/// The cycle at the end of these marks, if there is one.
fn cycle(marks: &[u32]) -> Option<LetterCycle> {
    let last = marks.len().checked_sub(1)?;
    let period = (1..=last).find(|period| marks[last - period] == marks[last])?;
    let repeats = (period..=last).rev().take_while(|&at| marks[at] == marks[at - period]).count();
    (SURE.max(2 * period) <= repeats).then_some(LetterCycle { from: last + 1 - repeats - period, period })
}

impl Job for FollowedLetters {
    fn advance(&mut self, _: &mut JobContext) -> Result<bool> {
        for _ in 0..TOGETHER {
            if self.end.is_some() || MOST < self.letters.len() {
                return Ok(false);
            }
            let Self { network, pass, letters, objective, .. } = self;
            network.read(pass, &letters[letters.len() - 1], &LOOK);
            network.forward(pass, &LOOK);
            let made = objective.seen(pass.output(), network);
            self.keep(made.into_iter().map(letters::clamped).collect());
        }
        Ok(true)
    }

    fn progress(&self) -> (usize, usize) {
        (self.letters.len() - 1, MOST)
    }

    fn result(&self) -> Value {
        json!(self.found())
    }

    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.learner.stamps();
        vec![learner.structure, learner.objective, data.stamps().images]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cycles_of_any_length_are_found_where_they_begin_and_nothing_else_is_one() {
        let way = |from: u32, period: u32, len: u32| -> Vec<u32> {
            (0..len).map(|at| if at < from { 1000 + at } else { (at - from) % period }).collect()
        };
        for (from, period) in [(0, 1), (7, 1), (3, 2), (20, 13), (5, 40)] {
            let marks = way(from, period, 300);
            let first = (1..=300).find_map(|len| cycle(&marks[..len])).unwrap();
            assert_eq!((first.from as u32, first.period as u32), (from, period));
        }
        assert_eq!(cycle(&(0..500).collect::<Vec<_>>()), None);
        // A letter that comes once more by chance is no cycle.
        assert_eq!(cycle(&[1, 2, 3, 1]), None);
        assert_eq!(cycle(&[]), None);
    }
}
