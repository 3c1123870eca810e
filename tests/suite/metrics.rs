//! Metrics, against scikit-image, scikit-learn and SciPy (`tests/oracle/metrics.py` computed the numbers) and against
//! plain sums, and the measurement of a split through the session.

use serde::Deserialize;

use crate::common::{lcg, numbers, resources, run_job};
use neurarium::config::Config;
use neurarium::data::{Split, toy};
use neurarium::metrics::{Confusion, Interval, psnr, ssim};
use neurarium::par;
use neurarium::session::{Evaluate, ExampleFilter, Measurement, Session};
use neurarium::shape::Shape;

#[derive(Deserialize)]
struct Oracle {
    pictures: Vec<Picture>,
    classes: Vec<Classes>,
    shares: Vec<Share>,
    means: Vec<Mean>,
}

#[derive(Deserialize)]
struct Picture {
    shape: Shape,
    noise: f32,
    seed: u32,
    ssim: f64,
    psnr: f64,
}

#[derive(Deserialize)]
struct Classes {
    classes: usize,
    truth: Vec<u32>,
    named: Vec<u32>,
    confusion: Vec<u32>,
    precision: Vec<Option<f64>>,
    recall: Vec<Option<f64>>,
    f1: Vec<Option<f64>>,
    macro_f1: f64,
    accuracy: f64,
}

#[derive(Deserialize)]
struct Share {
    right: u64,
    examples: u64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct Mean {
    values: Vec<f64>,
    low: f64,
    high: f64,
}

fn oracle() -> Oracle {
    serde_json::from_str(include_str!("../oracle/metrics.json")).unwrap()
}

/// The two images of `picture` in tests/oracle/metrics.py.
fn pictures(shape: Shape, noise: f32, seed: u32) -> (Vec<f32>, Vec<f32>) {
    let noises = lcg(shape.len(), seed);
    let at = |i: usize| (i / shape.channels % shape.width, i / shape.channels / shape.width, i % shape.channels);
    let byte = |i: usize| {
        let (x, y, c) = at(i);
        ((x * 9 + y * 5 + c * 40 + (x / 3 + y / 4) % 2 * 60) % 256) as f32
    };
    let first = (0..shape.len()).map(|i| byte(i) / 255.0).collect();
    let second = (0..shape.len()).map(|i| (byte(i) + (noise * noises[i]).floor()).clamp(0.0, 255.0) / 255.0).collect();
    (first, second)
}

fn near(a: f64, b: f64, reach: f64) -> bool {
    (a - b).abs() <= reach
}

#[test]
fn ssim_and_psnr_agree_with_scikit_image() {
    for Picture { shape, noise, seed, ssim: expected, psnr: decibels } in oracle().pictures {
        let (a, b) = pictures(shape, noise, seed);
        let found = ssim(&b, &a, &[], shape);
        assert!(near(found, expected, 2e-5), "{shape}, noise {noise}: {found}, expected {expected}");
        assert!(near(psnr(&b, &a, &[], shape.channels), decibels, 1e-3), "{shape}, noise {noise}");
    }
}

/// SSIM as in the paper: every window separately, in f64.
fn plain_ssim(a: &[f32], b: &[f32], shape: Shape) -> f64 {
    let size = [11, shape.width, shape.height].into_iter().min().unwrap();
    let size = size - 1 + size % 2;
    let weight = |i: usize| (-(i as f64 - (size / 2) as f64).powi(2) / 4.5).exp();
    let total: f64 = (0..size * size).map(|i| weight(i % size) * weight(i / size)).sum();
    let (mut sum, mut count) = (0.0, 0.0);
    for channel in 0..shape.channels {
        for (top, left) in (0..=shape.height - size).flat_map(|y| (0..=shape.width - size).map(move |x| (y, x))) {
            let window: Vec<(f64, f64, f64)> = (0..size * size)
                .map(|i| {
                    let at = ((top + i / size) * shape.width + left + i % size) * shape.channels + channel;
                    (weight(i % size) * weight(i / size) / total, a[at].into(), b[at].into())
                })
                .collect();
            let mean = |of: &dyn Fn(f64, f64) -> f64| window.iter().map(|&(w, a, b)| w * of(a, b)).sum::<f64>();
            let (ma, mb) = (mean(&|a, _| a), mean(&|_, b| b));
            let (va, vb) = (mean(&|a, _| (a - ma).powi(2)), mean(&|_, b| (b - mb).powi(2)));
            let cov = mean(&|a, b| (a - ma) * (b - mb));
            sum += (2.0 * ma * mb + 1e-4) * (2.0 * cov + 9e-4) / ((ma * ma + mb * mb + 1e-4) * (va + vb + 9e-4));
            count += 1.0;
        }
    }
    sum / count
}

#[test]
fn ssim_matches_its_plain_twin_even_for_images_smaller_than_the_window() {
    for (width, height, channels) in [(30, 14, 1), (12, 11, 3), (10, 10, 1), (8, 7, 3), (2, 9, 1), (1, 1, 1)] {
        let shape = Shape { width, height, channels };
        let unit = |seed| numbers(shape.len(), seed).into_iter().map(|x| 0.5 + 0.5 * x).collect::<Vec<f32>>();
        let a = unit(1);
        let b: Vec<f32> = a.iter().zip(unit(2)).map(|(a, b)| 0.7 * a + 0.3 * b).collect();
        let (found, expected) = (ssim(&a, &b, &[], shape), plain_ssim(&a, &b, shape));
        assert!(near(found, expected, 2e-5), "{shape}: {found}, expected {expected}");
        assert_eq!(ssim(&a, &a, &[], shape), 1.0, "{shape}: an image compared with itself");
    }
}

#[test]
fn ssim_ignores_everything_outside_the_mask() {
    let (outer, inner) = (Shape { width: 20, height: 18, channels: 1 }, Shape { width: 13, height: 12, channels: 1 });
    let (a, b) = (numbers(outer.len(), 1), numbers(outer.len(), 2));
    let unit = |values: &[f32]| values.iter().map(|x| 0.5 + 0.5 * x).collect::<Vec<f32>>();
    let (a, b) = (unit(&a), unit(&b));
    let is_inside = |i: usize| (4..17).contains(&(i % 20)) && (3..15).contains(&(i / 20));
    let mask: Vec<f32> = (0..outer.len()).map(|i| f32::from(u8::from(is_inside(i)))).collect();
    let cut = |of: &[f32]| (0..outer.len()).filter(|&i| is_inside(i)).map(|i| of[i]).collect::<Vec<f32>>();
    assert_eq!(ssim(&a, &b, &mask, outer), ssim(&cut(&a), &cut(&b), &[], inner));
    assert_eq!(ssim(&a, &b, &vec![0.0; outer.len()], outer), 1.0, "nothing inside the mask");
}

#[test]
fn confusion_precision_recall_and_f1_are_those_of_scikit_learn() {
    let same = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => near(a, b, 1e-12),
        (a, b) => a == b,
    };
    for case in oracle().classes {
        let confusion = Confusion::new(case.classes, case.truth.iter().copied().zip(case.named.iter().copied()));
        assert_eq!(confusion.counts(), case.confusion);
        for class in 0..case.classes {
            let score = confusion.score(class);
            assert!(same(score.precision, case.precision[class]), "{score:?}");
            assert!(same(score.recall, case.recall[class]), "{score:?}");
            assert!(same(score.f1, case.f1[class]), "{score:?}");
        }
        assert!(same(confusion.f1(), Some(case.macro_f1)));
        assert!(same(confusion.accuracy(), Some(case.accuracy)));
        let worst = confusion.worst(3);
        assert!(
            worst.is_sorted_by(|a, b| b.2 <= a.2) && worst.iter().all(|&(t, n, count)| confusion.count(t, n) == count)
        );
    }
    assert_eq!((Confusion::new(3, [].into_iter()).accuracy(), Confusion::new(3, [].into_iter()).f1()), (None, None));
}

#[test]
fn intervals_agree_with_scipy() {
    for Share { right, examples, low, high } in oracle().shares {
        let found = Interval::of_share(right, examples).unwrap();
        assert!(near(found.low, low, 1e-12) && near(found.high, high, 1e-12), "{right} of {examples}: {found:?}");
    }
    for Mean { values, low, high } in oracle().means {
        let found = Interval::of_mean(values.iter().copied()).unwrap();
        assert!(near(found.low, low, 1e-12) && near(found.high, high, 1e-12), "{values:?}: {found:?}");
    }
    assert_eq!((Interval::of_share(0, 0), Interval::of_mean([1.0].into_iter())), (None, None));
}

fn session(model: &str) -> Session {
    let config = format!("model={model}\nepochs=2\nbatch-size=16\nembedding=8\nwidth=16\nheight=16\nlimit=240");
    Session::new(Config::parse(&config).unwrap()).unwrap()
}

fn trained(model: &str) -> Session {
    let mut session = session(model);
    while session.finished().is_none() {
        session.train(1e9, &|| 0.0).unwrap();
    }
    session
}

/// Measures a split in the smallest slices; returns their number.
fn measure(session: &mut Session, split: Split) -> usize {
    run_job(session, Evaluate { split }).1
}

fn measured(session: &mut Session, split: Split) -> Measurement {
    measure(session, split);
    session.measurement(split).unwrap()
}

#[test]
fn a_classifier_records_accuracies_time_and_images() {
    let session = trained("classifier-mlp");
    let (points, checkpoints) = (session.recorder().points(), session.recorder().evaluations());
    let train = session.data().count(Split::Train) as u64;
    assert!(points.iter().all(|point| point.accuracy.is_some_and(|share| (0.0..=1.0).contains(&share))));
    assert_eq!(points[0].accuracy.unwrap() * 16.0 % 1.0, 0.0, "a share of sixteen images");
    assert_eq!((points[0].examples, points[points.len() - 1].examples), (16, 2 * train));
    assert_eq!((checkpoints.len(), checkpoints[0].examples), (2, train));
    let half = points.len() / 2;
    let mean = points[..half].iter().map(|point| f64::from(point.accuracy.unwrap())).sum::<f64>() / half as f64;
    assert_eq!(checkpoints[0].train_accuracy, Some(mean));
    assert!(checkpoints[1].evaluation.f1.is_some() && checkpoints[1].evaluation.ssim.is_none());
}

#[test]
fn seconds_count_only_training() {
    let mut session = session("classifier-mlp");
    let clock = std::cell::Cell::new(0.0);
    let tick = || {
        clock.set(clock.get() + 500.0); // each reading of the clock is half a second after the last
        clock.get()
    };
    session.step_once(&tick).unwrap();
    clock.set(1e9); // a pause
    session.step_once(&tick).unwrap();
    let seconds: Vec<f64> = session.recorder().points().iter().map(|point| point.seconds).collect();
    assert_eq!(seconds, [0.5, 1.0]);
}

#[test]
fn an_autoencoder_records_psnr_and_ssim() {
    let session = trained("autoencoder-dense");
    let last = session.recorder().last_evaluation().unwrap();
    let evaluation = last.evaluation;
    assert!((5.0..60.0).contains(&evaluation.psnr.unwrap()), "{evaluation:?}");
    assert!((0.0..1.0).contains(&evaluation.ssim.unwrap()), "{evaluation:?}");
    assert_eq!((evaluation.accuracy, evaluation.f1, last.train_accuracy), (None, None, None));
    assert!(session.recorder().points().iter().all(|point| point.accuracy.is_none()));
}

#[test]
fn measuring_in_slices_gives_the_same_figures_on_any_number_of_threads() {
    for model in ["classifier-mlp", "classifier-cnn", "autoencoder", "autoencoder-dense"] {
        let mut session = trained(model);
        let whole = session.evaluate(Split::Train).unwrap();
        let slices = measure(&mut session, Split::Train);
        assert!(4 < slices, "{model}: {slices} slices");
        assert_eq!(session.measurement(Split::Train).unwrap().figures, whole, "{model}");
        for threads in [1, 3] {
            let again = par::with_threads(threads, || measured(&mut session, Split::Train));
            assert_eq!(again.figures, whole, "{model} on {threads} threads");
        }
    }
}

#[test]
fn the_validation_split_is_measured_at_the_end_of_every_epoch() {
    let mut session = trained("classifier-mlp");
    let told = session.measurement(Split::Validation).unwrap();
    assert_eq!(told.figures, session.recorder().evaluations()[1].evaluation);
    assert_eq!((told.step, told.stale), (session.status().step, 0));
    assert!(session.measurement(Split::Train).is_none());
    session.step_once(&|| 0.0).unwrap();
    assert_eq!(session.measurement(Split::Validation).unwrap().stale, 1);
}

#[test]
fn training_between_two_slices_changes_no_figure() {
    let mut session = trained("classifier-mlp");
    let calm = measured(&mut session, Split::Train);
    session.set("epochs", "4").unwrap();
    let job = session.begin_job(Evaluate { split: Split::Train }, resources()).unwrap();
    while session.advance_job(job, 0.0, resources()).unwrap().pending {
        session.step_once(&|| 0.0).unwrap();
    }
    let busy = session.measurement(Split::Train).unwrap();
    assert_eq!(busy.figures, calm.figures);
    assert!(0 < busy.stale, "it tells that the network is another by now");
}

#[test]
fn examples_come_worst_first_and_by_their_place_in_the_confusion_matrix() {
    let mut session = trained("classifier-mlp");
    let told = measured(&mut session, Split::Train);
    let confusion = told.confusion.unwrap();
    let (all, worst) = session.worst(Split::Train, ExampleFilter::default(), 0, usize::MAX);
    assert_eq!((all, worst.len()), (told.figures.examples, told.figures.examples));
    assert!(worst.is_sorted_by(|a, b| b.loss <= a.loss));
    let mean = worst.iter().map(|one| one.loss).sum::<f64>() / all as f64;
    assert!(near(mean, told.figures.loss, 1e-9));
    for (truth, named) in
        (0..confusion.classes() as u32).flat_map(|t| (0..confusion.classes() as u32).map(move |n| (t, n)))
    {
        let wanted = ExampleFilter { label: Some(truth), predicted: Some(named), wrong: false };
        let (count, examples) = session.worst(Split::Train, wanted, 0, usize::MAX);
        assert_eq!(count, confusion.count(truth as usize, named as usize) as usize);
        assert!(examples.iter().all(|one| (one.label, one.predicted) == (Some(truth), Some(named))));
    }
    let (wrong, _) = session.worst(Split::Train, ExampleFilter { wrong: true, ..ExampleFilter::default() }, 0, 0);
    assert_eq!(wrong as u64, confusion.examples() - confusion.correct());
    let (_, page) = session.worst(Split::Train, ExampleFilter::default(), 5, 3);
    assert_eq!(page, worst[5..8]);
    let classes = told.classes.unwrap();
    assert_eq!(classes.iter().map(|class| class.score.examples as usize).sum::<usize>(), all);
}

#[test]
fn measurements_are_dropped_when_the_network_or_the_data_change() {
    let mut session = trained("classifier-mlp");
    let job = session.begin_job(Evaluate { split: Split::Train }, resources()).unwrap();
    session.cancel_job(job);
    assert!(!session.advance_job(job, 0.0, resources()).unwrap().pending);
    assert!(session.measurement(Split::Train).is_none(), "what was cancelled leaves nothing");
    session.reset().unwrap();
    assert!(session.measurement(Split::Validation).is_none());
    let job = session.begin_job(Evaluate { split: Split::Train }, resources()).unwrap();
    session.set("model", "autoencoder-dense").unwrap();
    assert!(!session.advance_job(job, 0.0, resources()).unwrap().pending);
    let told = session.begin_job(Evaluate { split: Split::Test }, resources()).unwrap_err().to_string();
    assert!(told.contains("expected some test images to measure, got none"), "{told}");
    assert_eq!(session.worst(Split::Test, ExampleFilter::default(), 0, 9), (0, Vec::new()));
    let data = toy::shapes(10, 16, 1);
    assert_eq!(data.count(Split::Test), 0, "the sample set has no test images");
}
