//! Where the parameters of a changed network came from: the one result of every structural change.

use std::ops::Range;

use crate::error::Result;
use crate::progress::Progress;

/// For each new parameter the old one it came from, or that it is new: as runs, since a change leaves whole rows of a
/// matrix together, and a network may have a quarter of a milliard parameters.
///
/// Whatever runs parallel to `theta` (moments, pins, selections) is carried across by [`Remap::carry`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remap {
    runs: Vec<ParameterRun>,
}

/// Parameters that follow each other in both networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterRun {
    /// Where they lie now.
    pub to: Range<usize>,
    /// Where the first of them lay; `None`: they are new.
    pub from: Option<usize>,
}

impl ParameterRun {
    /// Where they lay.
    pub fn origin(&self) -> Option<Range<usize>> {
        self.from.map(|from| from..from + self.to.len())
    }
}

impl Remap {
    pub fn identity(param_len: usize) -> Self {
        let mut remap = Self::default();
        remap.push(Some(0), param_len);
        remap
    }

    /// The next `len` parameters came from those at `from` on, or are new.
    pub fn push(&mut self, from: Option<usize>, len: usize) {
        let start = self.len();
        if let Some(last) = self.runs.last_mut()
            && from == last.from.map(|from| from + last.to.len())
        {
            last.to.end += len;
        } else if 0 < len {
            self.runs.push(ParameterRun { to: start..start + len, from });
        }
    }

    /// All new parameters in their order.
    pub fn runs(&self) -> &[ParameterRun] {
        &self.runs
    }

    /// Number of new parameters, in all.
    pub fn len(&self) -> usize {
        self.runs.last().map_or(0, |last| last.to.end)
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Values that run parallel to the old parameters, laid out for the new ones; `fresh` where new. The progress hears of
    /// the old ones.
    pub fn carry<T: Copy>(&self, old: &[T], fresh: T, progress: &Progress) -> Result<Vec<T>> {
        let (mut carried, mut copied) = (Vec::with_capacity(self.len()), 0);
        for run in &self.runs {
            match run.origin() {
                Some(origin) => {
                    copied += origin.len();
                    progress.copy(&old[origin], |part| carried.extend_from_slice(part))?;
                }
                None => carried.resize(run.to.end, fresh),
            }
        }
        progress.advance(old.len().saturating_sub(copied));
        Ok(carried)
    }

    /// This change followed by `next`.
    pub fn then(&self, next: &Remap) -> Remap {
        let mut both = Remap::default();
        for run in &next.runs {
            let Some(middle) = run.origin() else {
                both.push(None, run.to.len());
                continue;
            };
            let first = self.runs.partition_point(|run| run.to.end <= middle.start);
            for run in self.runs[first..].iter().take_while(|run| run.to.start < middle.end) {
                let (start, end) = (run.to.start.max(middle.start), run.to.end.min(middle.end));
                both.push(run.from.map(|from| from + start - run.to.start), end - start);
            }
        }
        both
    }

    /// The new parameters that have no ancestor, in ascending ranges.
    pub fn fresh(&self) -> Vec<Range<usize>> {
        self.runs.iter().filter(|run| run.from.is_none()).map(|run| run.to.clone()).collect()
    }

    /// The old parameters, of `param_len` in all, that nothing came from, in ascending ranges.
    pub fn lost(&self, param_len: usize) -> Vec<Range<usize>> {
        let mut kept: Vec<Range<usize>> = self.runs.iter().filter_map(ParameterRun::origin).collect();
        kept.sort_unstable_by_key(|range| range.start);
        kept.push(param_len..param_len);
        let mut end = 0;
        let before = |range: Range<usize>| {
            let lost = end..range.start;
            end = range.end.max(end);
            lost
        };
        kept.into_iter().map(before).filter(|lost| !lost.is_empty()).collect()
    }
}
