//! Numbers in sentences, in readable form.

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
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {word}{ending}", thousands(number))
}

/// A learning rate with three digits: `0.00123`, below 0.0001 `1.23e-5`.
pub fn rate(value: f64) -> String {
    let rounded = format!("{value:.2e}").parse().unwrap_or(value);
    if rounded != 0.0 && rounded.abs() < 1e-4 { format!("{rounded:e}") } else { rounded.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 10.0, 0.001, 0.0123456, 0.000043331744].map(rate), ["0", "10", "0.001", "0.0123", "4.33e-5"]);
        assert_eq!([0, 1, 2000].map(|number| counted(number, "image")), ["0 images", "1 image", "2,000 images"]);
    }
}
