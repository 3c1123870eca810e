//! The input pipeline of training: augmentation, noise, scaling, class weights.

use neurarium::config::Config;
use neurarium::data::{Augment, Batch, Dataset, Flip, Frame, Split, toy};
use neurarium::network::{Scaling, ScalingKind};
use neurarium::par;
use neurarium::session::Session;

const ALL: Augment = Augment {
    flip: Flip::Both,
    rotation: 30.0,
    shift: 0.2,
    zoom: 0.3,
    brightness: 0.2,
    contrast: 0.3,
    noise: 0.1,
    cutout: 0.3,
};

fn batch(data: &Dataset, indices: &[u32]) -> Batch {
    let mut batch = Batch::default();
    data.batch(indices, &mut batch);
    batch
}

fn changed(augment: Augment, data: &Dataset, indices: &[u32], seed: u64) -> Vec<f32> {
    let mut batch = batch(data, indices);
    augment.apply(&mut batch, indices, data, seed);
    batch.x
}

#[test]
fn random_changes_depend_on_example_and_step_but_not_on_batch_or_threads() {
    let data = toy::shapes(40, 24, 1);
    let len = data.shape.len();
    let all: Vec<u32> = (0..40).collect();
    let whole = changed(ALL, &data, &all, 7);
    assert_eq!(changed(ALL, &data, &[5, 9, 2], 7)[len..2 * len], whole[9 * len..10 * len]);
    assert_ne!(changed(ALL, &data, &[9], 8), whole[9 * len..10 * len], "another step, another chance");
    for threads in [1, 2, 5] {
        assert_eq!(par::with_threads(threads, || changed(ALL, &data, &all, 7)), whole);
    }
    assert!(whole.iter().all(|x| (0.0..=1.0).contains(x)));
}

#[test]
fn nothing_is_changed_by_default() {
    let data = toy::shapes(4, 24, 1);
    assert_eq!(changed(Augment::default(), &data, &[0, 1], 3), batch(&data, &[0, 1]).x);
}

#[test]
fn flips_are_exact_and_rotations_rotate() {
    let data = toy::shapes(30, 16, 1);
    let (width, channels) = (16, 3);
    let mirror = Augment { flip: Flip::Horizontal, ..Augment::default() };
    let mut mirrored = 0;
    for index in 0..30 {
        let (old, new) = (batch(&data, &[index]).x, changed(mirror, &data, &[index], 1));
        let flipped: Vec<f32> = old
            .chunks_exact(width * channels)
            .flat_map(|row| row.chunks_exact(channels).rev().flatten().copied().collect::<Vec<_>>())
            .collect();
        assert!(new == old || new == flipped);
        mirrored += usize::from(new == flipped);
    }
    assert!((5..=25).contains(&mirrored), "{mirrored} of 30");

    // A bright spot right of the middle keeps its distance when the image is rotated.
    let mut spot = toy::shapes(1, 33, 1);
    let mut pixels = vec![0; 33 * 33 * 3];
    pixels[(16 * 33 + 26) * 3..][..3].fill(255);
    spot.pixels = pixels.into();
    let turned = |index: u64| changed(Augment { rotation: 180.0, ..Augment::default() }, &spot, &[0], index);
    let mut angles = Vec::new();
    for seed in 0..12 {
        let x = turned(seed);
        let (mut sum, mut across, mut down) = (0.0, 0.0, 0.0);
        for (pixel, value) in x.iter().step_by(3).enumerate() {
            sum += value;
            across += value * (pixel % 33) as f32;
            down += value * (pixel / 33) as f32;
        }
        let (dx, dy) = (across / sum - 16.0, down / sum - 16.0);
        assert!((dx.hypot(dy) - 10.0).abs() < 0.3, "{dx} {dy}");
        angles.push(dy.atan2(dx));
    }
    angles.sort_by(f32::total_cmp);
    assert!(angles.windows(2).all(|pair| 1e-3 < pair[1] - pair[0]), "{angles:?}");
}

#[test]
fn padding_stays_padding() {
    let mut data = toy::shapes(8, 16, 1);
    let frame = Frame { left: 0, top: 4, width: 16, height: 8 };
    data.frames.fill(frame);
    let all: Vec<u32> = (0..8).collect();
    let mut pixels: Vec<u8> = (0..8).flat_map(|index| data.example(index).into_owned()).collect();
    for pixels in pixels.chunks_exact_mut(16 * 16 * 3) {
        pixels[..4 * 48].fill(255);
        pixels[12 * 48..].fill(255);
    }
    data.pixels = pixels.into();
    let mut batch = batch(&data, &all);
    let before = batch.clone();
    ALL.apply(&mut batch, &all, &data, 2);
    assert_eq!(batch.mask, before.mask);
    for (x, old) in batch.x.chunks_exact(16 * 16 * 3).zip(before.x.chunks_exact(16 * 16 * 3)) {
        assert!(x[..4 * 48] == old[..4 * 48] && x[12 * 48..] == old[12 * 48..]);
        assert_ne!(x[4 * 48..12 * 48], old[4 * 48..12 * 48]);
    }
}

fn trained(settings: &str, steps: usize) -> Session {
    let mut session = Session::new(Config::parse(&format!("limit=160\nepochs=0\n{settings}")).unwrap()).unwrap();
    for _ in 0..steps {
        session.step_once(&|| 0.0).unwrap();
    }
    session
}

const EVERY_KEY: &str = "augment-flip=both\naugment-rotation=20\naugment-shift=0.1\naugment-zoom=0.2\naugment-brightness=0.1\n\
    augment-contrast=0.2\naugment-noise=0.05\naugment-cutout=0.3\n";

#[test]
fn augmented_training_is_the_same_on_any_number_of_threads() {
    for model in ["model=classifier-cnn", "model=autoencoder-dense\ndenoise=0.2"] {
        let run = |threads| {
            let settings = format!("{model}\n{EVERY_KEY}scaling=standard");
            par::with_threads(threads, || trained(&settings, 6).network().theta.clone())
        };
        assert_eq!(run(1), run(3), "{model}");
    }
}

#[test]
fn every_augmentation_changes_training_and_none_changes_evaluation() {
    let plain = trained("model=classifier-mlp", 2);
    for line in EVERY_KEY.lines().chain(["denoise=0.3", "scaling=symmetric"]) {
        let other = trained(&format!("model=classifier-mlp\n{line}"), 2);
        assert_ne!(other.network().theta, plain.network().theta, "{line}");
    }
    let mut plain = trained("model=classifier-mlp", 3);
    let measured = plain.evaluate(Split::Validation).unwrap();
    for (key, value) in EVERY_KEY.lines().map(|line| line.split_once('=').unwrap()) {
        assert_eq!(plain.set(key, value).unwrap().text, "");
    }
    assert_eq!(plain.evaluate(Split::Validation).unwrap(), measured);
}

#[test]
fn the_target_of_a_denoising_autoencoder_is_the_clean_image() {
    // With a noisy target the loss could not fall below the square of the noise, 0.09 before clamping.
    let mut session = trained("model=autoencoder-dense\ndenoise=0.3", 200);
    let told = session.status().loss.unwrap();
    assert!(told < 0.05, "{told}");
    let evaluated = session.evaluate(Split::Train).unwrap().loss;
    assert!(evaluated < told, "clean pictures are easier: {evaluated} and {told}");
}

#[test]
fn scaling_is_saved_in_the_model_file_and_applied_wherever_it_is_used() {
    for (kind, name) in [
        (ScalingKind::Standard, "standard"),
        (ScalingKind::Imagenet, "imagenet"),
        (ScalingKind::Symmetric, "symmetric"),
    ] {
        let mut session = trained(&format!("model=autoencoder\nscaling={name}"), 2);
        let scaling = session.network().scaling().clone();
        assert_eq!((scaling.kind, scaling.mean.len()), (kind, 3));
        if kind == ScalingKind::Standard {
            assert_eq!(scaling.mean, session.data().mean_and_deviation(Split::Train).unwrap().0);
        }
        let (seen, code) = (session.viewer().output_picture(3).unwrap(), session.viewer().embedding(3).unwrap());
        let pixels = session.data().example(3).into_owned();
        let ran = session.run().learner.answers().to(&pixels).unwrap();
        let rounded = |(x, byte): (&f32, &u8)| (x.clamp(0.0, 1.0) * 255.0 - f32::from(*byte)).abs() <= 0.5001;
        assert!(ran.len() == seen.len() && ran.iter().zip(&seen).all(rounded), "{name}");
        let measured = session.evaluate(Split::Validation).unwrap();

        let mut other = trained("limit=160", 0);
        other.open(&session.save().unwrap()).unwrap();
        assert_eq!(other.network().scaling(), &scaling);
        assert_eq!(other.config().scaling(), name);
        assert_eq!((other.viewer().output_picture(3).unwrap(), other.viewer().embedding(3).unwrap()), (seen, code));
        assert_eq!(other.evaluate(Split::Validation).unwrap(), measured);
        other.set("embedding", "40").unwrap();
        assert_eq!(other.network().scaling(), &scaling, "surgery carries it");
    }
}

#[test]
fn a_model_file_with_a_broken_scaling_is_refused() {
    let session = trained("model=autoencoder\nscaling=symmetric", 0);
    let spec = session.network().spec();
    for broken in [
        Scaling { mean: vec![0.5; 2], ..spec.scaling.clone() },
        Scaling { deviation: vec![0.0; 3], ..spec.scaling.clone() },
        Scaling { mean: vec![f32::NAN; 3], ..spec.scaling.clone() },
        Scaling { kind: ScalingKind::Unit, ..spec.scaling.clone() },
    ] {
        let mut network = session.network().clone();
        assert!(
            network.set_scaling(broken.clone()).unwrap_err().to_string().starts_with("scaling: expected"),
            "{broken:?}"
        );
    }
}

#[test]
fn rare_classes_count_as_much_as_common_ones_when_weights_are_balanced() {
    // 152 circles and 8 stars that look alike: without weights the network predicts circles, with them neither.
    let bet = |settings: &str| {
        let mut session = trained(&format!("model=classifier-mlp\nvalidation-split=0\n{settings}"), 0);
        let stars: Vec<u32> = (0..8).collect();
        session.relabel((0..160).collect(), 0).unwrap();
        session.relabel(stars, 6).unwrap();
        for _ in 0..150 {
            session.step_once(&|| 0.0).unwrap();
        }
        let mut sum = 0.0;
        for index in 8..160 {
            let view = session.viewer().example(index).unwrap().probabilities.unwrap();
            sum += view.iter().find(|class| class.name == "star").unwrap().value;
        }
        sum / 152.0
    };
    let (plain, weighted) = (bet("learning-rate=0.0001"), bet("learning-rate=0.0001\nclass-weights=balanced"));
    assert!(2.0 * plain < weighted, "{plain} {weighted}");
}
