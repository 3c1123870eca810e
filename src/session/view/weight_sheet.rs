//! The incoming weights of all units of a layer, one picture for each: its channels, or its neurons where it has no
//! places. Filters that read the colours of the input are shown in colour, grey where a weight is 0.

use super::view::Viewer;
use super::weight_image::WeightImage;
use crate::inspect::Unit;
use crate::render::Theme;

/// Most units of a sheet, and most numbers in all of its pictures.
const MOST_UNITS: usize = 256;
const MOST_VALUES: usize = 1 << 22;

/// Pictures of one size, RGBA, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightSheet {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Viewer<'_> {
    /// The weights of a layer; `None` where its connections have none.
    pub fn weight_sheet(&self, block: usize, theme: Theme) -> Option<WeightSheet> {
        let network = self.run.network();
        if network.blocks().len() <= block {
            return None;
        }
        let mut sheet = WeightSheet { width: 0, height: 0, pixels: Vec::new() };
        for unit in Unit::all(network, block).iter().take(MOST_UNITS) {
            let image = WeightImage::paint(network, unit.middle(network), theme)?;
            if image.block == 0 && image.channels == 3 {
                (sheet.width, sheet.height) = (image.width, image.height);
                sheet.pixels.extend(in_colour(&image));
            } else {
                (sheet.width, sheet.height) = (image.pixel_width, image.pixel_height);
                sheet.pixels.extend(&image.pixels);
            }
            if MOST_VALUES < sheet.pixels.len() {
                break;
            }
        }
        (!sheet.pixels.is_empty()).then_some(sheet)
    }
}

/// The weights to red, green and blue as a colour.
fn in_colour(image: &WeightImage) -> impl Iterator<Item = u8> {
    let limit = image.limit.max(f32::MIN_POSITIVE);
    let byte = move |weight: f32| ((weight / limit * 0.5 + 0.5).clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    image.values.chunks_exact(3).flat_map(move |pixel| [byte(pixel[0]), byte(pixel[1]), byte(pixel[2]), 255])
}
