//! Comments and sentences avoid patterns that are hard to read or that the project has replaced.
//!
//! Looked at are comments and strings with a space (others are keys). Code in backticks is skipped.

use crate::assert_none;
use crate::sources::{self, Source};

enum Pattern {
    /// These words anywhere, in any case.
    Words(&'static str),
    /// A sentence that begins with this word.
    Opening(&'static str),
}

use Pattern::{Opening, Words};

/// What is found, and what to write instead.
const PATTERNS: &[(Pattern, &str)] = &[
    (Opening("Who"), "a noun as the subject: callers, users, settings"),
    (Opening("Whoever"), "a noun as the subject: callers, users"),
    (Opening("Of"), "a sentence with a verb, or a noun: The mean of ..."),
    (Opening("Those"), "the noun: images that ..."),
    (Opening("So"), "a sentence of its own: Therefore ..., or: ..., so ..."),
    (Words("whoever"), "the noun: the caller, the reader"),
    (Words("told"), "reported, returned, shown, or message"),
    (Words("tells"), "reports, returns, shows, says"),
    (Words("tell of"), "report"),
    (Words("is none"), "there is no ..., or is not a ..."),
    (Words("anew"), "again"),
    (Words("of now"), "current"),
    (Words("lies"), "is"),
    (Words("lie"), "are"),
    (Words("made room"), "was set aside"),
    (Words("makes room"), "reserves memory, or sets aside"),
    (Words("make room"), "reserve memory, or set aside"),
    (Words("nobody"), "the passive, or no one"),
    (Words("somebody"), "the passive, or a user"),
    (Words("somebody's"), "a user's"),
    (Words("less its"), "minus its"),
    (Words("less the"), "minus the"),
    (Words("less their"), "minus their"),
    (Words("named so"), "predicted as"),
    (Words("named right"), "predicted correctly"),
    (Words("mixed up"), "confused"),
    (Words("learnt from"), "trained on"),
    (Words("hears of"), "counts, or is advanced by"),
    (Words("not read here"), "not supported"),
    (Words("not known here"), "not supported"),
    (Words("gauge"), "progress"),
    (Words("lookout"), "cancel flag"),
    (Words("doctor"), "data check"),
    (Words("ailment"), "finding"),
    (Words("ailments"), "findings"),
    (Words("remedy"), "fix"),
    (Words("remedies"), "fixes"),
    (Words("watchdog"), "divergence guard"),
    (Words("lesson"), "step context"),
    (Words("atlas"), "latent map"),
];

/// Phrases in which a pattern has its ordinary meaning.
const ALLOWED: &[&str] =
    &["there is none", "if there is none", "lie between", "lies between", "neurarium doctor", "the doctor command"];

#[test]
fn texts_avoid_old_patterns() {
    let mut sources = sources::rust();
    sources.extend(sources::other_texts());
    let found: Vec<String> = sources.iter().flat_map(findings).collect();
    assert_none(found);
}

/// All findings of one file.
fn findings(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    // The last line of the comment so far: its number and its text.
    let mut before: Option<(usize, String)> = None;
    for prose in &source.lexed.prose {
        let text = plain(&prose.text);
        let is_key = !prose.is_comment && !text.trim().contains(' ');
        let goes_on = prose.is_comment
            && before.as_ref().is_some_and(|(line, text)| line + 1 == prose.line && !ends_sentence(text));
        before = prose.is_comment.then(|| (prose.line, text.clone()));
        if is_key {
            continue;
        }
        for (pattern, instead) in PATTERNS {
            let shown = match pattern {
                Words(words) => has_words(&text, words).then_some(*words),
                Opening(word) => opens_with(&text, word, !goes_on).then_some(*word),
            };
            if let Some(shown) = shown {
                found.push(format!("{}:{}: \"{shown}\"; better: {instead}", source.path, prose.line));
            }
        }
    }
    found
}

/// The text without the marks of a comment or a list, and without code in backticks.
fn plain(text: &str) -> String {
    let text = text.trim().trim_start_matches(['/', '!', '*', '-', '#', '|', ' ']);
    text.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

fn ends_sentence(text: &str) -> bool {
    text.trim().is_empty() || text.trim_end().ends_with(['.', ':', '!', '?', '|'])
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || "_-'".contains(letter)
}

/// Whether the words occur outside all allowed phrases.
fn has_words(text: &str, words: &str) -> bool {
    let text = text.to_lowercase();
    let allowed = |at: usize| {
        let inside =
            |phrase: &&str| text.match_indices(*phrase).any(|(from, _)| (from..from + phrase.len()).contains(&at));
        ALLOWED.iter().any(inside)
    };
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word) && !allowed(at)
    })
}

/// Whether a sentence of the text opens with the word; its beginning counts if `at_start`.
fn opens_with(text: &str, word: &str, at_start: bool) -> bool {
    let opens = |text: &str| text.strip_prefix(word).is_some_and(|rest| rest.starts_with(' '));
    at_start && opens(text.trim_start()) || text.match_indices(". ").any(|(at, _)| opens(text[at + 2..].trim_start()))
}

#[test]
fn patterns_are_found_where_they_mislead_and_nowhere_else() {
    use crate::lexer::{Language, lex};
    let found = |text: &str| {
        let source = Source { path: "x.rs".into(), text: text.into(), lexed: lex(text, Language::Rust) };
        findings(&source).len()
    };
    for (text, count) in [
        ("/// Who asks gets it. Of two, one.", 2),
        ("/// A mean, less the first, is told\n/// anew. So it lies.", 5),
        (
            "// The value\n// Of the first is not an opening, `told` is code, and if there is none, nothing lies between.",
            0,
        ),
        ("let told = \"told\"; let text = \"nobody told us\";", 2),
        ("/// Storytold, toldest, re-told; see `neurarium doctor` or neurarium doctor.", 0),
    ] {
        assert_eq!(found(text), count, "{text}");
    }
}
