//! Settings of drawings and of the other pictures that the command line makes of a network.

use super::Config;
use crate::inspect::AttributionMethod;

impl Config {
    /// Counted from 0; `None`: auto.
    pub fn view_example(&self) -> Option<usize> {
        self.whole("view-example").checked_sub(1)
    }

    pub fn view_connections(&self) -> usize {
        self.whole("view-connections")
    }

    /// 0..=1.
    pub fn view_cut(&self) -> f32 {
        self.number("view-cut") as f32
    }

    /// Width and height in pixels.
    pub fn view_size(&self) -> (u32, u32) {
        (self.whole("view-width") as u32, self.whole("view-height") as u32)
    }

    /// The way to show where a classifier looks, if it is shown.
    pub fn view_heat(&self) -> Option<AttributionMethod> {
        AttributionMethod::parse(self.text("view-heat"))
    }

    /// Name of the class; empty: the one that the network predicts.
    pub fn view_class(&self) -> &str {
        self.text("view-class")
    }

    /// Name of the layer; empty: the last convolution.
    pub fn view_layer(&self) -> &str {
        self.text("view-layer")
    }

    /// 0..=1.
    pub fn view_opacity(&self) -> f32 {
        self.number("view-opacity") as f32
    }

    /// Name of the layer whose neurons are driven; empty: none.
    pub fn view_wants(&self) -> &str {
        self.text("view-wants")
    }
}
