//! A team of threads that shares out short pieces of work: about a microsecond a time while everybody is awake.
//!
//! One thread leads. The others [`Member::serve`]: they watch the gate for a job, for some 100 microseconds,
//! then sleep until the bell rings. A job is a list of items and what to do with each; whoever is free takes the next
//! item, the leader too, so nobody is waited for who has not come. Before a job is over, the leader
//! shuts the gate and waits for those inside: only then are the items and the closure its own again.
//!
//! The gate is one word, so that coming in and shutting cannot miss each other:
//! bits 0..16 members inside, bit 16 open, bit 17 the team is over, bits 18..32 number of the job.

use std::any::Any;
use std::cell::{Cell, UnsafeCell};
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

const INSIDE: u32 = (1 << 16) - 1;
const OPEN: u32 = 1 << 16;
const OVER: u32 = 1 << 17;
const NEXT: u32 = 1 << 18;

/// Looks before a thread sleeps: some 100 microseconds, as long as one thread has something to do alone within a step.
/// WebAssembly has no pause instruction, so its looks are quick.
const LOOKS: u32 = if cfg!(target_arch = "wasm32") { 100_000 } else { 4_000 };

/// Told the number of the thread that runs it.
type TeamJob<'a> = dyn Fn(usize) + Sync + 'a;

/// Most parts that a list of items is cut into.
const MOST_PARTS: usize = 16;

struct ThreadTeam {
    gate: AtomicU32,
    /// Written by the leader while the gate is shut and nobody is inside, read by members inside.
    job: UnsafeCell<Option<&'static TeamJob<'static>>>,
    /// Threads there will be, the leader included, and those that have a number.
    threads: usize,
    numbered: AtomicUsize,
    /// Members that were inside and are done.
    left: AtomicU32,
    /// The first panic of a member.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    asleep: AtomicU32,
    bed: Mutex<()>,
    bell: Condvar,
}

// SAFETY: everything but `job` is Sync by itself, and the gate orders all accesses to `job`, which is itself Sync.
unsafe impl Sync for ThreadTeam {}
// SAFETY: as above; no part of it belongs to a thread.
unsafe impl Send for ThreadTeam {}

/// The thread that hands out work. The team is over when it is dropped.
pub struct Leader {
    team: Arc<ThreadTeam>,
    /// Inside a job of its own; also keeps the leader to one thread.
    busy: Cell<bool>,
}

/// What another thread needs to work for the leader.
#[derive(Clone)]
pub struct Member {
    team: Arc<ThreadTeam>,
}

/// A team of so many threads, if all come.
pub fn found(threads: usize) -> (Leader, Member) {
    let team = Arc::new(ThreadTeam {
        gate: AtomicU32::new(0),
        job: UnsafeCell::new(None),
        threads,
        numbered: AtomicUsize::new(1),
        left: AtomicU32::new(0),
        panic: Mutex::new(None),
        asleep: AtomicU32::new(0),
        bed: Mutex::new(()),
        bell: Condvar::new(),
    });
    (Leader { team: team.clone(), busy: Cell::new(false) }, Member { team })
}

impl Member {
    /// Works for the leader until the team is over.
    pub fn serve(&self) {
        let team = &*self.team;
        let number = team.numbered.fetch_add(1, Ordering::SeqCst);
        let mut last = 0;
        loop {
            let comes = |gate: u32| gate & OVER != 0 || (gate & OPEN != 0 && gate / NEXT != last);
            team.wait(|| comes(team.gate.load(Ordering::SeqCst)));
            let gate = team.gate.load(Ordering::SeqCst);
            if gate & OVER != 0 {
                return;
            }
            let inside = gate & INSIDE < INSIDE
                && comes(gate)
                && team.gate.compare_exchange(gate, gate + 1, Ordering::SeqCst, Ordering::SeqCst).is_ok();
            if !inside {
                continue;
            }
            last = gate / NEXT;
            // SAFETY: this thread is inside, so the leader leaves the job as it is, and alive, until `left` counts it.
            let job = unsafe { *team.job.get() };
            if let Some(Err(panic)) = job.map(|job| catch_unwind(AssertUnwindSafe(|| job(number)))) {
                lock(&team.panic).get_or_insert(panic);
            }
            team.left.fetch_add(1, Ordering::SeqCst);
            team.ring();
        }
    }
}

impl Leader {
    /// Runs `work` on every item, each by one thread. Called from within such work it goes through them in turn.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        if items.len() < 2 || self.busy.get() {
            return items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
        }
        // Each thread begins with a part of its own, the same for lists of the same length, so that what it left in its
        // cache is still there when it comes back to it; then it helps with the others' parts.
        let (len, first) = (items.len(), SharedItems(items.as_mut_ptr()));
        let parts = self.team.threads.clamp(1, MOST_PARTS).min(len);
        let next: [Counter; MOST_PARTS] = std::array::from_fn(|part| Counter(AtomicUsize::new(part * len / parts)));
        let job = |thread: usize| {
            for part in (0..parts).map(|part| (thread + part) % parts) {
                loop {
                    let index = next[part].0.fetch_add(1, Ordering::Relaxed);
                    if (part + 1) * len / parts <= index {
                        break;
                    }
                    // SAFETY: the counters give each index below `len` to one thread once, and the items are borrowed
                    // until `run` is done with them.
                    work(index, unsafe { &mut *first.at(index) });
                }
            }
        };
        self.busy.set(true);
        let panic = self.run(&job);
        self.busy.set(false);
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }

    /// Runs the job on every thread that comes, and returns when none of them holds it any more.
    fn run(&self, job: &TeamJob<'_>) -> Option<Box<dyn Any + Send>> {
        let team = &*self.team;
        // SAFETY: only the lifetime is changed. Members reach the job through the gate, which is shut below, and this
        // function does not return or unwind before all that came in have left.
        let job = unsafe { std::mem::transmute::<&TeamJob<'_>, &'static TeamJob<'static>>(job) };
        // SAFETY: the gate is shut and nobody is inside: the last run saw to it.
        unsafe { *team.job.get() = Some(job) };
        team.left.store(0, Ordering::SeqCst);
        let number = (team.gate.load(Ordering::SeqCst) & !(NEXT - 1)).wrapping_add(NEXT);
        team.gate.store(number | OPEN, Ordering::SeqCst);
        team.ring();
        let own = catch_unwind(AssertUnwindSafe(|| job(0))).err();
        let inside = team.gate.fetch_and(!OPEN, Ordering::SeqCst) & INSIDE;
        team.wait(|| team.left.load(Ordering::SeqCst) == inside);
        let other = lock(&team.panic).take();
        own.or(other)
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        self.team.gate.fetch_or(OVER, Ordering::SeqCst);
        self.team.ring();
    }
}

impl ThreadTeam {
    /// Returns once `ready`: looks for a while, then sleeps until something is rung for, and looks again. Who woke too
    /// late for one job is awake for the next.
    fn wait(&self, ready: impl Fn() -> bool) {
        loop {
            for _ in 0..LOOKS {
                if ready() {
                    return;
                }
                spin_loop();
            }
            // Whoever makes it ready looks at `asleep` after: either it sees this thread, or this thread sees `ready`.
            self.asleep.fetch_add(1, Ordering::SeqCst);
            let bed = lock(&self.bed);
            if !ready() {
                drop(self.bell.wait(bed));
            }
            self.asleep.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Wakes those that sleep, after something became ready.
    fn ring(&self) {
        if self.asleep.load(Ordering::SeqCst) != 0 {
            drop(lock(&self.bed)); // nobody is between looking and sleeping
            self.bell.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On a cache line of its own.
#[repr(align(64))]
struct Counter(AtomicUsize);

/// The first of the items, for all threads of the team.
struct SharedItems<T>(*mut T);

impl<T> SharedItems<T> {
    fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

// SAFETY: threads reach different items through it, and those may be sent between threads.
unsafe impl<T: Send> Sync for SharedItems<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Runs `work` as the leader of so many threads.
    fn with_team<R>(threads: usize, work: impl FnOnce(&Leader) -> R) -> R {
        thread::scope(|scope| {
            let (leader, member) = found(threads);
            for _ in 1..threads {
                let member = member.clone();
                scope.spawn(move || member.serve());
            }
            work(&leader)
        })
    }

    const ROUNDS: usize = if cfg!(miri) { 5 } else { 3000 };

    #[test]
    fn every_item_is_done_once_by_any_number_of_threads() {
        for threads in 1..=8 {
            with_team(threads, |leader| {
                for round in 0..ROUNDS / threads {
                    let mut items = vec![0usize; [0, 1, 2, 3, 7, 64][round % 6]];
                    leader.each(&mut items, |index, item| *item += index + round + 1);
                    assert!(items.iter().enumerate().all(|(index, &item)| item == index + round + 1), "{items:?}");
                }
            });
        }
    }

    #[test]
    fn members_that_fell_asleep_come_when_they_are_needed() {
        with_team(3, |leader| {
            for _ in 0..3 {
                thread::sleep(std::time::Duration::from_millis(5));
                // Nobody finishes until all three are inside.
                let here = AtomicUsize::new(0);
                leader.each(&mut [(); 3], |_, ()| {
                    here.fetch_add(1, Ordering::SeqCst);
                    while here.load(Ordering::SeqCst) < 3 {
                        thread::yield_now();
                    }
                });
            }
        });
    }

    #[test]
    fn a_panic_reaches_the_leader_and_the_team_goes_on() {
        for threads in 1..=4 {
            with_team(threads, |leader| {
                for round in 0..20 {
                    let result = catch_unwind(AssertUnwindSafe(|| {
                        leader.each(&mut [0; 16], |index, _| {
                            if index == round % 16 {
                                resume_unwind(Box::new("the item that fails"));
                            }
                        });
                    }));
                    assert_eq!(result.unwrap_err().downcast_ref(), Some(&"the item that fails"));
                    let mut items = [1; 16];
                    leader.each(&mut items, |_, item| *item += 1);
                    assert_eq!(items, [2; 16]);
                }
            });
        }
    }

    #[test]
    fn teams_of_more_threads_than_cores_end_when_their_leaders_do() {
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..if cfg!(miri) { 2 } else { 50 } {
                        with_team(4, |leader| {
                            let mut items = [0; 9];
                            (0..10).for_each(|_| leader.each(&mut items, |_, item| *item += 1));
                            assert_eq!(items, [10; 9]);
                        });
                    }
                });
            }
        });
    }
}
