//! A heat map over its picture: the picture in grey, blue where a place speaks for the class, orange where against it.

use crate::inspect::HeatMap;
use crate::render::Theme;
use crate::shape::Shape;

/// RGBA, `width * height * 4` bytes, of a picture `[height, width, channels]`. A value of `limit` has the full colour,
/// which covers `opacity` (0..=1) of the grey.
pub fn overlay(picture: &[u8], shape: Shape, heat: &HeatMap, limit: f32, theme: Theme, opacity: f32) -> Vec<u8> {
    let colours = theme.colours();
    let heat = heat.resized(shape.width, shape.height);
    let pixels = picture.chunks_exact(shape.channels).zip(&heat.values);
    let pixel = |(pixel, &value): (&[u8], &f32)| {
        let grey = match *pixel {
            // The weights of Rec. 601.
            [r, g, b] => 0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b),
            _ => f32::from(pixel[0]),
        };
        let strength = (value / limit.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0);
        let strength = if strength.is_nan() { 0.0 } else { strength };
        let colour = if strength < 0.0 { colours.negative } else { colours.positive };
        let share = opacity.clamp(0.0, 1.0) * strength.abs();
        let [r, g, b] = colour.map(|colour| (grey + share * (f32::from(colour) - grey) + 0.5) as u8);
        [r, g, b, 255]
    };
    pixels.flat_map(pixel).collect()
}
