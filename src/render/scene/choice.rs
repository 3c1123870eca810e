//! What whoever looks at a network chooses: which numbers the cells show, what makes a connection strong, light or dark.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// y of the shown example; pictures in their own colours.
    #[default]
    Activation,
    /// Incoming weights: the kernels of a convolution, of other layers the sum of each neuron's; where there is room,
    /// all of them as an image.
    Weights,
    /// dL/dy of the shown example.
    Gradient,
    /// Like weights, of what training has added since the start.
    Change,
    /// The neuron's bias.
    Bias,
    /// Share of some examples in which the neuron passes no gradient: negative where it is off, positive where it is
    /// saturated at its upper end.
    Dead,
}

impl Mode {
    pub const ALL: [Mode; 6] = [Mode::Activation, Mode::Weights, Mode::Gradient, Mode::Change, Mode::Bias, Mode::Dead];

    pub fn name(self) -> &'static str {
        match self {
            Mode::Activation => "activation",
            Mode::Weights => "weights",
            Mode::Gradient => "gradient",
            Mode::Change => "change",
            Mode::Bias => "bias",
            Mode::Dead => "dead",
        }
    }

    /// Whether its numbers are parameters: those of a convolution are told for each map.
    pub fn shows_parameters(self) -> bool {
        matches!(self, Mode::Weights | Mode::Change | Mode::Bias)
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// What makes a connection strong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// |w|
    #[default]
    Weight,
    /// |w x|: what it does for the shown example.
    Contribution,
}

impl By {
    pub const ALL: [By; 2] = [By::Weight, By::Contribution];

    pub fn name(self) -> &'static str {
        match self {
            By::Weight => "strength",
            By::Contribution => "contribution",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|by| by.name() == name)
    }

    /// The number that a connection of weight w from a neuron of value x is drawn by.
    pub fn value(self, w: f32, x: f32) -> f32 {
        match self {
            By::Weight => w,
            By::Contribution => w * x,
        }
    }
}

/// The colours that all is painted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

impl Theme {
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_is_parsed_from_its_name() {
        for mode in Mode::ALL {
            assert_eq!(Mode::parse(mode.name()), Some(mode));
        }
        assert_eq!(Mode::parse("other"), None);
    }
}
