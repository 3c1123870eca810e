//! The plan of a load: the fingerprint and the number of the files that will come.

use crate::data::Fingerprint;

pub(super) struct LoadPlan {
    pub fingerprint: Fingerprint,
    pub files: usize,
}
