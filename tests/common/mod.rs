//! Helpers that several test files share.

#![allow(dead_code)] // tests/decoders.rs and tests/model_file.rs use a part of it

pub mod drawn;
pub mod files;
pub mod gradient;
pub mod layers;
pub mod manifold;
pub mod program;
pub mod storage;
pub mod tiff;

use neurarium::rng::{Purpose, Rng};
use neurarium::session::{JobProgress, JobRequest, Resources, Session};

/// `len` numbers in -1..1, the same for the same `seed`.
pub fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    (0..len).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// The numbers of `numbers` in tests/oracle/shared.py: multiples of 2^-23 in -1..1.
pub fn lcg(len: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(len).collect()
}

/// A clock that stands still, and unlimited memory.
pub fn resources() -> Resources<'static> {
    Resources { clock: &|| 0.0, free_memory: 1 << 40 }
}

/// Runs a job to its end in the smallest slices; returns its last state and the number of slices.
pub fn run_job<R: JobRequest>(session: &mut Session, request: R) -> (JobProgress, usize) {
    let id = session.begin_job(request, resources()).unwrap();
    for slices in 1.. {
        let state = session.advance_job(id, 0.0, resources()).unwrap();
        assert!(state.done <= state.total, "{state:?}");
        if !state.pending {
            return (state, slices);
        }
    }
    unreachable!()
}
