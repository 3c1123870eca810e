//! Work on all cores. The only file that names rayon.
//!
//! Threads never change a result: each item is computed separately, and callers reduce in a fixed order. Without the
//! `threads` feature everything runs on the calling thread.
//!
//! rayon wakes sleeping threads for each list of items, which takes tens of microseconds in a browser. Training has
//! many short lists and therefore runs inside [`together`], which keeps the pool's threads awake.

#[cfg(feature = "threads")]
use std::cell::RefCell;
#[cfg(feature = "threads")]
use std::rc::Rc;

#[cfg(feature = "threads")]
use crate::kernels::team::{self, Leader};

/// The role of the calling thread in [`together`].
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

/// Number of threads in the pool.
#[cfg(feature = "threads")]
pub fn threads() -> usize {
    rayon::current_num_threads()
}

#[cfg(not(feature = "threads"))]
pub fn threads() -> usize {
    1
}

/// Runs `work` on this thread while the pool's other threads wait for it, so that each [`each`] in it takes about a
/// microsecond. It is meant for slices of a few milliseconds: the other threads do nothing else until it ends.
#[cfg(feature = "threads")]
pub fn together<T>(work: impl FnOnce() -> T) -> T {
    /// Releases the other threads, also when `work` panics.
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
        // A thread that comes after the end leaves at once, so busy threads are not waited for.
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

/// Runs `work` on every item, each by one thread. Within such work it runs on the calling thread alone.
#[cfg(feature = "threads")]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    // Behind a reference all kinds of work share the code below: there are hundreds, and each is compiled once.
    each_item(items, &work);
}

#[cfg(feature = "threads")]
fn each_item<T: Send>(items: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
    match ROLE.with_borrow(Role::clone) {
        Role::Leader(leader) => leader.each(items, work),
        Role::Outside if 1 < threads() => halves(0, items, work),
        Role::Outside | Role::Member => items.iter_mut().enumerate().for_each(|(index, item)| work(index, item)),
    }
}

/// Runs `work` on every item, the first of which has the index `first`; a thread that is free takes half of another's.
#[cfg(feature = "threads")]
fn halves<T: Send>(first: usize, items: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
    match items {
        [] => {}
        [item] => work(first, item),
        _ => {
            let middle = items.len() / 2;
            let (left, right) = items.split_at_mut(middle);
            join(&mut || halves(first, left, work), &mut || halves(first + middle, right, work));
        }
    }
}

#[cfg(feature = "threads")]
fn join(one: &mut (dyn FnMut() + Send), other: &mut (dyn FnMut() + Send)) {
    rayon::join(one, other);
}

#[cfg(not(feature = "threads"))]
pub fn each<T: Send>(items: &mut [T], work: impl Fn(usize, &mut T) + Sync + Send) {
    items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
}

/// [`each`] if `spread` is true, otherwise on the calling thread alone.
pub fn each_of<T: Send>(items: &mut [T], spread: bool, work: impl Fn(usize, &mut T) + Sync + Send) {
    if spread {
        each(items, work);
    } else {
        items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
    }
}

/// Maps every item; results are in the order of the items.
pub fn map<T: Sync, U: Send>(items: &[T], work: impl Fn(&T) -> U + Sync + Send) -> Vec<U> {
    let mut results: Vec<Option<U>> = items.iter().map(|_| None).collect();
    each(&mut results, |index, result| *result = Some(work(&items[index])));
    results.into_iter().flatten().collect()
}

/// Runs `work` in a pool of exactly `threads` threads (0: one per core).
///
/// In the browser the page starts the pool once, and the number is ignored.
#[cfg(all(feature = "threads", not(target_arch = "wasm32")))]
pub fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(), // no more threads are available: the work runs on the existing ones
    }
}

#[cfg(not(all(feature = "threads", not(target_arch = "wasm32"))))]
pub fn with_threads<T: Send>(_threads: usize, work: impl FnOnce() -> T + Send) -> T {
    work()
}
