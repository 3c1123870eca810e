//! Spiking columns: the fast trainer against the plain rule, resuming, edits, and what the columns reach.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

use flate2::read::GzDecoder;
use neurarium::columns::{
    ColumnAccuracy, ColumnChange, ColumnSizes, ColumnState, ColumnTrainer, Columns, QuantileSteps, Receptors, Rule,
    SpikeCounter, answer, plain,
};
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

/// Images `[examples, receptors]` and their labels.
struct LabelledImages {
    receptors: usize,
    images: Vec<u8>,
    labels: Vec<u32>,
}

impl LabelledImages {
    /// The images and labels of the next batch.
    fn batch(&self, columns: &Columns) -> (Vec<u8>, Vec<u32>) {
        let chosen = columns.next_batch(self.labels.len());
        let images = chosen.iter().flat_map(|&n| &self.images[n as usize * self.receptors..][..self.receptors]);
        (images.copied().collect(), chosen.iter().map(|&n| self.labels[n as usize]).collect())
    }

    fn train(&self, columns: &mut Columns, trainer: &mut ColumnTrainer) {
        let (images, labels) = self.batch(columns);
        trainer.train_batch(columns, &images, &labels).unwrap();
    }

    fn accuracy(&self, columns: &Columns) -> ColumnAccuracy {
        let mut counter = SpikeCounter::new(columns);
        let mut scores = Vec::new();
        for images in self.images.chunks(self.receptors * 500) {
            scores.extend_from_slice(counter.scores(images).unwrap());
        }
        ColumnAccuracy::new(&scores, &self.labels)
    }
}

/// Mostly dark images, in which each class has pixels that are often lit.
fn random_images(sizes: ColumnSizes, examples: usize, rng: &mut Rng) -> LabelledImages {
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for _ in 0..examples {
        let label = rng.below(sizes.classes);
        labels.push(label as u32);
        images.extend((0..sizes.receptors).map(|receptor| {
            let is_lit = rng.below(4) == 0 || (receptor % sizes.classes == label && rng.below(3) != 0);
            if is_lit { rng.below(256) as u8 } else { 0 }
        }));
    }
    LabelledImages { receptors: sizes.receptors, images, labels }
}

/// Constants with which small columns spike, learn, lose connections and decay.
fn random_rule(rng: &mut Rng) -> Rule {
    let threshold = 1_000 + rng.below(1_000_000) as i32;
    let share = |rng: &mut Rng, low: f32, high: f32| (threshold as f32 * rng.range(low, high)) as i32;
    let mut filters: Vec<u8> = (0..1 + rng.below(8)).map(|_| 1 + rng.below(255) as u8).collect();
    filters.sort_unstable_by(|a, b| b.cmp(a));
    filters.dedup();
    let new_weight = share(rng, 0.05, 0.7).max(1);
    let mut steps = || QuantileSteps { up: rng.range(0.0, 0.5), down: rng.range(0.0, 0.1) };
    let (true_steps, false_steps) = (steps(), steps());
    Rule {
        receptors: Receptors::Pixels,
        filters,
        threshold,
        window_low: share(rng, 0.0, 0.6),
        window_high: share(rng, 0.7, 1.6),
        least_weight: (new_weight - share(rng, 0.0, 0.1)).max(1),
        new_weight,
        grow_true: rng.below(15),
        grow_false: rng.below(15),
        adjust_true: share(rng, 0.0, 0.2),
        adjust_false: share(rng, 0.0, 0.2),
        decay: share(rng, 0.0, 0.02),
        decay_every: 1 + rng.below(6) as u64,
        batch: 1 + rng.below(70),
        true_steps,
        false_steps,
        most_negatives: rng.range(0.0, 3.0),
    }
}

#[test]
fn receptors_of_contrast_see_edges_and_nothing_where_a_picture_is_even() {
    let shape = Shape::from_whc(7, 5, 1);
    let see = |image: &[u8]| {
        let mut seen = vec![0; 70];
        Receptors::Contrast.see(shape, image, &mut seen);
        seen
    };
    assert_eq!(Receptors::Contrast.shape(shape), Shape::from_whc(7, 5, 2));
    assert_eq!(see(&[90; 35]), [0; 70]);
    // A dot: on where it is, off around it.
    let mut dot = [10; 35];
    dot[2 * 7 + 3] = 110;
    let seen = see(&dot);
    // (1 2 1) / 4 three times is (1 6 15 20 15 6 1) / 64.
    let d = 400.0 * (0.25 - (20.0f64 / 64.0).powi(2));
    assert_eq!(seen[2 * (2 * 7 + 3)..][..2], [d as u8, 0]);
    let beside = 400.0 * ((6.0f64 / 64.0) * (20.0 / 64.0));
    assert_eq!(seen[2 * (2 * 7 + 1)..][..2], [0, beside as u8]);
    assert_eq!((Receptors::Contrast.sign(4), Receptors::Contrast.sign(5), Receptors::Pixels.sign(5)), (1.0, -1.0, 1.0));
}

#[test]
fn filters_light_shares_of_what_is_seen() {
    // A hundred of each value.
    assert_eq!(Receptors::filters(&[100; 256]), [218, 192, 167, 141]);
    // Nothing is lit.
    let mut dark = [0; 256];
    dark[0] = 1000;
    assert_eq!(Receptors::filters(&dark), [1]);
    // Black and white alone: filters fall, whatever they light.
    (dark[0], dark[255]) = (400, 600);
    assert_eq!(Receptors::filters(&dark), [255, 254, 253, 252]);
}

#[test]
fn fast_training_equals_the_plain_rule_on_any_number_of_threads() {
    let (mut spikes, mut adjusted, mut pruned) = (0, 0, 0);
    for case in 0..120 {
        let mut rng = Rng::new(case, Purpose::Test, 0);
        let sizes = ColumnSizes {
            classes: 2 + rng.below(4),
            neurons: 1 + rng.below(70),
            slots: 1 + rng.below(12),
            receptors: 1 + rng.below(60),
        };
        let data = random_images(sizes, 1 + rng.below(200), &mut rng);
        let mut expected = Columns::new(sizes, random_rule(&mut rng), case).unwrap();
        for _ in 0..rng.below(8) {
            let (column, neuron) = (rng.below(sizes.classes), rng.below(sizes.neurons));
            let pin = ColumnChange::Pin { slot: rng.below(sizes.slots), pinned: true };
            expected.change(column, neuron, &pin).unwrap();
            expected.change(column, neuron, &ColumnChange::Silence { silenced: rng.below(2) == 0 }).unwrap();
        }
        let mut copies: Vec<(Columns, ColumnTrainer)> =
            (1..=3).map(|_| (expected.clone(), ColumnTrainer::default())).collect();
        for batch in 0..8 {
            let (images, labels) = data.batch(&expected);
            let scores: Vec<u32> =
                images.chunks(sizes.receptors).flat_map(|image| plain::scores(&expected, image)).collect();
            plain::train_batch(&mut expected, &images, &labels).unwrap();
            for (threads, (columns, trainer)) in (1..).zip(&mut copies) {
                let counted = par::with_threads(threads, || {
                    par::together(|| trainer.train_batch(columns, &images, &labels).unwrap().to_vec())
                });
                assert_eq!(counted, scores, "case {case}, batch {batch}, {threads} threads");
                assert!(*columns == expected, "case {case}, batch {batch}, {threads} threads");
            }
            spikes += scores.iter().sum::<u32>();
        }
        adjusted += expected.counts().strengthened + expected.counts().weakened;
        pruned += expected.counts().pruned;
    }
    assert!(10_000 < spikes && 10_000 < adjusted && 1_000 < pruned, "{spikes} {adjusted} {pruned}");
}

/// A part of MNIST: none without the data.
fn mnist(part: &str, examples: usize) -> Option<LabelledImages> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/mnist");
    if !folder.exists() {
        println!("{} is not there, so there is nothing to check", folder.display());
        return None;
    }
    let read = |name: &str, header: usize| {
        let mut bytes = Vec::new();
        GzDecoder::new(File::open(folder.join(format!("{part}-{name}-ubyte.gz"))).unwrap())
            .read_to_end(&mut bytes)
            .unwrap();
        bytes.split_off(header)
    };
    let (mut images, labels) = (read("images-idx3", 16), read("labels-idx1", 8));
    images.truncate(784 * examples);
    Some(LabelledImages {
        receptors: 784,
        images,
        labels: labels.iter().take(examples).map(|&label| label.into()).collect(),
    })
}

/// The original's smaller setting: 79,200 slots.
const FULL: ColumnSizes = ColumnSizes { classes: 10, neurons: 792, slots: 10, receptors: 784 };

#[test]
#[cfg_attr(not(shared_data = "mnist"), ignore = "needs ../shared/data/mnist")]
fn fast_training_equals_the_plain_rule_over_mnist_at_full_size() {
    let Some(data) = mnist("train", 2_000) else { return };
    let mut expected = Columns::new(FULL, Rule::default(), 1).unwrap();
    let mut copies = vec![(expected.clone(), ColumnTrainer::default()); 3];
    for batch in 0..10 {
        let (images, labels) = data.batch(&expected);
        plain::train_batch(&mut expected, &images, &labels).unwrap();
        for (threads, (columns, trainer)) in (1..).zip(&mut copies) {
            par::with_threads(threads, || trainer.train_batch(columns, &images, &labels).map(drop)).unwrap();
            assert!(*columns == expected, "batch {batch}, {threads} threads");
        }
    }
}

/// Columns that have learnt a little, and their data.
fn trained(batches: usize) -> (Columns, LabelledImages) {
    let sizes = ColumnSizes { classes: 3, neurons: 20, slots: 6, receptors: 30 };
    let data = random_images(sizes, 300, &mut Rng::new(5, Purpose::Test, 1));
    let rule = Rule { adjust_true: 20_000, adjust_false: 20_000, batch: 40, ..Rule::default() };
    let mut columns = Columns::new(sizes, rule, 7).unwrap();
    let mut trainer = ColumnTrainer::default();
    (0..batches).for_each(|_| data.train(&mut columns, &mut trainer));
    (columns, data)
}

#[test]
fn a_resumed_run_goes_on_to_the_bit() {
    let (whole, data) = trained(60);
    let (half, _) = trained(30);
    let mut resumed = Columns::from_state(half.sizes(), half.rule().clone(), &half.state()).unwrap();
    assert!(resumed == half);
    let mut trainer = ColumnTrainer::default();
    (0..30).for_each(|_| data.train(&mut resumed, &mut trainer));
    assert!(resumed == whole);
    assert_ne!(whole.counts(), half.counts());
}

#[test]
fn a_batch_has_different_examples_and_depends_on_the_seed() {
    let (mut columns, data) = trained(0);
    for examples in [1, 39, 40, 41, 80, 81, 300] {
        let mut batch = columns.next_batch(examples);
        assert_eq!(batch.len(), examples.min(40));
        batch.sort_unstable();
        batch.dedup();
        assert_eq!(batch.len(), examples.min(40), "{examples}");
        assert!(batch.iter().all(|&n| (n as usize) < examples));
    }
    let first = columns.next_batch(300);
    let other = Columns::new(columns.sizes(), columns.rule().clone(), 8).unwrap();
    assert_ne!(other.next_batch(300), first);
    data.train(&mut columns, &mut ColumnTrainer::default());
    assert_ne!(columns.next_batch(300), first);
}

#[test]
fn pinned_slots_stay_and_silent_neurons_do_not_count() {
    let (mut columns, data) = trained(20);
    let connect = ColumnChange::Slot { slot: 3, receptor: 17, weight: -123_456 };
    columns.change(1, 2, &connect).unwrap();
    columns.change(1, 2, &ColumnChange::Pin { slot: 3, pinned: true }).unwrap();
    columns.change(0, 4, &ColumnChange::Slot { slot: 5, receptor: 3, weight: 0 }).unwrap();
    columns.change(0, 4, &ColumnChange::PinAll { pinned: true }).unwrap();
    let before = columns.columns()[0].neuron(4).collect::<Vec<_>>();
    let mut trainer = ColumnTrainer::default();
    (0..40).for_each(|_| data.train(&mut columns, &mut trainer));
    let slot = columns.columns()[1].neuron(2).nth(3).unwrap();
    assert_eq!((slot.receptor, slot.weight, slot.pinned), (17, -123_456, true));
    assert_eq!(columns.columns()[0].neuron(4).collect::<Vec<_>>(), before);

    let image = data.images.chunks(30).find(|image| !columns.votes(image).is_empty()).unwrap();
    let vote = columns.votes(image).remove(0);
    let scores = plain::scores(&columns, image);
    columns.change(vote.column, vote.neuron, &ColumnChange::Silence { silenced: true }).unwrap();
    let silent = SpikeCounter::new(&columns).scores(image).unwrap().to_vec();
    assert_eq!(silent[vote.column] + vote.spikes, scores[vote.column]);
    assert!(columns.votes(image).iter().all(|other| (other.column, other.neuron) != (vote.column, vote.neuron)));
    columns.change(vote.column, vote.neuron, &ColumnChange::Silence { silenced: false }).unwrap();
    assert_eq!(SpikeCounter::new(&columns).scores(image).unwrap(), scores);
}

#[test]
fn votes_explain_the_scores() {
    let (columns, data) = trained(60);
    let mut counted = 0;
    for image in data.images.chunks(30).take(50) {
        let mut sums = vec![0; 3];
        for vote in columns.votes(image) {
            sums[vote.column] += vote.spikes;
            let drive: i32 = vote.drivers.iter().map(|driver| driver.weight.max(0)).sum();
            assert!(columns.rule().threshold < 2 * drive, "{vote:?}");
            assert!(vote.drivers.iter().all(|driver| columns.rule().filters[driver.cycle]
                <= image[driver.receptor as usize]
                && columns.columns()[vote.column].neuron(vote.neuron).any(|slot| slot.receptor == driver.receptor)));
        }
        assert_eq!(sums, plain::scores(&columns, image));
        counted += columns.additions(image).connections;
    }
    let occupied: usize = columns.columns().iter().map(|column| column.occupied()).sum();
    assert!(0 < counted && counted <= 50 * occupied as u64, "{counted} of {occupied}");
}

#[test]
fn a_new_class_leaves_the_other_columns_as_they_are() {
    let (columns, _) = trained(30);
    let mut more = columns.arranged(&[Some(2), None, Some(0), Some(1)]).unwrap();
    let [first, second, third] = columns.columns() else { panic!("three columns") };
    assert_eq!([&more.columns()[0], &more.columns()[2], &more.columns()[3]], [third, first, second]);
    assert_eq!((more.sizes().classes, more.columns()[1].occupied(), more.counts()), (4, 0, columns.counts()));
    let data = random_images(more.sizes(), 200, &mut Rng::new(6, Purpose::Test, 2));
    let mut trainer = ColumnTrainer::default();
    (0..30).for_each(|_| data.train(&mut more, &mut trainer));
    assert_ne!(more.columns()[1].occupied(), 0);
    let message = |places: &[Option<usize>]| columns.arranged(places).unwrap_err().to_string();
    assert_eq!(message(&[Some(0), Some(3)]), "column: expected less than 3, got 3");
    assert_eq!(message(&[Some(0)]), "columns: expected at least 2 classes, got 1");
}

#[test]
fn ties_are_errors_or_shared() {
    assert_eq!([&[1, 3, 2][..], &[3, 3, 2], &[0, 0, 0]].map(answer), [Some(1), None, None]);
    let accuracy = ColumnAccuracy::new(&[1, 3, 2, 3, 3, 2, 3, 3, 2, 0, 0, 0], &[1, 0, 2, 1]);
    assert_eq!(accuracy.strict, 0.25);
    assert!((accuracy.shared - (1.0 + 0.5 + 1.0 / 3.0) / 4.0).abs() < 1e-12);
}

#[test]
fn what_does_not_fit_is_one_sentence() {
    let (mut columns, data) = trained(1);
    let sizes = columns.sizes();
    let rule = |change: fn(&mut Rule)| {
        let mut rule = Rule::default();
        change(&mut rule);
        rule.check().unwrap_err().to_string()
    };
    assert_eq!(
        rule(|rule| rule.filters = vec![64, 128]),
        "filters: expected 1 to 8 falling values from 255 to 1, got [64, 128]"
    );
    assert_eq!(rule(|rule| rule.new_weight = 1_000_000), "new weight: expected 1 to 999999, got 1000000");
    assert_eq!(
        rule(|rule| rule.true_steps.up = f32::NAN),
        "quantile of the true column: expected steps of 0 to 1000000, got NaN"
    );
    for (change, expected) in [
        (ColumnSizes { classes: 1, ..sizes }, "columns: expected at least 2 classes, got 1"),
        (ColumnSizes { slots: 65, ..sizes }, "slots of a neuron: expected 1 to 64, got 65"),
        (ColumnSizes { receptors: 0, ..sizes }, "receptors: expected 1 to 16777216, got 0"),
        (
            ColumnSizes { neurons: usize::MAX, ..sizes },
            "neurons of a column: expected at least 1 and at most 268435456 slots, got 18446744073709551615",
        ),
    ] {
        assert_eq!(Columns::new(change, Rule::default(), 1).unwrap_err().to_string(), expected);
    }
    let large = Rule { threshold: 100_000_000, window_high: i32::MAX, ..Rule::default() };
    let many = ColumnSizes { slots: 64, ..sizes };
    assert_eq!(
        Columns::new(many, large, 1).unwrap_err().to_string(),
        "threshold: expected at most 16777215 with 64 slots, got 100000000"
    );
    for (place, (slot, receptor, weight), expected) in [
        ((0, 20), (0, 0, 1), "neuron: expected less than 20, got 20"),
        ((3, 0), (0, 0, 1), "column: expected less than 3, got 3"),
        ((0, 0), (6, 0, 1), "slot: expected less than 6, got 6"),
        ((0, 0), (0, 30, 1), "receptor: expected less than 30, got 30"),
        ((0, 0), (0, 0, i32::MIN), "weight: expected -999999 to 999999, got -2147483648"),
    ] {
        let change = ColumnChange::Slot { slot, receptor, weight };
        assert_eq!(columns.change(place.0, place.1, &change).unwrap_err().to_string(), expected);
    }
    let mut trainer = ColumnTrainer::default();
    let refused = trainer.train_batch(&mut columns, &data.images[..30], &[3]).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "label: expected less than 3, got 3");
    let refused = trainer.train_batch(&mut columns, &data.images[..31], &[0]).map(drop).unwrap_err();
    assert_eq!(refused.to_string(), "batch of columns: expected 1 x 30 receptors, got 31");

    let state = columns.state();
    let refused = |change: fn(&mut ColumnState)| {
        let mut state = state.clone();
        change(&mut state);
        Columns::from_state(sizes, Rule::default(), &state).unwrap_err().to_string()
    };
    assert_eq!(refused(|state| state.receptors[5] = 30), "receptor: expected less than 30, got 30");
    assert_eq!(refused(|state| state.weights[5] = i32::MIN), "weight: expected -999999 to 999999, got -2147483648");
    assert_eq!(refused(|state| state.silenced.truncate(3)), "silenced of columns: expected 60 numbers, got 3");
    assert_eq!(refused(|state| state.quantiles[0] = f32::INFINITY), "quantile: expected a finite number, got inf");
}

/// The handwritten digits of scikit-learn, divided by tests/oracle/digits.py.
fn digits(part: &str) -> LabelledImages {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/digits");
    let read = |name: &str, header: usize| {
        std::fs::read(folder.join(format!("{part}-{name}-ubyte"))).unwrap().split_off(header)
    };
    let labels = read("labels-idx1", 8).iter().map(|&label| label.into()).collect();
    LabelledImages { receptors: 64, images: read("images-idx3", 16), labels }
}

/// An independent form of the rule reached 0.940, 0.9675 and 0.9825. A column may be out of step for a moment: of 24 seeds
/// two are below 0.8 after 8,000 positives, the median is 0.94, and the means are 0.923, 0.959 and 0.976.
#[test]
#[ignore = "half a minute"]
fn columns_read_the_digits_of_scikit_learn() {
    let (train, test) = (digits("train"), digits("t10k"));
    let sizes = ColumnSizes { classes: 10, neurons: 100, slots: 10, receptors: 64 };
    let mut means = [0.0; 3];
    for seed in 1..4 {
        let mut columns = Columns::new(sizes, Rule::default(), seed).unwrap();
        let mut trainer = ColumnTrainer::default();
        for (mean, positives) in means.iter_mut().zip([8_000, 16_000, 32_000]) {
            while columns.counts().positives < positives {
                train.train(&mut columns, &mut trainer);
            }
            *mean += test.accuracy(&columns).strict / 3.0;
        }
    }
    println!("digits: {means:?}");
    assert!(0.93 <= means[0] && 0.955 <= means[1] && 0.975 <= means[2], "{means:?}");
}

/// Unoptimised builds go a shorter way: `cargo test --release -- --ignored columns_read_mnist` goes all of it.
#[test]
#[ignore = "three minutes"]
fn columns_read_mnist() {
    let (Some(train), Some(test)) = (mnist("train", 60_000), mnist("t10k", 10_000)) else { return };
    let (most_positives, least, step) =
        if cfg!(debug_assertions) { (60_000, 0.86, 20_000) } else { (2_400_000, 0.984, 100_000) };
    let mut columns = Columns::new(FULL, Rule::default(), 1).unwrap();
    let mut trainer = ColumnTrainer::default();
    let start = Instant::now();
    let mut best: f64 = 0.0;
    par::with_threads(2, || {
        while columns.counts().positives < most_positives && best < least {
            let next = columns.counts().positives + step;
            while columns.counts().positives < next {
                par::together(|| (0..10).for_each(|_| train.train(&mut columns, &mut trainer)));
            }
            let accuracy = test.accuracy(&columns);
            best = best.max(accuracy.strict);
            let counts = columns.counts();
            println!(
                "{:.0} s: {} positives, {} presentations, {accuracy:?}",
                start.elapsed().as_secs_f64(),
                counts.positives,
                counts.presentations
            );
        }
    });
    assert!(least <= best, "{best}");
    assert!(start.elapsed().as_secs() < 900, "{:?}", start.elapsed());
}
