//! The word that was meant by a mistyped one.

/// The word nearest to `wanted`, if it is near enough to be a typing mistake; capitals are none.
pub fn nearest<'a>(wanted: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // All words are short, so comparing a page of text would be a waste of time.
    let wanted: Vec<char> = wanted.chars().take(64).flat_map(char::to_lowercase).collect();
    let (distance, word) = words.map(|word| (edits(&wanted, word), word)).min()?;
    (distance <= 1 + wanted.len() / 4).then_some(word)
}

/// Levenshtein: the fewest insertions, deletions and replacements that turn `a` into `b`.
fn edits(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect(); // distances from each prefix of a to the prefix of b
    for (j, b) in b.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = j + 1;
        for i in 0..a.len() {
            let replaced = diagonal + usize::from(a[i] != b);
            diagonal = row[i + 1];
            row[i + 1] = replaced.min(row[i] + 1).min(diagonal + 1);
        }
    }
    row[a.len()]
}
