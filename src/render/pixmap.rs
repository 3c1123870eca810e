//! The picture that is drawn: opaque RGBA bytes, row by row from the top, and the simplest things drawn on it.
//!
//! All coordinates are device pixels; pixel (x, y) covers x..x+1, y..y+1. Nothing draws outside.
//!
//! It keeps account of the tiles that were drawn on, whoever drew, so that the next frame need not begin from nothing.

use std::ops::Range;

use super::geometry::Rect;
use super::theme::Rgb;
use super::tiles::{Part, Tiles};

/// Guarantee: `data` holds `width * height` pixels of 4 bytes, alpha 255.
#[derive(Clone, Debug, Default)]
pub struct Pixmap {
    width: u32,
    height: u32,
    data: Vec<u8>,
    /// Drawn on since the last [`Pixmap::keep`] or [`Pixmap::restore`].
    touched: Tiles,
}

/// The same picture, however it came about.
impl PartialEq for Pixmap {
    fn eq(&self, other: &Self) -> bool {
        (self.width, self.height) == (other.width, other.height) && self.data == other.data
    }
}

impl Pixmap {
    pub fn new(width: u32, height: u32) -> Self {
        let mut pixmap = Self::default();
        pixmap.resize(width, height);
        pixmap
    }

    /// Makes it black and of another size; keeps its memory where it can.
    pub fn resize(&mut self, width: u32, height: u32) {
        (self.width, self.height) = (width, height);
        self.data.resize(width as usize * height as usize * 4, 0);
        self.touched = Tiles::new(width, height, true);
        self.fill([0; 3]);
    }

    /// Copies all of it to `kept`, to come back to by [`Pixmap::restore`].
    pub fn keep(&mut self, kept: &mut Vec<u8>) {
        kept.clone_from(&self.data);
        self.touched.clear();
    }

    /// Makes it what it was when it was kept, by copying the tiles that were drawn on since; gives these.
    pub fn restore(&mut self, kept: &[u8]) -> Tiles {
        for part in self.touched.parts() {
            for row in self.rows_of(part) {
                self.data[row.clone()].copy_from_slice(&kept[row]);
            }
        }
        let touched = self.touched.clone();
        self.touched.clear();
        touched
    }

    /// What was drawn on since it was kept or restored.
    pub fn touched(&self) -> &Tiles {
        &self.touched
    }

    /// Appends the pixels of a part, row by row.
    pub fn copy_part(&self, part: Part, out: &mut Vec<u8>) {
        self.rows_of(part).for_each(|row| out.extend_from_slice(&self.data[row]));
    }

    /// Where the rows of a part lie in the data.
    fn rows_of(&self, part: Part) -> impl Iterator<Item = Range<usize>> + use<> {
        let (width, left, len) = (self.width as usize, part.left as usize, part.width as usize * 4);
        (part.top as usize..(part.top + part.height) as usize).map(move |y| {
            let start = (y * width + left) * 4;
            start..start + len
        })
    }

    pub fn width(&self) -> u32 {
        self.width
    }

    pub fn height(&self) -> u32 {
        self.height
    }

    /// RGBA, straight alpha, always opaque.
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    pub fn pixel(&self, x: u32, y: u32) -> Rgb {
        let at = (y as usize * self.width as usize + x as usize) * 4;
        [self.data[at], self.data[at + 1], self.data[at + 2]]
    }

    pub fn fill(&mut self, colour: Rgb) {
        self.touched.mark_all();
        self.data.as_chunks_mut::<4>().0.fill(opaque(colour));
    }

    /// Pixels `left..right` of a row; both must lie within it.
    #[inline]
    pub fn span(&mut self, y: usize, left: usize, right: usize) -> &mut [[u8; 4]] {
        self.touched.mark_span(y, left, right);
        let row = y * self.width as usize;
        &mut self.data.as_chunks_mut::<4>().0[row + left..row + right]
    }

    /// Repeats pixels `left..right` of row `from` in row `to`.
    #[inline]
    pub fn repeat_span(&mut self, from: usize, to: usize, left: usize, right: usize) {
        self.touched.mark_span(to, left, right);
        let width = self.width as usize;
        let source = (from * width + left) * 4..(from * width + right) * 4;
        self.data.copy_within(source, (to * width + left) * 4);
    }

    /// Lays a colour over one pixel; `alpha` 0..=1.
    #[inline]
    pub fn blend(&mut self, x: i32, y: i32, colour: Rgb, alpha: f32) {
        self.blend_parts(x, y, colour, weight(alpha));
    }

    /// Lays a colour over one pixel; `parts` of 256.
    #[inline]
    pub fn blend_parts(&mut self, x: i32, y: i32, colour: Rgb, parts: u32) {
        if (x as u32) < self.width && (y as u32) < self.height {
            self.touched.mark(x as usize, y as usize);
            let at = y as usize * self.width as usize + x as usize;
            mix(&mut self.data.as_chunks_mut::<4>().0[at], colour, parts);
        }
    }

    /// Lays a colour over whole pixels `left..right`, `top..bottom`, cut to the picture.
    pub fn blend_pixels(&mut self, (left, top, right, bottom): (i32, i32, i32, i32), colour: Rgb, alpha: f32) {
        let (left, right) = (left.max(0), right.min(self.width as i32));
        if right <= left {
            return;
        }
        let a = weight(alpha);
        for y in top.max(0)..bottom.min(self.height as i32) {
            let span = self.span(y as usize, left as usize, right as usize);
            if a == 256 {
                span.fill(opaque(colour));
            } else {
                span.iter_mut().for_each(|pixel| mix(pixel, colour, a));
            }
        }
    }

    /// A rectangle with round corners, its edges smoothed. `line` 0 fills it; more draws only a line of that width
    /// along the inside of its edge.
    pub fn round_rect(&mut self, rect: Rect, radius: f32, line: f32, colour: Rgb, alpha: f32) {
        let Some((left, top, right, bottom)) = self.cut(rect) else { return };
        let radius = radius.min(rect.width / 2.0).min(rect.height / 2.0);
        let (centre_x, centre_y) = rect.centre();
        let (half_x, half_y) = (rect.width / 2.0 - radius, rect.height / 2.0 - radius);
        // Only a band along the left and right edges can be anything but flat in a row; the rest is one span.
        let band = (radius.max(line) + 2.0) as i32;
        for y in top..bottom {
            let dy = (y as f32 + 0.5 - centre_y).abs() - half_y;
            let near_edge = -radius - 1.0 - line < dy - radius && -(line + radius) - 1.0 < dy;
            let shade = |x: i32, pixmap: &mut Self| {
                let dx = (x as f32 + 0.5 - centre_x).abs() - half_x;
                // Distance to the edge, negative inside.
                let distance = dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - radius;
                let mut cover = (0.5 - distance).clamp(0.0, 1.0);
                if 0.0 < line {
                    cover -= (0.5 - distance - line).clamp(0.0, 1.0);
                }
                if 0.0 < cover {
                    pixmap.blend(x, y, colour, alpha * cover);
                }
            };
            let inner_left = ((rect.left as i32) + band).clamp(left, right);
            let inner_right = ((rect.right().ceil() as i32) - band).clamp(inner_left, right);
            (left..inner_left).for_each(|x| shade(x, self));
            if near_edge {
                (inner_left..inner_right).for_each(|x| shade(x, self));
            } else if line == 0.0 {
                self.blend_pixels((inner_left, y, inner_right, y + 1), colour, alpha);
            }
            (inner_right..right).for_each(|x| shade(x, self));
        }
    }

    /// The whole pixels a rectangle touches; `None` if it lies outside.
    fn cut(&self, rect: Rect) -> Option<(i32, i32, i32, i32)> {
        let left = rect.left.floor().max(0.0) as i32;
        let top = rect.top.floor().max(0.0) as i32;
        let right = rect.right().ceil().min(self.width as f32) as i32;
        let bottom = rect.bottom().ceil().min(self.height as f32) as i32;
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

#[inline]
fn mix(pixel: &mut [u8; 4], colour: Rgb, a: u32) {
    for (under, over) in pixel.iter_mut().zip(colour) {
        *under = ((*under as u32 * (256 - a) + over as u32 * a + 128) >> 8) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_rect_fills_its_middle_and_leaves_its_corners() {
        let mut pixmap = Pixmap::new(20, 20);
        pixmap.round_rect(Rect::from_ltwh(2.0, 2.0, 16.0, 16.0), 6.0, 0.0, [255; 3], 1.0);
        assert_eq!(pixmap.pixel(10, 10), [255; 3]);
        assert_eq!(pixmap.pixel(10, 2), [255; 3]);
        assert_eq!(pixmap.pixel(2, 10), [255; 3]);
        assert_eq!(pixmap.pixel(2, 2), [0; 3]);
        assert_eq!(pixmap.pixel(1, 10), [0; 3]);
    }

    #[test]
    fn round_line_leaves_the_inside() {
        let mut pixmap = Pixmap::new(40, 40);
        pixmap.round_rect(Rect::from_ltwh(2.0, 2.0, 36.0, 36.0), 6.0, 1.0, [255; 3], 1.0);
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
        pixmap.round_rect(Rect::from_ltwh(-10.0, -10.0, 100.0, 100.0), 3.0, 0.0, [9; 3], 1.0);
        pixmap.blend_pixels((-5, -5, 99, 1), [7; 3], 1.0);
        assert_eq!(pixmap.pixel(0, 0), [7; 3]);
        assert_eq!(pixmap.pixel(3, 3), [9; 3]);
    }
}
