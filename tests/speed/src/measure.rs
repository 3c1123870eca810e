//! Times of a piece of work: samples of a few milliseconds each, until the time is up.

use serde::Serialize;

/// Milliseconds for one run of the work.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    pub best: f64,
    pub median: f64,
    pub samples: usize,
}

/// Shortest sample: far above the browser clock's 5 microseconds.
const SAMPLE: f64 = 2.0;
/// Runs before anything counts: the browser compiles a function twice, the second time after it was called often.
const WARM_UP: f64 = 0.3;

/// Repeats `work` for about `budget` milliseconds of `clock`, at least three samples.
pub fn measure(budget: f64, clock: &dyn Fn() -> f64, mut work: impl FnMut()) -> Times {
    let begin = clock();
    let mut runs = 0usize;
    while runs < 2 || clock() - begin < WARM_UP * budget {
        work();
        runs += 1;
    }
    let once = (clock() - begin) / runs as f64;
    let repeats = (SAMPLE / once.max(1e-6)).ceil().clamp(1.0, 1e6) as usize;
    let mut samples = Vec::new();
    while samples.len() < 3 || clock() - begin < budget {
        let start = clock();
        for _ in 0..repeats {
            work();
        }
        samples.push((clock() - start) / repeats as f64);
    }
    samples.sort_by(f64::total_cmp);
    Times { best: samples[0], median: samples[samples.len() / 2], samples: samples.len() }
}
