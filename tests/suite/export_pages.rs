//! Exports for browsers by the command line: one HTML file, and a folder for static hosts, both from a page that was built.

use std::fs;
use std::io::Read;

use flate2::read::GzDecoder;

use crate::common::program::Folder;
use neurarium::file;

const WASM: &[u8] = b"\0asm of a test";

/// A folder with pictures, a model of them, and what stands for a built page.
fn folder(model: &str) -> Folder {
    let folder = Folder::new("pages");
    folder.pictures("faces", 8);
    let setting = format!("model={model}");
    folder.result(&["train", &setting, "input-directory=faces", "epochs=2", "model-directory=models"]);
    fs::create_dir_all(folder.path("dist/www/pkg/player")).unwrap();
    fs::create_dir_all(folder.path("dist/www/player")).unwrap();
    fs::write(folder.path("dist/www/pkg/player/neurarium_bg.wasm"), WASM).unwrap();
    fs::write(folder.path("dist/www/pkg/player/neurarium.js"), "let wasm_bindgen; // /* script */").unwrap();
    fs::write(folder.path("dist/index.html"), "<!doctype html>").unwrap();
    fs::write(folder.path("dist/_headers"), "/*\n").unwrap();
    for name in ["player.html", "player.css", "player.js"] {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/www/player/");
        fs::copy(format!("{source}{name}"), folder.path("dist/www/player").join(name)).unwrap();
    }
    folder
}

/// The bytes behind base 64 of their gzip.
fn unpacked(text: &str) -> Vec<u8> {
    let digit = |byte: u8| match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => panic!("{byte} is no digit"),
    };
    let digits: Vec<u32> = text.trim_end_matches('=').bytes().map(|byte| u32::from(digit(byte))).collect();
    let mut packed = Vec::new();
    for four in digits.chunks(4) {
        let bits = (0..4).fold(0, |bits, n| bits << 6 | four.get(n).copied().unwrap_or(0));
        packed.extend(&bits.to_be_bytes()[1..four.len()]);
    }
    let mut bytes = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_page_has_the_model_and_what_runs_it() {
    // The autoencoder has more parameters than are written whole.
    for (model, is_short) in [("classifier-cnn", false), ("autoencoder-dense", true)] {
        let folder = folder(model);
        let path = format!("models/{model}.safetensors");
        let result = folder.result(&["export", &path, "out.html", "input-directory=faces"]);
        let page = fs::read_to_string(folder.path("out.html")).unwrap();
        assert_eq!(result["bytes"], page.len().to_string());
        assert_eq!(result.contains_key("difference"), is_short, "{result:?}");
        let line = page.lines().find(|line| line.contains("globalThis.parts")).unwrap();
        let texts: Vec<&str> = line.split('"').skip(1).step_by(2).collect();
        assert_eq!(unpacked(texts[0]), WASM);
        let [ours, theirs] =
            [fs::read(folder.path(&path)).unwrap(), unpacked(texts[1])].map(|bytes| file::read(&bytes).unwrap());
        assert_eq!((&theirs.network.spec(), theirs.moments), (&ours.network.spec(), None));
        let off = ours.network.theta.iter().zip(&theirs.network.theta).map(|(ours, theirs)| (ours - theirs).abs());
        let off = off.fold(0.0, f32::max);
        assert!(if is_short { 0.0 < off && off < 1e-3 } else { off == 0.0 }, "{model}: {off}");
        // What was put in is not filled again.
        assert!(page.contains("let wasm_bindgen; // /* script */"));
        assert!(page.contains(&format!("<title>{model}, faces</title>")));
    }
}

#[test]
fn a_site_has_the_page_the_model_and_a_card() {
    let folder = folder("classifier-cnn");
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path("dist"), folder.path("dist/www/again")).unwrap();
    let model = "models/classifier-cnn.safetensors";
    let result =
        folder.result(&["export", model, "space", "format=site", "input-directory=faces", "licence=cc-by-4.0"]);
    assert_eq!(
        folder.files("space"),
        ["README.md", "_headers", "index.html", "model.safetensors", "start.html", "www"]
    );
    assert!(!folder.path("space/www/again").exists(), "a link that leads back up is left out");
    let card = fs::read_to_string(folder.path("space/README.md")).unwrap();
    for line in ["sdk: static", "app_file: start.html", "license: cc-by-4.0", "Classes: lying, standing."] {
        assert!(card.lines().any(|found| found == line), "{line}: {card}");
    }
    let row = card.lines().find(|line| line.starts_with("| accuracy |")).unwrap();
    assert_eq!(
        row,
        format!("| accuracy | {} | {} to {} |", result["accuracy"], result["accuracy_low"], result["accuracy_high"])
    );
    let start = fs::read_to_string(folder.path("space/start.html")).unwrap();
    assert_eq!(start.matches("index.html#open=model.safetensors").count(), 2);
    assert!(file::read(&fs::read(folder.path("space/model.safetensors")).unwrap()).is_ok());
    for (arguments, expected) in [
        (
            &[model, "other", "format=site", "site=nowhere"][..],
            "nowhere: expected a folder that ./build.sh dist has made",
        ),
        (&[model, "other.html", "site=nowhere"], "nowhere: expected a folder that ./build.sh dist has made"),
        (&[model, "other.html", "licence=mit"], "export: expected licence= with format=site, got other.html"),
    ] {
        let refused = folder.refused(1, &[&["export"], arguments].concat());
        assert!(refused.contains(expected), "{refused}");
    }
}
