//! The door to loading: takes what the decoders (src/wasm/decoder.rs) have made of files.

use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, example_object, not_loading, object, parsed};
use crate::data::{DecodedFile, KnownSides, LoadOptions, Loaded};
use crate::wasm::Crossing;

fn decoded(file: JsValue, bytes: Vec<u8>) -> JsResult<DecodedFile> {
    let Crossing { path, content } = parsed(&file)?;
    Ok(DecodedFile { path, content, bytes })
}

impl Engine {
    /// The options for the files to come: what is added to other images gets their shape.
    pub(super) fn options_to_load(&self) -> LoadOptions {
        match &self.parts {
            Some(parts) => self.session.load_options_for(&parts.dataset),
            None if self.adds => self.session.load_options_for(self.session.data()),
            None => self.session.load_options(),
        }
    }

    /// Everything that was read, with the parts before.
    pub(super) fn finished_part(&mut self) -> JsResult<Loaded> {
        let loader = self.loader.take().ok_or_else(not_loading)?;
        let before = self.parts.take();
        match loader.finish() {
            Ok(loaded) => match before {
                Some(before) => Ok(before.joined(&loaded)?),
                None => Ok(loaded),
            },
            Err(failed) => {
                self.session.remember_failure(failed.report);
                Err(failed.error.into())
            }
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// The options to decode the files to come with.
    #[wasm_bindgen(js_name = loadDecodeOptions)]
    pub fn load_decode_options(&mut self) -> JsResult<JsValue> {
        let options = self.loading()?.decode_options();
        object(&options)
    }

    /// The options to decode an image of the user's own with.
    #[wasm_bindgen(js_name = ownDecodeOptions)]
    pub fn own_decode_options(&self) -> JsResult<JsValue> {
        object(&LoadOptions { width: 0, height: 0, ..self.session.load_options() })
    }

    /// Counts a file of this many bytes, whose contents come decoded.
    #[wasm_bindgen(js_name = loadCount)]
    pub fn load_count(&mut self, bytes: f64) -> JsResult<()> {
        self.loading()?.count(bytes as u64);
        Ok(())
    }

    /// Takes what a file became, or one of an archive, as {path, content} and its bytes.
    #[wasm_bindgen(js_name = loadAddDecoded)]
    pub fn load_add_decoded(&mut self, file: JsValue, bytes: Vec<u8>, is_entry: bool) -> JsResult<()> {
        let file = decoded(file, bytes)?;
        self.loading()?.push_decoded(file, is_entry);
        Ok(())
    }

    /// Announces that there are pairs of images among the files of an archive.
    #[wasm_bindgen(js_name = loadAnnouncePairs)]
    pub fn load_announce_pairs(&mut self) -> JsResult<()> {
        self.loading()?.announce(KnownSides::BOTH);
        Ok(())
    }

    /// Adds a remark to the report of the files.
    #[wasm_bindgen(js_name = loadNote)]
    pub fn load_note(&mut self, text: String) -> JsResult<()> {
        self.loading()?.note(text);
        Ok(())
    }

    /// Shows an image that was decoded apart in place of the example.
    #[wasm_bindgen(js_name = ownDecoded)]
    pub fn own_decoded(&mut self, name: &str, file: JsValue, bytes: Vec<u8>) -> JsResult<JsValue> {
        let file = decoded(file, bytes)?;
        let example = self.session.viewer().show_own_decoded(name, file)?;
        example_object(&example)
    }
}
