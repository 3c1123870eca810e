//! The sheet of networks for letters: what each makes of the letters of a face, then of what it made, again and again.

use std::path::Path;

use neurarium::data::letters::shown_in;
use neurarium::error::Result;
use neurarium::session::Session;

use super::contact_sheet::{ContactSheet, Tile};
use super::progress::note;

/// Times that each network reads what it made.
const ROUNDS: usize = 12;
/// Pixels of a picture for each of the letter.
const SCALE: usize = 2;
/// Letters of the alphabet.
const LETTERS: usize = 26;

/// Paints the face of the first of these examples: for each letter a row of each network.
pub fn paint(session: &mut Session, examples: &[u32], path: &Path) -> Result<()> {
    let data = session.data();
    let face = |index: u32| data.names[index as usize].rsplit_once('/').map(|(face, _)| face.to_string());
    let Some(&first) = examples.first() else { return Ok(()) };
    let of_face: Vec<u32> = examples.iter().copied().filter(|&index| face(index) == face(first)).collect();
    let frame = shown_in(data.shape);
    let (width, height) = (SCALE * frame.width, SCALE * frame.height);
    let mut rows = Vec::new();
    for &letter in of_face.iter().take(LETTERS) {
        session.viewer().choose_example(letter as usize)?;
        rows.push(session.letter_rounds(ROUNDS, SCALE)?);
    }
    let networks = rows.iter().flat_map(|both| both.chunks_exact(both.len() / 2));
    let tile = |pixels| Tile { pixels, width, height };
    let groups: Vec<Vec<Tile>> = networks.map(|row| row.chunks_exact(4 * width * height).map(tile).collect()).collect();
    ContactSheet::of_groups(&groups).write(path)?;
    note(&format!("painted {}", path.display()));
    Ok(())
}
