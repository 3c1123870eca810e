//! Looking at a structure that follows from parameters, and bending it by hand: pictures, history, curves, single edges.

use neurarium::config::Config;
use neurarium::layer::{CurveNumber, Edges};
use neurarium::network::Neuron;
use neurarium::render::{LevelGraph, Theme};
use neurarium::session::{Command, Journal, Session};

/// A few sums: 5 inputs, 16 hidden neurons, 4 outputs.
fn session(settings: &str) -> Session {
    let few = "model=manifold\nsample=sums\nlimit=600\nbatch-size=25\nepochs=3\n";
    Session::new(Config::parse(&format!("{few}{settings}")).unwrap()).unwrap()
}

fn train(session: &mut Session) {
    while session.finished().is_none() {
        session.train(1e9, &|| 0.0).unwrap();
    }
}

fn edges(session: &Session) -> Edges {
    let (block, manifold) = session.network().structure().unwrap();
    let mut edges = Edges::default();
    manifold.connect(&session.network().theta[session.network().blocks()[block].params.clone()], 0.0, &mut edges);
    edges
}

#[test]
fn the_adjacency_has_a_mark_for_each_edge_and_nothing_where_none_may_be() {
    let mut session = session("");
    let found = session.structure().unwrap();
    let (rows, columns) = (found.hidden + found.outputs, found.inputs + found.hidden);
    let scale = 4;
    for theme in [Theme::Light, Theme::Dark] {
        let size = (scale * columns as u32, scale * rows as u32);
        let picture = session.viewer().adjacency(None, size, theme).unwrap();
        let colours = theme.colours();
        let edges = edges(&session);
        for row in 0..rows {
            for source in 0..columns {
                let pixel = picture.pixel(scale * source as u32 + 2, scale * row as u32 + 2);
                let strength = edges.row(row).edges().find(|(from, _)| *from == source).map(|(_, strength)| strength);
                let legal = source < found.inputs + row.min(found.hidden);
                match strength {
                    _ if !legal => assert_eq!(pixel, colours.background, "{row} {source}"),
                    None => assert_eq!(pixel, colours.neutral, "{row} {source}"),
                    Some(_) => assert_ne!(pixel, colours.neutral, "{row} {source}"),
                }
            }
        }
    }
    // In a picture of fewer pixels than cells, the edges are still there.
    let small = session.viewer().adjacency(None, (5, 5), Theme::Light).unwrap();
    let neutral = Theme::Light.colours().neutral;
    assert!((0..25).any(|at| small.pixel(at % 5, at / 5) != neutral));
}

#[test]
fn a_frame_of_the_history_shows_what_came_and_went() {
    let mut session = session("learning-rate=0.02\nflow-weight=1");
    train(&mut session);
    let figures = session.recorder().structure().figures();
    let frame = (1..figures.len()).max_by_key(|&frame| figures[frame].changed()).unwrap();
    assert!(0 < figures[frame].changed(), "nothing changed in {} frames", figures.len());
    let found = session.structure().unwrap();
    let size = ((found.inputs + found.hidden) as u32, (found.hidden + found.outputs) as u32);
    let picture = session.viewer().adjacency(Some(frame), size, Theme::Light).unwrap();
    let colours = Theme::Light.colours();
    let count = |colour| picture.data().chunks_exact(4).filter(|pixel| pixel[..3] == colour).count();
    assert_eq!(count(colours.positive), figures[frame].born);
    assert_eq!(count(colours.negative), figures[frame].cut);
    assert_eq!(count(colours.muted), figures[frame].edges - figures[frame].born);
    let missing = session.viewer().adjacency(Some(figures.len()), size, Theme::Light).unwrap_err().to_string();
    assert!(missing.contains(&format!("a frame below {}", figures.len())), "{missing}");
}

#[test]
fn each_neuron_of_the_graph_is_hit_where_it_is_drawn() {
    let mut session = session("");
    let edges = edges(&session);
    let (_, manifold) = session.network().structure().unwrap();
    let (cells, input) = (manifold.cells(), manifold.input);
    for size in [(900, 300), (360, 200)] {
        let graph = LevelGraph::new(cells, input, &edges, size, 1.0);
        for neuron in 0..cells.inputs + cells.rows() {
            let (x, y) = graph.place(neuron);
            assert!((0.0..size.0 as f32).contains(&x) && (0.0..size.1 as f32).contains(&y), "{neuron}: {x} {y}");
            assert_eq!(graph.hit(x, y), Some(neuron));
            assert_eq!(session.viewer().level_hit(size, 1.0, (x, y)).unwrap(), Some(neuron));
        }
    }
    // Another picture for another pick, and none of them panics, not even in a picture of one pixel.
    let nothing = session.viewer().level_graph((300, 200), 2.0, None, Theme::Dark).unwrap();
    let picked = session.viewer().level_graph((300, 200), 2.0, Some(cells.inputs), Theme::Dark).unwrap();
    assert_ne!(nothing, picked);
    session.viewer().level_graph((1, 1), 1.0, Some(usize::MAX), Theme::Dark).unwrap();
}

#[test]
fn a_number_of_a_curve_is_set_undone_and_journalled() {
    let mut session = session("manifold-bumps=2");
    let before = session.network().theta.clone();
    let inputs = session.structure().unwrap().inputs;
    let block = session.structure().unwrap().block;
    for (number, value) in [
        (CurveNumber::Height, -0.25),
        (CurveNumber::Power, 2.5),
        (CurveNumber::Shift, 0.75),
        (CurveNumber::Period, 7.0),
        (CurveNumber::Phase, 3.0),
        (CurveNumber::Width, 4.5),
        (CurveNumber::Centre, 6.0),
    ] {
        let neuron = Neuron { block, index: 3 };
        session.edit(&Command::SetCurve { neuron, bump: 1, number, value }, false).unwrap();
        let curve = session.viewer().curve(inputs + 3, 1).unwrap().unwrap();
        let now = curve.numbers.iter().find(|each| each.number == number).unwrap();
        assert!((now.value - value).abs() < 1e-4 * value.abs().max(1.0), "{number:?}: {} is not {value}", now.value);
        assert_ne!(curve.closeness, curve.start);
    }
    let (after, journal) = (session.network().theta.clone(), session.journal());
    (0..7).for_each(|_| drop(session.edit(&Command::Undo, false).unwrap()));
    assert_eq!(session.network().theta, before);
    let mut again = self::session("manifold-bumps=2");
    again.apply_journal(&Journal::parse(&journal).unwrap()).unwrap();
    (0..7).for_each(|_| drop(session.edit(&Command::Redo, false).unwrap()));
    assert_eq!(session.network().theta, after);
    assert_eq!(self::session("manifold-bumps=2").network().theta, before);
    for (index, bump, block) in [(99, 0, block), (3, 2, block), (3, 0, 0), (3, 0, 77)] {
        let command =
            Command::SetCurve { neuron: Neuron { block, index }, bump, number: CurveNumber::Width, value: 1.0 };
        assert!(session.edit(&command, false).is_err(), "{command:?}");
    }
}

#[test]
fn an_edge_with_a_weight_of_its_own_is_cut_and_stays_cut_when_pinned() {
    let mut session = session("manifold-weights=own");
    let edges = edges(&session);
    let inputs = session.structure().unwrap().inputs;
    let (row, source) = (0..16).find_map(|row| Some((row, edges.row(row).edges().next()?.0))).unwrap();
    let cell = session.viewer().cell_between(source, inputs + row).unwrap().unwrap();
    assert_ne!(cell.strength, 0.0);
    let parameter = cell.parameter.unwrap();
    session.edit(&Command::Set { parameters: vec![parameter], values: vec![0.0] }, false).unwrap();
    session.edit(&Command::Pin { neurons: vec![], parameters: vec![parameter], pinned: true }, false).unwrap();
    train(&mut session);
    let cell = session.viewer().cell_between(source, inputs + row).unwrap().unwrap();
    assert_eq!((cell.strength, cell.pinned), (0.0, true));
    assert_eq!(session.viewer().cell_between(inputs + row + 1, inputs + row).unwrap(), None);
}
