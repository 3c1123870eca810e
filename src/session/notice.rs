//! What an action did, for people.

use serde::Serialize;

/// What an action did, in one sentence; empty where there is nothing to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Notice {
    pub text: String,
    /// The network is another one now.
    pub rebuilt: bool,
    /// The files must be read again for the change to take effect.
    pub reload: bool,
}

impl Notice {
    pub fn kept(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    pub fn rebuilt(text: String) -> Self {
        Self { text, rebuilt: true, reload: false }
    }
}
