//! Memory: large pictures take less of it than their pixels, and a step on them keeps the values of a few at a time.

use std::fs;

use crate::common::files::png;
use crate::common::program::Folder;
use neurarium::activation::Activation;
use neurarium::data::{Dataset, Split, toy};
use neurarium::layer::{Conv, Dense, Layer, Reshape};
use neurarium::loss::Loss;
use neurarium::network::{Network, Task};
use neurarium::optim::{Method, Optim};
use neurarium::par;
use neurarium::schedule::Schedule;
use neurarium::shape::Shape;
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

const SIDE: usize = 192;

/// Smooth pictures of two classes, `SIDE` x `SIDE` in colour.
fn pictures(folder: &Folder, name: &str, count: usize) {
    for class in ["a", "b"] {
        fs::create_dir_all(folder.path(name).join(class)).unwrap();
    }
    for n in 0..count {
        let value = |at: usize| {
            let (x, y, channel) = (at / 3 % SIDE, at / 3 / SIDE, at % 3);
            let (along, across) = if n % 2 == 0 { (x, y) } else { (y, x) };
            (along * 255 / SIDE / (1 + channel) + (across + n) % 40) as u8
        };
        let pixels: Vec<u8> = (0..SIDE * SIDE * 3).map(value).collect();
        fs::write(folder.path(name).join(["a", "b"][n % 2]).join(format!("{n:04}.png")), png(SIDE, SIDE, 3, &pixels))
            .unwrap();
    }
}

/// Most bytes that a training on the pictures of a folder has in memory at a time.
#[cfg(target_os = "linux")]
fn most_memory(folder: &Folder, name: &str) -> usize {
    let side = SIDE.to_string();
    let settings = [
        "train",
        &format!("input-directory={name}"),
        &format!("width={side}"),
        &format!("height={side}"),
        "architecture=conv outputs=4 kernel=8 stride=8 relu; dense outputs=classes",
        "epochs=1",
        "batch-size=16",
        "threads=2",
    ];
    let mut program = folder.command(&settings).stderr(std::process::Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", program.id());
    let mut most = 0;
    // The figure only grows, and is gone with the process.
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok());
        most = most.max(kibibytes.unwrap_or(0) << 10);
        if let Some(ended) = program.try_wait().unwrap() {
            assert!(ended.success(), "{settings:?}");
            return most;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn large_pictures_take_less_memory_than_their_pixels() {
    let folder = Folder::new("memory");
    pictures(&folder, "few", 40);
    pictures(&folder, "many", 640);
    let (few, many) = (most_memory(&folder, "few"), most_memory(&folder, "many"));
    let pixels = (640 - 40) * SIDE * SIDE * 3;
    let more = many.saturating_sub(few);
    assert!(more < pixels * 2 / 3, "{} MiB more for {} MiB of pixels", more >> 20, pixels >> 20);
}

/// A network with most of a million values for a picture of 160 x 160, few of them weights.
fn wide(input: Shape, classes: usize) -> Network {
    let mut network = Network::new(input).unwrap();
    let mut last = 0;
    for name in ["first", "second"] {
        let conv = Layer::Conv(Conv::same(network.shape(last), 16, 1));
        last = network.push(name, conv, Activation::Tanh, &[last]).unwrap();
    }
    let coarse = Layer::Conv(Conv::new(network.shape(last), 4, 8, 8, 0));
    last = network.push("coarse", coarse, Activation::Tanh, &[last]).unwrap();
    let flat = Shape::flat(network.shape(last).len());
    let reshape = Layer::Reshape(Reshape { input: network.shape(last), output: flat });
    last = network.push("flat", reshape, Activation::Linear, &[last]).unwrap();
    let dense = Layer::Dense(Dense { input: flat, outputs: classes });
    network.push("classes", dense, Activation::Linear, &[last]).unwrap();
    network.initialise(4);
    network
}

/// Learns from all training pictures in one step.
fn whole(network: &Network, data: &Dataset, learning_rate: f32) -> Trainer {
    let config = TrainConfig {
        learning_rate,
        schedule: Schedule::CONSTANT,
        batch_len: data.count(Split::Train),
        epochs: 0,
        seed: 3,
        shuffle_window: usize::MAX,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    };
    let objective = Objective { task: Task::Classifier, loss: Loss::CrossEntropy };
    Trainer::new(network, data, objective, config, Optim::new(Method::Sgd { momentum: 0.0 }, network.param_len()))
}

#[test]
fn a_step_on_large_pictures_keeps_the_values_of_a_few() {
    let data = toy::shapes(128, 160, 1);
    let learning_rate = 1e-3;
    let run = |threads| {
        par::with_threads(threads, || {
            let mut network = wide(data.shape, data.classes.len());
            let mut trainer = whole(&network, &data, learning_rate);
            let report = trainer.step(&mut network, &data);
            (report, trainer.bytes(), network)
        })
    };
    let (report, bytes, network) = run(2);
    // All of a shard of 16 would be 110 MiB for each thread.
    assert!(bytes < 2 * (48 << 20), "{} MiB", bytes >> 20);
    for threads in [1, 3] {
        assert!(run(threads).2.theta == network.theta, "{threads} threads differ from two");
    }

    // A small step down the gradient lowers the loss by rate times the square of its norm.
    let before = wide(data.shape, data.classes.len());
    let trainer = whole(&before, &data, learning_rate);
    let loss = |network| trainer.evaluate(data.indices(Split::Train), network, &data).loss;
    let (first, second) = (loss(&before), loss(&network));
    assert!((report.loss - first).abs() < 1e-5 * first, "{} and {first}", report.loss);
    let expected = f64::from(learning_rate) * report.gradient_norm.powi(2);
    let fallen = first - second;
    assert!((fallen - expected).abs() < 0.1 * expected, "{fallen} where {expected} was expected");
}
