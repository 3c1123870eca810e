//! A letter as the points of its contours, 254 values of 0..=1, which stand in a data set as a picture of 254 x 1.
//!
//! ```text
//! the largest contour: x y of its start, then for each of 38 curves x y of its control, x y of its end
//! the next with 14 curves, the next with 10
//! ```
//! A place in the frame is divided by its side, 36. A contour begins at its point nearest to the top left of the frame, and
//! goes around with the letter on its right. Curves that are not needed stay at its end, which is its start; a contour
//! that is not there is 0. A contour with too many curves is fitted more loosely. The form and the order are those of
//! Murphy, "Lowestcase and uppestcase letters" (SIGBOVIK 2021), whose networks read 254 values and gave 280.

use std::borrow::Cow;

use super::contour::{Contour, Quadratic, area, distance};
use super::distance::Fill;
use super::fit::fit;
use super::frame::{LetterFrame, SIDE, clamped};
use super::outline::{OutlineEdge, OutlinePoint};
use super::trace::{LEAST_AREA, closed_lines};
use crate::rng::Rng;
use crate::shape::Shape;

/// Curves for which a contour has room.
pub const ROOM: [usize; 3] = [38, 14, 10];
/// Values of a start, and of a curve.
const START: usize = 2;
const CURVE: usize = 4;
/// Values of a letter.
pub const POINT_VALUES: usize = 3 * START + CURVE * (ROOM[0] + ROOM[1] + ROOM[2]);

/// Distances of a contour from the line that it was traced along, in units of the frame: the first is tried first.
const TOLERANCES: [f64; 6] = [0.08, 0.12, 0.18, 0.3, 0.5, 0.8];
/// Straight edges of a curve where letters are painted.
const PARTS: usize = 6;

/// Whether examples of this shape are letters as points.
pub fn are_points(shape: Shape) -> bool {
    shape == Shape::from_whc(POINT_VALUES, 1, 1)
}

/// The frame in which letters of this shape are seen.
pub fn shown_in(shape: Shape) -> LetterFrame {
    if are_points(shape) { LetterFrame::default() } else { LetterFrame { width: shape.width, height: shape.height } }
}

/// The field of a letter of this shape, which is one already unless it is points.
pub fn seen(values: &[f32], shape: Shape) -> Cow<'_, [f32]> {
    if !are_points(shape) {
        return Cow::Borrowed(values);
    }
    field_of(values, LetterFrame::default()).iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

/// Paints a letter into `pixels`: as a field with `paint`, or, in a frame of 254 x 1, as its points.
pub fn paint_in(frame: LetterFrame, pixels: &mut [u8], paint: impl Fn(LetterFrame, &mut [u8])) {
    if !are_points(frame.shape()) {
        return paint(frame, pixels);
    }
    let usual = LetterFrame::default();
    let mut field = vec![0; usual.area()];
    paint(usual, &mut field);
    pixels.copy_from_slice(&points(&field, usual));
}

/// A letter's field as its points.
pub fn points(field: &[u8], frame: LetterFrame) -> Vec<u8> {
    let values: Vec<f32> = field.iter().map(|&byte| f32::from(byte) / 255.0).collect();
    let mut lines = closed_lines(&values, frame);
    lines.sort_by(|a, b| area(b).abs().total_cmp(&area(a).abs()));
    let mut points = Vec::with_capacity(POINT_VALUES);
    for (number, room) in ROOM.into_iter().enumerate() {
        let contour = lines.get(number).map(|line| ordered(within(line, room))).unwrap_or_default();
        let end = contour.curves.last().map_or((0.0, 0.0), |curve| curve.end);
        let unused = Quadratic { control: end, end };
        let curves = contour.curves.iter().chain(std::iter::repeat(&unused)).take(room);
        let places = [end].into_iter().chain(curves.flat_map(|curve| [curve.control, curve.end]));
        points.extend(places.flat_map(|(x, y)| [byte(x), byte(y)]));
    }
    points
}

fn byte(place: f64) -> u8 {
    (255.0 * place / SIDE as f64).round().clamp(0.0, 255.0) as u8
}

/// The contour along a line with at most so many curves.
fn within(line: &[OutlinePoint], room: usize) -> Contour {
    let mut fitted = TOLERANCES.iter().map(|&tolerance| fit(line, 1.0, tolerance));
    fitted.find(|contour| contour.curves.len() <= room).unwrap_or_else(|| {
        // Too many corners: straight lines between some of the points.
        let some: Vec<_> = (0..room).map(|part| line[part * line.len() / room]).collect();
        let starts = some.iter().cycle().skip(room - 1);
        Contour { curves: starts.zip(&some).map(|(&from, &to)| Quadratic::line(from, to)).collect() }
    })
}

/// The contour with its start at the point nearest to the top left.
fn ordered(mut contour: Contour) -> Contour {
    let nearness = |curve: &Quadratic| distance(curve.end, (0.0, 0.0));
    let ends = contour.curves.iter().map(nearness).enumerate();
    if let Some((first, _)) = ends.min_by(|a, b| a.1.total_cmp(&b.1)) {
        contour.curves.rotate_left(first + 1);
    }
    contour
}

/// The values of each contour.
pub fn parts<T>(values: &[T]) -> impl Iterator<Item = &[T]> {
    let mut rest = values;
    ROOM.into_iter().map(move |room| {
        let (part, behind) = rest.split_at(START + CURVE * room);
        rest = behind;
        part
    })
}

/// Number of curves of a contour, `[curves, 4]`, until it stays at its end.
pub fn used<T: PartialEq>(curves: &[T]) -> usize {
    let Some(end) = curves.len().checked_sub(2).map(|at| &curves[at..]) else { return 0 };
    let stays = |curve: &&[T]| &curve[..2] == end && &curve[2..] == end;
    curves.len() / CURVE - curves.chunks_exact(CURVE).rev().take_while(stays).count()
}

/// The contours that these values are; those without an area are left out.
pub fn contours(values: &[f32]) -> Vec<Contour> {
    let place = |pair: &[f32]| {
        let of = |value: f32| f64::from(clamped(value)) * SIDE as f64;
        (of(pair[0]), of(pair[1]))
    };
    let contour = |part: &[f32]| {
        let mut from = place(part);
        let mut curves = Vec::new();
        for curve in part[START..].chunks_exact(CURVE) {
            let (control, end) = (place(&curve[..2]), place(&curve[2..]));
            if from != end || from != control {
                curves.push(Quadratic { control, end });
            }
            from = end;
        }
        // The end need not be the start where a network made them.
        let start = place(part);
        if from != start {
            curves.push(Quadratic::line(from, start));
        }
        Contour { curves }
    };
    let is_there = |contour: &Contour| LEAST_AREA <= area(&contour.points(PARTS)).abs();
    parts(values).map(contour).filter(is_there).collect()
}

/// The field of a letter of these values, `[height, width]`.
pub fn field_of(values: &[f32], frame: LetterFrame) -> Vec<u8> {
    let mut edges = Vec::new();
    for contour in contours(values) {
        let points = contour.points(PARTS);
        let starts = points.iter().cycle().skip(points.len() - 1);
        edges.extend(starts.zip(&points).filter(|(a, b)| a != b).map(|(&a, &b)| OutlineEdge { a, b }));
    }
    let mut field = vec![0; frame.area()];
    if let Some(fill) = Fill::new(edges) {
        fill.paint(frame, &mut field);
    }
    field
}

/// Lets each contour begin at any of its points, as in fonts, whose designers began anywhere.
pub fn loosen(values: &mut [u8], rng: &mut Rng) {
    let mut rest = values;
    for room in ROOM {
        let (part, behind) = rest.split_at_mut(START + CURVE * room);
        rest = behind;
        let (start, curves) = part.split_at_mut(START);
        let count = used(curves);
        if count == 0 {
            continue;
        }
        let (curves, unused) = curves.split_at_mut(CURVE * count);
        curves.rotate_left(CURVE * rng.below(count));
        let end = &curves[CURVE * count - 2..];
        start.copy_from_slice(end);
        unused.chunks_exact_mut(2).for_each(|place| place.copy_from_slice(end));
    }
}
