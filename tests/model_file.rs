//! Model files: the bytes follow the format, everything is read back, and hostile files do no harm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use neurarium::activation::Activation;
use neurarium::file::safetensors::{self, read, sniff};
use neurarium::file::{Model, ModelMeta, Moments, Preprocessing, Training};
use neurarium::layer::{Conv, Dense, Layer, Reshape};
use neurarium::loss::Loss;
use neurarium::network::Network;
use neurarium::network::Task;
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;
use serde_json::{Value, json};

/// Records the largest allocation.
struct Watched;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

unsafe impl GlobalAlloc for Watched {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Ordering::Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watched = Watched;

/// Input 4 x 3 x 1, a convolution to 2 channels, a dense layer to three classes: 20 + 75 parameters.
fn model() -> Model {
    let input = Shape::from_whc(4, 3, 1);
    let mut network = Network::new(input).unwrap();
    let conv = Layer::Conv(Conv::same(input, 2, 3));
    let conv = network.push("conv1", conv, Activation::LeakyRelu { slope: 0.2 }, &[0]).unwrap();
    let flat = Layer::Reshape(Reshape { input: Shape::from_whc(4, 3, 2), output: Shape::flat(24) });
    let flat = network.push("flat", flat, Activation::Linear, &[conv]).unwrap();
    let dense = Layer::Dense(Dense { input: Shape::flat(24), outputs: 3 });
    network.push("classes", dense, Activation::Linear, &[flat]).unwrap();
    network.embedding = Some(flat);
    network.initialise(7);
    let moments = Moments {
        m: network.theta.iter().map(|value| value * 0.5).collect(),
        v: network.theta.iter().map(|value| value * value).collect(),
        t: 1234,
    };
    let meta = ModelMeta {
        preset: "classifier-cnn".into(),
        task: Task::Classifier,
        loss: Loss::CrossEntropy,
        classes: vec!["cat".into(), "dog \"quoted\"".into(), "猫".into()],
        preprocessing: Preprocessing {
            width: 4,
            height: 3,
            channels: 1,
            resize: "fit".into(),
            background: [255, 128, 0],
        },
        settings: "epochs=5\nlearning-rate=0.001\n".into(),
        training: Training {
            steps: 1234,
            epochs: 5.5,
            examples: 9,
            loss: Some(0.25),
            accuracy: Some(0.9),
            ..Training::default()
        },
    };
    Model { network, columns: None, meta, moments: Some(moments), run: None, partner: None }
}

fn write(model: &Model) -> Vec<u8> {
    safetensors::write(model).unwrap()
}

/// Header and numbers of a file, separated by hand.
fn split(bytes: &[u8]) -> (Value, &[u8]) {
    let len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + len]).unwrap(), &bytes[8 + len..])
}

/// A file with a changed header before the same numbers.
fn joined(header: &Value, numbers: &[u8]) -> Vec<u8> {
    let header = header.to_string();
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), numbers].concat()
}

/// The reader's error for our file with a changed header.
fn error_after(change: impl FnOnce(&mut Value)) -> String {
    let bytes = write(&model());
    let (mut header, numbers) = split(&bytes);
    change(&mut header);
    read(&joined(&header, numbers)).unwrap_err().to_string()
}

/// Changes one entry of the metadata that is JSON itself.
fn describe(header: &mut Value, part: &str, change: impl FnOnce(&mut Value)) {
    let text = header["__metadata__"][part].as_str().unwrap();
    let mut value = serde_json::from_str(text).unwrap();
    change(&mut value);
    header["__metadata__"][part] = Value::String(value.to_string());
}

#[test]
fn a_model_is_read_back_unchanged() {
    let model = model();
    assert_eq!(read(&write(&model)).unwrap(), model);
    let without = Model { moments: None, ..model };
    assert_eq!(read(&write(&without)).unwrap(), without);
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    assert_eq!(write(&model()), write(&model()));
}

#[test]
fn the_bytes_follow_the_format() {
    let model = model();
    let bytes = write(&model);
    assert!(sniff(&bytes));
    let (header, numbers) = split(&bytes);
    assert_eq!((bytes.len() - numbers.len()) % 8, 0, "the numbers are aligned");
    // weight [outputs, height, width, inputs] and bias [outputs] of each block, then the moments: no gaps.
    let expected = [
        ("conv1.weight", json!([2, 3, 3, 1]), 0, 72),
        ("conv1.bias", json!([2]), 72, 80),
        ("classes.weight", json!([3, 24]), 80, 368),
        ("classes.bias", json!([3]), 368, 380),
        ("optimizer.m", json!([95]), 380, 760),
        ("optimizer.v", json!([95]), 760, 1140),
    ];
    for (name, shape, from, to) in &expected {
        assert_eq!(header[name], json!({"dtype": "F32", "shape": shape, "data_offsets": [from, to]}), "{name}");
    }
    assert_eq!(header.as_object().unwrap().len(), expected.len() + 1);
    assert_eq!(numbers.len(), 1140);
    assert_eq!(numbers[..4], model.network.theta[0].to_le_bytes());
    let strings = header["__metadata__"].as_object().unwrap();
    assert!(strings.values().all(Value::is_string), "the format allows only strings there");
    assert_eq!(strings["format"], "neurarium");
    assert_eq!(strings["format-version"], "1");
    assert_eq!(strings["task"], "\"classifier\"");
    assert_eq!(strings["classes"], r#"["cat","dog \"quoted\"","猫"]"#);
    assert_eq!(
        strings["preprocessing"],
        r##"{"width":4,"height":3,"channels":1,"resize":"fit","background":"#ff8000","scaling":"0..1"}"##
    );
}

#[test]
fn the_reference_reader_agrees_about_names_shapes_and_numbers() {
    let model = model();
    let bytes = write(&model);
    let file = ::safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weight = file.tensor("classes.weight").unwrap();
    assert_eq!(weight.shape(), [3, 24]);
    assert_eq!(weight.data()[..4], model.network.theta[20].to_le_bytes());
    assert_eq!(file.len(), 6);
}

#[test]
fn a_foreign_file_has_another_error_than_a_broken_one() {
    let header = json!({"layer.weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}});
    let told = read(&joined(&header, &[0; 4])).unwrap_err().to_string();
    assert_eq!(told, "model file: it has no Neurarium metadata, so its network is unknown");
}

#[test]
fn each_wrong_part_is_named() {
    let told = error_after(|header| header["__metadata__"]["format-version"] = "2".into());
    assert_eq!(told, "model file: its metadata: expected format version 1, got \"2\"");
    let told = error_after(|header| {
        header["__metadata__"].as_object_mut().unwrap().remove("loss");
    });
    assert_eq!(told, "model file: its metadata: expected \"loss\", got nothing of that name");
    let told = error_after(|header| header["__metadata__"]["classes"] = "{".into());
    assert!(told.starts_with("model file: \"classes\" in its metadata is not understood ("), "{told}");
    let told = error_after(|header| describe(header, "classes", |classes| *classes = json!(["a", "b"])));
    assert_eq!(told, "model file: classifier: expected one output for each of 2 classes, got 1 x 1 x 3");
    let told = error_after(|header| describe(header, "preprocessing", |sizes| sizes["width"] = json!(5)));
    assert_eq!(told, "model file: preprocessing: expected the network's input of 4 x 3 x 1, got 5 x 3 x 1");
    let told = error_after(|header| describe(header, "task", |task| *task = json!("autoencoder")));
    assert_eq!(told, "model file: autoencoder: expected an output of 4 x 3 x 1, got 1 x 1 x 3");
}

#[test]
fn missing_foreign_and_misshapen_tensors_are_named() {
    let rename = |header: &mut Value, from: &str, to: &str| {
        let tensor = header.as_object_mut().unwrap().remove(from).unwrap();
        header[to] = tensor;
    };
    let told = error_after(|header| rename(header, "conv1.bias", "other.bias"));
    assert_eq!(told, "model file: tensor \"conv1.bias\": expected one of [2], got none");
    let told = error_after(|header| rename(header, "optimizer.m", "other"));
    assert_eq!(told, "model file: tensor \"optimizer.v\" belongs to no block of its network");
    let told = error_after(|header| header["classes.weight"]["shape"] = json!([24, 3]));
    assert_eq!(told, "model file: tensor \"classes.weight\": expected [3, 24], got [24, 3]");
    let told = error_after(|header| {
        header["classes.bias"] = json!({"dtype": "I32", "shape": [3], "data_offsets": [368, 380]})
    });
    assert_eq!(told, "model file: tensor \"classes.bias\": expected numbers of type F32, got I32");
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for bad in [f32::NAN, f32::INFINITY] {
        for at in [0, 1136] {
            let mut bytes = write(&model());
            let first = bytes.len() - 1140 + at;
            bytes[first..first + 4].copy_from_slice(&bad.to_le_bytes());
            let told = read(&bytes).unwrap_err().to_string();
            assert!(told.contains("expected finite numbers, got"), "{told}");
        }
    }
}

#[test]
fn a_model_that_could_not_be_read_is_not_written() {
    let mut broken = model();
    broken.network.theta[20] = f32::NAN;
    let told = safetensors::write(&broken).unwrap_err().to_string();
    assert_eq!(told, "tensor \"classes.weight\": expected finite numbers, got NaN");
    let mut nameless = model();
    nameless.meta.classes.pop();
    assert!(safetensors::write(&nameless).is_err());
}

#[test]
fn every_truncation_is_an_error() {
    let bytes = write(&model());
    for len in 0..bytes.len() {
        assert!(read(&bytes[..len]).is_err(), "{len} bytes");
    }
    assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err(), "one byte too many");
    assert_eq!(
        read(b"abc").unwrap_err().to_string(),
        "model file: expected at least the 8 bytes of a header length, got 3 bytes"
    );
}

#[test]
fn claimed_sizes_allocate_no_memory() {
    let bytes = write(&model());
    let (header, numbers) = split(&bytes);
    LARGEST.store(0, Ordering::Relaxed);

    // A header length of 2^63, and one just within what the format allows.
    for claimed in [1u64 << 63, 99_999_999] {
        assert!(read(&[&claimed.to_le_bytes(), &bytes[8..]].concat()).is_err());
    }
    // A tensor of 2^60 numbers.
    let mut huge = header.clone();
    huge["conv1.bias"]["shape"] = json!([1u64 << 60]);
    assert!(read(&joined(&huge, numbers)).is_err());
    // An architecture whose dense layer has 2^27 weights, or sizes whose product overflows.
    for outputs in [5_592_405u64, u64::MAX] {
        let mut huge = header.clone();
        describe(&mut huge, "architecture", |network| network["blocks"][3]["layer"]["outputs"] = json!(outputs));
        let told = read(&joined(&huge, numbers)).unwrap_err().to_string();
        assert!(told.starts_with("model file: "), "{told}");
    }
    // Names and shapes as long as the header.
    let mut long = header.clone();
    long["x".repeat(1 << 20)] = json!({"dtype": "F32", "shape": [0], "data_offsets": [0, 0]});
    let told = read(&joined(&long, numbers)).unwrap_err().to_string();
    assert!(told.len() < 400, "{} letters", told.len());

    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest < 32 << 20, "{largest} bytes in one piece");
}

#[test]
fn no_mutation_panics_or_allocates_much() {
    let bytes = write(&model());
    let header_len = bytes.len() - 1140;
    LARGEST.store(0, Ordering::Relaxed);
    let mut rng = Rng::new(3, Purpose::Test, 0);
    for round in 0..20_000 {
        let mut mutant = bytes.clone();
        for _ in 0..1 + rng.below(3) {
            // Most errors are possible in the header.
            let at = if round % 4 == 0 { rng.below(mutant.len()) } else { rng.below(header_len) };
            match rng.below(4) {
                0 => mutant[at] = rng.next_u32() as u8,
                1 => mutant[at] = b"0123456789\"{}[],:-e"[rng.below(19)],
                2 => mutant[at] ^= 1 << rng.below(8),
                _ => {
                    let other = rng.below(header_len);
                    mutant.swap(at, other);
                }
            }
        }
        let _ = read(&mutant);
    }
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest < 32 << 20, "{largest} bytes in one piece");
}
