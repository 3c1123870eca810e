//! The picture of a map: a disc for each image, coloured by its class.

/// An RGB image, square.
pub struct MapPicture {
    /// Left, bottom, and units of the map in a pixel.
    corner: [f32; 2],
    unit: f32,
    pub pixels: Vec<u8>,
}

/// Distinguishable by colour-blind eyes too (after Okabe and Ito); more classes begin again. As on the page.
const COLOURS: [u32; 10] =
    [0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0x56b4e9, 0xd55e00, 0xa89a14, 0x7d6bb0, 0xe4556f, 0x7fb800];
const WITHOUT_CLASS: u32 = 0x80_86_8e;
const PAPER: u8 = 0xff;
/// Radius of a disc, in pixels.
const RADIUS: f32 = 2.0;

impl MapPicture {
    pub const SIDE: usize = 1200;

    /// Shows this part of the map: left, right, bottom, top.
    pub fn new([left, right, bottom, top]: [f32; 4]) -> Self {
        let unit = (right - left).max(top - bottom) / Self::SIDE as f32;
        let half = unit * Self::SIDE as f32 / 2.0;
        let corner = [(left + right) / 2.0 - half, (bottom + top) / 2.0 - half];
        Self { corner, unit, pixels: vec![PAPER; Self::SIDE * Self::SIDE * 3] }
    }

    pub fn add(&mut self, [x, y]: [f32; 2], class: Option<u32>) {
        let (across, down) =
            ((x - self.corner[0]) / self.unit, Self::SIDE as f32 - 1.0 - (y - self.corner[1]) / self.unit);
        let colour = class.map_or(WITHOUT_CLASS, |class| COLOURS[class as usize % COLOURS.len()]);
        let [_, rgb @ ..] = colour.to_be_bytes();
        let reach = RADIUS as i64;
        for (right, below) in (-reach..=reach).flat_map(|right| (-reach..=reach).map(move |below| (right, below))) {
            let (column, row) = (across.round() as i64 + right, down.round() as i64 + below);
            let side = 0..Self::SIDE as i64;
            let is_inside = (right * right + below * below) as f32 <= RADIUS * RADIUS + 0.5;
            if is_inside && side.contains(&column) && side.contains(&row) {
                let place = 3 * (row as usize * Self::SIDE + column as usize);
                self.pixels[place..place + 3].copy_from_slice(&rgb);
            }
        }
    }
}
