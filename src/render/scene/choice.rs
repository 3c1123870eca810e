//! The viewer's choices: the numbers that cells show, the strength of connections, light or dark.

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// y for the shown example; pictures are in their own colours.
    #[default]
    Activation,
    /// Incoming weights: the kernels of a convolution, or the sum for each neuron of another layer. Where there is
    /// space, they are shown as images.
    Weights,
    /// dL/dy for the shown example.
    Gradient,
    /// Like weights, but for the changes since the start of training.
    Change,
    /// The neuron's bias.
    Bias,
    /// Share of examples for which the neuron passes no gradient: negative where it is off, positive where it is
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

    /// Whether it shows parameters, which a convolution has for each map.
    pub fn shows_parameters(self) -> bool {
        matches!(self, Mode::Weights | Mode::Change | Mode::Bias)
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// The strength of a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// |w|
    #[default]
    Weight,
    /// |w x|, for the shown example.
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

    /// The number that a line stands for: w, or w times the value x of its source.
    pub fn value(self, w: f32, x: f32) -> f32 {
        match self {
            By::Weight => w,
            By::Contribution => w * x,
        }
    }
}

/// Light or dark colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    #[default]
    Light,
    Dark,
}

impl Theme {
    pub fn of(dark: bool) -> Self {
        if dark { Theme::Dark } else { Theme::Light }
    }

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
