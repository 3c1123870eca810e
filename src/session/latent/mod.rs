//! The latent space of an autoencoder: the code of what is shown, and the map of all examples' codes.

mod code;
mod editor;
pub mod encoding;
mod latent_map;
mod map;
mod picks;

pub use code::{Base, Code, CodeMix, NamedBase, Pictures};
pub use editor::{Latent, LatentEditor};
pub use latent_map::LatentMap;
pub use map::{Directions, MapPoints, Near};
