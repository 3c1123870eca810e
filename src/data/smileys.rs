//! Built-in faces, as in messages: a head with eyes and a mouth in one of four moods, drawn from a seed.
//!
//! Within a mood everything varies without a step: colours, the place of the head, how far it leans and where it looks, the
//! bend of the mouth, brows, cheeks. Codes of such pictures can be moved smoothly from one to the other.
//! Only + - * / and square roots occur, so a seed gives the same bytes everywhere; example n depends only on (seed, n).

use super::dataset::Dataset;
use super::toy::{Colour, colour, length, mix, painted, turn, write};
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// The moods: names, and the least and greatest bend and opening of the mouth.
const MOODS: [(&str, [f32; 2], [f32; 2]); 4] = [
    ("glad", [0.14, 0.36], [0.0, 0.16]),
    ("calm", [-0.05, 0.05], [0.0, 0.03]),
    ("sad", [-0.32, -0.14], [0.0, 0.05]),
    ("amazed", [-0.03, 0.08], [0.16, 0.3]),
];

const HEADS: [u32; 8] = [0xffd34d, 0xffc233, 0xffe08a, 0xff9a5c, 0x9bd96a, 0x7cc7ff, 0xc9a3ff, 0xff9dbb];
const GROUNDS: [u32; 6] = [0xffffff, 0xeaf4ff, 0xfdf1e3, 0x20304a, 0x33264d, 0x14433f];
const INK: Colour = [0.2, 0.13, 0.1];

/// `count` images of `size` x `size` x 3, the moods in turn, all for training until the set is divided.
pub fn smileys(count: usize, size: usize, seed: u64) -> Dataset {
    let shape = Shape::from_whc(size, size, 3);
    let pixels = painted(count, shape, |n, pixels| Smiley::new(n, seed).paint(size, pixels));
    let classes = MOODS.iter().map(|(name, ..)| name.to_string()).collect();
    Dataset::drawn("smileys", shape, pixels, classes)
}

/// A face; lengths in radii of the head, places from its middle, y downwards.
struct Smiley {
    ground: Colour,
    head: Colour,
    /// The middle of the head and its radius, as shares of the picture.
    middle: (f32, f32),
    radius: f32,
    /// Cosine and sine of the angle by which it leans.
    lean: (f32, f32),
    /// The direction in which it looks.
    look: (f32, f32),
    eye: (f32, f32),
    apart: f32,
    /// Height of the inner ends of the brows above the outer ones, and their thickness; 0: no brows.
    frown: f32,
    brow: f32,
    blush: f32,
    bend: f32,
    opening: f32,
    mouth: f32,
}

impl Smiley {
    fn new(n: usize, seed: u64) -> Self {
        let mut rng = Rng::new(seed, Purpose::Sample, n as u64);
        let (_, bend, opening) = MOODS[n % MOODS.len()];
        let between = |table: &[u32], rng: &mut Rng| {
            let (one, other) = (table[rng.below(table.len())], table[rng.below(table.len())]);
            mix(colour(one), colour(other), 0.35 * rng.uniform())
        };
        let radius = rng.range(0.3, 0.46);
        let slack = 0.48 - radius;
        let mut range = |[low, high]: [f32; 2]| rng.range(low, high);
        let has_brows = range([0.0, 1.0]) < 0.5;
        Self {
            middle: (0.5 + slack * range([-1.0, 1.0]), 0.5 + slack * range([-1.0, 1.0])),
            radius,
            lean: turn(range([-0.14, 0.14])),
            look: (range([-0.16, 0.16]), range([-0.12, 0.12])),
            eye: (range([0.09, 0.15]), range([0.09, 0.22])),
            apart: range([0.28, 0.42]),
            frown: range([-0.1, 0.12]),
            brow: if has_brows { range([0.03, 0.06]) } else { 0.0 },
            blush: range([-0.6, 0.7]).max(0.0),
            bend: range(bend),
            opening: range(opening),
            mouth: range([0.28, 0.5]),
            ground: between(&GROUNDS, &mut rng),
            head: between(&HEADS, &mut rng),
        }
    }

    /// Paints into `pixels` `[size, size, 3]`.
    fn paint(&self, size: usize, pixels: &mut [u8]) {
        let scale = size as f32 * self.radius;
        let (cos, sin) = self.lean;
        for (index, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            let (x, y) = ((index % size) as f32 + 0.5, (index / size) as f32 + 0.5);
            let (x, y) = (x / scale - self.middle.0 / self.radius, y / scale - self.middle.1 / self.radius);
            let at = self.colour(cos * x + sin * y, cos * y - sin * x, scale);
            write(pixel, at);
        }
    }

    /// The colour of a place; `scale` pixels are the radius of the head.
    fn colour(&self, x: f32, y: f32, scale: f32) -> Colour {
        let cover = |distance: f32| (0.5 - distance * scale).clamp(0.0, 1.0);
        let soft = |distance: f32| (0.5 - distance * 4.0).clamp(0.0, 1.0);
        let head = mix(self.head, [0.45, 0.2, 0.1], 0.28 * (0.35 * x + 0.65 * y + 0.2).clamp(0.0, 1.0));
        let mut inside = head;
        // Features move a little with the look, as on a ball.
        let (u, v) = (x - self.look.0, y - self.look.1);
        let side = u.abs();
        let cheek = length(side - 0.55, v - 0.22) - 0.12;
        inside = mix(inside, [0.98, 0.35, 0.35], 0.7 * self.blush * soft(cheek));
        let (ex, ey) = ((side - self.apart) / self.eye.0, (v + 0.2) / self.eye.1);
        inside = mix(inside, INK, cover((length(ex, ey) - 1.0) * self.eye.0.min(self.eye.1)));
        let glint = length(side - self.apart - 0.03, v + 0.2 + 0.4 * self.eye.1) - 0.3 * self.eye.0;
        inside = mix(inside, [1.0; 3], cover(glint));
        let raised = self.apart - side;
        let brow =
            length((raised.abs() - 0.13).max(0.0), v + 0.3 + self.eye.1 + self.frown * raised / 0.13) - self.brow;
        inside = mix(inside, INK, if self.brow > 0.0 { cover(brow) } else { 0.0 });
        // The mouth: all places between two parabolas, and its line.
        let share = (u / self.mouth).clamp(-1.0, 1.0);
        let hollow = 1.0 - share * share;
        let beyond = (u.abs() - self.mouth).max(0.0);
        let line = 0.4 + self.bend * (hollow - 0.5);
        let half = 0.5 * self.opening * hollow.max(0.0).sqrt();
        let lips = length(beyond, ((v - line).abs() - half).max(0.0)) - 0.045;
        inside = mix(inside, mix(INK, [0.75, 0.15, 0.2], cover(lips + 0.1)), cover(lips));
        mix(self.ground, inside, cover(length(x, y) - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moods_take_turns_and_a_larger_set_begins_with_the_smaller_one() {
        let set = smileys(40, 32, 7);
        assert_eq!(set.classes, ["glad", "calm", "sad", "amazed"]);
        assert_eq!(set.labels[..5], [0, 1, 2, 3, 0]);
        assert_eq!(smileys(8, 32, 7).example(6), set.example(6));
        assert!((1..40).all(|n| set.example(n) != set.example(n - 1)));
    }
}
