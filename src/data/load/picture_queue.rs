//! Image files that wait: the first of them decide the size of the examples, then all are decoded slice by slice.

use std::collections::VecDeque;

use super::intake::Intake;
use super::item::{ItemContent, LoadItem};
use super::picture::MOST_COST;
use super::sides::Side;
use crate::par;

/// Work of one slice for each thread: some tens of milliseconds, for many small images as well as a few photographs.
pub const SLICE_FILES: usize = 32;
pub const SLICE_BYTES: u64 = 2 << 20;

/// The size is decided when this many images, or bytes of them, wait for it.
const SAMPLE: usize = 32;
const SAMPLE_BYTES: usize = 16 << 20;

#[derive(Default)]
pub struct PictureQueue {
    items: VecDeque<LoadItem>,
    bytes: usize,
}

impl PictureQueue {
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub fn push(&mut self, item: LoadItem) {
        self.bytes += item.held();
        self.items.push_back(item);
    }

    /// Whether enough images wait to decide the size of the examples.
    pub fn is_sample(&self) -> bool {
        SAMPLE <= self.items.len() || SAMPLE_BYTES <= self.bytes
    }

    /// The common size of the waiting images; (0, 0) if they differ.
    pub fn common_size(&self) -> (usize, usize) {
        let mut sizes = self.items.iter().filter_map(|item| item.picture()).map(|header| (header.width, header.height));
        let first = sizes.next().unwrap_or((0, 0));
        if sizes.all(|size| size == first) { first } else { (0, 0) }
    }

    /// Decodes a slice, as many images of a side at once as memory allows, and hands them over in their order.
    pub fn decode(&mut self, side: Side, intake: &mut Intake) {
        let Some(builder) = &intake.builders[side as usize] else { return };
        let (width, height, channels) = (builder.shape.width, builder.shape.height, builder.wanted_channels());
        let (mut items, mut all_cost, mut bytes) = (Vec::new(), 0, 0);
        while let Some(item) = self.items.front() {
            let cost = item.picture().map_or(0, |header| header.cost);
            let enough = SLICE_FILES * par::threads() <= items.len()
                || (par::threads() <= items.len() && SLICE_BYTES * par::threads() as u64 <= bytes);
            if !items.is_empty() && (enough || MOST_COST < all_cost + cost) {
                break;
            }
            all_cost += cost;
            bytes += item.held() as u64;
            items.extend(self.items.pop_front());
        }
        let options = &intake.options;
        par::each(&mut items, |_, item| item.decode(width, height, channels, options));
        self.bytes -= bytes as usize;
        for item in items {
            intake.current.clone_from(&item.path);
            match item.content {
                ItemContent::Decoded(example, header) => {
                    intake.take_picture(side, item.path, example, (header.width, header.height));
                }
                ItemContent::Skipped(reason) => intake.skip(item.path, reason),
                _ => intake.skip(item.path, "not an image".into()),
            }
        }
    }
}
