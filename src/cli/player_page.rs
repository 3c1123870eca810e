//! A trained model as one HTML file: the page of `www/player`, the engine for running alone, and the model, all inside. The
//! browser puts the same together in `www/rail/model/player-page.js`.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use neurarium::base64;
use neurarium::error::{Error, Result};

use super::built_site::BuiltSite;

const PAGE: &str = "www/player/player.html";
const STYLE: &str = "www/player/player.css";
const SCRIPT: &str = "www/player/player.js";
const GLUE: &str = "www/pkg/player/neurarium.js";
const WASM: &str = "www/pkg/player/neurarium_bg.wasm";

/// The page for a model file.
///
/// # Errors
/// The site lacks a part of it.
pub fn player_page(site: &BuiltSite, model: &[u8], title: &str) -> Result<String> {
    let contents = [
        ("the title", escaped(title)),
        ("/* style */", site.text(STYLE)?),
        ("/* glue */", site.text(GLUE)?),
        ("\"the wasm\"", format!("\"{}\"", packed(&site.bytes(WASM)?)?)),
        ("\"the model\"", format!("\"{}\"", packed(model)?)),
        ("/* script */", site.text(SCRIPT)?),
    ];
    let (template, mut page) = (site.text(PAGE)?, String::new());
    let mut rest = template.as_str();
    // Contents are not looked through again, for they may contain such places.
    while let Some((at, place, content)) = next_place(rest, &contents) {
        page += &rest[..at];
        page += content;
        rest = &rest[at + place.len()..];
    }
    Ok(page + rest)
}

/// The first place in a text that is to be filled.
fn next_place<'a>(text: &str, contents: &'a [(&str, String)]) -> Option<(usize, &'a str, &'a str)> {
    let places = contents.iter().filter_map(|(place, content)| Some((text.find(place)?, *place, content.as_str())));
    places.min_by_key(|(at, ..)| *at)
}

/// The base 64 of the gzip of bytes.
fn packed(bytes: &[u8]) -> Result<String> {
    let failed = |error: std::io::Error| Error::new(format!("the page cannot be packed ({error})"));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).map_err(failed)?;
    Ok(base64::encode(&encoder.finish().map_err(failed)?))
}

fn escaped(text: &str) -> String {
    let letter = |letter: char| match letter {
        '&' | '<' | '>' | '"' => format!("&#{};", u32::from(letter)),
        other => other.to_string(),
    };
    text.chars().map(letter).collect()
}
