//! Things that a thread needs while it works on something: as many as threads work at a time, kept for the next time.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct ObjectPool<T>(Mutex<Vec<T>>);

impl<T> Default for ObjectPool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> ObjectPool<T> {
    /// Lends one to `work`; made when there is none.
    pub fn lend<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let spare = self.all().pop();
        let mut one = spare.unwrap_or_else(make);
        let result = work(&mut one);
        self.all().push(one);
        result
    }

    /// Those that are not lent.
    pub fn all(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
