//! Zips: valid ones act as folders; hostile ones cost an entry in the list of skipped files.

use std::time::{Duration, Instant};

use crate::common::files::{ZipFile, load, png, zip};
use neurarium::data::{Failed, LoadOptions, Loaded, MOST_LISTED};

fn picture(value: u8) -> Vec<u8> {
    png(8, 8, 1, &[value; 64])
}

fn loaded(archive: Vec<u8>) -> Result<Loaded, Failed> {
    load(vec![("set.zip".into(), archive)], LoadOptions::default())
}

/// Loads a zip of one good image and `file`; returns why `file` was skipped, and checks that the image was not.
fn reason_beside_a_picture(file: ZipFile) -> String {
    let Loaded { dataset, report } = loaded(zip(&[ZipFile::stored("good.png", &picture(7)), file])).unwrap();
    assert_eq!((&*dataset.example(0), report.skipped_count), (&[7; 64][..], 1), "{:?}", report.skipped);
    report.skipped[0].reason.clone()
}

#[test]
fn a_zip_acts_as_the_folder_it_contains() {
    let archive = zip(&[
        ZipFile { size: 0, crc: 0, ..ZipFile::stored("set/dog/", b"") },
        ZipFile::stored("set/dog/1.png", &picture(1)),
        ZipFile::deflated("set/cat/2.png", &picture(2)),
        ZipFile::stored(r"set\cat\3.png", &picture(3)),
        ZipFile::stored("set/猫/é.png", &picture(4)),
        ZipFile::stored("__MACOSX/set/dog/._1.png", b"litter"),
    ]);
    let Loaded { dataset, report } = loaded(archive).unwrap();
    assert_eq!(dataset.classes, ["cat", "dog", "猫"]);
    assert_eq!(dataset.names, ["cat/2.png", "cat/3.png", "dog/1.png", "猫/é.png"]);
    assert_eq!(dataset.labels, [0, 0, 1, 2]);
    assert_eq!((report.files, report.used, report.skipped_count), (5, 4, 1), "a folder is not a file");
}

#[test]
fn several_zips_are_classes() {
    let archive = |value| zip(&[ZipFile::stored("a.png", &picture(value))]);
    let files = vec![("dogs.zip".to_string(), archive(1)), ("cats.ZIP".to_string(), archive(2))];
    let set = load(files, LoadOptions::default()).unwrap().dataset;
    assert_eq!((set.classes, set.labels), (vec!["cats".to_string(), "dogs".to_string()], vec![0, 1]));
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    for name in ["../a.png", "x/../../a.png", r"..\a.png", r"C:\..\a.png", ""] {
        let reason = reason_beside_a_picture(ZipFile::stored(name, &picture(1)));
        assert!(reason.contains("unsafe name"), "{name}: {reason}");
    }
}

#[test]
fn encrypted_nested_and_unsupported_files_have_their_own_reasons() {
    let locked = ZipFile { flags: 1, ..ZipFile::stored("a.png", &picture(1)) };
    assert!(reason_beside_a_picture(locked).contains("password"));
    let nested = ZipFile::stored("inner.zip", &zip(&[ZipFile::stored("a.png", &picture(1))]));
    assert!(reason_beside_a_picture(nested).contains("a zip inside a zip"));
    let strange = ZipFile { method: 14, ..ZipFile::stored("a.png", &picture(1)) };
    let reason = reason_beside_a_picture(strange);
    assert!(reason.contains("unsupported zip compression"), "{reason}");
    let text = ZipFile::deflated("notes.txt", b"hello");
    assert_eq!(reason_beside_a_picture(text), "a text file, not an image");
}

#[test]
fn files_with_false_sizes_are_damaged() {
    let honest = ZipFile::deflated("a.png", &picture(1));
    for lie in [
        ZipFile { size: 20, ..honest.clone() },
        ZipFile { size: 400_000_000, ..honest.clone() },
        ZipFile { size: u32::MAX - 1, ..honest.clone() },
        ZipFile { crc: honest.crc ^ 1, ..honest.clone() },
        ZipFile { packed: honest.packed[..30].to_vec(), ..honest.clone() },
        ZipFile { method: 0, ..honest.clone() },
    ] {
        let reason = reason_beside_a_picture(lie);
        assert!(
            ["damaged", "too large", "far more than its size"].iter().any(|word| reason.contains(word)),
            "{reason}"
        );
    }
}

#[test]
fn several_files_of_one_name_are_noted() {
    let archive = zip(&[ZipFile::stored("a.png", &picture(1)), ZipFile::stored("a.png", &picture(2))]);
    let Loaded { dataset, report } = loaded(archive).unwrap();
    assert_eq!((dataset.len(), &*dataset.example(0)), (1, &[2; 64][..]));
    assert!(report.notes[0].contains("several files with the same name"), "{:?}", report.notes);
}

#[test]
fn a_bomb_of_zeros_is_not_unpacked() {
    let started = Instant::now();
    let zeros = ZipFile::deflated("zeros.bin", &vec![0; 200 << 20]);
    let packing = started.elapsed();
    let started = Instant::now();
    assert!(reason_beside_a_picture(zeros).contains("far more than its size"));
    assert!(started.elapsed() < packing / 4 + Duration::from_millis(50), "{:?}", started.elapsed());
}

#[test]
fn a_bomb_of_files_that_share_their_bytes_is_stopped() {
    // A PNG of 8 MiB, mostly zeros after its end, listed two thousand times: 16 GiB from a quarter of a megabyte.
    let mut bytes = picture(5);
    bytes.resize(8 << 20, 0);
    let one = ZipFile::deflated("0.png", &bytes);
    let share = |n: usize| ZipFile { name: format!("{n}.png").into(), shares: n != 0, ..one.clone() };
    let Loaded { dataset, report } = loaded(zip(&(0..2000).map(share).collect::<Vec<_>>())).unwrap();
    assert!((2..200).contains(&dataset.len()), "{} pictures", dataset.len());
    assert_eq!(report.files, 2000);
    let last = report.skipped.last().unwrap();
    assert!(last.reason.contains("far more than its size"), "{}", last.reason);
}

#[test]
fn broken_archives_are_skipped_files() {
    let whole = zip(&[ZipFile::stored("a.png", &picture(1)), ZipFile::deflated("b.png", &picture(2))]);
    let many = [b"PK\x03\x04".to_vec(), b"PK\x01\x02".repeat(1_000_001), whole[whole.len() - 22..].to_vec()].concat();
    let mut claims = whole.clone();
    let end = claims.len() - 22;
    claims[end + 8..end + 12].fill(0xff); // 65,535 files
    for broken in [whole[..whole.len() / 2].to_vec(), whole[..whole.len() - 1].to_vec(), many, claims] {
        let failed = loaded(broken).unwrap_err();
        assert_eq!(failed.report.skipped_count, 1);
        assert!(failed.error.to_string().contains("zip"), "{}", failed.error);
    }
    let failed = loaded(zip(&[])).unwrap_err();
    assert!(failed.error.to_string().contains("an empty zip"), "{}", failed.error);
}

#[test]
fn a_long_list_of_skipped_files_is_counted_in_full() {
    let files: Vec<ZipFile> = (0..12_000).map(|n| ZipFile::stored(&format!("{n}.txt"), b"text")).collect();
    let failed = loaded(zip(&files)).unwrap_err();
    assert_eq!((failed.report.skipped_count, failed.report.skipped.len()), (12_000, MOST_LISTED));
}
