//! The part of a map that is shown: nearly all points, however far away a few are.

use crate::select::select;

/// Share of the points on each side that may be left out.
const OUTSIDE: f32 = 0.002;
/// A side is widened by this share of the frame, and by more where that is enough for all points.
const MARGIN: f32 = 0.04;
const ENOUGH: f32 = 0.35;

/// Left, right, bottom and top of the frame.
pub fn map_frame(points: &[[f32; 2]]) -> [f32; 4] {
    let [across, up] = [0, 1].map(|axis| side(points.iter().map(|point| point[axis]).collect()));
    [across[0], across[1], up[0], up[1]]
}

fn side(mut places: Vec<f32>) -> [f32; 2] {
    places.retain(|place| place.is_finite());
    if places.is_empty() {
        return [-1.0, 1.0];
    }
    let (count, outside) = (places.len(), (places.len() as f32 * OUTSIDE).ceil() as usize);
    let mut at = |place: usize| select(&mut places, place, f32::total_cmp);
    let (least, most) = (at(0), at(count - 1));
    let (low, high) = (at(outside.min(count / 2)), at(count - 1 - outside.min(count / 2)));
    let wide = (high - low).max(1e-4 * high.abs().max(low.abs())).max(1e-12);
    let low = if low - ENOUGH * wide <= least { least } else { low };
    let high = if most <= high + ENOUGH * wide { most } else { high };
    [low - MARGIN * wide, high + MARGIN * wide]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_holds_all_points_but_an_outlier() {
        let mut points: Vec<[f32; 2]> = (0..1000).map(|n| [(n % 100) as f32, (n / 10) as f32]).collect();
        let all = map_frame(&points);
        assert!(all[0] < 0.0 && 99.0 < all[1] && all[2] < 0.0 && 99.0 < all[3] && all[1] < 110.0, "{all:?}");
        points.push([1e6, 50.0]);
        points.push([f32::NAN, 50.0]);
        let frame = map_frame(&points);
        assert!(frame[1] < 110.0, "an outlier squeezes the picture: {frame:?}");
        assert!(map_frame(&[]).iter().all(|side| side.is_finite()));
        let one = map_frame(&[[3.0, 4.0]]);
        assert!(one[0] < 3.0 && 3.0 < one[1] && one[2] < 4.0 && 4.0 < one[3], "{one:?}");
    }
}
