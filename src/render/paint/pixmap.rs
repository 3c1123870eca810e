//! The picture that is drawn: opaque RGBA bytes, row by row from the top. It is drawn on through a [`Canvas`].
//!
//! It keeps account of the tiles that were drawn on, whoever drew, so that the next frame need not begin from nothing.

use super::canvas::Canvas;
use super::theme::Rgb;
use super::tiles::{FramePart, Tiles};

/// Bands for each thread.
const BANDS: usize = 3;

/// Guarantee: `data` holds `width * height` pixels of 4 bytes, alpha 255.
#[derive(Clone, Debug, Default)]
pub struct Pixmap {
    width: u32,
    height: u32,
    data: Vec<u8>,
    /// Drawn on since the last [`Pixmap::keep`], or since the canvas was restored.
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
        self.touched = Tiles::new(width, height);
        self.canvas().fill([0; 3]);
    }

    /// All of it, to draw on.
    pub fn canvas(&mut self) -> Canvas<'_> {
        let Self { width, height, ref mut data, ref mut touched } = *self;
        Canvas { width, height, rows: 0..height as usize, data, touched: touched.marks() }
    }

    /// Bands of rows from the top, for as many threads as there are; several to each, as they are not equally full.
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

    /// Copies all of it to `kept`, for [`Canvas::restore`].
    pub fn keep(&mut self, kept: &mut Vec<u8>) {
        kept.clone_from(&self.data);
        self.touched.clear();
    }

    /// What was drawn on since it was kept.
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
