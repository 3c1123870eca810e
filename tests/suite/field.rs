//! Real trouble: folders, names, archives and files as people have them. Each kind is made here in small; the cases of
//! ../shared/data/field-cases are read where they are.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::files::{ZipFile, gzip, idx, load, png, zip};
use crate::common::program::{Folder, number, stderr, stdout};
use neurarium::data::{LoadOptions, Loaded, Split};

fn picture(value: u8) -> Vec<u8> {
    png(8, 8, 1, &[value; 64])
}

/// Loads pictures of these paths, all different.
fn loaded(paths: &[&str]) -> Loaded {
    let files = paths.iter().enumerate().map(|(value, path)| (path.to_string(), picture(value as u8)));
    load(files.collect(), LoadOptions::default()).unwrap_or_else(|failed| panic!("{:?}", failed.error))
}

fn classes(loaded: &Loaded) -> Vec<&str> {
    loaded.dataset.classes.iter().map(String::as_str).collect()
}

#[test]
fn hidden_folders_are_no_classes_and_no_copies() {
    let set = loaded(&[
        "cat/1.png",
        "dog/1.png",
        ".ipynb_checkpoints/1-checkpoint.png",
        "cat/.ipynb_checkpoints/1-checkpoint.png",
        "dog/@eaDir/1.png",
        ".git/objects/1.png",
        "$RECYCLE.BIN/1.png",
    ]);
    assert_eq!((classes(&set), set.dataset.len(), set.report.skipped_count), (vec!["cat", "dog"], 2, 5));
    assert!(set.report.skipped[0].reason.contains("hidden"), "{:?}", set.report.skipped[0]);
}

#[test]
fn both_spellings_of_a_name_are_one_class() {
    let set = loaded(&["train/M\u{fc}ll/1.png", "val/Mu\u{308}ll/2.png", "train/Papier/3.png", "val/Papier/4.png"]);
    assert_eq!(classes(&set), ["M\u{fc}ll", "Papier"]);
    assert_eq!(set.dataset.labels, [0, 1, 0, 1]);
    let table = "name,label\nMu\u{308}ll.png,a\nx.png,b\n".as_bytes().to_vec();
    let files = vec![("M\u{fc}ll.png".into(), picture(1)), ("x.png".into(), picture(2)), ("labels.csv".into(), table)];
    assert_eq!(load(files, LoadOptions::default()).unwrap().dataset.classes, ["a", "b"]);
}

#[test]
fn unlabelled_images_that_are_held_out_make_no_class() {
    let set = loaded(&["train/a/1.png", "train/b/2.png", "test/3.png", "test/4.png"]);
    assert_eq!((classes(&set), set.dataset.len(), set.report.used), (vec!["a", "b"], 2, 2));
    assert_eq!(set.report.notes, ["2 images have no label and are left out, while others have classes"]);
    // A table that names some of the images cannot replace the classes of their folders.
    let files = [("train/a/1.png", 1), ("train/b/2.png", 2)].map(|(path, value)| (path.to_string(), picture(value)));
    let table = ("labels.csv".to_string(), b"name,label\ntrain/a/1.png,0\n".to_vec());
    let set = load(files.into_iter().chain([table]).collect(), LoadOptions::default()).unwrap();
    assert_eq!(classes(&set), ["a", "b"]);
    // Where a table is all that there is, what it does not name has no class.
    let files = ["1.png", "2.png", "3.png"].map(|path| (path.to_string(), picture(path.as_bytes()[0])));
    let table = ("labels.csv".to_string(), b"name,label\n1.png,x\n2.png,y\n".to_vec());
    let set = load(files.into_iter().chain([table]).collect(), LoadOptions::default()).unwrap();
    assert_eq!((classes(&set), set.dataset.len()), (vec!["x", "y"], 2));
}

#[test]
fn a_class_without_training_images_and_nothing_held_out_are_noted() {
    let mut set = loaded(&["train/a/1.png", "train/b/2.png", "val/b/3.png", "val/d/4.png"]).dataset;
    let note = set.divide(&Default::default()).unwrap();
    assert_eq!(note, "class d has no training images, so nothing can be learnt of it");
    let mut set = loaded(&["a/1.png", "b/2.png"]).dataset;
    let division = neurarium::data::Division { validation: 0.1, ..Default::default() };
    assert!(set.divide(&division).unwrap().starts_with("nothing is held out"));
    assert_eq!((set.count(Split::Train), set.divide(&Default::default())), (2, None));
}

#[test]
fn a_folder_that_holds_only_test_is_tested_as_it_is_and_trained_on_by_a_new_network() {
    let folder = Folder::new("only-test");
    folder.pictures("whole", 10);
    fs::create_dir_all(folder.path("held")).unwrap();
    fs::rename(folder.path("whole"), folder.path("held/test")).unwrap();
    let told = folder.result(&["info", "held"]);
    assert_eq!([number(&told, "train"), number(&told, "test")], [0.0, 20.0]);
    folder.pictures("data", 10);
    let train = ["train", "model=classifier-mlp", "epochs=2", "model-directory=.", "output-directory=."];
    folder.result(&[&train[..], &["input-directory=data"]].concat());
    let told = folder.result(&["eval", "classifier-mlp.safetensors", "input-directory=held"]);
    assert_eq!(number(&told, "measured"), 20.0);
    let output = folder.run(&[&train[..], &["input-directory=held"]].concat());
    assert!(stderr(&output).contains("there are no training images, so the images held out are used"), "{output:?}");
}

#[test]
fn an_argument_of_the_shell_has_no_comments() {
    let folder = Folder::new("hash");
    folder.pictures("my data #2", 6);
    folder.pictures("my data", 3);
    let train = ["train", "model=classifier-mlp", "epochs=1", "model-directory=.", "output-directory=."];
    let told = folder.result(&[&train[..], &["input-directory=my data #2"]].concat());
    assert_eq!(number(&told, "images"), 12.0);
}

#[test]
fn a_text_in_utf16_is_called_so() {
    let folder = Folder::new("utf16");
    let text: Vec<u8> = "epochs=1\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path("plain.cfg"), &text).unwrap();
    fs::write(folder.path("marked.cfg"), [&[0xff, 0xfe], &text[..]].concat()).unwrap();
    for name in ["plain.cfg", "marked.cfg"] {
        let told = folder.refused(1, &["train", name]);
        assert!(told.contains("got UTF-16; save it as UTF-8"), "{told}");
    }
    let files = vec![("a.png".into(), picture(1)), ("labels.csv".into(), text)];
    let reason = load(files, LoadOptions::default()).unwrap().report.skipped[0].reason.clone();
    assert!(reason.contains("UTF-16"), "{reason}");
}

#[test]
#[cfg(unix)]
fn folder_names_of_another_code_page_are_told_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new("code-page");
    // Small dog, cat, small hen in GBK; the second is valid UTF-8, too.
    for (value, class) in [&b"\xd0\xa1\xb9\xb7"[..], b"\xc3\xa8", b"\xd0\xa1\xbc\xa6"].into_iter().enumerate() {
        let class = folder.path("data").join(OsStr::from_bytes(class));
        fs::create_dir_all(&class).unwrap();
        fs::write(class.join("1.png"), picture(value as u8)).unwrap();
    }
    let told = stdout(&folder.run(&["info", "data"]));
    assert!(["小狗: 1", "猫: 1", "小鸡: 1"].iter().all(|class| told.contains(class)), "{told}");
}

fn in_zip(files: &[ZipFile]) -> Loaded {
    let archive = zip(files);
    load(vec![("set.zip".into(), archive)], LoadOptions::default())
        .unwrap_or_else(|failed| panic!("{:?}", failed.error))
}

/// A file whose name is in no known code page.
fn raw(name: &[u8], value: u8) -> ZipFile {
    ZipFile { name: name.to_vec(), flags: 0, ..ZipFile::stored("", &picture(value)) }
}

#[test]
fn names_in_zips_are_read_in_the_likely_code_page() {
    let set = in_zip(&[raw(b"M\x81ll/1.png", 1), raw(b"K\x84se/1.png", 2)]);
    assert_eq!(classes(&set), ["Käse", "Müll"]);
    let set =
        in_zip(&[raw(b"\xd0\xa1\xb9\xb7/1.png", 1), raw(b"\xc3\xa8/1.png", 2), raw(b"\xd0\xa1\xbc\xa6/1.png", 3)]);
    assert_eq!(classes(&set), ["小狗", "小鸡", "猫"]);
    let set = in_zip(&[raw("Müll/1.png".as_bytes(), 1), raw("Papier/1.png".as_bytes(), 2)]);
    assert_eq!(classes(&set), ["Müll", "Papier"], "as macOS writes them");
}

#[test]
fn a_zip_may_begin_at_a_root_and_after_other_data() {
    let files = [("/cat/1.png", 1), ("/dog/2.png", 2), (r"C:\dog\3.png", 3)];
    let files = files.map(|(name, value)| ZipFile::stored(name, &picture(value)));
    let set = in_zip(&files);
    assert_eq!((classes(&set), set.report.skipped_count), (vec!["cat", "dog"], 0));
    for name in ["set.zip", "set.exe"] {
        let archive = [&b"MZ a program that unpacks what follows"[..], &zip(&files)].concat();
        let set = load(vec![(name.into(), archive)], LoadOptions::default()).unwrap();
        assert_eq!(set.dataset.len(), 3, "{name}");
    }
}

#[test]
fn a_zip_whose_number_of_files_does_not_fit_is_read_whole() {
    let text = ZipFile::stored("notes/a.txt", b"no image");
    let mut files: Vec<ZipFile> =
        (0..65_540).map(|n| ZipFile { name: format!("notes/{n}.txt").into(), ..text.clone() }).collect();
    files.extend([("cat/1.png", 1), ("dog/2.png", 2)].map(|(name, value)| ZipFile::stored(name, &picture(value))));
    let set = in_zip(&files);
    assert_eq!((classes(&set), set.report.files), (vec!["cat", "dog"], 65_542));
}

#[test]
fn deflate64_is_read_and_other_compressions_are_named_with_what_to_do() {
    // A stored block is the same in both kinds of Deflate.
    let packed = |value: u8| {
        let bytes = picture(value);
        let len = bytes.len() as u16;
        [&[1][..], &len.to_le_bytes(), &(!len).to_le_bytes(), &bytes].concat()
    };
    let file =
        |name: &str, value| ZipFile { packed: packed(value), method: 9, ..ZipFile::stored(name, &picture(value)) };
    let set = in_zip(&[file("cat/1.png", 1), file("dog/2.png", 2)]);
    assert_eq!((classes(&set), &*set.dataset.example(1)), (vec!["cat", "dog"], &[2; 64][..]));
    let zstd = ZipFile { method: 93, ..ZipFile::stored("a.png", &picture(1)) };
    let reason = in_zip(&[zstd, file("b.png", 2)]).report.skipped[0].reason.clone();
    assert!(reason.contains("Zstd") && reason.contains("pack it again with Deflate"), "{reason}");
}

/// Loads images and labels of IDX.
fn digits(labels: (&str, Vec<u8>), images: Vec<u8>) -> Loaded {
    let files = vec![("train-images-idx3-ubyte".to_string(), images), (labels.0.to_string(), labels.1)];
    load(files, LoadOptions::default()).unwrap_or_else(|failed| panic!("{:?}", failed.error))
}

#[test]
fn idx_files_are_read_in_every_order_of_bytes_and_with_labels_of_any_integers() {
    let pixels: Vec<u8> = (0..3 * 64).map(|n| n as u8).collect();
    let (images, plain) = (idx(&[3, 8, 8], &pixels), ("train-labels-idx1-ubyte", idx(&[3], &[2, 0, 1])));
    let usual = digits(plain.clone(), images.clone()).dataset;
    assert_eq!(usual.labels, [2, 0, 1]);
    let little = |dims: &[u32]| dims.iter().flat_map(|side| side.to_le_bytes()).collect::<Vec<u8>>();
    let turned = [&[3, 8, 0, 0][..], &little(&[3, 8, 8]), &pixels].concat();
    let half_turned = [&[0, 0, 8, 3][..], &little(&[3, 8, 8]), &pixels].concat();
    for images in [turned, half_turned, gzip(&gzip(&images)), gzip(&gzip(&gzip(&images)))] {
        let set = digits(plain.clone(), images).dataset;
        assert_eq!((&set.labels, set.example(1)), (&usual.labels, usual.example(1)));
    }
    // QMNIST has eight integers for each digit, of which the first is the class.
    let rows: Vec<u8> =
        [2u32, 0, 1].iter().flat_map(|class| [*class, 9, 9, 9, 9, 9, 9, 300]).flat_map(u32::to_be_bytes).collect();
    let qmnist = [&[0, 0, 12, 2, 0, 0, 0, 3, 0, 0, 0, 8][..], &rows].concat();
    let wide: Vec<u8> = [2u32, 0, 1].iter().flat_map(|class| class.to_le_bytes()).collect();
    let wide = [&[1, 12, 0, 0][..], &little(&[3]), &wide].concat();
    for labels in [qmnist.clone(), gzip(&qmnist), wide] {
        assert_eq!(digits(("train-labels-idx2-int", labels), images.clone()).dataset.labels, [2, 0, 1]);
    }
    let floats = [&[0, 0, 13, 3][..], &[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], &[0; 4]].concat();
    let failed = load(vec![("images".into(), floats)], LoadOptions::default()).unwrap_err();
    assert!(
        failed.error.to_string().contains("images of bytes (type 0x08), got floats of 32 bits"),
        "{}",
        failed.error
    );
}

#[test]
fn pointers_of_git_lfs_and_models_among_images_are_named() {
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n".to_vec();
    let files = vec![
        ("a.png".into(), picture(1)),
        ("b.png".into(), pointer),
        ("m.onnx".into(), vec![8, 8, 18, 1, 1, 1, 1, 1, 1]),
        ("m.onnx.data".into(), vec![0; 40]),
    ];
    let report = load(files, LoadOptions::default()).unwrap().report;
    let reasons: Vec<&str> = report.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    for (reason, word) in reasons.iter().zip(["git lfs pull", "a model, not an image", "belong to the .onnx file"]) {
        assert!(reason.contains(word), "{reasons:?}");
    }
}

#[test]
fn info_shortens_many_names_of_classes() {
    let folder = Folder::new("many");
    for class in 0..60 {
        fs::create_dir_all(folder.path(&format!("data/class{class:02}"))).unwrap();
        fs::write(folder.path(&format!("data/class{class:02}/1.png")), picture(class)).unwrap();
    }
    let train = ["train", "model=classifier-mlp", "input-directory=data", "epochs=1", "model-directory=."];
    folder.result(&train);
    let told = stdout(&folder.run(&["info", "classifier-mlp.safetensors"]));
    assert!(told.contains("class18, class19 and 40 more") && !told.contains("class20"), "{told}");
}

// --- The shared cases.

const CASES: &str = "../shared/data/field-cases";

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(CASES).join(name)
}

/// Runs the program on a path of a case.
fn told(folder: &Folder, command: &str, path: &str) -> std::collections::HashMap<String, String> {
    folder.result(&[command, case(path).to_str().unwrap()])
}

#[test]
#[cfg_attr(not(shared_data = "field-cases"), ignore = "needs ../shared/data/field-cases")]
fn shared_folders_and_archives_are_read_right() {
    let folder = Folder::new("cases");
    let counts = |path: &str| {
        let told = told(&folder, "info", path);
        ["images", "classes", "train", "validation", "test"].map(|key| number(&told, key) as usize)
    };
    assert_eq!(counts("01-hidden-checkpoints-folder/a")[..2], [8, 2]);
    assert_eq!(counts("01-hidden-checkpoints-folder/b")[..2], [8, 2]);
    assert_eq!(counts("03-val-has-an-unknown-class/data"), [42, 4, 30, 12, 0]);
    assert_eq!(counts("07-classed-train-flat-test/data")[..2], [20, 2]);
    assert_eq!(counts("10-same-name-composed-and-decomposed/data"), [24, 2, 16, 8, 0]);
    assert_eq!(counts("22-zip-names-with-leading-slash/set.zip")[..2], [8, 2]);
    assert_eq!(counts("27-zip-deflate64/half.zip")[..2], [8, 2]);
    assert_eq!(counts("27-zip-deflate64/all.zip")[..2], [8, 2]);
    assert_eq!(counts("36-idx-gzipped-twice/data")[..2], [24, 3]);
    assert_eq!(counts("43-path-with-hash-and-blank/my data #2")[..2], [20, 2]);
    assert_eq!(counts("53-one-image-per-class/data"), [2, 2, 2, 0, 0]);
    let note = |path: &str| stdout(&folder.run(&["info", case(path).to_str().unwrap()]));
    assert!(note("03-val-has-an-unknown-class/data").contains("class d has no training images"));
    assert!(note("53-one-image-per-class/data").contains("nothing is held out"));
    assert!(note("07-classed-train-flat-test/data").contains("5 images have no label"));
}

#[test]
#[cfg_attr(not(shared_data = "field-cases"), ignore = "needs ../shared/data/field-cases")]
fn shared_names_in_another_code_page_are_three_classes() {
    let folder = Folder::new("tar");
    let unpacked = std::process::Command::new("tar")
        .args(["xf", case("09-folder-names-not-utf8/names.tar").to_str().unwrap()])
        .current_dir(&folder.0)
        .status();
    if !unpacked.is_ok_and(|status| status.success()) {
        return println!("there is no tar, or no such names on this file system");
    }
    let told = folder.result(&["info", "data"]);
    assert_eq!([number(&told, "images"), number(&told, "classes")], [18.0, 3.0]);
}

#[test]
#[cfg_attr(not(shared_data = "field-cases"), ignore = "needs ../shared/data/field-cases")]
fn shared_pictures_of_tiff_are_right_or_refused() {
    let folder = Folder::new("tiff");
    let model = case("64-tiff-planar-tiled-float/same.onnx");
    let mut shown = 0;
    for entry in fs::read_dir(case("64-tiff-planar-tiled-float/want")).unwrap() {
        let want = entry.unwrap().path();
        let name = want.file_stem().unwrap().to_str().unwrap().to_string();
        let picture = case("64-tiff-planar-tiled-float").join(&name);
        let output = folder.run(&["run", model.to_str().unwrap(), picture.to_str().unwrap(), "out.png"]);
        if !output.status.success() {
            assert!(stderr(&output).contains("an unsupported kind of TIFF"), "{name}: {}", stderr(&output));
            continue;
        }
        shown += 1;
        let [want, got] = [want, folder.path("out.png")].map(|path| image::open(path).unwrap().to_rgb8());
        let worst = want.iter().zip(got.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(want.dimensions() == got.dimensions() && worst <= Some(1), "{name}: {worst:?}");
    }
    assert!(7 <= shown);
}

/// The class and its probability, as a model of a case answers for a picture of it.
fn answer(folder: &Folder, model: &str, picture: &str) -> (String, f64) {
    let result = folder.result(&[
        "run",
        case(model).to_str().unwrap(),
        case(model).with_file_name(picture).to_str().unwrap(),
        "out.png",
    ]);
    (result["class"].clone(), number(&result, "probability"))
}

#[test]
#[cfg_attr(not(shared_data = "field-cases"), ignore = "needs ../shared/data/field-cases")]
fn shared_models_answer_as_onnx_says() {
    let folder = Folder::new("models");
    for (models, answers) in [
        ("77-onnx-weights-as-constant-nodes", &[("p0.png", "1", 0.999921), ("p1.png", "1", 0.999973)][..]),
        ("78-onnx-reshape-kinds", &[("p0.png", "0", 0.980988)]),
        ("79-onnx-softmax-opset9-on-4d", &[("p0.png", "1", 0.721283), ("p1.png", "1", 0.810187)]),
        ("82-onnx-numbers-in-a-second-file", &[("p0.png", "1", 0.848667)]),
    ] {
        let names = fs::read_dir(case(models)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        for name in names.filter(|name| name.ends_with(".onnx")) {
            for &(picture, class, probability) in answers {
                let (got, value) = answer(&folder, &format!("{models}/{name}"), picture);
                assert!(got == class && (value - probability).abs() < 2e-6, "{name}: {got} {value}");
            }
        }
    }
    let alone = case("82-onnx-numbers-in-a-second-file/alone/model.onnx");
    let told = folder.refused(1, &["info", alone.to_str().unwrap()]);
    assert!(told.contains("model.onnx.data, which is not here; put it beside the model"), "{told}");
}
