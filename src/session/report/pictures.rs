//! Pictures inside the report: PNG files as data URIs, never larger than needed.

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
    Ok(format!("data:image/png;base64,{}", base64(&file)))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The base 64 of RFC 4648: three bytes are four digits, and `=` fills up the last four.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0, |bits, n| bits << 8 | u32::from(three.get(n).copied().unwrap_or(0)));
        for n in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * n)) as usize & 63];
            text.push(if n <= three.len() { digit as char } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let of = |text: &str| base64(text.as_bytes());
        assert_eq!(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(of),
            ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]
        );
        assert_eq!(base64(&[255, 254, 253]), "//79");
    }
}
