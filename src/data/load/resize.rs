//! Resizes an image to the shape of the examples: by the resize mode, turned upright, in grey or colour.
//!
//! | mode | meaning |
//! |---|---|
//! | fit | scaled up or down until it just fits; centred, with padding in the background colour outside the frame |
//! | crop | scaled until it just covers the example; the excess is cut off evenly |
//! | stretch | each side scaled separately |
//!
//! Resampling is a convolution with the Catmull-Rom cubic, widened for shrinking so that every source pixel counts (no
//! aliasing, little ringing), on encoded values, after compositing. Pillow, and with it most training pipelines, does the
//! same.

use std::borrow::Cow;

use fast_image_resize as fir;
use image::metadata::Orientation;

use super::file_kind::{self, FileKind};
use super::foreign;
use super::options::{LoadOptions, ResizeMode};
use super::picture::{self, Picture, turns_sides};
use crate::data::dataset::Dataset;
use crate::data::frame::Frame;
use crate::data::limits::MOST_SIDE;
use crate::data::pictures::PictureTargets;
use crate::data::store::example::{Example, convert};
use crate::data::store::pixels::Pixels;
use crate::error::{Error, Result};
use crate::par;
use crate::shape::Shape;

/// Examples that are resized at a time.
const AT_ONCE: usize = 1024;
/// Most bytes of examples that are resized at a time, if there is more than one.
const AT_ONCE_BYTES: usize = 16 << 20;

/// Decodes an image file to an example of `shape`, which has 1 or 3 channels: its pixels and frame.
pub fn example_from_file(bytes: &[u8], shape: Shape, options: &LoadOptions) -> Result<(Vec<u8>, Frame)> {
    // There is no name, so a file without a signature can only be TGA.
    let FileKind::Picture(format) = file_kind::kind("picture.tga", &bytes[..bytes.len().min(file_kind::HEAD)]) else {
        return Err(Error::new("not an image; try a PNG or JPEG"));
    };
    check_shape(shape)?;
    let (bytes, options) = (bytes.to_vec(), options.clone());
    let example = foreign::call(picture::what(format), move || {
        let picture = picture::decode(&bytes, format, options.background)?;
        Ok(resize(picture, shape.width, shape.height, &options)?.with_channels(shape.channels))
    })?;
    Ok((example.pixels, example.frame))
}

/// A picture of the network, `[height, width, channels]` in 0..=1, in another shape: resized as a whole, in steps of 1/255
/// as if it were read from a file.
///
/// # Errors
/// A shape is not that of an image: 1 or 3 channels, sides up to [`MOST_SIDE`].
pub fn picture_as(x: &[f32], from: Shape, to: Shape) -> Result<Cow<'_, [f32]>> {
    if from == to {
        return Ok(x.into());
    }
    check_shape(from)?;
    check_shape(to)?;
    let Shape { width, height, channels } = from;
    let pixels = x.iter().map(|x| (x.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect();
    let picture = Picture { width, height, channels, pixels, orientation: Orientation::NoTransforms };
    let options = LoadOptions { resize: ResizeMode::Stretch, ..LoadOptions::default() };
    let example = resize(picture, to.width, to.height, &options)?.with_channels(to.channels);
    Ok(example.pixels.into_iter().map(|byte| f32::from(byte) * (1.0 / 255.0)).collect())
}

/// Converts RGBA pixels, from a canvas or a camera, to an example of `shape`: its pixels and frame.
pub fn example_from_rgba(
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
    let example = resize(picture, shape.width, shape.height, options)?.with_channels(shape.channels);
    Ok((example.pixels, example.frame))
}

fn check_shape(shape: Shape) -> Result<()> {
    if !matches!(shape.channels, 1 | 3) || shape.is_empty() || MOST_SIDE < shape.width.max(shape.height) {
        return Err(Error::expected("example", format!("sides up to {MOST_SIDE} and 1 or 3 channels"), shape));
    }
    Ok(())
}

/// Resizes `picture` to an example of `width` x `height` pixels.
pub fn resize(mut picture: Picture, width: usize, height: usize, options: &LoadOptions) -> Result<Example> {
    let turned = turns_sides(picture.orientation);
    let seen = if turned { (picture.height, picture.width) } else { (picture.width, picture.height) };
    // The part of the example that is filled, and the part of the image that is shown, both upright.
    let (filled, shown) = match options.resize {
        ResizeMode::Fit => (fitted(seen, (width, height)), (seen.0 as f64, seen.1 as f64)),
        ResizeMode::Stretch => ((width, height), (seen.0 as f64, seen.1 as f64)),
        ResizeMode::Crop => ((width, height), covering(seen, (width, height))),
    };
    // The same in the orientation of the file.
    let (to, from) = if turned { ((filled.1, filled.0), (shown.1, shown.0)) } else { (filled, shown) };
    let small = resampled(&mut picture, to, from)?;
    let small = upright(small, to, &picture);

    let frame = Frame {
        left: ((width - filled.0) / 2) as u16,
        top: ((height - filled.1) / 2) as u16,
        width: filled.0 as u16,
        height: filled.1 as u16,
    };
    if filled == (width, height) {
        return Ok(Example { pixels: small, channels: picture.channels, frame });
    }
    let [red, green, blue] = options.background;
    let channels = if red == green && green == blue { picture.channels } else { 3 };
    let small = if channels == picture.channels { small } else { convert(&small, channels) };
    let mut pixels = options.background[..channels].repeat(width * height);
    for (y, row) in small.chunks_exact(filled.0 * channels).enumerate() {
        let start = ((usize::from(frame.top) + y) * width + usize::from(frame.left)) * channels;
        pixels[start..start + row.len()].copy_from_slice(row);
    }
    Ok(Example { pixels, channels, frame })
}

/// The largest size with the proportions of `seen` inside `bounds`; no side below one pixel.
fn fitted(seen: (usize, usize), bounds: (usize, usize)) -> (usize, usize) {
    // The products need 64 bits.
    let scaled = |side: usize, bound: usize, whole: usize| {
        ((side as u64 * bound as u64 + whole as u64 / 2) / whole as u64).max(1) as usize
    };
    if bounds.0 as u64 * seen.1 as u64 <= bounds.1 as u64 * seen.0 as u64 {
        (bounds.0, scaled(seen.1, bounds.0, seen.0).min(bounds.1))
    } else {
        (scaled(seen.0, bounds.1, seen.1).min(bounds.0), bounds.1)
    }
}

/// The largest part of `seen` with the proportions of `target`.
fn covering(seen: (usize, usize), target: (usize, usize)) -> (f64, f64) {
    let (width, height) = (seen.0 as f64, seen.1 as f64);
    let (target_width, target_height) = (target.0 as f64, target.1 as f64);
    if width * target_height > height * target_width {
        (height * target_width / target_height, height)
    } else {
        (width, width * target_height / target_width)
    }
}

/// Resamples the middle part of size `from` to size `to`.
fn resampled(picture: &mut Picture, to: (usize, usize), from: (f64, f64)) -> Result<Vec<u8>> {
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

/// Applies the file's orientation to the small image.
fn upright(pixels: Vec<u8>, (width, height): (usize, usize), picture: &Picture) -> Vec<u8> {
    use Orientation::{FlipHorizontal, FlipVertical, NoTransforms, Rotate90, Rotate180, Rotate270, Rotate270FlipH};
    let (orientation, channels) = (picture.orientation, picture.channels);
    if orientation == NoTransforms {
        return pixels;
    }
    // The column and the row that a pixel comes from, each counted from its other end where the file turns it about.
    let is_turned = turns_sides(orientation);
    let from_right = matches!(orientation, FlipHorizontal | Rotate180 | Rotate270 | Rotate270FlipH);
    let from_bottom = matches!(orientation, FlipVertical | Rotate180 | Rotate90 | Rotate270FlipH);
    let (columns, rows) = if is_turned { (height, width) } else { (width, height) };
    let mut turned = Vec::with_capacity(pixels.len());
    for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
        let (x, y) = if is_turned { (row, column) } else { (column, row) };
        let x = if from_right { width - 1 - x } else { x };
        let y = if from_bottom { height - 1 - y } else { y };
        let start = (y * width + x) * channels;
        turned.extend_from_slice(&pixels[start..start + channels]);
    }
    turned
}

impl Dataset {
    /// The same examples in another shape, and their target pictures in the shape `target`, each resized as a whole: a
    /// substitute for reading the files again.
    ///
    /// # Errors
    /// A shape is not that of an image: 1 or 3 channels, sides up to [`MOST_SIDE`].
    pub fn resized(&self, shape: Shape, target: Option<Shape>) -> Result<Dataset> {
        let indices: Vec<u32> = (0u32..).take(self.len()).collect();
        let resized = |old: Shape, new: Shape, example: &(dyn Fn(usize) -> Vec<u8> + Sync)| {
            check_shape(new)?;
            let mut pixels = Pixels::none(new);
            pixels.reserve(self.len(), new);
            let mut frames = Vec::with_capacity(self.len());
            let at_once = (AT_ONCE_BYTES / new.len().max(1)).clamp(1, AT_ONCE);
            for indices in indices.chunks(at_once) {
                self.prepare(indices, indices.len())?;
                let examples = par::map(indices, |&index| {
                    let Shape { width, height, channels } = old;
                    let (pixels, orientation) = (example(index as usize), Orientation::NoTransforms);
                    let picture = Picture { width, height, channels, pixels, orientation };
                    Ok(resize(picture, new.width, new.height, &LoadOptions::default())?.with_channels(new.channels))
                });
                let examples = examples.into_iter().collect::<Result<Vec<Example>>>()?;
                frames.extend(examples.iter().map(|example| example.frame));
                pixels.extend(&examples.into_iter().flat_map(|example| example.pixels).collect::<Vec<u8>>());
            }
            Ok((pixels, frames))
        };
        let (pixels, frames): (Pixels, Vec<Frame>) =
            resized(self.shape, shape, &|index| self.example(index).into_owned())?;
        let mut pictures = self.pictures.clone();
        if let Some(target) = target.filter(|target| self.target_shape().is_some_and(|old| old != *target)) {
            let old = &self.pictures;
            let (pixels, frames) = resized(old.shape, target, &|index| old.of(index).into_owned())?;
            pictures = PictureTargets { shape: target, pixels, frames };
        }
        Ok(Dataset { shape, pixels, frames, pictures, ..self.clone() })
    }
}
