//! The imports among the files of src/, resolved through `mod` declarations and re-exports to the file that defines a name.
//!
//! A path that names a module only makes no import; the paths that go through it do. A re-export (`pub use`) makes none
//! either, unless the file uses the name itself. Inline `#[cfg(test)]` modules are ignored, and so are calls of methods.

use std::collections::BTreeMap;

use crate::lexer::is_word;
use crate::sources::Source;

/// The names that each file takes from each other file, by index.
pub type Imports = BTreeMap<(usize, usize), Vec<String>>;

#[derive(Default)]
struct Module {
    file: usize,
    parent: Option<usize>,
    children: BTreeMap<String, usize>,
    uses: Vec<Use>,
    /// Paths in the code, each of at least two segments.
    paths: Vec<Vec<String>>,
    /// Names in the code that stand alone.
    names: Vec<String>,
}

struct Use {
    path: Vec<String>,
    /// `*` for all names.
    name: String,
    is_public: bool,
}

struct Tree {
    modules: Vec<Module>,
    /// The roots of the library and of the program.
    roots: [usize; 2],
}

pub fn imports(sources: &[Source]) -> Imports {
    let tree = Tree::new(sources);
    let mut imports = Imports::new();
    for (id, module) in tree.modules.iter().enumerate() {
        let mut add = |path: &[String]| {
            if let Some((file, Some(name))) = tree.resolve(id, path, 0)
                && file != module.file
            {
                let names = imports.entry((module.file, file)).or_default();
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        };
        module.uses.iter().filter(|one| !one.is_public).for_each(|one| add(&one.path));
        module.paths.iter().for_each(|path| add(path));
        let exported = module.uses.iter().filter(|one| one.is_public && module.names.contains(&one.name));
        exported.for_each(|one| add(&one.path));
    }
    imports
}

impl Tree {
    fn new(sources: &[Source]) -> Self {
        let file_at = |path: &str| sources.iter().position(|source| source.path == path);
        let mut tree = Self { modules: Vec::new(), roots: [0, 0] };
        for (root, path) in ["src/lib.rs", "src/main.rs"].into_iter().enumerate() {
            let Some(file) = file_at(path) else { continue };
            tree.roots[root] = tree.add(file, None);
            let mut waiting = vec![(tree.roots[root], "src".to_string())];
            while let Some((id, folder)) = waiting.pop() {
                let parser = Parser { tokens: tokens(&sources[tree.modules[id].file].lexed.code), at: 0 };
                for (inside, name) in parser.parse(&mut tree, id) {
                    let flat = file_at(&format!("{folder}/{name}.rs"));
                    let Some(file) = flat.or_else(|| file_at(&format!("{folder}/{name}/mod.rs"))) else { continue };
                    let child = tree.add(file, Some(inside));
                    tree.modules[inside].children.insert(name.clone(), child);
                    waiting.push((child, format!("{folder}/{name}")));
                }
            }
        }
        tree
    }

    fn add(&mut self, file: usize, parent: Option<usize>) -> usize {
        self.modules.push(Module { file, parent, ..Module::default() });
        self.modules.len() - 1
    }

    fn root(&self, mut module: usize) -> usize {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }

    /// The file that a path leads to, and the name of the item, or `None` for a module. `None` outside the project.
    fn resolve(&self, from: usize, path: &[String], depth: usize) -> Option<(usize, Option<String>)> {
        let (mut module, mut rest) = (from, path);
        let mut is_start = true;
        while let Some((first, after)) = rest.split_first() {
            let here = &self.modules[module];
            match first.as_str() {
                "crate" if is_start => module = self.root(module),
                "neurarium" if is_start => module = self.roots[0],
                "self" if is_start => {}
                "super" => module = here.parent?,
                name => {
                    let bound = here.uses.iter().find(|one| one.name == name && depth < 16);
                    if let Some(&child) = here.children.get(name) {
                        module = child;
                    } else if let Some(bound) = bound {
                        let (file, item) = self.resolve(module, &bound.path, depth + 1)?;
                        if item.is_some() || after.is_empty() {
                            return Some((file, item));
                        }
                        module = self.module_of(module, &bound.path, depth + 1)?;
                    } else if is_start && depth == 0 && !after.is_empty() && !name.starts_with(char::is_uppercase) {
                        return None; // another crate, or a name of this file
                    } else if is_start && depth == 0 {
                        return Some((here.file, Some(name.into()))); // an item of this file
                    } else {
                        return Some((here.file, Some(name.into())));
                    }
                }
            }
            (rest, is_start) = (after, is_start && first == "super");
        }
        Some((self.modules[module].file, None))
    }

    /// The module that a path leads to.
    fn module_of(&self, from: usize, path: &[String], depth: usize) -> Option<usize> {
        let (mut module, mut is_start) = (from, true);
        for name in path {
            let here = &self.modules[module];
            module = match name.as_str() {
                "crate" if is_start => self.root(module),
                "neurarium" if is_start => self.roots[0],
                "self" if is_start => module,
                "super" => here.parent?,
                name => match here.children.get(name) {
                    Some(&child) => child,
                    None => {
                        let bound = here.uses.iter().find(|one| one.name == name && depth < 16)?;
                        self.module_of(module, &bound.path, depth + 1)?
                    }
                },
            };
            is_start = is_start && name == "super";
        }
        Some(module)
    }
}

/// Names, `::` and single marks.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut letters = code.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            continue;
        }
        let mut token = String::from(letter);
        if is_word(letter) {
            while let Some(letter) = letters.next_if(|&letter| is_word(letter)) {
                token.push(letter);
            }
        } else if letter == ':' && letters.next_if_eq(&':').is_some() {
            token.push(':');
        }
        tokens.push(token);
    }
    tokens
}

struct Parser {
    tokens: Vec<String>,
    at: usize,
}

impl Parser {
    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }

    fn before(&self, count: usize) -> &str {
        self.at.checked_sub(count).map_or("", |at| self.token(at))
    }

    /// Fills in module `id`; returns the child modules in files of their own: where they are declared, and their names.
    fn parse(mut self, tree: &mut Tree, id: usize) -> Vec<(usize, String)> {
        let mut declared = Vec::new();
        // The modules that are open, each with the depth of braces at which it ends.
        let (mut open, mut depth) = (vec![(id, 0)], 0);
        while self.at < self.tokens.len() {
            let &(module, _) = open.last().expect("the file's module stays open");
            let token = self.token(self.at).to_string();
            match token.as_str() {
                "{" => depth += 1,
                "}" => {
                    depth -= 1;
                    if 1 < open.len() && open.last().is_some_and(|&(_, end)| end == depth) {
                        open.pop();
                    }
                }
                "use" if self.is_statement() => {
                    let is_public = ["pub", ")"].contains(&self.before(1));
                    self.at += 1;
                    let mut found = Vec::new();
                    self.use_tree(&mut Vec::new(), &mut found);
                    let uses = found.into_iter().map(|(path, name)| Use { path, name, is_public });
                    tree.modules[module].uses.extend(uses);
                    continue;
                }
                "mod" if self.is_statement() => {
                    let name = self.token(self.at + 1).to_string();
                    let is_test = (1..12).any(|back| self.before(back) == "cfg" && self.before(back - 2) == "test")
                        && self.before(1) == "]";
                    if self.token(self.at + 2) == ";" {
                        declared.push((module, name));
                    } else if is_test {
                        self.at += 2;
                        self.skip_braces();
                        continue;
                    } else {
                        let file = tree.modules[module].file;
                        let inline = tree.add(file, Some(module));
                        tree.modules[module].children.insert(name, inline);
                        open.push((inline, depth));
                        depth += 1;
                    }
                    self.at += 3;
                    continue;
                }
                name if name.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') => {
                    let mut path = vec![token];
                    while self.token(self.at + 1) == "::" && self.token(self.at + 2).starts_with(is_word) {
                        path.push(self.token(self.at + 2).into());
                        self.at += 2;
                    }
                    let is_method = path.len() == 1 && [".", "fn"].contains(&self.before(1));
                    let is_call = self.token(self.at + 1) == "(";
                    if 1 < path.len() {
                        tree.modules[module].paths.push(path);
                    } else if !is_method && (is_call || path[0].starts_with(char::is_uppercase)) {
                        tree.modules[module].names.extend(path);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        declared
    }

    /// Whether a statement or an item begins here, after an optional visibility.
    fn is_statement(&self) -> bool {
        ["", ";", "{", "}", "]", "pub"].contains(&self.before(1)) || self.before(1) == ")" && self.before(3) != "fn"
    }

    fn skip_braces(&mut self) {
        let mut depth = 0;
        while self.at < self.tokens.len() {
            match self.token(self.at) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// Reads `a::{b, c as d, e::*}` up to what follows it.
    fn use_tree(&mut self, prefix: &mut Vec<String>, found: &mut Vec<(Vec<String>, String)>) {
        let start = prefix.len();
        loop {
            match self.token(self.at) {
                "{" => {
                    self.at += 1;
                    while self.at < self.tokens.len() && self.token(self.at) != "}" {
                        self.use_tree(prefix, found);
                        self.at += usize::from(self.token(self.at) == ",");
                    }
                    self.at += 1;
                    break;
                }
                "*" => {
                    self.at += 1;
                    found.push((prefix.clone(), "*".into()));
                    break;
                }
                "::" => self.at += 1,
                name => {
                    let is_self = name == "self" && !prefix.is_empty();
                    if !is_self {
                        prefix.push(name.to_string());
                    }
                    self.at += 1;
                    if self.token(self.at) != "::" {
                        let mut bound = prefix.last().cloned().unwrap_or_default();
                        if self.token(self.at) == "as" {
                            bound = self.token(self.at + 1).into();
                            self.at += 2;
                        }
                        found.push((prefix.clone(), bound));
                        break;
                    }
                }
            }
        }
        prefix.truncate(start);
    }
}
