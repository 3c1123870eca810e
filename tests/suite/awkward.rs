//! The shared folder of awkward images: every file is used or listed with a reason.
//!
//! The folder is beside the repository; without it these tests do nothing and say so.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::common::files::load;
use neurarium::data::{Frame, LoadOptions, Loaded};

const FOLDER: &str = "../shared/data/awkward-images";

/// All files below a folder, by path.
fn read(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    fn walk(top: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, files);
            } else {
                let name = path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if !top.is_dir() {
        println!("{folder} is not there, so there is nothing to check");
        return None;
    }
    let mut files = Vec::new();
    walk(&top, &top, &mut files);
    files.sort();
    Some(files)
}

#[test]
#[cfg_attr(not(shared_data = "awkward-images"), ignore = "needs ../shared/data/awkward-images")]
fn every_awkward_file_is_used_or_listed() {
    let Some(files) = read(FOLDER) else { return };
    let single: Vec<String> =
        files.iter().map(|(path, _)| path.clone()).filter(|path| !path.starts_with("zips/")).collect();
    let Loaded { dataset, report } = load(files, LoadOptions::default()).unwrap();
    // The manifest is a table, which gives numbers to the images and is none itself.
    assert_eq!(report.files, report.used + report.skipped_count + 1);
    assert_eq!(report.used, dataset.len());
    assert_eq!(dataset.classes[..3], ["constructed", "exif-orientation", "image-rs"]);
    let reasons: HashMap<&str, &str> =
        report.skipped.iter().map(|skipped| (skipped.path.as_str(), skipped.reason.as_str())).collect();
    for path in single.iter().filter(|path| *path != "MANIFEST.csv") {
        let used = dataset.names.contains(path);
        assert!(used != reasons.contains_key(path.as_str()), "{path} is {}", if used { "both" } else { "neither" });
    }

    // Images that another reader can decode must be decoded here, too; the exceptions have reasons.
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FOLDER).join("MANIFEST.csv")).unwrap();
    let decodable: Vec<&str> =
        single.iter().map(String::as_str).filter(|&path| is_decodable(&manifest, path)).collect();
    let refused: Vec<&&str> = decodable.iter().filter(|path| reasons.contains_key(**path)).collect();
    for path in &refused {
        println!("Pillow reads {path}, we do not: {}", reasons[**path]);
    }
    assert!(300 < decodable.len() && refused.len() <= 20, "{} of {}", refused.len(), decodable.len());
}

fn is_decodable(manifest: &str, path: &str) -> bool {
    manifest.lines().any(|line| {
        line.trim_start_matches('"').strip_prefix(path).is_some_and(|rest| rest.starts_with([',', '"']))
            && line.ends_with(",ok")
    })
}

#[test]
#[cfg_attr(not(shared_data = "awkward-images"), ignore = "needs ../shared/data/awkward-images")]
fn all_orientations_of_a_photograph_look_alike() {
    let Some(files) = read(&format!("{FOLDER}/exif-orientation")) else { return };
    let set = load(files, LoadOptions { width: 96, height: 96, ..LoadOptions::default() }).unwrap().dataset;
    assert_eq!(set.len(), 9);
    for n in 0..9 {
        assert_eq!(set.frames[n], Frame { left: 0, top: 16, width: 96, height: 64 }, "{}", set.names[n]);
        let difference: u32 =
            set.example(n).iter().zip(set.example(0).iter()).map(|(&a, &b)| u32::from(a.abs_diff(b))).sum();
        assert!(difference < 2 * set.shape.len() as u32, "{}: {difference}", set.names[n]);
    }
}

#[test]
#[cfg_attr(not(shared_data = "awkward-images"), ignore = "needs ../shared/data/awkward-images")]
fn awkward_archives_give_their_good_images() {
    let Some(files) = read(&format!("{FOLDER}/zips")) else { return };
    for (path, bytes) in files {
        let loaded = load(vec![(path.clone(), bytes)], LoadOptions::default());
        let told = loaded.map(|loaded| (loaded.dataset.classes.join(" "), loaded.dataset.len()));
        let expected = match path.as_str() {
            "backslash-paths.zip" => Some(("flower hopper", 12)),
            "flat-no-folders.zip" => Some(("", 12)),
            "messy-folder.zip" => Some(("Grace Hopper one image 花 flower", 14)),
            "path-traversal.zip" => Some(("ok test data", 2)), // one of three leads out
            _ => None,                                         // empty, without images, incomplete, a zip inside a zip
        };
        let told = told.as_ref().ok().map(|(classes, len)| (classes.as_str(), *len));
        assert_eq!(told, expected, "{path}");
    }
}
