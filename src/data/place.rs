//! A picture onto an example: turned upright, resized by the rule, grey or colour as asked.
//!
//! | rule | what |
//! |---|---|
//! | fit | scaled, up or down, until it just fits; centred; what is left over is background and outside the frame |
//! | crop | scaled until it just covers; what hangs over is cut off evenly |
//! | stretch | each side scaled for itself |
//!
//! Resampling is by convolution with Catmull-Rom's cubic, widened when it shrinks so that every source pixel counts
//! (no aliasing, little ringing), on encoded values, after transparency is gone. As in Pillow, so in most training
//! pipelines. Grey is Rec. 601: 0.299 R + 0.587 G + 0.114 B.

use fast_image_resize as fir;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};

use super::MOST_SIDE;
use super::dataset::{Dataset, Frame};
use super::open::{self, FileKind};
use super::options::{LoadOptions, ResizeMode};
use super::picture::{self, Picture, turns_sides};
use crate::error::{Error, Result};
use crate::par;
use crate::shape::Shape;

/// Examples that are fitted to another shape at a time.
const REFITTED_AT_ONCE: usize = 1024;

/// An example in the making: `pixels` `[height, width, channels]`, channels 1 or 3.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedPicture {
    pub pixels: Vec<u8>,
    pub channels: usize,
    pub frame: Frame,
}

impl PlacedPicture {
    /// With `channels` 1 or 3; 0 keeps colour only if there is any.
    pub fn with_channels(mut self, channels: usize) -> Self {
        let wanted = match channels {
            0 if self.channels == 3 && is_grey(&self.pixels) => 1,
            0 => self.channels,
            _ => channels,
        };
        if wanted != self.channels {
            self.pixels = convert(&self.pixels, wanted);
            self.channels = wanted;
        }
        self
    }
}

/// One encoded picture as an example of `shape`, whose channels are 1 or 3: the bytes and the part that is picture.
pub fn picture(bytes: &[u8], shape: Shape, options: &LoadOptions) -> Result<(Vec<u8>, Frame)> {
    // There is no name, so a file without signature is taken for what it could be at best.
    let FileKind::Picture(format) = open::kind("picture.tga", &bytes[..bytes.len().min(open::HEAD)]) else {
        return Err(Error::new("not an image that is read here; PNG and JPEG are"));
    };
    check_shape(shape)?;
    let picture = picture::decode(bytes, format, options.background)?;
    let placed = place(picture, shape.width, shape.height, options)?.with_channels(shape.channels);
    Ok((placed.pixels, placed.frame))
}

/// As [`picture`], from RGBA pixels: what a canvas or a camera gives.
pub fn picture_of_rgba(
    width: usize,
    height: usize,
    rgba: &[u8],
    shape: Shape,
    options: &LoadOptions,
) -> Result<(Vec<u8>, Frame)> {
    check_shape(shape)?;
    let bytes = width.checked_mul(height).and_then(|area| area.checked_mul(4));
    if bytes != Some(rgba.len()) || rgba.is_empty() {
        return Err(Error::expected("picture", format!("{width} x {height} x 4 bytes"), rgba.len()));
    }
    let over = |pixel: &[u8]| {
        let mix = |c: usize| {
            let sum = u32::from(pixel[c]) * u32::from(pixel[3])
                + u32::from(options.background[c]) * u32::from(255 - pixel[3]);
            ((sum + 127) / 255) as u8
        };
        [mix(0), mix(1), mix(2)]
    };
    let pixels = rgba.chunks_exact(4).flat_map(over).collect();
    let picture = Picture { width, height, channels: 3, pixels, orientation: Orientation::NoTransforms };
    let placed = place(picture, shape.width, shape.height, options)?.with_channels(shape.channels);
    Ok((placed.pixels, placed.frame))
}

fn check_shape(shape: Shape) -> Result<()> {
    if !matches!(shape.channels, 1 | 3) || shape.is_empty() || MOST_SIDE < shape.width.max(shape.height) {
        return Err(Error::expected("example", format!("sides up to {MOST_SIDE} and 1 or 3 channels"), shape));
    }
    Ok(())
}

/// Places `picture` on `width` x `height` pixels.
pub fn place(mut picture: Picture, width: usize, height: usize, options: &LoadOptions) -> Result<PlacedPicture> {
    let turned = turns_sides(picture.orientation);
    let seen = if turned { (picture.height, picture.width) } else { (picture.width, picture.height) };
    // The part of the example that the picture fills, and the part of the picture that is shown, both upright.
    let (filled, shown) = match options.resize {
        ResizeMode::Fit => (fitted(seen, (width, height)), (seen.0 as f64, seen.1 as f64)),
        ResizeMode::Stretch => ((width, height), (seen.0 as f64, seen.1 as f64)),
        ResizeMode::Crop => ((width, height), covering(seen, (width, height))),
    };
    // The same as the file has them.
    let (to, from) = if turned { ((filled.1, filled.0), (shown.1, shown.0)) } else { (filled, shown) };
    let small = resized(&mut picture, to, from)?;
    let small = upright(small, to, &picture)?;

    let frame = Frame {
        left: ((width - filled.0) / 2) as u16,
        top: ((height - filled.1) / 2) as u16,
        width: filled.0 as u16,
        height: filled.1 as u16,
    };
    if filled == (width, height) {
        return Ok(PlacedPicture { pixels: small, channels: picture.channels, frame });
    }
    let [red, green, blue] = options.background;
    let channels = if red == green && green == blue { picture.channels } else { 3 };
    let small = if channels == picture.channels { small } else { convert(&small, channels) };
    let mut pixels = options.background[..channels].repeat(width * height);
    for (y, row) in small.chunks_exact(filled.0 * channels).enumerate() {
        let start = ((usize::from(frame.top) + y) * width + usize::from(frame.left)) * channels;
        pixels[start..start + row.len()].copy_from_slice(row);
    }
    Ok(PlacedPicture { pixels, channels, frame })
}

/// From 1 channel to 3 or from 3 to 1.
pub fn convert(pixels: &[u8], channels: usize) -> Vec<u8> {
    if channels == 3 {
        return pixels.iter().flat_map(|&grey| [grey; 3]).collect();
    }
    pixels.chunks_exact(3).map(|p| luma([p[0], p[1], p[2]])).collect()
}

/// Rec. 601 in 16-bit fixed point; the weights add up to 65,536, so white stays white.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    ((19_595 * u32::from(red) + 38_470 * u32::from(green) + 7_471 * u32::from(blue) + 32_768) >> 16) as u8
}

fn is_grey(pixels: &[u8]) -> bool {
    pixels.chunks_exact(3).all(|p| p[0] == p[1] && p[1] == p[2])
}

/// The largest size of the proportions of `seen` within `room`; no side less than one pixel.
fn fitted(seen: (usize, usize), room: (usize, usize)) -> (usize, usize) {
    // 64 bits, for the products do not fit 32.
    let scaled = |side: usize, room: usize, whole: usize| {
        ((side as u64 * room as u64 + whole as u64 / 2) / whole as u64).max(1) as usize
    };
    if room.0 as u64 * seen.1 as u64 <= room.1 as u64 * seen.0 as u64 {
        (room.0, scaled(seen.1, room.0, seen.0).min(room.1))
    } else {
        (scaled(seen.0, room.1, seen.1).min(room.0), room.1)
    }
}

/// The largest part of `seen` that has the proportions of `room`.
fn covering(seen: (usize, usize), room: (usize, usize)) -> (f64, f64) {
    let (width, height) = (seen.0 as f64, seen.1 as f64);
    let (room_width, room_height) = (room.0 as f64, room.1 as f64);
    if width * room_height > height * room_width {
        (height * room_width / room_height, height)
    } else {
        (width, width * room_height / room_width)
    }
}

/// The middle part of size `from`, resampled to `to`.
fn resized(picture: &mut Picture, to: (usize, usize), from: (f64, f64)) -> Result<Vec<u8>> {
    let (width, height) = (picture.width, picture.height);
    let whole = from == (width as f64, height as f64);
    if whole && to == (width, height) {
        return Ok(std::mem::take(&mut picture.pixels));
    }
    let mut rule =
        fir::ResizeOptions::new().resize_alg(fir::ResizeAlg::Convolution(fir::FilterType::CatmullRom)).use_alpha(false);
    if !whole {
        let (left, top) = ((width as f64 - from.0) / 2.0, (height as f64 - from.1) / 2.0);
        rule = rule.crop(left.max(0.0), top.max(0.0), from.0, from.1);
    }
    let pixels = &picture.pixels;
    match picture.channels {
        1 => resample::<fir::pixels::U8>(pixels, (width, height), to, &rule),
        _ => resample::<fir::pixels::U8x3>(pixels, (width, height), to, &rule),
    }
}

/// Typed, because `Resizer::resize` brings in every kind of pixel: a quarter of the WebAssembly build's compressed size.
fn resample<P: fir::PixelTrait>(
    pixels: &[u8],
    (width, height): (usize, usize),
    to: (usize, usize),
    rule: &fir::ResizeOptions,
) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("resizing {width} x {height} pixels: {error}"));
    let source = fir::images::TypedImageRef::<P>::from_buffer(width as u32, height as u32, pixels)
        .map_err(|error| failed(&error))?;
    let mut resampled = vec![0; to.0 * to.1 * P::size()];
    let mut target = fir::images::TypedImage::<P>::from_buffer(to.0 as u32, to.1 as u32, &mut resampled)
        .map_err(|error| failed(&error))?;
    fir::Resizer::new().resize_typed(&source, &mut target, rule).map_err(|error| failed(&error))?;
    Ok(resampled)
}

/// Turns the small picture as the file's orientation says.
fn upright(pixels: Vec<u8>, (width, height): (usize, usize), picture: &Picture) -> Result<Vec<u8>> {
    let (width, height) = (width as u32, height as u32);
    let image = match picture.channels {
        1 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::ImageLuma8),
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::ImageRgb8),
    };
    let mut image = image.ok_or_else(|| Error::new("a resized picture of the wrong size"))?;
    image.apply_orientation(picture.orientation);
    Ok(image.into_bytes())
}

impl Dataset {
    /// The same examples in another shape, each fitted whole: a stopgap where the files themselves are out of reach.
    ///
    /// # Errors
    /// The shape is none of a picture: 1 or 3 channels, sides up to [`MOST_SIDE`].
    pub fn refitted(&self, shape: Shape) -> Result<Dataset> {
        check_shape(shape)?;
        let indices: Vec<u32> = (0u32..).take(self.len()).collect();
        let mut pixels = Vec::with_capacity(self.len() * shape.len());
        let mut frames = Vec::with_capacity(self.len());
        for indices in indices.chunks(REFITTED_AT_ONCE) {
            self.prepare(indices, indices.len())?;
            let fitted = par::map(indices, |&index| {
                let picture = Picture {
                    width: self.shape.width,
                    height: self.shape.height,
                    channels: self.shape.channels,
                    pixels: self.example(index as usize).into_owned(),
                    orientation: Orientation::NoTransforms,
                };
                Ok(place(picture, shape.width, shape.height, &LoadOptions::default())?.with_channels(shape.channels))
            });
            for placed in fitted {
                let placed: PlacedPicture = placed?;
                pixels.extend(placed.pixels);
                frames.push(placed.frame);
            }
        }
        Ok(Dataset { shape, pixels: pixels.into(), frames, ..self.clone() })
    }
}
