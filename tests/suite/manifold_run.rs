//! A run of a manifold: its edges over time, its events, its figures, and the built-in sums. tests/suite/resume.rs resumes
//! some of them.

use neurarium::config::Config;
use neurarium::data::{Split, sums};
use neurarium::file;
use neurarium::network::Task;
use neurarium::recorder::{EventKind, FrameFigures};
use neurarium::session::Session;

use crate::common::program::Folder;

/// A session with a few sums, of 24 steps an epoch.
fn session(settings: &str) -> Session {
    let few = "model=manifold\nsample=sums\nlimit=600\nbatch-size=25\nepochs=3\n";
    Session::new(Config::parse(&format!("{few}{settings}")).unwrap()).unwrap()
}

fn train(session: &mut Session, steps: u64) {
    while session.status().step < steps && session.finished().is_none() {
        session.step_once(&|| 0.0).unwrap();
    }
}

#[test]
fn the_edges_over_time_are_those_of_the_network_and_survive_in_a_checkpoint() {
    let mut session = session("manifold-weights=own\nlearning-rate=0.02");
    train(&mut session, 61);
    let file = file::read(&session.checkpoint().unwrap()).unwrap();
    let history = file.run.unwrap().structure;
    assert_eq!(&history, session.recorder().structure());
    assert_eq!(history.steps(), [1, 11, 21, 31, 41, 51, 61]);
    let changed: usize = history.figures()[1..].iter().map(FrameFigures::changed).sum();
    assert!(0 < changed, "no edge came or went");
    assert_eq!(history.cells(6).len(), session.structure().unwrap().edges);
}

#[test]
fn pruned_edges_begin_as_all_and_end_within_the_budget_and_fixed_ones_stay() {
    let shares = |settings: &str| {
        let mut session = session(&format!("{settings}\ngrowth-interval=4\nlearning-rate=0.02"));
        let mut shares = Vec::new();
        while session.finished().is_none() {
            shares.push(session.structure().unwrap().edge_share);
            session.train(0.0, &|| 0.0).unwrap();
        }
        shares
    };
    // One more may stay, where an output would have been cut off.
    let pruned = shares("manifold-growth=pruning\nedge-budget=0.2");
    assert_eq!(pruned[0], 1.0);
    assert!(pruned.is_sorted_by(|before, after| after <= before), "{pruned:?}");
    assert!((0.19..=0.205).contains(pruned.last().unwrap()), "{pruned:?}");
    let fixed = shares("manifold-growth=fixed\nedge-budget=0.4");
    assert!((0.25..=0.405).contains(fixed.last().unwrap()), "{fixed:?}");
    let (first, settled) = (fixed[0], fixed[fixed.len() / 2]); // the chance of the draw may pass the budget at first
    assert!((settled - first).abs() < 0.03 && settled == *fixed.last().unwrap(), "{fixed:?}");
    let dense = shares("manifold-growth=fixed\nedge-budget=none");
    assert!(dense.iter().all(|&share| share == 1.0), "{dense:?}");
}

#[test]
fn outputs_that_would_be_cut_off_keep_a_connection_and_the_log_says_so() {
    // The flow is off, and the loss of the edges outweighs everything else.
    let mut session =
        session("flow-weight=0\nobjective-weight=0\nsparsity-weight=1000000\nlearning-rate=0.1\nepochs=20");
    train(&mut session, 400);
    let structure = session.structure().unwrap();
    assert_eq!(structure.outputs, 4);
    assert!(0 < structure.edges && structure.edges <= 30, "{structure:?}");
    assert!(0 < structure.kept, "{structure:?}");
    let said = session.recorder().events().iter().filter(|event| event.kind == EventKind::Structure).count();
    assert!(0 < said);
    assert!(session.recorder().steps().series("kept").iter().any(|&kept| 0.0 < kept));
}

#[test]
fn numbers_are_measured_listed_and_shown() {
    let mut session = session("");
    train(&mut session, 40);
    assert_eq!(session.objective().task, Task::Regressor);
    let found = session.evaluate(Split::Test).unwrap();
    let (mse, mae, r2) = (found.mse.unwrap(), found.mae.unwrap(), found.r2.unwrap());
    assert!((mse - found.loss).abs() < 1e-6 * mse && 0.0 < mae && mae * mae <= mse && r2 < 1.0, "{found:?}");
    // The share of the variance that is explained, by hand.
    let data = session.data();
    let test: Vec<usize> = data.indices(Split::Test).iter().map(|&index| index as usize).collect();
    let spread = data.numbers.spread(test.iter().copied()) / (4 * test.len()) as f64;
    assert!((r2 - (1.0 - mse / spread)).abs() < 1e-9, "{r2}");
    let view = session.viewer().example(3).unwrap();
    let numbers = view.numbers.unwrap();
    assert_eq!(numbers.iter().map(|number| number.name.as_str()).collect::<Vec<_>>(), data_columns());
    assert!(numbers.iter().all(|number| number.expected.is_some()) && view.label.is_none());
    let influence = session.influence().unwrap();
    assert!(influence.len() == 5 && (influence.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{influence:?}");
}

fn data_columns() -> [&'static str; 4] {
    ["b + e", "e - d", "b + e + d", "e - d - c"]
}

#[test]
fn the_sums_are_what_their_names_say_and_do_not_depend_on_their_number() {
    let (few, many) = (sums::sums(50, 5, 5, 7), sums::sums(200, 5, 5, 7));
    assert_eq!(few.numbers.of(20), many.numbers.of(20));
    for example in 0..60 {
        let [_, b, c, d, e]: [f32; 5] =
            std::array::from_fn(|k| 8.0 * (f32::from(few.example(example)[k]) / 255.0 - 0.5));
        for (got, expected) in few.numbers.of(example).iter().zip([b + e, e - d, b + e + d, e - d - c]) {
            assert!((got - expected).abs() < 1e-5);
        }
    }
    assert_eq!([Split::Train, Split::Validation, Split::Test].map(|split| few.count(split)), [50, 5, 5]);
}

#[test]
fn the_history_of_the_edges_is_a_film() {
    let folder = Folder::new("film");
    let train = [
        "train",
        "model=manifold",
        "input-directory=toy:sums",
        "limit=400",
        "epochs=3",
        "checkpoint-interval=1",
        "model-directory=m",
    ];
    folder.result(&train);
    let result = folder.result(&["render", "m/manifold-last.safetensors", "edges.gif", "view-theme=dark"]);
    let bytes = std::fs::read(folder.path("edges.gif")).unwrap();
    let decoder = image::codecs::gif::GifDecoder::new(std::io::Cursor::new(&bytes)).unwrap();
    let frames = image::AnimationDecoder::into_frames(decoder).collect_frames().unwrap();
    assert_eq!(result["frames"], frames.len().to_string());
    let last = frames.last().unwrap().buffer();
    assert_eq!(result["width"], last.width().to_string());
    let history = file::read(&std::fs::read(folder.path("m/manifold-last.safetensors")).unwrap()).unwrap().run.unwrap();
    let colours = neurarium::render::Theme::Dark.colours();
    let edges =
        last.pixels().filter(|pixel| [colours.muted, colours.positive].contains(&[pixel[0], pixel[1], pixel[2]]));
    let scale = last.width() as usize / 21;
    assert_eq!(edges.count(), scale * scale * history.structure.figures().last().unwrap().edges);
    let told = folder.refused(1, &["render", "m/manifold.safetensors", "edges.gif"]);
    assert!(told.contains("a checkpoint with the history of its edges"), "{told}");
    let told = folder.refused(1, &["render", "classifier-mlp.safetensors", "edges.gif"]);
    assert!(told.contains("classifier-mlp.safetensors"), "{told}");
}
