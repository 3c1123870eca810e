//! Takes decoded examples in: into the image builder and the cache, with their sources and the report.

use image::metadata::Orientation;

use super::idx::{self, Idx};
use super::options::LoadOptions;
use super::picture::Picture;
use super::resize::resize;
use super::sides::Side;
use super::table::Table;
use crate::data::letters::{FaceFields, FaceMark, FontFile, LETTERS, LeftOut, LetterFrame};
use crate::data::store::cache_writer::CacheWriter;
use crate::data::store::example::Example;
use crate::data::store::image_builder::ImageBuilder;
use crate::data::store::source::{LabelFile, SourceFile, Sources};
use crate::error::Result;
use crate::par;
use crate::words::thousands;

/// Side of the examples if the images do not agree on a small size.
const USUAL_SIDE: usize = 64;

pub struct Intake {
    pub options: LoadOptions,
    /// The images, and the targets of pairs; `None` until the size of these examples is decided.
    pub builders: [Option<ImageBuilder>; 2],
    pub sources: Sources,
    /// Tables with their paths.
    pub tables: Vec<(String, Table)>,
    pub cache: CacheWriter,
    /// Number of files processed.
    pub done: usize,
    /// The file processed last.
    pub current: String,
}

impl Intake {
    pub fn new(options: LoadOptions) -> Self {
        let options = options.bounded();
        let builders = Side::BOTH.map(|side| {
            let options = options.of_side(side);
            options.size().map(|(width, height)| ImageBuilder::new(width, height, options.channels))
        });
        let (sources, tables, cache) = (Sources::default(), Vec::new(), CacheWriter::default());
        Self { options, builders, sources, tables, cache, done: 0, current: String::new() }
    }

    /// Decides the size of the examples of a side: that of the images if it is common and small, else the usual one.
    pub fn decide_size(&mut self, side: Side, (width, height): (usize, usize)) {
        let small = |side| (8..=USUAL_SIDE).contains(&side);
        let (width, height) = if small(width) && small(height) { (width, height) } else { (USUAL_SIDE, USUAL_SIDE) };
        let channels = self.options.of_side(side).channels;
        self.builders[side as usize] = Some(ImageBuilder::new(width, height, channels));
    }

    pub fn skip(&mut self, path: String, reason: String) {
        self.sources.report.files += 1;
        self.done += 1;
        self.sources.report.skip(path, reason);
    }

    fn count_used(&mut self, examples: usize) {
        self.sources.report.files += 1;
        self.done += 1;
        self.sources.report.used += examples;
    }

    /// Takes a decoded image of original size `width` x `height`. Pairs are counted by their inputs.
    pub fn take_picture(&mut self, side: Side, path: String, example: Example, (width, height): (usize, usize)) {
        let Some(builder) = &mut self.builders[side as usize] else { return };
        if let Err(error) = builder.push(example) {
            return self.skip(path, error.to_string());
        }
        if side == Side::Input {
            self.count_used(1);
            self.sources.report.count_size(width, height, 1);
        } else {
            self.count_used(0);
        }
        self.sources.files.push(SourceFile::picture(path, side == Side::Target));
    }

    /// Takes the letters of a font file, drawn in `frame`. Faces that are left out are listed.
    pub fn take_font(&mut self, path: String, font: FontFile, frame: LetterFrame) {
        if self.builders[Side::Input as usize].is_none() {
            self.decide_size(Side::Input, (frame.width, frame.height));
        }
        let FontFile { faces, mut left_out } = font;
        let mut used = 0;
        for face in faces {
            let FaceFields { family, style, pixels } = face;
            let mark = FaceMark::new(family, style, 0 < used, frame, &pixels);
            match self.store_plain(frame.width, frame.height, 1, pixels) {
                Ok(()) => {
                    self.sources.files.push(SourceFile::face(path.clone(), mark));
                    used += 1;
                }
                Err(error) => left_out.push(LeftOut { face: mark.name(), reason: error.to_string() }),
            }
        }
        if 0 < used {
            self.count_used(used * LETTERS);
            self.sources.report.count_size(frame.width, frame.height, used * LETTERS);
            for LeftOut { face, reason } in left_out {
                self.sources.report.skip(format!("{path} ({face})"), reason);
            }
            return;
        }
        let more = left_out.len().saturating_sub(1);
        let reason = left_out.into_iter().next().map_or("a font without faces".into(), |first| first.reason);
        let others = format!(", and so for {} more of its faces", thousands(more));
        self.skip(path, reason + if 0 < more { &others } else { "" });
    }

    pub fn take_table(&mut self, path: String, table: Table) {
        self.count_used(0);
        self.tables.push((path, table));
    }

    /// Takes an IDX file of labels or images.
    pub fn take_idx(&mut self, path: String, idx: Idx) -> Result<()> {
        match idx {
            Idx::Labels(labels) => {
                self.count_used(0);
                self.sources.labels.push(LabelFile { path, labels });
            }
            Idx::Pictures { count, mut width, mut height, channels, mut pixels } => {
                if idx::is_transposed(&path) {
                    pixels = idx::transposed(&pixels, width, height, channels);
                    (width, height) = (height, width);
                    self.sources.report.note(format!(
                        "{path}: the images of EMNIST files are stored on their side; they were turned upright"
                    ));
                }
                if self.builders[Side::Input as usize].is_none() {
                    self.decide_size(Side::Input, (width, height));
                }
                if let Some(builder) = &self.builders[Side::Input as usize] {
                    // A cache file that cannot be started is not the fault of this file.
                    let bytes = builder.bytes() + (count * builder.shape.len()) as u64;
                    self.cache.start_if_over(bytes)?;
                }
                match self.store_plain(width, height, channels, pixels) {
                    Ok(()) => {
                        self.count_used(count);
                        self.sources.report.count_size(width, height, count);
                        self.sources.files.push(SourceFile { path, count, idx: true, face: None, target: false });
                    }
                    Err(error) => self.skip(path, error.to_string()),
                }
            }
        }
        Ok(())
    }

    /// Adds images `[count, height, width, channels]` to the inputs: all of them, or none.
    fn store_plain(&mut self, width: usize, height: usize, channels: usize, pixels: Vec<u8>) -> Result<()> {
        let Some(builder) = &mut self.builders[Side::Input as usize] else { return Ok(()) };
        if (width, height, channels) == (builder.shape.width, builder.shape.height, 1) {
            return builder.push_grey(pixels);
        }
        // Another size, or colour: each is resized like a decoded image.
        let (shape, wanted, before) = (builder.shape, builder.wanted_channels(), builder.frames.len());
        for part in pixels.chunks(4096 * width * height * channels) {
            let parts: Vec<&[u8]> = part.chunks_exact(width * height * channels).collect();
            let examples = par::map(&parts, |&pixels| {
                let orientation = Orientation::NoTransforms;
                let picture = Picture { width, height, channels, pixels: pixels.to_vec(), orientation };
                Ok(resize(picture, shape.width, shape.height, &self.options)?.with_channels(wanted))
            });
            let stored = examples.into_iter().try_for_each(|example: Result<Example>| builder.push(example?));
            if stored.is_err() {
                builder.truncate(before);
                return stored;
            }
        }
        Ok(())
    }
}
