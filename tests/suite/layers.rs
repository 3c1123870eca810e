//! Layers from outside: hostile sizes, reading and printing, connections, and the guarantees of dropout and norms.

use crate::common::{layers, manifold, numbers};
use neurarium::layer::*;
use neurarium::shape::Shape;

const HUGE: usize = usize::MAX;

fn shape(width: usize, height: usize, channels: usize) -> Shape {
    Shape::from_whc(width, height, channels)
}

#[test]
fn every_layer_survives_printing_and_reading() {
    for layer in layers::all() {
        let text = serde_json::to_string(&layer).unwrap();
        assert_eq!(serde_json::from_str::<Layer>(&text).unwrap(), layer, "{text}");
    }
}

/// All other tests of layers use these samples, so a kind without one would not be tested at all.
#[test]
fn every_kind_of_layer_is_among_the_samples() {
    let refused = serde_json::from_str::<Layer>(r#"{"kind": "none of them"}"#).unwrap_err().to_string();
    let kinds: Vec<&str> = refused.split('`').skip(3).step_by(2).collect();
    assert!(20 < kinds.len() && kinds.contains(&"group-norm"), "{refused}");
    let samples: Vec<_> =
        layers::all().iter().map(|layer| serde_json::to_value(layer).unwrap()["kind"].clone()).collect();
    for kind in kinds.into_iter().filter(|&kind| kind != "input") {
        assert!(samples.iter().any(|sample| sample == kind), "no sample of {kind}");
    }
}

#[test]
fn parameters_connections_and_biases_agree_with_each_other() {
    // A layer whose neurons read each other has connections that do not come from its inputs.
    let reads_itself = |layer: &Layer| layer.structure().is_some() || layer.free_graph().is_some();
    for layer in layers::all().into_iter().filter(|layer| !reads_itself(layer)) {
        let ops = layer.ops();
        let (inputs, output) = (ops.inputs(), ops.output());
        let mut uses = vec![0; ops.param_len()];
        let mut connections = 0;
        for index in 0..output.len() {
            ops.incoming(index, &mut |connection| {
                assert!(connection.source < inputs[connection.input].len(), "{layer:?}: {connection:?}");
                if let Weight::Parameter(weight) = connection.weight {
                    uses[weight] += 1;
                }
                connections += 1u64;
            });
            ops.bias(index).iter().for_each(|&bias| uses[bias] += 1);
        }
        assert_eq!(connections, ops.connections(), "{layer:?}");
        let named: usize = ops.tensors().iter().map(Tensor::len).sum();
        assert_eq!(named, ops.param_len(), "{layer:?}");
        assert!(uses.iter().all(|&uses| 0 < uses), "{layer:?}: parameters nobody uses: {uses:?}");
        if matches!(layer, Layer::LocallyConnected(_) | Layer::TileDense(_) | Layer::Dense(_)) {
            assert!(uses.iter().all(|&uses| uses == 1), "{layer:?}: {uses:?}");
        }
    }
}

/// Nothing here may overflow or panic: these sizes come from files.
#[test]
fn hostile_sizes_are_errors() {
    let sizes = [0, 1, 2, 3, 255, 1 << 16, 1 << 26, (1 << 26) + 1, 1 << 32, HUGE - 1, HUGE];
    let mut refused = 0;
    for side in sizes {
        for channels in sizes {
            for n in sizes {
                for m in sizes {
                    let input = shape(side, side, channels);
                    let layers = [
                        Layer::Dense(Dense { input, outputs: n }),
                        Layer::Sparse(
                            SparseSizes {
                                input,
                                output: shape(n, 1, m),
                                reads: m,
                                choice: SourceChoice::Nearest,
                                seed: 1,
                            }
                            .into(),
                        ),
                        Layer::Conv(Conv::new(input, n, m, m, n)),
                        Layer::Pool(Pool::plain(input, PoolKind::Max, n, m)),
                        Layer::GlobalPool(GlobalPool { input, kind: PoolKind::Max }),
                        Layer::Upsample(Upsample { input, factor: n }),
                        Layer::Reshape(Reshape { input, output: shape(n, m, channels) }),
                        Layer::Add(Add { inputs: vec![input, shape(n, m, channels)] }),
                        Layer::Concat(Concat { inputs: vec![input, shape(side, side, n), shape(side, side, m)] }),
                        Layer::GroupNorm(GroupNorm { input, groups: n }),
                        Layer::LocallyConnected(LocallyConnected { input, size: n, mix_channels: m == 0 }),
                        Layer::TileDense(TileDense { input, outputs: channels, from: n, to: m }),
                        Layer::GroupedConv(GroupedConv {
                            input,
                            outputs: n,
                            groups: m,
                            across: Axis { kernel: n, stride: m, dilation: n, before: m, after: side },
                            down: Axis { dilation: m, after: n, ..Axis::plain(m, 1) },
                        }),
                        Layer::Affine(Affine { input }),
                        Layer::Product(Product { inputs: vec![input, shape(n, m, channels)] }),
                        Layer::Pad(Pad { input, left: n as i32, top: m as i32, right: -3, bottom: 7, value: 0.0 }),
                        Layer::Resize(Resize { input, width: n, height: m, corners: Corners::Align }),
                        Layer::Planes(Planes { picture: input, paints: n < m }),
                        Layer::Manifold(Manifold { input, hidden: n, outputs: m, ..manifold::small(1, 1, 1, 1) }),
                        Layer::Manifold(Manifold {
                            input,
                            hidden: m,
                            outputs: channels,
                            bumps: n,
                            sequence: SequenceOf::Rows,
                            feedback: n,
                            ..manifold::small(1, 1, 1, 1)
                        }),
                        Layer::FreeGraph(FreeGraph {
                            input,
                            outputs: n,
                            free: m,
                            steps: n,
                            most_sources: m,
                            wiring: Wiring::default(),
                        }),
                    ];
                    for layer in layers {
                        // One line of 67 million pixels is legal, but slow to add up here.
                        if side == 1 << 26 && channels == 1 {
                            continue;
                        }
                        match layer.ops().check() {
                            // A layer that passes the check must have an output.
                            Ok(()) => assert!(!layer.ops().output().is_empty(), "{layer:?}"),
                            Err(_) => refused += 1,
                        }
                    }
                }
            }
        }
    }
    assert!(100_000 < refused);
    for layer in [Layer::Add(Add { inputs: vec![] }), Layer::Concat(Concat { inputs: vec![shape(1, 1, 1)] })] {
        assert!(layer.ops().check().is_err(), "{layer:?}");
    }
    for rate in [-0.1, 1.0, f32::NAN, f32::INFINITY] {
        assert!(Dropout { input: shape(1, 1, 1), rate }.check().is_err(), "{rate}");
    }
}

fn forward(layer: &impl LayerOps, theta: &[f32], x: &[f32], memo: &mut Memo, call: Call) -> Vec<f32> {
    let mut z = vec![f32::NAN; call.examples * layer.output().len()];
    layer.forward(theta, &[x], &mut z, memo, &call);
    z
}

#[test]
fn dropout_drops_its_share_keeps_the_mean_and_repeats_by_seed_and_example() {
    let layer = Dropout { input: shape(10, 10, 100), rate: 0.3 };
    let call = Call { examples: 2, training: true, seed: 1, first_example: 4, tiles: false, prepared: &[] };
    let x = vec![1.0; 20_000];
    let z = forward(&layer, &[], &x, &mut Memo::default(), call);
    let dropped = z.iter().filter(|z| **z == 0.0).count() as f64 / 20_000.0;
    let mean = z.iter().map(|&z| z as f64).sum::<f64>() / 20_000.0;
    assert!((dropped - 0.3).abs() < 0.01, "{dropped}");
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    let second = Call { examples: 1, first_example: 5, ..call };
    assert_eq!(forward(&layer, &[], &x[..10_000], &mut Memo::default(), second), z[10_000..]);
    assert_ne!(z[..10_000], z[10_000..]);
    assert_ne!(forward(&layer, &[], &x, &mut Memo::default(), Call { seed: 2, ..call }), z);

    // Outside training nothing is dropped, forward or backward, even if the memo contains a training step.
    let x = numbers(20_000, 1);
    let mut memo = Memo::default();
    forward(&layer, &[], &x, &mut memo, call);
    assert_eq!(forward(&layer, &[], &x, &mut memo, Call { training: false, ..call }), x);
    let mut dx = vec![0.0; 20_000];
    let grads = Grads { dx: &mut [Some(&mut dx)], dtheta: None };
    layer.backward(&[], &[&x], &x, grads, &mut memo, &call);
    assert_eq!(dx, x);
}

#[test]
fn group_norm_brings_each_group_to_mean_0_and_variance_1() {
    let layer = GroupNorm { input: shape(5, 4, 6), groups: 2 };
    // Far from 0, where a variance computed as a difference of sums would be lost.
    let x: Vec<f32> = numbers(3 * 120, 1).iter().map(|x| 1000.0 + x).collect();
    let theta = [vec![1.0; 6], vec![0.0; 6]].concat();
    let call = Call { examples: 3, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
    let z = forward(&layer, &theta, &x, &mut Memo::default(), call);
    for example in z.chunks_exact(120) {
        for group in [0, 3] {
            let values: Vec<f64> =
                example.chunks_exact(6).flat_map(|pixel| &pixel[group..group + 3]).map(|&z| z as f64).collect();
            let mean = values.iter().sum::<f64>() / 60.0;
            let variance = values.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / 60.0;
            assert!(mean.abs() < 1e-3 && (variance - 1.0).abs() < 1e-3, "{mean} {variance}");
        }
    }
}

#[test]
fn nan_comes_out_of_every_layer_it_goes_into() {
    for layer in layers::all() {
        let ops = layer.ops();
        let x: Vec<Vec<f32>> = ops.inputs().iter().map(|shape| vec![f32::NAN; shape.len()]).collect();
        let x: Vec<&[f32]> = x.iter().map(Vec::as_slice).collect();
        let mut z = vec![0.0; ops.output().len()];
        let call = Call { examples: 1, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
        ops.forward(&vec![1.0; ops.param_len()], &x, &mut z, &mut Memo::default(), &call);
        assert!(z.iter().any(|z| z.is_nan()), "{layer:?}: {z:?}");
    }
    // A NaN among ordinary values wins its window, wherever it is.
    let pool = Pool::plain(shape(2, 2, 1), PoolKind::Max, 2, 2);
    for at in 0..4 {
        let mut x = [1.0, 2.0, 3.0, 4.0];
        x[at] = f32::NAN;
        let call = Call { examples: 1, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
        assert!(forward(&pool, &[], &x, &mut Memo::default(), call)[0].is_nan(), "{at}");
    }
}

/// Preparing parameters for many calls changes no bit of the results.
#[test]
fn prepared_parameters_give_what_the_parameters_themselves_give() {
    let input = shape(8, 8, 16);
    let made = [
        Layer::Conv(Conv::new(input, 32, 3, 1, 1)),
        Layer::ConvTranspose(ConvTranspose { input, output: shape(16, 16, 16), kernel: 4, stride: 2, padding: 1 }),
        Layer::UpsampleConv(UpsampleConv { input, outputs: 16, kernel: 3, factor: 2, padding: 1 }),
    ];
    let mut prepared_some = 0;
    for layer in layers::all().into_iter().chain(made) {
        let (ops, examples) = (layer.ops(), 3);
        let (theta, mut prepared) = (numbers(ops.param_len(), 1), vec![0.0; layer.speed().prepared_len()]);
        layer.speed().prepare(&theta, &mut prepared, &mut vec![f32::NAN; 7]);
        prepared_some += usize::from(!prepared.is_empty());
        let mut prepared = Preparation { values: prepared, ..Preparation::default() };
        if let Some(manifold) = layer.structure() {
            manifold.connect(&theta, 0.0, &mut prepared.edges);
        }
        let (prepared, x_lens) =
            ([prepared], ops.inputs().iter().map(|shape| examples * shape.len()).collect::<Vec<_>>());
        let x: Vec<Vec<f32>> = x_lens.iter().map(|&len| numbers(len, 2)).collect();
        let x: Vec<&[f32]> = x.iter().map(Vec::as_slice).collect();
        let dz = numbers(examples * ops.output().len(), 3);
        let results = [&[][..], &prepared].map(|prepared| {
            let call = Call { examples, training: true, seed: 1, first_example: 0, tiles: false, prepared };
            let (mut z, mut memo) = (vec![f32::NAN; dz.len()], Memo::default());
            let mut dtheta = numbers(theta.len(), 4);
            let mut dx: Vec<Vec<f32>> = x_lens.iter().map(|&len| numbers(len, 5)).collect();
            // Twice, because the contents of the memo from the first time must not matter.
            for _ in 0..2 {
                ops.forward(&theta, &x, &mut z, &mut memo, &call);
                let mut dx: Vec<_> = dx.iter_mut().map(|dx| Some(dx.as_mut_slice())).collect();
                ops.backward(&theta, &x, &dz, Grads { dx: &mut dx, dtheta: Some(&mut dtheta) }, &mut memo, &call);
            }
            (z, dtheta, dx)
        });
        assert_eq!(results[0], results[1], "{layer:?}");
    }
    assert!(3 <= prepared_some, "{prepared_some} layers prepared anything");
}
