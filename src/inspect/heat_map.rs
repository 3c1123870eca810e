//! A heat map: how much each place of a picture speaks for a class.

/// A number for each place, `[height, width]`: positive where the place speaks for the class, negative where it speaks
/// against it.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    pub width: usize,
    pub height: usize,
    pub values: Vec<f32>,
}

impl HeatMap {
    /// The largest absolute value.
    pub fn limit(&self) -> f32 {
        self.values.iter().filter(|value| value.is_finite()).fold(0.0, |most, value| most.max(value.abs()))
    }

    /// The map in the size of the picture, bilinear: the corners of both are at the same places, and a cell of the map
    /// has its value in the middle (`align_corners=False` in PyTorch).
    pub fn resized(&self, width: usize, height: usize) -> Self {
        let (across, down) = (taps(self.width, width), taps(self.height, height));
        let mut values = Vec::with_capacity(width * height);
        for &(top, bottom, v) in &down {
            for &(left, right, u) in &across {
                let at = |y: usize, x: usize| self.values[y * self.width + x];
                let above = at(top, left) + u * (at(top, right) - at(top, left));
                let below = at(bottom, left) + u * (at(bottom, right) - at(bottom, left));
                values.push(above + v * (below - above));
            }
        }
        Self { width, height, values }
    }
}

/// For each of `to` places the two of `from` between which it is, and how far it is from the first to the second.
pub(super) fn taps(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    let tap = |place: usize| {
        let at = ((place as f32 + 0.5) * scale - 0.5).clamp(0.0, (from - 1) as f32);
        let first = at as usize;
        (first, (first + 1).min(from - 1), at - first as f32)
    };
    (0..to).map(tap).collect()
}
