//! Transfer: the blocks that are cut, kept and frozen, the cost of a step, and the gain in accuracy.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::common::files::idx;
use crate::common::program::{Folder, number};
use neurarium::activation::Activation;
use neurarium::layer::{Add, Call, Conv, Layer};
use neurarium::network::preset::{self, Request};
use neurarium::network::{Network, Pass};
use neurarium::progress::Progress;
use neurarium::shape::Shape;
use neurarium::surgery::{self, Cut, Freeze, Head, Transfer};

fn preset(name: &str, input: Shape, classes: usize) -> Network {
    let request = Request { classes, embedding: 12, dropout: 0.1, ..Request::default() };
    let mut network = preset::find(name).unwrap().build(input, request).unwrap();
    network.initialise(3);
    network
}

fn transfer(base: &Network, wish: &Transfer) -> neurarium::error::Result<(Network, neurarium::remap::Remap)> {
    surgery::transfer(base, wish, &Progress::default())
}

fn wish(input: Shape) -> Transfer {
    Transfer { cut: Cut::Auto, freeze: Freeze::All, head: Head::Dense, classes: 4, dropout: 0.0, input, seed: 9 }
}

fn names(network: &Network) -> Vec<&str> {
    network.blocks().iter().map(|block| block.name.as_str()).collect()
}

#[test]
fn what_stays_of_a_base_keeps_its_numbers_and_gives_the_same_values() {
    let input = Shape::from_whc(16, 16, 1);
    for (name, last) in [("autoencoder", "embedding"), ("autoencoder-dense", "embedding"), ("classifier-cnn", "pool3")]
    {
        let base = preset(name, input, 3);
        let (network, remap) = transfer(&base, &wish(input)).unwrap();
        assert_eq!(network.blocks()[network.blocks().len() - 2].name, last, "{name}");
        assert_eq!(network.output(), Shape::flat(4));
        for run in remap.runs() {
            assert!(run.origin().is_none_or(|origin| network.theta[run.to.clone()] == base.theta[origin]));
        }
        let end = base.block_named(last).unwrap();
        let values = |network: &Network| {
            let mut pass = Pass::forward_only(network, 1);
            pass.input(1).iter_mut().enumerate().for_each(|(n, x)| *x = (n as f32 * 0.37).sin().abs());
            let call = Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };
            network.forward(&mut pass, &call);
            pass.values(network.block_named(last).unwrap()).to_vec()
        };
        assert_eq!(values(&network), values(&base), "{name}");
        let frozen = |network: &Network| -> Vec<bool> { network.blocks().iter().map(|block| block.frozen).collect() };
        assert!(
            frozen(&network)[1..]
                .iter()
                .zip(&network.blocks()[1..])
                .all(|(&frozen, block)| { frozen == (!block.params.is_empty() && block.name != "head") })
        );
        assert_eq!(end + 2, network.blocks().len(), "{name}: nothing else is left");
    }
}

#[test]
fn cut_freeze_and_head_do_what_they_name() {
    let input = Shape::from_whc(16, 16, 3);
    let base = preset("classifier-cnn", input, 3);
    let asked = Transfer {
        cut: Cut::From("conv3".into()),
        freeze: Freeze::UpTo("conv1".into()),
        head: Head::Hidden,
        dropout: 0.2,
        ..wish(input)
    };
    let (network, _) = transfer(&base, &asked).unwrap();
    assert_eq!(names(&network), ["input", "conv1", "pool1", "conv2", "pool2", "head.hidden", "head.dropout", "head"]);
    assert!(network.blocks().iter().all(|block| block.frozen == (block.name == "conv1")));

    // A head on a head: the old one is removed, whatever its layers.
    let (again, _) = transfer(&network, &Transfer { head: Head::Pool, classes: 7, ..wish(input) }).unwrap();
    assert_eq!(names(&again), ["input", "conv1", "pool1", "conv2", "pool2", "head.pool", "head"]);

    // Convolutions read pictures of any size; dense layers have weights for one.
    let larger = Shape::from_whc(24, 20, 3);
    let (grown, _) = transfer(&base, &wish(larger)).unwrap();
    assert_eq!((grown.input(), grown.output()), (larger, Shape::flat(4)));
    let base = preset("autoencoder-dense", input, 0);
    let error = transfer(&base, &wish(larger)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "encode1: expected pictures of 16 x 16 x 3, for which it has weights, got 24 x 20 x 3"
    );
}

#[test]
fn a_side_branch_that_nothing_reads_any_more_goes() {
    let input = Shape::from_whc(4, 4, 1);
    let mut base = Network::new(input).unwrap();
    let conv = |outputs| Layer::Conv(Conv::same(input, outputs, 3));
    let left = base.push("left", conv(1), Activation::Relu, &[0]).unwrap();
    let right = base.push("right", conv(1), Activation::Relu, &[0]).unwrap();
    base.push("sum", Layer::Add(Add { inputs: vec![input; 2] }), Activation::Linear, &[left, right]).unwrap();
    let asked = Transfer { cut: Cut::From("sum".into()), ..wish(input) };
    let (network, _) = transfer(&base, &asked).unwrap();
    assert_eq!(names(&network), ["input", "right", "head"]);
}

#[test]
fn requests_that_cannot_be_carried_out_are_refused_in_a_sentence() {
    let input = Shape::from_whc(16, 16, 1);
    let base = preset("classifier-mlp", input, 3);
    let refused = |asked: Transfer| transfer(&base, &asked).unwrap_err().to_string();
    assert_eq!(
        refused(Transfer { cut: Cut::From("conv9".into()), ..wish(input) }),
        "cut: expected a block of the base (hidden, dropout, classes), got \"conv9\""
    );
    assert_eq!(
        refused(Transfer { freeze: Freeze::UpTo("classes".into()), ..wish(input) }),
        "freeze: expected none, all, or a block of the base that stays (up to hidden), got \"classes\""
    );
    for cut in ["input", "hidden"] {
        assert_eq!(
            refused(Transfer { cut: Cut::From(cut.into()), ..wish(input) }),
            "cut: expected at least one layer of the base to stay, got none"
        );
    }
    assert!(refused(Transfer { classes: 1, ..wish(input) }).contains("at least 2 classes"));
}

/// The gradient of the parameters, and the time of a backward pass.
fn backward(network: &Network, examples: usize) -> (Vec<f32>, f64) {
    let mut pass = Pass::new(network, examples);
    pass.input(examples).iter_mut().enumerate().for_each(|(n, x)| *x = (n as f32 * 0.013).sin().abs());
    let call = Call { examples, training: true, seed: 1, first_example: 0, tiles: false, prepared: &[] };
    network.forward(&mut pass, &call);
    let mut dtheta = vec![0.0; network.param_len()];
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let (_, dy) = pass.output_and_gradient();
        dy.iter_mut().enumerate().for_each(|(n, dy)| *dy = (n as f32 * 0.7).cos());
        dtheta.fill(0.0);
        let begin = Instant::now();
        network.backward(&mut pass, &mut dtheta, &call);
        best = best.min(begin.elapsed().as_secs_f64());
    }
    for (index, block) in network.blocks().iter().enumerate().filter(|(_, block)| block.frozen) {
        assert!(pass.gradient(index).is_empty(), "{}: nobody wants its gradient", block.name);
    }
    (dtheta, best)
}

#[test]
fn frozen_layers_cost_no_backward_work_and_change_no_gradient_of_the_head() {
    let input = Shape::from_whc(28, 28, 1);
    let base = preset("classifier-cnn", input, 10);
    let of = |freeze| transfer(&base, &Transfer { freeze, ..wish(input) }).unwrap().0;
    let (free, frozen) = (of(Freeze::None), of(Freeze::All));
    assert_eq!(free.theta, frozen.theta);
    let ((all, slow), (head, fast)) = (backward(&free, 32), backward(&frozen, 32));
    let params = free.blocks().last().unwrap().params.clone();
    assert_eq!(all[params.clone()], head[params.clone()]);
    assert!(head[..params.start].iter().all(|&gradient| gradient == 0.0));
    // Three convolutions against one small dense layer: about a hundred times in measurements, so ten is safe.
    assert!(10.0 * fast < slow, "backward {fast} s with a frozen base, {slow} s without");
}

#[test]
fn the_program_puts_a_head_on_a_base_and_leaves_the_base_as_it_was() {
    let folder = Folder::new("transfer");
    folder.pictures("faces", 20);
    folder.result(&["train", "input-directory=faces", "model=autoencoder-dense", "embedding=6", "epochs=2"]);
    let base = folder.path("models/autoencoder-dense.safetensors");
    let before = fs::read(&base).unwrap();
    let ask = |settings: &[&str]| {
        let mut all = vec!["train", "model=models/autoencoder-dense.safetensors", "input-directory=faces", "epochs=3"];
        all.extend(settings);
        folder.result(&all)
    };
    let result = ask(&["cut=auto", "freeze=all", "validation-split=0.3"]);
    assert_eq!(number(&result, "epochs"), 3.0);
    assert!(result.contains_key("accuracy"), "{result:?}");
    assert_eq!(fs::read(&base).unwrap(), before);
    let info = folder.run(&["info", "models/autoencoder-dense-head.safetensors"]);
    let told = crate::common::program::stdout(&info);
    assert!(told.contains("autoencoder-dense+head, classifier") && told.contains("(frozen)"), "{told}");

    // Training it further adds no second head, and frozen blocks stay frozen.
    let on = folder.result(&[
        "train",
        "model=models/autoencoder-dense-head.safetensors",
        "input-directory=faces",
        "epochs=1",
    ]);
    assert_eq!((number(&on, "epochs"), &on["parameters"]), (4.0, &result["parameters"]));

    let gradual = folder.command(&[
        "train",
        "model=models/autoencoder-dense.safetensors",
        "input-directory=faces",
        "head=hidden",
        "transfer-schedule=gradual",
        "epochs=6",
        "learning-rate=0.01",
    ]);
    let mut gradual = gradual;
    let told = crate::common::program::stderr(&gradual.output().unwrap());
    for stage in ["Stage 2 of 3: embedding", "Stage 3 of 3: encode1"] {
        assert!(told.contains(stage), "{stage}: {told}");
    }
    assert!(told.contains("at a learning rate of 0.0001"), "{told}");

    // Early stopping waits for the last stage, from the eighth epoch on: no loss is better by 1000.
    let mut patient = folder.command(&[
        "train",
        "model=models/autoencoder-dense.safetensors",
        "input-directory=faces",
        "head=dense",
        "transfer-schedule=gradual",
        "min-delta=1000",
        "stop-patience=1",
        "restore-best=no",
        "validation-split=0.3",
        "epochs=12",
    ]);
    let told = crate::common::program::stderr(&patient.output().unwrap());
    assert!(told.contains("Stage 3 of 3") && told.contains("epoch 9 of 12"), "{told}");
    assert!(told.contains("val_loss did not improve for one epoch") && !told.contains("epoch 10 of 12"), "{told}");

    let refused = folder.refused(1, &["train", "model=autoencoder", "cut=auto", "input-directory=faces"]);
    assert_eq!(refused, "model: expected a model file as the base for a new head, got autoencoder");
}

/// A data set beside the project.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name);
    path.exists().then_some(path)
}

/// MNIST with the first `count` training images of every class, and all test images.
fn few(mnist: &Path, to: &Path, count: usize) {
    let read = |name: &str| {
        let mut bytes = Vec::new();
        let file = fs::File::open(mnist.join(name)).unwrap();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(file), &mut bytes).unwrap();
        bytes
    };
    let (images, labels) = (read("train-images-idx3-ubyte.gz"), read("train-labels-idx1-ubyte.gz"));
    let mut seen = [0; 10];
    let chosen: Vec<usize> = (0..labels.len() - 8)
        .filter(|&at| {
            seen[usize::from(labels[8 + at])] += 1;
            seen[usize::from(labels[8 + at])] <= count
        })
        .collect();
    let pixels: Vec<u8> = chosen.iter().flat_map(|&at| images[16 + at * 784..][..784].to_vec()).collect();
    let names: Vec<u8> = chosen.iter().map(|&at| labels[8 + at]).collect();
    fs::create_dir_all(to).unwrap();
    fs::write(to.join("train-images-idx3-ubyte"), idx(&[chosen.len() as u32, 28, 28], &pixels)).unwrap();
    fs::write(to.join("train-labels-idx1-ubyte"), idx(&[chosen.len() as u32], &names)).unwrap();
    for name in ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"] {
        fs::copy(mnist.join(name), to.join(name)).unwrap();
    }
}

/// A head on an encoder of clothes, trained with a hundred digits of each class, against the same head on the pixels
/// and on the untrained encoder.
#[test]
#[ignore = "two minutes"]
fn an_encoder_of_clothes_cut_and_frozen_helps_to_read_digits() {
    let (Some(fashion), Some(mnist)) = (data("fashion-mnist"), data("mnist")) else { return };
    let folder = Folder::new("fashion");
    few(&mnist, &folder.path("digits"), 100);
    let fashion = format!("input-directory={}", fashion.display());
    folder.result(&["train", &fashion, "model=classifier-cnn", "epochs=3", "model-directory=learnt"]);
    let untaught = ["limit=20", "epochs=1", "learning-rate=0.000001", "model-directory=untaught"];
    folder.result(&[&["train", &fashion, "model=classifier-cnn"], &untaught[..]].concat());
    let of = |settings: &[&str]| {
        let accuracy = |seed: u64| {
            let seed = format!("seed={seed}");
            let all = ["train", "input-directory=digits", "dropout=0.5", "epochs=30", &seed];
            number(&folder.result(&[&all, settings].concat()), "accuracy")
        };
        (1..=3).map(accuracy).sum::<f64>() / 3.0
    };
    let on_clothes = of(&["model=learnt/classifier-cnn.safetensors", "head=hidden", "freeze=all"]);
    let on_nothing = of(&["model=untaught/classifier-cnn.safetensors", "head=hidden", "freeze=all"]);
    let head = "architecture=dense outputs=128 relu; dropout rate=0.5; dense outputs=classes";
    let on_pixels = of(&[head]);
    println!("{on_clothes} on clothes, {on_nothing} on nothing, {on_pixels} on pixels");
    assert!(on_pixels + 0.03 < on_clothes, "{on_clothes} on clothes, {on_pixels} on pixels");
    assert!(on_nothing < on_clothes, "{on_clothes} on clothes, {on_nothing} on nothing");
}
