//! Contact sheets: inputs beside the outputs of the network and what these should be, each pixel enlarged by a whole
//! factor.

use std::path::Path;

use neurarium::data::encode_png;
use neurarium::error::Result;

use super::output::write_file;

/// A picture, `[height, width, channels]` bytes with 1 (grey), 3 or 4 (RGBA, opaque) channels.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    pub pixels: &'a [u8],
    pub width: usize,
    pub height: usize,
}

impl Tile<'_> {
    fn scale(&self) -> usize {
        (SIDE / self.width.max(self.height)).max(1)
    }
}

/// The sheet as an RGB image.
pub struct ContactSheet {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

/// Images are enlarged to about this many pixels.
const SIDE: usize = 128;
/// Pixels between the pictures that belong together, and around them.
const INNER: usize = 4;
const OUTER: usize = 16;
/// Light, yet white images stand out against it; neutral to every colour.
const PAPER: u8 = 0xe4;

impl ContactSheet {
    /// Writes the sheet as a PNG file.
    pub fn write(&self, path: &Path) -> Result<()> {
        write_file(path, &encode_png(self.width, self.height, 3, &self.pixels)?)
    }

    /// Lays out groups of pictures in rows, as near to a square as their number allows. All groups have pictures of the
    /// sizes of the first.
    pub fn of_groups(groups: &[Vec<Tile>]) -> Self {
        let first = groups.first().map_or(&[][..], Vec::as_slice);
        let width = |tile: &Tile| tile.width * tile.scale();
        let group_width = first.iter().map(|tile| width(tile) + INNER).sum::<usize>().saturating_sub(INNER);
        let group_height = first.iter().map(|tile| tile.height * tile.scale()).max().unwrap_or(0);
        let columns = (1..=groups.len().max(1))
            .find(|columns| columns * group_width >= groups.len().div_ceil(*columns) * group_height)
            .unwrap_or(1);
        let rows = groups.len().div_ceil(columns);
        let mut sheet = Self::blank(
            OUTER + columns * (group_width + OUTER), //
            OUTER + rows * (group_height + OUTER),
        );
        for (index, group) in groups.iter().enumerate() {
            let mut left = OUTER + index % columns * (group_width + OUTER);
            let top = OUTER + index / columns * (group_height + OUTER);
            for tile in group {
                sheet.put(tile, left, top);
                left += width(tile) + INNER;
            }
        }
        sheet
    }

    fn blank(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![PAPER; width * height * 3] }
    }

    fn put(&mut self, tile: &Tile, left: usize, top: usize) {
        let Tile { pixels, width, height } = *tile;
        let (scale, channels) = (tile.scale(), pixels.len() / (width * height));
        for y in 0..height * scale {
            let row = &mut self.pixels[((top + y) * self.width + left) * 3..][..width * scale * 3];
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let from = &pixels[(y / scale * width + x / scale) * channels..][..channels];
                match from {
                    [grey] => pixel.fill(*grey),
                    _ => pixel.copy_from_slice(&from[..3]),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_shows_each_pixel_as_a_square_of_one_colour() {
        let (input, output): ([u8; 4], [u8; 12]) = ([0, 50, 100, 150], [255; 2 * 2 * 3]);
        let tile = |pixels| Tile { pixels, width: 2, height: 2 };
        let sheet = ContactSheet::of_groups(&[vec![tile(&input), tile(&output)]]);
        assert_eq!((sheet.width, sheet.height), (16 + 128 + 4 + 128 + 16, 16 + 128 + 16));
        let pixel = |x: usize, y: usize| &sheet.pixels[(y * sheet.width + x) * 3..][..3];
        assert_eq!(pixel(16, 16), [0; 3]);
        assert_eq!(pixel(16 + 63, 16 + 63), [0; 3]);
        assert_eq!(pixel(16 + 64, 16 + 63), [50; 3]);
        assert_eq!(pixel(16 + 64, 16 + 64), [150; 3]);
        assert_eq!(pixel(16 + 128 + 4, 16), [255; 3]);
        assert_eq!(pixel(16 + 128, 16), [PAPER; 3]);
    }

    #[test]
    fn many_groups_make_rows_within_the_sheet() {
        let picture = vec![7; 300 * 200 * 4];
        let tile = Tile { pixels: &picture, width: 300, height: 200 };
        let small = Tile { pixels: &picture[..30 * 20 * 3], width: 30, height: 20 };
        let sheet = ContactSheet::of_groups(&vec![vec![tile, small, tile]; 7]);
        assert_eq!(sheet.pixels.len(), sheet.width * sheet.height * 3);
        assert!(sheet.width < 3 * sheet.height && sheet.height < 3 * sheet.width);
    }
}
