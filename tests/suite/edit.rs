//! Editing by hand through the session: while training, with undo and redo bit for bit; invalid edits are refused.

use neurarium::config::Config;
use neurarium::network::{Held, Neuron};
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Answer, Command, InspectedItem, NeuronSet, NeuronView, Pinned, Question, Session};

fn session(model: &str) -> Session {
    session_with(&format!("model={model}\nlimit=60\nbatch-size=10\nembedding=6\nepochs=0\nseed=3"))
}

fn session_with(config: &str) -> Session {
    Session::new(Config::parse(config).unwrap()).unwrap()
}

fn train(session: &mut Session, steps: usize) {
    for _ in 0..steps {
        session.step_once(&|| 0.0).unwrap();
    }
}

fn command(json: &str) -> Command {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn edit(session: &mut Session, json: &str) {
    session.edit(&command(json), false).unwrap_or_else(|error| panic!("{json}: {error}"));
}

fn bits(session: &Session) -> Vec<u32> {
    session.network().theta.iter().map(|w| w.to_bits()).collect()
}

fn look(session: &mut Session, neuron: Neuron) -> NeuronView {
    let question = Question { neuron, strongest: 5, by_contribution: false, image: true, dark: false };
    match session.viewer().inspect(&[InspectedItem::Neuron(question)]).remove(0) {
        Some(Answer::Neuron(view)) => *view,
        other => panic!("{neuron:?}: {other:?}"),
    }
}

/// A block by name and its index.
fn block(session: &Session, name: &str) -> usize {
    session.network().block_named(name).unwrap()
}

#[test]
fn every_command_is_undone_and_redone_bit_for_bit() {
    for model in ["autoencoder", "autoencoder-dense", "autoencoder-local", "classifier-cnn"] {
        let mut session = session(model);
        train(&mut session, 2);
        // A block whose neurons have weights in and out.
        let at = session.network().blocks().iter().position(|block| block.layer.ops().title().starts_with("conv"));
        let at = at.or(session.network().block_named("encode1")).or(session.network().block_named("shrink1")).unwrap();
        let neurons = format!(r#""neurons":[{{"block":{at},"indices":[0,3,17]}}]"#);
        let mut commands = vec![
            r#"{"do":"set","parameters":[0,5,9],"values":[0.25,-0.5,1]}"#.to_string(),
            r#"{"do":"set","parameters":[7,8],"values":[0.125]}"#.into(),
            r#"{"do":"add","parameters":[1,2,2],"amount":0.1}"#.into(),
            format!(r#"{{"do":"set-bias",{neurons},"value":0.3}}"#),
            format!(r#"{{"do":"scale-incoming",{neurons},"factor":1.5}}"#),
            format!(r#"{{"do":"add-incoming",{neurons},"amount":-0.01}}"#),
            format!(r#"{{"do":"pin",{neurons},"pinned":true}}"#),
            format!(r#"{{"do":"hold",{neurons},"value":0.5}}"#),
            format!(r#"{{"do":"hold",{neurons},"value":0,"channel":true}}"#),
            format!(r#"{{"do":"release",{neurons}}}"#),
            format!(r#"{{"do":"reinitialise",{neurons},"seed":9}}"#),
            format!(r#"{{"do":"freeze","blocks":[{at}],"frozen":true}}"#),
            r#"{"do":"setting","key":"learning-rate","value":"0.01"}"#.into(),
        ];
        if model != "classifier-cnn" {
            commands.push(format!(r#"{{"do":"scale-outgoing",{neurons},"factor":0.5}}"#));
        }
        let mut states = vec![session.network().clone()];
        for json in &commands {
            edit(&mut session, json);
            let now = session.network().clone();
            let is_setting = json.contains("learning-rate");
            assert!(is_setting || &now != states.last().unwrap(), "{model}: {json} changes nothing");
            states.push(now);
        }
        for (state, json) in states.iter().zip(&commands).rev() {
            edit(&mut session, r#"{"do":"undo"}"#);
            assert!(session.network() == state, "{model}: undo of {json}");
        }
        assert!(session.edit(&Command::Undo, false).is_err());
        assert_eq!(session.config().get("learning-rate").unwrap(), session_default(model), "{model}");
        for (state, json) in states[1..].iter().zip(&commands) {
            edit(&mut session, r#"{"do":"redo"}"#);
            assert!(session.network() == state, "{model}: redo of {json}");
        }
        assert!(session.edit(&Command::Redo, false).is_err());
        assert_eq!(session.config().learning_rate(), 0.01);
    }
}

fn session_default(model: &str) -> String {
    session(model).config().get("learning-rate").unwrap().into()
}

#[test]
fn undo_after_training_restores_the_edited_parameters_and_no_others() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 3);
    let before = bits(&session);
    edit(&mut session, r#"{"do":"set","parameters":[10,11],"values":[2,-2]}"#);
    let redo = [2f32.to_bits(), (-2f32).to_bits()];
    train(&mut session, 4);
    let trained = bits(&session);
    edit(&mut session, r#"{"do":"undo"}"#);
    let undone = bits(&session);
    assert_eq!(undone[10..12], before[10..12]);
    assert!(undone[..10] == trained[..10] && undone[12..] == trained[12..]);
    train(&mut session, 2);
    edit(&mut session, r#"{"do":"redo"}"#);
    assert_eq!(bits(&session)[10..12], redo);
}

#[test]
fn a_pinned_bias_keeps_its_value_over_fifty_steps() {
    let mut session = session("autoencoder");
    let neuron = Neuron { block: block(&session, "decode2"), index: 40 };
    let bias = session.network().bias(neuron).unwrap();
    edit(&mut session, &format!(r#"{{"do":"set","parameters":[{bias}],"values":[0.75]}}"#));
    edit(&mut session, &format!(r#"{{"do":"pin","parameters":[{bias}],"pinned":true}}"#));
    train(&mut session, 50);
    assert_eq!(session.network().theta[bias], 0.75);
    assert_eq!(look(&mut session, neuron).pinned, Pinned::Some);
    edit(&mut session, r#"{"do":"undo"}"#);
    train(&mut session, 2);
    assert!(session.network().theta[bias] != 0.75, "an unpinned bias moves again");
}

#[test]
fn a_lesion_changes_the_output_and_training_goes_on_around_it() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 20);
    let before = session.viewer().example(0).unwrap().output.unwrap();
    let at = block(&session, "decode1");
    let picked = NeuronSet { block: at, indices: (0..256).collect() };
    let edited = session.edit(&Command::Hold { neurons: vec![picked], value: 0.0, channel: false }, false).unwrap();
    assert!(edited.loss_before != edited.loss_after);
    assert!(session.viewer().example(0).unwrap().output.unwrap() != before);
    train(&mut session, 5);
    assert_eq!(look(&mut session, Neuron { block: at, index: 100 }).value, 0.0);
    let saved = session.save().unwrap();
    session.open(&saved).unwrap();
    assert_eq!(session.network().holds().get(at, Held::Neuron(255)), Some(0.0), "a saved model remembers");
    assert_eq!(look(&mut session, Neuron { block: at, index: 255 }).held, Some(0.0));
}

#[test]
fn a_drag_is_one_edit_in_the_log_and_on_the_chart() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 1);
    let before = bits(&session);
    let drag = |session: &mut Session, value: f32, merge| {
        let command = Command::Set { parameters: vec![20, 21], values: vec![value] };
        session.edit(&command, merge).unwrap();
    };
    drag(&mut session, 0.1, false);
    train(&mut session, 1);
    drag(&mut session, 0.2, true);
    drag(&mut session, 0.3, true);
    train(&mut session, 1);
    // A stroke of the brush over other weights continues the same drag.
    let unstroked = session.network().theta[22];
    session.edit(&Command::Add { parameters: vec![22], amount: 1.0 }, true).unwrap();
    let after = bits(&session);
    assert_eq!(session.edit_log().entries.len(), 1);
    assert!(session.edit_log().entries[0].text.starts_with("3 parameters"), "the text counts the whole stroke");
    let events = session.status().events;
    assert_eq!(events.len(), 1, "{events:?}");
    assert!(events[0].text.contains("loss"), "{}", events[0].text);
    edit(&mut session, r#"{"do":"undo"}"#);
    let undone = bits(&session);
    assert_eq!(undone[20..22], before[20..22]);
    assert_eq!(session.network().theta[22], unstroked, "as it was before the stroke");
    edit(&mut session, r#"{"do":"redo"}"#);
    assert_eq!(session.network().theta[20..22], [0.3, 0.3]);
    assert_eq!(bits(&session)[22], after[22]);
}

#[test]
fn undo_of_a_resized_embedding_restores_its_parameters_pins_and_holds() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 3);
    let at = block(&session, "embedding");
    edit(&mut session, &format!(r#"{{"do":"hold","neurons":[{{"block":{at},"indices":[5]}}],"value":1}}"#));
    edit(&mut session, &format!(r#"{{"do":"pin","neurons":[{{"block":{at},"indices":[5,1]}}],"pinned":true}}"#));
    let before = session.network().clone();
    edit(&mut session, r#"{"do":"setting","key":"embedding","value":"3"}"#);
    let cut = session.network().clone();
    assert_eq!(cut.shape(at).len(), 3);
    assert!(cut.holds().is_empty());
    edit(&mut session, r#"{"do":"undo"}"#);
    assert!(session.network() == &before);
    edit(&mut session, r#"{"do":"redo"}"#);
    assert!(session.network() == &cut);
    edit(&mut session, r#"{"do":"undo"}"#);
    session.set("embedding", "9").unwrap();
    train(&mut session, 2);
    edit(&mut session, r#"{"do":"undo"}"#);
    train(&mut session, 1);
    assert_eq!(session.network().shape(at).len(), 6);
    assert_eq!(session.network().holds(), before.holds());
}

#[test]
fn undo_of_another_optimiser_restores_the_state_of_the_old_one() {
    let run = |detour: bool| {
        let mut session = session("autoencoder-dense");
        train(&mut session, 4);
        if detour {
            edit(&mut session, r#"{"do":"setting","key":"optimizer","value":"sgd"}"#);
            edit(&mut session, r#"{"do":"undo"}"#);
        }
        train(&mut session, 3);
        bits(&session)
    };
    assert!(run(true) == run(false));
}

#[test]
fn edits_of_missing_things_or_with_invalid_numbers_are_refused_and_change_nothing() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 1);
    edit(&mut session, r#"{"do":"set","parameters":[0],"values":[100]}"#);
    let before = session.network().clone();
    for json in [
        r#"{"do":"set","parameters":[99999999],"values":[1]}"#,
        r#"{"do":"set","parameters":[1,2,3],"values":[1,2]}"#,
        r#"{"do":"set","parameters":[],"values":[1]}"#,
        r#"{"do":"set","parameters":[1],"values":[]}"#,
        r#"{"do":"set","parameters":[1],"values":[1e39]}"#,
        r#"{"do":"scale-incoming","neurons":[{"block":1,"indices":[0]}],"factor":3e38}"#,
        r#"{"do":"scale-incoming","neurons":[{"block":77,"indices":[0]}],"factor":1}"#,
        r#"{"do":"scale-incoming","neurons":[{"block":1,"indices":[512]}],"factor":1}"#,
        r#"{"do":"scale-incoming","neurons":[{"block":0,"indices":[0]}],"factor":1}"#,
        r#"{"do":"set-bias","neurons":[{"block":0,"indices":[0]}],"value":1}"#,
        r#"{"do":"pin","pinned":true}"#,
        r#"{"do":"hold","neurons":[],"value":1}"#,
        r#"{"do":"freeze","blocks":[12345],"frozen":true}"#,
        r#"{"do":"freeze","blocks":[],"frozen":true}"#,
        r#"{"do":"setting","key":"learning-rate","value":"-3"}"#,
        r#"{"do":"setting","key":"no-such-key","value":"1"}"#,
        r#"{"do":"data","name":"others"}"#,
    ] {
        let Ok(command) = serde_json::from_str::<Command>(json) else { continue };
        let error = session.edit(&command, false).expect_err(json).to_string();
        assert!(!error.is_empty() && !error.contains('\n') && error.len() < 200, "{json}: {error}");
        assert!(session.network() == &before, "{json}");
    }
    for json in [r#"{"do":"explode"}"#, r#"{"do":"add","parameters":[1],"amount":1,"more":2}"#, r#"{"do":"hold"}"#] {
        assert!(serde_json::from_str::<Command>(json).is_err(), "{json}");
    }
    let nan = Command::Set { parameters: vec![0], values: vec![f32::NAN] };
    assert!(session.edit(&nan, false).is_err());
    assert_eq!(session.edit_log().entries.len(), 1);
}

#[test]
fn the_inspector_reports_a_neuron_as_it_is_in_the_network() {
    let mut rng = Rng::new(2, Purpose::Test, 0);
    for model in ["autoencoder", "autoencoder-dense", "autoencoder-local", "classifier-mlp", "classifier-cnn"] {
        let mut session = session(model);
        train(&mut session, 2);
        for block in 0..session.network().blocks().len() {
            let neuron = Neuron { block, index: rng.below(session.network().shape(block).len()) };
            let view = look(&mut session, neuron);
            let network = session.network().clone();
            let who = format!("{model}, {} {}", view.place.name, neuron.index);
            let shape = network.shape(block);
            let index = (view.place.y * shape.width + view.place.x) * shape.channels + view.place.channel;
            assert_eq!((index, view.place.block), (neuron.index, block), "{who}");
            assert_eq!(view.bias.map(|bias| bias.parameter), network.bias(neuron), "{who}");
            assert!(view.gradient.is_some_and(f32::is_finite), "{who}");
            // The value of a neuron without a norm, whose connections have weights, is the activation of their sum.
            let wired = network.wired(neuron);
            let all = Question { neuron, strongest: 100_000, by_contribution: true, image: false, dark: false };
            let Some(Answer::Neuron(full)) = session.viewer().inspect(&[InspectedItem::Neuron(all)]).remove(0) else {
                panic!("{who}")
            };
            assert_eq!(full.incoming.len(), full.incoming_count.min(1000), "{who}");
            let is_complete = full.incoming.len() == full.incoming_count && wired == neuron;
            if is_complete && 0 < full.weights && full.weights == full.incoming_count {
                let z: f64 = full.incoming.iter().map(|link| f64::from(link.contribution)).sum();
                let mut y = [(z + f64::from(view.bias.unwrap().value)) as f32];
                network.blocks()[block].activation.forward_in_place(&mut y);
                assert!((y[0] - view.value).abs() < 1e-4 * (1.0 + view.value.abs()), "{who}: {} {}", y[0], view.value);
            }
            assert!(full.incoming.is_sorted_by(|a, b| b.contribution.abs() <= a.contribution.abs()), "{who}");
            // Each link agrees with the connection as seen from the other end.
            for link in view.outgoing.iter().take(2) {
                let target = Neuron { block: link.place.block, index: link.place.index };
                let found = session.viewer().inspect(&[InspectedItem::Connection { source: neuron, target }]).remove(0);
                let Some(Answer::Connection(found)) = found else { panic!("{who} to {target:?}") };
                assert_eq!((found.parameter, found.weight), (link.parameter, link.weight), "{who}");
                assert!(1 <= found.shared);
            }
            if let Some(image) = &view.image {
                assert_eq!(image.values.len(), image.width * image.height * image.channels);
                assert_eq!(image.pixels.len(), 4 * image.pixel_width * image.pixel_height);
                let weights = image.parameters.iter().flatten().count();
                assert!(view.weights <= weights, "{who}: {weights} of {}", view.weights);
                for (parameter, value) in image.parameters.iter().zip(&image.values) {
                    assert_eq!(parameter.map_or(0.0, |parameter| network.theta[parameter]), *value, "{who}");
                }
            } else {
                assert_eq!(view.weights, 0, "{who}");
            }
        }
        let gone = Neuron { block: 999, index: 0 };
        assert_eq!(session.viewer().inspect(&[InspectedItem::Connection { source: gone, target: gone }]), [None]);
    }
}

#[test]
fn own_input_is_shown_everywhere_and_left_without_a_trace() {
    let mut session = session("autoencoder");
    train(&mut session, 3);
    let before = session.viewer().example(2).unwrap();
    let rgba: Vec<u8> = (0..40 * 20).flat_map(|n| [n as u8, 90, (n / 3) as u8, 255]).collect();
    let own = session.viewer().show_own_pixels("drawn", 40, 20, &rgba).unwrap();
    assert_eq!((own.index, own.split, own.name.as_str(), own.label.as_deref()), (-1, "own", "drawn", None));
    assert!(own.input != before.input && own.output != before.output && own.loss.is_some());
    assert_eq!(session.viewer().view().output, own.output);
    let png = session.viewer().output_png().unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    let steps = session.status().step;
    let again = session.viewer().show_own("output.png", &png).unwrap();
    assert!(again.input != own.input);
    assert_eq!(session.status().step, steps, "nothing is trained on it");
    assert_eq!(session.viewer().example(2).unwrap().output, before.output);
    assert!(!session.viewer().shows_own() && 0 <= session.viewer().view().index);
    assert!(session.viewer().show_own("text", b"no image at all").unwrap_err().to_string().starts_with("text: "));
    assert!(session.viewer().show_own_pixels("small", 4, 4, &[0; 63]).is_err());
    assert!(session.viewer().show_own_pixels("huge", usize::MAX, 4, &[0; 64]).is_err());
}

#[test]
fn probabilities_of_an_own_input_add_up() {
    let mut session = session("classifier-mlp");
    train(&mut session, 3);
    let own = session.viewer().show_own_pixels("grey", 32, 32, &[128; 32 * 32 * 4]).unwrap();
    let sum: f32 = own.probabilities.unwrap().iter().map(|class| class.value).sum();
    assert!((sum - 1.0).abs() < 1e-5 && own.loss.is_none());
    assert!(session.viewer().output_png().is_err());
}
