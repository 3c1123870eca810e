//! The embedding desk through the session's door.

mod common;

use common::gradient::check;
use neurarium::config::Config;
use neurarium::par;
use neurarium::session::{Base, Code, CodeMix, InversionTarget, JobProgress, NamedBase, Session};

fn session(model: &str) -> Session {
    let config = format!("model={model}\nlimit=80\nbatch-size=10\nembedding=12\nepochs=0\nseed=3");
    Session::new(Config::parse(&config).unwrap()).unwrap()
}

fn train(session: &mut Session, steps: usize) {
    for _ in 0..steps {
        session.step_once(&|| 0.0).unwrap();
    }
}

/// Works until nothing is left to do, in the smallest slices.
fn work(session: &mut Session) -> JobProgress {
    loop {
        let progress = session.desk_advance(0.0, &|| 0.0).unwrap();
        if progress.job.is_none() {
            return progress;
        }
        assert!(progress.advance.done <= progress.advance.total, "{progress:?}");
    }
}

fn analysed(model: &str, steps: usize) -> Session {
    let mut session = session(model);
    train(&mut session, steps);
    session.analyse().unwrap();
    work(&mut session);
    session
}

fn output(session: &mut Session) -> Vec<u8> {
    let shown = session.example_index();
    session.example(shown).unwrap().output.unwrap()
}

#[test]
fn a_changed_code_is_decoded_at_once_also_while_training_until_it_is_reset() {
    for model in ["autoencoder", "autoencoder-dense", "autoencoder-local"] {
        let mut session = session(model);
        train(&mut session, 5);
        session.example(3).unwrap();
        let (own, before) = (session.code().unwrap(), output(&mut session));
        assert!(own.own && own.values == session.embedding(3).unwrap());
        let changed = session.set_code_value(1, own.values[1] + 2.0).unwrap();
        assert!(!changed.own && changed.values[1] == own.values[1] + 2.0);
        let edited = output(&mut session);
        assert!(edited != before, "{model}");
        assert_eq!(session.decode(&changed.values).unwrap().pixels, edited, "{model}");
        train(&mut session, 1);
        assert_eq!(session.code().unwrap().values, changed.values, "training leaves a set code");
        assert!(output(&mut session) != edited, "{model}: the decoder learns on");
        let theta = session.network().theta.clone();
        assert!(session.reset_code().unwrap().own);
        assert!(session.network().theta == theta);
        session.set_code(&changed.values).unwrap();
        session.example(4).unwrap();
        assert!(session.code().unwrap().own, "another example comes with its own code");
    }
}

#[test]
fn strips_begin_and_end_with_their_examples_and_means_are_means() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 10);
    let codes: Vec<Vec<f32>> = (0..4).map(|index| session.embedding(index).unwrap()).collect();
    let strip = session.interpolate(0, 1, 5).unwrap();
    assert_eq!((strip.width, strip.height, strip.pixels.len()), (32, 32, 5 * 32 * 32 * 4));
    let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-4 * (1.0 + b.abs()));
    let code = |number: usize| &strip.codes[number * 12..][..12];
    assert!(near(code(0), &codes[0]) && near(code(4), &codes[1]));
    let middle: Vec<f32> = codes[0].iter().zip(&codes[1]).map(|(a, b)| (a + b) / 2.0).collect();
    assert!(near(code(2), &middle));
    let mean = |mix: CodeMix, session: &mut Session| session.mix_code(&mix).unwrap().values;
    let plain = |base| CodeMix { base, plus: Vec::new(), minus: Vec::new(), strength: 1.0 };
    assert!(near(&mean(plain(Base::Examples(vec![0, 1])), &mut session), &middle));
    session.example(2).unwrap();
    let mix = CodeMix { plus: vec![0, 1], minus: vec![3], strength: 0.5, ..plain(Base::Named(NamedBase::Own)) };
    let moved: Vec<f32> = (0..12).map(|at| codes[2][at] + 0.5 * (middle[at] - codes[3][at])).collect();
    assert!(near(&mean(mix.clone(), &mut session), &moved));
    let read: CodeMix = serde_json::from_str(r#"{"base":"own","plus":[0,1],"minus":[3],"strength":0.5}"#).unwrap();
    assert_eq!(read, mix);
}

#[test]
fn examples_are_named_by_number_range_and_class() {
    let session = session("autoencoder-dense");
    let data = session.data();
    let class = &data.classes[1];
    let of_class: Vec<u32> = (0u32..).zip(&data.labels).filter(|&(_, &label)| label == 1).map(|(n, _)| n).collect();
    assert!(!of_class.is_empty());
    assert_eq!(session.examples_named("3, 8,20-22; 22-21, 3").unwrap(), [2, 7, 19, 20, 21]);
    assert_eq!(session.examples_named(&class.to_uppercase()).unwrap(), of_class);
    assert!(session.examples_named(" , ").unwrap().is_empty());
    for wrong in ["0", "1-81", "81", "nobody", "3-", "99999999999999999999"] {
        let error = session.examples_named(wrong).unwrap_err().to_string();
        assert!(error.starts_with("examples: expected") && error.contains(wrong), "{error}");
    }
}

#[test]
fn directions_move_the_code_alone_and_the_map_finds_its_way_back() {
    let mut session = analysed("autoencoder-dense", 20);
    let before = session.directions().unwrap().unwrap();
    assert_eq!((before.examples, before.sampled, before.stale), (80, false, 0));
    assert_eq!(before.deviations.len(), 12);
    assert!((before.explained.iter().sum::<f32>() - 1.0).abs() < 1e-3, "{:?}", before.explained);
    session.set_direction(2, before.positions[2] + 1.5).unwrap();
    let after = session.directions().unwrap().unwrap();
    for (number, (before, after)) in before.positions.iter().zip(&after.positions).enumerate() {
        let expected = before + if number == 2 { 1.5 } else { 0.0 };
        assert!((after - expected).abs() < 1e-3, "direction {number}: {after} for {expected}");
    }
    let map = session.map().unwrap().unwrap();
    assert_eq!((map.x.len(), map.labels.len()), (80, 80));
    session.set_code_at(0.7, -0.4).unwrap();
    let (x, y) = session.map().unwrap().unwrap().current;
    assert!((x - 0.7).abs() < 1e-3 && (y + 0.4).abs() < 1e-3, "{x} {y}");
    let shown = output(&mut session);
    assert_eq!(session.picture_at(0.7, -0.4).unwrap().pixels, shown);
    // The spread on the map is that of the directions.
    let spread = (map.x.iter().map(|x| x * x).sum::<f32>() / 80.0).sqrt();
    assert!((spread - after.deviations[0]).abs() < 1e-3 * spread);
    train(&mut session, 2);
    assert_eq!(session.directions().unwrap().unwrap().stale, 2);
}

#[test]
fn the_nearest_example_to_its_own_code_is_itself_and_samples_are_spread_like_the_data() {
    let mut session = analysed("autoencoder-dense", 20);
    session.example(7).unwrap();
    let near = session.nearest(3).unwrap();
    assert_eq!((near.len(), near[0].example), (3, 7));
    assert!(near[0].distance < 1e-3 && near.is_sorted_by(|a, b| a.distance <= b.distance));
    let samples = session.samples(200, 1, 1.0).unwrap();
    assert_eq!(samples.codes.len(), 200 * 12);
    assert!(session.samples(200, 1, 1.0).unwrap() == samples && session.samples(200, 2, 1.0).unwrap() != samples);
    let still = session.samples(2, 1, 0.0).unwrap();
    assert_eq!(still.codes[..12], still.codes[12..]);
    let total =
        |session: &mut Session| session.directions().unwrap().unwrap().deviations.iter().map(|d| d * d).sum::<f32>();
    let square =
        samples.codes.chunks_exact(12).flat_map(|code| code.iter().zip(&still.codes)).map(|(a, b)| (a - b).powi(2));
    let variance = square.sum::<f32>() / 200.0;
    let expected = total(&mut session);
    assert!((variance / expected - 1.0).abs() < 0.2, "{variance} for {expected}");
}

#[test]
fn an_analysis_is_the_same_on_any_number_of_threads_and_can_be_cancelled() {
    let run = |threads| par::with_threads(threads, || analysed("autoencoder-local", 3).map().unwrap().unwrap());
    let one = run(1);
    let three = run(3);
    assert_eq!(one.examples, three.examples);
    for (a, b) in one.x.iter().chain(&one.y).zip(three.x.iter().chain(&three.y)) {
        assert!((a - b).abs() < 1e-3 * (1.0 + b.abs()), "{a} {b}");
    }
    let mut session = session("autoencoder-dense");
    session.analyse().unwrap();
    session.desk_advance(0.0, &|| 0.0).unwrap();
    session.desk_cancel();
    assert_eq!(session.desk_advance(0.0, &|| 0.0).unwrap().job, None);
    assert!(session.map().unwrap().is_none() && session.nearest(1).is_err() && session.samples(1, 1, 1.0).is_err());
}

#[test]
fn a_changed_network_or_other_data_make_the_desk_forget() {
    for change in [
        |session: &mut Session| drop(session.reset().unwrap()),
        |session: &mut Session| drop(session.use_sample().unwrap()),
        |session: &mut Session| drop(session.set("embedding", "5").unwrap()),
    ] {
        let mut session = analysed("autoencoder-dense", 1);
        session.set_code_value(0, 1.0).unwrap();
        session.analyse().unwrap();
        change(&mut session);
        assert_eq!(session.desk_advance(0.0, &|| 0.0).unwrap().job, None);
        assert!(session.map().unwrap().is_none() && session.code().unwrap().own);
    }
}

#[test]
fn the_gradient_of_the_reverse_search_matches_finite_differences() {
    for model in ["autoencoder", "autoencoder-dense"] {
        let mut session = session(model);
        train(&mut session, 3);
        let target = InversionTarget::Example(5);
        let code = session.embedding(2).unwrap();
        let (_, gradient) = session.code_gradient(&target, &code).unwrap();
        // The loss is small, a mean over 3072 values, so it is looked at enlarged.
        let scale = 1.0 / gradient.iter().fold(0.0f32, |most, g| most.max(g.abs()));
        let gradient: Vec<f32> = gradient.iter().map(|g| g * scale).collect();
        check(model, &code, &gradient, 2e-2, |code| f64::from(scale) * session.code_gradient(&target, code).unwrap().0);
    }
}

#[test]
fn the_reverse_search_lowers_its_error_tenfold_on_a_real_example() {
    let config = "model=autoencoder-dense\nlimit=60\nbatch-size=10\nembedding=48\nepochs=0\nseed=3";
    let mut session = Session::new(Config::parse(config).unwrap()).unwrap();
    train(&mut session, 600);
    let wanted = session.data().indices(neurarium::data::Split::Train)[4] as usize;
    session.example(0).unwrap();
    session.reverse(&InversionTarget::Example(wanted)).unwrap();
    let steps = session.status().step;
    train(&mut session, 1); // training goes on in between
    let found = work(&mut session).reversal.unwrap();
    assert_eq!(session.status().step, steps + 1);
    println!("reverse: {} to {}", found.before, found.error);
    assert!(found.error < 0.1 * found.before, "{found:?}");
    let picture = session.example(0).unwrap();
    let other = session.code().unwrap();
    assert!(!other.own && picture.output.is_some());
    // Whoever looks at something else stops waiting.
    session.reverse(&InversionTarget::Example(wanted)).unwrap();
    session.example(1).unwrap();
    assert_eq!(session.desk_advance(0.0, &|| 0.0).unwrap().job, None);
    assert!(session.code().unwrap().own);
}

#[test]
fn the_code_of_an_own_image_is_solved_as_well() {
    let mut session = session("autoencoder-dense");
    train(&mut session, 5);
    session.show_own_pixels("drawn", 8, 8, &[200; 8 * 8 * 4]).unwrap();
    session.reverse(&InversionTarget::Own).unwrap();
    let found = work(&mut session).reversal.unwrap();
    assert!(found.error < found.before, "{found:?}");
    let png = session.output_png().unwrap();
    session.leave_own();
    session.reverse(&InversionTarget::File(png)).unwrap();
    assert!(work(&mut session).reversal.unwrap().error < 1e-2);
}

#[test]
fn the_desk_refuses_what_it_cannot_use_and_changes_nothing() {
    let mut session = analysed("autoencoder-dense", 1);
    let before = session.code().unwrap();
    let refused = |what: Result<Code, neurarium::error::Error>| {
        let error = what.unwrap_err().to_string();
        assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    };
    let mix = |base| CodeMix { base, plus: vec![0], minus: Vec::new(), strength: 1.0 };
    refused(session.set_code(&[0.0; 3]));
    refused(session.set_code(&[f32::NAN; 12]));
    refused(session.set_code_value(12, 0.0));
    refused(session.set_code_value(0, f32::INFINITY));
    refused(session.set_direction(12, 0.0));
    refused(session.set_direction(0, f32::NAN));
    refused(session.set_code_at(f32::NAN, 0.0));
    refused(session.mix_code(&mix(Base::Examples(Vec::new()))));
    refused(session.mix_code(&mix(Base::Examples(vec![80]))));
    assert!(session.interpolate(0, 80, 5).is_err() && session.interpolate(0, 1, 1).is_err());
    assert!(session.interpolate(0, 1, usize::MAX).is_err());
    assert!(session.decode(&[0.0; 13]).is_err() && session.decode(&vec![0.0; 12 * 257]).is_err());
    assert!(session.samples(usize::MAX, 1, 1.0).is_err() && session.samples(3, 1, f32::NAN).is_err());
    assert!(session.reverse(&InversionTarget::Example(80)).is_err() && session.reverse(&InversionTarget::Own).is_err());
    assert!(session.reverse(&InversionTarget::File(b"nothing".to_vec())).is_err());
    assert_eq!(session.reset_code().unwrap(), before);
    let mut classifier = Session::new(Config::parse("model=classifier-mlp\nlimit=20").unwrap()).unwrap();
    refused(classifier.code());
    assert!(classifier.analyse().is_err());
}
