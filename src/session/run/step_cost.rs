//! What an edge costs on this machine: a straight line fitted to the measured steps.
//!
//! t = a + b n for a step of t milliseconds over n edges, by least squares over the last few hundred steps, older ones
//! counting less. While n has hardly changed, the slope cannot be distinguished from the constant; then all of the time
//! is put down to the edges, which is the most that they can cost.

/// How much less a step counts with each one that follows it.
const FORGET: f64 = 0.995;
/// Steps before the first fit: the first ones fill caches and memory.
const LEAST_STEPS: f64 = 20.0;
/// Least deviation of the edges, as a share of their mean, from which a slope can be known.
const LEAST_SPREAD: f64 = 0.02;
/// A step that takes so many times the mean was interrupted, and does not count.
const INTERRUPTED: f64 = 4.0;

/// Weighted sums over the steps: of 1, n, t, n n, n t.
#[derive(Clone, Copy, Debug, Default)]
pub struct StepCost {
    count: f64,
    n: f64,
    t: f64,
    nn: f64,
    nt: f64,
}

impl StepCost {
    /// Notes a step over so many edges.
    pub fn note(&mut self, edges: usize, milliseconds: f64) {
        let is_usual = self.count < LEAST_STEPS || milliseconds < INTERRUPTED * self.t / self.count;
        if !milliseconds.is_finite() || milliseconds <= 0.0 || !is_usual {
            return;
        }
        let n = edges as f64;
        for (sum, value) in [
            (&mut self.count, 1.0),
            (&mut self.n, n),
            (&mut self.t, milliseconds),
            (&mut self.nn, n * n),
            (&mut self.nt, n * milliseconds),
        ] {
            *sum = FORGET * *sum + value;
        }
    }

    /// b, at least 0; 0 before it is known.
    pub fn milliseconds_per_edge(&self) -> f64 {
        if self.count < LEAST_STEPS || self.n == 0.0 {
            return 0.0;
        }
        let (mean_n, mean_t) = (self.n / self.count, self.t / self.count);
        let variance = self.nn / self.count - mean_n * mean_n;
        let most = mean_t / mean_n;
        if variance < (LEAST_SPREAD * mean_n).powi(2) {
            return most;
        }
        ((self.nt / self.count - mean_n * mean_t) / variance).clamp(0.0, most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_steps_is_found_in_noise_and_among_interruptions() {
        let mut cost = StepCost::default();
        for step in 0..600 {
            let edges = 2000 + 13 * step;
            let noise = 1.0 + 0.05 * f64::from(step as u32).sin();
            let interrupted = if step % 50 == 49 { 30.0 } else { 0.0 };
            cost.note(edges, 0.4 + 1e-4 * edges as f64 * noise + interrupted);
        }
        let found = cost.milliseconds_per_edge();
        assert!((found / 1e-4 - 1.0).abs() < 0.05, "{found}");
    }

    #[test]
    fn without_changes_the_edges_cost_at_most_the_whole_step() {
        let mut cost = StepCost::default();
        assert_eq!(cost.milliseconds_per_edge(), 0.0);
        (0..100).for_each(|_| cost.note(5000, 1.0));
        assert!((cost.milliseconds_per_edge() - 1.0 / 5000.0).abs() < 1e-12);
        // A clock that stands still says nothing.
        let mut still = StepCost::default();
        (0..100).for_each(|_| still.note(5000, 0.0));
        assert_eq!(still.milliseconds_per_edge(), 0.0);
    }
}
