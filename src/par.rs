//! Work on all cores. The only file that names rayon.
//!
//! Nothing here may change a result: each item is computed alone, and callers reduce in a fixed order.
//! Without the `threads` feature everything runs in turn on the calling thread.
//!
//! rayon wakes sleeping threads for each list of items, which costs tens of microseconds in a browser. Whoever has
//! many short lists, as training does, works [`together`]: the pool's threads stay awake for it meanwhile.

#[cfg(feature = "threads")]
use std::cell::RefCell;
#[cfg(feature = "threads")]
use std::rc::Rc;

#[cfg(feature = "threads")]
use crate::kernels::team::{self, Leader};

/// What the calling thread is in [`together`].
#[cfg(feature = "threads")]
#[derive(Clone)]
enum Role {
    Outside,
    Leader(Rc<Leader>),
    Member,
}

#[cfg(feature = "threads")]
thread_local! {
    static ROLE: RefCell<Role> = const { RefCell::new(Role::Outside) };
}

/// Number of threads that share the work.
#[cfg(feature = "threads")]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "threads"))]
pub fn threads() -> usize {
    1
}

/// Runs `work` on this thread with the pool's other threads at hand, so that each [`each`] in it costs about a
/// microsecond. Meant for slices of some milliseconds: the others do nothing else until it is over.
#[cfg(feature = "threads")]
pub fn together<T>(work: impl FnOnce() -> T) -> T {
    /// Lets the others go, also when `work` panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            drop(ROLE.replace(Role::Outside));
        }
    }
    if threads() == 1 || ROLE.with_borrow(|role| !matches!(role, Role::Outside)) {
        return work();
    }
    let (leader, member) = team::new_team(threads());
    for _ in 1..threads() {
        let member = member.clone();
        // A thread that comes when all is over goes away again, so nobody waits for those that are busy elsewhere.
        rayon::spawn(move || {
            let before = ROLE.replace(Role::Member);
            member.serve();
            ROLE.set(before);
        });
    }
    ROLE.set(Role::Leader(Rc::new(leader)));
    let _end = End;
    work()
}

#[cfg(not(feature = "threads"))]
pub fn together<T>(work: impl FnOnce() -> T) -> T {
    work()
}

/// Runs `work` on every item, each item by one thread; within such work in turn.
#[cfg(feature = "threads")]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    use rayon::prelude::*;
    if items.len() < 2 {
        return items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    }
    match ROLE.with_borrow(Role::clone) {
        Role::Leader(leader) => leader.each(items, work),
        Role::Outside if 1 < threads() => {
            items.par_iter_mut().enumerate().with_max_len(1).for_each(|(index, item)| work(index, item));
        }
        Role::Outside | Role::Member => items.iter_mut().enumerate().for_each(|(index, item)| work(index, item)),
    }
}

#[cfg(not(feature = "threads"))]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
}

/// [`each`] where `spread` is true, else in turn on the calling thread.
pub fn each_of<T: Send>(items: &mut [T], spread: bool, work: impl Fn(usize, &mut T) + Sync + Send) {
    if spread {
        each(items, work);
    } else {
        items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    }
}

/// Maps every item, in order of the items.
pub fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    let mut results: Vec<Option<U>> = items.iter().map(|_| None).collect();
    each(&mut results, |index, result| *result = Some(work(&items[index])));
    results.into_iter().flatten().collect()
}

/// Runs `work` in a pool of exactly `threads` threads (0: one per core).
///
/// In the browser the pool is started once by the page, so there the number is only a wish.
#[cfg(all(feature = "threads", not(target_arch = "wasm32")))]
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(), // no more threads to be had: the work is done on those there are
    }
}

#[cfg(not(all(feature = "threads", not(target_arch = "wasm32"))))]
pub fn with_threads<T: Send>(_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    work()
}
