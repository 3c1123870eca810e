//! Division of a data set, and changes by hand: which examples are held out, and undo.

use std::collections::HashSet;

use neurarium::config::Config;
use neurarium::data::{
    Dataset, DivideBy, Division, Families, Frame, GroupRule, Loaded, NumberTargets, Overrides, PictureTargets, Report,
    Split, toy,
};
use neurarium::file::safetensors;
use neurarium::session::{Command, Journal, Session};
use neurarium::shape::Shape;

/// Examples with blank images, `(name, class)`.
fn named(examples: &[(&str, u32)], classes: usize) -> Dataset {
    let shape = Shape::from_whc(1, 1, 1);
    Dataset {
        name: "set".into(),
        shape,
        pixels: vec![0; examples.len()].into(),
        frames: vec![Frame::whole(shape); examples.len()],
        labels: examples.iter().map(|&(_, label)| label).collect(),
        classes: (0..classes).map(|class| class.to_string()).collect(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: vec![Split::Train; examples.len()],
        names: examples.iter().map(|&(name, _)| name.to_string()).collect(),
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    }
}

fn counts(data: &Dataset) -> [usize; 3] {
    [Split::Train, Split::Validation, Split::Test].map(|split| data.count(split))
}

#[test]
fn the_order_of_files_divides_every_class_into_first_and_last() {
    let names: Vec<String> = (0..30).map(|n| format!("{}/{n:02}.png", n / 10)).collect();
    let examples: Vec<(&str, u32)> = names.iter().zip(0..).map(|(name, n)| (name.as_str(), n / 10)).collect();
    let mut data = named(&examples, 3);
    data.divide(&Division { validation: 0.2, test: 0.1, by: DivideBy::Order, seed: 9, ..Division::default() });
    assert_eq!(data.indices(Split::Validation), [7, 8, 17, 18, 27, 28]);
    assert_eq!(data.indices(Split::Test), [9, 19, 29]);
    data.divide(&Division { validation: 0.2, by: DivideBy::Order, seed: 1, ..Division::default() });
    assert_eq!(data.indices(Split::Validation), [8, 9, 18, 19, 28, 29]);
}

#[test]
fn a_test_split_is_drawn_beside_the_validation_split_which_stays_the_same() {
    let mut data = toy::shapes(400, 4, 1);
    data.split(0.2, 3);
    let validation = data.indices(Split::Validation);
    for by in [DivideBy::Class, DivideBy::Seed] {
        data.divide(&Division { validation: 0.2, test: 0.1, by, seed: 3, ..Division::default() });
        assert_eq!(counts(&data), [280, 80, 40], "{by:?}");
        if by == DivideBy::Class {
            assert_eq!(data.indices(Split::Validation), validation);
            let labels: Vec<u32> = data.indices(Split::Test).iter().map(|&n| data.labels[n as usize]).collect();
            assert!((0..8).all(|class| labels.iter().filter(|&&label| label == class).count() == 5));
        }
    }
    data.divide(&Division { validation: 0.9, test: 0.9, seed: 3, ..Division::default() });
    assert!(8 <= data.count(Split::Train), "every class keeps something to learn from: {:?}", counts(&data));
}

#[test]
fn groups_are_held_out_whole() {
    let names: Vec<String> = (0..60).map(|n| format!("{}/anna{}_{n:03}.png", n % 2, n % 12)).collect();
    let examples: Vec<(&str, u32)> = names.iter().zip(0..).map(|(name, n)| (name.as_str(), n % 2)).collect();
    let mut data = named(&examples, 2);
    let division = Division { validation: 0.25, test: 0.25, by: DivideBy::Group, seed: 5, ..Division::default() };
    let told = data.divide(&division).unwrap();
    assert!(told.contains("12 groups"), "{told}");
    assert_eq!(counts(&data), [30, 15, 15]);
    let persons = |split| -> HashSet<u32> { data.indices(split).into_iter().map(|n| n % 12).collect() };
    let all = [Split::Train, Split::Validation, Split::Test].map(persons);
    assert_eq!(all.iter().map(HashSet::len).sum::<usize>(), 12, "no person is in two splits: {all:?}");

    let folders = [("cat/a/1.png", 0), ("cat/a/2.png", 0), ("dog/a/1.png", 1), ("dog/b/1.png", 1), ("dog/9.png", 1)];
    let mut data = named(&folders, 2);
    (data.classes[0], data.classes[1]) = ("cat".into(), "dog".into());
    for seed in 0..20 {
        data.divide(&Division { rule: GroupRule::Folder, validation: 0.4, seed, ..division });
        assert!(data.splits[0] == data.splits[1] && data.splits[1] == data.splits[2], "{:?}", data.splits);
        assert_ne!(counts(&data)[0], 0);
    }
}

#[test]
fn a_single_group_is_not_held_out_and_a_note_says_so() {
    let mut data = named(&[("IMG_1.jpg", 0), ("IMG_2.jpg", 0), ("IMG_3.jpg", 0)], 1);
    let note = data.divide(&Division { validation: 0.5, by: DivideBy::Group, ..Division::default() });
    assert!(note.unwrap().contains("one group") && counts(&data) == [3, 0, 0]);
}

fn session(settings: &str) -> Session {
    Session::new(Config::parse(&format!("limit=120\nmodel=classifier-mlp\n{settings}")).unwrap()).unwrap()
}

#[test]
fn changes_by_hand_survive_a_new_division_and_can_be_undone() {
    let mut session = session("");
    let (labels, splits) = (session.data().labels.clone(), session.data().splits.clone());
    let moved = session.data().indices(Split::Validation)[0];
    session.drop_examples(vec![3, 4]).unwrap();
    session.move_to(vec![moved], Split::Train).unwrap();
    let told = session.relabel(vec![5, 6], 2).unwrap();
    assert_eq!(told.text, "2 images relabelled as heart");
    assert_eq!(session.data().labels[5..7], [2, 2]);
    let changed = session.data().clone();

    session.set("validation-split", "0.3").unwrap();
    assert_eq!(session.data().splits[3..5], [Split::Dropped; 2]);
    assert_eq!(session.data().splits[moved as usize], Split::Train);
    session.set("validation-split", "0.1").unwrap();
    assert_eq!(session.data(), &changed, "the division is the old one, with the changes applied");

    for _ in 0..5 {
        session.edit(&Command::Undo, false).unwrap();
    }
    assert_eq!((&session.data().labels, &session.data().splits), (&labels, &splits));
    assert!(session.by_hand().is_empty());
    for _ in 0..5 {
        session.edit(&Command::Redo, false).unwrap();
    }
    assert_eq!(session.data(), &changed);
}

#[test]
fn the_same_images_read_again_keep_the_changes_by_hand_and_others_do_not() {
    let mut session = session("");
    session.drop_examples(vec![3, 4]).unwrap();
    session.relabel(vec![5], 2).unwrap();
    let read = |session: &Session| {
        let mut dataset = session.data().clone();
        dataset.set_overrides(Overrides::default());
        Loaded { dataset, report: Report::default() }
    };
    let changed = session.data().clone();
    let told = session.use_data(read(&session)).unwrap();
    assert!(told.text.contains("120 images loaded at 32 × 32 in colour with the changes made by hand; "), "{told:?}");
    assert_eq!(session.data(), &changed);
    let mut other = read(&session);
    other.dataset.names[0] = "another".into();
    session.use_data(other).unwrap();
    assert!(session.by_hand().is_empty() && session.data().count(Split::Dropped) == 0);
}

#[test]
fn changes_of_the_data_are_journalled_and_repeated_before_the_same_step() {
    let clock = || 0.0;
    let mut first = session("epochs=0");
    first.step_once(&clock).unwrap();
    first.drop_examples(vec![1, 7, 20]).unwrap();
    first.relabel(vec![2], 0).unwrap();
    for _ in 0..3 {
        first.step_once(&clock).unwrap();
    }
    let mut second = session("epochs=0");
    second.follow(Journal::parse(&first.journal()).unwrap()).unwrap();
    for _ in 0..4 {
        second.step_once(&clock).unwrap();
    }
    assert_eq!(second.data(), first.data());
    assert_eq!(second.network().theta, first.network().theta);

    let mut other = session("limit=100");
    let error = other.apply_journal(&Journal::parse(&first.journal()).unwrap()).unwrap_err();
    assert!(error.to_string().contains("expected the 120 images that were edited, got 100"), "{error}");
}

#[test]
fn an_invalid_edit_of_the_data_changes_nothing() {
    let mut session = session("");
    let before = session.data().clone();
    let all: Vec<u32> = (0..120).collect();
    for (error, words) in [
        (session.relabel(vec![0], 8).unwrap_err(), "class: expected a number below 8, got 8"),
        (session.relabel(vec![0, 120], 1).unwrap_err(), "example: expected a number below 120, got 120"),
        (session.drop_examples(Vec::new()).unwrap_err(), "expected at least one"),
        (session.drop_examples(all).unwrap_err(), "expected at least one training image left"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
    assert_eq!(session.data(), &before);
}

#[test]
fn excluded_examples_are_neither_trained_on_nor_measured() {
    let mut session = session("");
    let held_out = session.data().indices(Split::Validation);
    let count = held_out.len();
    session.drop_examples(vec![held_out[0], 0]).unwrap();
    assert_eq!(session.evaluate(Split::Validation).unwrap().examples, count - 1);
    assert_eq!(session.data_summary().dropped, 2);
    assert_eq!(session.data().class_counts().iter().sum::<usize>(), 118);
}

#[test]
fn a_run_is_resumed_with_the_changes_by_hand() {
    let mut first = session("epochs=0");
    first.drop_examples(vec![1, 7, 20]).unwrap();
    first.relabel(vec![2], 0).unwrap();
    for _ in 0..3 {
        first.step_once(&|| 0.0).unwrap();
    }
    let checkpoint = safetensors::read(&first.checkpoint().unwrap()).unwrap();
    let mut second = session("epochs=0");
    second.resume(checkpoint).unwrap();
    assert_eq!(second.data(), first.data());
    for session in [&mut first, &mut second] {
        session.step_once(&|| 0.0).unwrap();
    }
    assert_eq!(second.network().theta, first.network().theta);
}
