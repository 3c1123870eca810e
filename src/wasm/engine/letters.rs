//! The browser's door to networks for letters: what both make of the shown letter, again and again, on the way to another,
//! in the end, and of its whole face.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, pictures};
use crate::session::Follow;

#[wasm_bindgen]
impl Engine {
    /// What both networks for letters make of the shown letter, again and again: see `Session::letter_rounds`.
    #[wasm_bindgen(js_name = letterRounds)]
    pub fn letter_rounds(&mut self, rounds: usize, scale: usize) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&self.session.letter_rounds(rounds, scale)?[..]))
    }

    /// The way from the shown letter to another, and what both networks make along it: see `Session::letter_way`.
    #[wasm_bindgen(js_name = letterWay)]
    pub fn letter_way(&mut self, to: usize, steps: usize, scale: usize) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&self.session.letter_way(to, steps, scale)?[..]))
    }

    /// The letters that come again and again, of the latest job that followed a network: RGBA, one after the other. Null
    /// once the network or the images are others.
    #[wasm_bindgen(js_name = followedLetters)]
    pub fn followed_letters(&self, scale: usize) -> JsResult<JsValue> {
        let Some(found) = self.session.job::<Follow>() else { return Ok(JsValue::NULL) };
        let (width, height, pixels) = found.pictures(scale.clamp(1, 8));
        Ok(pictures(width, height, &pixels)?.into())
    }

    /// The letters that both networks make of the face that is shown, as a picture in SVG with this title.
    #[wasm_bindgen(js_name = alphabetSvg)]
    pub fn alphabet_svg(&mut self, name: &str) -> JsResult<String> {
        let example = self.session.viewer().example_index();
        let mut face = self.session.made_face(example)?;
        if !name.is_empty() {
            face.name = name.into();
        }
        Ok(face.svg())
    }
}
