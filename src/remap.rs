//! The origin of each parameter of a changed network: the common result of every structural change.

use std::ops::Range;

use crate::error::Result;
use crate::progress::Progress;

/// The old parameter that each new one came from, if any. It is stored as runs, because a change keeps whole rows of a
/// matrix together, and a network may have a quarter of a billion parameters.
///
/// [`Remap::carry`] carries values with the layout of `theta` (moments, for example) across the change.
///
/// ```
/// use neurarium::progress::Progress;
/// use neurarium::remap::Remap;
///
/// let mut remap = Remap::default(); // five parameters become six: a new one is inserted behind the first two
/// remap.push(Some(0), 2);
/// remap.push(None, 1);
/// remap.push(Some(2), 3);
/// let moments = remap.carry(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.0, &Progress::default())?;
/// assert_eq!(moments, [1.0, 2.0, 0.0, 3.0, 4.0, 5.0]);
/// # Ok::<(), neurarium::error::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remap {
    runs: Vec<ParameterRun>,
}

/// Parameters that are adjacent in both networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterRun {
    /// Their range in the new network.
    pub to: Range<usize>,
    /// Index of the first one in the old network; `None` if they are new.
    pub from: Option<usize>,
}

impl ParameterRun {
    /// Their range in the old network; `None` if they are new.
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

    /// Adds the next `len` parameters: those from index `from` on of the old network, or new ones.
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

    /// All parameters of the new network, in order.
    pub fn runs(&self) -> &[ParameterRun] {
        &self.runs
    }

    /// Number of parameters of the new network.
    pub fn len(&self) -> usize {
        self.runs.last().map_or(0, |last| last.to.end)
    }

    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Carries values with the layout of the old parameters over to that of the new ones, which get `fresh` if they
    /// have no ancestor. The old values are reported to `progress`.
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

    /// The way back: for each parameter of the old network, which has `param_len`, the new one that came from it, if any.
    pub fn inverse(&self, param_len: usize) -> Remap {
        let mut kept: Vec<&ParameterRun> = self.runs.iter().filter(|run| run.from.is_some()).collect();
        kept.sort_unstable_by_key(|run| run.from);
        let mut back = Remap::default();
        for run in kept {
            let Some(origin) = run.origin() else { continue };
            back.push(None, origin.start - back.len());
            back.push(Some(run.to.start), origin.len());
        }
        back.push(None, param_len - back.len());
        back
    }

    /// The parameters of the new network that have no ancestor, in ascending ranges.
    pub fn fresh(&self) -> Vec<Range<usize>> {
        self.runs.iter().filter(|run| run.from.is_none()).map(|run| run.to.clone()).collect()
    }

    /// The parameters of the old network, which has `param_len`, that were dropped, in ascending ranges.
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
