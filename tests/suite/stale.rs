//! Figures belong to the weights, the loss and the labels they were measured with. No figure outlives a change of
//! these, and no figure of an earlier network carries the step of a later one.

use crate::common::run_job;
use neurarium::config::Config;
use neurarium::data::{Loaded, Report, Split, toy};
use neurarium::file;
use neurarium::session::{Encode, Evaluate, ExampleFilter, Session};

fn still() -> f64 {
    0.0
}

fn session(settings: &str) -> Session {
    let config = Config::parse(&format!("batch-size=20\nepochs=0\nschedule=constant\n{settings}")).unwrap();
    let dataset = toy::shapes(100, 12, 1);
    Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap()
}

/// Trains whole epochs of five steps.
fn train(session: &mut Session, epochs: usize) {
    (0..epochs).for_each(|_| while !session.train(1e9, &still).unwrap() {});
}

fn measure(session: &mut Session, split: Split) {
    run_job(session, Evaluate { split });
}

#[test]
fn a_measurement_while_looking_back_has_the_step_of_the_shown_network() {
    let mut session = session("model=classifier-mlp\nkept-moments=8");
    train(&mut session, 4);
    let first = session.recorder().evaluations()[0];
    session.travel(Some(0)).unwrap();
    measure(&mut session, Split::Validation);
    let found = session.measurement(Split::Validation).unwrap();
    assert_eq!((found.step, found.stale), (5, 0));
    assert_eq!(found.figures.loss, first.evaluation.loss);
    session.travel(None).unwrap();
    assert_eq!(session.measurement(Split::Validation).unwrap().stale, 15);
}

#[test]
fn an_analysis_while_looking_back_has_the_step_of_the_shown_network() {
    let mut session = session("model=autoencoder-dense\nembedding=4\nkept-moments=8");
    train(&mut session, 3);
    session.travel(Some(0)).unwrap();
    run_job(&mut session, Encode {});
    let found = session.latent().directions().unwrap().unwrap();
    assert_eq!((found.step, found.stale), (5, 0));
    session.travel(None).unwrap();
    assert_eq!(session.latent().directions().unwrap().unwrap().stale, 10);
}

#[test]
fn a_model_saved_while_looking_back_has_the_weights_and_figures_of_one_step() {
    let mut session = session("model=classifier-mlp\nkept-moments=8");
    train(&mut session, 1);
    let early = file::read(&session.save().unwrap()).unwrap();
    train(&mut session, 3);
    let checkpoint = session.checkpoint().unwrap();
    session.travel(Some(0)).unwrap();
    let saved = file::read(&session.save().unwrap()).unwrap();
    assert!(saved.network.theta == early.network.theta && saved.moments == early.moments);
    assert_eq!(saved.meta.training, early.meta.training);
    assert_eq!((saved.meta.training.steps, saved.meta.training.epochs), (5, 1.0));
    // The run itself stays complete meanwhile.
    assert!(session.checkpoint().unwrap() == checkpoint);
}

#[test]
fn another_loss_leaves_no_measurement_of_the_old_one() {
    let mut session = session("model=autoencoder-dense\nembedding=4");
    train(&mut session, 1);
    assert!(session.measurement(Split::Validation).is_some());
    session.set("loss", "l1").unwrap();
    assert!(session.measurement(Split::Validation).is_none());
    measure(&mut session, Split::Validation);
    let loss = session.measurement(Split::Validation).unwrap().figures.loss;
    assert_eq!(loss, session.evaluate(Split::Validation).unwrap().loss);
}

#[test]
fn a_relabelled_example_has_the_loss_of_its_new_label() {
    let mut session = session("model=classifier-mlp");
    train(&mut session, 3);
    let split = Split::Validation;
    let of = |session: &Session, example: u32| {
        let (_, found) = session.worst(split, ExampleFilter::default(), 0, 100);
        found.into_iter().find(|one| one.example == example).map(|one| one.loss)
    };
    let example = session.data().indices(split)[0];
    let before = of(&session, example).unwrap();
    let label = session.data().labels[example as usize];
    let other = (label + 1) % session.data().classes.len() as u32;
    session.relabel(vec![example], other).unwrap();
    let after = of(&session, example).unwrap();
    assert!(before != after);
    assert_eq!(session.measurement(split).unwrap().figures.loss, session.evaluate(split).unwrap().loss);
    // After another step the loss under a new label is unknown until the split is measured again.
    session.step_once(&still).unwrap();
    session.relabel(vec![example], label).unwrap();
    assert_eq!(of(&session, example), None);
    measure(&mut session, split);
    assert_eq!(session.measurement(split).unwrap().figures.loss, session.evaluate(split).unwrap().loss);
}
