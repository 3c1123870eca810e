//! Built-in digits, as hands draw them: white strokes on black, drawn from a seed.
//!
//! A digit is one of several skeletons in the box [0, 1]², moved and bent: x and y become polynomials of degree 2 of
//! themselves, which makes it slanted, narrow, leaning or swinging. A pen with a round tip of radius r follows it; its cover
//! of a pixel at distance d is clamp(1/2 + r - d).
//! Sizes, places and pens vary far more than those of written digits that were cut out and centred, for people draw theirs
//! anywhere on the paper. Only + - * / and square roots occur, so a seed gives the same bytes everywhere; example n depends
//! only on (seed, n).

use super::dataset::Dataset;
use super::letters::strokes;
use super::toy::{length, painted};
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// Manners of writing each digit, in the notation of the skeletons of letters.
const DIGITS: [&[&str]; 10] = [
    &["m .5 1 h 0 .5 v .5 0 h 1 .5 v .5 1", "m .6 1 h .05 .45 v .45 0 h .95 .5 v .45 1"],
    &["m .5 1 l .5 0", "m .22 .74 l .5 1 l .5 0", "m .22 .76 l .52 1 l .52 0 m .22 0 l .82 0"],
    &[
        "m .06 .74 v .5 1 h .94 .7 l .04 0 l 1 0",
        "m .1 .8 v .5 1 h .9 .72 v .45 .3 l .05 0 l .95 0",
        "m .06 .74 v .5 1 h .94 .7 l .2 .06 h .1 .12 v .3 .1 l .98 .02",
    ],
    &[
        "m .08 .84 v .5 1 h .92 .77 v .42 .54 h .97 .27 v .5 0 h .03 .17",
        "m .1 1 l .9 1 l .42 .6 h .97 .29 v .5 0 h .03 .15",
    ],
    &[
        "m .6 1 l 0 .34 l 1 .34 m .74 .7 l .74 0",
        "m .74 0 l .74 1 l 0 .33 l 1 .33",
        "m .12 1 l .04 .46 l .96 .46 m .86 .96 l .82 0",
    ],
    &[
        "m .92 1 l .16 1 l .1 .56 l .48 .62 h .97 .31 v .46 0 h .02 .14",
        "m .16 1 l .12 .6 l .4 .63 h .95 .3 v .45 0 h .03 .12 m .16 1 l .95 1",
    ],
    &["m .82 1 h .05 .34 v .5 0 h .97 .3 v .5 .58 h .06 .32", "m .5 1 h .02 .3 v .45 0 h .9 .26 v .45 .48 h .08 .24"],
    &["m 0 1 l 1 1 l .34 0", "m 0 1 l 1 1 l .38 0 m .3 .52 l .88 .52", "m 0 .88 l .02 1 l .98 1 v .38 0"],
    &[
        "m .5 .54 h .1 .77 v .5 1 h .9 .77 v .5 .54 h 0 .27 v .5 0 h 1 .27 v .5 .54",
        "m .9 .86 v .5 1 h .08 .78 l .92 .26 v .5 0 h .06 .24 l .9 .86",
    ],
    &[
        "m .95 .68 v .5 .42 h .05 .7 v .5 1 h .95 .68 l .88 0",
        "m .95 .68 v .5 .42 h .05 .7 v .5 1 h .95 .68 v .25 0",
        "m .9 .72 v .45 .46 h .04 .72 v .48 1 h .9 .72 l .5 0",
    ],
];

/// Pixels that stay free at the rim.
const RIM: f32 = 1.5;

/// `count` images of `size` x `size` x 1, the digits in turn, all for training until the set is divided.
pub fn digits(count: usize, size: usize, seed: u64) -> Dataset {
    let shape = Shape::from_whc(size, size, 1);
    let pixels = painted(count, shape, |n, pixels| paint(n, size, seed, pixels));
    Dataset::drawn("drawn digits", shape, pixels, (0..DIGITS.len()).map(|digit| digit.to_string()).collect())
}

/// Paints example `n` into `pixels` `[size, size]`.
fn paint(n: usize, size: usize, seed: u64, pixels: &mut [u8]) {
    let mut rng = Rng::new(seed, Purpose::Sample, n as u64);
    let manners = DIGITS[n % DIGITS.len()];
    let skeleton = manners[rng.below(manners.len())];
    let radius = size as f32 * rng.range(0.022, 0.075);
    let light = rng.range(215.0, 255.0);
    let lines = written(skeleton, size as f32, radius, &mut rng);
    for (index, pixel) in pixels.iter_mut().enumerate() {
        let (x, y) = ((index % size) as f32 + 0.5, (index / size) as f32 + 0.5);
        let near = lines.iter().map(|&line| distance(x, y, line)).fold(f32::INFINITY, f32::min);
        *pixel = (light * (0.5 + radius - near).clamp(0.0, 1.0) + 0.5) as u8;
    }
}

/// The lines of a digit as a hand draws it, in pixels, y downwards.
fn written(skeleton: &str, size: f32, radius: f32, rng: &mut Rng) -> Vec<[(f32, f32); 2]> {
    let square = f64::from(rng.range(0.0, 0.35));
    let slant = rng.range(-0.22, 0.4);
    let lean = rng.range(-0.14, 0.14);
    let mut bends = [0.0; 6];
    bends.iter_mut().for_each(|bend| *bend = rng.range(-0.09, 0.09));
    let bent = |&(x, y): &(f64, f64)| {
        let (u, v) = (2.0 * x as f32 - 1.0, 2.0 * y as f32 - 1.0);
        let [a, b, c, d, e, f] = bends;
        (u + slant * v + a * u * u + b * u * v + c * v * v, v + lean * u + d * u * u + e * u * v + f * v * v)
    };
    let strokes: Vec<Vec<(f32, f32)>> =
        strokes(skeleton, square).iter().map(|stroke| stroke.points.iter().map(bent).collect()).collect();
    let ends = |axis: fn(&(f32, f32)) -> f32| {
        let values = strokes.iter().flatten().map(axis);
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let ((left, right), (bottom, top)) = (ends(|point| point.0), ends(|point| point.1));
    let room = size - 2.0 * (RIM + radius);
    let height = room * rng.range(0.5, 1.0);
    let down = height / (top - bottom);
    // Narrow ones are not widened, as a 1 is.
    let across = (down * rng.range(0.5, 0.95)).min(room / (right - left));
    let mut slack = |used: f32| RIM + radius + (room - used).max(0.0) * rng.uniform();
    let (x, y) = (slack(across * (right - left)), slack(height));
    let place = |&(u, v): &(f32, f32)| (x + across * (u - left), y + down * (top - v));
    let lines = |stroke: &Vec<(f32, f32)>| {
        let points: Vec<_> = stroke.iter().map(place).collect();
        points.windows(2).map(|ends| [ends[0], ends[1]]).collect::<Vec<_>>()
    };
    strokes.iter().flat_map(lines).collect()
}

/// The distance of a point to a line between two others.
fn distance(x: f32, y: f32, [a, b]: [(f32, f32); 2]) -> f32 {
    let ((dx, dy), (px, py)) = ((b.0 - a.0, b.1 - a.1), (x - a.0, y - a.1));
    let square = dx * dx + dy * dy;
    let share = if 0.0 < square { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    length(px - share * dx, py - share * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_inside_their_frames_and_differ() {
        let set = digits(200, 28, 1);
        assert_eq!((set.classes.len(), set.labels[13]), (10, 3));
        for n in 0..set.len() {
            let pixels = set.example(n);
            let ink = pixels.iter().filter(|&&pixel| 128 < pixel).count();
            assert!((10..400).contains(&ink), "{}: {ink} pixels of ink", set.names[n]);
            let is_rim = |at: &usize| [0, 27].contains(&(at % 28)) || [0, 27].contains(&(at / 28));
            assert!((0..784).filter(is_rim).all(|at| pixels[at] < 128), "{} leaves its frame", set.names[n]);
            assert!((0..n).all(|other| set.example(other) != pixels), "{} is there twice", set.names[n]);
        }
        assert_eq!(digits(20, 28, 1).example(17), set.example(17), "a larger set begins with the smaller one");
    }
}
