//! A canvas: rows of a picture to draw on, with the basic shapes.
//!
//! All coordinates are device pixels of the whole picture; pixel (x, y) covers x..x+1, y..y+1. Nothing is drawn outside
//! the rows, and the result does not depend on how the picture is divided into rows: bands drawn by several threads
//! give the same picture as a single canvas.

use std::ops::Range;

use super::theme::Rgb;
use super::tiles::Marks;
use crate::render::scene::Rect;

/// Guarantee: `data` holds the pixels of `rows`, which are inside the picture, with `width` pixels of 4 bytes in each
/// row.
pub struct Canvas<'a> {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) rows: Range<usize>,
    pub(super) data: &'a mut [u8],
    /// The tiles that were drawn on.
    pub(super) touched: Marks<'a>,
}

impl Canvas<'_> {
    /// Width of the whole picture.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height of the whole picture.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The rows that can be drawn on.
    pub fn rows(&self) -> Range<i32> {
        self.rows.start as i32..self.rows.end as i32
    }

    /// Restores the tiles that were drawn on from a copy of the whole picture.
    pub fn restore(&mut self, kept: &[u8]) {
        let kept = &kept[self.rows.start * self.width as usize * 4..];
        let top = self.rows.start as u32;
        for part in self.touched.parts(self.width, self.height) {
            for row in part.rows_in(self.width, top) {
                self.data[row.clone()].copy_from_slice(&kept[row]);
            }
        }
        self.touched.clear();
    }

    pub fn fill(&mut self, colour: Rgb) {
        self.touched.mark_all();
        self.data.as_chunks_mut::<4>().0.fill(opaque(colour));
    }

    /// Pixels `left..right` of one of the rows. They must be inside it.
    #[inline]
    pub fn span(&mut self, y: usize, left: usize, right: usize) -> &mut [[u8; 4]] {
        self.touched.mark_span(y, left, right);
        self.row(y, left, right)
    }

    /// The same, without marking tiles.
    #[inline]
    fn row(&mut self, y: usize, left: usize, right: usize) -> &mut [[u8; 4]] {
        let row = (y - self.rows.start) * self.width as usize;
        &mut self.data.as_chunks_mut::<4>().0[row + left..row + right]
    }

    /// Copies pixels `left..right` of row `from` to row `to`.
    #[inline]
    pub fn repeat_span(&mut self, from: usize, to: usize, left: usize, right: usize) {
        self.touched.mark_span(to, left, right);
        let at = |y: usize, x: usize| ((y - self.rows.start) * self.width as usize + x) * 4;
        let (source, to) = (at(from, left)..at(from, right), at(to, left));
        self.data.copy_within(source, to);
    }

    /// Blends a colour over one pixel; `alpha` 0..=1.
    #[inline]
    pub fn blend(&mut self, x: i32, y: i32, colour: Rgb, alpha: f32) {
        self.blend_parts(x, y, colour, weight(alpha));
    }

    /// Blends a colour over one pixel; `parts` 0..=256.
    #[inline]
    pub fn blend_parts(&mut self, x: i32, y: i32, colour: Rgb, parts: u32) {
        if (x as u32) < self.width && 0 <= y && self.rows.contains(&(y as usize)) {
            self.touched.mark(x as usize, y as usize);
            let at = (y as usize - self.rows.start) * self.width as usize + x as usize;
            mix(&mut self.data.as_chunks_mut::<4>().0[at], colour, parts);
        }
    }

    /// Blends a colour over whole pixels `left..right`, `top..bottom`, clipped to the rows.
    pub fn blend_pixels(&mut self, (left, top, right, bottom): (i32, i32, i32, i32), colour: Rgb, alpha: f32) {
        let (left, right) = (left.max(0), right.min(self.width as i32));
        if right <= left {
            return;
        }
        let a = weight(alpha);
        let (top, bottom) = (top.max(self.rows().start) as usize, bottom.clamp(0, self.rows().end) as usize);
        let (left, right) = (left as usize, right as usize);
        self.touched.mark_pixels(left..right, top..bottom);
        for y in top..bottom {
            let span = self.row(y, left, right);
            if a == 256 {
                span.fill(opaque(colour));
            } else {
                span.iter_mut().for_each(|pixel| mix(pixel, colour, a));
            }
        }
    }

    /// Draws a rectangle with round corners and smooth edges. With `line` 0 it is filled; otherwise only a line of that
    /// width is drawn along the inside of its edge.
    pub fn round_rect(&mut self, rect: Rect, radius: f32, line: f32, colour: Rgb, alpha: f32) {
        let Some((left, top, right, bottom)) = self.cut(rect) else { return };
        let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0);
        let (centre_x, centre_y) = rect.centre();
        let is_whole = [rect.left, rect.top, rect.right(), rect.bottom()].iter().all(|edge| edge.fract() == 0.0);
        let (half_x, half_y) = (rect.width / 2.0 - radius, rect.height / 2.0 - radius);
        // The coverage at a distance from the edge, which is negative inside.
        let cover = |distance: f32| {
            let filled = (0.5 - distance).clamp(0.0, 1.0);
            if 0.0 < line { filled - (0.5 - distance - line).clamp(0.0, 1.0) } else { filled }
        };
        // In a row, the coverage varies only in a band along the left and right edges; the rest is one span.
        let band = (radius.max(line) + 2.0) as i32;
        let inner_left = ((rect.left as i32) + band).clamp(left, right);
        let inner_right = ((rect.right().ceil() as i32) - band).clamp(inner_left, right);
        for y in top..bottom {
            let dy = (y as f32 + 0.5 - centre_y).abs() - half_y;
            // Between the corners of a rectangle of whole pixels, rows are covered from end to end, or at both ends.
            if is_whole && line == 0.0 && dy <= 0.0 {
                self.blend_pixels((left, y, right, y + 1), colour, alpha);
                continue;
            }
            if is_whole && line.fract() == 0.0 && dy <= -1.0 - line {
                let (from, to, line) = (rect.left as i32, rect.right() as i32, line as i32);
                self.blend_pixels((from, y, from + line, y + 1), colour, alpha);
                self.blend_pixels(((to - line).max(from + line), y, to, y + 1), colour, alpha);
                continue;
            }
            let shade = |x: i32, canvas: &mut Self| {
                let dx = (x as f32 + 0.5 - centre_x).abs() - half_x;
                let cover = cover(dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius);
                if 0.0 < cover {
                    canvas.blend(x, y, colour, alpha * cover);
                }
            };
            (left..inner_left).for_each(|x| shade(x, self));
            let flat = cover(dy - radius);
            if 0.0 < flat {
                self.blend_pixels((inner_left, y, inner_right, y + 1), colour, alpha * flat);
            }
            (inner_right..right).for_each(|x| shade(x, self));
        }
    }

    /// The pixels that a rectangle touches; `None` if it is outside.
    fn cut(&self, rect: Rect) -> Option<(i32, i32, i32, i32)> {
        let left = rect.left.floor().max(0.0) as i32;
        let rows = self.rows();
        let top = rect.top.floor().max(rows.start as f32) as i32;
        let right = rect.right().ceil().min(self.width as f32) as i32;
        let bottom = rect.bottom().ceil().min(rows.end as f32) as i32;
        (left < right && top < bottom).then_some((left, top, right, bottom))
    }
}

#[inline]
pub fn opaque([r, g, b]: Rgb) -> [u8; 4] {
    [r, g, b, 255]
}

#[inline]
fn weight(alpha: f32) -> u32 {
    (alpha.clamp(0.0, 1.0) * 256.0 + 0.5) as u32
}

/// Treats all four bytes alike, which is faster than only three; 255 over 255 stays 255.
#[inline]
fn mix(pixel: &mut [u8; 4], colour: Rgb, a: u32) {
    let over = opaque(colour).map(|v| v as u16 * a as u16 + 128);
    let under = (256 - a) as u16;
    for (byte, over) in pixel.iter_mut().zip(over) {
        *byte = ((*byte as u16 * under + over) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::super::pixmap::Pixmap;
    use super::*;

    #[test]
    fn round_rect_fills_its_middle_and_leaves_its_corners() {
        let mut pixmap = Pixmap::new(20, 20);
        pixmap.canvas().round_rect(Rect::from_ltwh(2.0, 2.0, 16.0, 16.0), 6.0, 0.0, [255; 3], 1.0);
        assert_eq!(pixmap.pixel(10, 10), [255; 3]);
        assert_eq!(pixmap.pixel(10, 2), [255; 3]);
        assert_eq!(pixmap.pixel(2, 10), [255; 3]);
        assert_eq!(pixmap.pixel(2, 2), [0; 3]);
        assert_eq!(pixmap.pixel(1, 10), [0; 3]);
    }

    #[test]
    fn round_line_leaves_the_inside() {
        let mut pixmap = Pixmap::new(40, 40);
        pixmap.canvas().round_rect(Rect::from_ltwh(2.0, 2.0, 36.0, 36.0), 6.0, 1.0, [255; 3], 1.0);
        assert_eq!(pixmap.pixel(20, 2), [255; 3]);
        assert_eq!(pixmap.pixel(2, 20), [255; 3]);
        assert_eq!(pixmap.pixel(37, 20), [255; 3]);
        assert_eq!(pixmap.pixel(20, 37), [255; 3]);
        assert_eq!(pixmap.pixel(20, 3), [0; 3]);
        assert_eq!(pixmap.pixel(20, 20), [0; 3]);
    }

    #[test]
    fn drawing_outside_is_cut() {
        let mut pixmap = Pixmap::new(4, 4);
        pixmap.canvas().round_rect(Rect::from_ltwh(-10.0, -10.0, 100.0, 100.0), 3.0, 0.0, [9; 3], 1.0);
        pixmap.canvas().blend_pixels((-5, -5, 99, 1), [7; 3], 1.0);
        assert_eq!(pixmap.pixel(0, 0), [7; 3]);
        assert_eq!(pixmap.pixel(3, 3), [9; 3]);
    }
}
