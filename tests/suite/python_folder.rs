//! Folders that go on in PyTorch: their files, what they refuse, and, where PyTorch is there, that they go on as the run would.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command as Process;

use serde_json::Value;

use crate::common::program::Folder;
use neurarium::config::Config;
use neurarium::session::{Command, NeuronSet, Session};

/// A network for images with everything that training can have, after some steps.
fn session(more: &str) -> Session {
    let config =
        "model=classifier-cnn\nwidth=16\nheight=16\nlimit=96\nbatch-size=16\nepochs=9\ndropout=0.2\nweight-decay=0.01";
    let mut session = Session::new(Config::parse(&format!("{config}\n{more}")).unwrap()).unwrap();
    (0..4).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session
}

fn files(session: &mut Session) -> neurarium::error::Result<BTreeMap<String, Vec<u8>>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    session.write_python(&mut |name, bytes| {
        files.entry(name.into()).or_default().extend(bytes);
        Ok(())
    })?;
    Ok(files)
}

fn json(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap()
}

#[test]
fn a_folder_has_the_network_the_images_and_the_next_step() {
    let mut session = session("");
    session.edit(&Command::Freeze { blocks: vec![1], frozen: true }, false).unwrap();
    let files = files(&mut session).unwrap();
    let names = [
        "README.md",
        "augment.py",
        "chance.py",
        "check.json",
        "check.py",
        "check.safetensors",
        "frames.npy",
        "images.csv",
        "images.npy",
        "images.py",
        "learner.py",
        "model.py",
        "optimizer.safetensors",
        "position.json",
        "requirements.txt",
        "settings.json",
        "train.py",
        "weights.safetensors",
    ];
    assert_eq!(files.keys().map(String::as_str).collect::<Vec<_>>(), names);
    let weights = safetensors::SafeTensors::deserialize(&files["weights.safetensors"]).unwrap();
    assert_eq!(weights.tensor("conv1.weight").unwrap().shape(), [16, 3, 3, 3]);
    assert_eq!(weights.tensor("classes.bias").unwrap().shape(), [8]);
    let moments = safetensors::SafeTensors::deserialize(&files["optimizer.safetensors"]).unwrap();
    // A frozen layer has none.
    assert!(moments.tensor("conv1.weight.exp_avg").is_err());
    assert_eq!(moments.tensor("conv2.weight.exp_avg_sq").unwrap().shape(), [32, 16, 3, 3]);
    let settings = json(&files, "settings.json");
    assert_eq!(settings["fixed"], serde_json::json!(["conv1.weight", "conv1.bias"]));
    assert_eq!(settings["decaying"], serde_json::json!(["conv2.weight", "conv3.weight", "classes.weight"]));
    assert_eq!((&settings["batch"], &settings["task"]), (&16.into(), &"classifier".into()));
    assert_eq!(json(&files, "position.json")["step"], 4);
    let next = json(&files, "check.json");
    let steps = session.recorder().steps();
    assert_eq!((steps.len(), next["step"].as_u64()), (5, Some(5)));
    assert_eq!(next["loss"].as_f64(), steps.value("loss", 4));
    assert_eq!(files["images.csv"].iter().filter(|&&byte| byte == b'\n').count(), 97);
    assert_eq!(files["images.npy"].len(), 128 + 96 * 16 * 16 * 3);
    assert!(files["images.npy"].starts_with(b"\x93NUMPY\x01\x00v\x00{'descr': '|u1', "));
    let model = String::from_utf8(files["model.py"].clone()).unwrap();
    for line in ["self.conv1 = nn.Conv2d(3, 16, 3, padding=1)", "conv1_2 = F.relu(conv1)", "return classes"] {
        assert!(model.contains(line), "{line}: {model}");
    }
}

#[test]
fn learners_that_pytorch_cannot_go_on_with_are_refused_with_the_reason() {
    for (settings, reason) in [
        ("model=manifold", "its connections follow from its parameters"),
        ("model=letters\nsample=letters", "two networks for letters learn from each other"),
        ("model=columns", "columns"),
    ] {
        let config = Config::parse(&format!("{settings}\nlimit=104")).unwrap();
        let error = files(&mut Session::new(config).unwrap()).unwrap_err().to_string();
        assert!(error.contains(reason), "{settings}: {error}");
    }
}

#[test]
fn the_command_writes_a_folder_where_there_is_none() {
    let folder = Folder::new("python");
    folder.pictures("faces", 8);
    let train = ["train", "model=classifier-mlp", "input-directory=faces", "epochs=2", "snapshot-interval=1"];
    folder.result(&[&train[..], &["model-directory=models"]].concat());
    let model = "models/classifier-mlp-epoch-0001.safetensors";
    let result = folder.result(&["export", model, "out", "format=python", "input-directory=faces"]);
    assert_eq!((&*result["images"], &*result["files"]), ("16", "18"));
    assert_eq!(folder.files("out").len(), 18);
    assert!(fs::read_to_string(folder.path("out/images.csv")).unwrap().contains("lying/000.png,"));
    for (arguments, expected) in [
        (&[model, "out", "format=python"][..], "out: expected a new or an empty folder, got one with files, or a file"),
        (&[model, "new", "format=java"], "format: expected python or site, got \"java\""),
        (&[model, "new", "format=python", "part=encoder"], "export: expected part= with a name in .onnx, got new"),
        (&["models/classifier-mlp.safetensors", "new", "format=python"], "expected a checkpoint"),
    ] {
        let refused = folder.refused(1, &[&["export"], arguments].concat());
        assert!(refused.contains(expected), "{refused}");
    }
    assert!(!folder.files("").iter().any(|name| name.contains(".part") || name == "new"));
}

#[test]
#[cfg_attr(not(python_package = "torch"), ignore = "needs the Python packages torch, safetensors and numpy")]
fn two_processes_of_pytorch_go_on_as_the_run_does() {
    let augment = "augment-flip=both\naugment-rotation=15\naugment-shift=0.1\naugment-cutout=0.3\nresize=fit";
    let mut session = session(augment);
    let pinned = NeuronSet { block: 3, indices: vec![0, 5] };
    session.edit(&Command::Pin { neurons: vec![pinned], parameters: Vec::new(), pinned: true }, false).unwrap();
    session.step_once(&|| 0.0).unwrap();
    let folder = Folder::new("torch");
    for (name, bytes) in files(&mut session).unwrap() {
        fs::write(folder.path(&name), bytes).unwrap();
    }
    let python = std::env::var("PYTHON").unwrap_or("python3".into());
    let run = |arguments: &[&str]| {
        let output = Process::new(&python).args(arguments).current_dir(&folder.0).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run(&["check.py"]).contains("this folder is as it was written"));
    (0..19).for_each(|_| session.step_once(&|| 0.0).unwrap());
    let alone: &[&str] = &[];
    for start in [alone, &["-m", "torch.distributed.run", "--nproc-per-node", "2"]] {
        let steps = ["train.py", "--steps", "20", "--every", "1", "--device", "cpu"];
        let lines = run(&[start, &steps].concat());
        let found: Vec<(u64, f64)> = lines
            .lines()
            .filter(|line| line.starts_with("step "))
            .map(|line| {
                let words: Vec<&str> = line.split(' ').collect();
                (words[1].parse().unwrap(), words[3].parse().unwrap())
            })
            .collect();
        assert_eq!(found.len(), 20);
        for (step, loss) in found {
            let ours = session.recorder().steps().value("loss", step as usize - 1).unwrap();
            assert!((loss - ours).abs() < 1e-3, "step {step}: {loss} and {ours}");
        }
    }
}
