//! Colours of the drawn network, light and dark; the page's CSS variables have the same values.
//!
//! Values are drawn on a diverging scale: negative orange, zero neutral, positive blue. The scale runs in OKLab
//! (Björn Ottosson 2020, <https://bottosson.github.io/posts/oklab/>), in which equal steps look equal. Orange and
//! blue can be distinguished with every common kind of colour blindness.

use crate::render::scene::Theme;

/// Red, green, blue.
pub type Rgb = [u8; 3];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colours {
    pub background: Rgb,
    /// Ground of raised surfaces: the embedding's frame.
    pub surface: Rgb,
    pub hairline: Rgb,
    pub text: Rgb,
    pub muted: Rgb,
    pub negative: Rgb,
    /// A cell whose value is 0.
    pub neutral: Rgb,
    pub positive: Rgb,
}

const LIGHT: Colours = Colours {
    background: [0xfa, 0xfa, 0xfa],
    surface: [0xff, 0xff, 0xff],
    hairline: [0xe3, 0xe5, 0xe8],
    text: [0x1c, 0x1f, 0x23],
    muted: [0x6b, 0x72, 0x80],
    negative: [0xe8, 0x71, 0x0a],
    neutral: [0xec, 0xee, 0xf1],
    positive: [0x1a, 0x73, 0xc8],
};

const DARK: Colours = Colours {
    background: [0x11, 0x13, 0x17],
    surface: [0x19, 0x1c, 0x21],
    hairline: [0x2a, 0x2e, 0x35],
    text: [0xe7, 0xe9, 0xec],
    muted: [0x9a, 0xa1, 0xab],
    negative: [0xf2, 0x8c, 0x38],
    neutral: [0x22, 0x26, 0x2c],
    positive: [0x5a, 0xa9, 0xf0],
};

impl Theme {
    pub const fn colours(self) -> Colours {
        match self {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }
}

/// The diverging scale as a table.
pub struct ColourScale([Rgb; ColourScale::STEPS]);

impl ColourScale {
    /// An odd number, so that 0 has its own entry in the middle.
    pub const STEPS: usize = 511;
    /// Entry of value 0, which is also the number of steps from there to either end.
    pub const MIDDLE: f32 = (Self::STEPS / 2) as f32;

    pub fn new(theme: Theme) -> Self {
        let colours = theme.colours();
        let (low, middle, high) = (oklab(colours.negative), oklab(colours.neutral), oklab(colours.positive));
        Self(std::array::from_fn(|step| {
            let at = step as f32 / Self::MIDDLE - 1.0;
            let end = if at < 0.0 { low } else { high };
            srgb(std::array::from_fn(|i| middle[i] + (end[i] - middle[i]) * at.abs()))
        }))
    }

    /// The colour of a value between -1 and 1. Values beyond have the colour of the end, NaN that of the middle.
    pub fn colour(&self, value: f32) -> Rgb {
        let value = if value.is_nan() { 0.0 } else { value };
        self.entry((value.clamp(-1.0, 1.0) + 1.0) * Self::MIDDLE)
    }

    /// The colour of a value already scaled to `0..=STEPS - 1`.
    #[inline]
    pub fn entry(&self, place: f32) -> Rgb {
        self.0[((place + 0.5) as usize).min(Self::STEPS - 1)]
    }
}

/// Black or white, whichever is more legible on a colour.
pub fn ink_on(colour: Rgb) -> Rgb {
    if 0.62 < oklab(colour)[0] { [0x14, 0x16, 0x1a] } else { [0xff, 0xff, 0xff] }
}

fn oklab(colour: Rgb) -> [f32; 3] {
    let [r, g, b] = colour.map(|v| {
        let v = v as f32 / 255.0;
        if v <= 0.04045 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
    });
    let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
    let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
    let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
    [
        0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
        1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
        0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
    ]
}

fn srgb(lab: [f32; 3]) -> Rgb {
    let l = (lab[0] + 0.396_337_78 * lab[1] + 0.215_803_76 * lab[2]).powi(3);
    let m = (lab[0] - 0.105_561_346 * lab[1] - 0.063_854_17 * lab[2]).powi(3);
    let s = (lab[0] - 0.089_484_18 * lab[1] - 1.291_485_5 * lab[2]).powi(3);
    let linear = [
        4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
        -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
        -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
    ];
    linear.map(|v| {
        let v = if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        (v.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scale_ends_and_middle_are_the_themes_colours() {
        for theme in [Theme::Light, Theme::Dark] {
            let (scale, colours) = (ColourScale::new(theme), theme.colours());
            assert_eq!(scale.colour(-1.0), colours.negative);
            assert_eq!(scale.colour(0.0), colours.neutral);
            assert_eq!(scale.colour(1.0), colours.positive);
            assert_eq!(scale.colour(7.0), colours.positive);
            assert_eq!(scale.colour(f32::NAN), colours.neutral);
        }
    }
}
