//! The second sample set: five normal variables a to e, and the four sums b + e, e - d, b + e + d and e - d - c as targets.
//! The variable a is a distractor: no target depends on it.
//!
//! A variable is one grey pixel: value = 8 (byte / 255 - 1/2), so bytes reach from -4 to 4 and the targets are exact sums
//! of what the network sees. Example n depends only on (seed, n).

use super::dataset::Dataset;
use super::frame::Frame;
use super::letters::Families;
use super::numbers::NumberTargets;
use super::overrides::Overrides;
use super::pictures::PictureTargets;
use super::split::Split;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// Number of variables, which is the width of an example.
pub const VARIABLES: usize = 5;

const TARGETS: [&str; 4] = ["b + e", "e - d", "b + e + d", "e - d - c"];
/// Values from -`REACH` to `REACH` fit into a byte.
const REACH: f32 = 4.0;

/// `train` examples to learn from, then `validation` and `test` held-out ones.
pub fn sums(train: usize, validation: usize, test: usize, seed: u64) -> Dataset {
    let (shape, count) = (Shape::from_whc(VARIABLES, 1, 1), train + validation + test);
    let (mut pixels, mut values) = (Vec::with_capacity(count * VARIABLES), Vec::with_capacity(count * TARGETS.len()));
    for n in 0..count {
        let mut rng = Rng::new(seed, Purpose::Sample, n as u64);
        let bytes: [u8; VARIABLES] =
            std::array::from_fn(|_| (127.5 + 127.5 / REACH * rng.normal()).round().clamp(0.0, 255.0) as u8);
        let [_, b, c, d, e] = bytes.map(|byte| 2.0 * REACH * (f32::from(byte) / 255.0 - 0.5));
        pixels.extend(bytes);
        values.extend([b + e, e - d, b + e + d, e - d - c]);
    }
    let splits = [(Split::Train, train), (Split::Validation, validation), (Split::Test, test)];
    Dataset {
        name: "sums of normal variables".into(),
        shape,
        pixels: pixels.into(),
        frames: vec![Frame::whole(shape); count],
        labels: Vec::new(),
        classes: Vec::new(),
        numbers: NumberTargets { columns: TARGETS.map(String::from).to_vec(), values },
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: splits.iter().flat_map(|&(split, count)| std::iter::repeat_n(split, count)).collect(),
        names: (1..=count).map(|n| format!("sums {n}")).collect(),
        has_validation: validation != 0,
        has_test: test != 0,
        overrides: Overrides::default(),
    }
}
