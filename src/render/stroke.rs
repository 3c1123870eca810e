//! Smoothed lines and ribbons along curves, in device pixels.
//!
//! A curve is cut into straight pieces; each piece is walked one pixel at a time along its longer axis, and the
//! line's thickness across that axis is laid on the two or three pixels it covers. That is one multiplication and a
//! few blends per step, some ten times less than filling an outline, and thousands of lines are drawn each frame.

use super::geometry::Curve;
use super::pixmap::Pixmap;
use super::theme::Rgb;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    pub colour: Rgb,
    /// 0..=1
    pub alpha: f32,
    /// Device pixels.
    pub width: f32,
}

/// Draws a curve given in device pixels.
pub fn curve(pixmap: &mut Pixmap, curve: &Curve, pen: Pen) {
    let reach = pen.width + 1.0;
    let bounds = curve.bounds().grown(reach);
    if bounds.right() < 0.0
        || bounds.bottom() < 0.0
        || pixmap.width() as f32 <= bounds.left
        || pixmap.height() as f32 <= bounds.top
    {
        return;
    }
    let pieces = ((bounds.width + bounds.height) / 14.0).clamp(4.0, 64.0) as usize;
    let mut from = curve.0[0];
    for piece in 1..=pieces {
        let to = curve.at(piece as f32 / pieces as f32);
        line(pixmap, from, to, pen);
        from = to;
    }
}

/// Draws a straight line. Its ends are cut square to the longer axis at pixel centres, so that pieces of one curve
/// meet without a doubled pixel.
pub fn line(pixmap: &mut Pixmap, from: (f32, f32), to: (f32, f32), pen: Pen) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if dy.abs() <= dx.abs() {
        walk(from, to, pixmap.width(), pen, |along, across, alpha| pixmap.blend(along, across, pen.colour, alpha));
    } else {
        let (from, to) = ((from.1, from.0), (to.1, to.0));
        walk(from, to, pixmap.height(), pen, |along, across, alpha| pixmap.blend(across, along, pen.colour, alpha));
    }
}

/// Visits the pixels of a line whose longer axis comes first in each point.
fn walk(from: (f32, f32), to: (f32, f32), limit: u32, pen: Pen, mut put: impl FnMut(i32, i32, f32)) {
    let (from, to) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let length = to.0 - from.0;
    if length < 1e-6 {
        return;
    }
    let slope = (to.1 - from.1) / length;
    let half = pen.width / 2.0 * (1.0 + slope * slope).sqrt();
    let first = ((from.0 - 0.5).ceil().max(0.0)) as i32;
    let last = ((to.0 - 0.5).ceil().min(limit as f32)) as i32;
    for along in first..last {
        let centre = from.1 + (along as f32 + 0.5 - from.0) * slope;
        let (low, high) = (centre - half, centre + half);
        let mut across = low.floor() as i32;
        while (across as f32) < high {
            let cover = high.min(across as f32 + 1.0) - low.max(across as f32);
            put(along, across, pen.alpha * cover);
            across += 1;
        }
    }
}

/// Fills the space between two curves that both run from left to right between the same two columns.
pub fn ribbon(pixmap: &mut Pixmap, upper: &Curve, lower: &Curve, colour: Rgb, alpha: f32) {
    let (start, end) = (upper.0[0].0, upper.0[3].0);
    let (upper, lower) = if start <= end { (*upper, *lower) } else { (backwards(upper), backwards(lower)) };
    let (start, end) = (start.min(end), start.max(end));
    let first = start.round().max(0.0) as i32;
    let last = end.round().min(pixmap.width() as f32) as i32;
    for x in first..last {
        let at = x as f32 + 0.5;
        let top = height_at(&upper, at).max(-1.0);
        let bottom = height_at(&lower, at).min(pixmap.height() as f32 + 1.0);
        if bottom <= top {
            continue;
        }
        let (inner_top, inner_bottom) = (top.ceil() as i32, bottom.floor() as i32);
        if inner_bottom < inner_top {
            pixmap.blend(x, inner_bottom, colour, alpha * (bottom - top));
            continue;
        }
        pixmap.blend(x, inner_top - 1, colour, alpha * (inner_top as f32 - top));
        for y in inner_top..inner_bottom {
            pixmap.blend(x, y, colour, alpha);
        }
        pixmap.blend(x, inner_bottom, colour, alpha * (bottom - inner_bottom as f32));
    }
}

fn backwards(curve: &Curve) -> Curve {
    let [a, b, c, d] = curve.0;
    Curve([d, c, b, a])
}

/// The y of a curve that runs to the right, at a given x.
fn height_at(curve: &Curve, x: f32) -> f32 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..16 {
        let middle = (low + high) / 2.0;
        if curve.at(middle).0 < x { low = middle } else { high = middle }
    }
    curve.at((low + high) / 2.0).1
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEN: Pen = Pen { colour: [255; 3], alpha: 1.0, width: 1.0 };

    #[test]
    fn level_line_on_pixel_centres_is_sharp() {
        let mut pixmap = Pixmap::new(10, 5);
        line(&mut pixmap, (2.0, 2.5), (8.0, 2.5), PEN);
        for x in 0..10 {
            assert_eq!(pixmap.pixel(x, 2), if (2..8).contains(&x) { [255; 3] } else { [0; 3] });
            assert_eq!(pixmap.pixel(x, 1), [0; 3]);
            assert_eq!(pixmap.pixel(x, 3), [0; 3]);
        }
    }

    #[test]
    fn line_covers_its_area_in_every_direction() {
        for step in 0..24 {
            let angle = step as f32 * std::f32::consts::TAU / 24.0;
            let mut pixmap = Pixmap::new(100, 100);
            let end = (50.0 + 40.0 * angle.cos(), 50.0 + 40.0 * angle.sin());
            line(&mut pixmap, (50.0, 50.0), end, PEN);
            let area = pixmap.data().chunks(4).map(|p| p[0] as f32 / 255.0).sum::<f32>();
            assert!((area - 40.0).abs() < 1.6, "step {step}: area {area}");
        }
    }
}
