//! Fonts as data: letters are distance fields of their outlines, faces that cannot be used are listed with the reason, and
//! families stay together. The fonts of tests/data/fonts are described there.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::common::files::{bytes_of, checksum, load, mutated};
use crate::common::storage::MemoryStorage;
use neurarium::data::letters::{self, LetterFrame, letter_name};
use neurarium::data::{
    Dataset, Division, Families, FileDecoder, Fingerprint, LoadOptions, Loaded, Loader, MemoryBudget, Pixels, Split,
};
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

fn font(name: &str) -> Vec<u8> {
    fs::read(Path::new("tests/data/fonts").join(name)).unwrap()
}

const ALL: [&str; 12] = [
    "plain.ttf",
    "plain.otf",
    "plain.woff",
    "plain.woff2",
    "varied.ttf",
    "two.ttc",
    "small-capitals.ttf",
    "lacking.ttf",
    "wide.ttf",
    "blank.ttf",
    "signs.ttf",
    "nested.ttf",
];

fn files(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    names.iter().map(|name| (name.to_string(), font(name))).collect()
}

fn all() -> Loaded {
    load(files(&ALL), LoadOptions::default()).unwrap()
}

#[test]
fn letters_of_all_faces_are_examples_and_the_rest_is_listed_with_reasons() {
    let Loaded { dataset, report } = all();
    let faces = [
        "Plain Heavy",
        "Plain Regular",
        "Packed Regular",
        "Packed Better Regular",
        "Pair Regular",
        "Varied Regular",
        "Varied Thin",
        "Varied Black",
    ];
    assert_eq!(dataset.faces(), faces);
    assert_eq!((dataset.len(), report.used, report.files), (8 * 52, 8 * 52, 12));
    assert_eq!((dataset.shape.width, dataset.shape.height, dataset.shape.channels), (36, 36, 1));
    let classes: String = dataset.classes.concat();
    assert_eq!(classes, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    assert!(dataset.labels.chunks(52).all(|face| face.iter().copied().eq(0..52)));
    assert_eq!((&*dataset.names[0], &*dataset.names[51]), ("Plain Heavy/capital A", "Plain Heavy/small z"));
    let reasons: HashMap<&str, &str> = report.skipped.iter().map(|one| (&*one.path, &*one.reason)).collect();
    let expected = [
        ("small-capitals.ttf", "its small letters have the shapes of its capitals"),
        ("lacking.ttf", "it lacks letters: Qq"),
        ("wide.ttf", "W leaves the frame"),
        ("blank.ttf", "k is blank"),
        ("nested.ttf", "A has no outline"),
        ("signs.ttf", "a font of signs and pictures, not of letters"),
        ("two.ttc (Copy of Plain Regular)", "a near copy of Plain Regular (plain.ttf)"),
    ];
    for (path, reason) in expected {
        assert_eq!(reasons.get(path), Some(&reason), "{path}");
    }
    assert_eq!(report.skipped_count, 7);
    assert!(report.notes.contains(&"8 faces of 5 families, 52 letters each".to_string()), "{:?}", report.notes);
}

#[test]
fn letters_do_not_depend_on_the_order_of_the_files_or_the_number_of_threads() {
    let dataset = all().dataset;
    let turned: Vec<_> = files(&ALL).into_iter().rev().collect();
    let other = load(turned, LoadOptions::default()).unwrap();
    assert_eq!(other.dataset, dataset);
    for threads in [1, 3] {
        let other = par::with_threads(threads, all);
        assert_eq!(other.dataset, dataset);
    }
}

/// The outline as many points in pixels, contour by contour.
struct Dotted {
    contours: Vec<Vec<(f64, f64)>>,
    scale: f64,
    ascent: f64,
}

/// Points along a curve: enough for a pixel of any letter.
const DOTS: usize = 400;

impl Dotted {
    fn place(&self, x: f32, y: f32) -> (f64, f64) {
        (9.0 + f64::from(x) * self.scale, 2.0 + (self.ascent - f64::from(y)) * self.scale)
    }

    fn curve(&mut self, at: impl Fn(f64) -> (f64, f64)) {
        let contour = self.contours.last_mut().unwrap();
        contour.extend((1..=DOTS).map(|dot| at(dot as f64 / DOTS as f64)));
    }

    fn now(&self) -> (f64, f64) {
        *self.contours.last().unwrap().last().unwrap()
    }
}

fn mix(a: (f64, f64), b: (f64, f64), t: f64) -> (f64, f64) {
    (a.0 + t * (b.0 - a.0), a.1 + t * (b.1 - a.1))
}

impl OutlinePen for Dotted {
    fn move_to(&mut self, x: f32, y: f32) {
        self.contours.push(vec![self.place(x, y)]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        let (a, b) = (self.now(), self.place(x, y));
        self.curve(|t| mix(a, b, t));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (a, b, c) = (self.now(), self.place(cx, cy), self.place(x, y));
        self.curve(|t| mix(mix(a, b, t), mix(b, c, t), t));
    }
    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let (a, b, c, d) = (self.now(), self.place(ax, ay), self.place(bx, by), self.place(x, y));
        self.curve(|t| {
            let (ab, bc, cd) = (mix(a, b, t), mix(b, c, t), mix(c, d, t));
            mix(mix(ab, bc, t), mix(bc, cd, t), t)
        });
    }
    fn close(&mut self) {
        let (a, b) = (self.now(), self.contours.last().unwrap()[0]);
        self.curve(|t| mix(a, b, t));
    }
}

impl Dotted {
    fn edges(&self) -> impl Iterator<Item = ((f64, f64), (f64, f64))> {
        self.contours.iter().flat_map(|contour| contour.windows(2)).map(|ends| (ends[0], ends[1]))
    }

    fn is_inside(&self, (x, y): (f64, f64)) -> bool {
        let crossings = self.edges().filter(|(a, b)| (a.1 <= y) != (b.1 <= y));
        let right = crossings.filter(|(a, b)| x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0));
        right.map(|(a, b)| if a.1 < b.1 { 1 } else { -1 }).sum::<i32>() != 0
    }

    /// The signed distance of each pixel: the nearest dot that has inside on one side and outside on the other.
    fn distances(&self) -> Vec<f64> {
        let border: Vec<(f64, f64)> = self
            .edges()
            .filter_map(|(a, b)| {
                let (dx, dy) = (b.0 - a.0, b.1 - a.1);
                let length = dx.hypot(dy);
                let middle = mix(a, b, 0.5);
                let side = |by: f64| self.is_inside((middle.0 - dy / length * by, middle.1 + dx / length * by));
                (0.0 < length && side(1e-3) != side(-1e-3)).then_some(middle)
            })
            .collect();
        let distance = |pixel: usize| {
            let at = ((pixel % 36) as f64 + 0.5, (pixel / 36) as f64 + 0.5);
            let far = border.iter().map(|dot| (dot.0 - at.0).hypot(dot.1 - at.1)).fold(f64::INFINITY, f64::min);
            if self.is_inside(at) { far } else { -far }
        };
        (0..36 * 36).map(distance).collect()
    }
}

#[test]
fn greys_are_the_distances_of_a_plain_twin() {
    for (name, letters) in [("plain.ttf", "Aeg"), ("plain.otf", "BSo"), ("varied.ttf", "Rk")] {
        let bytes = font(name);
        let face = &letters::read_faces(&bytes, LetterFrame::default()).unwrap().faces[0];
        let font = FontRef::new(&bytes).unwrap();
        let metrics = font.metrics(Size::unscaled(), LocationRef::default());
        let (ascent, descent) = (f64::from(metrics.ascent), f64::from(metrics.descent));
        for letter in letters.chars() {
            let mut dotted = Dotted { contours: Vec::new(), scale: 25.0 / (ascent - descent), ascent };
            let glyph = font.outline_glyphs().get(font.charmap().map(letter).unwrap()).unwrap();
            glyph.draw(DrawSettings::unhinted(Size::unscaled(), LocationRef::default()), &mut dotted).unwrap();
            let class = if letter.is_uppercase() { letter as usize - 65 } else { letter as usize - 97 + 26 };
            let greys = &face.pixels[class * 1296..][..1296];
            for (pixel, (&grey, distance)) in greys.iter().zip(dotted.distances()).enumerate() {
                let expected = (220.0 + 15.0 * distance).clamp(0.0, 255.0);
                // Half a level is rounding.
                assert!(
                    (f64::from(grey) - expected).abs() <= 1.0,
                    "{name} {letter}, pixel {pixel}: {grey}, {expected}"
                );
            }
            assert!(greys.iter().any(|&grey| 220 < grey) && greys.contains(&0), "{name} {letter}");
        }
    }
}

#[test]
fn letters_are_drawn_in_the_size_that_is_asked_for() {
    let face = |width, height| {
        letters::read_faces(&font("plain.ttf"), LetterFrame { width, height }).unwrap().faces.remove(0).pixels
    };
    let (small, large, wide) = (face(36, 36), face(72, 72), face(46, 36));
    for (pixel, &grey) in small.iter().enumerate() {
        let (x, y) = (pixel % 36, pixel / 36);
        let four = [0, 1, 72, 73].map(|more| f64::from(large[2 * y * 72 + 2 * x + more]));
        let mean = four.iter().sum::<f64>() / 4.0;
        assert!((mean - f64::from(grey)).abs() <= 6.0, "pixel {pixel}: {mean} {grey}");
        assert_eq!(wide[y * 46 + x + 5], grey, "the frame is in the middle");
    }
    let options = LoadOptions { width: 20, height: 20, channels: 3, ..LoadOptions::default() };
    let set = load(files(&["plain.ttf"]), options).unwrap().dataset;
    assert_eq!((set.shape.width, set.shape.channels), (20, 3));
}

/// The splits in which the examples of a family are.
fn splits_of(data: &Dataset, family: &str) -> Vec<Split> {
    let mut splits: Vec<Split> = (0..data.len())
        .filter(|&index| data.families.of(index) == Some(family))
        .map(|index| data.splits[index])
        .collect();
    splits.dedup();
    splits
}

#[test]
fn families_are_held_out_as_a_whole() {
    let mut data = all().dataset;
    for seed in 1..8 {
        let note = data.divide(&Division { validation: 0.25, test: 0.2, seed, ..Division::default() });
        assert_eq!(note.unwrap(), "families of faces are kept together: 5 families, the largest with 3 faces");
        for family in ["Plain", "Packed", "Packed Better", "Pair", "Varied"] {
            assert_eq!(splits_of(&data, family).len(), 1, "seed {seed}, {family}");
        }
        for split in [Split::Train, Split::Validation, Split::Test] {
            assert!(0 < data.count(split), "seed {seed}");
        }
    }
    let mut alone = load(files(&["plain.ttf", "plain.otf"]), LoadOptions::default()).unwrap().dataset;
    let note = alone.divide(&Division { validation: 0.25, ..Division::default() }).unwrap();
    assert_eq!(note, "all faces are of one family, so none are held out; add faces of other families");
    let more = load(files(&["plain.otf", "two.ttc"]), LoadOptions::default()).unwrap();
    let joined = more.joined(&all()).unwrap();
    assert_eq!((joined.dataset.faces().len(), joined.dataset.families.names.len()), (11, 6));
    assert_eq!(joined.dataset.families.of(11 * 52 - 1), Some("Varied"));
    let mut limited = data.clone();
    limited.take(100, 1);
    assert_eq!(limited.families.numbers.len(), limited.len());
    assert!((0..limited.len()).all(|index| limited.names[index].starts_with(limited.families.of(index).unwrap())));
}

#[test]
fn decoders_of_their_own_and_a_cache_give_the_same_letters() {
    let Loaded { dataset, report } = all();
    let mut loader = Loader::new("test data", LoadOptions::default());
    for (path, bytes) in files(&ALL) {
        loader.count(bytes.len() as u64);
        let mut decoder = FileDecoder::open(&path, bytes);
        let decoded = decoder.decode(0, &loader.decode_options()).unwrap();
        loader.push_decoded(decoded, false);
        while loader.pending() {
            loader.advance().unwrap();
        }
    }
    let apart = loader.finish().unwrap();
    assert_eq!((&apart.dataset, &apart.report), (&dataset, &report));

    let storage = Arc::new(MemoryStorage::new(Vec::new()));
    for reused in [0, 8 * 52] {
        let budget = MemoryBudget {
            memory: 60_000,
            files: ALL.len(),
            storage: Some((storage.clone(), Fingerprint::new("letters"))),
        };
        let mut loader = Loader::with_budget("test data", LoadOptions::default(), budget).unwrap();
        for (path, bytes) in files(&ALL) {
            if !loader.knows(&path, bytes.len() as u64) {
                loader.push(path, bytes);
            }
            while loader.pending() {
                loader.advance().unwrap();
            }
        }
        let cached = loader.finish().unwrap();
        assert!(matches!(cached.dataset.pixels, Pixels::Cached(_)));
        assert_eq!(bytes_of(&cached.dataset), bytes_of(&dataset));
        assert_eq!((&cached.dataset.families, &cached.dataset.names), (&dataset.families, &dataset.names));
        assert!(reused <= cached.report.reused && (cached.report.reused == 0) == (reused == 0));
    }
}

#[test]
fn damaged_fonts_cost_one_sentence_each() {
    for name in ["plain.ttf", "plain.otf", "plain.woff", "plain.woff2", "varied.ttf", "two.ttc"] {
        let whole = font(name);
        let cut = (0..whole.len()).step_by(whole.len() / 20).map(|len| whole[..len].to_vec());
        let changed = (0..60).map(|round| mutated(&whole, &mut Rng::new(round, Purpose::Test, whole.len() as u64)));
        let damaged = cut.chain(changed).enumerate().map(|(number, bytes)| (format!("{number:03} {name}"), bytes));
        let files = damaged.chain([("good.otf".into(), font("plain.otf"))]).collect();
        let Loaded { dataset, report } = load(files, LoadOptions::default()).unwrap();
        assert!(report.skipped.iter().all(|one| !one.reason.is_empty() && !one.reason.contains('\n')), "{name}");
        assert!(52 <= dataset.len() && 20 <= report.skipped_count, "{name}");
    }
}

/// Without the guard that the loader has against decoders that panic.
#[test]
#[ignore = "minutes"]
fn a_hundred_thousand_damaged_fonts_do_not_panic() {
    let names =
        ["plain.ttf", "plain.otf", "plain.woff", "plain.woff2", "varied.ttf", "two.ttc", "nested.ttf", "signs.ttf"];
    let frame = LetterFrame { width: 8, height: 8 };
    let (mut drawn, mut refused) = (0, 0);
    for name in names {
        let whole = font(name);
        let rounds: Vec<u64> = (0..12_500).collect();
        let read = par::map(&rounds, |&round| {
            let bytes = mutated(&whole, &mut Rng::new(round, Purpose::Test, 1 + whole.len() as u64));
            let result = std::panic::catch_unwind(|| letters::read_faces(&bytes, frame));
            result.unwrap_or_else(|_| panic!("{name}, round {round}"))
        });
        for file in read {
            match file {
                Ok(file) if !file.faces.is_empty() => drawn += 1,
                _ => refused += 1,
            }
        }
    }
    println!("{drawn} of 100000 damaged fonts still gave letters, {refused} were refused");
    assert_eq!(drawn + refused, 100_000);
    assert!(10_000 < drawn && 10_000 < refused, "{drawn} drawn");
}

#[test]
fn claims_of_a_font_are_not_believed() {
    let reason = |bytes: Vec<u8>| {
        let failed = load(vec![("font.ttf".into(), bytes)], LoadOptions::default()).unwrap_err();
        failed.report.skipped[0].reason.clone()
    };
    let mut woff = font("plain.woff");
    woff[44 + 12..44 + 16].fill(0xff); // the first table claims 4 GiB
    assert_eq!(reason(woff), "a WOFF font that is damaged or too large");
    let mut woff2 = font("plain.woff2");
    woff2[16..20].fill(0xff);
    assert_eq!(reason(woff2), "a WOFF2 font: expected at most 64 MiB unpacked, got 4294967295 bytes");
    let mut collection = font("two.ttc");
    collection[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(reason(collection).starts_with("a font that cannot be read"));
    let mut tables = font("plain.ttf");
    tables[4..6].fill(0xff);
    assert!(!reason(tables).is_empty());
    assert!(reason(b"OTTO".to_vec()).starts_with("a font that cannot be read"));
}

#[test]
fn near_copies_are_chains_of_one_face() {
    let pixels = |shift: u8| -> Vec<u8> { (0..52 * 1296).map(|at| (at % 200) as u8 + shift).collect() };
    let mark = |name: &str, shift| {
        letters::FaceMark::new(name.into(), String::new(), false, LetterFrame::default(), &pixels(shift))
    };
    let marks = [mark("a", 0), mark("b", 9), mark("c", 0), mark("d", 9), mark("e", 40)];
    let copies = letters::near_copies(&marks.iter().collect::<Vec<_>>());
    assert_eq!(copies, [None, None, Some(0), Some(1), None]);
}

#[test]
fn the_built_in_alphabet_has_the_same_bytes_on_any_number_of_threads() {
    let frame = LetterFrame::default();
    let set = letters::alphabet(12, frame, 1);
    assert_eq!((set.len(), set.classes.len(), set.shape.len()), (12 * 52, 52, 1296));
    for threads in [1, 2, 3] {
        assert_eq!(par::with_threads(threads, || letters::alphabet(12, frame, 1)), set);
    }
    let small = letters::alphabet(3, frame, 1);
    assert_eq!(bytes_of(&small), bytes_of(&set)[..3 * 52 * 1296], "a larger alphabet begins with the smaller");
    assert_ne!(bytes_of(&letters::alphabet(3, frame, 2)), bytes_of(&small));
    assert_eq!(checksum(&bytes_of(&small)), ALPHABET, "the letters have changed");
    assert_eq!(set.families.of(52), Some("Face 2"));
    assert_eq!(set.names[26], format!("Face 1/{}", letter_name(26)));
    let rim =
        |letter: &[u8]| (0..36).any(|at| [at, 35 * 36 + at, 36 * at, 36 * at + 35].iter().any(|&at| 220 < letter[at]));
    let bytes = bytes_of(&letters::alphabet(150, frame, 1));
    for (number, letter) in bytes.chunks(1296).enumerate() {
        // The thinnest strokes may be between two rows of pixels.
        assert!(!rim(letter) && letter.iter().any(|&grey| 215 < grey), "letter {number} leaves the frame or is blank");
    }
}

/// The checksum of three faces with seed 1.
const ALPHABET: u64 = 4_716_708_140_276_034_673;

#[test]
fn families_are_numbered_as_they_come() {
    let found = Families::new([Some("a"), None, Some("b"), Some("a")].into_iter());
    assert_eq!((found.of(0), found.of(1), found.of(2), found.of(3)), (Some("a"), None, Some("b"), Some("a")));
    assert!(Families::new([None, None].into_iter()).is_empty());
}

#[test]
#[cfg_attr(not(shared_data = "fonts"), ignore = "needs ../shared/data/fonts")]
fn every_shared_face_is_used_or_listed() {
    let folder = Path::new("../shared/data/fonts/faces");
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let read = |name: &std::ffi::OsString| (name.to_string_lossy().into_owned(), fs::read(folder.join(name)).unwrap());
    let Loaded { dataset, report } = load(names.iter().map(read).collect(), LoadOptions::default()).unwrap();
    let left_out: Vec<String> = report.skipped.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect();
    let used = dataset.len() / 52;
    assert_eq!((names.len(), dataset.len() % 52), (295, 0));
    assert!(200 <= used && 295 <= used + report.skipped_count, "{left_out:#?}");
    for name in ["go-smallcaps__regular", "bebas-neue__regular"] {
        assert!(left_out.iter().any(|line| line.starts_with(name)), "{name}: {left_out:#?}");
    }
}
