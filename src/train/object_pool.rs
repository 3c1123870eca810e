//! A pool of objects that threads need while they work: it holds as many as were in use at the same time, for reuse.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(super) struct ObjectPool<T>(Mutex<Vec<T>>);

impl<T> Default for ObjectPool<T> {
    fn default() -> Self {
        Self(Mutex::new(Vec::new()))
    }
}

impl<T> ObjectPool<T> {
    /// Lends an object to `work`, and makes one if none is free.
    pub fn lend<R>(&self, make: impl FnOnce() -> T, work: impl FnOnce(&mut T) -> R) -> R {
        let spare = self.all().pop();
        let mut one = spare.unwrap_or_else(make);
        let result = work(&mut one);
        self.all().push(one);
        result
    }

    /// The objects that are not lent.
    pub fn all(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
