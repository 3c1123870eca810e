//! The options of `neurarium export`, and the kinds of exports.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use neurarium::error::{Error, Result};
use neurarium::file::onnx::export::{OnnxInput, OnnxPart};

use super::built_site;

/// The kind of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportKind {
    Onnx,
    Labels,
    Project,
    Page,
    /// Folders.
    Python,
    Site,
}

/// The kinds by the words for them: the ending of a file's name, or `format=`.
const FILES: [(&str, ExportKind); 4] =
    [("onnx", ExportKind::Onnx), ("txt", ExportKind::Labels), ("zip", ExportKind::Project), ("html", ExportKind::Page)];
const FOLDERS: [(&str, ExportKind); 2] = [("python", ExportKind::Python), ("site", ExportKind::Site)];

/// The names of the options, and the kinds that they are for.
const NAMES: [(&str, &[ExportKind]); 5] = [
    ("format", &[ExportKind::Python, ExportKind::Site]),
    ("input", &[ExportKind::Onnx]),
    ("part", &[ExportKind::Onnx]),
    ("site", &[ExportKind::Page, ExportKind::Site]),
    ("licence", &[ExportKind::Site]),
];

pub struct ExportOptions {
    pub kind: ExportKind,
    pub input: OnnxInput,
    pub part: OnnxPart,
    /// The folder of a built page.
    pub site: PathBuf,
    /// The licence of the model, for its card; empty for none.
    pub licence: String,
}

/// Whether an argument is one of the command's own rather than a setting.
pub fn is_option(argument: &OsString) -> bool {
    let text = argument.to_string_lossy();
    NAMES.iter().any(|(name, _)| text.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')))
}

impl ExportOptions {
    pub fn read(output: &Path, arguments: &[OsString]) -> Result<Self> {
        let pairs: Vec<(String, String)> = arguments
            .iter()
            .filter_map(|argument| {
                argument.to_string_lossy().split_once('=').map(|(name, value)| (name.into(), value.into()))
            })
            .collect();
        let value = |name: &str| pairs.iter().rev().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let kind = match value("format") {
            Some(word) => named(&FOLDERS, word)
                .ok_or_else(|| Error::expected("format", "python or site", format!("\"{word}\"")))?,
            None => {
                let ending = output.extension().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
                let expected = "a name that ends in .onnx, .html, .txt or .zip, or format= with a folder";
                named(&FILES, &ending).ok_or_else(|| Error::expected("export", expected, output.display()))?
            }
        };
        for (name, kinds) in NAMES {
            if value(name).is_some() && !kinds.contains(&kind) {
                return Err(Error::expected("export", format!("{name}= with {}", words(kinds)), output.display()));
            }
        }
        Ok(Self {
            kind,
            input: value("input").map(OnnxInput::parse).transpose()?.unwrap_or_default(),
            part: value("part").map(OnnxPart::parse).transpose()?.unwrap_or_default(),
            site: PathBuf::from(value("site").unwrap_or(built_site::DEFAULT)),
            licence: value("licence").unwrap_or_default().into(),
        })
    }
}

fn named(kinds: &[(&str, ExportKind)], word: &str) -> Option<ExportKind> {
    kinds.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
}

/// How these kinds are asked for.
fn words(kinds: &[ExportKind]) -> String {
    let files = FILES.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(ending, _)| format!("a name in .{ending}"));
    let folders = FOLDERS.iter().filter(|(_, kind)| kinds.contains(kind)).map(|(word, _)| format!("format={word}"));
    files.chain(folders).collect::<Vec<_>>().join(" or ")
}
