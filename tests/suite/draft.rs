//! Architectures as text: the networks that are built, the messages about mistakes, and the text of a network.

use crate::common::program::{Folder, number, stdout};
use neurarium::config::Config;
use neurarium::network::draft::{KINDS, Surroundings, build, check, print};
use neurarium::network::preset::{PRESETS, Request};
use neurarium::network::{Network, Task};
use neurarium::session::{Command, Session};
use neurarium::shape::Shape;

const AROUND: Surroundings = Surroundings {
    input: Shape::from_whc(28, 28, 1),
    classes: 10,
    numbers: 0,
    target: Some(Shape::from_whc(28, 28, 3)),
    letters: false,
};

fn built(text: &str) -> (Network, Task) {
    build(text, AROUND).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_text_becomes_the_network_it_describes() {
    let text = "# a comment
        left: conv outputs=8 kernel=5 stride=2 relu
        conv outputs=8 stride=2 leaky-relu:0.2 from=input; sum: add from=left,conv1 relu
        max-pool; dropout rate=0.25
        dense outputs=classes";
    let (network, task) = built(text);
    assert_eq!(task, Task::Classifier);
    let names: Vec<&str> = network.blocks().iter().map(|block| block.name.as_str()).collect();
    assert_eq!(names, ["input", "left", "conv1", "sum", "max-pool1", "dropout1", "dense1"]);
    assert_eq!(network.blocks()[3].inputs, [1, 2]);
    assert_eq!(network.output(), Shape::flat(10));
    let (network, task) = built("embedding: dense outputs=16 gelu; dense outputs=values; picture sigmoid");
    assert_eq!((task, network.embedding, network.output()), (Task::Autoencoder, Some(1), AROUND.input));
}

#[test]
fn presets_and_their_text_are_the_same_networks() {
    for preset in PRESETS {
        // Only a U-Net asks for pairs, and its text needs them to be read as one.
        let target = (preset.name == "unet").then_some(Shape::from_whc(28, 28, 3));
        if preset.name.starts_with("letters") {
            continue; // letters are grey; see letters_exchange.rs
        }
        let request = Request { classes: 10, embedding: 32, dropout: 0.2, target, ..Request::default() };
        let network = preset.build(AROUND.input, request).unwrap();
        if ["manifold", "graph"].contains(&preset.name) {
            assert!(print(&network, AROUND).unwrap_err().to_string().contains("as text"));
            continue;
        }
        let text = print(&network, AROUND).unwrap_or_else(|error| panic!("{}: {error}", preset.name));
        let (again, task) = built(&text);
        assert_eq!(task, preset.tasks[0], "{text}");
        assert_eq!((again.spec(), again.embedding), (network.spec(), network.embedding), "{text}");
    }
    // A side that was rounded by halving cannot be written, and is not written wrongly.
    let request = Request { classes: 0, embedding: 8, dropout: 0.0, ..Request::default() };
    let odd = PRESETS[0].build(Shape::from_whc(35, 33, 1), request).unwrap();
    assert!(
        print(&odd, Surroundings { input: odd.input(), classes: 0, numbers: 0, target: None, letters: false })
            .unwrap_err()
            .to_string()
            .contains("as text")
    );
}

#[test]
fn every_kind_is_printed_as_it_was_read() {
    for kind in KINDS.iter() {
        let from = match kind.name {
            "add" | "product" | "concat" => "a,b",
            "picture" => "input",
            _ => "a",
        };
        let text = |layer: &str| format!("a: conv outputs=8; b: conv outputs=8 from=input; {layer} from={from}");
        let layer =
            |written: &str| built(&format!("{}; dense outputs=classes", text(written))).0.blocks()[3].layer.clone();
        let name = if kind.name == "reshape" { "reshape width=14 height=14 outputs=32" } else { kind.name };
        let read = layer(name);
        let printed = read.ops().text(&AROUND, false).unwrap_or_else(|| panic!("{} is not printed", kind.name));
        assert_eq!(printed.split(' ').next(), Some(kind.name));
        assert_eq!(layer(&printed), read, "{printed}");
    }
}

#[test]
fn mistakes_are_reported_by_layer_with_the_reason() {
    let told = |text: &str| build(text, AROUND).unwrap_err().to_string();
    assert!(told("conv; swoosh").starts_with("layer 2: layer: expected one of conv, "));
    assert_eq!(told("conv; max-poool"), "layer 2: layer: there is no kind \"max-poool\"; did you mean max-pool?");
    assert_eq!(told("conv size=3"), "layer 1: conv: expected outputs, kernel, stride, padding, got \"size\"");
    assert_eq!(told("conv outputs=0"), "layer 1: conv: outputs: expected a whole number from 1 to 1000000, got \"0\"");
    assert_eq!(told("conv stride=9"), "layer 1: conv1: conv: expected a stride of 1 to the kernel's 3, got 9");
    assert_eq!(told("add from=input,nobody"), "layer 1: from: expected the name of a layer above, got \"nobody\"");
    assert_eq!(told("dense outputs=3 swoosh").split(',').next(), Some("layer 1: activation: expected one of linear"));
    assert_eq!(
        told("dense outputs=3"),
        "the last layer: expected a picture of 28 x 28 x 3 like the targets, or of 28 x 28 x 1 (or 10 values, one for each class), got 1 x 1 x 3"
    );
    assert_eq!(told(" ;; "), "architecture: expected at least one layer, got none");
    let (lines, whole) = check("conv outputs=4; conv stride=9; dense outputs=classes", AROUND);
    assert_eq!(lines[0].shape, "28 x 28 x 4");
    assert!(
        lines[1].error.is_some() && lines[2].error.as_deref() == Some("it cannot be checked before the layer above it")
    );
    assert!(whole.unwrap_err().to_string().starts_with("layer 2: conv1.2") || lines[1].title.is_empty());
    for hostile in [
        "dense outputs=1000000; dense outputs=1000000",
        "conv kernel=255 outputs=1000000",
        "reshape width=4096 height=4096 outputs=1000000",
        "upsample factor=16; upsample factor=16; upsample factor=16; upsample factor=16",
        "conv-transpose kernel=255 stride=255 padding=254",
        "a b: dense",
        "from=x",
        "concat from=input",
        "product from=input,input",
        "dropout rate=NaN",
    ] {
        assert!(build(hostile, AROUND).is_err(), "{hostile}");
    }
}

#[test]
fn undo_brings_the_network_before_back_as_it_was() {
    let mut session = Session::new(Config::parse("limit=100\nbatch-size=16\nmodel=classifier-mlp").unwrap()).unwrap();
    let clock = || 0.0;
    for _ in 0..3 {
        session.step_once(&clock).unwrap();
    }
    let (theta, spec) = (session.network().theta.clone(), session.network().spec());
    let notice = session
        .set("architecture", "conv outputs=4 relu; hidden: dense outputs=512 relu; classes: dense outputs=classes");
    assert!(notice.unwrap().rebuilt);
    // A layer of the same name and sizes keeps its parameters.
    let kept = session.network().blocks()[3].params.clone();
    let last = spec.blocks.len() - 1;
    assert_eq!(session.network().theta[kept], theta[theta.len() - session.network().blocks()[3].params.len()..]);
    assert_eq!(session.network().blocks()[3].name, spec.blocks[last].name);
    session.step_once(&clock).unwrap();
    let changed = session.network().theta.clone();

    let undone = session.edit(&Command::Undo, false).unwrap();
    assert!(undone.notice.unwrap().rebuilt);
    assert_eq!((session.network().theta.clone(), session.network().spec()), (theta, spec));
    assert_eq!((session.status().step, session.config().architecture()), (3, ""));
    session.edit(&Command::Redo, false).unwrap();
    assert_eq!(session.network().theta, changed);
    assert_eq!(session.status().step, 1);
    // Another preset replaces the text.
    session.set("model", "classifier-cnn").unwrap();
    assert_eq!(session.config().architecture(), "");
}

#[test]
fn the_program_builds_a_network_from_a_file_of_layers() {
    let folder = Folder::new("layers");
    folder.pictures("faces", 10);
    std::fs::write(folder.path("mine.txt"), "conv outputs=4 relu # small\nmax-pool\n\ndense outputs=classes\n")
        .unwrap();
    let ask = |architecture: &str| {
        folder.result(&["train", "input-directory=faces", "epochs=1", &format!("architecture={architecture}")])
    };
    let result = ask("mine.txt");
    assert_eq!(number(&result, "parameters"), 40.0 + 130.0);
    assert_eq!(ask("conv outputs=4 relu; max-pool; dense outputs=classes")["val_loss"], result["val_loss"]);
    assert_eq!(folder.files("models"), ["own.safetensors"]);
    let info = stdout(&folder.run(&["info", "models/own.safetensors"]));
    assert!(info.contains("own, classifier") && info.contains("max pool 2x2"), "{info}");
    let on = folder.result(&["train", "model=models/own.safetensors", "input-directory=faces", "epochs=1"]);
    assert_eq!(number(&on, "epochs"), 2.0);
    let refused = folder.run(&["train", "input-directory=faces", "architecture=conv; dense outputs=3"]);
    assert_eq!(refused.status.code(), Some(1));
    let refused = crate::common::program::stderr(&refused);
    assert!(refused.contains("architecture: the last layer: expected"), "{refused}");
    assert!(stdout(&folder.run(&["help", "layers"])).contains("depthwise"));
}
