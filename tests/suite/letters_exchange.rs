//! Two networks for letters that learn from each other: what they learn from, that results are exact, files of both, and
//! the way back from divergence.

use neurarium::config::Config;
use neurarium::data::letters::{self, ALONE, LetterFrame};
use neurarium::data::{Batch, Dataset, Split};
use neurarium::file::safetensors;
use neurarium::loss::Loss;
use neurarium::network::preset::{self, Request};
use neurarium::network::{Network, Task};
use neurarium::optim::{Method, Optim};
use neurarium::par;
use neurarium::recorder::EventKind;
use neurarium::schedule::Schedule;
use neurarium::session::{Ability, Command, Knockout, Session};
use neurarium::shape::Shape;
use neurarium::train::{InputPipeline, Inversions, Objective, StructureConfig, TrainConfig, Trainer, TrainerPosition};

use crate::common::program::{Folder, number};
use crate::common::{numbers, resources};

/// A few faces, small enough to learn them by heart in a second.
const FEW: &str = "sample=letters\nlimit=208\nwidth=16\nheight=16\nbatch-size=39\nepochs=80\nvalidation-split=0.25\nschedule=constant\nwarmup-steps=0\n";

fn session(settings: &str) -> Session {
    Session::new(Config::parse(&format!("{FEW}{settings}")).unwrap()).unwrap()
}

fn steps(session: &mut Session, count: usize) {
    (0..count).for_each(|_| session.step_once(&|| 0.0).unwrap());
}

fn thetas(session: &Session) -> Vec<Vec<f32>> {
    let mut networks: Vec<_> = session.networks().map(|run| (run.id, run.network().theta.clone())).collect();
    networks.sort_by_key(|&(id, _)| id);
    networks.into_iter().map(|(_, theta)| theta).collect()
}

fn faces(count: usize) -> Dataset {
    letters::alphabet(count, LetterFrame { width: 16, height: 16 }, 1)
}

fn network(data: &Dataset) -> Network {
    let request = Request { letters: true, ..Request::default() };
    let mut network = preset::find("letters").unwrap().build(data.shape, request).unwrap();
    network.initialise(5);
    network
}

fn trainer(network: &Network, data: &Dataset, task: Task) -> Trainer {
    let config = TrainConfig {
        learning_rate: 1e-3,
        schedule: Schedule::CONSTANT,
        batch_len: 30,
        epochs: 0,
        seed: 3,
        shuffle_window: 1 << 28,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.25,
        feature_memory: 0,
    };
    let optim = Optim::new(Method::ADAM, network.param_len());
    let mut trainer = Trainer::new(network, data, Objective { task, loss: Loss::Mse }, config, optim);
    // A network that names letters well wants inversions.
    let position = TrainerPosition { skill: 1.0, ..trainer.position() };
    trainer.resume_at(position, data);
    trainer
}

#[test]
fn a_partner_is_the_same_letter_of_the_same_face_in_the_other_case() {
    let mut data = faces(3);
    assert!(data.is_of_letters());
    let partners = data.partners();
    for (index, &partner) in partners.iter().enumerate() {
        let (own, other) = (&data.names[index], &data.names[partner as usize]);
        assert_eq!(data.labels[index] % 26, data.labels[partner as usize] % 26, "{own}, {other}");
        assert_ne!(data.labels[index], data.labels[partner as usize]);
        assert_eq!(own.rsplit_once('/').unwrap().0, other.rsplit_once('/').unwrap().0);
        assert_eq!(data.partner_of(index), Some(partner as usize));
    }
    // What a limit leaves alone is no input of either network.
    data.take(60, 1);
    let alone = data.partners().iter().filter(|&&partner| partner == ALONE).count();
    assert!(0 < alone && alone < 60, "{alone}");
    data.classes[3] = "four".into();
    assert!(!data.is_of_letters());
}

#[test]
fn each_network_reads_one_case_and_inversions_ask_for_the_letter_they_were_made_from() {
    let data = faces(4);
    let network = network(&data);
    let [down, up] = [Task::MakeLowercase, Task::MakeUppercase].map(|task| trainer(&network, &data, task));
    let wanted = down.wanted_inversions();
    assert_eq!(wanted.len(), 10, "a quarter of 30 and 10");
    assert!(wanted.iter().all(|&letter| data.labels[letter as usize] < 26), "capitals are what it reads");
    let made = up.invert(&network, &data, wanted.clone()).unwrap();
    // The output of a network that was not trained is partly out of range.
    assert_eq!(made.letters.len() + made.rejected, wanted.len());
    assert_eq!(made.x.len(), made.letters.len() * data.shape.len());
    assert!(made.x.iter().all(|x| (0.0..=1.0).contains(x)));

    // Outputs that are far out of range, or no numbers, are rejected.
    let last = network.blocks().last().unwrap().params.end;
    for wrong in [10.0, f32::NAN] {
        let mut broken = network.clone();
        broken.theta[last - data.shape.len() - 26..last].fill(wrong);
        let made = up.invert(&broken, &data, wanted.clone()).unwrap();
        assert_eq!((made.letters.len(), made.rejected), (0, wanted.len()));
    }
    // At first a network wants none, so that it is not taught by one that knows nothing.
    let config = up.config;
    let optim = Optim::new(Method::ADAM, network.param_len());
    let new = Trainer::new(&network, &data, up.objective, config, optim);
    assert!(new.wanted_inversions().is_empty());
}

#[test]
fn an_inversion_is_learnt_as_the_pair_that_it_is() {
    // The inversions here are letters as they are, which the network has to leave as they are; small letters of two faces
    // cannot be the targets at the same time.
    let data = faces(2);
    let mut network = network(&data);
    let mut down = trainer(&network, &data, Task::MakeLowercase);
    let letters: Vec<u32> = (0..10).collect();
    let mut x = Vec::new();
    data.pixels_of(&letters, &mut x);
    let inversions = Inversions { letters, x, rejected: 3 };
    let mut losses = Vec::new();
    for _ in 0..60 {
        let report = down.step_with(&mut network, &data, &inversions).unwrap();
        let exchange = report.exchange.unwrap();
        assert!([40, 32].contains(&report.examples), "{}", report.examples);
        assert_eq!(exchange.rejected, 3);
        losses.push((report.loss, exchange.loss));
    }
    let (first, last) = (losses[0], losses[59]);
    assert!(last.0 < 0.5 * first.0 && last.1 < 0.5 * first.1, "{first:?} -> {last:?}");
}

#[test]
fn gradients_of_field_and_indicators_are_those_of_the_loss() {
    let data = faces(1);
    let mut batch = Batch::default();
    data.batch(&[0, 1], &mut batch);
    batch.target.shape = data.shape;
    data.pixels_of(&[26, 27], &mut batch.target.y);
    let shape = Shape::flat(data.shape.len() + 26);
    for loss in [Loss::Mse, Loss::Bce, Loss::SumSquares] {
        let objective = Objective { task: Task::MakeLowercase, loss };
        let mut y = numbers(2 * shape.len(), 3);
        let mut dy = vec![9.0; y.len()];
        objective.evaluate_part(&y, shape, &batch, 0, 0.5, &mut dy);
        for index in [0, 200, data.shape.len(), shape.len() - 1, shape.len() + 7, 2 * shape.len() - 3] {
            let mut at = |step: f32| {
                let before = y[index];
                y[index] = before + step;
                let value = objective.evaluate_part(&y, shape, &batch, 0, 1.0, &mut []);
                y[index] = before;
                value
            };
            let slope = 0.5 * (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!((slope - f64::from(dy[index])).abs() < 1e-4 * slope.abs().max(0.1), "{loss} {index}: {slope}");
        }
    }
}

#[test]
fn any_number_of_threads_and_a_resumed_run_give_the_same_bits() {
    let run = |threads: usize| {
        par::with_threads(threads, || {
            let mut session = session("model=letters\nlearning-rate=0.002\n");
            steps(&mut session, 120);
            session
        })
    };
    let one = run(1);
    let share = |session: &Session| session.recorder().steps().value("inversion_share", 119).unwrap();
    assert!(0.1 < share(&one), "the letters are known by now: {}", share(&one));
    assert!(thetas(&one) == thetas(&run(3)), "three threads differ from one");
    assert_ne!(thetas(&one)[0], thetas(&one)[1]);

    let mut half = session("model=letters\nlearning-rate=0.002\n");
    steps(&mut half, 90);
    let bytes = half.checkpoint().unwrap();
    let config = Config::parse(&format!("{FEW}model=letters\nlearning-rate=0.002\n")).unwrap();
    let mut resumed = Session::with_run(config, None, safetensors::read(&bytes).unwrap()).unwrap();
    assert_eq!(resumed.networks().count(), 2);
    steps(&mut resumed, 30);
    assert!(thetas(&one) == thetas(&resumed), "a resumed run differs");
    let of = |session: &Session, name| session.recorder().steps().value(name, 119);
    for name in ["loss", "inversion_loss", "partner_loss", "partner_inversion_loss", "accuracy"] {
        assert!(of(&one, name).is_some(), "{name}");
        assert_eq!(of(&one, name), of(&resumed, name), "{name}");
    }
}

#[test]
fn both_networks_are_looked_at_edited_and_saved() {
    let mut session = session("model=letters\nlearning-rate=0.002\n");
    steps(&mut session, 5);
    assert_eq!(session.model_summary().task, Task::MakeLowercase);
    assert!(session.run().abilities().contains(&Ability::Exchange));
    let index = session.run().examples(session.data(), Split::Train)[0] as usize;
    let view = session.viewer().example(index).unwrap();
    assert!(view.output.is_some() && view.target.is_some() && view.psnr.is_some() && view.loss.is_some());
    session.set_focus(1).unwrap();
    assert_eq!(session.model_summary().task, Task::MakeUppercase);
    // What is shown now is the letter that was wanted, and what it should become is where it came from.
    let shown = session.viewer().view();
    assert_eq!((shown.input, shown.target), (view.target.unwrap(), Some(view.input)));
    assert!(session.set_focus(2).is_err());
    // A letter that is in that case already has no target.
    assert!(session.viewer().example(index).unwrap().target.is_none());

    // Settings concern both networks, other edits the one that is looked at.
    session.set("learning-rate", "0.0003").unwrap();
    assert!(session.networks().all(|run| run.learner.learning_rate() == 0.0003));
    session.set_focus(0).unwrap();
    let before = thetas(&session);
    let bytes = session.save().unwrap();
    let read = safetensors::read(&bytes).unwrap();
    assert_eq!(read.partner.as_ref().map(|partner| partner.meta.task), Some(Task::MakeUppercase));
    let config = Config::parse(FEW).unwrap();
    let opened = Session::with_model(config, None, read.clone()).unwrap();
    assert!(thetas(&opened) == before);

    // A file without its partner, and one with a partner of its own, are refused.
    let alone = neurarium::file::Model { partner: None, ..read.clone() };
    assert!(alone.check().unwrap_err().to_string().contains("partner"));
    let mut twice = read.clone();
    twice.partner = Some(Box::new(read));
    let error = twice.check().unwrap_err().to_string();
    assert!(error.contains("partner"), "{error}");
}

#[test]
fn other_images_are_refused_and_letters_offer_the_kind() {
    let error = Session::new(Config::parse("model=letters").unwrap()).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("letters of fonts"), "{error}");
    let session = session("model=classifier-mlp\n");
    assert!(session.data_summary().kinds.contains(&"letters"));
}

/// The first recipe at ten times its rate: the losses explode, and the guard comes back each time with half the rate until
/// they fall.
#[test]
fn a_rate_of_a_tenth_diverges_on_the_sum_and_the_guard_brings_the_run_back() {
    let mut session = session("model=letters-sparse\nlearning-rate=0.1\n");
    steps(&mut session, 1);
    let first = session.recorder().points()[0].loss;
    steps(&mut session, 150);
    let events = session.recorder().events();
    assert!(events.iter().any(|event| event.kind == EventKind::Rollback), "{events:?}");
    for run in session.networks() {
        assert!(run.network().theta.iter().all(|theta| theta.is_finite()));
        assert!(run.learner.learning_rate() < 0.1);
    }
    let last = session.recorder().points().last().unwrap().loss;
    assert!(last < 0.7 * first, "{first} -> {last}");
}

#[test]
fn the_program_trains_and_measures_both_networks() {
    let program = Folder::new("letters-exchange");
    let arguments = ["train", "model=letters", "sample=letters", "limit=520", "epochs=2", "validation-split=0.2"];
    let found = program.result(&arguments);
    assert!(number(&found, "letter_ceiling") > 0.0);
    let again =
        program.result(&["eval", "models/letters.safetensors", "sample=letters", "limit=520", "validation-split=0.2"]);
    for figure in ["field_l1", "iou", "letter_accuracy", "letter_ceiling", "cycle_l1"] {
        assert_eq!(found[figure], again[figure], "{figure}");
        assert!((0.0..=1.0).contains(&number(&found, figure)), "{figure}");
    }
}

#[test]
fn a_letter_that_is_called_another_one_is_read_as_that_at_once() {
    // The second face is not whole, so some of its letters have no partner.
    let mut session = session("model=letters\nlimit=100\n");
    steps(&mut session, 2);
    session.evaluate(Split::Train).unwrap();
    for example in 80..100 {
        session.viewer().example(example as usize).unwrap();
        let class = (session.data().labels[example as usize] + 26) % 52;
        session.edit(&Command::Relabel { examples: vec![example], of: session.data().len(), class }, false).unwrap();
        session.evaluate(Split::Train).unwrap();
    }
    session.set_focus(1).unwrap();
    session.evaluate(Split::Train).unwrap();
    steps(&mut session, 2);
    let refused = session.begin_job(Knockout { block: 1 }, resources()).map(drop).unwrap_err().to_string();
    assert!(refused.contains("two networks for letters"), "{refused}");
}

#[test]
fn undo_takes_back_the_label_that_it_belongs_to_and_leaves_those_changed_beside_the_other_network() {
    let mut session = session("model=letters\n");
    let begun = session.data().labels.clone();
    let relabel = |session: &mut Session, example: u32, class: u32| {
        let command = Command::Relabel { examples: vec![example], of: session.data().len(), class };
        session.edit(&command, false).unwrap();
    };
    relabel(&mut session, 3, 7);
    session.set_focus(1).unwrap();
    relabel(&mut session, 4, 9);
    session.move_to(vec![3], Split::Dropped).unwrap();
    session.set_focus(0).unwrap();
    session.edit(&Command::Undo, false).unwrap();
    let labels = |session: &Session| [3, 4].map(|example| session.data().labels[example]);
    assert_eq!(labels(&session), [begun[3], 9]);
    assert_eq!(session.data().splits[3], Split::Dropped);
    session.edit(&Command::Redo, false).unwrap();
    assert_eq!(labels(&session), [7, 9]);
    session.set_focus(1).unwrap();
    session.edit(&Command::Undo, false).unwrap();
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(labels(&session), [7, begun[4]]);
    assert_ne!(session.data().splits[3], Split::Dropped);
    session.set_focus(0).unwrap();
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.data().labels, begun);
    assert!(session.by_hand().is_empty());
}
