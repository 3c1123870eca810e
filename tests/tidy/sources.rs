//! The files of the project that the rules are about.

use std::fs;
use std::path::{Path, PathBuf};

use crate::lexer::{self, Language, Lexed};

pub struct Source {
    /// Relative to the project, with `/`: `src/data/mod.rs`.
    pub path: String,
    pub text: String,
    pub lexed: Lexed,
}

impl Source {
    fn read(path: &str, language: Language) -> Self {
        let text = fs::read_to_string(top().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let lexed = lexer::lex(&text, language);
        Self { path: path.into(), text, lexed }
    }

    /// The path below src/.
    pub fn below_src(&self) -> &str {
        self.path.strip_prefix("src/").unwrap_or(&self.path)
    }

    /// The lines of the code, numbered from 1, without comments and the contents of strings.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..).zip(self.lexed.code.lines())
    }
}

pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files of src/, sorted by path.
pub fn rust() -> Vec<Source> {
    files("src", "rs").iter().map(|path| Source::read(path, Language::Rust)).collect()
}

/// The files with texts besides those of src/: the page and the README.
pub fn other_texts() -> Vec<Source> {
    let page = [("js", Language::JavaScript), ("ts", Language::JavaScript), ("css", Language::Css)];
    let page = page.iter().flat_map(|(ending, language)| {
        files("www", ending).into_iter().filter(|path| !path.starts_with("www/pkg")).map(move |path| (path, *language))
    });
    let prose = ["README.md", "index.html"].map(|path| (path.to_string(), Language::Prose));
    page.chain(prose).map(|(path, language)| Source::read(&path, language)).collect()
}

/// The files of a folder with this ending, at any depth, sorted by path.
fn files(folder: &str, ending: &str) -> Vec<String> {
    fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("a folder of the project can be listed").path();
            if path.is_dir() {
                collect(&path, ending, found);
            } else if path.extension().is_some_and(|extension| extension == ending) {
                found.push(path);
            }
        }
    }
    let mut paths = Vec::new();
    collect(&top().join(folder), ending, &mut paths);
    paths.sort();
    let relative =
        |path: &PathBuf| path.strip_prefix(top()).expect("a file of the project").to_string_lossy().into_owned();
    paths.iter().map(|path| relative(path).replace('\\', "/")).collect()
}
