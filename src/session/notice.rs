//! Notices: the outcome of an action, in words.

use serde::Serialize;

use crate::shape::Shape;

/// The outcome of an action in one sentence; empty if there is nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    pub text: String,
    /// Whether the network is another one now.
    pub rebuilt: bool,
    /// Whether the files must be read again for the change to take effect.
    pub reload: bool,
    /// Number of classes of the images, if the network names others and should get a new head; 0 if not.
    pub new_classes: usize,
}

impl Notice {
    pub fn kept(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub fn rebuilt(text: String) -> Self {
        Self { text, rebuilt: true, ..Self::default() }
    }
}

/// The size of images: `64 × 64 in colour`, `28 × 28 in grey`.
pub fn size_in_words(shape: Shape) -> String {
    let Shape { width, height, channels } = shape;
    match channels {
        1 => format!("{width} × {height} in grey"),
        3 => format!("{width} × {height} in colour"),
        _ => format!("{width} × {height} with {channels} channels"),
    }
}
