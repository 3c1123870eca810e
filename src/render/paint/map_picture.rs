//! The picture of a map: a disc for each image, coloured by its class.

/// An RGBA image, square.
pub struct MapPicture {
    /// Left, bottom, and units of the map in a pixel.
    corner: [f32; 2],
    unit: f32,
    side: usize,
    pub pixels: Vec<u8>,
}

/// Distinguishable by colour-blind eyes too (after Okabe and Ito); more classes begin again. As on the page.
const COLOURS: [u32; MapPicture::COLOURS] =
    [0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xa89a14, 0x7d6bb0, 0xe4556f, 0x7fb800];
const WITHOUT_CLASS: u32 = 0x80_86_8e;
/// Radius of a disc, in pixels.
const RADIUS: f32 = 2.0;

impl MapPicture {
    /// Number of different colours of classes.
    pub const COLOURS: usize = 10;

    /// Shows this part of the map, left, right, bottom and top, on paper of an RGBA colour.
    pub fn new([left, right, bottom, top]: [f32; 4], side: usize, paper: [u8; 4]) -> Self {
        let unit = (right - left).max(top - bottom) / side as f32;
        let half = unit * side as f32 / 2.0;
        let corner = [(left + right) / 2.0 - half, (bottom + top) / 2.0 - half];
        Self { corner, unit, side, pixels: paper.repeat(side * side) }
    }

    /// The colour of a class.
    pub fn colour(class: Option<u32>) -> [u8; 3] {
        let [_, rgb @ ..] = class.map_or(WITHOUT_CLASS, |class| COLOURS[class as usize % COLOURS.len()]).to_be_bytes();
        rgb
    }

    pub fn add(&mut self, [x, y]: [f32; 2], class: Option<u32>) {
        let (across, down) =
            ((x - self.corner[0]) / self.unit, self.side as f32 - 1.0 - (y - self.corner[1]) / self.unit);
        let [r, g, b] = Self::colour(class);
        let reach = RADIUS as i64;
        for (right, below) in (-reach..=reach).flat_map(|right| (-reach..=reach).map(move |below| (right, below))) {
            let (column, row) = (across.round() as i64 + right, down.round() as i64 + below);
            let side = 0..self.side as i64;
            let is_inside = (right * right + below * below) as f32 <= RADIUS * RADIUS + 0.5;
            if is_inside && side.contains(&column) && side.contains(&row) {
                let place = 4 * (row as usize * self.side + column as usize);
                self.pixels[place..place + 4].copy_from_slice(&[r, g, b, 255]);
            }
        }
    }
}
