//! Pairs of images: which files are pairs, what is left out and why, sides of their own, streaming, augmentation, and
//! networks that learn from them.

use std::sync::Arc;

use neurarium::config::Config;
use neurarium::data::{
    Augment, Batch, Dataset, Flip, LoadOptions, Loaded, Loader, MemoryBudget, Pixels, Split, blurred, picture_as,
    read_dataset_file, toy,
};
use neurarium::network::Task;
use neurarium::par;
use neurarium::progress::Progress;
use neurarium::session::{Ability, Command, Evaluate, ExampleFilter, Session};
use neurarium::shape::Shape;

use crate::common::files::{ZipFile, idx, load, png, zip};
use crate::common::run_job;
use crate::common::storage::MemoryStorage;

/// A grey PNG of one shade.
fn plain(side: usize, shade: u8) -> Vec<u8> {
    png(side, side, 1, &vec![shade; side * side])
}

fn file(path: &str, shade: u8) -> (String, Vec<u8>) {
    (path.into(), plain(if path.contains("target") { 16 } else { 8 }, shade))
}

fn loaded(files: &[(&str, u8)]) -> Loaded {
    load(files.iter().map(|&(path, shade)| file(path, shade)).collect(), LoadOptions::default()).unwrap()
}

/// The shades of input and target of each example.
fn shades(data: &Dataset) -> Vec<(u8, u8)> {
    (0..data.len()).map(|index| (data.example(index)[0], data.pictures.of(index)[0])).collect()
}

#[test]
fn files_of_equal_names_in_both_folders_are_pairs_of_their_own_sizes() {
    let found = loaded(&[
        ("set/input/b.png", 1),
        ("set/input/a.x.png", 2),
        ("set/target/a.x.jpg", 12),
        ("set/target/b.bmp", 11),
    ]);
    let data = &found.dataset;
    assert_eq!(shades(data), [(2, 12), (1, 11)]);
    assert_eq!((data.shape, data.target_shape()), (Shape::from_whc(8, 8, 1), Some(Shape::from_whc(16, 16, 1))));
    assert_eq!((data.names.clone(), data.classes.len()), (vec!["a.x.png".to_string(), "b.png".into()], 0));
    assert_eq!((found.report.used, found.report.skipped_count), (2, 0));
    assert_eq!(found.report.notes, ["2 pairs: images of the same name in the folders input and target"]);
    let options =
        LoadOptions { width: 12, target_width: 20, target_height: 10, target_channels: 3, ..Default::default() };
    let files = [("input/a.png", 5), ("target/a.png", 15)].map(|(path, shade)| file(path, shade));
    let data = load(files.to_vec(), options).unwrap().dataset;
    assert_eq!((data.shape, data.target_shape()), (Shape::from_whc(12, 12, 1), Some(Shape::from_whc(20, 10, 3))));
    assert!(!data.pictures.frames[0].is_whole(data.pictures.shape), "a square image has margins in an oblong one");
}

#[test]
fn splits_and_classes_come_from_the_folders_around_or_below_the_sides() {
    let around = ["train/input/a.png", "train/target/a.png", "validation/input/a.png", "validation/target/a.png"];
    let below = ["input/train/a.png", "target/train/a.png", "input/val/a.png", "target/val/a.png"];
    for paths in [around, below] {
        let files: Vec<(&str, u8)> = paths.into_iter().zip([1, 11, 2, 12]).collect();
        let data = loaded(&files).dataset;
        assert_eq!((shades(&data), data.splits), (vec![(1, 11), (2, 12)], vec![Split::Train, Split::Validation]));
    }
    let data =
        loaded(&[("input/cat/a.png", 1), ("target/cat/a.png", 11), ("input/dog/a.png", 2), ("target/dog/a.png", 12)]);
    assert_eq!((data.dataset.labels, data.dataset.classes), (vec![0, 1], vec!["cat".to_string(), "dog".into()]));
}

#[test]
fn what_has_no_partner_is_left_out_with_one_line_each() {
    let found = loaded(&[
        ("input/a.png", 1),
        ("input/a.jpg", 2),
        ("input/alone.png", 3),
        ("beside.png", 4),
        ("target/a.png", 11),
        ("target/other.png", 12),
        ("target/sub/a.png", 13),
    ]);
    // By their paths a.jpg comes before a.png.
    assert_eq!(shades(&found.dataset), [(2, 11)]);
    let reasons: Vec<(&str, &str)> =
        found.report.skipped.iter().map(|skipped| (&*skipped.path, &*skipped.reason)).collect();
    assert_eq!(
        reasons,
        [
            ("beside.png", "beside the folders input and target, whose images are pairs"),
            ("input/a.png", "a second image of this name; input/a.jpg is used"),
            ("input/alone.png", "an input without a target of the same name"),
            ("target/other.png", "a target without an input of the same name"),
            ("target/sub/a.png", "a target without an input of the same name"),
        ]
    );
    assert_eq!(
        found.report.notes,
        [
            "1 pair: images of the same name in the folders input and target",
            "1 image of input has no partner in target and is left out",
            "2 images of target have no partners in input and are left out",
            "1 image has a name that is taken and is left out",
            "1 image is in neither folder and is left out",
        ]
    );
    assert_eq!((found.report.used, found.report.skipped_count), (1, 5));
}

#[test]
fn files_beside_the_sides_take_no_part_in_the_pairs() {
    let font = std::fs::read(std::path::Path::new("tests/data/fonts").join("plain.ttf")).unwrap();
    let plain = |paths: &[(&str, u8)]| paths.iter().map(|&(path, shade)| file(path, shade)).collect::<Vec<_>>();
    // A folder beside those of the pairs is no class, and neither are letters; IDX images are no inputs.
    let mut files = plain(&[("input/a.png", 1), ("target/a.png", 11), ("input/b.png", 2), ("target/b.png", 12)]);
    files.push(file("preview/x.png", 7));
    files.push(("input/c.ttf".into(), font.clone()));
    files.push(file("target/c.png", 13));
    files.push(("more-images-idx3-ubyte".into(), idx(&[2, 8, 8], &[9; 128])));
    let found = load(files, LoadOptions { width: 8, ..LoadOptions::default() }).unwrap();
    assert_eq!((shades(&found.dataset), found.dataset.classes.len()), (vec![(1, 11), (2, 12)], 0));
    assert_eq!((found.report.used, found.dataset.families.names.len()), (2, 0));
    // With class folders the classes are those of the pairs.
    let mut files = plain(&[("input/cat/a.png", 1), ("target/cat/a.png", 11), ("beside/x.png", 7)]);
    files.extend(plain(&[("input/dog/a.png", 2), ("target/dog/a.png", 12)]));
    files.push(("more-images-idx3-ubyte".into(), idx(&[2, 8, 8], &[9; 128])));
    let found = load(files, LoadOptions { width: 8, ..LoadOptions::default() }).unwrap();
    assert_eq!((shades(&found.dataset), found.dataset.labels.clone()), (vec![(1, 11), (2, 12)], vec![0, 1]));
    assert_eq!((found.report.used, found.dataset.classes), (2, vec!["cat".to_string(), "dog".into()]));
}

#[test]
fn a_batch_without_targets_keeps_none_of_those_before() {
    let pairs = loaded(&[("input/a.png", 1), ("target/a.png", 11)]).dataset;
    let images = loaded(&[("a.png", 3)]).dataset;
    let mut batch = Batch::default();
    pairs.batch(&[0], &mut batch);
    assert_eq!(batch.target.y.len(), 256);
    images.batch(&[0], &mut batch);
    assert_eq!((batch.target.y.len(), batch.target.mask.len()), (0, 0));
}

#[test]
fn images_that_are_added_are_held_out_as_if_all_had_come_together() {
    let (mut first, mut second) = (toy::shapes(40, 8, 1), toy::shapes(40, 8, 2));
    first.split(0.5, 1);
    second.splits[..10].fill(Split::Validation);
    second.has_validation = true;
    let joined = first.joined(&second).unwrap();
    // The split of the first set was drawn, and did not come with its files.
    assert_eq!((joined.count(Split::Validation), joined.indices(Split::Validation)[0]), (10, 40));
    let undivided = toy::shapes(40, 8, 1).joined(&second).unwrap();
    assert_eq!((joined.splits, joined.pixels), (undivided.splits, undivided.pixels));
}

#[test]
fn one_side_alone_is_read_as_images_and_no_common_name_is_one_sentence() {
    for (side, other) in [("input", "target"), ("target", "input")] {
        let files = [file(&format!("set/{side}/a.png"), 7), (format!("set/{other}/a.txt"), b"words".to_vec())];
        let found = load(files.to_vec(), LoadOptions::default()).unwrap();
        assert_eq!((found.dataset.len(), found.dataset.target_shape()), (1, None));
        let note = &found.report.notes[0];
        assert!(note.starts_with(&format!("all images are in folders {side}, and none in folders {other}")), "{note}");
        assert_eq!(found.report.used, 1);
    }
    // A class may be called target.
    let data = loaded(&[("ground/a.png", 1), ("target/a.png", 2)]).dataset;
    assert_eq!((data.classes.clone(), data.target_shape()), (vec!["ground".to_string(), "target".into()], None));
    let files = [file("input/a.png", 1), file("target/b.png", 2)];
    let failed = load(files.to_vec(), LoadOptions::default()).unwrap_err();
    assert_eq!(
        failed.error.to_string(),
        "test data: pairs: expected an image in a folder target of the same name as one in a folder input, got none"
    );
    assert_eq!(failed.report.skipped_count, 2);
}

#[test]
fn a_zip_may_have_its_targets_first_and_two_zips_may_be_the_sides() {
    let entry = |path: &str, shade| ZipFile::stored(path, &file(path, shade).1);
    let entries = [entry("p/target/a.png", 11), entry("p/input/a.png", 1)];
    let data = load(vec![("set.zip".into(), zip(&entries))], LoadOptions::default()).unwrap().dataset;
    assert_eq!((shades(&data), data.target_shape()), (vec![(1, 11)], Some(Shape::from_whc(16, 16, 1))));
    let side = |shade| zip(&[ZipFile::stored("a.png", &plain(8, shade))]);
    let files = vec![("input.zip".into(), side(1)), ("target.zip".into(), side(11))];
    assert_eq!(shades(&load(files, LoadOptions::default()).unwrap().dataset), [(1, 11)]);
}

/// Files of pairs whose two sides tell which pair they are of, colour coming late.
fn many(count: usize) -> Vec<(String, Vec<u8>)> {
    let coloured = |n: usize, side: usize| {
        let (shade, channels) = ((n % 250) as u8, if 3 * count < 4 * n { 3 } else { 1 });
        let mut pixels = vec![shade; side * side * channels];
        pixels[0] = 255 - shade;
        png(side, side, channels, &pixels)
    };
    let of =
        |folder: &'static str, side| move |n: usize| (format!("{folder}/{:04}.png", n * 37 % 1009), coloured(n, side));
    (0..count).map(of("input", 8)).chain((0..count).map(of("target", 12))).collect()
}

fn streamed(files: &[(String, Vec<u8>)], memory: usize, storage: &Arc<MemoryStorage>, stop: usize) -> Option<Loaded> {
    let options = LoadOptions::default();
    let mut fingerprint = options.fingerprint();
    files.iter().for_each(|(path, bytes)| fingerprint.add(path, bytes.len() as u64, 1));
    let budget = MemoryBudget { memory, files: files.len(), storage: Some((storage.clone(), fingerprint)) };
    let mut loader = Loader::with_budget("test data", options, budget).unwrap();
    let mut handed = 0;
    for (path, bytes) in files {
        if loader.knows(path, bytes.len() as u64) {
            continue;
        }
        if handed == stop {
            return None;
        }
        handed += 1;
        loader.push(path.clone(), bytes.clone());
        while handed % 20 == 0 && loader.pending() {
            loader.advance().unwrap();
        }
    }
    Some(loader.finish().unwrap())
}

#[test]
fn pairs_from_a_cache_file_are_those_in_memory_also_after_an_interruption() {
    let files = many(200);
    let in_memory = load(files.clone(), LoadOptions::default()).unwrap();
    assert_eq!((in_memory.dataset.len(), in_memory.dataset.shape.channels), (200, 3));
    for stop in [usize::MAX, 90, 310] {
        let storage = Arc::new(MemoryStorage::new(Vec::new()));
        if stop != usize::MAX {
            assert!(streamed(&files, 9000, &storage, stop).is_none());
        }
        for _ in 0..2 {
            let cached = streamed(&files, 9000, &storage, usize::MAX).unwrap();
            let (data, report) = (&cached.dataset, &cached.report);
            assert!(matches!((&data.pixels, &data.pictures.pixels), (Pixels::Cached(_), Pixels::Cached(_))));
            assert!(*data == in_memory.dataset, "stopped after {stop} files");
            assert_eq!((report.used, &report.notes), (200, &in_memory.report.notes));
            assert!(data.most_memory_bytes() <= 9000, "{}", data.most_memory_bytes());
        }
        // A complete cache file that fits into memory is loaded from it.
        let loaded = streamed(&files, 1 << 20, &storage, usize::MAX).unwrap();
        assert!(matches!(loaded.dataset.pictures.pixels, Pixels::Memory(_)) && loaded.dataset == in_memory.dataset);
    }
}

#[test]
fn pairs_are_kept_in_one_file_and_damage_is_noticed() {
    let mut data = blurred::blurred(6, 12, 1);
    data.pictures.frames[2].width = 7;
    let mut file = neurarium::data::DatasetFile::new(&data).unwrap();
    let mut bytes = Vec::new();
    loop {
        let part = file.part(&data, 1000);
        if part.is_empty() {
            break;
        }
        bytes.extend(part);
    }
    assert_eq!(bytes.len(), file.bytes());
    assert!(read_dataset_file(&bytes, &Progress::default()).unwrap() == data);
    for place in [bytes.len() - 5, bytes.len() / 2] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 1;
        assert!(read_dataset_file(&damaged, &Progress::default()).is_err());
    }
}

#[test]
fn a_limit_and_a_split_never_part_a_pair() {
    let mut data = load(many(60), LoadOptions { limit: 25, ..LoadOptions::default() }).unwrap().dataset;
    data.split(0.3, 3);
    assert_eq!((data.len(), data.count(Split::Validation)), (25, 8));
    let mut batch = Batch::default();
    data.batch(&data.indices(Split::Validation), &mut batch);
    for (x, y) in batch.x.chunks(data.shape.len()).zip(batch.target.y.chunks(data.pictures.shape.len())) {
        assert_eq!((x[0], x[4]), (y[0], y[4]));
    }
}

/// Pairs in which the target is the input at twice the size: whatever moves one must move the other.
#[test]
fn augmentation_moves_both_pictures_alike_and_disturbs_the_input_alone() {
    let mut data = blurred::blurred(8, 40, 2);
    let large = data.resized(Shape::from_whc(80, 40, 3), None).unwrap();
    // The target is twice as wide, so a rotation shears it.
    data.pictures.shape = large.shape;
    data.pictures.frames = large.frames.iter().map(|_| neurarium::data::Frame::whole(large.shape)).collect();
    let stretched = (0..data.len()).flat_map(|index| {
        let x: Vec<f32> = data.example(index).iter().map(|&byte| f32::from(byte) / 255.0).collect();
        let y = picture_as(&x, data.shape, large.shape).unwrap();
        y.iter().map(|y| (y * 255.0).round() as u8).collect::<Vec<u8>>()
    });
    data.pictures.pixels = stretched.collect::<Vec<u8>>().into();
    let indices: Vec<u32> = (0..8).collect();
    let moved = Augment { flip: Flip::Both, rotation: 40.0, shift: 0.2, zoom: 0.3, ..Augment::default() };
    let disturbed = Augment { brightness: 0.3, contrast: 0.3, noise: 0.2, cutout: 0.4, ..moved };
    let changed = |augment: Augment| {
        let mut batch = Batch::default();
        data.batch(&indices, &mut batch);
        augment.apply(&mut batch, &indices, &data, 9);
        batch
    };
    let (before, after) = (changed(Augment::default()), changed(moved));
    let mut far = 0.0f32;
    for n in 0..8 {
        let (x, y) = (&after.x[n * 4800..][..4800], &after.target.y[n * 9600..][..9600]);
        let small = picture_as(y, large.shape, data.shape).unwrap();
        let error: f32 = small.iter().zip(x).map(|(a, b)| (a - b).abs()).sum::<f32>() / 4800.0;
        let moved: f32 = before.x[n * 4800..][..4800].iter().zip(x).map(|(a, b)| (a - b).abs()).sum::<f32>() / 4800.0;
        assert!(error < 0.02, "example {n}: {error}");
        far = far.max(moved);
    }
    assert!(far > 0.1, "nothing moved");
    let noisy = changed(disturbed);
    assert!(noisy.x != after.x && noisy.target == after.target);
}

fn session(settings: &str) -> Session {
    let sizes = "width=16\nheight=16\ntarget-width=16\ntarget-height=16";
    Session::new(Config::parse(&format!("sample=blurred\nlimit=200\n{sizes}\n{settings}")).unwrap()).unwrap()
}

#[test]
fn pairs_are_learnt_by_a_unet_unless_another_model_is_chosen() {
    let of = |settings: &str| session(settings).model_summary();
    assert_eq!((of("").preset.as_str(), of("").task), ("unet", Task::ImageToImage));
    assert_eq!(of("model=autoencoder").task, Task::Autoencoder);
    let mut session = session("");
    assert!(session.run().abilities().contains(&Ability::Translate));
    assert_eq!(session.data_summary().kinds[3], "unet");
    // Other images bring the usual model back, and the pairs the U-Net.
    session.set("sample", "shapes").unwrap();
    session.use_sample().unwrap();
    assert_eq!((session.model_summary().preset.as_str(), session.data_summary().target), ("autoencoder", None));
    session.set("sample", "blurred").unwrap();
    session.use_sample().unwrap();
    assert_eq!(session.model_summary().preset, "unet");
    let error = session.set("model", "classifier-cnn").map(|_| session.model_summary().task);
    assert_eq!(error, Ok(Task::Classifier));
}

#[test]
fn a_short_training_beats_the_identity_and_is_measured_beside_it() {
    let mut session = session("limit=400\nepochs=8");
    while session.recorder().evaluations().len() < 8 {
        session.step_once(&|| 0.0).unwrap();
    }
    run_job(&mut session, Evaluate { split: Split::Validation });
    let figures = session.measurement(Split::Validation).unwrap().figures;
    let (psnr, identity) = (figures.psnr.unwrap(), figures.identity.unwrap());
    println!("PSNR {psnr:.2} dB, of the inputs {identity:.2} dB");
    assert!(identity + 2.0 < psnr, "{psnr} dB, the inputs {identity} dB");
    assert!(figures.ssim.unwrap() > 0.9 && figures.accuracy.is_none(), "{figures:?}");
    let points = session.recorder().evaluations();
    let last = points.last().unwrap().evaluation;
    assert!((last.identity.unwrap() - identity).abs() < 1e-9 && (last.psnr.unwrap() - psnr).abs() < 1e-9);
    let (_, worst) = session.worst(Split::Validation, ExampleFilter::default(), 0, 5);
    let view = session.viewer().example(worst[0].example as usize).unwrap();
    assert!((view.psnr.unwrap() - f64::from(worst[0].psnr.unwrap())).abs() < 1e-3);
    assert!((view.identity.unwrap() - f64::from(worst[0].identity.unwrap())).abs() < 1e-3);
    assert_eq!(
        [&view.target, &view.output, &view.difference].map(|picture| picture.as_ref().unwrap().len()),
        [1024; 3]
    );
}

/// Odd sizes, a target of another size and other channels, with padding, from memory and streamed.
#[test]
fn any_sizes_train_with_equal_bits_on_any_number_of_threads_and_streamed() {
    let colour = |n: usize, width: usize, height: usize| {
        let value = |at: usize| (at * (n + 3) % 251) as u8;
        png(width, height, 3, &(0..width * height * 3).map(value).collect::<Vec<u8>>())
    };
    let files: Vec<(String, Vec<u8>)> = (0..24)
        .flat_map(|n| {
            [(format!("input/{n:02}.png"), colour(n, 21, 18)), (format!("target/{n:02}.png"), colour(n, 9, 20))]
        })
        .collect();
    for (sizes, wanted) in [
        ("width=19\nheight=23\ntarget-width=33\ntarget-height=17\ntarget-channels=1", [(19, 23, 3), (33, 17, 1)]),
        ("width=40\nheight=34\nchannels=1\ntarget-width=9\ntarget-height=7", [(40, 34, 1), (9, 7, 3)]),
        ("width=5\nheight=3\ntarget-width=5\ntarget-height=3", [(5, 3, 3), (5, 3, 3)]),
    ] {
        let config = Config::parse(&format!("{sizes}\nbatch-size=8\naugment-rotation=20\ndenoise=0.1")).unwrap();
        let load = |memory: usize| {
            let mut fingerprint = config.load_options().fingerprint();
            files.iter().for_each(|(path, bytes)| fingerprint.add(path, bytes.len() as u64, 1));
            let storage = Arc::new(MemoryStorage::new(Vec::new()));
            let budget = MemoryBudget { memory, files: files.len(), storage: Some((storage, fingerprint)) };
            let mut loader = Loader::with_budget("odd", config.load_options(), budget).unwrap();
            files.iter().for_each(|(path, bytes)| loader.push(path.clone(), bytes.clone()));
            loader.finish().unwrap()
        };
        let run = |threads: usize, memory: usize| {
            par::with_threads(threads, || {
                let mut session = Session::with_data(config.clone(), load(memory)).unwrap();
                while session.recorder().last_evaluation().is_none() {
                    session.step_once(&|| 0.0).unwrap();
                }
                let evaluation = session.recorder().last_evaluation().unwrap().evaluation;
                (session.network().theta.clone(), session.network().output(), evaluation)
            })
        };
        let one = run(1, 1 << 20);
        assert_eq!(one.1, Shape::from_whc(wanted[1].0, wanted[1].1, wanted[1].2));
        assert!(one.2.identity.is_some_and(f64::is_finite));
        for (threads, memory) in [(2, 1 << 20), (3, 1 << 20), (1, 4000), (3, 4000)] {
            assert!(run(threads, memory) == one, "{sizes}: {threads} threads, {memory} bytes");
        }
    }
}

#[test]
fn a_run_on_pairs_is_resumed_to_the_bit_and_its_model_wants_pairs() {
    let mut straight = session("epochs=3");
    let mut first = session("epochs=3");
    for _ in 0..23 {
        straight.step_once(&|| 0.0).unwrap();
        first.step_once(&|| 0.0).unwrap();
    }
    let checkpoint = first.checkpoint().unwrap();
    let mut second = session("epochs=3");
    second.resume(second.read(&checkpoint).unwrap()).unwrap();
    for _ in 0..12 {
        straight.step_once(&|| 0.0).unwrap();
        second.step_once(&|| 0.0).unwrap();
    }
    assert_eq!(second.network().theta, straight.network().theta);

    // Opened beside images without targets, it shows what it makes of them and says what it would learn from.
    let mut other = Session::new(Config::parse("limit=20").unwrap()).unwrap();
    other.open(&straight.save().unwrap()).unwrap();
    assert_eq!(other.model_summary().task, Task::ImageToImage);
    let view = other.viewer().example(3).unwrap();
    assert!(view.output.is_some() && view.psnr.is_none() && view.target.is_none());
    let error = other.step_once(&|| 0.0).unwrap_err().to_string();
    assert_eq!(
        error,
        "coloured shapes: expected pairs of images with targets of 16 x 16 x 3, got images without targets"
    );
    // With pairs of another size, these are resized to both of its sides.
    let mut pairs = Session::new(
        Config::parse("sample=blurred\nlimit=20\nwidth=24\nheight=24\ntarget-width=24\ntarget-height=24").unwrap(),
    )
    .unwrap();
    pairs.open(&straight.save().unwrap()).unwrap();
    assert_eq!(pairs.data().target_shape(), Some(Shape::from_whc(16, 16, 3)));
    pairs.step_once(&|| 0.0).unwrap();
}

#[test]
fn losses_of_pairs_are_those_between_pictures() {
    for loss in ["mse", "l1", "huber", "bce"] {
        let mut session = session(&format!("limit=40\nloss={loss}"));
        session.step_once(&|| 0.0).unwrap();
        assert!(session.recorder().points()[0].loss.is_finite(), "{loss}");
    }
    let mut session = session("limit=40");
    assert!(
        session.set("loss", "cross-entropy").unwrap_err().to_string().contains("for a network that outputs images")
    );
    session.set("loss", "l1").unwrap();
    session.step_once(&|| 0.0).unwrap();
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.model_summary().loss, "mse");
}
