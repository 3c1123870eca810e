//! Spiking columns as the learner of a run: training, evaluation, files, settings, and what they refuse.

use std::collections::HashMap;
use std::path::Path;

use neurarium::columns::{ColumnChange, ColumnState, Rule};
use neurarium::config::Config;
use neurarium::data::{Dataset, Families, Frame, Loaded, NumberTargets, Overrides, PictureTargets, Report, Split, toy};
use neurarium::file::{self, safetensors};
use neurarium::metrics::ClassScore;
use neurarium::par;
use neurarium::render::{Mode, Theme};
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Ability, Command, ExampleFilter, Learner, NeuronSet, Session};
use neurarium::session::{Encode, Evaluate, FindRange, InversionTarget, Invert, PlanMemory};
use neurarium::shape::Shape;

use crate::common::program::Folder;
use crate::common::{resources, run_job};

const SETTINGS: &str = "model=columns\ncolumn-neurons=20\nbatch-size=40\ncolumn-adjust-true=5000\nepochs=6";

fn session(settings: &str) -> Session {
    let config = Config::parse(settings).unwrap();
    let loaded = Loaded { dataset: toy::shapes(150, 16, 1), report: Report::default() };
    Session::with_data(config, loaded).unwrap()
}

/// A clock that stands still, so that measured durations do not distinguish two runs.
fn still() -> f64 {
    0.0
}

fn steps(session: &mut Session, count: usize) {
    (0..count).for_each(|_| session.step_once(&still).unwrap());
}

fn train(session: &mut Session) {
    while session.finished().is_none() {
        session.train(f64::INFINITY, &still).unwrap();
    }
}

fn state(session: &Session) -> ColumnState {
    let Learner::Columns(learner) = &session.run().learner else { panic!("no columns") };
    learner.state()
}

#[test]
fn a_run_of_columns_is_evaluated_and_recorded_as_any_other() {
    let mut session = session(SETTINGS);
    train(&mut session);
    let status = session.status();
    assert_eq!((session.epoch(), status.batch_size, status.learning_rate), (6, 40, 0.0));
    // 135 training examples in batches of 40: what goes beyond an epoch belongs to the next.
    assert_eq!((status.step, status.examples_seen), (21, 840));
    assert_eq!(session.run().abilities(), [Ability::Columns, Ability::Classify]);
    let names = session.recorder().steps().names().to_vec();
    for name in ["loss", "accuracy", "positives", "negatives", "forced", "grown", "strengthened", "weakened"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    for name in ["pruned", "occupied", "true_quantile", "false_quantile", "shared_accuracy"] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
    }
    let occupied = session.recorder().steps().series("occupied").last().copied().unwrap();
    assert!(0.0 < occupied && occupied <= 1.0, "{occupied}");
    assert_eq!(session.recorder().evaluations().len(), 6);

    let found = session.measurement(Split::Validation).unwrap();
    assert_eq!(found.figures.examples, session.data().count(Split::Validation));
    assert_eq!(session.evaluate(Split::Validation).unwrap(), found.figures);
    assert_eq!(found.figures.accuracy, found.confusion.and_then(|confusion| confusion.accuracy()));
    let (count, worst) = session.worst(Split::Validation, ExampleFilter::default(), 0, 100);
    assert_eq!(count, worst.len());
    assert!(worst.is_sorted_by(|a, b| b.loss <= a.loss));
    assert!(session.best().is_some());
}

#[test]
fn a_resumed_run_of_columns_equals_one_that_was_not_interrupted() {
    let mut whole = session(SETTINGS);
    steps(&mut whole, 18);
    let mut first = session(SETTINGS);
    steps(&mut first, 9);
    let checkpoint = first.checkpoint().unwrap();
    let second = par::with_threads(3, || {
        let mut second = session(SETTINGS);
        second.resume(safetensors::read(&checkpoint).unwrap()).unwrap();
        assert!(second.checkpoint().unwrap() == checkpoint);
        steps(&mut second, 9);
        second
    });
    assert!(second.checkpoint().unwrap() == whole.checkpoint().unwrap());
    assert_ne!(state(&second), state(&first));
    assert!(first.save_best().is_some());
}

/// Pictures that are lit everywhere: a disc on a slope of grey, whose class is where it lies.
fn photographs() -> Loaded {
    let mut loaded = Loaded { dataset: toy::shapes(150, 16, 1), report: Report::default() };
    let mut rng = Rng::new(7, Purpose::Test, 0);
    let mut pixels = Vec::new();
    for &label in &loaded.dataset.labels {
        let (x, y, light) = (label % 4 * 4 + 1, label / 4 * 8 + 3, rng.below(60) as u32);
        pixels.extend((0..16 * 16).flat_map(|n| {
            let (column, row): (u32, u32) = (n % 16, n / 16);
            let is_inside = column.abs_diff(x) < 2 && row.abs_diff(y) < 2;
            [(100 + light + 2 * column + if is_inside { 50 } else { 0 } + rng.below(9) as u32) as u8; 3]
        }));
    }
    loaded.dataset.pixels = pixels.into();
    loaded
}

#[test]
fn columns_that_see_contrast_read_photographs_and_go_on_to_the_bit() {
    let settings = "model=columns\ncolumn-neurons=20\nbatch-size=40\nepochs=0\ncolumn-filters=auto";
    let begin = |receptors: &str| {
        let config = Config::parse(&format!("{settings}\ncolumn-receptors={receptors}")).unwrap();
        Session::with_data(config, photographs()).unwrap()
    };
    let mut session = begin("contrast");
    steps(&mut session, 400);
    let accuracy = session.evaluate(Split::Validation).unwrap().accuracy.unwrap();
    assert!(0.9 < accuracy, "{accuracy}");
    let learner = session.run().columns().unwrap();
    assert_eq!(learner.receptors().channels, 6);
    let filters = learner.columns().rule().filters.clone();
    assert!(filters.len() == 4 && filters.is_sorted_by(|a, b| b < a), "{filters:?}");

    let mut resumed = begin("contrast");
    resumed.resume(safetensors::read(&session.checkpoint().unwrap()).unwrap()).unwrap();
    steps(&mut session, 9);
    steps(&mut resumed, 9);
    assert!(resumed.checkpoint().unwrap() == session.checkpoint().unwrap());

    // A file brings what columns see, whatever the settings ask for.
    let model = file::read(&session.save().unwrap()).unwrap();
    let opened = Session::with_model(Config::parse("model=columns").unwrap(), Some(photographs()), model).unwrap();
    assert_eq!(opened.run().columns().unwrap().columns().rule().filters, filters);
    assert_eq!(opened.config().get("column-receptors").unwrap(), "contrast");

    // A slot is at a place of the picture, and in one of six channels.
    let shown = session.viewer().column_neuron(0, 0, Theme::Dark).unwrap();
    assert_eq!((shown.width, shown.height, shown.channels), (16, 16, 6));
    // Other filters take effect at once; leaving them to the images brings those of before.
    session.set("column-filters", "200,100").unwrap();
    assert_eq!(session.run().columns().unwrap().columns().rule().filters, [200, 100]);
    session.set("column-filters", "auto").unwrap();
    assert_eq!(session.run().columns().unwrap().columns().rule().filters, filters);
}

#[test]
fn a_model_file_of_columns_is_opened_whatever_the_settings_ask_for() {
    let mut session = session(SETTINGS);
    steps(&mut session, 12);
    let bytes = session.save().unwrap();
    let model = file::read(&bytes).unwrap();
    let loaded = || Loaded { dataset: toy::shapes(150, 16, 1), report: Report::default() };
    let config = Config::parse("model=classifier-mlp\ncolumn-decay=7").unwrap();
    let mut opened = Session::with_model(config, Some(loaded()), model.clone()).unwrap();
    assert_eq!(state(&opened), state(&session));
    assert_eq!((opened.config().model(), opened.config().column_neurons()), ("columns", 20));
    // A constant that was chosen wins over that of the file.
    let rule = opened.config().rule(|_| unreachable!()).unwrap();
    assert_eq!((rule.decay, rule.adjust_true, rule.batch), (7, 5000, 40));
    assert_eq!(opened.evaluate(Split::Train).unwrap(), session.evaluate(Split::Train).unwrap());
    steps(&mut opened, 1);

    let network = self::session("model=classifier-mlp\nepochs=1").save().unwrap();
    let mut columns = self::session(SETTINGS);
    columns.open(&network).unwrap();
    assert_eq!((columns.config().model(), columns.run().preset.as_str()), ("classifier-mlp", "classifier-mlp"));
    steps(&mut columns, 1);
    columns.open(&bytes).unwrap();
    assert_eq!(state(&columns), state(&session));
    assert_eq!(columns.run().learner.param_len(), 8 * 20 * 10);
}

/// The handwritten digits of scikit-learn that are among `wanted`, with their test split.
fn digits(name: &str, wanted: std::ops::Range<u32>) -> Loaded {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits");
    let shape = Shape::from_whc(8, 8, 1);
    let (mut pixels, mut labels, mut splits) = (Vec::new(), Vec::new(), Vec::new());
    for (part, split) in [("train", Split::Train), ("t10k", Split::Test)] {
        let images = std::fs::read(folder.join(format!("{part}-images-idx3-ubyte"))).unwrap();
        let all = std::fs::read(folder.join(format!("{part}-labels-idx1-ubyte"))).unwrap();
        for (&label, image) in all[8..].iter().zip(images[16..].chunks(64)) {
            if wanted.contains(&label.into()) {
                pixels.extend_from_slice(image);
                labels.push(u32::from(label) - wanted.start);
                splits.push(split);
            }
        }
    }
    let dataset = Dataset {
        name: name.into(),
        shape,
        pixels: pixels.into(),
        frames: vec![Frame::whole(shape); labels.len()],
        names: (0..labels.len()).map(|n| format!("{name}/{n}.png")).collect(),
        classes: wanted.map(|digit| digit.to_string()).collect(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        has_validation: false,
        has_test: true,
        overrides: Overrides::default(),
        labels,
        splits,
    };
    Loaded { dataset, report: Report::default() }
}

/// Of the test images of these classes the share that is read right.
fn accuracy_of(session: &mut Session, classes: std::ops::Range<usize>) -> f64 {
    run_job(session, Evaluate { split: Split::Test });
    let reports = session.measurement(Split::Test).unwrap().classes.unwrap();
    let of =
        |count: fn(&ClassScore) -> u32| reports[classes.clone()].iter().map(|class| count(&class.score)).sum::<u32>();
    f64::from(of(|class| class.correct)) / f64::from(of(|class| class.examples))
}

#[test]
fn a_class_is_added_to_columns_that_go_on_with_the_nine_they_know() {
    let config = "model=columns\ncolumn-neurons=60\nepochs=0\nvalidation-split=0";
    let mut session = Session::with_data(Config::parse(config).unwrap(), digits("digits", 0..9)).unwrap();
    steps(&mut session, 1500);
    let (nine, before) = (accuracy_of(&mut session, 0..9), state(&session));

    // A single folder: the name of what is added is that of its class.
    let mut tenth = digits("9", 9..10);
    (tenth.dataset.classes, tenth.dataset.labels) = (Vec::new(), Vec::new());
    let notice = session.add_data(tenth).unwrap();
    assert_eq!(notice.text, "180 images of 9 added; the columns are kept, and new classes get columns of their own");
    assert_eq!(session.run().classes, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    assert_eq!(state(&session).weights[..before.weights.len()], before.weights);
    assert_eq!(accuracy_of(&mut session, 0..9), nine);
    steps(&mut session, 800);
    let (now, new) = (accuracy_of(&mut session, 0..9), accuracy_of(&mut session, 9..10));
    println!("nine classes {nine} before and {now} after, the tenth {new}");
    assert!(0.9 < nine && nine < now + 0.02 && 0.8 < new, "{nine} {now} {new}");

    // Undo leads back to the columns of nine classes.
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(state(&session), before);
}

#[test]
fn a_neuron_of_a_column_is_changed_undone_and_replayed() {
    let mut session = session(SETTINGS);
    steps(&mut session, 12);
    let before = state(&session);
    let change = |column, neuron, change| Command::ChangeColumn { column, neuron, change };
    let commands = [
        change(2, 7, ColumnChange::Slot { slot: 3, receptor: 100, weight: 4321 }),
        change(2, 7, ColumnChange::Pin { slot: 3, pinned: true }),
        change(0, 1, ColumnChange::Silence { silenced: true }),
    ];
    for command in &commands {
        session.edit(command, false).unwrap();
    }
    let shown = session.viewer().column_neuron(2, 7, Theme::Dark).unwrap();
    // Receptor 100 of 16 x 16 pixels with three channels.
    let slot = shown.slots[3];
    assert_eq!((slot.x, slot.y, slot.channel, slot.weight, slot.pinned), (1, 2, 1, 4321, true));
    assert!(session.viewer().column_neuron(0, 1, Theme::Light).unwrap().silenced);
    let text = &session.edit_log().undo.unwrap();
    assert_eq!(text, "neuron 1 of column 0: silenced");

    let after = state(&session);
    let refused = session.edit(&change(2, 20, ColumnChange::PinAll { pinned: true }), false).unwrap_err();
    assert_eq!(refused.to_string(), "neuron: expected less than 20, got 20");
    for _ in &commands {
        session.edit(&Command::Undo, false).unwrap();
    }
    assert_eq!(state(&session), before);
    for _ in &commands {
        session.edit(&Command::Redo, false).unwrap();
    }
    assert_eq!(state(&session), after);
    // A pinned slot stays, and a network has no columns to change.
    steps(&mut session, 20);
    assert_eq!(session.viewer().column_neuron(2, 7, Theme::Dark).unwrap().slots[3], slot);
    let mut network = self::session("model=classifier-mlp\nepochs=1");
    let refused = network.edit(&commands[0], false).unwrap_err();
    assert_eq!(refused.to_string(), "columns: expected a run of spiking columns, got classifier-mlp");
}

#[test]
fn what_needs_layers_is_refused_in_one_sentence_and_changes_nothing() {
    let mut session = session(SETTINGS);
    steps(&mut session, 3);
    let before = session.checkpoint().unwrap();
    let neurons = vec![NeuronSet { block: 0, indices: vec![3] }];
    let jobs = [
        session.begin_job(FindRange {}, resources()).map(drop),
        session.begin_job(PlanMemory {}, resources()).map(drop),
    ];
    let refused = [
        session.edit(&Command::SetBias { neurons: neurons.clone(), value: 1.0 }, false).map(drop),
        session.edit(&Command::Hold { neurons, value: 1.0, channel: false }, false).map(drop),
        session.edit(&Command::Freeze { blocks: vec![0], frozen: true }, false).map(drop),
        session.transfer("auto", "all", "dense").map(drop),
        session.draft().map(drop),
        session.viewer().augmented(0, 1).map(drop),
    ];
    for refused in jobs.into_iter().chain(refused) {
        let sentence = refused.unwrap_err().to_string();
        assert_eq!(sentence, "columns: expected a network with layers, got spiking columns");
    }
    let invert = Invert { target: InversionTarget::Example(0) };
    for refused in [
        session.begin_job(Encode {}, resources()).map(drop),
        session.begin_job(invert, resources()).map(drop),
        session.latent().code().map(drop),
        session.latent().map().map(drop),
        session.viewer().cell_at((1.0, 1.0)).map(drop),
        session.viewer().free_neuron(0).map(drop),
        session.viewer().output_png().map(drop),
        session.set("loss", "mse").map(drop),
        session.set("column-filters", "1,2").map(drop),
        session.set("column-threshold", "1000").map(drop),
    ] {
        let sentence = refused.unwrap_err().to_string();
        assert_eq!(sentence.lines().count(), 1);
        assert!(sentence.contains(": expected "), "{sentence}");
    }
    assert!(session.structure().is_none() && session.free_graph().is_none());
    assert!(session.influence().unwrap().is_empty());
    assert!(session.checkpoint().unwrap() == before);
}

#[test]
fn the_input_of_columns_is_drawn_and_answered() {
    let mut session = session(SETTINGS);
    steps(&mut session, 12);
    for mode in Mode::ALL {
        let view = session.viewer().fitted_view(200, 160, 1.0);
        session.viewer().render(&neurarium::render::Viewport { mode, ..view });
        session.viewer().hit(100.0, 80.0);
    }
    let view = session.viewer().example(3).unwrap();
    let sum: f32 = view.probabilities.unwrap().iter().map(|class| class.value).sum();
    assert!((sum - 1.0).abs() < 1e-5 && view.loss.unwrap().is_finite());
    let picture = session.data().example(3).to_vec();
    assert_eq!(session.run().learner.answers().to(&picture).unwrap().len(), 8);
    let short = session.run().learner.answers().to(&picture[1..]).unwrap_err().to_string();
    assert_eq!(short, "picture: expected 768 values, got 767");
}

#[test]
fn the_keys_of_columns_are_the_constants_of_the_original() {
    let config = Config::parse("model=columns\nbatch-size=200").unwrap();
    assert_eq!(config.rule(|_| unreachable!()).unwrap(), Rule::default());
    let mut session = session(SETTINGS);
    steps(&mut session, 2);
    let before = state(&session);
    session.set("column-decay", "0").unwrap();
    assert_eq!((state(&session), session.config().rule(|_| unreachable!()).unwrap().decay), (before.clone(), 0));
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.config().rule(|_| unreachable!()).unwrap().decay, 20);
    session.set("column-neurons", "30").unwrap();
    assert_eq!((session.run().step(), session.run().learner.param_len()), (0, 2400));
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(state(&session), before);

    // Images come at 28 x 28 in grey, and again in their own size for a network.
    let shape = |model: &str| {
        let options = Config::parse(&format!("model={model}")).unwrap().load_options();
        (options.width, options.height, options.channels)
    };
    assert_eq!((shape("columns"), shape("classifier-mlp")), ((28, 28, 1), (0, 0, 0)));
    let notice = session.set("model", "classifier-mlp").unwrap();
    assert!(notice.rebuilt && notice.reload);
    assert_eq!(session.config().get("monitor").unwrap(), "val-loss");
    let notice = session.set("model", "columns").unwrap();
    assert!(notice.rebuilt && notice.reload);
    assert_eq!(session.config().get("monitor").unwrap(), "accuracy");

    let sums = Config::parse("model=columns\nsample=sums\nlimit=100").unwrap();
    let refused = Session::new(sums).map(drop).unwrap_err().to_string();
    assert!(refused.starts_with("columns: expected images in classes, got "), "{refused}");
}

#[test]
fn training_stops_early_and_returns_to_the_best_epoch() {
    let settings = format!("{SETTINGS}\nepochs=0\nstop-patience=2\nmin-delta=10");
    let mut run = session(&settings);
    run.train(f64::INFINITY, &still).unwrap();
    let best = state(&run);
    train(&mut run);
    assert_eq!(run.epoch(), 3);
    assert!(run.finished().unwrap().contains("restored the weights of epoch 1"), "{:?}", run.finished());
    assert_eq!(state(&run), best);
    let file = file::read(&run.save_best().unwrap().unwrap()).unwrap();
    assert_eq!(file.columns.unwrap().state(), best);
}

#[test]
fn an_earlier_epoch_is_looked_back_at_and_continued() {
    let mut run = session(&format!("{SETTINGS}\nkept-moments=10"));
    run.train(f64::INFINITY, &still).unwrap();
    let first = state(&run);
    train(&mut run);
    let last = state(&run);
    run.travel(Some(0)).unwrap();
    assert_eq!(state(&run), first);
    assert!(file::read(&run.checkpoint().unwrap()).unwrap().columns.unwrap().state() == last);
    run.travel(None).unwrap();
    assert_eq!(state(&run), last);
    run.travel(Some(0)).unwrap();
    run.step_once(&still).unwrap();
    assert_eq!(run.run().step(), 5);
}

#[test]
fn any_run_ends_when_its_time_is_over_and_goes_on_with_more() {
    for settings in [SETTINGS, "model=classifier-mlp\nepochs=6"] {
        let now = std::cell::Cell::new(0.0);
        let clock = || {
            now.set(now.get() + 1000.0);
            now.get()
        };
        let timed = format!("{settings}\nmax-minutes=0.1");
        let mut run = session(&timed);
        while run.finished().is_none() {
            run.train(f64::INFINITY, &clock).unwrap();
        }
        assert_eq!(run.finished(), Some("the time of max-minutes is over"));
        let step = run.run().step();
        assert!(2 < step && run.status().seconds < 9.0, "{step}");
        let checkpoint = run.checkpoint().unwrap();
        let resumed = |settings: &str| {
            let mut resumed = session(settings);
            resumed.resume(safetensors::read(&checkpoint).unwrap()).unwrap();
            resumed.finished().map(String::from)
        };
        assert_eq!(resumed(&timed).as_deref(), Some("the time of max-minutes is over"));
        assert_eq!(resumed(&format!("{settings}\nmax-minutes=5")), None);
        run.set("max-minutes", "none").unwrap();
        assert_eq!(run.finished(), None);
        run.step_once(&clock).unwrap();
        assert!(step < run.run().step());
    }
}

/// The file with its header changed.
fn with_header(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let len = u64::from_le_bytes(*bytes.first_chunk().unwrap()) as usize;
    let text = change(std::str::from_utf8(&bytes[8..8 + len]).unwrap());
    [&(text.len() as u64).to_le_bytes(), text.as_bytes(), &bytes[8 + len..]].concat()
}

#[test]
fn hostile_files_of_columns_are_refused_in_one_sentence() {
    let mut session = session(SETTINGS);
    steps(&mut session, 4);
    let bytes = session.save().unwrap();
    assert!(file::read(&with_header(&bytes, |text| text.into())).is_ok());
    for (from, to) in [
        (r#"\"neurons\":20"#, r#"\"neurons\":9007199254740992"#),
        (r#"\"slots\":10"#, r#"\"slots\":4294967296"#),
        (r#"\"classes\":8"#, r#"\"classes\":0"#),
        (r#"\"receptors\":768"#, r#"\"receptors\":7"#),
        (r#"\"receptors\":768"#, r#"\"receptors\":9007199254740992"#),
        (r#"\"threshold\":1000000"#, r#"\"threshold\":1"#),
        (r#"\"threshold\":1000000"#, r#"\"threshold\":-5"#),
        (r#"\"filters\":[192,128,64,1]"#, r#"\"filters\":[1,2]"#),
        (r#"\"decay\":20"#, r#"\"decay\":1e300"#),
        (r#""dtype":"I32""#, r#""dtype":"U32""#),
        (r#""columns.pinned""#, r#""columns.pinneds""#),
        (r#"\"seed\":1"#, r#"\"sead\":1"#),
        (r#""task":"\"classifier\""#, r#""task":"\"regressor\"""#),
    ] {
        let changed = with_header(&bytes, |text| text.replace(from, to));
        assert!(changed != bytes, "{from} is not there");
        let refused = file::read(&changed).map(drop).unwrap_err().to_string();
        assert!(refused.starts_with("model file: ") && refused.lines().count() == 1, "{from}: {refused}");
    }
    for len in (0..bytes.len()).step_by(97) {
        assert!(file::read(&bytes[..len]).is_err());
    }
    // Any number may be wrong; what is read all the same can be used.
    for at in (0..bytes.len()).rev().step_by(211) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x5a;
        if let Ok(model) = file::read(&bytes) {
            model.check().unwrap();
        }
    }
}

#[test]
fn the_program_trains_measures_and_describes_columns() {
    let folder = Folder::new("columns");
    let digits = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/digits");
    let input = format!("input-directory={digits}");
    let settings = [&input, "width=8", "height=8", "column-neurons=40", "checkpoint-interval=1"];
    let with = |further: &[&str]| -> HashMap<String, String> {
        let arguments = [&["train", "model=columns", "resume=auto"], &settings[..], further].concat();
        folder.result(&arguments)
    };
    with(&["epochs=4"]);
    let half = with(&["epochs=8"]);
    assert_eq!((half["parameters"].as_str(), half["measured"].as_str()), ("4000", "400"));
    let resumed = std::fs::read(folder.path("models/columns.safetensors")).unwrap();
    std::fs::remove_dir_all(folder.path("models")).unwrap();
    with(&["epochs=8"]);
    let whole = std::fs::read(folder.path("models/columns.safetensors")).unwrap();
    let state = |bytes: &[u8]| file::read(bytes).unwrap().columns.unwrap().state();
    assert_eq!(state(&resumed), state(&whole));

    let measured = folder.result(&["eval", "models/columns.safetensors", &input]);
    assert_eq!(measured["accuracy"], half["accuracy"]);
    let described = folder.result(&["info", "models/columns.safetensors"]);
    assert_eq!((described["neurons"].as_str(), described["model"].as_str()), ("400", "columns"));
    assert_eq!(described["connections"], half["connections"]);
}

#[test]
#[cfg_attr(not(shared_data = "mnist"), ignore = "needs ../shared/data/mnist")]
fn the_constants_of_the_students_read_half_of_mnist() {
    let folder = Folder::new("students");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = root.join("examples/students.conf");
    let images = format!("input-directory={}", root.join("../shared/data/mnist").display());
    let result =
        folder.result(&["train", settings.to_str().unwrap(), &images, "validation-split=0", "epochs=3", "threads=2"]);
    let accuracy: f32 = result["accuracy"].parse().unwrap();
    assert!((0.4..0.6).contains(&accuracy), "{accuracy}");
}
