//! The command line as scripts use it: arguments, files written, the result line, exit status, messages.

use std::fs;
use std::process::{Command, Stdio};

use crate::common::program::{Folder, number, picture, stderr, stdout};

/// Settings for a run of a second or two.
const SMALL: [&str; 6] =
    ["train", "input-directory=pictures", "model=autoencoder-dense", "epochs=4", "embedding=8", "batch-size=8"];

#[test]
fn help_lists_every_command_and_key() {
    let folder = Folder::new("help");
    let output = folder.run(&["help"]);
    let text = stdout(&output);
    for word in ["train", "eval", "run", "render", "info", "help"] {
        assert!(text.contains(&format!("neurarium {word}")), "{word}");
    }
    for key in neurarium::config::KEYS {
        assert!(text.contains(&format!("  {} ", key.name)), "{}", key.name);
        let one = stdout(&folder.run(&["help", key.name]));
        assert!(one.contains(key.help) && one.lines().last().unwrap().starts_with("result key="), "{one}");
    }
    assert_eq!(text, stdout(&folder.run(&["--help"])));
    assert!(text.lines().last().unwrap().starts_with("result "));
    assert!(stdout(&folder.run(&["help", "train"])).contains("Ctrl-C"));
    assert_eq!(stdout(&folder.run(&["help", "train"])), stdout(&folder.run(&["train", "--help"])));
}

#[test]
fn wrong_usage_is_status_2_with_a_hint() {
    let folder = Folder::new("usage");
    assert!(folder.refused(2, &[]).contains("try neurarium help"));
    assert_eq!(folder.refused(2, &["trian"]), "there is no command \"trian\"; did you mean neurarium train?");
    let told = folder.refused(2, &["run", "a", "b"]);
    assert!(told.ends_with("usage: neurarium run MODEL INPUT-IMAGE OUTPUT-IMAGE [KEY=FILE ...]"), "{told}");
    let told = folder.refused(2, &["run", "a", "b", "c", "d"]);
    assert!(told.contains("expected embedding=FILE or embedding-output=FILE, got \"d\""), "{told}");
    assert!(folder.refused(2, &["eval"]).contains("usage: neurarium eval MODEL"));
    assert!(folder.refused(2, &["eval", "model", "nonsense"]).contains("expected KEY=VALUE, got \"nonsense\""));
    assert!(folder.refused(2, &["info"]).contains("usage: neurarium info FILE"));
    let told = folder.refused(2, &["info", "input-directory=photos"]);
    assert!(told.contains("expected files before settings, got the setting \"input-directory=photos\""), "{told}");
}

#[test]
fn mistakes_are_status_1_and_one_sentence() {
    let folder = Folder::new("mistakes");
    let told = |arguments: &[&str]| folder.refused(1, arguments);
    assert_eq!(
        told(&["train", "learning-rate=abc"]),
        "learning-rate: expected a number from 0.000001 to 10, got \"abc\""
    );
    assert_eq!(told(&["train", "learnin-rate=1"]), "unknown key \"learnin-rate\"; did you mean learning-rate?");
    assert_eq!(told(&["help", "epoch"]), "unknown key \"epoch\"; did you mean epochs?");
    assert!(told(&["train", "no.config"]).starts_with("no.config: cannot be opened"));
    assert!(told(&["train", "input-directory=nowhere"]).starts_with("nowhere: cannot be opened"));
    assert!(told(&["train", "model=autoencodr"]).starts_with("model: expected autoencoder, "));
    assert!(told(&["eval", "none.safetensors"]).starts_with("none.safetensors: cannot be opened"));
    fs::write(folder.path("wrong.config"), "epochs=3\nepochs=x\n").unwrap();
    assert!(told(&["train", "wrong.config"]).starts_with("wrong.config: line 2: epochs: expected "));
    fs::write(folder.path("short.safetensors"), "oh").unwrap();
    assert!(told(&["eval", "short.safetensors"]).starts_with("short.safetensors: model file: expected at least"));
    assert_eq!(folder.files("."), ["short.safetensors", "wrong.config"], "nothing is left behind");
}

#[test]
fn an_autoencoder_is_trained_saved_measured_and_used() {
    let folder = Folder::new("autoencoder");
    folder.pictures("pictures", 20);
    let trained = folder.result(&[&SMALL[..], &["snapshot-interval=2", "seed=3"]].concat());
    assert_eq!(number(&trained, "images"), 40.0);
    assert_eq!(number(&trained, "epochs"), 4.0);
    assert_eq!(number(&trained, "steps"), 4.0 * 36f64.div_euclid(8.0).max(5.0));
    for key in ["parameters", "connections", "seconds", "images_per_second", "loss", "val_loss", "psnr"] {
        assert!(number(&trained, key) > 0.0, "{key}");
    }
    assert_eq!(folder.files("models"), ["autoencoder-dense-epoch-0002.safetensors", "autoencoder-dense.safetensors"]);
    let sheets = folder.files("output");
    assert!(!sheets.is_empty() && sheets.iter().all(|name| name.ends_with(".png")), "{sheets:?}");
    assert!(picture(&folder.path("output").join(&sheets[0])).2 > 10);

    let model = "models/autoencoder-dense.safetensors";
    // The same images are held out again: the split is drawn from the seed in the model.
    let measured = folder.result(&["eval", model, "input-directory=pictures"]);
    assert_eq!(measured["psnr"], trained["psnr"]);
    assert_eq!(measured["val_loss"], trained["val_loss"]);
    assert_eq!(measured["parameters"], trained["parameters"]);

    for output in ["once.png", "again.png"] {
        folder.result(&["run", model, "pictures/lying/000.png", output]);
    }
    assert_eq!(fs::read(folder.path("once.png")).unwrap(), fs::read(folder.path("again.png")).unwrap());
    assert_eq!((picture(&folder.path("once.png")).0, picture(&folder.path("once.png")).1), (8, 8));

    folder.result(&["render", model, "network.png", "input-directory=pictures"]);
    assert!(picture(&folder.path("network.png")).2 > 20, "the drawing is not blank");
    let sized = ["view-mode=weights", "view-theme=dark", "view-width=300", "view-height=200", "view-example=3"];
    let told = folder.result(&[&["render", model, "weights.png", "input-directory=pictures"][..], &sized].concat());
    assert_eq!((told["width"].as_str(), told["height"].as_str()), ("300", "200"));
    assert_eq!((picture(&folder.path("weights.png")).0, picture(&folder.path("weights.png")).1), (300, 200));

    let told = folder.result(&["info", model]);
    assert_eq!(told["parameters"], trained["parameters"]);
    assert_eq!(told["steps"], trained["steps"]);
}

#[test]
fn a_classifier_learns_which_stripes_stand() {
    let folder = Folder::new("classifier");
    folder.pictures("pictures", 30);
    fs::write(
        folder.path("stripes.config"),
        "# lying or standing stripes\ninput-directory = pictures\nmodel = classifier-mlp\nepochs = 99\nbatch-size = 8\n\
         model-directory = \"kept here\"\n",
    )
    .unwrap();
    let trained = folder.result(&["train", "stripes.config", "epochs=12"]);
    assert_eq!(number(&trained, "accuracy"), 1.0, "{trained:?}");
    assert_eq!(folder.files("kept here"), ["classifier-mlp.safetensors"]);
    assert!(!trained.contains_key("psnr"));
    let model = "kept here/classifier-mlp.safetensors";
    let output = folder.run(&["run", model, "pictures/standing/003.png", "seen.png"]);
    assert!(stdout(&output).lines().last().unwrap().contains("class=standing"), "{}", stdout(&output));
    assert!(picture(&folder.path("seen.png")).2 > 10);
}

#[test]
fn the_number_of_threads_changes_no_byte_of_the_model() {
    let folder = Folder::new("threads");
    folder.pictures("pictures", 12);
    for threads in ["1", "2", "3"] {
        let (directory, threads) = (format!("model-directory={threads}"), format!("threads={threads}"));
        folder.result(&[&SMALL[..], &[directory.as_str(), threads.as_str()]].concat());
    }
    let model = |threads: &str| fs::read(folder.path(threads).join("autoencoder-dense.safetensors")).unwrap();
    assert!(model("1") == model("2") && model("1") == model("3"));
}

#[test]
fn training_continues_from_a_model_file() {
    let folder = Folder::new("continue");
    folder.pictures("pictures", 12);
    let first = folder.result(&SMALL);
    let model = "model=models/autoencoder-dense.safetensors";
    let second = folder.result(&["train", model, "input-directory=pictures", "epochs=2"]);
    assert_eq!(number(&second, "epochs"), number(&first, "epochs") + 2.0);
    assert!(number(&second, "val_loss") < number(&first, "val_loss"));
    assert_eq!(folder.files("models"), ["autoencoder-dense.safetensors"]);
    let told = folder.refused(1, &["train", model, "input-directory=pictures", "width=16"]);
    assert!(told.contains("width: expected 8"), "{told}");
}

#[test]
fn every_skipped_file_is_listed_with_a_reason() {
    let folder = Folder::new("listed");
    folder.pictures("pictures", 4);
    fs::write(folder.path("pictures/lying/empty.png"), "").unwrap();
    fs::write(folder.path("pictures/lying/text.png"), "hello").unwrap();
    // A sparse file of 600 MiB, which takes no disk space and must take no memory.
    fs::File::create(folder.path("pictures/lying/vast.png")).unwrap().set_len(600 << 20).unwrap();
    let output = folder.run(&["info", "pictures"]);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}{}", stderr(&output));
    assert!(text.contains("lying/empty.png: ") && text.contains("lying/text.png: "), "{text}");
    assert!(text.contains("lying/vast.png: 600 MiB large, more than the limit of 512 MiB"), "{text}");
    assert!(text.lines().last().unwrap().contains("images=8 files=11 skipped=3 classes=2"), "{text}");
    fs::create_dir(folder.path("nothing")).unwrap();
    fs::write(folder.path("nothing/a.png"), "hello").unwrap();
    let output = folder.run(&["info", "nothing"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).contains("a.png: "), "{}", stdout(&output));
}

#[cfg(unix)]
#[test]
fn links_pipes_and_loops_do_not_block() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new("links");
    folder.pictures("pictures", 3);
    symlink("..", folder.path("pictures/lying/up")).unwrap();
    symlink("nowhere", folder.path("pictures/lying/dangling.png")).unwrap();
    symlink("/dev/zero", folder.path("pictures/lying/endless.png")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.path("pictures/lying/pipe.png")).status().unwrap().success());
    let output = folder.run(&["info", "pictures"]);
    let text = stdout(&output);
    assert!(text.contains("images=6 files=10 skipped=4"), "{text}{}", stderr(&output));
    assert!(text.contains("lying/pipe.png: not a regular file"), "{text}");
    assert!(text.contains("lying/up: link to a folder that is already read"), "{text}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_saves_and_succeeds() {
    use std::io::{BufRead, BufReader, Read};
    let folder = Folder::new("interrupt");
    folder.pictures("pictures", 12);
    for signal in ["-INT", "-TERM"] {
        let directory = signal.replace('-', "model-directory=");
        let arguments = [&SMALL[..], &["epochs=endless", directory.as_str()]].concat();
        let mut child = folder.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().starts_with("epoch 2")));
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        for line in lines {
            drop(line); // a full pipe would block the program
        }
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        assert!(child.wait().unwrap().success());
        assert!(text.lines().last().unwrap().starts_with("result images=24 "), "{text}");
        // With a checkpoint, so that the run can be resumed.
        let left = ["-best", "-last", ""].map(|ending| format!("autoencoder-dense{ending}.safetensors"));
        assert_eq!(folder.files(&signal[1..]), left);
    }
}

#[test]
fn a_closed_standard_output_is_no_error() {
    let folder = Folder::new("pipe");
    let mut child = folder.command(&["help"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}
