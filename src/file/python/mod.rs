//! A folder that goes on with a training in PyTorch, on one process or many, from the very step at which it was written.
//!
//! | file | meaning |
//! |---|---|
//! | `README.md` | how it is used, and what is not as it is here |
//! | `model.py` | the network as a module, made of its operators |
//! | `weights.safetensors`, `optimizer.safetensors` | the state of that module and of its optimiser, under PyTorch's names |
//! | `settings.json`, `position.json` | how it is trained; the step that is next |
//! | `images.csv` | of each image the name, split, class, numbers and the CRC-32 of its pixels |
//! | `images.npy`, `frames.npy` | pixels `[images, height, width, channels]` u8; left, top, width and height of what they show |
//! | `targets.npy`, `target_frames.npy` | the same of the pictures that they should become, for pairs |
//! | `check.safetensors`, `check.json` | eight images with what the network makes of them; the loss of the next step |
//! | `train.py`, `check.py` and what they import | the same in every folder |

mod expressions;
mod images;
mod literals;
mod module;
mod names;
mod network;
mod run;
mod settings;
mod tensors;
mod windows;

pub use run::PythonRun;

use serde_json::{Value, json};

use self::network::PythonNetwork;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// Files that are the same in every folder.
const FIXED: &[(&str, &str)] = &[
    ("README.md", include_str!("folder/README.md")),
    ("augment.py", include_str!("folder/augment.py")),
    ("chance.py", include_str!("folder/chance.py")),
    ("check.py", include_str!("folder/check.py")),
    ("images.py", include_str!("folder/images.py")),
    ("learner.py", include_str!("folder/learner.py")),
    ("requirements.txt", include_str!("folder/requirements.txt")),
    ("train.py", include_str!("folder/train.py")),
];

/// Passes every file but `check.json` to `visit`, by name; a file may come in several parts.
///
/// # Errors
/// It is no training of one network that PyTorch can go on with, an image cannot be read, or `visit` fails.
pub fn write(run: PythonRun, progress: &Progress, visit: &mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<()> {
    check(&run)?;
    let python = PythonNetwork::new(run.network)?;
    for (name, text) in FIXED {
        visit(name, text.as_bytes())?;
    }
    visit("model.py", python.text(run.meta).as_bytes())?;
    visit("weights.safetensors", &python.weights()?)?;
    visit("optimizer.safetensors", &python.optimiser(run.network, &run.trainer.optim)?)?;
    visit("settings.json", lines(&settings::settings(&run, &python)?).as_bytes())?;
    visit("position.json", lines(&settings::position(run.trainer)).as_bytes())?;
    visit("check.safetensors", &images::checked(&run)?)?;
    images::write(run.data, progress, visit)
}

/// The contents of `check.json`: a step that was taken after the folder was written.
pub fn next_step(step: u64, loss: f64) -> Vec<u8> {
    lines(&json!({ "step": step, "loss": loss })).into_bytes()
}

fn check(run: &PythonRun) -> Result<()> {
    let reason = if run.trainer.objective.task.partner().is_some() {
        "two networks for letters learn from each other"
    } else if run.network.structure().is_some() {
        "its connections follow from its parameters, and come and go"
    } else {
        return Ok(());
    };
    Err(Error::new(format!("PyTorch cannot go on with this network: {reason}")))
}

fn lines(value: &Value) -> String {
    format!("{value:#}\n")
}
