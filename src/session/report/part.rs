//! Parts of a section: facts, tables, bars, curves, a matrix, pictures. Numbers stay numbers, and the renderer writes
//! them; texts are plain, and the renderer shows them as such.

use serde_json::Value;

use crate::metrics::Interval;

/// A section of the report.
pub struct Section {
    pub id: &'static str,
    pub title: &'static str,
    pub caption: String,
    pub parts: Vec<Value>,
}

impl Section {
    /// `None` without parts.
    pub fn of(id: &'static str, title: &'static str, caption: &str, parts: Vec<Value>) -> Option<Self> {
        (!parts.is_empty()).then(|| Self { id, title, caption: caption.into(), parts })
    }

    pub fn described(self) -> Value {
        let Self { id, title, caption, parts } = self;
        object([("id", id.into()), ("title", title.into()), ("caption", caption.into()), ("parts", parts.into())])
    }
}

/// The kind of a number: how the renderer writes it.
pub const COUNT: &str = "count";
pub const SHARE: &str = "share";
pub const NUMBER: &str = "number";
pub const DECIBEL: &str = "dB";
pub const TEXT: &str = "text";

/// Values by name. Built by hand, because derived and generic ways would each add to the engine's download.
pub fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Object(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// The ends of an interval, if there is one.
pub fn range(ends: Option<Interval>) -> Value {
    ends.map_or(Value::Null, |Interval { low, high }| Value::Array(vec![low.into(), high.into()]))
}

/// Rows of a name, a value, the ends of its interval if there is one, and its kind.
pub fn figures(rows: Vec<Value>) -> Value {
    object([("figures", rows.into())])
}

/// A row of [`figures`].
pub fn figure(name: &str, value: Value, interval: Option<Interval>, kind: &str) -> Value {
    object([("name", name.into()), ("value", value), ("interval", range(interval)), ("kind", kind.into())])
}

/// Columns of a name and a kind; rows of as many values.
pub fn table(columns: &[(&str, &str)], rows: Vec<Value>) -> Value {
    let columns = columns.iter().map(|&(name, kind)| Value::Array(vec![name.into(), kind.into()])).collect();
    object([("columns", Value::Array(columns)), ("rows", rows.into())])
}

/// A bar for each name.
pub fn bars(title: &str, rows: Vec<(String, usize)>) -> Value {
    let rows = rows.into_iter().map(|(name, count)| Value::Array(vec![name.into(), count.into()])).collect();
    object([("bars", Value::Array(rows)), ("title", title.into())])
}

/// A series over the epochs.
pub fn series(name: &str, points: &[[f64; 2]]) -> Value {
    let points = points.iter().map(|&[x, y]| Value::Array(vec![x.into(), y.into()])).collect();
    Value::Array(vec![name.into(), Value::Array(points)])
}

/// A chart of some [`series`].
pub fn curves(title: &str, is_logarithmic: bool, series: Vec<Value>) -> Value {
    object([("curves", series.into()), ("title", title.into()), ("log", is_logarithmic.into())])
}

/// Counts `[classes, classes]`: a row for each label.
pub fn matrix(classes: Vec<Value>, counts: &[u32]) -> Value {
    let counts = counts.iter().map(|&count| count.into()).collect();
    object([("matrix", Value::Array(counts)), ("classes", classes.into())])
}

/// Pictures that belong together, as addresses of their own content, with a line of words.
pub fn group(pictures: Vec<String>, words: String) -> Value {
    let pictures = pictures.into_iter().map(Value::String).collect();
    object([("images", Value::Array(pictures)), ("words", words.into())])
}

pub fn gallery(title: &str, groups: Vec<Value>) -> Value {
    object([("gallery", groups.into()), ("title", title.into())])
}

/// One large picture with the meaning of its colours.
pub fn plate(picture: String, legend: Vec<Value>) -> Value {
    object([("plate", picture.into()), ("legend", legend.into())])
}
