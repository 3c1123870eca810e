//! Numbers as Python writes them.

/// Top, left, bottom and right of a picture.
pub type PythonSides = [i64; 4];

/// The shortest text that is read as the same number.
pub fn number(x: f32) -> String {
    format!("{x:?}")
}

/// One number, or two where they differ.
pub fn pair([one, other]: [i64; 2]) -> String {
    if one == other { one.to_string() } else { format!("({one}, {other})") }
}

/// Numbers without the brackets around them.
pub fn commas<T: std::fmt::Display>(row: impl IntoIterator<Item = T>) -> String {
    row.into_iter().map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}

/// Margins in the order of `F.pad`.
pub fn around([top, left, bottom, right]: PythonSides) -> String {
    format!("({left}, {right}, {top}, {bottom})")
}
