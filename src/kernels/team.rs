//! A team of threads for short pieces of work, which it distributes in about a microsecond while all threads are awake.
//!
//! One thread leads. The others [`Member::serve`]: they watch the gate for a job for about 100 microseconds, then sleep
//! until they are woken. A job is a list of items and a function for each; any free thread, including the leader, takes
//! the next item, so no time is lost on threads that have not come. To end a job, the leader closes the gate and waits
//! for the members inside; only then does it own the items and the function again.
//!
//! The gate is one word, so that entering and closing cannot miss each other: bits 0..16 are the number of members
//! inside, bit 16 is set while it is open, bit 17 when the team has ended, and bits 18..32 are the number of the job.

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

/// Number of checks before a thread sleeps: about 100 microseconds, the time that one thread works alone within a step.
/// WebAssembly has no pause instruction, so its checks are faster.
const SPINS: u32 = if cfg!(target_arch = "wasm32") { 100_000 } else { 4_000 };

/// A job; its argument is the number of the thread that runs it.
type TeamJob<'a> = dyn Fn(usize) + Sync + 'a;

/// Most parts that a list of items is divided into.
const MOST_PARTS: usize = 16;

struct ThreadTeam {
    gate: AtomicU32,
    /// Written by the leader while the gate is closed and no member is inside; read by members inside.
    job: UnsafeCell<Option<&'static TeamJob<'static>>>,
    /// Number of threads, including the leader, and number of those that have joined.
    threads: usize,
    numbered: AtomicUsize,
    /// Number of members that have finished the current job.
    left: AtomicU32,
    /// The first panic of a member.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
    asleep: AtomicU32,
    sleep_lock: Mutex<()>,
    wake: Condvar,
}

// SAFETY: everything but `job` is Sync by itself, and the gate orders all accesses to `job`, which is itself Sync.
unsafe impl Sync for ThreadTeam {}
// SAFETY: as above; no part of it is bound to a thread.
unsafe impl Send for ThreadTeam {}

/// The thread that distributes work. Dropping it ends the team.
pub struct Leader {
    team: Arc<ThreadTeam>,
    /// Whether a job is running. The cell also keeps the leader to one thread.
    busy: Cell<bool>,
}

/// The handle with which another thread works for the leader.
#[derive(Clone)]
pub struct Member {
    team: Arc<ThreadTeam>,
}

/// The leader of a new team of this many threads, and the handle for the others.
pub fn new_team(threads: usize) -> (Leader, Member) {
    let team = Arc::new(ThreadTeam::new(threads));
    (Leader { team: team.clone(), busy: Cell::new(false) }, Member { team })
}

impl Member {
    /// Works for the leader until the team ends.
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
            // SAFETY: this thread is inside, so the leader keeps the job alive and unchanged until `left` counts it.
            let job = unsafe { *team.job.get() };
            if let Some(Err(panic)) = job.map(|job| catch_unwind(AssertUnwindSafe(|| job(number)))) {
                lock(&team.panic).get_or_insert(panic);
            }
            team.left.fetch_add(1, Ordering::SeqCst);
            team.wake_sleepers();
        }
    }
}

impl Leader {
    /// Runs `work` on every item, each by one thread. Within such work it runs on the calling thread alone.
    pub fn each<T: Send>(&self, items: &mut [T], work: &(dyn Fn(usize, &mut T) + Sync)) {
        if items.len() < 2 || self.busy.get() {
            return items.iter_mut().enumerate().for_each(|(index, item)| work(index, item));
        }
        // Each thread begins with a part of its own, the same for lists of equal length, so that it finds its earlier
        // values in its cache; then it helps with the other parts.
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
                    // until `run` returns.
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

    /// Runs the job on every thread that comes, and returns when no thread uses it any more.
    fn run(&self, job: &TeamJob<'_>) -> Option<Box<dyn Any + Send>> {
        let team = &*self.team;
        // SAFETY: only the lifetime is changed. Members reach the job through the gate, which is closed below, and this
        // function does not return or unwind before all members inside have left.
        let job = unsafe { std::mem::transmute::<&TeamJob<'_>, &'static TeamJob<'static>>(job) };
        // SAFETY: the last run closed the gate and waited until no member was inside.
        unsafe { *team.job.get() = Some(job) };
        team.left.store(0, Ordering::SeqCst);
        let number = (team.gate.load(Ordering::SeqCst) & !(NEXT - 1)).wrapping_add(NEXT);
        team.gate.store(number | OPEN, Ordering::SeqCst);
        team.wake_sleepers();
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
        self.team.wake_sleepers();
    }
}

impl ThreadTeam {
    fn new(threads: usize) -> Self {
        Self {
            gate: AtomicU32::new(0),
            job: UnsafeCell::new(None),
            threads,
            numbered: AtomicUsize::new(1),
            left: AtomicU32::new(0),
            panic: Mutex::new(None),
            asleep: AtomicU32::new(0),
            sleep_lock: Mutex::new(()),
            wake: Condvar::new(),
        }
    }

    /// Returns once `ready`: checks for a while, then sleeps until it is woken, and checks again. A thread that woke
    /// too late for one job is awake for the next.
    fn wait(&self, ready: impl Fn() -> bool) {
        loop {
            for _ in 0..SPINS {
                if ready() {
                    return;
                }
                spin_loop();
            }
            // A thread that makes it ready reads `asleep` afterwards: it sees this thread, or this thread sees `ready`.
            self.asleep.fetch_add(1, Ordering::SeqCst);
            let sleep_lock = lock(&self.sleep_lock);
            if !ready() {
                drop(self.wake.wait(sleep_lock));
            }
            self.asleep.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// Wakes sleeping threads, after something became ready.
    fn wake_sleepers(&self) {
        if self.asleep.load(Ordering::SeqCst) != 0 {
            drop(lock(&self.sleep_lock)); // no thread is between checking and sleeping
            self.wake.notify_all();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A counter on a cache line of its own.
#[repr(align(64))]
struct Counter(AtomicUsize);

/// A pointer to the items, for all threads of the team.
struct SharedItems<T>(*mut T);

impl<T> SharedItems<T> {
    fn at(&self, index: usize) -> *mut T {
        self.0.wrapping_add(index)
    }
}

// SAFETY: threads access different items through it, and items may be sent between threads.
unsafe impl<T: Send> Sync for SharedItems<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Runs `work` with the leader of a team of this many threads.
    fn with_team<R>(threads: usize, work: impl FnOnce(&Leader) -> R) -> R {
        thread::scope(|scope| {
            let (leader, member) = new_team(threads);
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
                    leader.each(&mut items, &|index, item| *item += index + round + 1);
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
                // No thread finishes until all three are inside.
                let here = AtomicUsize::new(0);
                leader.each(&mut [(); 3], &|_, ()| {
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
                        leader.each(&mut [0; 16], &|index, _| {
                            if index == round % 16 {
                                resume_unwind(Box::new("the item that fails"));
                            }
                        });
                    }));
                    assert_eq!(result.unwrap_err().downcast_ref(), Some(&"the item that fails"));
                    let mut items = [1; 16];
                    leader.each(&mut items, &|_, item| *item += 1);
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
                            (0..10).for_each(|_| leader.each(&mut items, &|_, item| *item += 1));
                            assert_eq!(items, [10; 9]);
                        });
                    }
                });
            }
        });
    }
}
