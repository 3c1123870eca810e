//! A data set as one file, which a browser keeps for the next visit.
//!
//! ```text
//! 8 bytes             "NEURDATA"
//! u64 little-endian   length n of the header
//! n bytes             JSON: everything but the pixels
//! rest but 4          the pixels, [examples, height, width, channels], then those of the target pictures
//! u32 little-endian   CRC-32C of all before
//! ```
//! The reader trusts nothing: sizes are compared with the bytes present before memory is allocated.

use serde::{Deserialize, Serialize};

use super::pixels::Pixels;
use crate::checksum::Checksum;
use crate::data::dataset::Dataset;
use crate::data::frame::Frame;
use crate::data::letters::Families;
use crate::data::limits::{MOST_EXAMPLES, MOST_SIDE};
use crate::data::numbers::NumberTargets;
use crate::data::overrides::Overrides;
use crate::data::pictures::PictureTargets;
use crate::data::split::Split;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::shape::Shape;

const MAGIC: &[u8; 8] = b"NEURDATA";
/// Examples that are packed between two looks at whether the reading was cancelled.
const PACKED_AT_ONCE: usize = 64;

#[derive(Serialize, Deserialize)]
struct DatasetFileHeader {
    name: String,
    shape: Shape,
    /// Left, top, width, height; empty if no example has padding.
    frames: Vec<[u16; 4]>,
    labels: Vec<u32>,
    classes: Vec<String>,
    #[serde(default, skip_serializing_if = "NumberTargets::is_empty")]
    numbers: NumberTargets,
    #[serde(default, skip_serializing_if = "Families::is_empty")]
    families: Families,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pictures: Option<PicturesHeader>,
    /// 0 train, 1 validation, 2 test, 3 dropped.
    splits: Vec<u8>,
    names: Vec<String>,
    has_validation: bool,
    has_test: bool,
    #[serde(rename = "by_hand")]
    overrides: Overrides,
}

/// The target pictures.
#[derive(Serialize, Deserialize)]
struct PicturesHeader {
    shape: Shape,
    /// As those of the examples.
    frames: Vec<[u16; 4]>,
}

const SPLITS: [Split; 4] = [Split::Train, Split::Validation, Split::Test, Split::Dropped];

/// Writes the file in parts, one after the other, so that no call takes long.
pub struct DatasetFile {
    /// Everything before the pixels.
    head: Vec<u8>,
    /// Bytes returned so far.
    done: usize,
    /// Bytes of the whole file.
    len: usize,
    sum: Checksum,
}

impl DatasetFile {
    /// `None` unless the pixels are in memory.
    pub fn new(data: &Dataset) -> Option<Self> {
        let pictures = &data.pictures;
        let pixels_len = data.pixels.plain_len()? + pictures.pixels.plain_len()?;
        let header = DatasetFileHeader {
            name: data.name.clone(),
            shape: data.shape,
            frames: written_frames(&data.frames, data.shape),
            labels: data.labels.clone(),
            classes: data.classes.clone(),
            numbers: data.numbers.clone(),
            families: data.families.clone(),
            pictures: (!pictures.is_empty()).then(|| PicturesHeader {
                shape: pictures.shape,
                frames: written_frames(&pictures.frames, pictures.shape),
            }),
            splits: data.splits.iter().map(|&split| split as u8).collect(),
            names: data.names.clone(),
            has_validation: data.has_validation,
            has_test: data.has_test,
            overrides: data.overrides.clone(),
        };
        let header = serde_json::to_vec(&header).expect("plain structures are JSON");
        let mut head = MAGIC.to_vec();
        head.extend_from_slice(&(header.len() as u64).to_le_bytes());
        head.extend_from_slice(&header);
        let len = head.len() + pixels_len + size_of::<u32>();
        Some(Self { head, done: 0, len, sum: Checksum::default() })
    }

    /// Bytes of the whole file.
    pub fn bytes(&self) -> usize {
        self.len
    }

    /// The next part, of at most `most` + 4 bytes; empty after the last. `data` must be the data set it was made for;
    /// later changes by hand are not included.
    pub fn part(&mut self, data: &Dataset, most: usize) -> Vec<u8> {
        if self.done == self.len {
            return Vec::new();
        }
        let Some(pixels_len) = data.pixels.plain_len() else { return Vec::new() };
        let (head_end, pixels_end) = (self.head.len(), self.head.len() + pixels_len);
        let mut part = if self.done < head_end {
            self.head[self.done..head_end.min(self.done + most)].to_vec()
        } else if self.done < pixels_end {
            data.pixels.plain_part(self.done - head_end, most).into_owned()
        } else {
            data.pictures.pixels.plain_part(self.done - pixels_end, most).into_owned()
        };
        self.sum.add(&part);
        self.done += part.len();
        if self.done + size_of::<u32>() == self.len {
            part.extend_from_slice(&self.sum.value().to_le_bytes());
            self.done = self.len;
        }
        part
    }
}

/// Reads such a file. Advances the progress by twice its bytes, which the caller announces.
pub fn read_dataset_file(bytes: &[u8], progress: &Progress) -> Result<Dataset> {
    parse(bytes, progress).map_err(|error| error.within("saved images"))
}

fn parse(bytes: &[u8], progress: &Progress) -> Result<Dataset> {
    let short = || Error::new("the file is too short");
    let (body, sum) = bytes.split_last_chunk::<4>().ok_or_else(short)?;
    let mut computed = Checksum::default();
    progress.copy(body, |part| computed.add(part))?;
    if computed.value() != u32::from_le_bytes(*sum) {
        return Err(Error::new("the checksum is wrong: the file is damaged"));
    }
    let rest = body.strip_prefix(MAGIC).ok_or_else(|| Error::new("not a file of saved images"))?;
    let (len, rest) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok().filter(|&len| len <= rest.len()).ok_or_else(short)?;
    let (header, pixels) = rest.split_at(len);
    let header: DatasetFileHeader = serde_json::from_slice(header)
        .map_err(|error| Error::new(format!("the header is not understood ({error})")))?;
    let DatasetFileHeader {
        name,
        shape,
        frames,
        labels,
        classes,
        numbers,
        families,
        pictures,
        splits,
        names,
        has_validation,
        has_test,
        overrides,
    } = header;

    let count = names.len();
    let is_image = |shape: Shape| {
        [shape.width, shape.height].iter().all(|side| (1..=MOST_SIDE).contains(side))
            && [1, 3].contains(&shape.channels)
    };
    let pictures = pictures.unwrap_or(PicturesHeader { shape: Shape::flat(0), frames: Vec::new() });
    let (has_pictures, target_shape) = (pictures.shape != Shape::flat(0), pictures.shape);
    if !is_image(shape)
        || (has_pictures && !is_image(target_shape))
        || MOST_EXAMPLES < count
        || pixels.len() as u64 != count as u64 * (shape.len() + target_shape.len()) as u64
    {
        let and = if has_pictures { format!(" and of {target_shape}") } else { String::new() };
        let expected = format!("the pixels of {count} images of {shape}{and}");
        return Err(Error::expected("its pixels", expected, format!("{} bytes", pixels.len())));
    }
    let right_labels = if classes.is_empty() { labels.is_empty() } else { labels.len() == count };
    if !right_labels || labels.iter().any(|&label| classes.len() <= label as usize) {
        return Err(Error::expected("its labels", "the number of a class for each image", "others"));
    }
    let right_numbers = numbers.columns.len().checked_mul(count) == Some(numbers.values.len());
    if !right_numbers || !numbers.values.iter().all(|value| value.is_finite()) {
        return Err(Error::expected("its numbers", "a finite number in each column for each image", "others"));
    }
    if !families.is_empty() && families.numbers.len() != count {
        return Err(Error::expected("its families", "one for each image", families.numbers.len()));
    }
    let split = |number: &u8| SPLITS.get(usize::from(*number)).copied();
    let splits: Option<Vec<Split>> = splits.iter().map(split).collect();
    let splits = splits.filter(|splits| splits.len() == count);
    let splits = splits.ok_or_else(|| Error::expected("its splits", "one for each image", "others"))?;
    let frames = read_frames(frames, count, shape)?;
    let target_frames = if has_pictures { read_frames(pictures.frames, count, target_shape)? } else { Vec::new() };
    let known = |label: u32| (label as usize) < classes.len();
    let fits =
        overrides.labels.iter().all(|(&index, &(before, now))| (index as usize) < count && known(before) && known(now));
    if !fits || overrides.splits.keys().any(|&index| count <= index as usize) {
        return Err(Error::expected("its changes by hand", "changes of its own images", "others"));
    }
    progress.advance(2 * bytes.len() - body.len() - pixels.len());
    let (pixels, targets) = pixels.split_at(count * shape.len());
    let pixels = held(pixels, shape, progress)?;
    let targets = held(targets, target_shape, progress)?;
    let pictures = PictureTargets { shape: target_shape, pixels: targets, frames: target_frames };
    Ok(Dataset {
        name,
        shape,
        pixels,
        frames,
        labels,
        classes,
        numbers,
        families,
        pictures,
        splits,
        names,
        has_validation,
        has_test,
        overrides,
    })
}

/// Pixels in memory, which are counted in the progress.
fn held(bytes: &[u8], shape: Shape, progress: &Progress) -> Result<Pixels> {
    let mut pixels = Pixels::none(shape);
    if let Pixels::Memory(_) = pixels {
        return progress.copied(bytes).map(Pixels::Memory);
    }
    for part in bytes.chunks(PACKED_AT_ONCE * shape.len()) {
        pixels.extend(part);
        progress.count(part.len())?;
    }
    Ok(pixels)
}

/// Left, top, width and height of frames; none if no picture has padding.
fn written_frames(frames: &[Frame], shape: Shape) -> Vec<[u16; 4]> {
    if frames.iter().all(|frame| frame.is_whole(shape)) {
        return Vec::new();
    }
    frames.iter().map(|frame| [frame.left, frame.top, frame.width, frame.height]).collect()
}

/// The inverse of [`written_frames`], for `count` pictures.
fn read_frames(frames: Vec<[u16; 4]>, count: usize, shape: Shape) -> Result<Vec<Frame>> {
    let frames = match frames.is_empty() {
        true => vec![Frame::whole(shape); count],
        false => frames.into_iter().map(|[left, top, width, height]| Frame { left, top, width, height }).collect(),
    };
    if frames.len() != count || !frames.iter().all(|frame| frame.is_inside(shape)) {
        return Err(Error::expected("its frames", "one inside each image", "others"));
    }
    Ok(frames)
}
