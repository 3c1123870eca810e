//! The settings of a training and its position, as `learner.py` reads them.

use serde_json::{Value, json};

use super::network::PythonNetwork;
use super::run::PythonRun;
use crate::data::Augment;
use crate::error::Result;
use crate::optim::Method;
use crate::schedule::Curve;
use crate::shape::Shape;
use crate::train::Trainer;

pub fn settings(run: &PythonRun, python: &PythonNetwork) -> Result<Value> {
    let PythonRun { network, trainer, meta, data } = run;
    let (config, optim) = (&trainer.config, &trainer.optim);
    let sides = |shape: Shape| [shape.height, shape.width, shape.channels];
    let Augment { flip, rotation, shift, zoom, brightness, contrast, noise, cutout } = config.pipeline.augment;
    let [fixed, decaying] = python.fixed_and_decaying();
    Ok(json!({
        "task": meta.task,
        "loss": meta.loss.to_string(),
        "classes": meta.classes,
        "input": sides(network.input()),
        "output": sides(network.output()),
        "optimizer": optimizer(optim.method),
        "weight_decay": optim.weight_decay,
        "clip_norm": optim.clip_norm,
        "learning_rate": config.learning_rate,
        "warmup_steps": config.schedule.warmup_steps,
        "schedule": schedule(config.schedule.curve),
        "batch": config.batch_len,
        "epochs": config.epochs,
        "seed": config.seed,
        "window": config.shuffle_window / data.example_len(),
        "balanced": config.pipeline.balanced,
        "denoise": config.pipeline.denoise,
        "augment": {
            "flip": flip.name(), "rotation": rotation, "shift": shift, "zoom": zoom, "brightness": brightness,
            "contrast": contrast, "noise": noise, "cutout": cutout,
        },
        "fixed": fixed,
        "decaying": decaying,
    }))
}

/// The step that is next.
pub fn position(trainer: &Trainer) -> Value {
    let at = trainer.position();
    json!({
        "step": at.step, "epoch": at.epoch, "position": at.position, "examples_seen": at.examples_seen,
        "rate_factor": at.rate_factor, "optimizer_steps": trainer.optim.t,
    })
}

fn optimizer(method: Method) -> Value {
    let name = method.name();
    match method {
        Method::Sgd { momentum } => json!({ "name": name, "momentum": momentum }),
        Method::Adam { beta1, beta2, epsilon } | Method::AdamW { beta1, beta2, epsilon } => {
            json!({ "name": name, "betas": [beta1, beta2], "epsilon": epsilon })
        }
    }
}

fn schedule(curve: Curve) -> Value {
    let name = curve.name();
    match curve {
        Curve::Constant | Curve::Linear | Curve::Cosine | Curve::OneCycle => json!({ "name": name }),
        Curve::Exponential { end } => json!({ "name": name, "end": end }),
        Curve::Step { drops, factor } => json!({ "name": name, "drops": drops, "factor": factor }),
    }
}
