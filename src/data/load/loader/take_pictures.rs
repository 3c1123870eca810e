//! Pictures that wait: the size of the examples is decided by the first of them, then they are decoded slice by slice.

use super::{Loader, SLICE_BYTES, SLICE_FILES};
use crate::data::load::assemble::SourceFile;
use crate::data::load::item::ItemContent;
use crate::data::load::picture::MOST_COST;
use crate::data::store::image_builder::ImageBuilder;
use crate::par;

/// The size is decided when so many pictures, or bytes of them, wait for it.
const SAMPLE: usize = 32;
const SAMPLE_BYTES: usize = 16 << 20;
/// The size of examples where the pictures do not agree on a small one.
const USUAL_SIDE: usize = 64;

impl Loader {
    /// A slice of the pictures that wait, once the size is decided.
    pub(super) fn take_pictures(&mut self) {
        let all_wait = self.closed && self.files.is_empty() && self.archive.is_none() && !self.waiting.is_empty();
        if self.store.is_none() && (all_wait || SAMPLE <= self.waiting.len() || SAMPLE_BYTES <= self.waiting_bytes) {
            self.decide_size();
        }
        self.decode_pictures();
    }

    fn decide_size(&mut self) {
        let mut sizes = self.waiting.iter().filter_map(|item| match &item.found {
            ItemContent::Picture(_, header) => Some((header.width, header.height)),
            _ => None,
        });
        let first = sizes.next().unwrap_or((0, 0));
        let size = if sizes.all(|size| size == first) { first } else { (0, 0) };
        self.decide_size_as(size);
    }

    pub(super) fn decide_size_as(&mut self, (width, height): (usize, usize)) {
        let small = |side| (8..=USUAL_SIDE).contains(&side);
        let (width, height) = if small(width) && small(height) { (width, height) } else { (USUAL_SIDE, USUAL_SIDE) };
        self.store = Some(ImageBuilder::new(width, height, self.options.channels));
    }

    /// Decodes a slice of the pictures that wait, as many at once as memory allows, and stores them in their order.
    fn decode_pictures(&mut self) {
        let Some(store) = &self.store else { return };
        let (width, height, channels) = (store.shape.width, store.shape.height, store.wanted());
        let (mut items, mut cost, mut bytes) = (Vec::new(), 0, 0);
        let mut sizes = Vec::new();
        while let Some(item) = self.waiting.front() {
            let ItemContent::Picture(_, header) = item.found else { break };
            let enough = SLICE_FILES * par::threads() <= items.len()
                || (par::threads() <= items.len() && SLICE_BYTES * par::threads() as u64 <= bytes);
            if !items.is_empty() && (enough || MOST_COST < cost + header.cost) {
                break;
            }
            cost += header.cost;
            sizes.push((header.width, header.height));
            bytes += item.bytes.len() as u64;
            items.extend(self.waiting.pop_front());
        }
        let options = &self.options;
        par::each(&mut items, |_, item| item.decode(width, height, channels, options));
        for (item, (width, height)) in items.into_iter().zip(sizes) {
            self.waiting_bytes -= item.bytes.len();
            self.current.clone_from(&item.path);
            let stored = match (item.found, &mut self.store) {
                (ItemContent::Placed(placed), Some(store)) => store.push(placed).map_err(|error| error.to_string()),
                (ItemContent::Left(reason), _) => Err(reason),
                _ => Err("not an image".into()),
            };
            match stored {
                Ok(()) => {
                    self.count_used(1);
                    self.report.count_size(width, height, 1);
                    self.sources.push(SourceFile::picture(item.path));
                }
                Err(reason) => self.leave(item.path, reason),
            }
        }
    }
}
