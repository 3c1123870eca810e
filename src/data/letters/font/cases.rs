//! Whether the small letters of a face are its capitals once more.
//!
//! A letter a is aligned with its capital A by stretching both to the same box. Their difference is the share of what
//! either of them covers that only one covers: 0 for copies of any size. Letters such as c and o have one shape in most
//! faces, so only letters whose two shapes differ in handwriting and print decide.

use crate::data::letters::distance::Fill;

/// Letters whose capitals look different.
const TELLING: &[u8] = b"ABDEFGHLMNQRT";
/// Most difference of two letters of the same shape; small capitals have somewhat heavier strokes than capitals.
const MOST_DIFFERENCE: f64 = 0.2;
/// Points along a side of the box.
const POINTS: usize = 32;

/// Whether most of the telling letters look as their capitals; `letters` in the order of the classes.
pub fn are_same(letters: &[Fill]) -> bool {
    let same = TELLING.iter().filter(|&&letter| {
        let place = usize::from(letter - b'A');
        letters
            .get(place)
            .zip(letters.get(place + 26))
            .is_some_and(|(capital, small)| difference(capital, small) <= MOST_DIFFERENCE)
    });
    TELLING.len() < 2 * same.count()
}

fn difference(one: &Fill, other: &Fill) -> f64 {
    let (mut either, mut both) = (0, 0);
    for down in 0..POINTS {
        for across in 0..POINTS {
            let share = |place: usize| (place as f64 + 0.5) / POINTS as f64;
            let inside = |fill: &Fill| fill.is_inside(fill.at(share(across), share(down)));
            let (first, second) = (inside(one), inside(other));
            either += usize::from(first || second);
            both += usize::from(first && second);
        }
    }
    1.0 - f64::from(both as u32) / f64::from(either.max(1) as u32)
}
