//! A picture: opaque RGBA bytes, row by row from the top, that is drawn on through a [`Canvas`].
//!
//! It records the tiles that were drawn on, so that the next frame does not have to be drawn from nothing.

use super::canvas::Canvas;
use super::theme::Rgb;
use super::tiles::{FramePart, Tiles};

/// Number of bands for each thread.
const BANDS: usize = 3;

/// Guarantee: `data` holds `width * height` pixels of 4 bytes, alpha 255.
#[derive(Clone, Debug, Default)]
pub struct Pixmap {
    width: u32,
    height: u32,
    data: Vec<u8>,
    /// Tiles that were drawn on since the last [`Pixmap::keep`] or [`Canvas::restore`].
    touched: Tiles,
}

/// Compares the pictures, not the tiles that were drawn on.
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

    /// Gives it another size and makes it black; reuses its memory if possible.
    pub fn resize(&mut self, width: u32, height: u32) {
        (self.width, self.height) = (width, height);
        self.data.resize(width as usize * height as usize * 4, 0);
        self.touched = Tiles::new(width, height);
        self.canvas().fill([0; 3]);
    }

    /// A canvas of the whole picture.
    pub fn canvas(&mut self) -> Canvas<'_> {
        let Self { width, height, ref mut data, ref mut touched } = *self;
        Canvas { width, height, rows: 0..height as usize, data, touched: touched.marks() }
    }

    /// Canvases of bands of rows, from the top, for this many threads: several for each, because they take different
    /// times.
    pub fn bands(&mut self, threads: usize) -> Vec<Canvas<'_>> {
        let Self { width, height, ref mut data, ref mut touched } = *self;
        let wanted = if threads == 1 { 1 } else { threads * BANDS };
        let (each, marks) = touched.bands(wanted);
        let pixels = data.chunks_mut((each * width as usize * 4).max(1));
        let band = |(number, (data, touched)): (usize, (_, _))| {
            let rows = number * each..((number + 1) * each).min(height as usize);
            Canvas { width, height, rows, data, touched }
        };
        pixels.zip(marks).enumerate().map(band).collect()
    }

    /// Copies the picture to `kept`, for [`Canvas::restore`].
    pub fn keep(&mut self, kept: &mut Vec<u8>) {
        kept.clone_from(&self.data);
        self.touched.clear();
    }

    /// The tiles that were drawn on since it was kept.
    pub fn touched(&self) -> &Tiles {
        &self.touched
    }

    /// Appends the pixels of a part, row by row.
    pub fn copy_part(&self, part: FramePart, out: &mut Vec<u8>) {
        part.rows_in(self.width, 0).for_each(|row| out.extend_from_slice(&self.data[row]));
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
}
