//! Pictures unlike those that a classifier has learnt from.

use neurarium::config::Config;
use neurarium::data::Split;
use neurarium::inspect::Novelty;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{MeasureNovelty, Resources, Session, rgba};

const WITH: Resources = Resources { clock: &|| 0.0, free_memory: u64::MAX };

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    (0..count).map(|_| rng.uniform() - 0.4).collect()
}

/// The distance to the third nearest of all, after scaling each to length 1.
fn third_nearest(known: &[f32], z: &[f32]) -> f64 {
    let unit = |z: &[f32]| {
        let length = z.iter().map(|&z| f64::from(z).powi(2)).sum::<f64>().sqrt();
        z.iter().map(|&z| f64::from(z) / length).collect::<Vec<_>>()
    };
    let z = unit(z);
    let distance = |other: &[f32]| unit(other).iter().zip(&z).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    let mut all: Vec<f64> = known.chunks(z.len()).map(distance).collect();
    all.sort_by(f64::total_cmp);
    all[2]
}

#[test]
fn novelty_is_the_distance_to_the_third_nearest_and_its_bound_that_of_99_in_100() {
    let (len, known, held_out) = (7, random(7 * 90, 1), random(7 * 201, 2));
    let found = Novelty::new(len, known.clone(), held_out.clone()).unwrap();
    let mut all: Vec<f64> = held_out.chunks(len).map(|z| third_nearest(&known, z)).collect();
    for (z, &right) in held_out.chunks(len).zip(&all) {
        assert!((f64::from(found.of(z)) - right).abs() < 1e-6);
    }
    all.sort_by(f64::total_cmp);
    assert!((f64::from(found.bound()) - all[198]).abs() < 1e-6);

    // Without images kept out, each image learnt from is compared with the others.
    let alone = Novelty::new(len, known.clone(), Vec::new()).unwrap();
    let others = |place: usize| [&known[..place * len], &known[(place + 1) * len..]].concat();
    let mut all: Vec<f64> = (0..90).map(|place| third_nearest(&others(place), &known[place * len..][..len])).collect();
    all.sort_by(f64::total_cmp);
    assert!((f64::from(alone.bound()) - all[88]).abs() < 1e-6);

    assert!(Novelty::new(len, random(7 * 3, 1), held_out.clone()).is_none(), "too few to compare with");
    assert!(Novelty::new(len, vec![f32::NAN; 7 * 90], held_out).is_none());
}

#[test]
fn a_classifier_calls_other_pictures_unlike_and_its_own_kind_familiar() {
    let config = "sample=digits\nmodel=classifier-cnn\nthreads=1\nlimit=900";
    let mut session = Session::new(Config::parse(config).unwrap()).unwrap();
    for _ in 0..150 {
        session.step_once(&|| 0.0).unwrap();
    }
    assert!(session.own_novelty().is_none());
    session.run_job(MeasureNovelty {}, WITH).unwrap();
    assert!(session.own_novelty().is_none(), "no picture of one's own is shown");

    let shape = session.data().shape;
    let is_unlike = |session: &mut Session, pixels: &[u8]| {
        let rgba = rgba(pixels, shape.channels);
        session.viewer().show_own_pixels("own", shape.width, shape.height, &rgba).unwrap();
        let found = session.own_novelty().unwrap();
        assert_eq!(found.step, 150);
        found.bound < found.novelty
    };
    let held_out = session.data().indices(Split::Validation);
    let own_kind: Vec<Vec<u8>> =
        held_out.iter().map(|&index| session.data().example(index as usize).into_owned()).collect();
    let familiar = own_kind.iter().filter(|pixels| !is_unlike(&mut session, pixels)).count();
    println!("familiar {familiar} of {}", own_kind.len());
    assert!(97 * own_kind.len() <= 100 * familiar, "{familiar} of {}", own_kind.len());

    let mut others = Vec::new();
    for sample in ["shapes", "smileys"] {
        let text = format!(
            "sample={sample}\nlimit=60\nwidth={}\nheight={}\nchannels={}",
            shape.width, shape.height, shape.channels
        );
        let other = Session::new(Config::parse(&text).unwrap()).unwrap();
        assert_eq!(other.data().shape, shape);
        others.extend((0..60).map(|index| other.data().example(index).into_owned()));
    }
    let unlike = others.iter().filter(|pixels| is_unlike(&mut session, pixels)).count();
    println!("unlike {unlike} of {}", others.len());
    assert!(90 * others.len() <= 100 * unlike, "{unlike} of {}", others.len());
}
