//! The plan of a load: the fingerprint, the number and the sides of the files that will come.

use crate::data::{Fingerprint, KnownSides};

pub(super) struct LoadPlan {
    pub fingerprint: Fingerprint,
    pub files: usize,
    pub sides: KnownSides,
}
