//! The manifold: equal to its dense twin and to PyTorch, gradients, its structural losses, and what keeps its outputs
//! connected.

use crate::common::manifold::{slope, wide};
use crate::common::{lcg, manifold as twin, numbers};
use neurarium::layer::*;

fn call(examples: usize) -> Call<'static> {
    Call { examples, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] }
}

fn forward(manifold: &Manifold, theta: &[f32], x: &[f32]) -> (Vec<f32>, Memo) {
    let examples = x.len() / manifold.input.len();
    let (mut z, mut memo) = (vec![f32::NAN; examples * manifold.output().len()], Memo::default());
    manifold.forward(theta, &[x], &mut z, &mut memo, &call(examples));
    (z, memo)
}

fn connected(manifold: &Manifold, theta: &[f32], band: f32) -> Edges {
    let mut edges = Edges::default();
    manifold.connect(theta, band, &mut edges);
    edges
}

/// Manifolds of all sorts, with their first parameters.
fn all() -> Vec<(String, Manifold, Vec<f32>)> {
    let mut all = Vec::new();
    let rows = Manifold { sequence: SequenceOf::Rows, ..twin::small(6, 5, 7, 3) };
    let gated = Manifold { neuron: NeuronKind::Gated, ..rows.clone() };
    for (name, base) in [
        ("few", twin::small(5, 1, 16, 4)),
        ("images", twin::small(5, 5, 8, 3)),
        ("tiny", twin::small(1, 1, 1, 1)),
        ("rows with feedback", Manifold { feedback: 4, ..rows }),
        ("gated rows", gated.clone()),
        ("gated rows with feedback", Manifold { feedback: 2, ..gated }),
        ("gated image", Manifold { neuron: NeuronKind::Gated, ..twin::small(5, 5, 8, 3) }),
    ] {
        for edges in [EdgeWeights::Curve, EdgeWeights::Scaled, EdgeWeights::Own] {
            for (squared, bumps, centre_rate) in [(false, 1, 1.0), (true, 1, 3.0), (false, 3, 1.0)] {
                let manifold = Manifold { edges, squared, bumps, centre_rate, ..base.clone() };
                let mut theta = twin::initialised(&manifold, 3);
                if edges == EdgeWeights::Scaled {
                    let own = theta.len() - manifold.cells().count();
                    let random = numbers(manifold.cells().count(), 8);
                    theta[own..].iter_mut().zip(random).for_each(|(own, random)| *own += random);
                }
                // What is fed back is 0 at first, which is a corner of the leaky ReLU where the bias is 0 too.
                let mut first = 0;
                for tensor in manifold.tensors() {
                    let numbers = &mut theta[first..first + tensor.len()];
                    if tensor.name == "bias" {
                        numbers.iter_mut().filter(|bias| **bias == 0.0).for_each(|bias| *bias = 0.1);
                    }
                    first += tensor.len();
                }
                all.push((format!("{name} {edges:?} squared {squared} bumps {bumps}"), manifold, theta));
            }
        }
    }
    all
}

#[test]
fn outputs_are_those_of_the_dense_twin() {
    for (name, manifold, theta) in all() {
        let is_kept = connected(&manifold, &theta, 0.0).kept != 0;
        if manifold.feedback != 0 && is_kept {
            continue; // the twin does not have the edge, and what it gives is fed back
        }
        for examples in [1, 31, 33, 70] {
            let x = numbers(examples * manifold.input.len(), 5);
            let (z, _) = forward(&manifold, &theta, &x);
            let expected: Vec<f64> = x
                .chunks(manifold.input.len())
                .flat_map(|x| twin::forward(&manifold, &wide(&theta), &wide(x)))
                .collect();
            let largest = expected.iter().fold(1.0f64, |most, z| most.max(z.abs()));
            for (k, (&z, &expected)) in z.iter().zip(&expected).enumerate() {
                if expected != 0.0 {
                    assert!((f64::from(z) - expected).abs() < 1e-4 * largest, "{name}, value {k}: {z} {expected}");
                }
            }
        }
    }
}

#[test]
fn exactly_the_cells_above_the_cutoff_are_edges() {
    for (name, manifold, theta) in all() {
        let edges = connected(&manifold, &theta, 0.0);
        let cells: Vec<usize> = edges.cells(&manifold.cells()).iter().map(|&cell| cell as usize).collect();
        let strengths = twin::strengths(&manifold, &wide(&theta));
        // Cells at the very cutoff may fall on either side of it.
        for (cell, &strength) in strengths.iter().enumerate() {
            let is_kept = edges.kept != 0 && manifold.cells().first(manifold.hidden) <= cell;
            if 1e-4 < strength.abs() || (strength == 0.0 && !is_kept) {
                assert_eq!(cells.binary_search(&cell).is_ok(), strength != 0.0, "{name}, cell {cell}: {strength}");
            }
        }
    }
}

#[test]
fn gradients_are_those_of_finite_differences_of_the_dense_twin() {
    let mut compared = 0;
    for (name, manifold, theta) in all() {
        if connected(&manifold, &theta, 0.0).kept != 0 {
            continue; // an edge that was kept for an output, which the twin does not have
        }
        compared += 1;
        let (examples, len) = (3, manifold.input.len());
        let x = numbers(examples * len, 5);
        let (z, mut memo) = forward(&manifold, &theta, &x);
        let r = numbers(z.len(), 6);
        let (mut dtheta, mut dx) = (vec![0.0; theta.len()], vec![0.0; x.len()]);
        let grads = Grads { dx: &mut [Some(&mut dx)], dtheta: Some(&mut dtheta) };
        manifold.backward(&theta, &[&x], &r, grads, &mut memo, &call(examples));
        let value = |theta: &[f64], x: &[f64]| -> f64 {
            let z = x.chunks(len).flat_map(|x| twin::forward(&manifold, theta, x));
            z.zip(&r).map(|(z, &r)| z * f64::from(r)).sum()
        };
        let (theta, x) = (wide(&theta), wide(&x));
        let edges = manifold.tensors().last().map_or(0, |tensor| if tensor.name == "edge" { tensor.len() } else { 0 });
        let scalars = theta.len() - edges;
        let dx_expected: Vec<f64> = (0..x.len()).map(|k| slope(&x, k, |x| value(&theta, x))).collect();
        close(&format!("{name}, dx"), &dx, &dx_expected);
        // Own weights are all of one kind, so some of them are enough; those of cells that are no edges do not count.
        let some = (scalars..theta.len()).step_by(1 + edges / 40).filter(|&k| theta[k] != 0.0);
        let checked: Vec<usize> = (0..scalars).chain(some).collect();
        let expected: Vec<f64> = checked.iter().map(|&k| slope(&theta, k, |theta| value(theta, &x))).collect();
        let got: Vec<f32> = checked.iter().map(|&k| dtheta[k]).collect();
        close(&format!("{name}, dtheta"), &got, &expected);
    }
    assert!(10 < compared, "only {compared} were compared");
}

#[test]
fn structural_losses_have_the_gradient_of_finite_differences() {
    let mut compared = 0;
    for (name, manifold, theta) in all() {
        let is_kept = connected(&manifold, &theta, 0.0).kept != 0;
        if manifold.edges != EdgeWeights::Curve || manifold.cells().count() < 10 || is_kept {
            continue;
        }
        compared += 1;
        let softness = 0.02; // far below the cutoff, where cells are not listed, nothing counts
        let only = |change: &dyn Fn(&mut Pressure)| {
            let mut pressure =
                Pressure { softness: softness as f32, milliseconds_per_edge: 0.01, ..Pressure::default() };
            change(&mut pressure);
            pressure
        };
        let cells = manifold.cells();
        let smooth = |theta: &[f64]| -> f64 {
            let (closeness, cutoff) = twin::closeness(&manifold, theta);
            closeness.iter().map(|d| 1.0 / (1.0 + ((cutoff - d.abs()) / softness).exp())).sum()
        };
        // The strength of every edge, with its row and source.
        let flows = |theta: &[f64]| -> Vec<(usize, usize, f64)> {
            let strengths = twin::strengths(&manifold, theta);
            let of_row = |row: usize| (0..cells.sources(row)).map(move |source| (row, source));
            let places = (0..cells.rows()).flat_map(of_row);
            places.zip(strengths).map(|((row, source), strength)| (row, source, strength.abs())).collect()
        };
        let flow = |theta: &[f64]| -> f64 {
            let signed = flows(theta).into_iter().map(|(row, source, strength)| {
                match (cells.is_output(row), source < cells.inputs) {
                    (false, true) => strength,
                    (true, false) => -strength,
                    _ => 0.0,
                }
            });
            signed.sum::<f64>().powi(2)
        };
        let flow_by_neuron = |theta: &[f64]| -> f64 {
            let mut surplus = vec![0.0; cells.hidden];
            for (row, source, strength) in flows(theta) {
                if !cells.is_output(row) {
                    surplus[row] += strength;
                }
                if cells.inputs <= source {
                    surplus[source - cells.inputs] -= strength;
                }
            }
            surplus.iter().map(|surplus| surplus * surplus).sum()
        };
        let count = cells.count() as f64;
        type Value<'a> = &'a dyn Fn(&[f64]) -> f64;
        let terms: [(&str, Pressure, Value); 5] = [
            ("flow", only(&|p| p.flow = 0.1), &|theta| 0.1 * flow(theta)),
            ("flow by neuron", only(&|p| (p.flow, p.flow_by) = (0.1, FlowBy::Neuron)), &|theta| {
                0.1 * flow_by_neuron(theta)
            }),
            ("sparsity", only(&|p| p.sparsity = 10.0), &|theta| 10.0 * (smooth(theta) / count).powi(2)),
            ("time", only(&|p| p.time = 1.0), &|theta| 0.01 * smooth(theta)),
            ("memory", only(&|p| p.memory = 1.0), &|theta| 12.0 / 1024.0 * smooth(theta)),
        ];
        for (term, pressure, value) in terms {
            let mut dtheta = vec![0.0; theta.len()];
            // All cells are listed, not only those near the cutoff.
            manifold.press(&theta, &connected(&manifold, &theta, 1.0), &pressure, &mut dtheta);
            let theta = wide(&theta);
            let expected: Vec<f64> = (0..theta.len()).map(|k| slope(&theta, k, value)).collect();
            within(2e-3, &format!("{name}, {term}"), &dtheta, &expected); // the gate is steep
        }
    }
    assert!(2 < compared, "only {compared} were compared");
}

#[test]
fn a_cutoff_that_cuts_everything_leaves_every_output_connected() {
    for (name, manifold, mut theta) in all() {
        if manifold.bumps != 1 {
            continue; // several curves can add up to more than any cutoff
        }
        let kappa = 7 * manifold.cells().rows() * manifold.bumps;
        theta[kappa] = 6.0;
        if manifold.edges == EdgeWeights::Own {
            let own = theta.len() - manifold.cells().count();
            theta[own..].fill(0.0);
        }
        let edges = connected(&manifold, &theta, 0.0);
        let reached = edges.reached(&manifold.cells());
        assert!(reached[manifold.hidden..].iter().all(|&reached| reached), "{name}");
        assert!(0 < edges.kept && edges.kept <= manifold.cells().outputs, "{name}: {} kept", edges.kept);
    }
}

#[test]
fn levels_count_the_edges_of_the_longest_path() {
    let manifold = twin::small(5, 1, 16, 4);
    let theta = twin::initialised(&manifold, 1);
    let (edges, cells) = (connected(&manifold, &theta, 0.0), manifold.cells());
    let levels = edges.levels(&cells);
    for row in 0..cells.rows() {
        for (source, _) in edges.row(row).edges() {
            let below = if source < cells.inputs { 0 } else { levels[source - cells.inputs] };
            assert!(below < levels[row]);
        }
    }
    assert!(levels.iter().any(|&level| 1 < level));
}

#[test]
fn a_budget_is_kept_and_the_weakest_edges_go() {
    for (name, manifold, theta) in all() {
        if manifold.cells().count() < 10 {
            continue;
        }
        let cells = manifold.cells().count();
        let before = connected(&manifold, &theta, 0.0).count();
        let mut cut = theta.clone();
        let most = 0.5 * before as f64 / cells as f64;
        let rewired = manifold.rewire(&mut cut, &Rewiring { most: Some(most), ..Rewiring::default() }, &[]);
        let edges = connected(&manifold, &cut, 0.0);
        let now = edges.count();
        assert!(now <= before / 2 + manifold.cells().outputs && before / 2 <= now + 2, "{name}: {before} to {now}");
        assert!(0 < rewired.dropped, "{name}");
        assert!(edges.reached(&manifold.cells())[manifold.hidden..].iter().all(|&reached| reached), "{name}");
    }
}

#[test]
fn growth_adds_the_cells_of_the_largest_gradient() {
    let manifold = Manifold { edges: EdgeWeights::Own, ..twin::small(8, 8, 20, 5) };
    let mut theta = twin::initialised(&manifold, 2);
    let (cells, own) = (manifold.cells().count(), theta.len() - manifold.cells().count());
    let before = connected(&manifold, &theta, 0.0).count();
    let gradient = numbers(cells, 4);
    let largest = (0..cells)
        .filter(|&cell| theta[own + cell] == 0.0)
        .max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()));
    let rewired = manifold.rewire(&mut theta, &Rewiring { replace: 0.2, ..Rewiring::default() }, &gradient);
    let edges = connected(&manifold, &theta, 0.0);
    assert_eq!((edges.count(), rewired.grown), (before, rewired.dropped));
    assert!(0 < rewired.grown && rewired.forgotten.len() == rewired.grown + rewired.dropped);
    assert!(edges.cells(&manifold.cells()).contains(&(largest.unwrap() as u32)));
}

#[derive(serde::Deserialize)]
struct Oracle {
    examples: usize,
    cases: Vec<OracleCase>,
}

#[derive(serde::Deserialize)]
struct OracleCase {
    width: usize,
    height: usize,
    hidden: usize,
    outputs: usize,
    squared: bool,
    bumps: usize,
    edges: EdgeWeights,
    #[serde(default)]
    sequence: SequenceOf,
    #[serde(default)]
    feedback: usize,
    #[serde(default)]
    neuron: NeuronKind,
    /// Mean and deviation of each tensor.
    tensors: Vec<(f32, f32)>,
    z: Vec<f64>,
    dx: Vec<f64>,
    gradients: Vec<Vec<f64>>,
}

#[test]
fn outputs_and_gradients_are_those_of_pytorch() {
    let Oracle { examples, cases } = serde_json::from_str(include_str!("../oracle/manifold.json")).unwrap();
    for case in cases {
        let OracleCase { width, height, hidden, outputs, squared, bumps, edges, sequence, feedback, neuron, .. } = case;
        let small = twin::small(width, height, hidden, outputs);
        let manifold = Manifold { squared, bumps, edges, sequence, feedback, neuron, ..small };
        let tensors = manifold.tensors();
        assert_eq!(tensors.len(), case.tensors.len());
        let theta: Vec<f32> = (1..)
            .zip(tensors.iter().zip(&case.tensors))
            .flat_map(|(seed, (tensor, &(mean, deviation)))| {
                let numbers = lcg(tensor.len(), seed).into_iter();
                numbers.map(move |number| (f64::from(mean) + f64::from(deviation) * f64::from(number)) as f32)
            })
            .collect();
        let x = lcg(examples * manifold.input.len(), 101);
        let (z, mut memo) = forward(&manifold, &theta, &x);
        let r = lcg(z.len(), 102);
        let (mut dtheta, mut dx) = (vec![0.0; theta.len()], vec![0.0; x.len()]);
        let grads = Grads { dx: &mut [Some(&mut dx)], dtheta: Some(&mut dtheta) };
        manifold.backward(&theta, &[&x], &r, grads, &mut memo, &call(examples));
        close(&format!("z of {manifold:?}"), &z, &case.z);
        close(&format!("dx of {manifold:?}"), &dx, &case.dx);
        let mut first = 0;
        for (tensor, expected) in tensors.iter().zip(&case.gradients) {
            close(&format!("d{} of {manifold:?}", tensor.name), &dtheta[first..first + tensor.len()], expected);
            first += tensor.len();
        }
    }
}

/// Compares with the largest number of the list as the scale.
fn close(who: &str, got: &[f32], expected: &[f64]) {
    within(2e-4, who, got, expected);
}

fn within(tolerance: f64, who: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len(), "{who}");
    let largest = expected.iter().fold(1e-3f64, |most, value| most.max(value.abs()));
    for (k, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        assert!(
            (f64::from(got) - expected).abs() <= tolerance * largest,
            "{who}, number {k}: {got} instead of {expected}"
        );
    }
}

#[test]
fn what_inputs_give_over_all_paths_is_what_forward_passes_on() {
    let manifold = twin::small(5, 1, 16, 4);
    let theta = twin::initialised(&manifold, 3);
    let edges = connected(&manifold, &theta, 0.0);
    let (cells, weight) = (manifold.cells(), &theta[manifold.weights()]);
    // From the inputs on: what each gives to the sources, and so to the rows.
    for input in 0..cells.inputs {
        let mut given = vec![0.0; cells.all_sources()];
        given[input] = 1.0;
        for row in 0..cells.rows() {
            let to: f32 =
                edges.row(row).edges().map(|(source, strength)| strength * weight[source] * given[source]).sum();
            if row < cells.hidden {
                given[cells.inputs + row] = to;
            }
            let back = edges.influence_of_inputs(&cells, weight, row)[input];
            assert!((to - back).abs() <= 1e-5 * to.abs().max(1.0), "input {input}, row {row}: {to} and {back}");
        }
    }
}
