//! Where the parameters of a changed network came from: the one result of every structural change.

/// For each new parameter the old one it came from, or `None` where it is new.
///
/// Whatever runs parallel to `theta` (moments, pins, selections) is carried across by [`Remap::carry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remap {
    pub from: Vec<Option<u32>>,
}

impl Remap {
    pub fn identity(param_len: usize) -> Self {
        Self { from: (0..param_len as u32).map(Some).collect() }
    }

    /// Values that run parallel to the old parameters, laid out for the new ones; `fresh` where new.
    pub fn carry<T: Copy>(&self, old: &[T], fresh: T) -> Vec<T> {
        self.from.iter().map(|from| from.map_or(fresh, |index| old[index as usize])).collect()
    }

    /// This change followed by `next`.
    pub fn then(&self, next: &Remap) -> Remap {
        Remap { from: next.from.iter().map(|middle| middle.and_then(|index| self.from[index as usize])).collect() }
    }

    /// The new parameters that have no ancestor.
    pub fn fresh_indices(&self) -> Vec<u32> {
        (0..).zip(&self.from).filter(|(_, from)| from.is_none()).map(|(index, _)| index).collect()
    }

    /// The old parameters, of `param_len` in all, that nothing came from.
    pub fn lost(&self, param_len: usize) -> Vec<u32> {
        let mut lost = vec![true; param_len];
        self.from.iter().flatten().for_each(|&from| lost[from as usize] = false);
        (0..).zip(lost).filter(|&(_, lost)| lost).map(|(index, _)| index).collect()
    }

    /// Number of parameters that have no ancestor.
    pub fn fresh(&self) -> usize {
        self.from.iter().filter(|from| from.is_none()).count()
    }
}
