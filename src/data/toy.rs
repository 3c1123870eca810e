//! The sample set: coloured shapes on varied backgrounds, drawn from a seed.
//!
//! A shape is a signed distance d (negative inside) in a space where it fits the unit circle; its cover of a pixel is
//! clamp(1/2 - d r), with r the radius in pixels, which also anti-aliases the edge.
//! Only + - * / and square roots occur, which every machine rounds alike, so a seed gives the same bytes natively and in
//! the browser. Example n depends only on (seed, n), so a larger set begins with the smaller one.
//!
//! Distance functions after Inigo Quilez, <https://iquilezles.org/articles/distfunctions2d/>.

use super::dataset::Dataset;
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

pub(super) type Colour = [f32; 3]; // red, green, blue in 0..=1
type Distance = fn(f32, f32) -> f32;

/// The classes in their (byte-wise) order, each with its distance function; y points down.
const SHAPES: [(&str, Distance); 8] = [
    ("circle", |x, y| length(x, y) - 0.9),
    ("cross", |x, y| bar(x, y, 0.95, 0.31).min(bar(x, y, 0.31, 0.95))),
    ("heart", heart),
    ("moon", |x, y| (length(x, y) - 0.95).max(0.8 - length(x - 0.52, y))),
    ("ring", |x, y| (length(x, y) - 0.69).abs() - 0.23),
    ("square", |x, y| bar(x, y, 0.76, 0.76)),
    ("star", star),
    ("triangle", |x, y| y.max(0.866_025_4 * x.abs() - 0.5 * y) - 0.53),
];

/// Saturated colours; a shape takes one of them or of the pale ones.
const BRIGHT: [u32; 12] = [
    0xff5d5d, 0xff8a3d, 0xffb627, 0xffd93d, 0x9bd93c, 0x2fbf71, 0x12b5a6, 0x35a7ff, 0x3d6bff, 0x7a4fff, 0xc04df0,
    0xff5c9e,
];
const PALE: [u32; 8] = [0xfff6e5, 0xfde4d3, 0xdcefff, 0xd9f5e4, 0xfff0bd, 0xeadfff, 0xffdde9, 0xd6f4f2];
const DEEP: [u32; 8] = [0x16213e, 0x231942, 0x3b1747, 0x0b3c42, 0x4a1431, 0x26364a, 0x17402f, 0x3a2418];

/// `count` images of `size` x `size` x 3, the classes in turn, all for training until the set is divided.
pub fn shapes(count: usize, size: usize, seed: u64) -> Dataset {
    let shape = Shape::from_whc(size, size, 3);
    let pixels = painted(count, shape, |n, pixels| paint(n, size, seed, pixels));
    let classes = SHAPES.iter().map(|(name, _)| name.to_string()).collect();
    Dataset::drawn("coloured shapes", shape, pixels, classes)
}

/// Pictures `[count, height, width, channels]`, each painted on its own.
pub(super) fn painted(count: usize, shape: Shape, paint: impl Fn(usize, &mut [u8]) + Sync) -> Vec<u8> {
    // Runs of examples, so that there are few tasks and they write directly to the result.
    const RUN: usize = 64;
    let mut pixels = vec![0; count * shape.len()];
    let mut runs: Vec<&mut [u8]> = pixels.chunks_mut((RUN * shape.len()).max(1)).collect();
    par::each(&mut runs, |run, pixels| {
        for (n, pixels) in pixels.chunks_exact_mut(shape.len()).enumerate() {
            paint(run * RUN + n, pixels);
        }
    });
    pixels
}

/// Paints example `n` into `pixels` `[size, size, 3]`.
fn paint(n: usize, size: usize, seed: u64, pixels: &mut [u8]) {
    let mut rng = Rng::new(seed, Purpose::Sample, n as u64);
    let (name, distance) = SHAPES[n % SHAPES.len()];
    let (ground, dark) = ground_colours(&mut rng);
    let pattern = Pattern::new(&mut rng);
    let top = shape_colour(&mut rng, ground);
    // Light falls from above: the lower edge is a little darker.
    let bottom = mix(top, [top[0] * 0.72, top[1] * 0.66, top[2] * 0.78], rng.range(0.25, 0.8));

    let side = size as f32;
    let radius = side * rng.range(0.24, 0.42);
    let slack = (0.5 * side - radius).max(0.0);
    let (centre_x, centre_y) = (0.5 * side + slack * rng.range(-1.0, 1.0), 0.5 * side + slack * rng.range(-1.0, 1.0));
    // A heart only leans; every other shape may have any angle.
    let (cos, sin) = if name == "heart" { turn(rng.range(-0.3, 0.3)) } else { direction(&mut rng) };
    let shadow = rng.range(0.12, 0.4);

    for (y, row) in pixels.chunks_exact_mut(3 * size).enumerate() {
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
            let (ux, uy) = ((px - centre_x) / radius, (py - centre_y) / radius);
            let at = |ux: f32, uy: f32| distance(cos * ux + sin * uy, cos * uy - sin * ux);
            let mut colour = mix(ground, dark, pattern.at(px / side, py / side, side));
            if 1.9 < ux * ux + uy * uy {
                // Far from the shape and its shadow: most of the image.
                write(pixel, colour);
                continue;
            }
            // The shadow is offset a little to the right and below, and soft.
            let shade = (0.5 - at(ux - 0.08, uy - 0.14) * 3.5).clamp(0.0, 1.0) * shadow;
            colour = mix(colour, [0.04, 0.04, 0.12], shade);
            let cover = (0.5 - at(ux, uy) * radius).clamp(0.0, 1.0);
            colour = mix(colour, mix(top, bottom, (0.5 + 0.5 * uy).clamp(0.0, 1.0)), cover);
            write(pixel, colour);
        }
    }
}

pub(super) fn write(pixel: &mut [u8], colour: Colour) {
    for (byte, value) in pixel.iter_mut().zip(colour) {
        *byte = (value * 255.0 + 0.5) as u8;
    }
}

/// The background: a mix of two ground colours at each point, 0..=1 from the first to the second.
enum Pattern {
    Flat,
    Gradient { x: f32, y: f32 },
    Stripes { x: f32, y: f32, number: f32 },
    Checks { x: f32, y: f32, number: f32 },
    Dots { number: f32, radius: f32 },
    Clouds([[f32; 5]; 5]),
}

impl Pattern {
    fn new(rng: &mut Rng) -> Self {
        match rng.below(7) {
            0 => Self::Flat,
            1 | 2 => {
                let (x, y) = direction(rng);
                Self::Gradient { x, y }
            }
            3 => {
                let (x, y) = direction(rng);
                Self::Stripes { x, y, number: rng.range(2.0, 4.5) }
            }
            4 => {
                let (x, y) = turn(rng.range(-0.42, 0.42));
                Self::Checks { x, y, number: rng.range(1.6, 3.0) }
            }
            5 => Self::Dots { number: rng.range(3.0, 5.0), radius: rng.range(0.2, 0.3) },
            _ => {
                let mut grid = [[0.0; 5]; 5];
                grid.iter_mut().flatten().for_each(|value| *value = rng.uniform());
                Self::Clouds(grid)
            }
        }
    }

    /// `x` and `y` in 0..=1, `side` in pixels.
    fn at(&self, x: f32, y: f32, side: f32) -> f32 {
        match *self {
            Self::Flat => 0.0,
            Self::Gradient { x: dx, y: dy } => (0.5 + 0.8 * ((x - 0.5) * dx + (y - 0.5) * dy)).clamp(0.0, 1.0),
            Self::Stripes { x: dx, y: dy, number } => wave((x * dx + y * dy) * number, side / number),
            Self::Checks { x: dx, y: dy, number } => {
                let a = wave((x * dx + y * dy) * number, side / number);
                let b = wave((y * dx - x * dy) * number, side / number);
                a + b - 2.0 * a * b
            }
            Self::Dots { number, radius } => {
                let (x, y) = (x * number, y * number);
                let d = length(x - x.floor() - 0.5, y - y.floor() - 0.5) - radius;
                (0.5 - d * side / number).clamp(0.0, 1.0)
            }
            Self::Clouds(ref grid) => {
                let (x, y) = (x * 4.0, y * 4.0);
                let (column, row) = ((x as usize).min(3), (y as usize).min(3));
                let (s, t) = (smooth(x - column as f32), smooth(y - row as f32));
                let along = |row: &[f32; 5]| row[column] + (row[column + 1] - row[column]) * s;
                along(&grid[row]) + (along(&grid[row + 1]) - along(&grid[row])) * t
            }
        }
    }
}

/// Two related ground colours: a deep or pale one and its neighbour, or two tones of a bright one.
fn ground_colours(rng: &mut Rng) -> (Colour, Colour) {
    let kind = rng.below(10);
    let (base, other) = match kind {
        0..3 => (pick(&DEEP, rng), mix(pick(&BRIGHT, rng), [0.0; 3], 0.45)),
        3..7 => (pick(&PALE, rng), pick(&PALE, rng)),
        _ => {
            // Neighbours in the table are neighbours in hue.
            let hue = rng.below(BRIGHT.len());
            (colour(BRIGHT[hue]), colour(BRIGHT[(hue + 1) % BRIGHT.len()]))
        }
    };
    match kind {
        0..3 => (base, mix(base, other, rng.range(0.2, 0.5))),
        3..7 => (base, mix(mix(base, other, 0.75), [0.5, 0.45, 0.6], rng.range(0.05, 0.25))),
        _ => (base, mix(base, other, rng.range(0.4, 0.9))),
    }
}

/// A colour that stands out against the ground by its brightness, so that grey networks see it too.
fn shape_colour(rng: &mut Rng, ground: Colour) -> Colour {
    for _ in 0..24 {
        let candidate = if rng.below(5) == 0 { pick(&PALE, rng) } else { pick(&BRIGHT, rng) };
        if (brightness(candidate) - brightness(ground)).abs() > 0.2 {
            return candidate;
        }
    }
    colour(if brightness(ground) < 0.55 { PALE[0] } else { DEEP[1] })
}

fn pick(table: &[u32], rng: &mut Rng) -> Colour {
    colour(table[rng.below(table.len())])
}

pub(super) fn colour(rgb: u32) -> Colour {
    [16, 8, 0].map(|shift| (rgb >> shift & 255) as f32 / 255.0)
}

fn brightness([r, g, b]: Colour) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

pub(super) fn mix(a: Colour, b: Colour, share: f32) -> Colour {
    [0, 1, 2].map(|c| a[c] + (b[c] - a[c]) * share)
}

pub(super) fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

fn smooth(t: f32) -> f32 {
    t * t * (3.0 - 2.0 * t)
}

/// A square wave 0, 1, 0, 1 of period 1, its edges one pixel soft; `period` in pixels.
fn wave(t: f32, period: f32) -> f32 {
    let t = t - t.floor();
    (0.5 + ((t - 0.5).abs() - 0.25) * period).clamp(0.0, 1.0)
}

/// (cos a, sin a) for t = tan(a / 2): no trigonometry, whose bits differ between machines.
pub(super) fn turn(t: f32) -> (f32, f32) {
    let scale = 1.0 / (1.0 + t * t);
    ((1.0 - t * t) * scale, 2.0 * t * scale)
}

/// A direction anywhere on the circle.
fn direction(rng: &mut Rng) -> (f32, f32) {
    let (x, y) = turn(rng.range(-0.414_213_57, 0.414_213_57));
    [(x, y), (-y, x), (-x, -y), (y, -x)][rng.below(4)]
}

/// A rectangle with half sides `half_x`, `half_y`.
fn bar(x: f32, y: f32, half_x: f32, half_y: f32) -> f32 {
    let (dx, dy) = (x.abs() - half_x, y.abs() - half_y);
    length(dx.max(0.0), dy.max(0.0)) + dx.max(dy).min(0.0)
}

fn heart(x: f32, y: f32) -> f32 {
    // Quilez' heart stands on its tip at the origin and is about 1.1 high.
    let (x, y) = (x.abs() * 0.62, 0.58 - y * 0.62);
    let d = if x + y > 1.0 {
        length(x - 0.25, y - 0.75) - 0.353_553_4
    } else {
        let m = 0.5 * (x + y).max(0.0);
        let nearest = length(x, y - 1.0).min(length(x - m, y - m));
        if x > y { nearest } else { -nearest }
    };
    d / 0.62
}

/// A five-pointed star of radius 1, its inner corners at 0.45.
fn star(x: f32, y: f32) -> f32 {
    const COS36: f32 = 0.809_017;
    const SIN36: f32 = 0.587_785_24;
    let (mut x, mut y) = (x.abs(), -y);
    // Folded onto one half of one point of the star.
    let m = 2.0 * (COS36 * x - SIN36 * y).max(0.0);
    (x, y) = (x - m * COS36, y + m * SIN36);
    let m = 2.0 * (-COS36 * x - SIN36 * y).max(0.0);
    (x, y) = ((x + m * COS36).abs(), y + m * SIN36 - 1.0);
    let (bx, by) = (0.45 * SIN36, 0.45 * COS36 - 1.0);
    let h = ((x * bx + y * by) / (bx * bx + by * by)).clamp(0.0, 1.0);
    let d = length(x - bx * h, y - by * h);
    if y * bx - x * by > 0.0 { d } else { -d }
}
