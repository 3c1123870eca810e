//! Letters as points of their contours: the form, its order, the permissive comparison, and networks that learn it.

use neurarium::config::Config;
use neurarium::data::letters::{
    self, LetterFrame, POINT_VALUES, are_points, assigned, assigned_curves, contours, field_of, is_inside, points, used,
};
use neurarium::data::{Batch, Dataset, LoadOptions};
use neurarium::loss::Loss;
use neurarium::network::Task;
use neurarium::recorder::EventKind;
use neurarium::session::Session;
use neurarium::shape::Shape;
use neurarium::train::Objective;

use crate::common::files::load;
use crate::common::numbers;
use crate::common::program::{Folder, number};

const FIELD: LetterFrame = LetterFrame { width: 36, height: 36 };
const POINTS: LetterFrame = LetterFrame { width: POINT_VALUES, height: 1 };

fn values(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

fn overlap(one: &[u8], other: &[u8]) -> f64 {
    let inside = |bytes: &[u8]| values(bytes).into_iter().map(is_inside).collect::<Vec<_>>();
    let (one, other) = (inside(one), inside(other));
    let count = |of: fn(bool, bool) -> bool| one.iter().zip(&other).filter(|(a, b)| of(**a, **b)).count() as f64;
    count(|a, b| a && b) / count(|a, b| a || b).max(1.0)
}

#[test]
fn letters_as_points_have_the_sizes_of_the_form_and_are_the_same_letters() {
    assert_eq!(POINT_VALUES, 254);
    let (fields, as_points) = (letters::alphabet(8, FIELD, 4), letters::alphabet(8, POINTS, 4));
    assert!(are_points(as_points.shape) && as_points.is_of_letters());
    let mut sum = 0.0;
    for index in 0..fields.len() {
        let (field, letter) = (fields.example(index), as_points.example(index));
        assert_eq!(*letter, points(&field, FIELD), "a letter is drawn as the points of its field");
        let shared = overlap(&field, &field_of(&values(&letter), FIELD));
        assert!(0.45 < shared, "{}: {shared}", fields.names[index]); // a stroke may be less than a pixel wide
        sum += shared;
        let count = contours(&values(&letter)).len();
        assert!((1..=3).contains(&count), "{}: {count} contours", fields.names[index]);
    }
    let mean = sum / fields.len() as f64;
    assert!(0.93 < mean, "{mean}");
    // And back and forth as a whole set.
    assert_eq!(fields.letters_as(POINTS).unwrap(), as_points);
    let again = as_points.letters_as(FIELD).unwrap();
    assert_eq!((again.shape, again.names == fields.names), (fields.shape, true));
}

#[test]
fn letters_of_fonts_are_points_as_those_of_the_alphabet_are() {
    let font = std::fs::read("tests/data/fonts/plain.ttf").unwrap();
    let read = |width, height| {
        let options = LoadOptions { width, height, ..LoadOptions::default() };
        load(vec![("plain.ttf".into(), font.clone())], options).unwrap().dataset
    };
    let (fields, as_points) = (read(36, 36), read(POINT_VALUES, 1));
    assert_eq!(as_points, fields.letters_as(POINTS).unwrap());
    assert_eq!(as_points.faces(), fields.faces());
}

/// The places of a letter's contours: start and ends, as bytes.
fn places(letter: &[u8]) -> Vec<Vec<[u8; 2]>> {
    let mut rest = letter;
    [38, 14, 10]
        .map(|room: usize| {
            let (part, behind) = rest.split_at(2 + 4 * room);
            rest = behind;
            let count = used(&part[2..]);
            let start = [part[0], part[1]];
            let ends = part[2..].chunks_exact(4).take(count).map(|curve| [curve[2], curve[3]]);
            [start].into_iter().chain(ends).collect()
        })
        .to_vec()
}

#[test]
fn contours_begin_nearest_to_the_top_left_and_loosened_ones_anywhere() {
    let ordered = letters::alphabet(4, POINTS, 2);
    let loose = ordered.loosened(7).unwrap();
    assert_eq!(loose, ordered.loosened(7).unwrap());
    assert_ne!(loose, ordered.loosened(8).unwrap());
    let nearness = |place: &[u8; 2]| u32::from(place[0]).pow(2) + u32::from(place[1]).pow(2);
    let (mut moved, mut count) = (0, 0);
    for index in 0..ordered.len() {
        let (ordered, loose) = (ordered.example(index), loose.example(index));
        for (one, other) in places(&ordered).into_iter().zip(places(&loose)) {
            assert_eq!(one.first(), one.last(), "a contour is closed");
            let least = one.iter().map(nearness).min().unwrap();
            assert!(nearness(&one[0]).abs_diff(least) < 400, "rounded to bytes, {one:?} begins nearest");
            assert_eq!(other.first(), other.last());
            count += usize::from(1 < one.len());
            moved += usize::from(one[0] != other[0]);
            let sorted = |places: &[[u8; 2]]| {
                let mut places = places[1..].to_vec();
                places.sort_unstable();
                places
            };
            assert_eq!(sorted(&one), sorted(&other), "the same points in another order");
        }
        assert!(0.99 < overlap(&field_of(&values(&ordered), FIELD), &field_of(&values(&loose), FIELD)));
    }
    assert!(2 * count < 3 * moved, "{moved} of {count} begin elsewhere");
}

/// The least sum of squares over all assignments, one by one.
fn best_of_all(made: &[f32], letter: &[f32]) -> f32 {
    let (count, needed) = (made.len() / 4, used(letter));
    let square =
        |made: &[f32], target: &[f32]| -> f32 { made.iter().zip(target).map(|(a, b)| (a - b) * (a - b)).sum() };
    let mut best = f32::INFINITY;
    // Bit i: curve i + 1 goes on to the next of the letter.
    for steps in 0..1u32 << (count - 1) {
        if steps.count_ones() as usize + 1 != needed {
            continue;
        }
        let (mut sum, mut index) = (0.0, 0);
        for place in 0..count {
            let goes_on = place == 0 || steps >> (place - 1) & 1 == 1;
            index += usize::from(goes_on && 0 < place);
            let curve = &letter[4 * index..][..4];
            let stays = [curve[2], curve[3], curve[2], curve[3]];
            sum += square(&made[4 * place..][..4], if goes_on { curve } else { &stays });
        }
        best = best.min(sum);
    }
    best
}

#[test]
fn the_assignment_is_the_best_of_all_and_never_worse_than_the_plain_one() {
    let square = |one: &[f32], other: &[f32]| one.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let mut differs = 0;
    for case in 0..300 {
        let (count, needed) = (3 + case % 8, 1 + case % (3 + case % 8));
        let made = numbers(4 * count, case as u64);
        let mut letter = numbers(4 * count, 1000 + case as u64);
        let end = [letter[4 * needed - 2], letter[4 * needed - 1]];
        letter[4 * needed..].chunks_exact_mut(2).for_each(|place| place.copy_from_slice(&end));
        assert_eq!(used(&letter), needed);
        let target = assigned_curves(&made, &letter);
        let (found, best) = (square(&made, &target), best_of_all(&made, &letter));
        assert!((found - best).abs() <= 1e-4 * best.max(1.0), "{count} for {needed}: {found}, best {best}");
        assert!(found <= square(&made, &letter) + 1e-5);
        differs += usize::from(target != letter);
    }
    assert!(150 < differs, "{differs}");
    // What is as the letter, but with the curves too many elsewhere, costs nothing.
    let letter = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.7, 0.8, 0.7, 0.8];
    let made = [0.1, 0.2, 0.3, 0.4, 0.3, 0.4, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
    assert_eq!(assigned_curves(&made, &letter), made);
    // No numbers have an assignment, too.
    assert!(assigned_curves(&[f32::NAN; 12], &letter).iter().all(|value| letter.contains(value)));
}

#[test]
fn gradients_of_the_plain_and_the_permissive_loss_are_those_of_finite_differences() {
    let data = letters::alphabet(2, POINTS, 1);
    let shape = Shape::flat(POINT_VALUES + 26);
    let mut batch = Batch::default();
    data.batch(&[1, 6], &mut batch); // B and G
    batch.target.shape = data.shape;
    data.pixels_of(&[27, 32], &mut batch.target.y);
    let mut losses = Vec::new();
    for loss in [Loss::SumSquares, Loss::Permissive] {
        let objective = Objective { task: Task::MakeLowercase, loss };
        let mut y: Vec<f32> = numbers(2 * shape.len(), 9).iter().map(|value| 0.5 + 0.3 * value).collect();
        let mut dy = vec![9.0; y.len()];
        let whole = objective.evaluate_part(&y, shape, &batch, 0, 0.5, &mut dy);
        losses.push(whole);
        for index in (0..2 * shape.len()).step_by(13) {
            let mut at = |step: f32| {
                let before = y[index];
                y[index] = before + step;
                let value = objective.evaluate_part(&y, shape, &batch, 0, 1.0, &mut []);
                y[index] = before;
                value
            };
            let slope = 0.5 * (at(2e-3) - at(-2e-3)) / 4e-3;
            assert!((slope - f64::from(dy[index])).abs() < 2e-3, "{loss} {index}: {slope}, {}", dy[index]);
        }
    }
    assert!(losses[1] < losses[0], "{losses:?}");
    let target = data.example(27);
    assert_eq!(assigned(&values(&target), &values(&target)), values(&target), "a letter is its own best target");
}

const FEW: &str = "sample=letters\nlimit=208\nmodel=letters-contours\nbatch-size=39\nvalidation-split=0.25\nschedule=constant\nwarmup-steps=0\n";

fn session(settings: &str) -> Session {
    Session::new(Config::parse(&format!("{FEW}{settings}")).unwrap()).unwrap()
}

fn shape_of(data: &Dataset) -> (usize, usize) {
    (data.shape.width, data.shape.height)
}

#[test]
fn both_networks_learn_points_without_divergence_and_read_drawn_letters() {
    for loss in ["sum-squares", "permissive"] {
        let mut session = session(&format!("loss={loss}\n"));
        assert_eq!(shape_of(session.data()), (254, 1));
        assert_eq!(session.network().output().len(), 280);
        (0..200).for_each(|_| session.step_once(&|| 0.0).unwrap());
        let points = session.recorder().points();
        let (first, last) = (points[0].loss, points[199].loss);
        assert!(last < 0.35 * first, "{loss}: {first} -> {last}");
        assert!(session.recorder().events().iter().all(|event| event.kind != EventKind::Rollback));
        // Ink of 36 x 36 for each round, and a letter that was drawn.
        let rounds = session.letter_rounds(3, 2).unwrap();
        assert_eq!(rounds.len(), 2 * 4 * 4 * 72 * 72);
        let white = vec![255; 4 * 40 * 40];
        let mut ink = white.clone();
        (10..30).for_each(|y| ink[4 * (40 * y + 20)..][..12].copy_from_slice(&[0, 0, 0, 255].repeat(3)));
        session.viewer().show_own_pixels("drawn", 40, 40, &ink).unwrap();
        let drawn = session.letter_rounds(0, 1).unwrap();
        let dark = drawn[..4 * 36 * 36].chunks_exact(4).filter(|pixel| pixel[0] < 128).count();
        assert!((10..200).contains(&dark), "{dark} dark pixels");
        session.viewer().leave_own();
        assert_eq!(session.made_face(0).unwrap().letters.len(), 52);
    }
}

#[test]
fn letters_change_their_form_with_the_network() {
    let session = session("");
    let bytes = session.save().unwrap();
    let mut fields =
        Session::new(Config::parse("sample=letters\nlimit=104\nmodel=letters\nwidth=36\nheight=36").unwrap()).unwrap();
    assert_eq!(shape_of(fields.data()), (36, 36));
    fields.open(&bytes).unwrap();
    assert_eq!(shape_of(fields.data()), (254, 1));
    let error = Session::new(Config::parse("model=classifier-mlp\nlimit=16\nloss=permissive").unwrap());
    assert!(error.map(|_| ()).unwrap_err().to_string().contains("loss"));
    let loose = self::session("point-order=any\n");
    assert_ne!(loose.data().example(0), session.data().example(0));
}

#[test]
fn the_program_shows_the_error_before_and_after_the_order_and_the_switch_of_the_loss() {
    let program = Folder::new("letter-points");
    let data = ["sample=letters", "limit=156", "validation-split=0.2"];
    let train = |more: &[&str]| program.result(&[&["train", "epochs=4"], &data[..], more].concat());
    let loose = train(&["model=letters-contours", "loss=sum-squares", "point-order=any"]);
    let ordered = train(&["model=letters-contours", "loss=sum-squares"]);
    assert!(number(&ordered, "point_error") < 0.9 * number(&loose, "point_error"), "{loose:?}, {ordered:?}");
    assert!(number(&ordered, "permissive_error") < number(&ordered, "point_error"));
    let eval = [&["eval", "models/letters-contours.safetensors"], &data[..]].concat();
    let again = program.result(&eval);
    for figure in ["point_error", "permissive_error", "field_l1", "iou", "letter_ceiling"] {
        assert_eq!(again[figure], ordered[figure], "{figure}");
    }
    let switched = train(&["model=models/letters-contours.safetensors", "loss=permissive"]);
    assert!(number(&switched, "permissive_error") < number(&ordered, "permissive_error"), "{switched:?}");
}
