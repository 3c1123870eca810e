//! Every kind of job, by name. A new kind needs a file beside this one and a line here.

use serde_json::Value;

use super::audit::Audit;
use super::encode::Encode;
use super::evaluate::Evaluate;
use super::forecast::PlanMemory;
use super::invert::Invert;
use super::job::{Job, JobContext, Request};
use super::jobs::Jobs;
use super::range::FindRange;
use crate::config::nearest;
use crate::error::{Error, Result};

type Begin = fn(Value, &mut JobContext) -> Result<Box<dyn Job>>;

const KINDS: &[(&str, Begin)] = &[
    kind::<Encode>(),
    kind::<Invert>(),
    kind::<FindRange>(),
    kind::<Evaluate>(),
    kind::<Audit>(),
    kind::<PlanMemory>(),
];

const fn kind<R: Request>() -> (&'static str, Begin) {
    (R::KIND, |request, at| {
        let request: R = serde_json::from_value(request)
            .map_err(|error| Error::new(format!("{}: the request cannot be read ({error})", R::KIND)))?;
        Ok(Box::new(request.begin(at)?))
    })
}

impl Jobs {
    /// Begins a job by the name of its kind, with its request as plain data.
    pub fn begin_named(&mut self, name: &str, request: Value, at: &mut JobContext) -> Result<u32> {
        let Some(&(kind, begin)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
            let near = nearest(name, KINDS.iter().map(|(kind, _)| *kind));
            return Err(Error::expected("job", near.unwrap_or("a known kind"), format!("\"{name}\"")));
        };
        let job = begin(request, at)?;
        Ok(self.add(kind, job, at))
    }
}
