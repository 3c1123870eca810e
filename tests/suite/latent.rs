//! The latent space through the session: editing, mixing, mapping, sampling and inversion of codes.

use crate::common::gradient::check;
use crate::common::{resources, run_job};
use neurarium::config::Config;
use neurarium::par;
use neurarium::session::{
    Base, Code, CodeMix, Encode, InversionProgress, InversionTarget, Invert, NamedBase, Session, code_gradient,
};

fn session(model: &str) -> Session {
    let config = format!("model={model}\nlimit=80\nbatch-size=10\nembedding=12\nepochs=0\nseed=3");
    Session::new(Config::parse(&config).unwrap()).unwrap()
}

fn train(session: &mut Session, steps: usize) {
    for _ in 0..steps {
        session.step_once(&|| 0.0).unwrap();
    }
}

fn inversion(session: &Session) -> InversionProgress {
    session.job::<Invert>().unwrap().found
}

fn analysed(model: &str, steps: usize) -> Session {
    let mut session = session(model);
    train(&mut session, steps);
    run_job(&mut session, Encode {});
    session
}

fn output(session: &mut Session) -> Vec<u8> {
    let shown = session.viewer().example_index();
    session.viewer().example(shown).unwrap().output.unwrap()
}

#[test]
fn an_edited_code_is_decoded_at_once_even_while_training_until_it_is_reset() {
    for model in ["autoencoder", "autoencoder-dense", "autoencoder-local"] {
        let mut session = session(model);
        train(&mut session, 5);
        session.viewer().example(3).unwrap();
        let (own, before) = (session.latent().code().unwrap(), output(&mut session));
        assert!(own.own && own.values == session.viewer().embedding(3).unwrap());
        let changed = session.latent().set_code_value(1, own.values[1] + 2.0).unwrap();
        assert!(!changed.own && changed.values[1] == own.values[1] + 2.0);
        let edited = output(&mut session);
        assert!(edited != before, "{model}");
        assert_eq!(session.latent().decode(&changed.values).unwrap().pixels, edited, "{model}");
        train(&mut session, 1);
        assert_eq!(session.latent().code().unwrap().values, changed.values, "training leaves a set code");
        assert!(output(&mut session) != edited, "{model}: the decoder learns on");
        let theta = session.network().theta.clone();
        assert!(session.latent().reset_code().unwrap().own);
        assert!(session.network().theta == theta);
        session.latent().set_code(&changed.values).unwrap();
        session.viewer().example(4).unwrap();
        assert!(session.latent().code().unwrap().own, "another example comes with its own code");
    }
}

#[test]
fn interpolations_include_both_ends_and_mixes_are_made_of_means() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 10);
    let codes: Vec<Vec<f32>> = (0..4).map(|index| session.viewer().embedding(index).unwrap()).collect();
    let strip = session.latent().interpolate(0, 1, 5).unwrap();
    assert_eq!((strip.width, strip.height, strip.pixels.len()), (32, 32, 5 * 32 * 32 * 4));
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs()));
    let code = |number: usize| &strip.codes[number * 12..][..12];
    assert!(near(code(0), &codes[0]) && near(code(4), &codes[1]));
    let middle: Vec<f32> = codes[0].iter().zip(&codes[1]).map(|(a, b)| (a + b) / 2.0).collect();
    assert!(near(code(2), &middle));
    let mean = |mix: CodeMix, session: &mut Session| session.latent().mix_code(&mix).unwrap().values;
    let plain = |base| CodeMix { base, plus: Vec::new(), minus: Vec::new(), strength: 1.0 };
    assert!(near(&mean(plain(Base::Examples(vec![0, 1])), &mut session), &middle));
    session.viewer().example(2).unwrap();
    let mix = CodeMix { plus: vec![0, 1], minus: vec![3], strength: 0.5, ..plain(Base::Named(NamedBase::Own)) };
    let moved: Vec<f32> = (0..12).map(|at| codes[2][at] + 0.5 * (middle[at] - codes[3][at])).collect();
    assert!(near(&mean(mix.clone(), &mut session), &moved));
    let read: CodeMix = serde_json::from_str(r#"{"base":"own","plus":[0,1],"minus":[3],"strength":0.5}"#).unwrap();
    assert_eq!(read, mix);
}

#[test]
fn examples_are_named_by_number_range_and_class() {
    let mut session = session("autoencoder-dense");
    let data = session.data().clone();
    let class = &data.classes[1];
    let of_class: Vec<u32> = (0u32..).zip(&data.labels).filter(|&(_, &label)| label == 1).map(|(n, _)| n).collect();
    assert!(!of_class.is_empty());
    assert_eq!(session.latent().examples_named("3, 8,20-22; 22-21, 3").unwrap(), [2, 7, 19, 20, 21]);
    assert_eq!(session.latent().examples_named(&class.to_uppercase()).unwrap(), of_class);
    assert!(session.latent().examples_named(" , ").unwrap().is_empty());
    for wrong in ["0", "1-81", "81", "nobody", "3-", "99999999999999999999"] {
        let error = session.latent().examples_named(wrong).unwrap_err().to_string();
        assert!(error.starts_with("examples: expected") && error.contains(wrong), "{error}");
    }
}

#[test]
fn a_direction_moves_the_code_along_itself_alone_and_the_map_agrees_with_the_code() {
    let mut session = analysed("autoencoder-dense", 20);
    let before = session.latent().directions().unwrap().unwrap();
    assert_eq!((before.examples, before.sampled, before.stale), (80, false, 0));
    assert_eq!(before.deviations.len(), 12);
    assert!((before.explained.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{:?}", before.explained);
    session.latent().set_direction(2, before.positions[2] + 1.5).unwrap();
    let after = session.latent().directions().unwrap().unwrap();
    for (number, (before, after)) in before.positions.iter().zip(&after.positions).enumerate() {
        let expected = before + if number == 2 { 1.5 } else { 0.0 };
        assert!((after - expected).abs() < 1e-3, "direction {number}: {after} for {expected}");
    }
    let map = session.latent().map().unwrap().unwrap();
    assert_eq!((map.x.len(), map.labels.len()), (80, 80));
    session.latent().set_code_at(0.7, -0.4).unwrap();
    let (x, y) = session.latent().map().unwrap().unwrap().current;
    assert!((x - 0.7).abs() < 1e-3 && (y + 0.4).abs() < 1e-3, "{x} {y}");
    let shown = output(&mut session);
    assert_eq!(session.latent().picture_at(0.7, -0.4).unwrap().pixels, shown);
    // The spread on the map equals that of the directions.
    let spread = (map.x.iter().map(|x| x * x).sum::<f32>() / 80.0).sqrt();
    assert!((spread - after.deviations[0]).abs() < 1e-3 * spread);
    train(&mut session, 2);
    assert_eq!(session.latent().directions().unwrap().unwrap().stale, 2);
}

#[test]
fn the_example_nearest_to_its_own_code_is_itself_and_samples_have_the_spread_of_the_data() {
    let mut session = analysed("autoencoder-dense", 20);
    session.viewer().example(7).unwrap();
    let near = session.latent().nearest(3).unwrap();
    assert_eq!((near.len(), near[0].example), (3, 7));
    assert!(near[0].distance < 1e-3 && near.is_sorted_by(|a, b| a.distance <= b.distance));
    let samples = session.latent().samples(200, 1, 1.0).unwrap();
    assert_eq!(samples.codes.len(), 200 * 12);
    assert!(
        session.latent().samples(200, 1, 1.0).unwrap() == samples
            && session.latent().samples(200, 2, 1.0).unwrap() != samples
    );
    let still = session.latent().samples(2, 1, 0.0).unwrap();
    assert_eq!(still.codes[..12], still.codes[12..]);
    let total = |session: &mut Session| {
        session.latent().directions().unwrap().unwrap().deviations.iter().map(|d| d * d).sum::<f32>()
    };
    let square =
        samples.codes.chunks_exact(12).flat_map(|code| code.iter().zip(&still.codes)).map(|(a, b)| (a - b).powi(2));
    let variance = square.sum::<f32>() / 200.0;
    let expected = total(&mut session);
    assert!((variance / expected - 1.0).abs() < 0.2, "{variance} for {expected}");
}

#[test]
fn an_analysis_is_the_same_on_any_number_of_threads_and_can_be_cancelled() {
    let run =
        |threads| par::with_threads(threads, || analysed("autoencoder-local", 3).latent().map().unwrap().unwrap());
    let one = run(1);
    let three = run(3);
    assert_eq!(one.examples, three.examples);
    for (a, b) in one.x.iter().chain(&one.y).zip(three.x.iter().chain(&three.y)) {
        assert!((a - b).abs() < 1e-3 * (1.0 + b.abs()), "{a} {b}");
    }
    let mut session = session("autoencoder-dense");
    let job = session.begin_job(Encode {}, resources()).unwrap();
    session.advance_job(job, 0.0, resources()).unwrap();
    session.cancel_job(job);
    assert_eq!(session.advance_job(job, 0.0, resources()).unwrap().kind, None);
    assert!(
        session.latent().map().unwrap().is_none()
            && session.latent().nearest(1).is_err()
            && session.latent().samples(1, 1, 1.0).is_err()
    );
}

#[test]
fn codes_and_map_are_dropped_with_their_network_or_data() {
    for change in [
        |session: &mut Session| drop(session.reset().unwrap()),
        |session: &mut Session| drop(session.use_sample().unwrap()),
        |session: &mut Session| drop(session.set("embedding", "5").unwrap()),
    ] {
        let mut session = analysed("autoencoder-dense", 1);
        session.latent().set_code_value(0, 1.0).unwrap();
        let job = session.begin_job(Encode {}, resources()).unwrap();
        change(&mut session);
        assert_eq!(session.advance_job(job, 0.0, resources()).unwrap().kind, None);
        assert!(session.latent().map().unwrap().is_none() && session.latent().code().unwrap().own);
    }
}

#[test]
fn the_gradient_of_an_inversion_matches_finite_differences() {
    for model in ["autoencoder", "autoencoder-dense"] {
        let mut session = session(model);
        train(&mut session, 3);
        let target = InversionTarget::Example(5);
        let code = session.viewer().embedding(2).unwrap();
        let (_, gradient) = code_gradient(&session.viewer(), &target, &code).unwrap();
        // The loss is a mean over 3,072 values and thus small, so it is scaled up.
        let scale = 1.0 / gradient.iter().fold(0.0f32, |most, g| most.max(g.abs()));
        let gradient: Vec<f32> = gradient.iter().map(|g| g * scale).collect();
        check(model, &code, &gradient, 2e-2, |code| {
            f64::from(scale) * code_gradient(&session.viewer(), &target, code).unwrap().0
        });
    }
}

#[test]
fn an_inversion_lowers_its_error_tenfold_on_a_real_example() {
    let config = "model=autoencoder-dense\nlimit=60\nbatch-size=10\nembedding=48\nepochs=0\nseed=3";
    let mut session = Session::new(Config::parse(config).unwrap()).unwrap();
    train(&mut session, 400);
    let wanted = session.data().indices(neurarium::data::Split::Train)[4] as usize;
    session.viewer().example(0).unwrap();
    let target = InversionTarget::Example(wanted);
    let job = session.begin_job(Invert { target: target.clone() }, resources()).unwrap();
    let steps = session.status().step;
    train(&mut session, 1); // training goes on in between
    while session.advance_job(job, 0.0, resources()).unwrap().pending {}
    let found = inversion(&session);
    assert_eq!(session.status().step, steps + 1);
    println!("inversion: {} to {}", found.before, found.error);
    assert!(found.error < 0.1 * found.before, "{found:?}");
    let picture = session.viewer().example(0).unwrap();
    let other = session.latent().code().unwrap();
    assert!(!other.own && picture.output.is_some());
    // The inversion ends when something else is shown.
    let job = session.begin_job(Invert { target }, resources()).unwrap();
    session.viewer().example(1).unwrap();
    assert!(!session.advance_job(job, 0.0, resources()).unwrap().pending);
    assert!(session.latent().code().unwrap().own);
}

#[test]
fn an_inversion_finds_the_code_of_an_own_image_too() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 5);
    session.viewer().show_own_pixels("drawn", 8, 8, &[200; 8 * 8 * 4]).unwrap();
    run_job(&mut session, Invert { target: InversionTarget::Own });
    let found = inversion(&session);
    assert!(found.error < found.before, "{found:?}");
    let png = session.viewer().output_png().unwrap();
    session.viewer().leave_own();
    run_job(&mut session, Invert { target: InversionTarget::File(png) });
    assert!(inversion(&session).error < 1e-2);
}

#[test]
fn invalid_codes_mixes_and_targets_are_refused_and_change_nothing() {
    let mut session = analysed("autoencoder-dense", 1);
    let before = session.latent().code().unwrap();
    let refused = |what: Result<Code, neurarium::error::Error>| {
        let error = what.unwrap_err().to_string();
        assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    };
    let mix = |base| CodeMix { base, plus: vec![0], minus: Vec::new(), strength: 1.0 };
    refused(session.latent().set_code(&[0.0; 3]));
    refused(session.latent().set_code(&[f32::NAN; 12]));
    refused(session.latent().set_code_value(12, 0.0));
    refused(session.latent().set_code_value(0, f32::INFINITY));
    refused(session.latent().set_direction(12, 0.0));
    refused(session.latent().set_direction(0, f32::NAN));
    refused(session.latent().set_code_at(f32::NAN, 0.0));
    refused(session.latent().mix_code(&mix(Base::Examples(Vec::new()))));
    refused(session.latent().mix_code(&mix(Base::Examples(vec![80]))));
    assert!(session.latent().interpolate(0, 80, 5).is_err() && session.latent().interpolate(0, 1, 1).is_err());
    assert!(session.latent().interpolate(0, 1, usize::MAX).is_err());
    assert!(session.latent().decode(&[0.0; 13]).is_err() && session.latent().decode(&vec![0.0; 12 * 257]).is_err());
    assert!(session.latent().samples(usize::MAX, 1, 1.0).is_err() && session.latent().samples(3, 1, f32::NAN).is_err());
    for target in [InversionTarget::Example(80), InversionTarget::Own, InversionTarget::File(b"nothing".to_vec())] {
        assert!(session.begin_job(Invert { target }, resources()).is_err());
    }
    assert_eq!(session.latent().reset_code().unwrap(), before);
    let mut classifier = Session::new(Config::parse("model=classifier-mlp\nlimit=20").unwrap()).unwrap();
    refused(classifier.latent().code());
    assert!(classifier.begin_job(Encode {}, resources()).is_err());
}
