//! The free graph: equal to its plain twin, gradients through its steps, and changes by hand that keep what stays.

use crate::common::manifold::{slope, wide};
use crate::common::{lcg, numbers};
use neurarium::config::Config;
use neurarium::layer::*;
use neurarium::render::{By, Connections, PanelGraph, Scene, Theme, Viewport};
use neurarium::session::{Command, Session};
use neurarium::shape::Shape;

fn graph(outputs: usize, free: usize, steps: usize, most_sources: usize) -> FreeGraph {
    let (input, wiring) = (Shape::from_whc(3, 2, 1), Wiring::default());
    let graph = FreeGraph { input, outputs, free, steps, most_sources, wiring };
    graph.wired_at_random(4).unwrap()
}

fn call(examples: usize) -> Call<'static> {
    Call { examples, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] }
}

fn forward(graph: &FreeGraph, theta: &[f32], x: &[f32]) -> (Vec<f32>, Memo) {
    let examples = x.len() / graph.input.len();
    let (mut z, mut memo) = (vec![f32::NAN; examples * graph.rows()], Memo::default());
    graph.forward(theta, &[x], &mut z, &mut memo, &call(examples));
    (z, memo)
}

#[derive(serde::Deserialize)]
struct Oracle {
    examples: usize,
    cases: Vec<OracleCase>,
}

#[derive(serde::Deserialize)]
struct OracleCase {
    inputs: usize,
    outputs: usize,
    free: usize,
    steps: usize,
    sources: usize,
    rows: Vec<Vec<u32>>,
    z: Vec<f64>,
    dx: Vec<f64>,
    dtheta: Vec<f64>,
}

#[test]
fn values_and_gradients_are_those_of_pytorch() {
    let Oracle { examples, cases } = serde_json::from_str(include_str!("../oracle/graph.json")).unwrap();
    for OracleCase { inputs, outputs, free, steps, sources: most_sources, rows, z, dx, dtheta } in cases {
        let input = Shape::from_whc(inputs, 1, 1);
        let graph = FreeGraph { input, outputs, free, steps, most_sources, wiring: Wiring::new(rows) };
        graph.check().unwrap();
        let (theta, x) = (lcg(graph.param_len(), 1), lcg(examples * inputs, 101));
        let (got, mut memo) = forward(&graph, &theta, &x);
        close("z", &got, &z);
        let r = lcg(z.len(), 102);
        let (mut got_dtheta, mut got_dx) = (vec![0.0; theta.len()], vec![0.0; x.len()]);
        let grads = Grads { dx: &mut [Some(&mut got_dx)], dtheta: Some(&mut got_dtheta) };
        graph.backward(&theta, &[&x], &r, grads, &mut memo, &call(examples));
        close("dx", &got_dx, &dx);
        close("dtheta", &got_dtheta, &dtheta);
    }
}

/// z of one example, from the formulas.
fn plain(graph: &FreeGraph, theta: &[f64], x: &[f64]) -> Vec<f64> {
    let mut v = x.to_vec();
    v.resize(graph.pool(), 0.0);
    let mut s = Vec::new();
    for _ in 0..graph.steps {
        let of_row = |row: usize| -> f64 {
            let terms = graph.wiring.row(row).iter().zip(graph.wiring.range(row));
            let sum: f64 = terms.map(|(&source, weight)| theta[weight] * v[source as usize]).sum();
            theta[graph.wiring.len() + row] + sum
        };
        s = (0..graph.rows()).map(of_row).collect();
        v.truncate(x.len());
        v.extend(s.iter().map(|s| s.tanh()));
    }
    s[graph.outputs..].iter_mut().for_each(|s| *s = s.tanh());
    s
}

#[test]
fn values_and_gradients_are_those_of_the_plain_twin() {
    for graph in [graph(1, 0, 1, 2), graph(3, 9, 4, 5), graph(2, 6, 3, 100), graph(2, 40, 7, 8)] {
        let theta: Vec<f32> = numbers(graph.param_len(), 1);
        for examples in [1, 31, 33, 70] {
            let x = numbers(examples * 6, 2);
            let (z, mut memo) = forward(&graph, &theta, &x);
            let expected: Vec<f64> = x.chunks(6).flat_map(|x| plain(&graph, &wide(&theta), &wide(x))).collect();
            close("z", &z, &expected);
            if 31 < examples {
                continue;
            }
            let r = numbers(z.len(), 3);
            let (mut dtheta, mut dx) = (vec![0.0; theta.len()], vec![0.0; x.len()]);
            let grads = Grads { dx: &mut [Some(&mut dx)], dtheta: Some(&mut dtheta) };
            graph.backward(&theta, &[&x], &r, grads, &mut memo, &call(examples));
            let value = |theta: &[f64], x: &[f64]| -> f64 {
                let z = x.chunks(6).flat_map(|x| plain(&graph, theta, x));
                z.zip(&r).map(|(z, &r)| z * f64::from(r)).sum()
            };
            let (theta, x) = (wide(&theta), wide(&x));
            close("dtheta", &dtheta, &every_slope(&theta, |theta| value(theta, &x)));
            close("dx", &dx, &every_slope(&x, |x| value(&theta, x)));
        }
    }
}

fn every_slope(v: &[f64], value: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    (0..v.len()).map(|index| slope(v, index, &value)).collect()
}

fn close(who: &str, got: &[f32], expected: &[f64]) {
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(1e-3f64, |most, value| most.max(value.abs()));
    for (k, (&got, &expected)) in got.iter().zip(expected).enumerate() {
        assert!((f64::from(got) - expected).abs() <= 2e-4 * largest, "{who} {k}: {got} instead of {expected}");
    }
}

#[test]
fn hostile_wirings_and_sizes_are_errors() {
    let json = |text: &str| serde_json::from_str::<FreeGraph>(text).unwrap();
    let shape = r#""input":{"width":2,"height":1,"channels":1}"#;
    for (sizes, wiring) in [
        (r#""outputs":1,"free":1,"steps":1,"most_sources":3"#, r#"{"starts":[0,1,2],"sources":[0,4]}"#),
        (r#""outputs":1,"free":1,"steps":1,"most_sources":3"#, r#"{"starts":[0,2,1],"sources":[0,1]}"#),
        (r#""outputs":1,"free":1,"steps":1,"most_sources":3"#, r#"{"starts":[0,2,2],"sources":[1,1]}"#),
        (r#""outputs":1,"free":1,"steps":1,"most_sources":3"#, r#"{"starts":[0,2],"sources":[0,1]}"#),
        (r#""outputs":1,"free":1,"steps":1,"most_sources":1"#, r#"{"starts":[0,2,2],"sources":[0,1]}"#),
        (r#""outputs":1,"free":1,"steps":1,"most_sources":1"#, r#"{"starts":[],"sources":[]}"#),
        (r#""outputs":0,"free":1,"steps":1,"most_sources":1"#, r#"{"starts":[0,0],"sources":[]}"#),
        (r#""outputs":1,"free":0,"steps":0,"most_sources":1"#, r#"{"starts":[0,0],"sources":[]}"#),
        (r#""outputs":1,"free":18446744073709551615,"steps":1,"most_sources":1"#, r#"{"starts":[0,0],"sources":[]}"#),
    ] {
        let graph = json(&format!("{{{shape},{sizes},\"wiring\":{wiring}}}"));
        assert!(graph.check().is_err(), "{graph:?}");
    }
}

/// A session with a graph that has learnt for a few steps.
fn session() -> Session {
    let settings = "model=graph\ngraph-free=12\ngraph-sources=6\nlimit=60\nbatch-size=10\nepochs=0\nseed=3\n\
                    width=6\nheight=5\nchannels=1";
    let mut session = Session::new(Config::parse(settings).unwrap()).unwrap();
    train(&mut session, 3);
    session
}

fn train(session: &mut Session, steps: usize) {
    (0..steps).for_each(|_| session.step_once(&|| 0.0).unwrap());
}

fn edit(session: &mut Session, change: GraphChange) {
    session.edit(&Command::Rewire { block: 1, change }, false).unwrap();
}

fn graph_of(session: &Session) -> FreeGraph {
    session.network().blocks()[1].layer.free_graph().unwrap().clone()
}

/// A connection that is there, as neurons of the pool.
fn a_connection(graph: &FreeGraph, row: usize) -> (usize, usize) {
    (graph.wiring.row(row)[1] as usize, graph.input.len() + row)
}

/// One change of each kind.
fn changes(graph: &FreeGraph) -> Vec<GraphChange> {
    let row = graph.outputs + 4;
    let (from, to) = a_connection(graph, row);
    let missing = (0..graph.pool()).find(|&source| graph.wiring.find(row, source).is_none()).unwrap();
    let free = |number: usize| graph.input.len() + graph.outputs + number;
    vec![
        GraphChange::Disconnect { from, to },
        GraphChange::Connect { from: missing, to },
        GraphChange::Redirect { from: missing, to, source: from },
        GraphChange::Remove { neurons: vec![free(1), free(7)] },
        GraphChange::Resize { free: 14, seed: 5 },
        GraphChange::Place { neuron: free(0), at: free(9) },
        GraphChange::Place { neuron: free(11), at: free(3) },
        GraphChange::Prune { least: 0.1 },
        GraphChange::Resize { free: 3, seed: 5 },
    ]
}

#[test]
fn changes_are_undone_and_redone_bit_for_bit_while_it_trains() {
    let mut session = session();
    let state = |session: &Session| {
        let bits: Vec<u32> = session.network().theta.iter().map(|w| w.to_bits()).collect();
        (graph_of(session), bits)
    };
    let mut states = vec![state(&session)];
    let all = changes(&graph_of(&session));
    for change in &all {
        edit(&mut session, change.clone());
        states.push(state(&session));
        assert_ne!(states[states.len() - 2].0, states[states.len() - 1].0, "{change}");
    }
    for expected in states[..all.len()].iter().rev() {
        session.edit(&Command::Undo, false).unwrap();
        assert!(state(&session) == *expected);
    }
    for expected in &states[1..] {
        session.edit(&Command::Redo, false).unwrap();
        assert!(state(&session) == *expected);
    }
    train(&mut session, 2);
}

#[test]
fn a_journal_of_changes_gives_the_same_network_again() {
    let mut first = session();
    for change in changes(&graph_of(&first)) {
        edit(&mut first, change);
        train(&mut first, 1);
    }
    let journal = neurarium::session::Journal::parse(&first.journal()).unwrap();
    let mut second = session();
    second.follow(journal).unwrap();
    train(&mut second, 9);
    assert!(first.network() == second.network());
}

#[test]
fn neurons_that_move_come_or_connect_at_0_change_no_output() {
    let mut session = session();
    let outputs = |session: &Session| {
        let graph = graph_of(session);
        let x = numbers(33 * graph.input.len(), 6);
        let theta = &session.network().theta[session.network().blocks()[1].params.clone()];
        let z = forward(&graph, theta, &x).0;
        z.chunks(graph.rows()).flat_map(|z| z[..graph.outputs].to_vec()).collect::<Vec<f32>>()
    };
    let all = changes(&graph_of(&session));
    edit(&mut session, all[0].clone()); // a place for another connection
    let before = outputs(&session);
    for change in [1, 4, 5].map(|change| all[change].clone()) {
        edit(&mut session, change.clone());
        // A moved neuron is added in another order.
        for (got, expected) in outputs(&session).iter().zip(&before) {
            assert!((got - expected).abs() < 1e-5, "{change}: {got} instead of {expected}");
        }
    }
}

#[test]
fn changes_that_make_no_sense_are_refused() {
    let mut session = session();
    let graph = graph_of(&session);
    let (from, to) = a_connection(&graph, 2);
    let before = session.network().clone();
    for change in [
        GraphChange::Connect { from, to },
        GraphChange::Connect { from: graph.pool(), to },
        GraphChange::Connect { from, to: 0 },
        GraphChange::Disconnect { from: usize::MAX, to },
        GraphChange::Redirect { from, to, source: graph.wiring.row(2)[0] as usize },
        GraphChange::Remove { neurons: vec![graph.input.len()] },
        GraphChange::Place { neuron: graph.pool(), at: graph.pool() - 1 },
        GraphChange::Resize { free: usize::MAX, seed: 0 },
    ] {
        assert!(session.edit(&Command::Rewire { block: 1, change: change.clone() }, false).is_err(), "{change}");
    }
    assert!(session.edit(&Command::Rewire { block: 0, change: GraphChange::Prune { least: 0.1 } }, false).is_err());
    assert!(*session.network() == before);
}

#[test]
fn every_neuron_and_connection_is_drawn_and_hit() {
    let session = session();
    let (graph, start) = (graph_of(&session), session.network().blocks()[1].params.start);
    let panel = PanelGraph::of_free_graph("graph", &graph, start);
    assert_eq!((panel.positions.len(), panel.edges.len()), (graph.pool(), graph.wiring.len()));
    let scene = Scene::of_graph(&panel, 900.0, 500.0);
    let values = vec![0.5; graph.pool()];
    let connections = Connections::of_graph(&panel, &session.network().theta, &values, 10_000, By::Weight);
    assert_eq!(connections.lines().count(), graph.wiring.len());
    let view = Viewport::fit(&scene, 900, 500);
    for neuron in 0..graph.pool() {
        let (x, y) = scene.cell(0, neuron).unwrap().centre();
        assert_eq!(scene.hit(x, y).map(|hit| hit.index), Some(neuron), "neuron {neuron}");
    }
    let link = scene.links()[0];
    let hits = panel.edges.iter().filter(|edge| {
        let at = scene.curve(&link, edge.from, edge.to).unwrap().at(0.5);
        let hit = scene.hit_connection(&connections, &view, at, 2.0);
        hit.is_some_and(|hit| (hit.source.index, hit.target.index) == (edge.from, edge.to))
    });
    // Some lines cross others in their middle.
    assert!(0.8 < hits.count() as f64 / panel.edges.len() as f64);
}

#[test]
fn neurons_are_shown_in_numbers_and_found_where_they_are_painted() {
    let mut session = session();
    train(&mut session, 3);
    let graph = graph_of(&session);
    let summary = session.free_graph().unwrap();
    assert_eq!((summary.inputs, summary.outputs, summary.free), (graph.input.len(), graph.outputs, graph.free));
    assert_eq!(summary.connections, graph.wiring.len());
    let theta = session.network().theta.clone();
    let start = session.network().blocks()[summary.block].params.start;
    for row in [0, graph.outputs, graph.rows() - 1] {
        let neuron = graph.input.len() + row;
        let found = session.viewer().free_neuron(neuron).unwrap().unwrap();
        let mut sources: Vec<u32> = found.sources.iter().map(|source| source.neuron as u32).collect();
        sources.sort_unstable();
        assert_eq!(sources, graph.wiring.row(row), "{}", found.name);
        assert!(found.sources.iter().all(|source| source.weight == theta[source.parameter]));
        assert!(found.sources.is_sorted_by(|a, b| b.weight.abs() <= a.weight.abs()));
        assert_eq!(found.bias.unwrap().value, theta[start + graph.wiring.len() + row]);
        assert_eq!(found.is_free, graph.outputs <= row);
    }
    let input = session.viewer().free_neuron(0).unwrap().unwrap();
    assert!(input.bias.is_none() && input.sources.is_empty());
    assert_eq!(session.viewer().free_neuron(graph.pool()).unwrap(), None);

    let (size, ratio) = ((900, 400), 2.0);
    let blank = session.viewer().free_graph(size, ratio, None, Theme::Dark).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (x, y) in (0..450).flat_map(|x| (0..200).map(move |y| (2 * x, 2 * y))) {
        seen.extend(session.viewer().free_graph_hit(size, ratio, (x as f32, y as f32)).unwrap());
    }
    assert_eq!(seen.len(), graph.pool(), "every neuron is hit somewhere");
    let picked = session.viewer().free_graph(size, ratio, Some(graph.input.len()), Theme::Dark).unwrap();
    assert!(blank.data() != picked.data());
    for count in [0, 1] {
        session.viewer().free_graph((1, 1 + count), f32::NAN, Some(usize::MAX), Theme::Light).unwrap();
    }
}
