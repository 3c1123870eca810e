//! Islands of a map: its dense parts, as far as they are joined.
//!
//! The map is divided into a grid of about two points a cell. A cell is land where it and its eight neighbours together
//! hold at least half as many points as nine cells do on average; land that meets along edges is an island.

use super::map_frame::map_frame;

/// Fewest and most cells along a side.
const SIDES: [usize; 2] = [12, 256];
/// Smallest share of the points that is an island.
const LEAST: f32 = 0.01;

/// The number of each point's island, the largest first; `None` for points at sea.
pub fn islands(points: &[[f32; 2]]) -> Vec<Option<u32>> {
    let [left, right, bottom, top] = map_frame(points);
    let side = ((points.len() as f32 / 2.0).sqrt() as usize).clamp(SIDES[0], SIDES[1]);
    let unit = (right - left).max(top - bottom).max(f32::MIN_POSITIVE) / side as f32;
    let cell = |&[x, y]: &[f32; 2]| {
        let (column, row) = (((x - left) / unit).floor(), ((y - bottom) / unit).floor());
        let within = |at: f32| (0.0..=side as f32).contains(&at).then(|| (at as usize).min(side - 1));
        Some(within(row)? * side + within(column)?)
    };
    let cells: Vec<Option<usize>> = points.iter().map(cell).collect();
    let mut counts = vec![0u32; side * side];
    cells.iter().flatten().for_each(|&cell| counts[cell] += 1);
    let least = 4.5 * points.len() as f32 / (side * side) as f32;
    let around = |at: usize| {
        let near = |at: usize| at.saturating_sub(1)..=(at + 1).min(side - 1);
        near(at / side).flat_map(move |row| near(at % side).map(move |column| row * side + column))
    };
    let is_land: Vec<bool> =
        (0..counts.len()).map(|at| least <= around(at).map(|near| counts[near]).sum::<u32>() as f32).collect();

    // Islands as the cells that a walk over land reaches, with the number of their points.
    let mut island_of: Vec<Option<usize>> = vec![None; counts.len()];
    let mut sizes: Vec<u32> = Vec::new();
    for start in 0..counts.len() {
        if !is_land[start] || island_of[start].is_some() {
            continue;
        }
        island_of[start] = Some(sizes.len());
        let (mut size, mut waiting) = (0, vec![start]);
        while let Some(at) = waiting.pop() {
            size += counts[at];
            for near in around(at) {
                let is_beside = near / side == at / side || near % side == at % side;
                if is_beside && is_land[near] && island_of[near].is_none() {
                    island_of[near] = Some(sizes.len());
                    waiting.push(near);
                }
            }
        }
        sizes.push(size);
    }
    let mut order: Vec<usize> =
        (0..sizes.len()).filter(|&island| LEAST * points.len() as f32 <= sizes[island] as f32).collect();
    order.sort_by_key(|&island| std::cmp::Reverse(sizes[island]));
    let number = |island: usize| order.iter().position(|&one| one == island).map(|place| place as u32);
    cells.iter().map(|cell| cell.and_then(|cell| island_of[cell]).and_then(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn clouds_of_points_are_islands_and_strays_are_at_sea() {
        let mut rng = Rng::new(1, Purpose::Test, 0);
        let mut points = Vec::new();
        for (x, y, count) in [(0.0, 0.0, 300), (10.0, 0.0, 500), (5.0, 9.0, 200)] {
            points.extend((0..count).map(|_| [x + rng.normal(), y + rng.normal()]));
        }
        points.push([4.9, 3.2]);
        let found = islands(&points);
        let most = |range: std::ops::Range<usize>, island: u32| {
            let len = range.len();
            let right = found[range].iter().filter(|one| **one == Some(island)).count();
            assert!(len * 9 / 10 <= right, "{right} of {len} are in island {island}");
        };
        most(0..300, 1);
        most(300..800, 0);
        most(800..1000, 2);
        assert_eq!(found[1000], None);
        assert!(found.iter().flatten().all(|&island| island < 3));
    }

    #[test]
    fn points_in_one_place_or_none_at_all_are_no_trouble() {
        assert!(islands(&[]).is_empty());
        assert_eq!(islands(&[[1.0, 1.0]; 9]).len(), 9);
        assert_eq!(islands(&[[f32::NAN; 2]; 4]), [None; 4]);
    }
}
