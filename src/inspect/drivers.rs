//! The pictures of a data set that drive units most and least.

use super::unit::Unit;

/// Pictures that are kept of each kind.
const KEPT: usize = 6;

/// A picture and the response to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Driver {
    pub example: u32,
    pub response: f32,
    /// Index of the value of the unit's block that responds most, or least.
    pub place: usize,
}

/// The pictures that drive one unit most and least, those of the extreme responses first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drivers {
    pub most: Vec<Driver>,
    pub least: Vec<Driver>,
    /// The largest value of any place.
    pub peak: Option<f32>,
}

impl Drivers {
    /// Counts a picture, from the values z of the unit's block, which has `channels` channels.
    pub fn count(&mut self, unit: &Unit, example: u32, z: &[f32], channels: usize) {
        let response = unit.response(z, channels);
        let driver = |most| Driver { example, response, place: unit.place(z, channels, most) };
        let most = driver(true);
        self.peak = Some(self.peak.map_or(z[most.place], |peak| peak.max(z[most.place])));
        insert(&mut self.most, most, |a, b| b.response < a.response);
        insert(&mut self.least, driver(false), |a, b| a.response < b.response);
    }
}

fn insert(list: &mut Vec<Driver>, driver: Driver, before: impl Fn(&Driver, &Driver) -> bool) {
    let at = list.iter().position(|other| before(&driver, other)).unwrap_or(list.len());
    list.insert(at, driver);
    list.truncate(KEPT);
}
