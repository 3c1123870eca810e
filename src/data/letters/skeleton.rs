//! The skeletons of the built-in alphabet: the strokes of each letter, to be given weight, width and slant.
//!
//! `m x y` begins a stroke, `l x y` is a straight line to (x, y), `h x y` a quarter of an ellipse that leaves sideways and
//! arrives upright, `v x y` one that leaves upright and arrives sideways. x is 0 to 1 across the letter; y is 0 on the
//! baseline and 1 at the height of the capital or of a small x; small letters rise to 2 and descend to -1.

/// The letters in the order of their classes, each with its width beside that of H or n.
pub const SKELETONS: [(f64, &str); 52] = [
    (1.05, "m 0 0 l .5 1 l 1 0 m .19 .38 l .81 .38"),
    (0.85, "m 0 .54 l .55 .54 h 1 .27 v .55 0 l 0 0 l 0 1 l .5 1 h .9 .77 v .5 .54"),
    (1.0, "m .95 .76 v .52 1 h 0 .5 v .52 0 h .95 .24"),
    (1.0, "m 0 0 l 0 1 l .4 1 h 1 .5 v .4 0 l 0 0"),
    (0.8, "m 1 1 l 0 1 l 0 0 l 1 0 m 0 .52 l .8 .52"),
    (0.76, "m 1 1 l 0 1 l 0 0 m 0 .52 l .8 .52"),
    (1.05, "m .95 .78 v .52 1 h 0 .5 v .52 0 h .97 .4 l .97 .45 l .6 .45"),
    (1.0, "m 0 0 l 0 1 m 1 0 l 1 1 m 0 .52 l 1 .52"),
    (0.3, "m .5 0 l .5 1"),
    (0.65, "m .85 1 l .85 .3 v .42 0 h 0 .28"),
    (0.95, "m 0 0 l 0 1 m .95 1 l 0 .42 m .3 .6 l 1 0"),
    (0.75, "m 0 1 l 0 0 l 1 0"),
    (1.25, "m 0 0 l 0 1 l .5 .25 l 1 1 l 1 0"),
    (1.05, "m 0 0 l 0 1 l 1 0 l 1 1"),
    (1.1, "m .5 1 h 1 .5 v .5 0 h 0 .5 v .5 1"),
    (0.82, "m 0 0 l 0 1 l .5 1 h 1 .73 v .5 .46 l 0 .46"),
    (1.1, "m .5 1 h 1 .5 v .5 0 h 0 .5 v .5 1 m .62 .28 l 1 -.08"),
    (0.9, "m 0 0 l 0 1 l .5 1 h .95 .73 v .5 .46 l 0 .46 m .45 .46 l 1 0"),
    (0.85, "m .9 .8 v .5 1 h .05 .75 v .5 .52 h .97 .26 v .5 0 h .03 .2"),
    (0.95, "m .5 0 l .5 1 m 0 1 l 1 1"),
    (1.0, "m 0 1 l 0 .38 v .5 0 h 1 .38 l 1 1"),
    (1.05, "m 0 1 l .5 0 l 1 1"),
    (1.35, "m 0 1 l .27 0 l .5 .8 l .73 0 l 1 1"),
    (0.95, "m 0 0 l 1 1 m 0 1 l 1 0"),
    (1.0, "m 0 1 l .5 .48 l 1 1 m .5 .48 l .5 0"),
    (0.95, "m 0 1 l 1 1 l 0 0 l 1 0"),
    (0.9, "m .1 .8 v .47 1 h .92 .65 l .92 0 m .92 .58 l .45 .58 h 0 .29 v .4 0 h .92 .34"),
    (1.0, "m 0 2 l 0 0 m 0 .5 v .5 1 h 1 .5 v .5 0 h 0 .5"),
    (0.9, "m .92 .76 v .5 1 h 0 .5 v .5 0 h .92 .24"),
    (1.0, "m 1 2 l 1 0 m 1 .5 v .5 1 h 0 .5 v .5 0 h 1 .5"),
    (0.95, "m 0 .53 l .97 .53 v .5 1 h 0 .5 v .5 0 h .92 .25"),
    (0.65, "m 1 1.83 v .75 2 h .38 1.6 l .38 0 m 0 1 l .9 1"),
    (1.0, "m 1 .5 v .5 1 h 0 .5 v .5 0 h 1 .5 m 1 1 l 1 -.5 v .5 -1 h .06 -.72"),
    (0.95, "m 0 2 l 0 0 m 0 .52 v .52 1 h 1 .6 l 1 0"),
    (0.3, "m .5 0 l .5 1 m .5 1.8 l .5 1.92"),
    (0.4, "m .8 1 l .8 -.6 v .4 -1 h 0 -.85 m .8 1.8 l .8 1.92"),
    (0.9, "m 0 2 l 0 0 m .92 1 l 0 .38 m .3 .59 l 1 0"),
    (0.3, "m .5 2 l .5 0"),
    (1.5, "m 0 1 l 0 0 m 0 .58 v .28 1 h .5 .65 l .5 0 m .5 .58 v .78 1 h 1 .65 l 1 0"),
    (0.95, "m 0 1 l 0 0 m 0 .52 v .52 1 h 1 .6 l 1 0"),
    (1.0, "m .5 1 h 1 .5 v .5 0 h 0 .5 v .5 1"),
    (1.0, "m 0 1 l 0 -1 m 0 .5 v .5 1 h 1 .5 v .5 0 h 0 .5"),
    (1.0, "m 1 1 l 1 -1 m 1 .5 v .5 1 h 0 .5 v .5 0 h 1 .5"),
    (0.62, "m 0 1 l 0 0 m 0 .48 v .65 1 h 1 .85"),
    (0.8, "m .9 .8 v .48 1 h .06 .75 v .48 .52 h .95 .26 v .48 0 h .02 .2"),
    (0.6, "m .38 1.5 l .38 .35 v .72 0 h 1 .16 m 0 1 l .95 1"),
    (0.95, "m 0 1 l 0 .42 v .48 0 h 1 .48 m 1 1 l 1 0"),
    (0.95, "m 0 1 l .5 0 l 1 1"),
    (1.4, "m 0 1 l .26 0 l .5 .85 l .74 0 l 1 1"),
    (0.95, "m 0 0 l 1 1 m 0 1 l 1 0"),
    (0.95, "m 0 1 l .58 -.1 m 1 1 l .25 -1"),
    (0.85, "m 0 1 l 1 1 l 0 0 l 1 0"),
];

/// Other shapes of letters, by class: the small a of handwriting.
pub const OTHERS: [(usize, f64, &str); 1] = [(26, 0.95, "m 1 .5 v .5 1 h 0 .5 v .5 0 h 1 .5 m 1 1 l 1 0")];

/// Straight parts of a quarter of an ellipse.
const PARTS: usize = 8;

/// A stroke: its points, and for each part from one point to the next whether it is a straight line by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stroke {
    pub points: Vec<(f64, f64)>,
    pub straight: Vec<bool>,
}

/// The strokes of a skeleton. `square` moves curves outwards, 0 for ellipses.
pub fn strokes(skeleton: &str, square: f64) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    let mut words = skeleton.split(' ');
    while let Some(verb) = words.next() {
        let mut number = || words.next().and_then(|word| word.parse().ok()).unwrap_or(0.0);
        let to: (f64, f64) = (number(), number());
        let from = strokes.last().and_then(|stroke| stroke.points.last().copied());
        match (verb, strokes.last_mut(), from) {
            ("l", Some(stroke), _) => {
                stroke.points.push(to);
                stroke.straight.push(true);
            }
            ("h" | "v", Some(stroke), Some(from)) => stroke.quarter(from, to, verb == "h", square),
            _ => strokes.push(Stroke { points: vec![to], straight: Vec::new() }),
        }
    }
    strokes
}

impl Stroke {
    fn quarter(&mut self, from: (f64, f64), to: (f64, f64), sideways: bool, square: f64) {
        // The corner of the box that the curve bends towards.
        let corner = if sideways { (to.0, from.1) } else { (from.0, to.1) };
        for part in 1..=PARTS {
            // (cos, sin) of a quarter turn by rational functions, which every machine rounds alike.
            let t = part as f64 / PARTS as f64;
            let scale = 1.0 / (1.0 + t * t);
            let (cos, sin) = ((1.0 - t * t) * scale, 2.0 * t * scale);
            // The centre is opposite to the corner: centre + (1 - sin) towards `from`, (1 - cos) towards `to`.
            let bulge = square * cos * sin;
            let along = |from: f64, to: f64, corner: f64| {
                let centre = from + to - corner;
                let curve = centre + cos * (from - centre) + sin * (to - centre);
                curve + bulge * (corner - curve)
            };
            self.points.push((along(from.0, to.0, corner.0), along(from.1, to.1, corner.1)));
            self.straight.push(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_begin_and_end_where_they_should_and_skeletons_are_whole() {
        let stroke = &strokes("m 1 0 v 0 1", 0.0)[0];
        assert_eq!(stroke.points.last(), Some(&(0.0, 1.0)));
        let on_circle = |&(x, y): &(f64, f64)| ((x * x + y * y) - 1.0).abs() < 1e-12;
        assert!(stroke.points.iter().all(on_circle));
        for (width, skeleton) in SKELETONS {
            let words: Vec<&str> = skeleton.split(' ').collect();
            assert!(words.len().is_multiple_of(3) && words[0] == "m" && 0.0 < width, "{skeleton}");
            for word in words.chunks(3) {
                assert!("mlhv".contains(word[0]) && word[1..].iter().all(|word| word.parse::<f64>().is_ok()));
            }
        }
    }
}
