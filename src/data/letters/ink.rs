//! Fields as ink, and ink as fields, for looking and drawing.
//!
//! A field is a letter's distance to its edge as a value of 0..=1; see [`LetterFrame`](super::LetterFrame). Between the
//! middles of its pixels it is interpolated. Where ink covers half of a pixel, its edge is.

use super::frame::{LetterFrame, depth, grey};

/// A field `[height, width]` as ink on paper, `scale` times as large: `[scale height, scale width]`, 0 for ink.
pub fn ink(field: &[f32], frame: LetterFrame, scale: usize) -> Vec<u8> {
    let LetterFrame { width, height } = frame;
    // Pixels of the ink for a unit of the frame.
    let fine = scale as f32 / frame.pixel() as f32;
    let mut pixels = Vec::with_capacity(field.len() * scale * scale);
    let place = |at: usize, side: usize| {
        let place = ((at as f32 + 0.5) / scale as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        (place as usize, (place as usize + 1).min(side - 1), place.fract())
    };
    for y in 0..height * scale {
        let (above, below, down) = place(y, height);
        for x in 0..width * scale {
            let (left, right, across) = place(x, width);
            let row = |y: usize| {
                let (one, other) = (field[y * width + left], field[y * width + right]);
                one + across * (other - one)
            };
            let value = row(above) + down * (row(below) - row(above));
            let covered = (0.5 + depth(value) * fine).clamp(0.0, 1.0);
            pixels.push((255.0 * (1.0 - covered) + 0.5) as u8);
        }
    }
    pixels
}

/// Ink on paper as a field, both `[height, width]`. Paper is what the border is of, as a mean.
pub fn field(pixels: &[u8], frame: LetterFrame) -> Vec<u8> {
    let LetterFrame { width, height } = frame;
    let is_border = |at: &usize| {
        let (x, y) = (at % width, at / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    };
    let border: Vec<f32> = (0..pixels.len()).filter(is_border).map(|at| f32::from(pixels[at])).collect();
    let paper = border.iter().sum::<f32>() / border.len().max(1) as f32;
    let contrast = pixels.iter().map(|&pixel| (f32::from(pixel) - paper).abs()).fold(1.0, f32::max);
    // Above 0 inside.
    let inside: Vec<f32> = pixels.iter().map(|&pixel| (f32::from(pixel) - paper).abs() / contrast - 0.5).collect();
    let mut edge = Vec::new();
    for at in 0..inside.len() {
        let (x, y) = (at % width, at / width);
        for (next, dx, dy) in [(at + 1, 1.0, 0.0), (at + width, 0.0, 1.0)] {
            let is_there = if dx == 1.0 { x + 1 < width } else { y + 1 < height };
            if is_there && (0.0 < inside[at]) != (0.0 < inside[next]) {
                let share = inside[at] / (inside[at] - inside[next]);
                edge.push((x as f32 + share * dx, y as f32 + share * dy));
            }
        }
    }
    let distance = |at: usize| {
        let (x, y) = ((at % width) as f32, (at / width) as f32);
        edge.iter().map(|(u, v)| (u - x) * (u - x) + (v - y) * (v - y)).fold(f32::INFINITY, f32::min).sqrt()
            * frame.pixel() as f32
    };
    (0..inside.len())
        .map(|at| match distance(at) {
            far if far.is_infinite() => 0, // there is no ink
            near if 0.0 < inside[at] => grey(near.into()),
            near => grey((-near).into()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::letters::{LetterFrame, alphabet};

    #[test]
    fn ink_of_a_field_becomes_that_field_again_near_the_edge() {
        for frame in
            [LetterFrame::default(), LetterFrame { width: 60, height: 72 }, LetterFrame { width: 48, height: 40 }]
        {
            let data = alphabet(2, frame, 1);
            for letter in 0..data.len() {
                let pixels = data.example(letter);
                let values: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
                let again = field(&ink(&values, frame, 1), frame);
                let near = pixels.iter().zip(&again).filter(|(wanted, _)| 150 < **wanted);
                let off: Vec<u8> = near.map(|(wanted, got)| wanted.abs_diff(*got)).collect();
                let mean = off.iter().map(|&off| f64::from(off)).sum::<f64>() / off.len() as f64;
                // A unit of the frame away is 15 grey levels; ink is rounded to whole ones.
                assert!(mean < 1.0 + 15.0 * frame.pixel(), "{} in {frame:?}: {mean} grey levels", data.names[letter]);
            }
        }
    }

    #[test]
    fn blank_paper_is_far_from_any_letter() {
        let frame = LetterFrame { width: 6, height: 6 };
        assert_eq!(field(&[200; 36], frame), [0; 36]);
        assert_eq!(ink(&[0.0; 36], frame, 2), [255; 144]);
        assert_eq!(ink(&[1.0; 36], frame, 2), [0; 144]);
    }
}
