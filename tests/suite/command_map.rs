//! `neurarium map`: the table, the picture, the result line, and what it refuses.

use std::fs;

use crate::common::program::Folder;

#[test]
fn a_map_is_a_table_or_a_picture_the_same_on_any_number_of_threads() {
    let folder = Folder::new("map");
    let of = |extra: &[&str]| {
        let shared = ["limit=120", "width=16", "height=16", "map-perplexity=8"];
        folder.result(&[&["map", "classifier-mlp"][..], extra, &shared].concat())
    };
    let result = of(&["one.csv", "threads=1"]);
    assert_eq!(result["images"], "120");
    for name in ["trustworthiness", "continuity", "neighbours_kept", "label_accuracy"] {
        let figure: f64 = result[name].parse().unwrap();
        assert!((0.05..=1.0).contains(&figure), "{name}: {figure}");
    }
    let table = fs::read_to_string(folder.path("one.csv")).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["example", "name", "class", "split", "x", "y"]);
    assert!(rows.len() == 121 && rows.iter().all(|row| row.len() == 6));
    assert!(rows[1..].iter().all(|row| row[4].parse::<f32>().unwrap().is_finite()));
    of(&["two.csv", "threads=2"]);
    assert_eq!(fs::read_to_string(folder.path("two.csv")).unwrap(), table);

    let result = of(&["map.png", "map-of=probabilities", "map-by=umap", "map-splits=validation"]);
    assert!(result["images"].parse::<usize>().unwrap() < 120);
    let picture = image::open(folder.path("map.png")).unwrap().to_rgb8();
    let white = picture.pixels().filter(|pixel| pixel.0 == [255; 3]).count();
    let all = picture.pixels().count();
    assert!(all / 2 < white && white < all, "{white} of {all} pixels are white");
}

#[test]
fn what_cannot_be_mapped_is_refused_in_a_sentence() {
    let folder = Folder::new("map-refused");
    for (arguments, expected) in [
        (&["map.gif"][..], "map: expected a name that ends in .csv or .png, got map.gif"),
        (&["map.csv", "map-of=code", "limit=40"], "this network has no embedding"),
        (&["map.csv", "map-of=nothing", "limit=40"], "map-of: expected pixels, code, probabilities or a layer ("),
        (&["map.csv", "map-splits=test", "limit=40"], "map: expected at least 4 images, got 0"),
        (&["map.csv", "map-perplexity=1"], "map-perplexity: expected "),
    ] {
        let sentence = folder.refused(1, &[&["map", "classifier-mlp"], arguments].concat());
        assert!(sentence.contains(expected), "{sentence}");
        assert!(!folder.path("map.csv").exists());
    }
    assert!(folder.refused(2, &["map", "classifier-mlp"]).contains("neurarium map"));
}
