//! Contact sheets: inputs beside the outputs of the network, each pixel enlarged by a whole factor.

/// An input and its output, `[height, width, channels]` bytes with 1 (grey), 3 or 4 (RGBA, opaque) channels.
pub struct Pair<'a> {
    pub input: &'a [u8],
    pub output: &'a [u8],
}

/// The sheet as an RGB image.
pub struct ContactSheet {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

/// Images are enlarged to about this many pixels.
const SIDE: usize = 128;
/// Pixels between the two of a pair, and around pairs.
const INNER: usize = 4;
const OUTER: usize = 16;
/// Light, yet white images stand out against it; neutral to every colour.
const PAPER: u8 = 0xe4;

impl ContactSheet {
    /// Lays out pairs in rows, as near to a square as their number allows.
    pub fn of_pairs(pairs: &[Pair], width: usize, height: usize) -> Self {
        let scale = (SIDE / width.max(height)).max(1);
        let (tile_width, tile_height) = (width * scale, height * scale);
        let (pair_width, pair_height) = (2 * tile_width + INNER, tile_height);
        let columns = (1..=pairs.len().max(1))
            .find(|columns| columns * pair_width >= pairs.len().div_ceil(*columns) * pair_height)
            .unwrap_or(1);
        let rows = pairs.len().div_ceil(columns);
        let mut sheet = Self::blank(
            OUTER + columns * (pair_width + OUTER), //
            OUTER + rows * (pair_height + OUTER),
        );
        for (index, pair) in pairs.iter().enumerate() {
            let left = OUTER + index % columns * (pair_width + OUTER);
            let top = OUTER + index / columns * (pair_height + OUTER);
            sheet.put(pair.input, (width, height), scale, left, top);
            sheet.put(pair.output, (width, height), scale, left + tile_width + INNER, top);
        }
        sheet
    }

    fn blank(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![PAPER; width * height * 3] }
    }

    fn put(&mut self, picture: &[u8], (width, height): (usize, usize), scale: usize, left: usize, top: usize) {
        let channels = picture.len() / (width * height);
        for y in 0..height * scale {
            let row = &mut self.pixels[((top + y) * self.width + left) * 3..][..width * scale * 3];
            for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
                let from = &picture[(y / scale * width + x / scale) * channels..][..channels];
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
        let (input, output) = ([0, 50, 100, 150], [255; 2 * 2 * 3]);
        let sheet = ContactSheet::of_pairs(&[Pair { input: &input, output: &output }], 2, 2);
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
    fn many_pairs_make_rows_within_the_sheet() {
        let picture = vec![7; 300 * 200 * 4];
        let pairs: Vec<Pair> = (0..7).map(|_| Pair { input: &picture, output: &picture }).collect();
        let sheet = ContactSheet::of_pairs(&pairs, 300, 200);
        assert_eq!(sheet.pixels.len(), sheet.width * sheet.height * 3);
        assert!(sheet.width < 3 * sheet.height && sheet.height < 3 * sheet.width);
    }
}
