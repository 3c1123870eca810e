//! Pictures inside the report: PNG files as data URIs, never larger than needed.

use crate::base64;
use crate::data::encode_png;
use crate::error::Result;
use crate::shape::Shape;

/// Most pixels of a side; larger pictures are averaged over whole squares.
const MOST_SIDE: usize = 96;

/// A picture `[height, width, channels]` as an address that contains it.
pub fn embedded(shape: Shape, pixels: &[u8]) -> Result<String> {
    let factor = shape.width.max(shape.height).div_ceil(MOST_SIDE).max(1);
    if factor == 1 {
        return as_it_is(shape, pixels);
    }
    let Shape { width, height, channels } = shape;
    let small = Shape { width: width.div_ceil(factor), height: height.div_ceil(factor), channels };
    let mut averaged = Vec::with_capacity(small.len());
    for place in 0..small.width * small.height {
        let (left, top) = (place % small.width * factor, place / small.width * factor);
        let square = |channel: usize| {
            let rows = top..(top + factor).min(height);
            rows.flat_map(move |y| {
                (left..(left + factor).min(width)).map(move |x| (y * width + x) * channels + channel)
            })
        };
        for channel in 0..channels {
            let (sum, count) = square(channel).fold((0, 0), |(sum, n), at| (sum + usize::from(pixels[at]), n + 1));
            averaged.push((sum / count) as u8);
        }
    }
    as_it_is(small, &averaged)
}

/// As [`embedded`], in its full size.
pub fn as_it_is(shape: Shape, pixels: &[u8]) -> Result<String> {
    let file = encode_png(shape.width, shape.height, shape.channels, pixels)?;
    Ok(format!("data:image/png;base64,{}", base64::encode(&file)))
}
