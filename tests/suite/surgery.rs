//! Surgery on layers: what must change nothing changes no bit of an output, on dense, convolutional and sparse networks, through
//! undo, journal and checkpoint; what changes something is foretold; and what is refused.

use crate::common::{resources, run_job};
use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::file::safetensors;
use neurarium::layer::{Call, LOOK};
use neurarium::network::{Network, Pass};
use neurarium::progress::Progress;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Census, ChooseLines, Command, Journal, Knockout, NeuronSet, PreviewOperation, Session};
use neurarium::surgery::{self, LinePair, Operation};
use serde_json::Value;

const DENSE: &str = "a: dense outputs=48 relu; b: dense outputs=40 sigmoid; c: dense outputs=classes";
const CONV: &str = "a: conv outputs=6 kernel=3 relu; b: conv outputs=10 kernel=3 relu; p: max-pool; g: global-average; \
                    c: dense outputs=classes";
const SPARSE: &str = "a: sparse width=8 height=8 outputs=1 reads=20 relu; b: sparse-random outputs=50 reads=30 relu; \
                      c: sparse-random outputs=20 reads=25 relu; d: dense outputs=classes";

fn session(architecture: &str) -> Session {
    let config = format!("architecture={architecture}\nbatch-size=20\nepochs=0\nseed=4");
    let dataset = toy::shapes(150, 12, 1);
    Session::with_data(Config::parse(&config).unwrap(), Loaded { dataset, report: Report::default() }).unwrap()
}

fn train(session: &mut Session, steps: usize) {
    (0..steps).for_each(|_| session.step_once(&|| 0.0).unwrap());
}

fn block(session: &Session, name: &str) -> usize {
    session.network().block_named(name).unwrap()
}

fn operate(session: &mut Session, operation: &Operation) {
    session.edit(&Command::Operate { operation: operation.clone() }, false).unwrap();
}

/// The bits of all outputs for 1,000 inputs, so many in a pass.
fn outputs(network: &Network, together: usize) -> Vec<u32> {
    let x = crate::common::numbers(1000 * network.input().len(), 8);
    let call = Call { examples: together, ..LOOK };
    let mut pass = Pass::forward_only(network, together);
    let passes = x.chunks_exact(together * network.input().len()).flat_map(|x| {
        network.read(&mut pass, x, &call);
        network.forward(&mut pass, &call);
        pass.output().iter().map(|y| y.to_bits()).collect::<Vec<_>>()
    });
    passes.collect()
}

/// A trained network in which some weights are 0, and some units of `layer` are read by nothing.
fn prepared(architecture: &str, layer: &str) -> (Session, Vec<usize>) {
    let mut session = session(architecture);
    train(&mut session, 3);
    let (at, units) = (block(&session, layer), vec![1, 4, 5]);
    let shape = session.network().shape(at);
    let place = (shape.height / 2 * shape.width + shape.width / 2) * shape.channels;
    let indices = if session.network().blocks()[at].layer.sparse().is_some() {
        units.clone()
    } else {
        units.iter().map(|unit| place + unit).collect()
    };
    let neurons = vec![NeuronSet { block: at, indices }];
    session.edit(&Command::ScaleOutgoing { neurons, factor: 0.0 }, false).unwrap();
    let params = session.network().blocks()[block(&session, "b")].params.clone();
    let parameters = params.step_by(3).collect();
    session.edit(&Command::Set { parameters, values: vec![0.0] }, false).unwrap();
    (session, units)
}

/// Operations that change nothing, and the passes in which no bit changes: with fewer than 128 examples, dense layers add
/// up dot products, whose order depends on where a weight is.
fn identities(session: &Session, units: &[usize]) -> Vec<Operation> {
    let [a, b] = ["a", "b"].map(|name| block(session, name));
    vec![
        Operation::Widen { block: a, units: 16, copies: false, seed: 3 },
        Operation::Widen { block: b, units: 7, copies: false, seed: 3 },
        Operation::Deepen { block: a, kernel: 1, linear: false },
        Operation::Deepen { block: b, kernel: 3, linear: false },
        Operation::Deepen { block: b, kernel: 1, linear: true },
        Operation::Vacuum { block: b, least: 1e-30 },
        Operation::Cull { block: a, units: units.to_vec() },
    ]
}

#[test]
fn identity_surgeries_change_no_bit_and_are_undone_and_redone() {
    for architecture in [DENSE, CONV, SPARSE] {
        let (mut session, units) = prepared(architecture, "a");
        let original = session.network().clone();
        let before = outputs(&original, 250);
        for operation in identities(&session, &units) {
            operate(&mut session, &operation);
            let changed = session.network().clone();
            assert_ne!(changed, original, "{operation:?}");
            assert!(outputs(&changed, 250) == before, "{architecture}: {operation:?}");
            session.edit(&Command::Undo, false).unwrap();
            assert!(session.network() == &original, "{architecture}: {operation:?} undone");
            session.edit(&Command::Redo, false).unwrap();
            assert!(session.network() == &changed, "{architecture}: {operation:?} redone");
            train(&mut session, 1);
            session.edit(&Command::Undo, false).unwrap();
            assert_eq!(session.network().spec(), original.spec());
            // Training changed what stayed; the next operation begins with the original again.
            session
                .edit(
                    &Command::Set { parameters: (0..original.param_len()).collect(), values: original.theta.clone() },
                    false,
                )
                .unwrap();
        }
    }
}

#[test]
fn sparse_networks_keep_every_bit_in_passes_of_any_size() {
    let (session, units) = prepared(SPARSE, "a");
    let network = session.network();
    // The reader of c is dense; its inputs stay as they are here.
    for operation in identities(&session, &units) {
        let (changed, _) = surgery::operate(network, &operation, &Progress::default()).unwrap();
        assert!(outputs(&changed, 40) == outputs(network, 40), "{operation:?}");
    }
}

#[test]
fn every_weight_of_zero_that_a_list_can_spare_is_dropped() {
    let (session, _) = prepared(SPARSE, "a");
    let (at, network) = (block(&session, "b"), session.network());
    let (changed, remap) =
        surgery::operate(network, &Operation::Vacuum { block: at, least: 1e-30 }, &Progress::default()).unwrap();
    let [old, new] = [network, &changed].map(|network| network.blocks()[at].layer.sparse().unwrap().sizes().reads);
    assert!(new < old, "{new} of {old}");
    assert_eq!(changed.param_len(), network.param_len() - 50 * (old - new));
    let carried = remap.carry(&network.theta, f32::NAN, &Progress::default()).unwrap();
    assert_eq!(carried, changed.theta, "nothing is new");
    assert_eq!(remap.inverse(network.param_len()).then(&remap), surgery_identity(&remap));
}

/// The remap of a network onto itself, with gaps where `remap` has new parameters.
fn surgery_identity(remap: &neurarium::remap::Remap) -> neurarium::remap::Remap {
    let mut identity = neurarium::remap::Remap::default();
    remap.runs().iter().for_each(|run| identity.push(run.from.map(|_| run.to.start), run.to.len()));
    identity
}

#[test]
fn moments_of_what_stays_are_carried_and_new_ones_are_fresh() {
    let mut session = session(DENSE);
    train(&mut session, 5);
    let moments = |session: &Session| session.run().supervised().unwrap().trainer().optim.m.clone();
    let (before, network) = (moments(&session), session.network().clone());
    let operation = Operation::Widen { block: 1, units: 9, copies: false, seed: 1 };
    let (_, remap) = surgery::operate(&network, &operation, &Progress::default()).unwrap();
    operate(&mut session, &operation);
    assert_eq!(moments(&session), remap.carry(&before, 0.0, &Progress::default()).unwrap());
    assert!(before.iter().any(|&m| m != 0.0));
}

#[test]
fn journal_and_checkpoint_repeat_a_run_with_surgery_bit_for_bit() {
    for architecture in [DENSE, CONV, SPARSE] {
        let (mut live, units) = prepared(architecture, "a");
        let operations = identities(&live, &units);
        for operation in [&operations[6], &operations[0], &operations[5], &operations[3]] {
            operate(&mut live, operation);
            train(&mut live, 4);
        }
        live.edit(&Command::Undo, false).unwrap();
        let checkpoint = live.checkpoint().unwrap();
        train(&mut live, 6);
        let mut replayed = session(architecture);
        replayed.follow(Journal::parse(&live.journal()).unwrap()).unwrap();
        let steps = live.status().step as usize;
        train(&mut replayed, steps);
        assert!(replayed.network() == live.network(), "{architecture}: replayed");
        let mut resumed = session(architecture);
        resumed.resume(safetensors::read(&checkpoint).unwrap()).unwrap();
        train(&mut resumed, 6);
        assert!(resumed.network() == live.network(), "{architecture}: resumed");
    }
}

#[test]
fn a_proposed_number_of_channels_keeps_every_bit() {
    let architecture = "a: conv outputs=32 kernel=3 relu; b: conv outputs=32 kernel=3 relu; c: conv outputs=12 kernel=3; \
                        g: global-average; d: dense outputs=classes";
    let mut session = session(architecture);
    train(&mut session, 2);
    for name in ["a", "b", "c"] {
        let at = block(&session, name);
        let units = session.surgery_plan(at).unwrap().more;
        let (changed, _) = surgery::operate(
            session.network(),
            &Operation::Widen { block: at, units, copies: false, seed: 1 },
            &Progress::default(),
        )
        .unwrap();
        assert!(outputs(&changed, 250) == outputs(session.network(), 250), "{name}: {units} more");
    }
}

/// The values of a unit of a block for some inputs.
fn values_of(network: &Network, block: usize, unit: usize) -> Vec<f32> {
    let x = crate::common::numbers(50 * network.input().len(), 9);
    let (mut pass, call) = (Pass::forward_only(network, 50), Call { examples: 50, ..LOOK });
    network.read(&mut pass, &x, &call);
    network.forward(&mut pass, &call);
    pass.values(block).iter().skip(unit).step_by(network.shape(block).channels).copied().collect()
}

#[test]
fn copies_share_what_reads_their_original_and_training_tells_them_apart() {
    let joined = "a: conv outputs=6 kernel=3 relu; p: max-pool; b: conv outputs=4 kernel=3 relu from=p; \
                  j: concat from=p,b; t: conv-transpose outputs=5 kernel=3 stride=1; d: dense outputs=classes";
    for (architecture, layer, units) in
        [(DENSE, "a", 60), (CONV, "b", 7), (GROUPED, "d", 4), (joined, "a", 5), (joined, "t", 3)]
    {
        let mut session = session(architecture);
        train(&mut session, 3);
        let at = block(&session, layer);
        let before = session.network().clone();
        let count = surgery::unit_count(&before, at);
        operate(&mut session, &Operation::Widen { block: at, units, copies: true, seed: 9 });
        let wide = session.network().clone();
        let values = |network: &Network| outputs(network, 250).into_iter().map(f32::from_bits).collect::<Vec<_>>();
        let (old, new) = (values(&before), values(&wide));
        let largest = old.iter().fold(0.0f32, |most, y| most.max(y.abs()));
        let difference = old.iter().zip(&new).fold(0.0f32, |most, (a, b)| most.max((a - b).abs()));
        assert!(difference < 2e-6 * largest.max(1.0), "{layer}: {difference} of {largest}");
        assert_eq!(values_of(&wide, at, count), values_of(&wide, at, 0));
        train(&mut session, 20);
        let learnt = session.network();
        assert_ne!(values_of(learnt, at, count), values_of(learnt, at, 0), "{layer}: a copy stays a copy");
    }
    let mut session = session(SPARSE);
    for layer in ["a", "b", "c"] {
        let operation = Operation::Widen { block: block(&session, layer), units: 4, copies: true, seed: 9 };
        let error = session.edit(&Command::Operate { operation }, false).unwrap_err().to_string();
        assert!(error.contains("to copy them"), "{layer}: {error}");
    }
}

/// The pairs of lines that are chosen for a layer.
fn lines(session: &mut Session, block: usize, units: usize) -> Vec<LinePair> {
    run_job(session, ChooseLines { block, units, seed: 5 });
    session.job::<ChooseLines>().unwrap().found.pairs.clone()
}

#[test]
fn pairs_of_lines_tell_images_apart_and_change_no_output() {
    for (architecture, units, count) in [(DENSE, 10, 10), (SPARSE, 10, 16)] {
        let mut session = session(architecture);
        train(&mut session, 2);
        let before = session.network().clone();
        let old = surgery::unit_count(&before, 1);
        let pairs = lines(&mut session, 1, units);
        assert_eq!(pairs.len(), count, "whole rows of a sparse picture");
        assert_eq!(lines(&mut session, 1, units), pairs);
        let operation = Operation::Lines { block: 1, pairs: pairs.clone() };
        let written = serde_json::to_string(&operation).unwrap();
        operate(&mut session, &serde_json::from_str(&written).unwrap());
        let wide = session.network().clone();
        assert_eq!(surgery::unit_count(&wide, 1), old + count);
        assert!(outputs(&wide, 250) == outputs(&before, 250), "{architecture}");

        // On the images a new neuron is 0 in the mean, and differs more than lines drawn at random do.
        let picture = wide.input();
        let reads = wide.blocks()[1].layer.sparse().map_or(picture.len() / 5, |sparse| sparse.sizes().reads);
        let images: Vec<Vec<f32>> = (0..session.data().len())
            .map(|index| session.data().example(index).iter().map(|&x| f32::from(x) / 255.0).collect())
            .collect();
        let spread = |pair: &LinePair| {
            let weights = pair.weights(picture, reads);
            assert_eq!(weights.len(), reads);
            let sum = |sign: f32| weights.iter().map(|(_, w)| w * sign).filter(|w| 0.0 < *w).sum::<f32>();
            assert!([1.0, -1.0].iter().all(|&sign| (sum(sign) - 1.0).abs() < 1e-4 || sum(sign) == 0.0));
            let value = |x: &Vec<f32>| weights.iter().map(|&(at, w)| w * x[at as usize]).sum::<f32>();
            let values: Vec<f32> = images.iter().map(value).collect();
            let mean = values.iter().sum::<f32>() / values.len() as f32;
            let square = values.iter().map(|y| (y - mean).powi(2)).sum::<f32>() / values.len() as f32;
            (mean, square.sqrt())
        };
        let mut rng = Rng::new(1, Purpose::Test, 0);
        let random = (0..200).map(|_| spread(&LinePair::draw(&mut rng, picture)).1).sum::<f32>() / 200.0;
        for pair in &pairs {
            let (mean, deviation) = spread(pair);
            assert!((mean + pair.bias).abs() < 1e-4, "{mean} and {}", pair.bias);
            assert!(1.2 * random < deviation, "{deviation} of {random}");
        }
        session.edit(&Command::Undo, false).unwrap();
        assert!(session.network() == &before);
    }
    let mut session = session(CONV);
    let error = surgery::LineSizes::of(session.network(), 1).unwrap_err().to_string();
    assert!(error.starts_with("a: expected a dense or sparse layer that reads a picture"), "{error}");
    let operation = Operation::Lines { block: 1, pairs: Vec::new() };
    assert!(session.edit(&Command::Operate { operation }, false).is_err());
}

/// Convolutions down and back up, normalised in groups, as the autoencoder has them.
const GROUPED: &str = "a: conv outputs=8 kernel=4 stride=2; n: group-norm groups=4 silu; b: dense outputs=9 code; \
                       c: dense outputs=128; r: reshape width=8 height=8 outputs=2; \
                       d: conv-transpose outputs=8 kernel=4 stride=2; m: group-norm groups=4 silu; \
                       e: conv-transpose outputs=6 kernel=3 stride=1; f: conv outputs=3; g: dense outputs=classes";

#[test]
fn groups_that_are_normalised_together_come_and_go_whole() {
    let mut session = session(GROUPED);
    train(&mut session, 2);
    let [a, n, d, m, e] = ["a", "n", "d", "m", "e"].map(|name| block(&session, name));
    let original = session.network().clone();
    let before = outputs(&original, 250);
    for (layer, norm) in [(a, Some(n)), (d, Some(m)), (e, None)] {
        let units = session.surgery_plan(layer).unwrap().more;
        operate(&mut session, &Operation::Widen { block: layer, units, copies: false, seed: 4 });
        let widened = session.network().clone();
        assert_eq!(widened.shape(layer).channels, original.shape(layer).channels + units);
        assert!(outputs(&widened, 250) == before, "{units} more channels in layer {layer}");
        if norm.is_some() {
            // What nothing reads can go again, in whole groups and without a trace.
            let fresh: Vec<usize> = (8..8 + units).collect();
            operate(&mut session, &Operation::Cull { block: layer, units: fresh });
            assert!(session.network() == &original);
            session.edit(&Command::Undo, false).unwrap();
        }
        session.edit(&Command::Undo, false).unwrap();
        // A group in the middle goes; those behind it keep their numbers.
        if let Some(norm) = norm {
            operate(&mut session, &Operation::Cull { block: layer, units: vec![2, 3] });
            let culled = session.network();
            let scale = |network: &Network| network.theta[network.blocks()[norm].params.clone()].to_vec();
            let (old, new) = (scale(&original), scale(culled));
            assert_eq!(new.len(), 12);
            assert_eq!((&new[..2], &new[2..6], &new[6..8]), (&old[..2], &old[4..8], &old[8..10]));
            session.edit(&Command::Undo, false).unwrap();
        }
        assert!(session.network() == &original);
    }
}

#[test]
fn units_follow_through_pools_joins_and_flat_readers() {
    let architecture = "a: conv outputs=5 kernel=3 relu; p: max-pool; u: upsample factor=2 from=p; b: conv outputs=3 kernel=1 from=a; \
                        j: concat from=u,b; d: dense outputs=classes";
    let mut session = session(architecture);
    train(&mut session, 2);
    let at = block(&session, "a");
    let close = |one: &Network, other: &Network| {
        let numbers = |network| outputs(network, 250).into_iter().map(f32::from_bits).collect::<Vec<f32>>();
        numbers(one).iter().zip(numbers(other)).all(|(a, b)| (a - b).abs() <= 1e-4)
    };
    let widen = Operation::Widen { block: at, units: 2, copies: false, seed: 1 };
    let (wide, _) = surgery::operate(session.network(), &widen, &Progress::default()).unwrap();
    assert_eq!(wide.shape(block(&session, "j")).channels, 10);
    assert!(close(&wide, session.network()));
    let (back, _) =
        surgery::operate(&wide, &Operation::Cull { block: at, units: vec![5, 6] }, &Progress::default()).unwrap();
    assert!(&back == session.network());
    let (begun, _) = surgery::operate(
        session.network(),
        &Operation::Recycle { block: at, units: vec![2], seed: 9 },
        &Progress::default(),
    )
    .unwrap();
    let (without, _) =
        surgery::operate(session.network(), &Operation::Cull { block: at, units: vec![2] }, &Progress::default())
            .unwrap();
    assert!(close(&begun, &without) && !close(&begun, session.network()));
}

#[test]
fn pins_and_holds_follow_their_units() {
    let mut session = session(CONV);
    let at = block(&session, "a");
    let neurons = vec![NeuronSet { block: at, indices: vec![4] }];
    session.edit(&Command::Hold { neurons: neurons.clone(), value: 0.5, channel: true }, false).unwrap();
    session.edit(&Command::Pin { neurons, parameters: Vec::new(), pinned: true }, false).unwrap();
    let pinned = session.network().pins().len();
    operate(&mut session, &Operation::Cull { block: at, units: vec![0, 2] });
    let network = session.network();
    let held: Vec<_> = network.holds().iter().map(|hold| (hold.block, hold.held, hold.value)).collect();
    assert_eq!(held, [(at, neurarium::network::Held::Channel(2), 0.5)]);
    assert_eq!(network.pins().len(), pinned);
    operate(&mut session, &Operation::Cull { block: at, units: vec![2] });
    assert!(session.network().holds().is_empty() && session.network().pins().is_empty());
}

#[test]
fn weak_weights_of_dense_layers_stay_at_zero_and_thinning_keeps_the_strongest() {
    let mut session = session(DENSE);
    let at = block(&session, "b");
    operate(&mut session, &Operation::Vacuum { block: at, least: 0.05 });
    let params = session.network().blocks()[at].params.clone();
    let weights = params.start..params.end - 40;
    let zeros = |session: &Session| session.network().theta[weights.clone()].iter().filter(|&&w| w == 0.0).count();
    let weak = zeros(&session);
    assert!(0 < weak && session.network().theta[weights.clone()].iter().all(|&w| w == 0.0 || 0.05 <= w.abs()));
    train(&mut session, 3);
    assert_eq!(zeros(&session), weak);
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!((zeros(&session), session.network().pins().len()), (0, 0));
    let before = session.network().theta[weights.clone()].to_vec();
    operate(&mut session, &Operation::Thin { block: at, keep: 2, of: 4 });
    for (old, new) in before.chunks(4).zip(session.network().theta[weights.clone()].chunks(4)) {
        let mut sizes: Vec<f32> = old.iter().map(|w| w.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        assert!(old.iter().zip(new).all(|(old, new)| *new == if sizes[2] <= old.abs() { *old } else { 0.0 }));
    }
}

#[test]
fn a_census_finds_what_is_silent_unread_and_rare() {
    let (mut session, units) = prepared(DENSE, "a");
    let at = block(&session, "a");
    // Neuron 7 never fires.
    let neurons = vec![NeuronSet { block: at, indices: vec![7] }];
    session.edit(&Command::ScaleIncoming { neurons: neurons.clone(), factor: 0.0 }, false).unwrap();
    session.edit(&Command::SetBias { neurons, value: -1.0 }, false).unwrap();
    let (state, slices) = run_job(&mut session, Census { block: at });
    assert!(1 < slices);
    let list = |name: &str| -> Vec<usize> { serde_json::from_value(state.found[name].clone()).unwrap() };
    // Every third weight of the layer behind is 0, which has 48 inputs.
    let unread: Vec<usize> = (0..48).filter(|unit| unit % 3 == 0 || units.contains(unit)).collect();
    assert_eq!(list("unread"), unread);
    assert!(list("silent").contains(&7) && list("ranked").len() == 48);
    let largest: Vec<f32> = serde_json::from_value(state.found["largest"].clone()).unwrap();
    assert!(largest.is_sorted() && largest[0] == 0.0);
}

#[test]
fn what_a_neuron_contributes_is_the_loss_with_it_held_at_0() {
    for (architecture, layer) in [(DENSE, "a"), (CONV, "b"), (SPARSE, "b")] {
        let (mut session, _) = prepared(architecture, "a");
        let at = block(&session, layer);
        let (state, slices) = run_job(&mut session, Knockout { block: at });
        let without: Vec<f64> = serde_json::from_value(state.found["without"].clone()).unwrap();
        assert!(without.len() <= slices);
        let held = |session: &mut Session, unit: usize| {
            let neurons = vec![NeuronSet { block: at, indices: vec![unit] }];
            let channel = architecture == CONV;
            session.edit(&Command::Hold { neurons, value: 0.0, channel }, false).unwrap();
            let (state, _) = run_job(session, Knockout { block: at });
            session.edit(&Command::Undo, false).unwrap();
            state.found["loss"].as_f64().unwrap()
        };
        for unit in [0, 3, 9] {
            assert!((held(&mut session, unit) - without[unit]).abs() < 1e-9, "{architecture}: {unit}");
        }
        let ranked: Vec<usize> = serde_json::from_value(state.found["ranked"].clone()).unwrap();
        assert!(ranked.is_sorted_by(|&a, &b| without[a] <= without[b]));
    }
}

#[test]
fn a_preview_foretells_sizes_work_and_the_change_of_outputs_and_leaves_no_trace() {
    let (mut session, units) = prepared(DENSE, "a");
    let at = block(&session, "a");
    let before = session.network().clone();
    let preview = |session: &mut Session, operation: Operation| -> Value {
        let (state, slices) = run_job(session, PreviewOperation { operation });
        assert_eq!(slices, 8);
        state.found
    };
    let nothing = preview(&mut session, Operation::Cull { block: at, units });
    assert_eq!((&nothing["isEqual"], &nothing["difference"]), (&Value::Bool(true), &Value::from(0.0)));
    let fewer = 3 * (before.input().len() + 1) + 3 * 40;
    assert_eq!(nothing["parameters"][1], before.param_len() - fewer);
    assert!(nothing["work"][1].as_u64() < nothing["work"][0].as_u64());
    assert_eq!(nothing["inputs"], 1024);
    let some = preview(&mut session, Operation::Cull { block: at, units: (8..30).collect() });
    assert!(some["isEqual"] == Value::Bool(false) && 1e-4 < some["difference"].as_f64().unwrap());
    assert!(session.network() == &before && session.edit_log().redo.is_none());
    // Cancelled, or overtaken by an edit, it is given up.
    let operation = Operation::Deepen { block: at, kernel: 1, linear: false };
    let id = session.begin_job(PreviewOperation { operation: operation.clone() }, resources()).unwrap();
    session.advance_job(id, 0.0, resources()).unwrap();
    operate(&mut session, &operation);
    assert_eq!(session.advance_job(id, 0.0, resources()).unwrap().kind, None);
}

#[test]
fn after_500_steps_a_notice_tells_how_many_new_neurons_live() {
    let mut session = session("a: dense outputs=12 relu; c: dense outputs=classes");
    train(&mut session, 20);
    operate(&mut session, &Operation::Widen { block: 1, units: 6, copies: false, seed: 5 });
    let events =
        |session: &Session| session.recorder().events().iter().map(|event| event.text.clone()).collect::<Vec<_>>();
    assert!(events(&session).last().unwrap().starts_with("a: 6 neurons more"), "{:?}", events(&session));
    train(&mut session, 499);
    assert!(!events(&session).iter().any(|text| text.contains("live")));
    train(&mut session, 1);
    let told = events(&session).pop().unwrap();
    assert!(told.ends_with("of 6 new neurons of a live, 500 steps after they came"), "{told}");
    assert!(!told.starts_with('0'), "{told}");
}

#[test]
fn new_neurons_that_went_before_a_run_was_resumed_are_not_looked_for() {
    let mut first = session(DENSE);
    train(&mut first, 2);
    let a = block(&first, "a");
    operate(&mut first, &Operation::Recycle { block: a, units: vec![3, 47], seed: 1 });
    operate(&mut first, &Operation::Cull { block: a, units: (8..48).collect() });
    let mut resumed = session(DENSE);
    resumed.resume(safetensors::read(&first.checkpoint().unwrap()).unwrap()).unwrap();
    train(&mut resumed, 510);
}

#[test]
fn widening_training_and_culling_ends_no_worse_at_no_more_parameters() {
    // An autoencoder, which does not overfit so soon.
    let mut session =
        session("a: dense outputs=16 relu; b: dense outputs=16 relu; o: dense outputs=values sigmoid; p: picture");
    let epochs = |session: &mut Session, count: usize| {
        let end = session.recorder().evaluations().len() + count;
        while session.recorder().evaluations().len() < end {
            session.step_once(&|| 0.0).unwrap();
        }
        session.recorder().last_evaluation().unwrap().evaluation.loss
    };
    let loss = epochs(&mut session, 10);
    let parameters = session.network().param_len();
    let at = block(&session, "b");
    operate(&mut session, &Operation::Widen { block: at, units: 8, copies: false, seed: 2 });
    epochs(&mut session, 8);
    let (state, _) = run_job(&mut session, Census { block: at });
    let mut weakest: Vec<usize> = serde_json::from_value(state.found["ranked"].clone()).unwrap();
    weakest.truncate(8);
    operate(&mut session, &Operation::Cull { block: at, units: weakest });
    let after = epochs(&mut session, 8);
    assert_eq!(session.network().param_len(), parameters);
    assert!(after <= loss, "{after} after, {loss} before");
}

#[test]
fn what_cannot_be_done_is_refused_in_one_sentence_and_changes_nothing() {
    let mut session = session(
        "a: conv outputs=6 kernel=3 gelu; n: group-norm groups=2; b: conv outputs=4 kernel=3 relu; p: max-pool; \
         c: dense outputs=8 relu code; d: dense outputs=classes",
    );
    let before = session.network().clone();
    for (operation, words) in [
        (r#"{"widen":{"block":9,"units":3}}"#, "surgery: expected a layer from 1 to 6, got 9"),
        (
            r#"{"widen":{"block":6,"units":3}}"#,
            "d: expected a layer before the last, whose outputs are those of the task",
        ),
        (r#"{"widen":{"block":5,"units":3}}"#, "c: expected a layer other than the code"),
        (r#"{"widen":{"block":4,"units":3}}"#, "p: expected a layer whose neurons can change in number"),
        (
            r#"{"widen":{"block":1,"units":2}}"#,
            "n: group norm: expected channels that come and go in whole groups of 3, got 8 channels",
        ),
        (
            r#"{"cull":{"block":1,"units":[0,2,4]}}"#,
            "n: group norm: expected channels that come and go in whole groups",
        ),
        (r#"{"widen":{"block":3,"units":0}}"#, "b: expected 1 to 1048576 more neurons, got 0"),
        (r#"{"deepen":{"block":1}}"#, "a: expected values that another activation leaves as they are"),
        (r#"{"deepen":{"block":3,"kernel":2}}"#, "deepen: expected an odd number"),
        (r#"{"cull":{"block":3,"units":[0,1,2,3]}}"#, "b: expected 1 to 3 of its neurons, each once, got 4"),
        (r#"{"cull":{"block":3,"units":[1,1]}}"#, "b: expected 1 to 3 of its neurons, each once"),
        (r#"{"recycle":{"block":3,"units":[7]}}"#, "b: expected neurons below 4, got 7"),
        (r#"{"vacuum":{"block":4,"least":0.1}}"#, "p: expected a layer with weights"),
        (r#"{"vacuum":{"block":3,"least":0}}"#, "b: expected a threshold above 0, got 0"),
        (r#"{"thin":{"block":3,"keep":4,"of":4}}"#, "thin: expected at least 1 of at most 64 weights"),
        (r#"{"remove":{"block":6}}"#, "d: expected a layer before the last"),
    ] {
        let operation: Operation = serde_json::from_str(operation).unwrap();
        let error = session.edit(&Command::Operate { operation }, false).unwrap_err().to_string();
        assert!(error.starts_with(words), "{error}, not {words}");
        assert!(session.network() == &before);
    }
    let linear = Operation::Deepen { block: 1, kernel: 1, linear: true };
    operate(&mut session, &linear);
    assert!(outputs(session.network(), 250) == outputs(&before, 250));
    operate(&mut session, &Operation::Remove { block: 2, seed: 1 });
    assert!(session.network() == &before);
}
