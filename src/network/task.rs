//! The task of a network: what it is trained to output.

use serde::{Deserialize, Serialize};

use super::whole::Network;
use crate::shape::Shape;

/// Letters of the alphabet. Classes of letters are A to Z, then a to z.
pub const ALPHABET: usize = 26;

/// The target a network is trained to output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// Its own input.
    Autoencoder,
    /// The class of its input.
    Classifier,
    /// Numbers that belong to its input.
    Regressor,
    /// The picture that belongs to its input.
    ImageToImage,
    /// The small letter of a capital, and which letter of the alphabet it is.
    MakeLowercase,
    /// The capital of a small letter, and which letter of the alphabet it is.
    MakeUppercase,
}

impl Task {
    /// The shape of the target pictures that a network wants, if it is trained for pairs.
    pub fn target_of(self, network: &Network) -> Option<Shape> {
        (self == Self::ImageToImage).then(|| network.output())
    }

    /// The task that undoes this one, for letters.
    pub fn partner(self) -> Option<Self> {
        match self {
            Self::MakeLowercase => Some(Self::MakeUppercase),
            Self::MakeUppercase => Some(Self::MakeLowercase),
            Self::Autoencoder | Self::Classifier | Self::Regressor | Self::ImageToImage => None,
        }
    }

    /// Whether a network for letters is trained with inputs of this class; their targets are of the other case.
    pub fn reads(self, class: u32) -> bool {
        let is_capital = (class as usize) < ALPHABET;
        match self {
            Self::MakeLowercase => is_capital,
            Self::MakeUppercase => !is_capital,
            Self::Autoencoder | Self::Classifier | Self::Regressor | Self::ImageToImage => true,
        }
    }

    /// The shape of the picture that a network outputs, if it outputs one. A network for letters has one indicator for
    /// each letter of the alphabet behind it.
    pub fn picture_of(self, network: &Network) -> Option<Shape> {
        match self {
            Self::Autoencoder | Self::ImageToImage => Some(network.output()),
            Self::MakeLowercase | Self::MakeUppercase => Some(network.input()),
            Self::Classifier | Self::Regressor => None,
        }
    }
}
