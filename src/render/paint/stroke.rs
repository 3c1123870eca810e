//! Antialiased lines along curves, in device pixels.
//!
//! A curve is divided into straight pieces. Each piece is walked one pixel at a time along its longer axis, and the
//! line's thickness across that axis is blended over the two or three pixels that it covers. That takes one
//! multiplication and a few blends per step, about ten times less than filling an outline; thousands of lines are drawn
//! in each frame.

use std::ops::Range;

use super::canvas::Canvas;
use super::theme::Rgb;
use crate::render::scene::Bezier;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pen {
    pub colour: Rgb,
    /// 0..=1
    pub alpha: f32,
    /// In device pixels.
    pub width: f32,
}

/// Draws a curve given in device pixels.
pub fn curve(canvas: &mut Canvas, curve: &Bezier, pen: Pen) {
    let reach = pen.width + 1.0;
    let bounds = curve.bounds().grown(reach);
    let rows = canvas.rows();
    if bounds.right() < 0.0
        || bounds.bottom() < rows.start as f32
        || canvas.width() as f32 <= bounds.left
        || rows.end as f32 <= bounds.top
    {
        return;
    }
    let pieces = ((bounds.width + bounds.height) / 14.0).clamp(4.0, 64.0) as usize;
    let mut from = curve.0[0];
    let mut was_level = None;
    for piece in 1..=pieces {
        let to = curve.at(piece as f32 / pieces as f32);
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let is_level = dy.abs() <= dx.abs();
        // Where the longer axis changes, the square ends would leave a hole at the outside of the bend.
        let back = if was_level == Some(!is_level) { 0.5 / dx.hypot(dy).max(1e-6) } else { 0.0 };
        line(canvas, (from.0 - back * dx, from.1 - back * dy), to, pen);
        from = to;
        was_level = Some(is_level);
    }
}

/// Draws a straight line. Its ends are cut off at pixel centres, at right angles to the longer axis, so that pieces of
/// one curve meet without painting a pixel twice.
pub fn line(canvas: &mut Canvas, from: (f32, f32), to: (f32, f32), pen: Pen) {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (width, height, rows) = (canvas.width() as i32, canvas.height() as i32, canvas.rows());
    if dy.abs() <= dx.abs() {
        let put = |along, across, parts| canvas.blend_parts(along, across, pen.colour, parts);
        walk(from, to, (0..width, height), pen, put);
    } else {
        let put = |along, across, parts| canvas.blend_parts(across, along, pen.colour, parts);
        walk((from.1, from.0), (to.1, to.0), (rows, width), pen, put);
    }
}

/// Visits the pixels of a line, with the parts of 256 that it covers of each. The longer axis comes first in each
/// point.
///
/// `limits` are the pixels along the longer axis that are visited, and the number of pixels across. Positions across
/// the line are in 65536ths of a pixel, because rounding a float down is slow on older processors.
fn walk(from: (f32, f32), to: (f32, f32), limits: (Range<i32>, i32), pen: Pen, mut put: impl FnMut(i32, i32, u32)) {
    let (from, to) = if from.0 <= to.0 { (from, to) } else { (to, from) };
    let length = to.0 - from.0;
    if length < 1e-6 {
        return;
    }
    let slope = (to.1 - from.1) / length;
    let half = pen.width / 2.0 * (1.0 + slope * slope).sqrt();
    let first = ((from.0 - 0.5).ceil().max(0.0)) as i32;
    let last = ((to.0 - 0.5).ceil().min(limits.0.end as f32)) as i32;
    // A line beside the picture is skipped; its positions would overflow.
    let beside = |y: f32| y < -1000.0 || limits.1 as f32 + 1000.0 < y;
    if last <= first || beside(from.1) || beside(to.1) {
        return;
    }
    let alpha = (pen.alpha.clamp(0.0, 1.0) * 256.0) as i32;
    let start = from.1 + (first as f32 + 0.5 - from.0) * slope - half;
    let (mut low, thick, step) = ((start * 65536.0) as i32, (half * 131_072.0) as i32, (slope * 65536.0) as i32);
    // Counted from the edge of the picture, so that all bands get the same values.
    let skipped = (limits.0.start - first).max(0);
    low = low.wrapping_add(step.wrapping_mul(skipped));
    for along in first + skipped..last {
        let (low_parts, high_parts) = (low >> 8, (low + thick) >> 8);
        for across in low_parts >> 8..=(high_parts - 1) >> 8 {
            let cover = high_parts.min((across + 1) << 8) - low_parts.max(across << 8);
            let parts = (cover * alpha) >> 8;
            // A smaller coverage cannot be seen.
            if 3 < parts {
                put(along, across, parts as u32);
            }
        }
        low += step;
    }
}

#[cfg(test)]
mod tests {
    use super::super::pixmap::Pixmap;
    use super::*;

    const PEN: Pen = Pen { colour: [255; 3], alpha: 1.0, width: 1.0 };

    #[test]
    fn level_line_on_pixel_centres_is_sharp() {
        let mut pixmap = Pixmap::new(10, 5);
        line(&mut pixmap.canvas(), (2.0, 2.5), (8.0, 2.5), PEN);
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
            line(&mut pixmap.canvas(), (50.0, 50.0), end, PEN);
            let area = pixmap.data().chunks(4).map(|p| p[0] as f32 / 255.0).sum::<f32>();
            assert!((area - 40.0).abs() < 1.6, "step {step}: area {area}");
        }
    }
}
