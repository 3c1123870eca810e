//! The data check finds planted problems, and its fixes work; sound data have no findings.

use std::fs;

use crate::common::program::{Folder, number};
use crate::common::run_job;
use neurarium::config::Config;
use neurarium::data::audit::{DataAudit, Finding, FindingKind, SLICE};
use neurarium::data::{
    Dataset, Families, Frame, LoadOptions, Loaded, Loader, NumberTargets, Overrides, PictureTargets, Split,
};
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Audit, Session};
use neurarium::shape::Shape;

/// An image of `side` pixels made of 5 x 5 random patches, brightened by `brighter`, with this much grain.
fn patches(seed: u64, side: u32, brighter: u8, grain: u32) -> Vec<u8> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    let shades: Vec<u8> = (0..25).map(|_| 20 + rng.below(200) as u8).collect();
    let shade = |x: u32, y: u32| {
        let speck = (x * 7 + y * 13) % 5 * grain / 4;
        shades[(y * 5 / side * 5 + x * 5 / side) as usize] + brighter + speck as u8
    };
    png(image::GrayImage::from_fn(side, side, |x, y| image::Luma([shade(x, y)])))
}

fn png(picture: image::GrayImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// 30 sound images of each of two classes.
fn sound() -> Vec<(String, Vec<u8>)> {
    let name = |n: u64| format!("{}/p{}x.png", ["cat", "dog"][n as usize % 2], n);
    (0..60).map(|n| (name(n), patches(n, 40, 0, 0))).collect()
}

fn session(files: Vec<(String, Vec<u8>)>, settings: &str) -> Session {
    let mut loader = Loader::new("planted", LoadOptions { width: 40, height: 40, ..LoadOptions::default() });
    files.into_iter().for_each(|(path, bytes)| loader.push(path, bytes));
    let loaded: Loaded = loader.finish().unwrap();
    Session::with_data(Config::parse(&format!("model=classifier-mlp\n{settings}")).unwrap(), loaded).unwrap()
}

fn check(session: &mut Session) -> Vec<Finding> {
    run_job(session, Audit {});
    session.findings().to_vec()
}

fn kinds(findings: &[Finding]) -> Vec<FindingKind> {
    findings.iter().map(|finding| finding.kind).collect()
}

#[test]
fn sound_data_have_no_findings() {
    assert_eq!(check(&mut session(sound(), "")), []);
}

#[test]
fn a_copy_in_training_and_held_out_is_a_fault_and_the_training_copy_is_excluded() {
    let mut files = sound();
    files.push(("cat/z1.png".into(), patches(0, 40, 0, 0)));
    let mut session = session(files, "split-by=order");
    let findings = check(&mut session);
    assert_eq!(kinds(&findings), [FindingKind::Duplicates]);
    assert!(findings[0].text.contains("both trained on and held out"), "{}", findings[0].text);
    assert_eq!((findings[0].severity.name(), findings[0].count), ("fault", 1));
    session.fix(0, 0).unwrap();
    assert_eq!(session.data().indices(Split::Dropped), [0]);
    assert_eq!(check(&mut session), []);
}

#[test]
fn the_same_image_under_two_classes_is_a_fault() {
    let mut files = sound();
    files.push(("dog/z1.png".into(), patches(0, 40, 0, 0)));
    let mut session = session(files, "");
    let findings = check(&mut session);
    assert_eq!((kinds(&findings), findings[0].count), (vec![FindingKind::Contradiction], 2));
    session.fix(0, 0).unwrap();
    assert_eq!(check(&mut session), []);
}

#[test]
fn near_duplicates_are_moved_to_one_split() {
    let mut files = sound();
    files.push(("cat/z1.png".into(), patches(0, 40, 9, 0)));
    files.push(("cat/z2.png".into(), patches(2, 40, 0, 12)));
    let mut session = session(files, "split-by=order");
    let findings = check(&mut session);
    assert_eq!((kinds(&findings), findings[0].count), (vec![FindingKind::NearDuplicates], 2));
    assert_eq!(findings[0].groups.len(), 2);
    session.fix(0, 0).unwrap();
    let left = check(&mut session);
    assert!(left.len() == 1 && left[0].severity.name() == "note", "still alike, but apart no longer: {left:?}");
}

#[test]
fn blank_images_and_broken_files_are_found() {
    let mut files = sound();
    files.push(("cat/z1.png".into(), png(image::GrayImage::from_pixel(40, 40, image::Luma([200])))));
    let mut broken = patches(99, 40, 0, 0);
    broken.truncate(60);
    files.push(("dog/z2.png".into(), broken));
    files.push((".DS_Store".into(), vec![1, 2, 3]));
    let mut session = session(files, "");
    let findings = check(&mut session);
    assert_eq!(kinds(&findings), [FindingKind::Corrupt, FindingKind::Blank]);
    assert!(findings[0].count == 1 && findings[0].text.contains("dog/z2.png"), "{}", findings[0].text);
    session.fix(1, 0).unwrap();
    assert_eq!(kinds(&check(&mut session)), [FindingKind::Corrupt]);
}

#[test]
fn rare_classes_small_images_and_divided_groups_are_found_with_a_setting_that_fixes_them() {
    let mut files: Vec<_> = (0..60).map(|n| (format!("cat/p{n}x.png"), patches(n, 40, 0, 0))).collect();
    files.extend((100..108).map(|n| (format!("dog/p{n}x.png"), patches(n, 40, 0, 0))));
    let mut rare = session(files, "");
    assert_eq!(kinds(&check(&mut rare)), [FindingKind::Imbalance]);
    rare.fix(0, 0).unwrap();
    assert_eq!(rare.config().get("class-weights").unwrap(), "balanced");
    assert_eq!(check(&mut rare), []);

    let small = (0..60).map(|n| (format!("{}/p{n}x.png", ["cat", "dog"][n % 2]), patches(n as u64, 15, 0, 0)));
    let mut small = session(small.collect(), "");
    let findings = check(&mut small);
    assert_eq!(kinds(&findings), [FindingKind::Sizes]);
    assert!(findings[0].text.contains("60 are less than half that size"), "{}", findings[0].text);

    let name = |n: u64| format!("{}/person{}_{n:03}.png", ["cat", "dog"][n as usize % 2], n / 2 % 6);
    let mut torn = session((0..60).map(|n| (name(n), patches(n, 40, 0, 0))).collect(), "");
    let findings = check(&mut torn);
    assert_eq!(kinds(&findings), [FindingKind::Grouped]);
    torn.fix(0, 0).unwrap();
    assert_eq!(torn.config().get("split-by").unwrap(), "group");
    assert_eq!(check(&mut torn), []);
}

/// Images of 12 x 12 with pixels `shade(image, pixel)`.
fn many(count: usize, shade: impl Fn(usize, usize) -> u8) -> Dataset {
    let shape = Shape::from_whc(12, 12, 1);
    let pixels: Vec<u8> =
        (0..count).flat_map(|n| (0..144).map(move |at| (n, at))).map(|(n, at)| shade(n, at)).collect();
    Dataset {
        name: "many".into(),
        shape,
        pixels: pixels.into(),
        frames: vec![Frame::whole(shape); count],
        labels: Vec::new(),
        classes: Vec::new(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: (0..count).map(|n| if n % 10 == 0 { Split::Validation } else { Split::Train }).collect(),
        names: (0..count).map(|n| format!("film{}_{n:06}.png", n / 500)).collect(),
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    }
}

/// A pseudo-random number for each pixel of each image.
fn noise(n: usize, at: usize) -> u8 {
    let mixed = ((n * 144 + at) as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 56) as u8
}

/// The work of each slice.
fn slices(data: &Dataset) -> Vec<usize> {
    let mut audit = DataAudit::new(data);
    let (mut works, mut before) = (Vec::new(), 0);
    loop {
        match audit.advance(data).unwrap() {
            0 => return works,
            work => works.push(work),
        }
        let (done, total) = audit.progress();
        assert!(before <= done && done <= total, "{done} of {total} after {before}");
        before = done;
    }
}

#[test]
fn slices_stay_small_however_many_images_there_are() {
    const COUNT: usize = 30_000;
    par::with_threads(2, || {
        let flat = |n: usize, at: usize| 40 + (at * 5 % 97) as u8 + noise(n, at) / 64;
        let same = |_: usize, at: usize| (at * 5 % 97) as u8;
        let sets = [many(COUNT, noise), many(COUNT, flat), many(COUNT, same), many(COUNT, |_, _| 9)];
        for (number, data) in sets.iter().enumerate() {
            let works = slices(data);
            // The comparisons of one image are not divided.
            let most = 2 * SLICE + 4 * 8 * COUNT;
            let largest = works.iter().max().unwrap();
            assert!(*largest <= most, "set {number}: a slice of {largest}, at most {most}");
            let all: usize = works.iter().sum();
            let read = COUNT * data.shape.len();
            let sketched = if number == 3 { 0 } else { 64 * 256 * COUNT };
            assert!(read + sketched <= all, "set {number}: {all} of work cannot be all of it");
            // Copies and near copies of one image are done soon.
            assert!(number == 0 || all < 3 * 64 * 256 * COUNT, "set {number}: {all}");
        }
    });
}

#[test]
fn a_film_of_similar_images_is_one_group_with_its_copies() {
    let film = |n: usize, at: usize| 40 + (at * 5 % 97) as u8 + noise(n / 2, at) / 64;
    let data = many(2000, |n, at| if n < 1000 { film(n, at) } else { noise(n, at) });
    let mut audit = DataAudit::new(&data);
    while audit.advance(&data).unwrap() != 0 {}
    let context = neurarium::data::audit::AuditContext { by: Default::default(), balanced: true, fitted: true };
    let findings = audit.finish(&data, &Default::default(), context);
    let found = |kind| findings.iter().find(|finding| finding.kind == kind);
    assert_eq!(found(FindingKind::Duplicates).map(|found| found.count), Some(500));
    let near = found(FindingKind::NearDuplicates).expect("all are alike");
    assert_eq!((near.groups.len(), near.count), (1, 998), "all but the one that stays and its copy");
}

#[test]
fn the_command_writes_a_journal_that_training_applies() {
    let folder = Folder::new("doctor");
    let mut files = sound();
    files.push(("cat/z1.png".into(), patches(0, 40, 0, 0)));
    files.push(("cat/z3.png".into(), png(image::GrayImage::from_pixel(40, 40, image::Luma([9])))));
    for (path, bytes) in files {
        let path = folder.path("pictures").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let result =
        folder.result(&["doctor", "pictures", "journal=better.journal", "augment-rotation=20", "split-by=order"]);
    let told = |key: &str| number(&result, key) as usize;
    assert_eq!(
        [told("images"), told("findings"), told("duplicates"), told("blank"), told("grouped")],
        [62, 2, 1, 1, 0]
    );
    assert_eq!(folder.files("output"), ["augmented.png"]);
    let result = folder.result(&[
        "train",
        "journal=better.journal",
        "input-directory=pictures",
        "model=classifier-mlp",
        "epochs=1",
        "model-directory=m",
    ]);
    assert_eq!(number(&result, "edits"), 2.0);
}
