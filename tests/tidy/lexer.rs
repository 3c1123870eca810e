//! Separates code from prose: comments and the contents of strings.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Language {
    Rust,
    JavaScript,
    Css,
    /// All of it is prose.
    Prose,
}

pub struct Lexed {
    /// The text with comments and the contents of strings replaced by spaces.
    pub code: String,
    /// Comments and strings line by line, with the number of the line.
    pub prose: Vec<Prose>,
}

pub struct Prose {
    pub line: usize,
    pub text: String,
    pub is_comment: bool,
}

pub fn lex(text: &str, language: Language) -> Lexed {
    let mut lexer = Lexer { letters: text.chars().collect(), at: 0, line: 1, code: String::new(), prose: Vec::new() };
    if language == Language::Prose {
        lexer.prose(lexer.letters.len(), false);
    }
    while lexer.at < lexer.letters.len() {
        lexer.step(language);
    }
    Lexed { code: lexer.code, prose: lexer.prose }
}

struct Lexer {
    letters: Vec<char>,
    at: usize,
    line: usize,
    code: String,
    prose: Vec<Prose>,
}

impl Lexer {
    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(n, letter)| self.letters.get(self.at + n) == Some(&letter))
    }

    /// The position of `text` from `from` on, or the end of the file.
    fn find(&self, text: &str, from: usize) -> usize {
        let text: Vec<char> = text.chars().collect();
        let mut windows = self.letters[from.min(self.letters.len())..].windows(text.len());
        windows.position(|window| window == text).map_or(self.letters.len(), |at| from + at)
    }

    fn code(&mut self, to: usize) {
        for &letter in &self.letters[self.at..to] {
            self.line += usize::from(letter == '\n');
            self.code.push(letter);
        }
        self.at = to;
    }

    fn prose(&mut self, to: usize, is_comment: bool) {
        let text: String = self.letters[self.at..to].iter().collect();
        for (n, line) in text.split('\n').enumerate() {
            if 0 < n {
                self.line += 1;
                self.code.push('\n');
            }
            self.code.extend(line.chars().map(|_| ' '));
            self.prose.push(Prose { line: self.line, text: line.into(), is_comment });
        }
        self.at = to;
    }

    fn step(&mut self, language: Language) {
        let is_rust = language == Language::Rust;
        if language != Language::Css && self.starts_with("//") {
            return self.prose(self.find("\n", self.at), true);
        }
        if self.starts_with("/*") {
            return self.prose((self.find("*/", self.at + 2) + 2).min(self.letters.len()), true);
        }
        let next = self.letters[self.at];
        let after_word = self.at.checked_sub(1).is_some_and(|before| is_word(self.letters[before]));
        match next {
            'r' | 'b' if is_rust && !after_word => match self.raw_string() {
                Some((open, close, end)) => {
                    self.code(open);
                    self.prose(close, false);
                    self.code(end);
                }
                None => self.code(self.at + 1),
            },
            '"' => self.string('"'),
            '\'' if is_rust => {
                let escaped = self.letters.get(self.at + 1) == Some(&'\\');
                if escaped {
                    let end = self.find("'", self.at + 3) + 1;
                    self.code(end);
                } else if self.letters.get(self.at + 2) == Some(&'\'') {
                    self.code(self.at + 1);
                    self.prose(self.at + 1, false);
                    self.code(self.at + 1);
                } else {
                    self.code(self.at + 1); // a lifetime
                }
            }
            '\'' => self.string('\''),
            '`' if language == Language::JavaScript => self.template(),
            '/' if language == Language::JavaScript && self.is_pattern() => {
                let (mut end, mut in_class) = (self.at + 1, false);
                while end < self.letters.len() && self.letters[end] != '\n' && (in_class || self.letters[end] != '/') {
                    in_class = match self.letters[end] {
                        '[' => true,
                        ']' => false,
                        _ => in_class,
                    };
                    end += if self.letters[end] == '\\' { 2 } else { 1 };
                }
                self.code((end + 1).min(self.letters.len()));
            }
            _ => self.code(self.at + 1),
        }
    }

    /// The contents of a raw string that starts here: its beginning, its end, and the end of the closing quote.
    fn raw_string(&self) -> Option<(usize, usize, usize)> {
        let mut at = self.at + usize::from(self.letters[self.at] == 'b');
        if self.letters.get(at) != Some(&'r') {
            return None;
        }
        at += 1;
        let hashes = self.letters[at..].iter().take_while(|&&letter| letter == '#').count();
        (self.letters.get(at + hashes) == Some(&'"')).then(|| {
            let open = at + hashes + 1;
            let close = self.find(&format!("\"{}", "#".repeat(hashes)), open);
            (open, close, (close + 1 + hashes).min(self.letters.len()))
        })
    }

    fn string(&mut self, quote: char) {
        let mut end = self.at + 1;
        while end < self.letters.len() && self.letters[end] != quote {
            end += if self.letters[end] == '\\' { 2 } else { 1 };
        }
        let end = end.min(self.letters.len());
        self.code(self.at + 1);
        self.prose(end, false);
        self.code((end + 1).min(self.letters.len()));
    }

    /// A template of JavaScript; what `${}` holds is code.
    fn template(&mut self) {
        self.code(self.at + 1);
        loop {
            let mut end = self.at;
            while end < self.letters.len()
                && self.letters[end] != '`'
                && !(self.letters[end] == '$' && self.letters.get(end + 1) == Some(&'{'))
            {
                end += if self.letters[end] == '\\' { 2 } else { 1 };
            }
            let end = end.min(self.letters.len());
            self.prose(end, false);
            if end == self.letters.len() || self.letters[end] == '`' {
                return self.code((end + 1).min(self.letters.len()));
            }
            self.code(end + 2);
            let mut depth = 1;
            while self.at < self.letters.len() && 0 < depth {
                match self.letters[self.at] {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 0 { self.code(self.at + 1) } else { self.step(Language::JavaScript) }
            }
        }
    }

    /// Whether a slash opens a regular expression: not after a value.
    fn is_pattern(&self) -> bool {
        let before = self.code.trim_end();
        let word = before.rsplit(|letter: char| !is_word(letter)).next().unwrap_or_default();
        matches!(word, "return" | "typeof" | "case")
            || !before.ends_with(|letter: char| is_word(letter) || ")]}".contains(letter))
    }
}

pub fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[test]
fn code_and_prose_are_separated() {
    let rust = lex("let a = \"x // y\"; // note\nlet b: &'a str = r#\"raw \"q\"\"#; let c = '\"';", Language::Rust);
    let texts: Vec<_> = rust.prose.iter().map(|prose| (prose.line, prose.text.trim())).collect();
    assert_eq!(texts, [(1, "x // y"), (1, "// note"), (2, "raw \"q\""), (2, "\"")]);
    assert!(rust.code.contains("let b: &'a str") && !rust.code.contains("note"));
    let script = lex("const a = /[/']x/.test(b) ? `n ${c + 'in'} m` : 'o';", Language::JavaScript);
    let texts: Vec<_> = script.prose.iter().map(|prose| prose.text.as_str()).collect();
    assert_eq!(texts, ["n ", "in", " m", "o"]);
}
