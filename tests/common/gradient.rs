//! The finite-difference check for everything that is differentiable.
//!
//! For a function f: v -> u and random weights r, L = sum of r u (in f64), and
//! dL/dv_i is compared with (L(v + h e_i) - L(v - h e_i)) / 2h.

/// Checks `gradient` against central differences of `value` at every point of `v`.
///
/// The first step h is large because f is f32. A corner within that step (of ReLU, or where the winner of a pool
/// changes) makes any gradient look wrong, so smaller steps are tried. A point where even these disagree with each
/// other is skipped, but at most one in twenty. `tolerance` is relative to the largest entry of the gradient, or
/// absolute if that is smaller than 1.
pub fn check(who: &str, v: &[f32], gradient: &[f32], tolerance: f64, mut value: impl FnMut(&[f32]) -> f64) {
    assert_eq!(v.len(), gradient.len(), "{who}");
    let largest = gradient.iter().fold(1.0f64, |most, g| most.max(g.abs() as f64));
    let mut moved = v.to_vec();
    let mut corners = 0;
    for i in 0..v.len() {
        let mut slope = |h: f32| {
            let (above, below) = (v[i] + h, v[i] - h);
            moved[i] = above;
            let high = value(&moved);
            moved[i] = below;
            let low = value(&moved);
            moved[i] = v[i];
            // The actual step, after rounding.
            (high - low) / (above as f64 - below as f64)
        };
        let slopes = [1e-2, 2e-3, 4e-4].map(|h| {
            // Richardson: the terms of third order cancel.
            (4.0 * slope(0.5 * h) - slope(h)) / 3.0
        });
        let apart = |a: f64, b: f64| (a - b).abs() / largest;
        if slopes.iter().any(|&slope| apart(gradient[i] as f64, slope) <= tolerance) {
            continue;
        }
        // NaN differs from nothing, so it is no corner and fails here.
        let corner = tolerance < apart(slopes[0], slopes[1]) && tolerance < apart(slopes[1], slopes[2]);
        assert!(corner, "{who}: gradient {i} is {}, differences say {slopes:?}", gradient[i]);
        corners += 1;
    }
    assert!(corners * 20 <= v.len(), "{who}: {corners} of {} points look like corners", v.len());
}

/// L, the sum of r u, in f64.
pub fn weighted(r: &[f32], u: &[f32]) -> f64 {
    r.iter().zip(u).map(|(&r, &u)| r as f64 * u as f64).sum()
}
