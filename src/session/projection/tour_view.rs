//! The grand tour of a projection: a plane on its way, and the points as they are seen in it.

use crate::inspect::{MOST_AXES, ReducedPoints, Reduction, Tour, map_frame};

/// Principal components that a tour shows of points of many numbers.
const COMPONENTS: usize = 16;

/// Names and points of a tour.
pub struct TourView {
    pub tour: Tour,
    /// Names of the axes.
    pub names: Vec<String>,
    /// Half the width of a frame that holds nearly all points from every side.
    pub reach: f32,
}

impl TourView {
    /// The reduction that finds the axes of a tour of `n` points of `len` numbers: the numbers themselves, or if they
    /// are too many the first principal components.
    pub fn reduction(n: usize, len: usize) -> Reduction {
        if len <= MOST_AXES { Reduction::of_means(n, len) } else { Reduction::new(n, len, COMPONENTS) }
    }

    /// Begins, or goes on where an earlier one of as many axes stood.
    pub fn new(points: &ReducedPoints, names: Vec<String>, earlier: Option<Tour>, seed: u64) -> Self {
        let lengths: Vec<[f32; 2]> = points
            .values
            .chunks_exact(points.len.max(1))
            .map(|x| [x.iter().map(|x| x * x).sum::<f32>().sqrt(), 0.0])
            .collect();
        let tour = earlier.filter(|tour| tour.axes().len() == points.len);
        let reach = map_frame(&lengths)[1].max(1e-6);
        Self { tour: tour.unwrap_or_else(|| Tour::new(points.len, seed)), names, reach }
    }
}
