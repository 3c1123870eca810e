//! The way of images of any size to the network in a file that takes them: they are resized and given margins as
//! `data/load/resize.rs` does it, in integers, so that every byte is the same.
//!
//! Along each axis, new pixel i is the sum of w(i, j) x(j) over the old pixels j, with weights w = k((j - c) / f) / their sum
//! for the Catmull-Rom cubic k, the centre c = from + (i + 1/2) s - 1/2, the scale s = old / new and the width f = max(s, 1).
//! Weights are multiplied by the largest power of two, at most 2^21, for which each is below 2^15, and rounded; so are the
//! sums, after the vertical pass and after the horizontal one.

use crate::data::convert;
use crate::file::model::Preprocessing;
use crate::operators::{AttributeValue, ConstantNumbers, OperatorGraph, Signal};
use crate::shape::Shape;

/// Most bits that weights are multiplied by.
const MOST_BITS: i64 = 21;
/// Weights are below 2 to this power.
const WEIGHT_BITS: i32 = 15;

/// Appends what makes images, uint8 `[N, H, W, C]`, the network's input, float `[N, C, H, W]` in 0..=1.
pub fn resized(image: &str, wanted: &Preprocessing, graph: &mut OperatorGraph) -> Signal {
    graph.begin_block("resize");
    let shape = Shape::from_whc(wanted.width, wanted.height, wanted.channels);
    let mut writer = Formula { graph };
    let [height, width] = [1, 2].map(|axis| writer.side(image, axis));
    let [down, across] = writer.spans([&height, &width], wanted);
    let pixels = writer.cast(image, NumberKind::Double);
    // The lines of an image as rows [N, H, W C], then its pixels as rows [N, H, W, C].
    let lines = writer.graph.reshape(&pixels, &[0, 0, -1]);
    let matrix = writer.weights(&down);
    let lines = writer.product(&matrix, &lines);
    let dims = writer.dims([&down.new, &width], shape.channels);
    let pixels = writer.graph.apply("Reshape", &[&lines, &dims], &[]);
    let matrix = writer.weights(&across);
    let pixels = writer.product(&matrix, &pixels);
    let bordered = writer.with_margins(&pixels, [&down, &across], wanted);
    let bytes = writer.cast(&bordered, NumberKind::Float);
    let most = writer.graph.floats("most", &[], vec![1.0 / 255.0]);
    let values = writer.graph.apply("Mul", &[&bytes, &most], &[]);
    let planes = writer.graph.transpose(&values, &[0, 3, 1, 2]);
    let picture = writer.graph.painted(&planes, shape);
    writer.graph.signal(picture, shape)
}

/// One axis of the image: the names of numbers, double where nothing else is said.
struct Span {
    /// Pixels of the image, as an integer `[1]`.
    old: String,
    /// Pixels of the filled part of the example, as an integer `[1]`.
    new: String,
    /// The first pixel of the shown part, and how many it has.
    from: String,
    shown: String,
    /// Pixels of the example.
    whole: usize,
}

#[derive(Clone, Copy)]
enum NumberKind {
    Float = 1,
    Double = 11,
}

/// Formulas, one operator at a time.
struct Formula<'a> {
    graph: &'a mut OperatorGraph,
}

impl Formula<'_> {
    fn of(&mut self, operator: &'static str, inputs: &[&str]) -> String {
        self.graph.apply(operator, inputs, &[])
    }

    fn number(&mut self, number: f64) -> String {
        self.graph.constant("number", &[], ConstantNumbers::Doubles(vec![number]), false)
    }

    /// An operator on a value and a number.
    fn with(&mut self, operator: &'static str, value: &str, number: f64) -> String {
        let number = self.number(number);
        self.of(operator, &[value, &number])
    }

    fn cast(&mut self, value: &str, kind: NumberKind) -> String {
        self.graph.apply("Cast", &[value], &[("to", AttributeValue::Integer(kind as i64))])
    }

    /// The length of a side of the image, an integer `[1]`.
    fn side(&mut self, image: &str, axis: i64) -> String {
        let ends = [("start", AttributeValue::Integer(axis)), ("end", AttributeValue::Integer(axis + 1))];
        self.graph.apply("Shape", &[image], &ends)
    }

    /// The dimensions [N, sides.., channels].
    fn dims(&mut self, sides: [&str; 2], channels: usize) -> String {
        let (same, channels) = (self.graph.integers(&[0]), self.graph.integers(&[channels as i64]));
        let axis = [("axis", AttributeValue::Integer(0))];
        self.graph.apply("Concat", &[&same, sides[0], sides[1], &channels], &axis)
    }

    /// The part of the image that is shown, and the part of the example that shows it, down and across.
    fn spans(&mut self, old: [&str; 2], wanted: &Preprocessing) -> [Span; 2] {
        let numbers = old.map(|side| self.cast(side, NumberKind::Double));
        let bounds = [wanted.height, wanted.width];
        let zero = self.number(0.0);
        let (mut new, mut from, mut shown) =
            (bounds.map(|bound| self.graph.integers(&[bound as i64])), [zero.clone(), zero], numbers.clone());
        match wanted.resize.as_str() {
            "stretch" => {}
            "crop" => {
                for (axis, other) in [(0, 1), (1, 0)] {
                    // The largest part with the proportions of the example.
                    let product = self.with("Mul", &numbers[other], bounds[axis] as f64);
                    let part = self.with("Div", &product, bounds[other] as f64);
                    shown[axis] = self.of("Min", &[&numbers[axis], &part]);
                    let rest = self.of("Sub", &[&numbers[axis], &shown[axis]]);
                    from[axis] = self.with("Div", &rest, 2.0);
                }
            }
            _ => {
                for (axis, other) in [(0, 1), (1, 0)] {
                    // old bound / other old, rounded, at least 1 and at most the bound.
                    let [bound, two, one, most] =
                        [bounds[other] as i64, 2, 1, bounds[axis] as i64].map(|number| self.graph.integers(&[number]));
                    let product = self.of("Mul", &[old[axis], &bound]);
                    let half = self.of("Div", &[old[other], &two]);
                    let sum = self.of("Add", &[&product, &half]);
                    let scaled = self.of("Div", &[&sum, old[other]]);
                    let least = self.of("Max", &[&scaled, &one]);
                    new[axis] = self.of("Min", &[&least, &most]);
                }
            }
        }
        let span = |axis: usize| Span {
            old: old[axis].into(),
            new: new[axis].clone(),
            from: from[axis].clone(),
            shown: shown[axis].clone(),
            whole: bounds[axis],
        };
        [span(0), span(1)]
    }

    /// 0, 1, 2 and so on as doubles, one for each pixel of a side.
    fn counted(&mut self, side: &str) -> String {
        let scalar = self.graph.integers(&[]);
        let end = self.graph.apply("Reshape", &[side, &scalar], &[]);
        let [start, step] =
            [0, 1].map(|n| self.graph.constant("count", &[], ConstantNumbers::Integers(vec![n]), false));
        let numbers = self.of("Range", &[&start, &end, &step]);
        self.cast(&numbers, NumberKind::Double)
    }

    /// The weights `[new, old]` as integers, and the power of two that they were multiplied by.
    fn weights(&mut self, span: &Span) -> [String; 2] {
        let new = self.cast(&span.new, NumberKind::Double);
        let end = self.of("Add", &[&span.from, &span.shown]);
        let shown = self.of("Sub", &[&end, &span.from]);
        let scale = self.of("Div", &[&shown, &new]);
        let one = self.number(1.0);
        let filter = self.of("Max", &[&scale, &one]);
        let reciprocal = self.of("Div", &[&one, &filter]);
        // The centres [new, 1].
        let places = self.counted(&span.new);
        let middles = self.with("Add", &places, 0.5);
        let stretched = self.of("Mul", &[&middles, &scale]);
        let shifted = self.of("Add", &[&span.from, &stretched]);
        let column = self.graph.reshape(&shifted, &[-1, 1]);
        let centres = self.with("Sub", &column, 0.5);
        let pixels = self.counted(&span.old);
        let distance = self.of("Sub", &[&pixels, &centres]);
        let distance = self.of("Mul", &[&distance, &reciprocal]);
        let weights = self.catmull_rom(&distance);
        let (axis, keep) = (self.graph.integers(&[1]), [("keepdims", AttributeValue::Integer(1))]);
        let sums = self.graph.apply("ReduceSum", &[&weights, &axis], &keep);
        let weights = self.of("Div", &[&weights, &sums]);
        // How many of 2, 4, 8 and so on keep the largest weight within its bits.
        let largest = self.graph.apply("ReduceMax", &[&weights], &[("keepdims", AttributeValue::Integer(0))]);
        let powers = (1..=MOST_BITS).map(|bits| f64::exp2(bits as f64)).collect();
        let powers = self.graph.constant("powers", &[MOST_BITS as usize], ConstantNumbers::Doubles(powers), false);
        let products = self.of("Mul", &[&largest, &powers]);
        let rounded = self.rounded(&products);
        let fits = self.with("Less", &rounded, f64::from(1 << WEIGHT_BITS));
        let fits = self.cast(&fits, NumberKind::Double);
        let bits = self.graph.apply("ReduceSum", &[&fits], &[("keepdims", AttributeValue::Integer(0))]);
        let two = self.number(2.0);
        let factor = self.of("Pow", &[&two, &bits]);
        let scaled = self.of("Mul", &[&weights, &factor]);
        [self.rounded_both_ways(&scaled), factor]
    }

    /// The cubic of distances: ((1.5 d - 2.5) d d + 1 below 1, (((d - 5) d + 8) d - 4) / -2 below 2, else 0.
    fn catmull_rom(&mut self, distance: &str) -> String {
        let d = self.of("Abs", &[distance]);
        let near = self.with("Mul", &d, 1.5);
        let near = self.with("Sub", &near, 2.5);
        let near = self.of("Mul", &[&near, &d]);
        let near = self.of("Mul", &[&near, &d]);
        let near = self.with("Add", &near, 1.0);
        let far = self.with("Sub", &d, 5.0);
        let far = self.of("Mul", &[&far, &d]);
        let far = self.with("Add", &far, 8.0);
        let far = self.of("Mul", &[&far, &d]);
        let far = self.with("Sub", &far, 4.0);
        let far = self.with("Mul", &far, -0.5);
        let (is_near, is_far, zero) = (self.with("Less", &d, 1.0), self.with("Less", &d, 2.0), self.number(0.0));
        let beyond = self.of("Where", &[&is_far, &far, &zero]);
        self.of("Where", &[&is_near, &near, &beyond])
    }

    /// Rounds numbers that are not negative.
    fn rounded(&mut self, value: &str) -> String {
        let value = self.with("Add", value, 0.5);
        self.of("Floor", &[&value])
    }

    /// Rounds halves away from 0.
    fn rounded_both_ways(&mut self, value: &str) -> String {
        let sign = self.of("Sign", &[value]);
        let size = self.of("Abs", &[value]);
        let size = self.rounded(&size);
        self.of("Mul", &[&sign, &size])
    }

    /// The bytes that the weights make of the rows of `pixels`.
    fn product(&mut self, [weights, factor]: &[String; 2], pixels: &str) -> String {
        let sums = self.of("MatMul", &[weights, pixels]);
        let sums = self.of("Div", &[&sums, factor]);
        let bytes = self.rounded(&sums);
        let [black, white] = [0.0, 255.0].map(|end| self.number(end));
        self.of("Clip", &[&bytes, &black, &white])
    }

    /// The pixels `[N, H, W, C]` in the middle of the example, the background around them.
    fn with_margins(&mut self, pixels: &str, spans: [&Span; 2], wanted: &Preprocessing) -> String {
        if wanted.resize != "fit" {
            return pixels.into();
        }
        let colour = match wanted.channels {
            3 => wanted.background.map(f64::from).to_vec(),
            _ => convert(&wanted.background, 1).into_iter().map(f64::from).collect(),
        };
        let colour = self.graph.constant("background", &[colour.len()], ConstantNumbers::Doubles(colour), false);
        let two = self.graph.integers(&[2]);
        let [zero, batch] = [0, 0].map(|side| self.graph.integers(&[side]));
        let margins = spans.map(|span| {
            let whole = self.graph.integers(&[span.whole as i64]);
            let rest = self.of("Sub", &[&whole, &span.new]);
            let before = self.of("Div", &[&rest, &two]);
            let after = self.of("Sub", &[&rest, &before]);
            [before, after]
        });
        let [[top, bottom], [left, right]] = &margins;
        let axis = [("axis", AttributeValue::Integer(0))];
        let pads = self.graph.apply("Concat", &[&batch, top, left, &zero, &zero, bottom, right, &zero], &axis);
        let around = self.of("Sub", &[pixels, &colour]);
        let black = self.number(0.0);
        let padded = self.of("Pad", &[&around, &pads, &black]);
        self.of("Add", &[&padded, &colour])
    }
}
