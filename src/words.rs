//! Numbers and foreign names in sentences, in readable form.

use std::borrow::Cow;

/// `1,234,567`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 image`, `2,000 images`, for words with a plural in s.
pub fn counted(number: usize, word: &str) -> String {
    format!("{} {word}{}", thousands(number), agree(number, "", "s"))
}

/// As [`counted`], for words with another plural: `1 family`, `2 families`.
pub fn counted_as(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), agree(number, one, many))
}

/// `a, b and 3 more`: the first `most` of many names.
pub fn listed(names: &[impl AsRef<str>], most: usize) -> String {
    let shown: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {} more", shown.join(", "), thousands(more)),
    }
}

/// The word that agrees with a number: `agree(2, "is", "are")`.
pub fn agree<'a>(number: usize, one: &'a str, many: &'a str) -> &'a str {
    if number == 1 { one } else { many }
}

/// A learning rate with three digits: `0.00123`, below 0.0001 `1.23e-5`.
pub fn rate(value: f64) -> String {
    rounded(value, 3)
}

/// A weight or another number of a network with four digits: `0.09918`, `-1.234e-5`.
pub fn weight(value: f32) -> String {
    rounded(f64::from(value), 4)
}

fn rounded(value: f64, digits: usize) -> String {
    let rounded = format!("{value:.*e}", digits - 1).parse().unwrap_or(value);
    if rounded != 0.0 && rounded.abs() < 1e-4 { format!("{rounded:e}") } else { rounded.to_string() }
}

/// `0.00123457`, `18.5123`, `1234.57`: six significant digits without an exponent.
pub fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let places = (5 - value.abs().log10().floor() as i32).clamp(0, 15) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// The text on one line and without orders to a terminal: control characters, line separators and changes of the writing
/// direction become escapes such as `\n` and `\u{1b}`.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_order) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        if is_order(c) { plain.extend(c.escape_default()) } else { plain.push(c) }
    }
    plain.into()
}

/// Whether a terminal acts on the character instead of showing it.
pub fn is_order(c: char) -> bool {
    let separates = matches!(c, '\u{2028}' | '\u{2029}');
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || separates || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 10.0, 0.001, 0.0123456, 0.000043331744].map(rate), ["0", "10", "0.001", "0.0123", "4.33e-5"]);
        assert_eq!([0.099178836, -0.5, 12.0, 1e-6].map(weight), ["0.09918", "-0.5", "12", "1e-6"]);
        assert_eq!([0, 1, 2000].map(|number| counted(number, "image")), ["0 images", "1 image", "2,000 images"]);
    }

    #[test]
    fn orders_to_a_terminal_become_visible() {
        assert_eq!(printable("Äpfel und 梨"), "Äpfel und 梨");
        assert_eq!(printable("a\x1b[2J\r\nresult x=1\t\u{9b}"), "a\\u{1b}[2J\\r\\nresult x=1\\t\\u{9b}");
        assert_eq!(printable("cat\u{202e}gnp.exe\u{2028}"), "cat\\u{202e}gnp.exe\\u{2028}");
    }
}
