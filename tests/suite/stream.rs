//! Streaming: examples in a cache file give the same numbers as examples in memory, and nothing is lost on the way.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::common::files::{ZipFile, bytes_of, gzip, idx, load, png, zip};
use crate::common::storage::MemoryStorage;
use crate::common::{resources, run_job};
use neurarium::config::Config;
use neurarium::data::{
    Dataset, ImageCache, LoadOptions, Loaded, Loader, MemoryBudget, Pixels, Report, Split, Storage, toy,
};
use neurarium::loss::Loss;
use neurarium::metrics::Evaluation;
use neurarium::network::{Task, preset};
use neurarium::optim::{Method, Optim};
use neurarium::par;
use neurarium::schedule::Schedule;
use neurarium::session::{Encode, PlanMemory, Resources, Session};
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;

fn shapes(count: usize) -> Dataset {
    let mut data = toy::shapes(count, 16, 1);
    data.split(0.2, 1);
    data
}

/// The same examples in a storage, in another order, with gaps between them.
fn streamed(data: &Dataset, cap: usize) -> (Dataset, Arc<MemoryStorage>) {
    let (len, gap) = (data.shape.len(), 7);
    let mut bytes = Vec::new();
    let mut places = vec![0; data.len()];
    for index in (0..data.len()).rev() {
        places[index] = bytes.len() as u64;
        bytes.extend_from_slice(&data.example(index));
        bytes.extend([0; 7]);
    }
    assert_eq!(bytes.len(), data.len() * (len + gap));
    let storage = Arc::new(MemoryStorage::new(bytes));
    let pixels = Pixels::Cached(ImageCache::new(storage.clone(), len, places, 0, cap));
    (Dataset { pixels, ..data.clone() }, storage)
}

/// Losses, evaluation and parameters of two epochs.
fn train(data: &Dataset, preset: &preset::Preset, window: usize) -> (Vec<f64>, Evaluation, Vec<f32>) {
    let request =
        preset::Request { classes: data.classes.len(), embedding: 16, dropout: 0.1, ..preset::Request::default() };
    let mut network = preset.build(data.shape, request).unwrap();
    network.initialise(5);
    let loss = if preset.tasks[0] == Task::Classifier { Loss::CrossEntropy } else { Loss::Mse };
    let objective = Objective { task: preset.tasks[0], loss };
    let recipe = TrainConfig {
        learning_rate: 1e-3,
        schedule: Schedule::CONSTANT,
        batch_len: 30,
        epochs: 0,
        seed: 3,
        shuffle_window: window,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    };
    let optim = Optim::new(Method::ADAM, network.param_len());
    let mut trainer = Trainer::new(&network, data, objective, recipe, optim);
    let mut losses = Vec::new();
    while trainer.epoch() < 2 {
        trainer.prepare(data).unwrap();
        losses.push(trainer.step(&mut network, data).loss);
    }
    let evaluation = trainer.evaluate(data.indices(Split::Validation), &network, data);
    data.check_read().unwrap();
    (losses, evaluation, network.theta)
}

#[test]
fn streamed_training_gives_the_bits_of_training_in_memory_on_any_number_of_threads() {
    let data = shapes(2000); // 1.5 MB
    for (name, window) in [("classifier-mlp", 256 * MIB), ("autoencoder", 256 * MIB), ("classifier-mlp", 100 * KIB)] {
        let preset = preset::find(name).unwrap();
        let in_memory = par::with_threads(2, || train(&data, preset, window));
        for threads in [1, 2, 3] {
            let same = par::with_threads(threads, || {
                let (streamed, _) = streamed(&data, MIB + 200 * KIB); // 260 of 2,000 examples
                let same = train(&streamed, preset, window) == in_memory;
                assert!(
                    streamed.pixels.memory_bytes() <= 2 * MIB,
                    "{} bytes in memory",
                    streamed.pixels.memory_bytes()
                );
                same
            });
            assert!(same, "{name}, window {window}: streamed on {threads} threads differs from memory");
        }
    }
}

#[test]
fn a_cap_of_zero_still_holds_one_batch() {
    let data = shapes(300);
    let preset = preset::find("classifier-mlp").unwrap();
    let (streamed, _) = streamed(&data, 0);
    assert!(train(&streamed, preset, 256 * MIB) == train(&data, preset, 256 * MIB));
}

#[test]
fn neighbours_are_read_together_and_ahead() {
    let data = shapes(2000);
    let (streamed, storage) = streamed(&data, 4 * MIB);
    train(&streamed, preset::find("classifier-mlp").unwrap(), 256 * MIB);
    // Two epochs of 1,600 examples and 400 to measure on; all fit, so each is read once, a megabyte at a time.
    let reads = storage.reads.load(Ordering::Relaxed);
    assert!(reads < 20, "{reads} reads");
}

#[test]
fn an_unreadable_example_is_an_error_and_no_step() {
    let data = shapes(300);
    let storage = Arc::new(MemoryStorage::new(vec![0; 100]));
    let places = (0..300).map(|index| index * 768).collect();
    let broken = Dataset { pixels: Pixels::Cached(ImageCache::new(storage, 768, places, 0, MIB)), ..data };
    assert!(broken.prepare(&[3, 4, 5], 2).unwrap_err().to_string().contains("ends"));
    assert_eq!(*broken.example(7), [0; 768], "an example that cannot be read is black");
    assert!(broken.check_read().unwrap_err().to_string().contains("ends"));
    broken.check_read().expect("an error is told once");
}

#[test]
fn unprepared_examples_are_read_one_by_one() {
    let data = shapes(50);
    let (mut streamed, _) = streamed(&data, MIB);
    assert_eq!(bytes_of(&streamed), bytes_of(&data));
    assert_eq!(streamed, data);
    let mut half = data.clone();
    half.take(20, 3);
    streamed.take(20, 3);
    assert_eq!(streamed, half, "what is kept are the same examples");
    assert_ne!(streamed, data);
}

#[test]
fn statistics_do_not_depend_on_where_pixels_are_kept() {
    // More than the sample, which must be the same one.
    let mut data = toy::shapes(500, 256, 1);
    data.split(0.2, 1);
    assert!(64 * MIB < data.indices(Split::Train).len() * data.shape.len());
    let (streamed, _) = streamed(&data, 16 * MIB);
    let of = |data: &Dataset| data.mean_and_deviation(Split::Train).unwrap();
    assert_eq!(of(&streamed), of(&data));
}

// Cache files

/// Images in three folders, grey at first and then some in colour, with a broken one and a text file among them.
fn pictures(count: usize, colour: bool) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = (0..count)
        .map(|n| {
            let side = 12 + n % 3; // some have padding
            let byte = |at: usize| (at * 7 + n * 13) as u8;
            let grey: Vec<u8> = (0..side * 12).map(byte).collect();
            let rgb: Vec<u8> = (0..side * 12 * 3).map(byte).collect();
            let is_colour = colour && count / 2 <= n;
            let bytes = if is_colour { png(side, 12, 3, &rgb) } else { png(side, 12, 1, &grey) };
            // In another order than that of their names.
            (format!("set/{}/{:04}.png", ["b", "a", "c"][n % 3], (n * 37) % 1009), bytes)
        })
        .collect();
    files.insert(count / 3, ("set/a/broken.png".into(), b"\x89PNG\r\n\x1a\nnothing".to_vec()));
    files.push(("set/readme.txt".into(), b"a text".to_vec()));
    files
}

fn options() -> LoadOptions {
    LoadOptions { width: 14, height: 12, ..LoadOptions::default() }
}

fn budget(files: &[(String, Vec<u8>)], memory: usize, storage: &Arc<MemoryStorage>) -> MemoryBudget {
    let mut fingerprint = options().fingerprint();
    files.iter().for_each(|(path, bytes)| fingerprint.add(path, bytes.len() as u64, 1));
    MemoryBudget { memory, files: files.len(), storage: Some((storage.clone(), fingerprint)) }
}

/// Loads as the doors do; stops after `stop` files. Returns the number of files handed in.
fn load_into(
    files: &[(String, Vec<u8>)],
    memory: usize,
    storage: &Arc<MemoryStorage>,
    stop: usize,
) -> (Option<Loaded>, usize) {
    let mut loader = Loader::with_budget("set", options(), budget(files, memory, storage)).unwrap();
    let mut handed = 0;
    for (path, bytes) in files {
        if loader.knows(path, bytes.len() as u64) {
            continue;
        }
        if handed == stop {
            return (None, handed);
        }
        handed += 1;
        loader.push(path.clone(), bytes.clone());
        if handed.is_multiple_of(50) {
            while loader.pending() {
                loader.advance().unwrap();
            }
        }
    }
    (Some(loader.finish().unwrap()), handed)
}

fn empty_storage() -> Arc<MemoryStorage> {
    Arc::new(MemoryStorage::new(Vec::new()))
}

#[test]
fn a_cache_file_holds_the_same_examples_as_memory() {
    for colour in [false, true] {
        let files = pictures(400, colour);
        let in_memory = load(files.clone(), options()).unwrap();
        let storage = empty_storage();
        let (cached, _) = load_into(&files, 20_000, &storage, usize::MAX);
        let cached = cached.unwrap();
        assert!(matches!(cached.dataset.pixels, Pixels::Cached(_)), "it does not fit into 20,000 bytes");
        assert_eq!(cached.dataset.shape.channels, if colour { 3 } else { 1 });
        let named = Dataset { name: in_memory.dataset.name.clone(), ..cached.dataset.clone() };
        assert_eq!(named, in_memory.dataset);
        assert_eq!(cached.report, in_memory.report);
        // Grey examples before the first in colour are stored in grey.
        let examples = cached.dataset.len() as u64 * 12 * 14;
        let expected = if colour { 2 * examples } else { examples };
        assert!(storage.size().unwrap() < expected + 60_000, "{} bytes for {expected}", storage.size().unwrap());
    }
}

#[test]
fn a_set_that_fits_stays_in_memory_and_writes_nothing() {
    let storage = empty_storage();
    let (loaded, _) = load_into(&pictures(100, false), 1 << 20, &storage, usize::MAX);
    assert!(matches!(loaded.unwrap().dataset.pixels, Pixels::Memory(_)));
    assert_eq!(storage.size().unwrap(), 0);
}

#[test]
fn a_complete_cache_file_is_used_without_reading_the_files() {
    let files = pictures(300, true);
    let storage = empty_storage();
    let (first, handed) = load_into(&files, 20_000, &storage, usize::MAX);
    assert_eq!(handed, files.len());
    let (again, handed) = load_into(&files, 20_000, &storage, usize::MAX);
    let (first, again) = (first.unwrap(), again.unwrap());
    assert_eq!((handed, again.report.reused), (0, 300));
    assert_eq!(again.dataset, first.dataset);
    // The original sizes of the images are not in the cache file.
    assert_eq!(Report { reused: 0, sizes: first.report.sizes.clone(), ..again.report }, first.report);
    // With more memory the same cache file is loaded into it.
    let (ample, handed) = load_into(&files, 1 << 20, &storage, usize::MAX);
    let ample = ample.unwrap();
    assert!(handed == 0 && matches!(ample.dataset.pixels, Pixels::Memory(_)));
    assert_eq!(ample.dataset, first.dataset);
}

#[test]
fn a_cache_file_is_loaded_into_memory_slice_by_slice_and_can_be_stopped() {
    // Handed in against the order of their names, so that they are also sorted.
    let file = |name: &str| {
        let values: Vec<u8> = (0..12_000 * 32 * 32).map(|at| (at * 31 / 7) as u8 ^ name.as_bytes()[0]).collect();
        (format!("{name}-images-idx3-ubyte"), idx(&[12_000, 32, 32], &values))
    };
    let files = [file("z"), file("a")];
    let options = LoadOptions::default();
    let load = |memory: usize, storage: &Arc<MemoryStorage>| {
        let budget = MemoryBudget { memory, files: 2, storage: Some((storage.clone(), options.fingerprint())) };
        let mut loader = Loader::with_budget("set", options.clone(), budget).unwrap();
        for (path, bytes) in &files {
            if !loader.knows(path, bytes.len() as u64) {
                loader.push(path.clone(), bytes.clone());
            }
        }
        loader.close();
        loader
    };
    let storage = empty_storage();
    let cached = load(MIB, &storage).finish().unwrap();
    assert!(matches!(cached.dataset.pixels, Pixels::Cached(_)));

    let slice = |loader: &mut Loader| {
        let before = storage.bytes_read.load(Ordering::Relaxed);
        let progress = loader.advance().unwrap();
        assert!(progress.arranging && progress.done <= progress.total && progress.total == 24_000);
        let read = storage.bytes_read.load(Ordering::Relaxed) - before;
        assert!(read <= 5 * MIB as u64, "{read} bytes in one slice");
        progress.done
    };
    let mut stopped = load(64 * MIB, &storage);
    assert!((0..3).map(|_| slice(&mut stopped)).is_sorted());
    drop(stopped);
    let mut loader = load(64 * MIB, &storage);
    let mut done = vec![0];
    while loader.pending() {
        done.push(slice(&mut loader));
    }
    assert!(done.is_sorted() && 12 <= done.len() && done.contains(&12_000), "{done:?}");
    let ample = loader.finish().unwrap();
    assert!(matches!(ample.dataset.pixels, Pixels::Memory(_)));
    assert_eq!(ample.dataset, cached.dataset);
}

#[test]
fn a_cache_file_cut_anywhere_is_continued_to_the_same_examples() {
    let files = pictures(300, true);
    let storage = empty_storage();
    let (whole, _) = load_into(&files, 20_000, &storage, usize::MAX);
    let whole = whole.unwrap();
    let bytes = storage.bytes();
    for cut in [0, 5, 24, 40, 60, bytes.len() / 7, bytes.len() / 3, bytes.len() / 2, bytes.len() - 100, bytes.len() - 1]
    {
        let storage = Arc::new(MemoryStorage::new(bytes[..cut].to_vec()));
        let (resumed, handed) = load_into(&files, 20_000, &storage, usize::MAX);
        let resumed = resumed.unwrap();
        assert_eq!(resumed.dataset, whole.dataset, "cut after {cut} of {} bytes", bytes.len());
        // The original sizes of the images are not in the cache file.
        assert_eq!(Report { reused: 0, sizes: whole.report.sizes.clone(), ..resumed.report.clone() }, whole.report);
        assert!(cut < bytes.len() / 2 || handed < files.len() / 2 + 70, "{handed} files read again after {cut} bytes");
    }
}

#[test]
fn cancelled_reading_continues_where_it_stopped() {
    let files = pictures(300, true);
    let storage = empty_storage();
    let mut stops = 0;
    let resumed = loop {
        let (loaded, _) = load_into(&files, 20_000, &storage, 110);
        match loaded {
            Some(loaded) => break loaded,
            None => stops += 1,
        }
    };
    assert_eq!(stops, 2, "a hundred files are kept each time");
    let whole = load_into(&files, 20_000, &empty_storage(), usize::MAX).0.unwrap();
    assert_eq!(resumed.dataset, whole.dataset);
}

#[test]
fn a_damaged_cache_file_is_decoded_again_from_the_damage_on() {
    let files = pictures(200, false);
    let storage = empty_storage();
    let whole = load_into(&files, 10_000, &storage, usize::MAX).0.unwrap();
    let bytes = storage.bytes();
    // Every byte of the first heads and records, and some later ones.
    for at in (0..300).chain((300..bytes.len()).step_by(997)) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x41;
        let storage = Arc::new(MemoryStorage::new(damaged));
        let (loaded, handed) = load_into(&files, 10_000, &storage, usize::MAX);
        // A changed pixel is not noticed; any other change is.
        let loaded = loaded.unwrap();
        assert_eq!(loaded.dataset.names, whole.dataset.names);
        assert!(0 < handed || loaded.dataset.shape == whole.dataset.shape);
    }
}

#[test]
fn a_cache_file_of_other_files_is_started_again() {
    let (files, others) = (pictures(200, false), pictures(200, true));
    let storage = empty_storage();
    load_into(&files, 10_000, &storage, usize::MAX);
    let (loaded, handed) = load_into(&others, 10_000, &storage, usize::MAX);
    assert_eq!(handed, others.len());
    assert_eq!(loaded.unwrap().dataset, load_into(&others, 10_000, &empty_storage(), usize::MAX).0.unwrap().dataset);
    let name = |files: &[(String, Vec<u8>)], options: &LoadOptions| {
        let mut fingerprint = options.fingerprint();
        files.iter().for_each(|(path, bytes)| fingerprint.add(path, bytes.len() as u64, 1));
        fingerprint.file_name()
    };
    let mut backwards = files.clone();
    backwards.reverse();
    assert_eq!(name(&files, &options()), name(&backwards, &options()), "the order of files does not count");
    assert_ne!(name(&files, &options()), name(&files, &LoadOptions { width: 15, ..options() }));
    assert_eq!(name(&files, &options()), name(&files, &LoadOptions { limit: 15, ..options() }));
}

#[test]
fn a_full_disk_is_an_error_in_one_sentence() {
    let files = pictures(200, false);
    let storage = empty_storage();
    storage.writes_left.store(5, Ordering::Relaxed);
    let mut loader = Loader::with_budget("set", options(), budget(&files, 10_000, &storage)).unwrap();
    files.iter().for_each(|(path, bytes)| loader.push(path.clone(), bytes.clone()));
    let failed = loader.finish().unwrap_err();
    assert!(failed.error.to_string().contains("the disk is full"), "{}", failed.error);
    // An IDX file is not blamed either.
    let files = vec![("images-idx3-ubyte".to_string(), idx(&[200, 10, 10], &[7; 20_000]))];
    let storage = empty_storage();
    storage.writes_left.store(0, Ordering::Relaxed);
    let mut loader = Loader::with_budget("set", options(), budget(&files, 10_000, &storage)).unwrap();
    files.iter().for_each(|(path, bytes)| loader.push(path.clone(), bytes.clone()));
    let failed = loader.finish().unwrap_err();
    assert!(failed.error.to_string().contains("the disk is full"), "{}", failed.error);
}

#[test]
fn idx_files_and_zips_stream_too() {
    let (count, side) = (500, 10);
    let values: Vec<u8> = (0..count * side * side).map(|at| (at * 31 / 7) as u8).collect();
    let labels: Vec<u8> = (0..count).map(|n| (n % 10) as u8).collect();
    let idx_files = vec![
        ("train-images-idx3-ubyte.gz".to_string(), gzip(&idx(&[count as u32, side as u32, side as u32], &values))),
        ("train-labels-idx1-ubyte".to_string(), idx(&[count as u32], &labels)),
    ];
    let entries: Vec<ZipFile> = pictures(200, true).iter().map(|(path, bytes)| ZipFile::stored(path, bytes)).collect();
    let zipped = vec![("all.zip".to_string(), zip(&entries))];
    for files in [idx_files, zipped] {
        let in_memory = load(files.clone(), options()).unwrap();
        let storage = empty_storage();
        for round in 0..2 {
            let (loaded, handed) = load_into(&files, 10_000, &storage, usize::MAX);
            let loaded = loaded.unwrap();
            assert!(matches!(loaded.dataset.pixels, Pixels::Cached(_)));
            let named = Dataset { name: in_memory.dataset.name.clone(), ..loaded.dataset };
            assert_eq!(named, in_memory.dataset);
            assert_eq!(handed, if round == 0 { files.len() } else { 0 });
        }
        // A zip that was interrupted in the middle: its entries are known one by one.
        let half = storage.bytes()[..storage.bytes().len() / 2].to_vec();
        let (resumed, _) = load_into(&files, 10_000, &Arc::new(MemoryStorage::new(half)), usize::MAX);
        let named = Dataset { name: in_memory.dataset.name.clone(), ..resumed.unwrap().dataset };
        assert_eq!(named, in_memory.dataset);
    }
}

// The forecast

#[test]
fn a_forecast_changes_nothing_and_predicts_the_memory() {
    let clock = || 0.0;
    let session = || {
        let text = "model=classifier-cnn\nlimit=300\nbatch-size=64\nepochs=2";
        Session::new(Config::parse(text).unwrap()).unwrap()
    };
    par::with_threads(2, || {
        let (mut plain, mut tried) = (session(), session());
        let ticks = std::cell::Cell::new(0.0);
        let ticking = || ticks.replace(ticks.get() + 5.0);
        let forecast = |session: &mut Session, free_memory: u64| {
            let with = |free_memory| Resources { clock: &ticking, free_memory };
            let job = session.begin_job(PlanMemory {}, with(1 << 30)).unwrap();
            while session.advance_job(job, 0.0, with(free_memory)).unwrap().pending {}
            session.job::<PlanMemory>().unwrap().forecast.clone().expect("a forecast at the end")
        };
        let foreseen = forecast(&mut tried, 1 << 30);
        assert_eq!(foreseen.parameters, plain.network().param_len());
        assert_eq!(foreseen.milliseconds_per_step, 5.0);
        let steps = plain.data().count(Split::Train).div_ceil(64) as f64;
        assert_eq!(foreseen.seconds_per_epoch, steps * 0.005);
        for session in [&mut plain, &mut tried] {
            (0..6).for_each(|_| session.step_once(&clock).unwrap());
        }
        assert_eq!(plain.network().theta, tried.network().theta);
        let (said, takes) = (foreseen.memory as f64, plain.status().memory_bytes as f64);
        assert!((0.8..1.25).contains(&(said / takes)), "{said} bytes foreseen, {takes} taken");
        // A batch of twice the largest size would not fit.
        assert_eq!(foreseen.largest_batch, 4096);
        let tight = forecast(&mut tried, 20 << 20);
        assert!(tight.largest_batch < 4096 && 64 <= tight.largest_batch, "{tight:?}");
    });
}

#[test]
fn a_forecast_ends_when_the_data_change() {
    let mut session = Session::new(Config::parse("model=classifier-mlp\nlimit=60").unwrap()).unwrap();
    let job = session.begin_job(PlanMemory {}, resources()).unwrap();
    let smaller = toy::shapes(40, 16, 1);
    session.use_data(Loaded { dataset: smaller, report: Report::default() }).unwrap();
    assert_eq!(session.advance_job(job, 0.0, resources()).unwrap().kind, None);
    assert!(session.job::<PlanMemory>().is_none());
    session.run_job(PlanMemory {}, Resources { free_memory: 1000, ..resources() }).unwrap();
    assert_eq!(session.job::<PlanMemory>().unwrap().forecast, None, "there is no memory for a copy");
}

// Sessions

/// A session with a part of the examples in memory, and one with all of them in memory.
#[test]
fn all_views_show_the_same_examples() {
    let files = pictures(300, true);
    let config = || Config::parse("model=autoencoder-dense\nembedding=8\nwidth=14\nheight=12").unwrap();
    let clock = || 0.0;
    par::with_threads(1, || {
        let (cached, _) = load_into(&files, 30_000, &empty_storage(), usize::MAX);
        let memory = load(files.clone(), options()).unwrap();
        let mut one = Session::with_data(config(), cached.unwrap()).unwrap();
        let mut other = Session::with_data(config(), memory).unwrap();
        for session in [&mut one, &mut other] {
            (0..30).for_each(|_| session.step_once(&clock).unwrap());
            run_job(session, Encode {});
        }
        assert_eq!(one.network().theta, other.network().theta);
        assert_eq!(one.viewer().thumbnails(7, 50), other.viewer().thumbnails(7, 50));
        assert_eq!(one.viewer().example(123).unwrap().input, other.viewer().example(123).unwrap().input);
        assert_eq!(one.evaluate(Split::Validation).unwrap(), other.evaluate(Split::Validation).unwrap());
        assert_eq!(one.latent().nearest(9).unwrap(), other.latent().nearest(9).unwrap());
        assert!(one.data_summary().storage.streamed && !other.data_summary().storage.streamed);
    });
}

#[test]
fn without_storage_everything_stays_in_memory_and_says_so() {
    let files = pictures(20_000, false);
    let budget = MemoryBudget { memory: 1 << 20, files: files.len(), storage: None };
    let mut loader = Loader::with_budget("set", options(), budget).unwrap();
    files.iter().for_each(|(path, bytes)| loader.push(path.clone(), bytes.clone()));
    let loaded = loader.finish().unwrap();
    assert!(matches!(loaded.dataset.pixels, Pixels::Memory(_)));
    assert!(loaded.report.notes[0].contains("3 MiB of memory, more than the 1 MiB"), "{:?}", loaded.report.notes);
}
