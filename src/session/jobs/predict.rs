//! A table of what a learner, as it was when the job began, says about every image.
//!
//! A classifier: `path,class,confidence`, then one column for the probability of each class. A network for numbers: `path`,
//! then one column for each number.

use serde::Deserialize;
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::error::{Error, Result};
use crate::network::Task;
use crate::session::run::Answers;

/// Requests the table.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct Predict {}

pub struct PredictionTable {
    rows: csv::Writer<Vec<u8>>,
    answers: Answers,
    classifies: bool,
    done: usize,
    count: usize,
    /// The whole table, once it is finished.
    text: String,
}

/// Milliseconds of work in a slice.
const SLICE: f64 = 10.0;

impl JobRequest for Predict {
    const KIND: &'static str = "predict";
    type Job = PredictionTable;

    fn begin(self, at: &mut JobContext) -> Result<PredictionTable> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let task = run.objective().task;
        if !matches!(task, Task::Classifier | Task::Regressor) {
            return Err(Error::expected("predictions", "a network for classes or numbers", "one that makes images"));
        }
        if data.shape != run.network().input() {
            return Err(Error::expected("predictions", format!("images of {}", run.network().input()), data.shape));
        }
        let classifies = task == Task::Classifier;
        let mut table = PredictionTable {
            rows: csv::Writer::from_writer(Vec::new()),
            answers: run.learner.answers(),
            classifies,
            done: 0,
            count: data.len(),
            text: String::new(),
        };
        let begin: &[&str] = if classifies { &["path", "class", "confidence"] } else { &["path"] };
        table.write(begin.iter().copied().chain(run.classes.iter().map(String::as_str)))?;
        Ok(table)
    }
}

impl PredictionTable {
    /// The table as CSV; empty until it is finished.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn write<'a>(&mut self, row: impl Iterator<Item = &'a str>) -> Result<()> {
        self.rows.write_record(row).map_err(|error| Error::new(format!("the table cannot be written ({error})")))
    }
}

impl Job for PredictionTable {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let end = (at.clock)() + SLICE;
        while self.done < self.count {
            let (data, index) = (at.viewer.data, self.done);
            data.prepare(&[index as u32], 1)?;
            let image = data.example(index).into_owned();
            data.check_read()?;
            let values = self.answers.to(&image)?;
            let numbers: Vec<String> = values.iter().map(f32::to_string).collect();
            let best = (0..values.len()).max_by(|&a, &b| values[a].total_cmp(&values[b]).then(b.cmp(&a)));
            let mut row = vec![data.names[index].as_str()];
            if let Some(best) = best.filter(|_| self.classifies) {
                row.extend([at.viewer.run.classes[best].as_str(), &numbers[best]]);
            }
            self.write(row.into_iter().chain(numbers.iter().map(String::as_str)))?;
            self.done += 1;
            if end <= (at.clock)() {
                return Ok(true);
            }
        }
        let rows = std::mem::replace(&mut self.rows, csv::Writer::from_writer(Vec::new()));
        let bytes = rows.into_inner().map_err(|error| Error::new(format!("the table cannot be written ({error})")))?;
        self.text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        (self.done, self.count)
    }

    fn result(&self) -> Value {
        json!({ "table": self.text })
    }
}
