//! Files of strangers: a model or a journal chooses no paths on this machine, and its names give a terminal no orders.

use std::fs;
use std::path::Path;

use crate::common::program::{Folder, stderr, stdout};
use neurarium::config::Config;
use serde_json::Value;

/// Settings that would write and read elsewhere and take the machine.
const FOREIGN: &str = "history-directory=stolen\nmodel-directory=stolen\noutput-directory=stolen\n\
    cache-directory=stolen\ninput-directory=other\njournal=stolen.journal\nresume=stolen.safetensors\nmemory-cap=1\n\
    threads=7\nmodel=stolen.safetensors\nbatch-size=8\n";

/// A model file whose header was changed.
fn rewritten(file: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let len = u64::from_le_bytes(file[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&file[8..8 + len]).unwrap();
    change(&mut header);
    let mut text = header.to_string();
    text.push_str(&" ".repeat(text.len().next_multiple_of(8) - text.len())); // the tensors are aligned
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &file[8 + len..]].concat()
}

/// A folder with pictures and a small trained model.
fn trained(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.pictures("pictures", 6);
    folder.result(&["train", "input-directory=pictures", "model=classifier-mlp", "epochs=1", "model-directory=own"]);
    folder
}

#[test]
fn a_recipe_sets_nothing_of_this_machine() {
    for read in [Config::read_recipe_beneath, Config::read_recipe_unchosen] {
        let mut config = Config::default();
        read(&mut config, FOREIGN);
        let own = Config::default();
        assert_eq!(config.batch_size(), 8);
        for key in ["history-directory", "model-directory", "output-directory", "cache-directory", "input-directory"] {
            assert_eq!(config.get(key), own.get(key));
        }
        for key in ["journal", "resume", "memory-cap", "threads", "model"] {
            assert_eq!(config.get(key), own.get(key));
        }
    }
}

#[test]
fn a_model_file_chooses_no_directories() {
    let folder = trained("foreign-model");
    folder.pictures("other", 6);
    let file = fs::read(folder.path("own/classifier-mlp.safetensors")).unwrap();
    let file = rewritten(&file, |header| header["__metadata__"]["settings"] = FOREIGN.into());
    fs::write(folder.path("foreign.safetensors"), file).unwrap();
    let before = folder.files(".");
    let run = folder.run(&["train", "model=foreign.safetensors", "input-directory=pictures", "epochs=1"]);
    assert!(run.status.success(), "{}", stderr(&run));
    folder.result(&["eval", "foreign.safetensors", "input-directory=pictures"]);
    let added: Vec<String> = folder.files(".").into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(added, ["models"]);
    assert_eq!(folder.files("models"), ["foreign.safetensors"]);
}

#[test]
fn a_journal_chooses_no_directories() {
    let folder = trained("foreign-journal");
    let header = |settings: &str| serde_json::json!({"neurarium-journal": 1, "seed": 1, "data": "x\u{1b}[2J", "step": 0, "settings": settings});
    fs::write(folder.path("foreign.journal"), format!("{}\n", header(FOREIGN))).unwrap();
    let before = folder.files(".");
    let arguments =
        ["train", "journal=foreign.journal", "input-directory=pictures", "model=classifier-mlp", "epochs=1"];
    let run = folder.run(&arguments);
    assert!(run.status.success() && !stderr(&run).contains('\u{1b}'), "{}", stderr(&run));
    let added: Vec<String> = folder.files(".").into_iter().filter(|name| !before.contains(name)).collect();
    assert_eq!(added, ["models"]);

    let entry = r#"{"step":0,"command":{"do":"setting","key":"output-directory","value":"stolen"}}"#;
    fs::write(folder.path("foreign.journal"), format!("{}\n{entry}\n", header(""))).unwrap();
    let told = stderr(&folder.run(&arguments));
    assert!(
        told.contains("setting: expected one of the data, the model or the training, got output-directory"),
        "{told}"
    );
}

#[test]
fn names_from_files_give_a_terminal_no_orders() {
    let folder = trained("orders");
    let orders = "\u{1b}[2J\u{1b}[31mred\r\nresult images=999\u{9b}1m\u{202e}";
    let file = fs::read(folder.path("own/classifier-mlp.safetensors")).unwrap();
    let named = rewritten(&file, |header| {
        let meta = &mut header["__metadata__"];
        meta["preset"] = orders.into();
        meta["classes"] = serde_json::json!([orders, "b"]).to_string().into();
    });
    fs::write(folder.path("named.safetensors"), named).unwrap();
    let wrong = rewritten(&file, |header| header["__metadata__"]["task"] = format!("\"{orders}\"").into());
    fs::write(folder.path("wrong.safetensors"), wrong).unwrap();
    fs::create_dir_all(folder.path(&format!("odd/{orders}"))).unwrap();
    fs::create_dir_all(folder.path("odd/b")).unwrap();
    for class in [orders, "b"] {
        let picture = folder.path("pictures/lying/000.png");
        for number in 0..4 {
            fs::copy(&picture, folder.path(&format!("odd/{class}/{number}.png"))).unwrap();
        }
    }
    fs::write(folder.path(&format!("odd/{orders}.txt")), "no picture").unwrap();
    for arguments in [
        &["info", "named.safetensors"][..],
        &["info", "wrong.safetensors"],
        &["info", "odd"],
        &["doctor", "odd"],
        &["eval", "named.safetensors", "input-directory=pictures"],
        &["train", "input-directory=odd", "model=classifier-mlp", "epochs=1", "validation-split=0.25"],
        &["run", "named.safetensors", "pictures/lying/000.png", "out.png"],
    ] {
        let output = folder.run(arguments);
        check_plain(&stdout(&output), arguments);
        check_plain(&stderr(&output), arguments);
        let results = stdout(&output).lines().filter(|line| line.starts_with("result ")).count();
        assert!(results <= 1, "{arguments:?}: {}", stdout(&output));
    }
}

/// Nothing but characters that are shown, on lines.
fn check_plain(text: &str, arguments: &[&str]) {
    let order = text.chars().find(|&c| c != '\n' && (c.is_control() || c == '\u{202e}'));
    assert_eq!(order, None, "{arguments:?}: {text:?}");
}

#[test]
#[cfg_attr(not(shared_data = "hostile-files"), ignore = "needs ../shared/data/hostile-files")]
fn hostile_names_in_model_files_are_shown_plainly() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/hostile-files");
    if !data.is_dir() {
        println!("{} is not there, so there is nothing to check", data.display());
        return;
    }
    let folder = Folder::new("hostile-names");
    for name in ["esc-block", "esc-class", "esc-error", "esc-preset"] {
        let path = data.join(format!("{name}.safetensors"));
        for arguments in [&["info", path.to_str().unwrap()][..], &["eval", path.to_str().unwrap()]] {
            let output = folder.run(arguments);
            check_plain(&(stdout(&output) + &stderr(&output)), arguments);
        }
    }
}

#[test]
fn a_full_disk_below_standard_output_is_an_error() {
    if !Path::new("/dev/full").exists() {
        return;
    }
    let folder = trained("full-output");
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let arguments = ["info", "own/classifier-mlp.safetensors"];
    let output = folder.command(&arguments).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.starts_with("standard output: cannot be written") && told.lines().count() == 1, "{told}");
}
