//! The statistics of the layers over time: counted right, the same on any number of threads, in bounded memory, in files and
//! after resuming.

use std::process::Command;

use crate::common::lcg;
use crate::common::program::Folder;
use neurarium::config::Config;
use neurarium::data::{Batch, Loaded, Report, Split, toy};
use neurarium::file::{history, safetensors};
use neurarium::layer::Call;
use neurarium::metrics::{Histogram, LayerQuantity, LayerStatistics};
use neurarium::network::Pass;
use neurarium::par;
use neurarium::recorder::{HistogramFrame, HistogramHistory};
use neurarium::session::Session;
use serde_json::Value;

fn session(settings: &str) -> Session {
    let config = Config::parse(settings).unwrap();
    let dataset = toy::shapes(150, 16, 1);
    Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap()
}

fn steps(session: &mut Session, count: usize) {
    (0..count).for_each(|_| session.step_once(&|| 0.0).unwrap());
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-5 * a.abs().max(b.abs()).max(1e-9)
}

/// How many of the numbers are in another bin.
fn moved(a: &Histogram, b: &Histogram) -> u32 {
    a.counts.iter().zip(&b.counts).map(|(a, b)| a.abs_diff(*b)).sum::<u32>() / 2
}

#[test]
fn figures_and_percentiles_are_those_of_the_numbers() {
    let numbers: Vec<f32> = lcg(5000, 3).iter().map(|x| x * x * x * 4.0).collect();
    let found = Histogram::of(&numbers);
    let mut sorted = numbers.clone();
    sorted.sort_by(f32::total_cmp);
    let mut below = 0;
    for (bin, count) in found.counts.into_iter().enumerate() {
        let end = sorted.partition_point(|&x| f64::from(x) < Histogram::limit(bin));
        // A number at a limit belongs to the bin that is further from 0.
        assert!(count.abs_diff((end - below) as u32) <= 1, "bin {bin}");
        below = end;
    }
    assert_eq!((found.len(), found.min, found.max), (5000, sorted[0], sorted[4999]));
    let squares: f64 = numbers.iter().map(|&x| f64::from(x) * f64::from(x)).sum();
    let sum: f64 = numbers.iter().map(|&x| f64::from(x)).sum();
    assert!(near(found.rms(), (squares / 5000.0).sqrt()) && (found.mean() - sum / 5000.0).abs() < 1e-6);
    for share in [0.0, 0.07, 0.5, 0.84, 1.0] {
        let exact = f64::from(sorted[((share * 5000.0) as usize).min(4999)]);
        let got = found.percentile(share);
        // Within its bin, which is as wide as half of its numbers.
        assert!((got - exact).abs() <= 0.5 * exact.abs() + 1e-3, "{share}: {got} for {exact}");
    }
    let mut halves = Histogram::of(&[0.0; 60]);
    halves.add(&[2.0; 40]);
    assert_eq!([0.0, 0.59, 0.61].map(|share| halves.percentile(share) > 0.0), [false, false, true]);
    // In parts, and without the padding of a maximum.
    let mut parts = Histogram::of(&numbers[..1234]);
    parts.merge(&Histogram::of(&numbers[1234..]));
    parts.add(&[f32::MIN, f32::NEG_INFINITY, f32::NAN]);
    assert_eq!((parts.counts, parts.min, parts.max), (found.counts, found.min, found.max));
    assert!(Histogram::default().rms().is_nan() && Histogram::default().percentile(0.5).is_nan());
}

#[test]
fn layers_have_the_histograms_of_their_numbers() {
    for settings in [
        "architecture=dense outputs=200 relu; dense outputs=classes\nbatch-size=100",
        "model=classifier-cnn\nbatch-size=30",
        "model=autoencoder-local\nembedding=8\nbatch-size=16",
    ] {
        let mut session = session(settings);
        let before = session.network().clone();
        steps(&mut session, 1);
        let frames = session.recorder().histograms().frames();
        assert_eq!((frames.len(), frames[0].step), (1, 1));
        let now = session.network();
        for (block, layer) in frames[0].layers.iter().enumerate() {
            assert_eq!(layer.name, now.blocks()[block].name);
            let tensors = now.tensors(block);
            let of = |is_bias: bool| {
                let mut found = Histogram::default();
                let some = tensors.iter().filter(|(tensor, _)| (tensor.name == "bias") == is_bias);
                some.for_each(|(_, range)| found.add(&now.theta[range.clone()]));
                (!found.is_empty()).then_some(found)
            };
            for (quantity, plain) in [(LayerQuantity::Weights, of(false)), (LayerQuantity::Biases, of(true))] {
                let found = layer.of(quantity);
                assert_eq!(found.map(|found| found.counts), plain.as_ref().map(|plain| plain.counts), "{}", layer.name);
                assert!(found.zip(plain.as_ref()).is_none_or(|(found, plain)| near(found.rms(), plain.rms())));
            }
            let params = now.blocks()[block].params.clone();
            let (old, new) = (&before.theta[params.clone()], &now.theta[params]);
            let size = old.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
            let step = old.iter().zip(new).map(|(&a, &b)| (f64::from(b) - f64::from(a)).powi(2)).sum::<f64>();
            match layer.update_ratio {
                Some(ratio) => assert!(near(ratio.into(), (step / size).sqrt()), "{}: {ratio}", layer.name),
                None => assert_eq!(size, 0.0, "{}", layer.name),
            }
        }
    }
}

#[test]
fn of_many_parameters_some_stand_for_all() {
    let mut session = session("model=autoencoder-dense\nbatch-size=32");
    steps(&mut session, 5);
    let before = session.network().clone();
    steps(&mut session, 1);
    let frame = session.recorder().histograms().frames().last().unwrap();
    assert_eq!(frame.step, 6);
    let mut large = 0;
    for (block, layer) in frame.layers.iter().enumerate() {
        let params = before.blocks()[block].params.clone();
        if params.len() < 1 << 18 {
            continue;
        }
        large += 1;
        let now = session.network();
        let plain = Histogram::of(&now.theta[params.clone()]);
        for quantity in [LayerQuantity::Weights, LayerQuantity::Gradients] {
            let found = layer.of(quantity).unwrap();
            assert!((100_000..=params.len() / 2).contains(&(found.len() as usize)), "{}", layer.name);
        }
        let found = layer.of(LayerQuantity::Weights).unwrap();
        assert!((found.rms() / plain.rms() - 1.0).abs() < 0.02, "{}: {} {}", layer.name, found.rms(), plain.rms());
        let (old, new) = (&before.theta[params.clone()], &now.theta[params]);
        let size = old.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
        let step = old.iter().zip(new).map(|(&a, &b)| (f64::from(b) - f64::from(a)).powi(2)).sum::<f64>();
        let (ratio, exact) = (f64::from(layer.update_ratio.unwrap()), (step / size).sqrt());
        assert!((ratio / exact - 1.0).abs() < 0.1, "{}: {ratio} for {exact}", layer.name);
    }
    assert!(large >= 2);
}

#[test]
fn activations_gradients_and_dead_units_are_those_of_the_mini_batch() {
    // All training images are one mini-batch, so its order does not matter.
    for network in ["architecture=dense outputs=200 relu; dense outputs=classes", "model=classifier-cnn"] {
        let mut session = session(&format!("{network}\nbatch-size=200"));
        let before = session.network().clone();
        let examples: Vec<u32> = session.data().indices(Split::Train);
        let mut batch = Batch::default();
        session.data().batch(&examples, &mut batch);
        let call =
            Call { examples: examples.len(), training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
        let mut pass = Pass::new(&before, examples.len());
        before.read(&mut pass, &batch.x, &call);
        before.forward(&mut pass, &call);
        let target = session.objective().target(&batch);
        let (y, dy) = pass.output_and_gradient();
        session.objective().loss.evaluate(y, before.output(), &target, 1.0 / examples.len() as f32, dy);
        let mut gradient = vec![0.0; before.param_len()];
        before.backward(&mut pass, &mut gradient, &call);

        steps(&mut session, 1);
        let frame = &session.recorder().histograms().frames()[0];
        for (block, layer) in frame.layers.iter().enumerate() {
            let plain = Histogram::of(pass.values(block));
            let found = layer.of(LayerQuantity::Activations).unwrap();
            assert_eq!(found.len(), plain.len(), "{}", layer.name);
            assert!(moved(found, &plain) <= found.len() / 2000 && near(found.rms(), plain.rms()), "{}", layer.name);
            if let Some(dead) = layer.dead {
                let len = before.shape(block).len();
                let is_dead = |&unit: &usize| pass.values(block).iter().skip(unit).step_by(len).all(|&y| y <= 0.0);
                let plain = (0..len).filter(is_dead).count() as f32 / len as f32;
                assert_eq!((dead, layer.saturated), (plain, Some(0.0)), "{}", layer.name);
            }
            let params = before.blocks()[block].params.clone();
            let Some(found) = layer.of(LayerQuantity::Gradients) else {
                assert!(params.is_empty(), "{}", layer.name);
                continue;
            };
            let plain = Histogram::of(&gradient[params]);
            assert_eq!(found.len(), plain.len());
            assert!(moved(found, &plain) <= found.len() / 500, "{}: {}", layer.name, moved(found, &plain));
            assert!((found.rms() / plain.rms() - 1.0).abs() < 1e-3, "{}", layer.name);
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    for preset in ["classifier-mlp", "classifier-cnn", "autoencoder", "autoencoder-dense", "manifold", "graph"] {
        let run = |threads| {
            par::with_threads(threads, || {
                let mut session = session(&format!("model={preset}\nbatch-size=32\nmanifold-hidden=20\ngraph-free=20"));
                steps(&mut session, 6);
                session.recorder().histograms().clone()
            })
        };
        let one = run(1);
        assert_eq!(one.frames().len(), 5, "{preset}"); // steps 1 to 5; the epoch ends too soon
        for threads in [2, 3] {
            assert!(one == run(threads), "{preset}: {threads} threads differ from one");
        }
    }
}

fn frame(step: u64) -> HistogramFrame {
    let histogram = || Some(Box::new(Histogram::of(&[0.5, -0.25, step as f32])));
    let layer = |name: &str| LayerStatistics {
        name: name.into(),
        histograms: [histogram(), None, histogram(), None],
        update_ratio: Some(0.001),
        dead: None,
        saturated: Some(0.5),
    };
    HistogramFrame { step, epoch: step as f64 / 100.0, layers: vec![layer("conv1"), layer("dichte Schicht ä")] }
}

#[test]
fn a_million_steps_take_bounded_memory_and_thin_the_oldest() {
    let (mut history, mut most, mut taken) = (HistogramHistory::default(), 0, 0);
    for step in 1..=1_000_000 {
        let ends_epoch = u64::is_multiple_of(step, 100);
        if history.is_due(step, ends_epoch) {
            history.push(frame(step));
            taken += 1;
        }
        most = most.max(history.bytes());
    }
    assert!(taken >= 10_000 && most < 1 << 20, "{taken} frames, {most} bytes");
    let steps: Vec<u64> = history.frames().iter().map(|frame| frame.step).collect();
    assert!(steps.is_sorted_by(|a, b| a < b) && steps.len() <= 128);
    assert_eq!((steps[0], *steps.last().unwrap()), (1, 1_000_000));
    // The latest epochs are all there.
    assert!(steps[steps.len() - 40..].windows(2).all(|pair| pair[1] - pair[0] == 100), "{steps:?}");
    // Large frames are fewer.
    let layers = vec![frame(1).layers[0].clone(); 20_000];
    let mut large = HistogramHistory::default();
    (1..=6).for_each(|step| large.push(HistogramFrame { step, epoch: 0.0, layers: layers.clone() }));
    assert_eq!(large.frames().len(), 2);
}

#[test]
fn epochs_have_frames_and_branches_drop_them() {
    let mut history = HistogramHistory::default();
    assert!(history.is_due(7, false) && history.at(7).is_none());
    [100, 200, 300].into_iter().for_each(|step| history.push(frame(step)));
    assert!(!history.is_due(363, true) && history.is_due(364, true) && !history.is_due(364, false));
    assert!(!history.is_due(449, false) && history.is_due(450, false));
    assert_eq!([50, 100, 250, 999].map(|step| history.at(step)), [Some(0), Some(0), Some(1), Some(2)]);
    assert_eq!(history.after(100).len(), 2);
    history.truncate(250);
    assert_eq!(history.frames().len(), 2);
}

#[test]
fn bytes_give_the_frames_back_and_others_are_refused() {
    let mut history = HistogramHistory::default();
    [1, 2, 9].into_iter().for_each(|step| history.push(frame(step)));
    let bytes = history.packed();
    assert_eq!(HistogramHistory::unpacked(&bytes).unwrap(), history);
    assert!((1..bytes.len()).filter(|&end| HistogramHistory::unpacked(&bytes[..end]).is_ok()).count() <= 2);
    assert!(HistogramHistory::unpacked(&[&bytes[..], &bytes].concat()).is_err(), "steps ascend");
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0xff;
        let _ = HistogramHistory::unpacked(&changed); // may refuse, may not panic
    }
}

#[test]
fn a_resumed_run_keeps_them_and_columns_have_none() {
    let settings = "model=classifier-mlp\nbatch-size=32\nepochs=9";
    let mut session1 = session(settings);
    steps(&mut session1, 12);
    let mut session2 = session(settings);
    session2.resume(safetensors::read(&session1.checkpoint().unwrap()).unwrap()).unwrap();
    assert!(!session1.recorder().histograms().frames().is_empty());
    assert_eq!(session1.recorder().histograms(), session2.recorder().histograms());

    let mut columns = session("model=columns\nepochs=1");
    steps(&mut columns, 2);
    assert!(columns.recorder().histograms().frames().is_empty());
    let view = columns.histograms(Some(LayerQuantity::Weights));
    assert!(view.layers.is_empty() && view.alarms.is_empty() && view.shown.is_none());
    let mut again = session("model=columns\nepochs=1");
    again.resume(safetensors::read(&columns.checkpoint().unwrap()).unwrap()).unwrap();
    let json: Value = serde_json::from_str(&history::json(columns.recorder())).unwrap();
    assert_eq!(json["histograms"]["frames"].as_array().unwrap().len(), 0);
}

#[test]
fn the_view_follows_looking_back_and_names_what_is_alarming() {
    let mut session = session("model=classifier-mlp\nbatch-size=8\nepochs=6\nkept-moments=20");
    session.train(1e9, &|| 0.0).unwrap();
    while session.finished().is_none() {
        session.train(1e9, &|| 0.0).unwrap();
    }
    let view = session.histograms(Some(LayerQuantity::Activations));
    assert_eq!(view.shown, Some(view.steps.len() - 1));
    let layer = &view.layers[1];
    assert_eq!(
        (layer.rms.len(), layer.shares.len(), layer.percentiles.len()),
        (view.steps.len(), 64 * view.steps.len(), 9 * view.steps.len())
    );
    let sum: f32 = layer.shares[..64].iter().sum::<f32>() + layer.zeros[0];
    assert!((sum - 1.0).abs() < 1e-5 && layer.percentiles.chunks(9).all(|nine| nine.is_sorted()));
    session.travel(Some(1)).unwrap();
    let back = session.histograms(None);
    let step = session.run().shown_step();
    assert!(back.steps[back.shown.unwrap()] <= step && step < back.steps[back.shown.unwrap() + 1]);
    assert!(back.layers.iter().all(|layer| layer.shares.is_empty() && layer.update_ratio.len() == back.steps.len()));

    // Weights that are too large make activations that are.
    session.travel(None).unwrap();
    let parameters: Vec<usize> = session.network().tensors(1)[0].1.clone().collect();
    let values = vec![1e4; parameters.len()];
    session.edit(&neurarium::session::Command::Set { parameters, values }, false).unwrap();
    for _ in 0..40 {
        session.step_once(&|| 0.0).unwrap();
    }
    let view = session.histograms(Some(LayerQuantity::Activations));
    assert!(view.alarms.iter().any(|text| text.contains("explode")), "{:?}", view.alarms);
    assert!(view.layers.iter().any(|layer| layer.alarming));
}

#[test]
#[cfg_attr(not(python_package = "tensorboard"), ignore = "needs the Python package tensorboard")]
fn tensorboard_reads_the_same_histograms() {
    let folder = Folder::new("tensorboard");
    folder.pictures("pictures", 12);
    folder.result(&[
        "train",
        "input-directory=pictures",
        "model=classifier-mlp",
        "epochs=2",
        "history-directory=history",
    ]);
    let place = folder.path("history/classifier-mlp");
    let python = std::env::var("PYTHON").unwrap_or("python3".into());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/read_events.py");
    let output = Command::new(python).arg(script).arg(&place).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    let json: Value = serde_json::from_slice(&std::fs::read(place.join("history.json")).unwrap()).unwrap();
    let frames = json["histograms"]["frames"].as_array().unwrap();
    let mut compared = 0;
    for layer in frames[0]["layers"].as_array().unwrap() {
        for quantity in LayerQuantity::ALL.map(LayerQuantity::name) {
            let Some(ours) = layer[quantity].as_object() else { continue };
            let theirs = &read["histograms"][format!("{quantity}/{}", layer["name"].as_str().unwrap())];
            assert_eq!(theirs.as_array().unwrap().len(), frames.len(), "{quantity}");
            assert_eq!((&theirs[0]["min"], &theirs[0]["step"]), (&ours["min"], &frames[0]["step"]));
            let counts: Vec<f64> =
                ours["counts"].as_array().unwrap().iter().map(|count| count.as_f64().unwrap()).collect();
            assert_eq!(theirs[0]["buckets"], serde_json::to_value(&counts).unwrap(), "{quantity}");
            compared += 1;
        }
    }
    assert!(compared > 6, "{compared}");
    assert_eq!(
        read["scalars"]["update_ratio/hidden"].as_array().map(Vec::len),
        Some(frames.len()),
        "{}",
        read["scalars"]
    );
}
