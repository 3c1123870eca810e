//! The face of an example as the networks for letters make it, to be saved as a picture or as a font.

use super::run::Learner;
use super::session::Session;
use crate::data::letters::{self, LetterFrame, TracedLetter, Typeface, clamped, other_case, trace};
use crate::error::{Error, Result};

/// Most distance of a contour from the field that it was traced from, in pixels.
const TOLERANCE: f64 = 0.08;

impl Session {
    /// The letters of the face that has this example: small letters made of its capitals, and capitals of its small letters.
    ///
    /// # Errors
    /// The networks are none for letters, there is no such example, or its letters cannot be read.
    pub fn made_face(&self, example: usize) -> Result<Typeface> {
        let data = self.data.set();
        let face_of = |index: usize| Some(data.names.get(index)?.rsplit_once('/').map_or("", |(face, _)| face));
        let face = face_of(example).filter(|_| 1 < self.runs.len() && data.is_of_letters());
        let Some(face) = face else {
            return Err(Error::expected("alphabet", "two networks for letters, and a letter of a face", example));
        };
        let frame = LetterFrame { width: data.shape.width, height: data.shape.height };
        let traced = |made: &[f32]| match letters::are_points(data.shape) {
            true => letters::contours(made),
            false => trace(made, frame, TOLERANCE),
        };
        let of_face: Vec<u32> =
            (0u32..).take(data.len()).filter(|&index| face_of(index as usize) == Some(face)).collect();
        let mut made_letters = Vec::new();
        for run in &self.runs {
            let Learner::Network(learner) = &run.learner else { continue };
            let is_read = |&index: &u32| run.objective().task.reads(data.labels[index as usize]);
            let read: Vec<u32> = of_face.iter().copied().filter(is_read).collect();
            data.prepare(&read, read.len())?;
            let mut made = vec![0.0; read.len() * frame.area()];
            learner.trainer().make(learner.network(), data, &read, &mut made);
            made.iter_mut().for_each(|value| *value = clamped(*value));
            made_letters.extend(read.iter().zip(made.chunks_exact(frame.area())).map(|(&index, made)| TracedLetter {
                class: other_case(data.labels[index as usize]) as usize,
                contours: traced(made),
            }));
        }
        data.check_read()?;
        made_letters.sort_by_key(|letter| letter.class);
        made_letters.dedup_by_key(|letter| letter.class);
        Ok(Typeface { name: format!("{face} remade").trim().into(), letters: made_letters })
    }
}
