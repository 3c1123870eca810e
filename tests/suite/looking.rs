//! Painting through a session, as the page and the command line do.

use neurarium::config::Config;
use neurarium::render::{By, Mode, Neuron, Theme, Viewport};
use neurarium::session::Session;

fn session(model: &str) -> Session {
    let config = Config::parse(&format!("model={model}\nthreads=1\nlimit=60\nembedding=16\nbatch-size=8")).unwrap();
    Session::new(config).unwrap()
}

#[test]
fn every_mode_is_painted_before_and_after_training_and_reports_its_scales() {
    for model in ["autoencoder", "autoencoder-local", "classifier-cnn"] {
        let mut session = session(model);
        let view = session.viewer().fitted_view(300, 220, 1.0);
        for mode in Mode::ALL {
            let view = Viewport { mode, ..view.clone() };
            let before = session.viewer().render(&view).clone();
            assert!(session.viewer().render(&view) == &before, "{model}, {mode:?}: the same again");
            let scales = session.viewer().scales();
            assert!(scales.iter().all(|scale| scale.limit.is_finite() && 0.0 <= scale.limit), "{model}: {scales:?}");
            let count = |limit: f32| scales.iter().filter(|scale| scale.limit == limit).count();
            match mode {
                // Nothing has changed yet.
                Mode::Change => assert_eq!(count(0.0), scales.len(), "{model}"),
                Mode::Dead => assert_eq!(count(1.0), scales.len(), "{model}"),
                Mode::Bias => {}
                _ => assert!(count(0.0) < scales.len(), "{model}, {mode:?}: {scales:?}"),
            }
            session.step_once(&|| 0.0).unwrap();
            session.reset().unwrap();
        }
        session.step_once(&|| 0.0).unwrap();
        session.step_once(&|| 0.0).unwrap();
        let view = Viewport { mode: Mode::Change, ..view };
        session.viewer().render(&view);
        assert!(session.viewer().scales().iter().any(|scale| 0.0 < scale.limit), "{model}: training changed something");
    }
}

#[test]
fn the_difference_takes_the_colours_of_the_theme_at_once_and_output_has_its_own() {
    let mut session = session("autoencoder");
    let light = session.viewer().example(0).unwrap();
    session.viewer().set_theme(Theme::Dark);
    let dark = session.viewer().example(0).unwrap();
    assert!(light.difference != dark.difference);
    assert!(light.output == dark.output);
    session.viewer().set_theme(Theme::Light);
    assert!(session.viewer().view().difference == light.difference);
}

#[test]
fn a_scale_is_the_largest_of_what_is_shown() {
    let mut session = session("autoencoder");
    let view = session.viewer().fitted_view(300, 220, 1.0);
    session.viewer().render(&view);
    let code = session.viewer().shown_code();
    let block = session.network().embedding.unwrap();
    let scale = session.viewer().scales().into_iter().find(|scale| scale.block == block).unwrap();
    let largest = code.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    assert!((scale.limit - largest).abs() <= 0.02 * largest, "{} beside {largest}", scale.limit);
}

#[test]
fn highlighted_and_selected_neurons_are_painted_and_removed_again() {
    let mut session = session("autoencoder");
    let view = session.viewer().fitted_view(400, 300, 1.0);
    let plain = session.viewer().render(&view).clone();
    let block = session.network().embedding.unwrap();
    let neuron = Neuron { block, index: 3 };
    let pointed = session.viewer().render(&Viewport { highlight: Some(neuron), ..view.clone() }).clone();
    let chosen = session.viewer().render(&Viewport { selected: vec![neuron], ..view.clone() }).clone();
    let strong = session.viewer().render(&Viewport { by: By::Contribution, cut: 0.3, ..view.clone() }).clone();
    assert!(pointed != plain && chosen != plain && chosen != pointed && strong != plain);
    assert!(session.viewer().render(&view) == &plain);
    // Neurons that do not exist are not painted and are no error.
    let gone = Viewport { selected: vec![Neuron { block: 99, index: 0 }], ..view.clone() };
    assert!(session.viewer().render(&gone) == &plain);
    session.viewer().render(&Viewport { highlight: Some(Neuron { block: 1, index: 1 << 40 }), ..view });
}

#[test]
fn connections_of_the_highlighted_neuron_are_hit() {
    let mut session = session("autoencoder");
    let block = session.network().embedding.unwrap();
    let neuron = Neuron { block, index: 3 };
    let view = Viewport { highlight: Some(neuron), ..session.viewer().fitted_view(800, 600, 1.0) };
    session.viewer().render(&view);
    let scene = session.scene().clone();
    let link = *scene.links().iter().find(|link| scene.panels()[link.to].blocks.contains(&block)).unwrap();
    let source = scene.panels()[link.from].shown;
    let mut hits = 0;
    for index in 0..session.network().shape(source).len() {
        let (x, y) = scene.curve(&link, index, 3).unwrap().at(0.4);
        let (x, y) = view.pixel_from_scene(x, y);
        hits +=
            usize::from(session.viewer().hit_connection(x, y, 1.0) == Some((Neuron { block: source, index }, neuron)));
    }
    assert!(20 < hits, "{hits} of some sixty that are drawn");
    let (x, y) = scene.cell(1, 0).unwrap().centre();
    let (x, y) = view.pixel_from_scene(x, y);
    assert_eq!(session.viewer().hit_connection(x, y, 3.0), None, "a neuron is no connection");
}

#[test]
fn neurons_that_are_inactive_for_every_example_are_shown_as_inactive() {
    use neurarium::session::{Command, NeuronSet};
    let mut session = session("classifier-mlp");
    let block = (1..session.network().blocks().len())
        .find(|&block| session.network().blocks()[block].activation == neurarium::activation::Activation::Relu)
        .unwrap();
    let view =
        Viewport { mode: Mode::Dead, connections: 0, legend: false, ..session.viewer().fitted_view(800, 600, 1.0) };
    let (x, y) = view.pixel_from_scene(
        session.scene().cell(block, 5).unwrap().centre().0,
        session.scene().cell(block, 5).unwrap().centre().1,
    );
    session.viewer().render(&view);
    let neurons = vec![NeuronSet { block, indices: vec![5] }];
    session.edit(&Command::SetBias { neurons, value: -1e3 }, false).unwrap();
    let drawn = session.viewer().render(&view);
    assert_eq!(drawn.pixel(x as u32, y as u32), view.theme.colours().negative);
}

#[test]
fn a_neuron_is_hit_at_the_centre_of_its_cell() {
    let mut session = session("autoencoder");
    let view = session.viewer().fitted_view(400, 300, 1.0);
    let block = session.network().embedding.unwrap();
    assert!(session.viewer().cell(Neuron { block, index: 3 }).is_none(), "nothing was drawn yet");
    session.viewer().render(&view);
    for index in [0, 3, 15] {
        let cell = session.viewer().cell(Neuron { block, index }).unwrap();
        let (x, y) = cell.centre();
        assert_eq!(session.viewer().hit(x, y).map(|hit| (hit.block, hit.index)), Some((block, index)));
    }
    assert!(session.viewer().cell(Neuron { block, index: 16 }).is_none(), "there are 16");
}
