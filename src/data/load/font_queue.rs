//! Font files that wait to be drawn: one on each thread in a slice, as a face takes some tens of milliseconds.

use std::collections::VecDeque;

use super::intake::Intake;
use super::item::{ItemContent, LoadItem};
use super::sides::Side;
use crate::data::letters::LetterFrame;
use crate::par;

#[derive(Default)]
pub struct FontQueue(VecDeque<LoadItem>);

impl FontQueue {
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn push(&mut self, item: LoadItem) {
        self.0.push_back(item);
    }

    /// Draws the letters of a slice of fonts, and hands them over in their order.
    pub fn draw(&mut self, intake: &mut Intake) {
        let frame =
            intake.builders[Side::Input as usize].as_ref().map(|builder| (builder.shape.width, builder.shape.height));
        let frame = letter_frame(frame);
        let mut items: Vec<LoadItem> = self.0.drain(..self.0.len().min(par::threads())).collect();
        par::each(&mut items, |_, item| item.draw(frame));
        for item in items {
            intake.current.clone_from(&item.path);
            match item.content {
                ItemContent::Letters(font, frame) => intake.take_font(item.path, *font, frame),
                ItemContent::Skipped(reason) => intake.skip(item.path, reason),
                _ => intake.skip(item.path, "not a font".into()),
            }
        }
    }
}

/// The frame of letters for examples of this size, or their usual one.
pub fn letter_frame(size: Option<(usize, usize)>) -> LetterFrame {
    size.map_or_else(LetterFrame::default, |(width, height)| LetterFrame { width, height })
}
