//! Maps of all examples: the layouts and their quality against scikit-learn (`tests/oracle/maps.py`), and the job that
//! makes them in a session.

use serde::Deserialize;

use crate::common::{lcg, resources, run_job};
use neurarium::config::Config;
use neurarium::data::Split;
use neurarium::inspect::{
    Affinity, GraphBuilder, MapQuality, NeighbourGraph, NeighbourSearch, QualityMeter, ReducedPoints, Reduction, Tsne,
    TsneSettings, Umap,
};
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, LayoutSettings, MapColouring, Project, ProjectionMethod, ProjectionSource, Session};

#[derive(Deserialize)]
struct Case {
    seed: u32,
    n: usize,
    length: usize,
    noise: f32,
    classes: usize,
    trustworthiness: f64,
    continuity: f64,
    kept: f64,
    label_accuracy: f64,
}

fn measured(points: &ReducedPoints, map: &[[f32; 2]], labels: Vec<u32>) -> MapQuality {
    let mut meter = QualityMeter::new(points, map, labels);
    while !meter.advance() {}
    meter.quality()
}

#[test]
fn quality_is_that_of_scikit_learn() {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../oracle/maps.json")).unwrap();
    for Case { seed, n, length, noise, classes, trustworthiness, continuity, kept, label_accuracy } in cases {
        let mut points = lcg(n * length, seed);
        let labels: Vec<u32> = (0..n).map(|point| (point % classes) as u32).collect();
        points.chunks_exact_mut(length).zip(&labels).for_each(|(x, &label)| x[0] += label as f32 * 0.75);
        let shift = lcg(2 * n, seed + 50);
        let pairs = points.chunks_exact(length).zip(shift.chunks_exact(2));
        let map: Vec<[f32; 2]> = pairs.map(|(x, s)| [x[0] + noise * s[0], x[1] + noise * s[1]]).collect();
        let found = measured(&ReducedPoints { len: length, values: points.clone() }, &map, labels);
        for (name, found, expected) in [
            ("trustworthiness", found.trustworthiness, trustworthiness),
            ("continuity", found.continuity, continuity),
            ("neighbours kept", found.neighbours_kept, kept),
            ("label accuracy", found.label_accuracy.unwrap(), label_accuracy),
        ] {
            assert!((found - expected).abs() < 1e-6, "{name} of {n} points: {found} for {expected}");
        }
        assert_eq!(found.looked_at, n);
    }
}

/// Ten groups of points in 20 dimensions, and the number of each point's group.
fn groups(n: usize) -> (ReducedPoints, Vec<u32>) {
    let mut rng = Rng::new(3, Purpose::Test, 0);
    let centres: Vec<f32> = (0..10 * 20).map(|_| 2.0 * rng.normal()).collect();
    let at = |place: usize, rng: &mut Rng| centres[place / 20 % 10 * 20 + place % 20] + rng.normal();
    let values: Vec<f32> = (0..n * 20).map(|place| at(place, &mut rng)).collect();
    let mut reduction = Reduction::new(n, 20, 10);
    while let Some(rows) = reduction.wants() {
        reduction.take(values[rows.start * 20..rows.end * 20].to_vec()).unwrap();
    }
    (reduction.finish(), (0..n).map(|point| (point % 10) as u32).collect())
}

fn graph(points: &ReducedPoints, affinity: Affinity) -> NeighbourGraph {
    let mut search = NeighbourSearch::new(&points.values, points.len, affinity.neighbours());
    while !search.advance() {}
    let mut builder = GraphBuilder::new(search.finish(), affinity);
    while !builder.advance() {}
    builder.finish().1
}

fn tsne(points: &ReducedPoints, perplexity: f32) -> Vec<[f32; 2]> {
    let mut tsne = Tsne::new(graph(points, Affinity::Perplexity(perplexity)), points.plane(), false);
    while !tsne.advance(TsneSettings { exaggeration: 12.0, learning_rate: None }) {}
    tsne.points
}

fn umap(points: &ReducedPoints) -> Vec<[f32; 2]> {
    let mut umap = Umap::new(graph(points, Affinity::Fuzzy(15)), points.plane(), false);
    while !umap.advance(0.1) {}
    umap.points
}

#[test]
fn both_layouts_part_groups_and_give_the_same_bits_on_any_number_of_threads() {
    let (points, labels) = groups(400);
    type Layout = fn(&ReducedPoints) -> Vec<[f32; 2]>;
    for (name, layout) in [("t-SNE", (|points| tsne(points, 20.0)) as Layout), ("UMAP", umap as Layout)] {
        let map = par::with_threads(1, || layout(&points));
        assert!(par::with_threads(3, || layout(&points)) == map, "{name} on three threads");
        let MapQuality { trustworthiness, continuity, label_accuracy, .. } = measured(&points, &map, labels.clone());
        assert!(label_accuracy.unwrap() > 0.99, "{name}: {label_accuracy:?}");
        assert!(trustworthiness > 0.93 && continuity > 0.93, "{name}: {trustworthiness} {continuity}");
    }
    let plane = measured(&points, &points.plane(), labels);
    assert!(plane.label_accuracy.unwrap() < 0.95, "the plane alone is as good: {plane:?}");
}

#[test]
fn a_map_of_few_points_stays_together_and_long_steps_do_no_harm() {
    for n in [4, 8, 20, 60] {
        let (points, _) = groups(n);
        let map = tsne(&points, 5.0);
        assert!(map.iter().flatten().all(|place| place.abs() < 1e4), "{n} points: {map:?}");
    }
    let (points, _) = groups(20);
    let mut thrown = Tsne::new(graph(&points, Affinity::Perplexity(5.0)), points.plane(), false);
    while !thrown.advance(TsneSettings { exaggeration: 100.0, learning_rate: Some(1e6) }) {}
    assert_eq!(thrown.points.len(), 20);
}

fn session(model: &str) -> Session {
    let config = format!("model={model}\nlimit=80\nbatch-size=10\nepochs=0\nseed=3");
    Session::new(Config::parse(&config).unwrap()).unwrap()
}

fn request(source: ProjectionSource, method: ProjectionMethod) -> Project {
    let splits = vec![Split::Train, Split::Validation];
    Project { source, method, splits, settings: LayoutSettings { perplexity: 5.0, ..Default::default() }, stay: false }
}

#[test]
fn every_source_is_mapped_by_every_method_in_slices_and_leaves_the_run_as_it_was() {
    use ProjectionMethod::{Pca, Tour, Tsne, Umap};
    for (model, source, method) in [
        ("classifier-mlp", ProjectionSource::Pixels, Pca),
        ("classifier-mlp", ProjectionSource::Block(1), Tsne),
        ("classifier-mlp", ProjectionSource::Probabilities, Umap),
        ("classifier-mlp", ProjectionSource::Probabilities, Tour),
        ("classifier-mlp", ProjectionSource::Pixels, Tour),
        ("autoencoder-dense", ProjectionSource::Code, Tsne),
        ("columns", ProjectionSource::Pixels, Umap),
    ] {
        let mut session = session(model);
        let theta = session.network().theta.clone();
        let (state, slices) = run_job(&mut session, request(source, method));
        assert!(slices > 1 && state.done == 1000, "{model} {method:?}: {slices} slices");
        assert!(session.network().theta == theta);
        let view = session.map_view(0).unwrap();
        assert!(view.is_done && view.stale == 0, "{view:?}");
        assert_eq!((view.points.len(), view.examples.len()), (80, 80));
        assert!(view.points.iter().flatten().all(|y| y.is_finite()));
        assert_eq!(view.quality.is_some(), method != Tour);
        assert!(session.map_view(view.version).unwrap().points.is_empty(), "known points are not sent again");
        let near = session.map_neighbours(view.examples[3], 10).unwrap();
        assert!(near.len() == 10 && near.iter().all(|one| one.example != view.examples[3]));
        let classes = session.map_colours(MapColouring::Class);
        assert!(
            classes.iter().zip(&view.examples).all(|(&class, &n)| class == session.data().labels[n as usize] as f32)
        );
        let clusters = session.map_colours(MapColouring::Cluster);
        assert!(clusters.len() == 80 && clusters.iter().all(|&one| one.is_nan() || (one >= 0.0 && one.fract() == 0.0)));
        assert!(session.map_colours(MapColouring::Loss).iter().all(|loss| loss.is_nan()), "nothing is measured yet");
    }
}

#[test]
fn settings_act_while_a_map_is_made_and_a_second_map_begins_at_the_first() {
    let mut session = session("classifier-mlp");
    let id = session.begin_job(request(ProjectionSource::Pixels, ProjectionMethod::Tsne), resources()).unwrap();
    let step = |session: &mut Session| session.advance_job(id, 0.0, resources()).unwrap();
    while step(&mut session).found["stage"] != "moving" {}
    (0..300).for_each(|_| drop(step(&mut session)));
    let before = session.map_view(0).unwrap();
    // More neighbours than were found: they are searched again, and the points stay where they were.
    session.set_map_settings(LayoutSettings { perplexity: 15.0, ..Default::default() }).unwrap();
    assert_eq!(step(&mut session).found["stage"], "searching");
    assert_eq!(session.map_view(0).unwrap().points, before.points);
    while step(&mut session).pending {}
    let first = session.map_view(0).unwrap();
    assert!(first.quality.unwrap().looked_at == 80 && first.points != before.points);
    let error = session.set_map_settings(LayoutSettings { min_dist: 2.0, ..Default::default() }).unwrap_err();
    assert_eq!(error.to_string(), "min-dist: expected a number from 0 to 0.99, got 2");

    let again = Project { stay: true, ..request(ProjectionSource::Pixels, ProjectionMethod::Tsne) };
    let id = session.begin_job(again, resources()).unwrap();
    assert_eq!(session.map_view(0).unwrap().points, first.points, "they stay until they move");
    while session.advance_job(id, 0.0, resources()).unwrap().pending {}
    let second = session.map_view(0).unwrap();
    let mean = |points: &[[f32; 2]]| {
        let apart = points.iter().zip(&first.points).map(|(a, b)| (a[0] - b[0]).hypot(a[1] - b[1]));
        apart.sum::<f32>() / points.len() as f32
    };
    let wide = first.frame[1] - first.frame[0];
    assert!(mean(&second.points) < 0.25 * wide, "{} of {wide}", mean(&second.points));
    session.cancel_job(id);
    assert!(session.job::<Project>().is_some(), "a finished job stays");
}

#[test]
fn a_map_is_given_up_with_its_network_and_what_cannot_be_mapped_is_refused_in_a_sentence() {
    let mut session = session("classifier-mlp");
    run_job(&mut session, request(ProjectionSource::Block(1), ProjectionMethod::Pca));
    session.step_once(&|| 0.0).unwrap();
    assert_eq!(session.map_view(0).unwrap().stale, 1);
    session.set("model", "classifier-cnn").unwrap();
    assert!(session.map_view(0).is_none() && session.map_colours(MapColouring::Class).is_empty());
    let refused =
        |session: &mut Session, project: Project| session.begin_job(project, resources()).unwrap_err().to_string();
    let of = |source| request(source, ProjectionMethod::Pca);
    assert_eq!(refused(&mut session, of(ProjectionSource::Code)), "this network has no embedding");
    assert!(refused(&mut session, of(ProjectionSource::Block(99))).starts_with("map: expected a block from 0 to "));
    let none = Project { splits: vec![Split::Test], ..of(ProjectionSource::Pixels) };
    assert_eq!(refused(&mut session, none), "map: expected at least 4 images, got 0");
    assert!(session.map_neighbours(1, 3).is_err() && session.advance_tour(0.1).is_err());
    session.set("model", "columns").unwrap();
    let sentence = "a learner without layers has a map of the pixels alone";
    assert_eq!(refused(&mut session, of(ProjectionSource::Block(0))), sentence);
}

#[test]
fn the_tour_of_class_probabilities_keeps_its_axes_and_its_plane_from_map_to_map() {
    let mut session = session("classifier-mlp");
    let tour = Project { stay: true, ..request(ProjectionSource::Probabilities, ProjectionMethod::Tour) };
    run_job(&mut session, tour.clone());
    assert_eq!(session.map_view(0).unwrap().axes, session.data().classes);
    let still = session.map_view(0).unwrap().points;
    let frame = session.advance_tour(0.7).unwrap();
    assert!(frame.points != still && frame.axes.len() == session.data().classes.len() && 0.0 < frame.reach);
    let dragged = session.set_tour_axis(2, [0.6, 0.1]).unwrap();
    assert!((dragged.axes[2][0] - 0.6).abs() < 1e-5 && (dragged.axes[2][1] - 0.1).abs() < 1e-5);
    session.step_once(&|| 0.0).unwrap();
    run_job(&mut session, tour);
    assert_eq!(session.advance_tour(0.0).unwrap().axes, dragged.axes);
}

#[test]
fn images_chosen_in_a_map_are_scored_now_and_follow_their_labels() {
    let mut session = session("classifier-mlp");
    let found = session.scored(&[5, 2]).unwrap();
    assert_eq!(found.iter().map(|one| one.example).collect::<Vec<_>>(), [5, 2]);
    let class = (found[0].label.unwrap() + 1) % 8;
    session.edit(&Command::Relabel { examples: vec![5], of: 80, class }, false).unwrap();
    let now = session.scored(&[5]).unwrap();
    assert!(now[0].label == Some(class) && now[0].loss != found[0].loss);
    assert!(session.scored(&[80]).is_err());
}
