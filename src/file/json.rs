//! JSON from outside, whose numbers can be counted on: with any of them one more, or twice as many, nothing wraps.
//!
//! A structure is read from a value rather than from the text: code that reads it from both would be sent to browsers twice.

use serde::de::DeserializeOwned;
use serde_json::Value;

/// The largest count: up to here f64 and u64 agree, and there is room above it.
pub const MOST_COUNTED: u64 = 1 << 53;

/// Reads a value; the error says why it is not understood, or which number is too large.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let value: Value = serde_json::from_slice(text.as_bytes()).map_err(|error| error.to_string())?;
    match too_large(&value) {
        Some(number) => Err(format!("{number} is too large a number")),
        None => serde_json::from_value(value).map_err(|error| error.to_string()),
    }
}

/// The first count above [`MOST_COUNTED`], or number that 32 bits cannot express.
fn too_large(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let counted = number.as_u64().or(number.as_i64().map(i64::unsigned_abs));
            let fits = match counted {
                Some(count) => count <= MOST_COUNTED,
                None => number.as_f64().is_some_and(|number| (number as f32).is_finite()),
            };
            (!fits).then(|| number.to_string())
        }
        Value::Array(values) => values.iter().find_map(too_large),
        Value::Object(fields) => fields.values().find_map(too_large),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
