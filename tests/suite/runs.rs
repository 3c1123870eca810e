//! Runs of a session: a run that has learnt is set aside when another takes its place, stays until it is discarded, and
//! is restored exactly.

use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::file;
use neurarium::session::{Command, NeuronSet, Session};

fn still() -> f64 {
    0.0
}

fn session(settings: &str) -> Session {
    let config = Config::parse(&format!("batch-size=20\nepochs=0\nschedule=constant\n{settings}")).unwrap();
    Session::with_data(config, shapes(100, 12)).unwrap()
}

fn shapes(count: usize, side: usize) -> Loaded {
    Loaded { dataset: toy::shapes(count, side, 1), report: Report::default() }
}

fn train(session: &mut Session, steps: usize) {
    (0..steps).for_each(|_| session.step_once(&still).unwrap());
}

/// Steps of the runs that were set aside, latest first.
fn aside(session: &Session) -> Vec<u64> {
    session.runs().iter().filter(|run| !run.current).map(|run| run.step).collect()
}

fn id_of(session: &Session, step: u64) -> u32 {
    session.runs().iter().find(|run| run.step == step).unwrap().id
}

#[test]
fn a_restored_run_continues_as_if_it_had_never_been_set_aside() {
    let settings = "model=classifier-mlp\nkept-moments=4";
    let (mut whole, mut other) = (session(settings), session(settings));
    train(&mut whole, 20);
    train(&mut other, 13);
    let neurons = vec![NeuronSet { block: 1, indices: vec![2] }];
    let edit = Command::SetBias { neurons, value: 0.25 };
    let before = other.checkpoint().unwrap();
    other.set("model", "autoencoder-dense").unwrap();
    train(&mut other, 5);
    other.reset().unwrap();
    assert_eq!(aside(&other), [5, 13]);
    other.restore_run(id_of(&other, 13)).unwrap();
    assert!(other.checkpoint().unwrap() == before);
    train(&mut other, 7);
    assert!(other.network().theta == whole.network().theta);
    assert_eq!(other.recorder().points(), whole.recorder().points());
    // Its edits can still be undone after it was restored.
    other.edit(&edit, false).unwrap();
    other.set("seed", "5").unwrap();
    other.restore_run(id_of(&other, 20)).unwrap();
    assert!(other.network().theta != whole.network().theta);
    other.edit(&Command::Undo, false).unwrap();
    assert!(other.network().theta == whole.network().theta);
}

#[test]
fn browsing_through_models_loses_nothing_and_undo_leads_back() {
    let mut session = session("model=autoencoder-local");
    train(&mut session, 4);
    let theta = session.network().theta.clone();
    for model in ["classifier-cnn", "classifier-mlp", "autoencoder"] {
        session.set("model", model).unwrap();
    }
    assert_eq!(aside(&session), [4]);
    // Networks that have learnt nothing are kept only while undo leads to them next.
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.run().preset, "classifier-mlp");
    session.edit(&Command::Undo, false).unwrap();
    assert!(session.network().theta == theta && session.run().step() == 4);
    assert!(session.edit(&Command::Undo, false).is_err(), "nothing is left to undo");
    session.edit(&Command::Redo, false).unwrap();
    assert_eq!(session.run().preset, "classifier-mlp");
    assert_eq!(aside(&session), [4]);
}

#[test]
fn opening_files_and_other_data_set_each_run_aside() {
    let mut session = session("model=classifier-mlp");
    let file = session.save().unwrap();
    train(&mut session, 6);
    session.open(&file).unwrap();
    session.open(&file).unwrap();
    assert_eq!(aside(&session), [6]);
    train(&mut session, 2);
    session.use_data(shapes(60, 16)).unwrap();
    train(&mut session, 3);
    session.use_data(shapes(60, 8)).unwrap();
    assert_eq!(aside(&session), [3, 2, 6]);
    let reasons: Vec<String> = session.runs().into_iter().skip(1).map(|run| run.why).collect();
    assert!(reasons.iter().all(|why| !why.is_empty()), "{reasons:?}");
    // Images of another size are resized to the restored network, and the page is asked to read them again.
    let notice = session.restore_run(id_of(&session, 6)).unwrap();
    assert!(notice.reload && session.data().shape == session.network().input());
    assert_eq!(aside(&session), [3, 2]);
    train(&mut session, 1);
    assert_eq!(session.run().step(), 7);
}

#[test]
fn a_run_is_saved_from_the_shelf_and_leaves_it_only_by_hand() {
    let mut session = session("model=classifier-mlp");
    train(&mut session, 6);
    let theta = session.network().theta.clone();
    session.reset().unwrap();
    let id = id_of(&session, 6);
    let saved = file::read(&session.run_file(id).unwrap().to_bytes(session.progress()).unwrap()).unwrap();
    assert!(saved.network.theta == theta && saved.meta.training.steps == 6);
    session.discard_run(id).unwrap();
    assert!(aside(&session).is_empty());
    let message = session.restore_run(id).unwrap_err().to_string();
    assert!(message.starts_with("run: expected the number of a run that was set aside"), "{message}");
    // A run that has learnt nothing is not kept.
    session.reset().unwrap();
    assert!(aside(&session).is_empty());
}

#[test]
fn a_full_shelf_refuses_another_network_and_changes_nothing() {
    // With moments and first values, some 35 million parameters take half of the shelf.
    let layers = "architecture=dense outputs=30000; dense outputs=classes";
    let mut session = session(&format!("{layers}\nbatch-size=1\noptimizer=adam"));
    let refused = loop {
        train(&mut session, 1);
        let before = session.network().theta.clone();
        if let Err(error) = session.reset() {
            assert!(session.network().theta == before && session.run().step() == 1);
            break error.to_string();
        }
        assert!(aside(&session).len() < 40, "the shelf has no end");
    };
    assert!(refused.starts_with("runs set aside: expected room for one more"), "{refused}");
    let id = session.runs().last().unwrap().id;
    session.discard_run(id).unwrap();
    session.reset().unwrap();
}

#[test]
fn the_size_of_an_opened_model_holds_until_other_images_need_another_network() {
    let mut small = session("model=classifier-mlp");
    let file = small.save().unwrap();
    let mut session = Session::new(Config::parse("model=autoencoder-dense").unwrap()).unwrap();
    session.open(&file).unwrap();
    let size = |session: &Session| ["width", "height"].map(|key| session.config().get(key).unwrap().to_string());
    assert_eq!(size(&session), ["12", "12"]);
    // Unknown classes: a new network is built, and the images are to be read at their own size.
    let mut other = toy::shapes(40, 12, 2);
    other.classes.iter_mut().for_each(|class| class.push('s'));
    let notice = session.use_data(Loaded { dataset: other, report: Report::default() }).unwrap();
    assert!(notice.rebuilt && notice.reload);
    assert_eq!(size(&session), ["0", "0"]);
    small.set("learning-rate", "0.5").unwrap();
}
