//! Folders, IDX files, splits, batches and the sample set, through the public interface.

use crate::common::files::{bytes_of, checksum, gzip, idx, load, png};
use neurarium::data::{
    Batch, Dataset, Families, Frame, LoadOptions, Loaded, Loader, NumberTargets, Overrides, PictureTargets, Split, toy,
};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

fn sized(width: usize, height: usize) -> LoadOptions {
    LoadOptions { width, height, ..LoadOptions::default() }
}

// Folders

fn tree(paths: &[&str]) -> Vec<(String, Vec<u8>)> {
    let file = |(n, path): (usize, &&str)| (path.to_string(), png(8, 8, 1, &[n as u8; 64]));
    paths.iter().enumerate().map(file).collect()
}

#[test]
fn folders_are_classes_and_splits() {
    let loaded = load(
        tree(&["set/train/dog/1", "set/train/cat/2", "set/val/cat/3", "set/test/dog/deep/4", "set/train/Emu/5"]),
        LoadOptions::default(),
    )
    .unwrap();
    let set = loaded.dataset;
    assert_eq!(set.classes, ["Emu", "cat", "dog"], "sorted byte by byte");
    assert_eq!(set.names, ["train/Emu/5", "train/cat/2", "train/dog/1", "val/cat/3", "test/dog/deep/4"]);
    assert_eq!(set.labels, [0, 1, 2, 1, 2]);
    assert_eq!(bytes_of(&set).chunks(64).map(|p| p[0]).collect::<Vec<_>>(), [4, 1, 0, 2, 3]);
    use Split::*;
    assert_eq!(set.splits, [Train, Train, Train, Validation, Test]);
    assert!(set.has_validation && set.held_out() == Test);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let mut files = tree(&["b/1", "a/2", "c/3", "a/1", "b/0", "c/9", "a/0"]);
    let one = load(files.clone(), LoadOptions::default()).unwrap();
    files.reverse();
    let other = load(files, LoadOptions::default()).unwrap();
    assert_eq!(one, other);
    assert_eq!(one.dataset.names[..3], ["a/0", "a/1", "a/2"]);
    assert_eq!(bytes_of(&one.dataset).chunks(64).map(|p| p[0]).collect::<Vec<_>>(), [6, 3, 1, 4, 0, 2, 5]);
}

#[test]
fn a_flat_folder_and_a_single_class_are_unlabelled() {
    for paths in [&["a.png", "b.png"], &["cat/a.png", "cat/b.png"]] {
        let set = load(tree(paths), LoadOptions::default()).unwrap().dataset;
        assert!(!set.is_labelled() && set.labels.is_empty());
        assert_eq!(set.names, ["a.png", "b.png"]);
    }
}

#[test]
fn images_beside_the_class_folders_form_their_own_class() {
    let Loaded { dataset, report } = load(tree(&["1", "cat/2", "dog/3", "4"]), LoadOptions::default()).unwrap();
    assert_eq!(dataset.classes, ["cat", "dog", "test data"]);
    assert_eq!(dataset.labels, [2, 2, 0, 1]);
    assert_eq!(report.notes.len(), 1, "{:?}", report.notes);
}

#[test]
fn every_file_is_used_or_listed_with_a_reason() {
    let mut files = tree(&["cat/1.png", "dog/2.png"]);
    let mut add = |path: &str, bytes: &[u8]| files.push((path.to_string(), bytes.to_vec()));
    for litter in ["cat/.DS_Store", "Thumbs.db", "dog/desktop.ini", "__MACOSX/cat/._1.png", "dog/._2.png"] {
        add(litter, b"whatever");
    }
    add("README.md", b"# A set");
    add("cat/empty.png", b"");
    add("cat/page.jpg", b"<!DOCTYPE html><html></html>");
    add("cat/drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>");
    add("cat/phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0");
    add("cat/cut.png", &png(8, 8, 1, &[1; 64])[..50]);
    add("cat/set.gz", &gzip(b"no IDX file"));
    let Loaded { dataset, report } = load(files, LoadOptions::default()).unwrap();
    assert_eq!((report.files, report.used, report.skipped_count), (14, 2, 12));
    assert_eq!(dataset.classes, ["cat", "dog"]);
    let reason = |path: &str| report.skipped.iter().find(|s| s.path == path).map_or("", |s| s.reason.as_str());
    assert_eq!(reason("README.md"), "a text file, not an image");
    assert_eq!(reason("cat/empty.png"), "an empty file");
    assert!(reason("cat/page.jpg").contains("web page"));
    assert!(reason("cat/drawing.svg").contains("SVG"));
    assert!(reason("cat/phone.heic").contains("HEIC"));
    assert!(reason("cat/cut.png").contains("PNG"));
    assert!(reason("cat/set.gz").contains("gzip"));
    assert!(report.skipped.iter().all(|s| !s.reason.is_empty() && !s.reason.contains('\n')));
}

#[test]
fn no_usable_image_is_an_error_with_a_reason() {
    let failed = load(vec![("note.txt".into(), b"hello".to_vec())], LoadOptions::default()).unwrap_err();
    assert_eq!(failed.error.to_string(), "no images found in \"test data\"; note.txt: a text file, not an image");
    assert_eq!(failed.report.skipped.len(), 1);
    let table = load(vec![("labels.csv".into(), b"file,label\na.png,x\n".to_vec())], LoadOptions::default());
    let expected = "no images found in \"test data\"; labels.csv: a table, without any of the images that it names";
    assert_eq!(table.unwrap_err().error.to_string(), expected);
    assert!(load(Vec::new(), LoadOptions::default()).is_err());
}

#[test]
fn progress_counts_files_done_and_left() {
    let mut loader = Loader::new("set", sized(8, 8));
    assert!(!loader.pending());
    for (path, bytes) in tree(&["1", "2", "3"]) {
        loader.push(path, bytes);
    }
    loader.skip("locked".into(), "the file could not be read");
    assert!(loader.pending());
    while loader.pending() {
        let progress = loader.advance().unwrap();
        assert!(progress.done <= progress.total && progress.total == 4);
    }
    let progress = loader.progress();
    assert_eq!((progress.done, progress.used, progress.skipped), (4, 3, 1));
    assert_eq!(loader.finish().unwrap().dataset.len(), 3);
}

#[test]
fn a_limit_keeps_the_same_share_of_every_class_and_split() {
    let mut paths = Vec::new();
    for n in 0..40 {
        paths.push(format!("train/a/{n}"));
        paths.push(format!("test/a/{n}"));
        paths.extend([format!("train/b/{n}"), format!("train/b/{n}+")]);
    }
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let loaded = load(tree(&paths), LoadOptions { limit: 40, ..LoadOptions::default() }).unwrap();
    let set = loaded.dataset;
    assert_eq!((set.len(), set.count(Split::Test), set.class_counts()), (40, 10, vec![20, 20]));
    assert_eq!(bytes_of(&set).len(), 40 * set.shape.len());
}

// IDX

#[test]
fn idx_files_are_paired_by_name_in_all_spellings() {
    let images = idx(&[6, 8, 8], &(0..6 * 64).map(|n| (n / 64) as u8).collect::<Vec<_>>());
    let labels = idx(&[6], &[3, 0, 1, 2, 1, 0]);
    for (train, test) in [
        ("mnist/train-images-idx3-ubyte", "mnist/train-labels-idx1-ubyte"),
        ("train-images.idx3-ubyte", "train-labels.idx1-ubyte"),
        ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-train-labels-idx1-ubyte.gz"),
        ("TRAIN_IMAGES.IDX", "train_labels.idx"),
    ] {
        let pack = |name: &str, bytes: &[u8]| if name.ends_with("gz") { gzip(bytes) } else { bytes.to_vec() };
        let mut files = vec![(train.to_string(), pack(train, &images)), (test.to_string(), pack(test, &labels))];
        let t10k = |name: &str| name.to_lowercase().replace("train", "t10k");
        files.push((t10k(test), pack(test, &labels)));
        files.push((t10k(train), pack(train, &images)));
        let Loaded { dataset, report } = load(files, LoadOptions::default()).unwrap();
        assert_eq!((dataset.len(), dataset.shape), (12, Shape::from_whc(8, 8, 1)), "{train}");
        assert_eq!(dataset.labels, [3, 0, 1, 2, 1, 0, 3, 0, 1, 2, 1, 0]);
        assert_eq!(dataset.classes, ["0", "1", "2", "3"]);
        assert_eq!((dataset.count(Split::Train), dataset.count(Split::Test)), (6, 6));
        assert_eq!(*dataset.example(4), [4; 64]);
        assert_eq!((report.files, report.used, report.skipped_count), (4, 12, 0));
    }
}

#[test]
fn idx_images_without_labels_are_unlabelled_and_labels_alone_are_refused() {
    let images = ("x.idx".to_string(), idx(&[2, 8, 8], &[5; 128]));
    let set = load(vec![images.clone()], LoadOptions::default()).unwrap().dataset;
    assert!(set.len() == 2 && !set.is_labelled());
    let failed = load(vec![("y-labels".into(), idx(&[2], &[0, 1]))], LoadOptions::default()).unwrap_err();
    assert!(failed.error.to_string().contains("labels without an image file"), "{}", failed.error);
    // Label files of another length are skipped, too.
    let Loaded { dataset, report } =
        load(vec![images, ("y.idx".into(), idx(&[3], &[0, 1, 1]))], LoadOptions::default()).unwrap();
    assert!(!dataset.is_labelled() && report.skipped[0].reason.contains("3 labels do not fit the 2 images"));
}

#[test]
fn idx_images_in_colour_and_of_other_sizes_are_resized() {
    let colours = ("a-images".to_string(), idx(&[2, 8, 8, 3], &[1, 2, 3].repeat(128)));
    let grey = ("b-images".to_string(), idx(&[1, 16, 8], &[9; 128]));
    let set = load(vec![colours, grey], LoadOptions::default()).unwrap().dataset;
    assert_eq!(set.shape, Shape::from_whc(8, 8, 3));
    assert_eq!(set.example(1)[..3], [1, 2, 3]);
    assert_eq!(set.frames[2], Frame { left: 2, top: 0, width: 4, height: 8 });
}

#[test]
fn emnist_is_turned_upright() {
    let images = idx(&[1, 8, 8], &(0..64).collect::<Vec<u8>>());
    let file = ("emnist-digits-train-images-idx3-ubyte".to_string(), images);
    let Loaded { dataset, report } = load(vec![file], LoadOptions::default()).unwrap();
    assert_eq!(dataset.example(0)[..3], [0, 8, 16], "the first column is the first row");
    assert_eq!(report.notes.len(), 1);
}

#[test]
fn an_incomplete_or_false_idx_file_is_an_error() {
    let whole = idx(&[100, 8, 8], &[0; 6400]);
    let huge = idx(&[u32::MAX, 4000, 4000], &[0; 64]);
    let claims = idx(&[60_000, 28, 28], &[0; 64]);
    for (bytes, words) in [
        (whole[..5000].to_vec(), "incomplete"),
        (whole[..11].to_vec(), "ends within its header"),
        (gzip(&whole[..5000]), "incomplete"),
        (gzip(&whole)[..30].to_vec(), "gzip"),
        (huge.clone(), "values"),
        (gzip(&huge), "values"),
        (claims.clone(), "incomplete"),
        (gzip(&claims), "incomplete"),
        (idx(&[0, 28, 28], &[]), "values"),
        ([&[0u8, 0, 0x0d, 3][..], &[0; 40]].concat(), "images of bytes"),
    ] {
        let failed = load(vec![("x".into(), bytes)], LoadOptions::default()).unwrap_err();
        assert!(failed.error.to_string().contains(words), "{}", failed.error);
    }
}

#[test]
fn a_gzip_bomb_of_zeros_is_not_unpacked() {
    let bomb = gzip(&vec![0; 50_000_000]);
    let failed = load(vec![("bomb.gz".into(), bomb)], LoadOptions::default()).unwrap_err();
    assert!(failed.error.to_string().contains("without IDX"), "{}", failed.error);
}

#[test]
fn a_gzipped_file_is_unpacked_slice_by_slice_and_keeps_its_place() {
    let images = |value: u8, count: u32| idx(&[count, 28, 28], &vec![value; 784 * count as usize]);
    let mut loader = Loader::new("set", LoadOptions::default());
    loader.push("a.idx3.gz".into(), gzip(&images(1, 30_000))); // 23 MB
    loader.push("b.idx3".into(), images(2, 3));
    loader.push("c.idx3.gz".into(), gzip(&images(3, 2)));
    loader.push("d.idx3.gz".into(), gzip(&images(4, 9)[..900]));
    loader.push("e.png".into(), png(28, 28, 1, &[5; 784]));
    let mut slices = 0;
    while loader.pending() {
        let progress = loader.advance().unwrap();
        if progress.used == 0 {
            slices += 1;
            assert_eq!((progress.done, progress.total), (0, 5));
        }
    }
    assert!(5 <= slices, "all in {slices} slices");
    let Loaded { dataset, report } = loader.finish().unwrap();
    let firsts: Vec<u8> = (29_999..dataset.len()).map(|index| dataset.example(index)[0]).collect();
    assert_eq!(firsts, [1, 2, 2, 2, 3, 3, 5]);
    assert_eq!((report.used, report.skipped_count), (30_006, 1));
    assert!(report.skipped[0].reason.contains("incomplete"), "{}", report.skipped[0].reason);
}

// Data sets

fn labelled(counts: &[usize]) -> Dataset {
    let labels: Vec<u32> = counts.iter().zip(0..).flat_map(|(&count, label)| vec![label; count]).collect();
    let shape = Shape::from_whc(1, 1, 1);
    Dataset {
        name: "set".into(),
        shape,
        pixels: vec![0; labels.len()].into(),
        frames: vec![Frame::whole(shape); labels.len()],
        classes: (0..counts.len()).map(|class| class.to_string()).collect(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: vec![Split::Train; labels.len()],
        names: (0..labels.len()).map(|n| n.to_string()).collect(),
        labels,
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    }
}

#[test]
fn splits_are_stratified_and_seeded() {
    let mut set = labelled(&[100, 50, 10, 1, 2]);
    set.split(0.2, 7);
    let of = |set: &Dataset, class: u32| {
        set.indices(Split::Validation).iter().filter(|&&n| set.labels[n as usize] == class).count()
    };
    assert_eq!([0, 1, 2, 3].map(|class| of(&set, class)), [20, 10, 2, 0]);
    assert!(of(&set, 4) <= 1);
    let first = set.splits.clone();
    set.split(0.2, 8);
    assert_ne!(set.splits, first, "another seed, another split");
    set.split(0.2, 7);
    assert_eq!(set.splits, first, "the same seed, the same split");
}

#[test]
fn splits_leave_training_images_in_every_class() {
    let mut rng = Rng::new(1, Purpose::Test, 0);
    for _ in 0..200 {
        let counts: Vec<usize> = (0..1 + rng.below(9)).map(|_| 1 + rng.below(12)).collect();
        let share = rng.uniform();
        let mut set = labelled(&counts);
        set.split(share, 3);
        let trained = set.indices(Split::Train);
        for class in 0..counts.len() as u32 {
            assert!(trained.iter().any(|&n| set.labels[n as usize] == class), "{counts:?} {share}");
        }
    }
    let mut set = labelled(&[50]);
    (set.labels, set.classes) = (Vec::new(), Vec::new());
    set.split(0.1, 3);
    assert_eq!(set.count(Split::Validation), 5, "unlabelled sets are split, too");
    let mut two = labelled(&[2]);
    two.split(0.1, 3);
    assert_eq!(two.count(Split::Validation), 1, "a share above 0 holds out at least one");
}

#[test]
fn given_splits_are_kept() {
    let mut set = load(tree(&["train/1", "train/2", "test/3", "val/4"]), LoadOptions::default()).unwrap().dataset;
    let given = set.splits.clone();
    set.split(0.5, 1);
    assert_eq!(set.splits, given);
    let mut set = load(tree(&["train/1", "train/2", "test/3"]), LoadOptions::default()).unwrap().dataset;
    set.split(0.5, 1);
    assert_eq!([Split::Train, Split::Validation, Split::Test].map(|split| set.count(split)), [1, 1, 1]);
    let mut set = load(tree(&["test/1", "test/2"]), LoadOptions::default()).unwrap().dataset;
    assert_eq!((set.count(Split::Test), set.divide(&Default::default())), (2, None), "tested as it is");
    assert!(set.train_on_held_out().is_some(), "there is nothing else to train on");
    assert_eq!(set.count(Split::Train), 2);
}

#[test]
fn a_batch_has_floats_labels_and_a_mask_if_needed() {
    let whole = png(8, 8, 1, &(0..64).map(|n| n * 4).collect::<Vec<u8>>());
    let wide = png(8, 4, 1, &[255; 32]);
    let files = vec![("a/1".to_string(), whole), ("b/2".to_string(), wide)];
    let set = load(files, LoadOptions { background: [0; 3], ..sized(8, 8) }).unwrap().dataset;
    let mut batch = Batch::default();
    set.batch(&[0], &mut batch);
    assert_eq!((batch.shape, batch.x.len(), batch.mask.len()), (Shape::from_whc(8, 8, 1), 64, 0));
    assert_eq!(batch.x[1], 4.0 / 255.0);
    set.batch(&[1, 0], &mut batch);
    assert_eq!(batch.labels, [1, 0]);
    assert_eq!(batch.mask.iter().sum::<f32>(), 32.0 + 64.0);
    assert!(batch.mask[..16].iter().all(|&m| m == 0.0) && batch.mask[16..48].iter().all(|&m| m == 1.0));
    assert!(batch.x[16..48].iter().all(|&x| x == 1.0), "white is exactly one");
}

// The sample set

#[test]
fn the_sample_set_is_the_same_everywhere() {
    let set = toy::shapes(2000, 32, 1);
    assert_eq!((set.len(), set.shape, set.classes.len()), (2000, Shape::from_whc(32, 32, 3), 8));
    assert_eq!(set.class_counts(), [250; 8]);
    // It must not depend on the machine: the browser tests train on it and compare the losses with native ones.
    assert_eq!(checksum(&bytes_of(&set)), SAMPLE_CHECKSUM);
    let small = toy::shapes(20, 32, 1);
    assert_eq!(
        bytes_of(&small)[..],
        bytes_of(&set)[..bytes_of(&small).len()],
        "a larger set begins with the smaller one"
    );
    assert_ne!(toy::shapes(20, 32, 2).pixels, small.pixels);
}

const SAMPLE_CHECKSUM: u64 = 4_473_016_464_264_177_018;

#[test]
fn the_sample_set_comes_in_every_size() {
    for size in [1, 2, 7, 100] {
        let set = toy::shapes(9, size, 3);
        assert_eq!(bytes_of(&set).len(), 9 * size * size * 3);
    }
    assert!(toy::shapes(0, 32, 1).is_empty());
}
