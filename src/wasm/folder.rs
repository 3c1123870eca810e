//! The door to folders for other programs, as zips: a training that goes on in PyTorch, and the page with a model in it for
//! static hosts. They are made of projects outside the engine, which has none of their texts.

use std::collections::BTreeMap;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{JsResult, look};
use crate::error::Result;
use crate::file::ZipWriter;
use crate::session::{Evaluate, Resources, Session};

/// A project as a folder that goes on in PyTorch.
#[wasm_bindgen(js_name = pythonFolder)]
pub fn python_folder(project: Vec<u8>) -> JsResult<Uint8Array> {
    let mut session = opened(project)?;
    zipped(BTreeMap::new(), |visit| session.write_python(visit))
}

/// A project as a folder with the page and its model; `names` and `files` are those of the page.
#[wasm_bindgen(js_name = siteFolder)]
pub fn site_folder(project: Vec<u8>, names: Vec<String>, files: Vec<Uint8Array>) -> JsResult<Uint8Array> {
    let mut session = opened(project)?;
    let page = names.into_iter().zip(files.iter().map(Uint8Array::to_vec)).collect();
    let split = session.data().held_out();
    if session.data().count(split) != 0 {
        session.run_job(Evaluate { split }, Resources { clock: &|| 0.0, free_memory: u64::MAX })?;
    }
    let measured = session.measurement(split);
    zipped(page, |visit| session.write_site(measured.as_ref(), "", visit))
}

fn opened(project: Vec<u8>) -> Result<Session> {
    let session = Session::of_project(&project)?;
    session.progress().begin();
    session.progress().observe_with(look);
    Ok(session)
}

/// A zip of files and those that `write` adds, part by part.
fn zipped(
    mut files: BTreeMap<String, Vec<u8>>,
    write: impl FnOnce(&mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<()>,
) -> JsResult<Uint8Array> {
    write(&mut |name, bytes| {
        files.entry(name.into()).or_default().extend(bytes);
        Ok(())
    })?;
    let mut zip = ZipWriter::with_room(files.values().map(Vec::len).sum())?;
    for (name, bytes) in files {
        zip.add(&name, [bytes])?;
    }
    Ok(Uint8Array::from(&zip.finish()[..]))
}
