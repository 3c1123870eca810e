//! The scene of a graph of free neurons: drawing and hits work as for layers.

use crate::common::drawn::{compare, drawn};
use neurarium::render::{By, ColourScale, Connections, Edge, Neuron, PanelGraph, Scene, Theme, Viewport};
use neurarium::rng::{Purpose, Rng};

#[test]
fn a_graph_has_its_colours_and_lines() {
    let (graph, theta, values) = five();
    let scene = Scene::of_graph(&graph, 300.0, 260.0);
    let connections = Connections::of_graph(&graph, &theta, &values, 100, By::Weight);
    assert_eq!(connections.lines().count(), graph.edges.len());
    let mut view = Viewport::fit(&scene, 300, 260);
    view.legend = false;
    let pixmap = drawn(&scene, &[&values], &connections, &view);
    let scale = ColourScale::new(Theme::Light);
    for (index, value) in values.iter().enumerate() {
        let (x, y) =
            view.pixel_from_scene(scene.cell(0, index).unwrap().centre().0, scene.cell(0, index).unwrap().centre().1);
        assert_eq!(pixmap.pixel(x as u32, y as u32), scale.colour(value / 2.0), "neuron {index}");
    }
    let link = scene.links()[0];
    for edge in &graph.edges {
        let (x, y) = scene.curve(&link, edge.from, edge.to).unwrap().at(0.5);
        let (pixel_x, pixel_y) = view.pixel_from_scene(x, y);
        let [r, _, b] = pixmap.pixel(pixel_x as u32, pixel_y as u32);
        assert_eq!(theta[edge.parameter] < 0.0, b < r, "{edge:?} is {r} {b}");
        let hit = scene.hit_connection(&connections, &view, (x, y), 2.0).unwrap();
        assert_eq!((hit.source.index, hit.target.index), (edge.from, edge.to));
    }
    compare("graph", &pixmap);
}

#[test]
fn the_ways_there_and_back_are_apart_and_a_loop_leaves_its_neuron() {
    let (graph, ..) = five();
    let scene = Scene::of_graph(&graph, 300.0, 260.0);
    let link = scene.links()[0];
    let middle = |from: usize, to: usize| scene.curve(&link, from, to).unwrap().at(0.5);
    let ((ax, ay), (bx, by)) = (middle(0, 1), middle(1, 0));
    assert!(4.0 < (ax - bx).hypot(ay - by));
    let (x, y) = middle(2, 2);
    assert_eq!(scene.hit(x, y), None, "the loop is seen outside");
    assert!(scene.curve(&link, 0, 99).is_none());
}

#[test]
fn hit_at_the_middle_of_a_node_is_that_neuron() {
    let mut rng = Rng::new(5, Purpose::Test, 0);
    for count in [1, 2, 300, 5_000] {
        let positions = (0..count).map(|_| (rng.normal(), 3.0 * rng.normal())).collect();
        let graph = PanelGraph { name: "cloud".into(), positions, edges: Vec::new() };
        let scene = Scene::of_graph(&graph, 800.0, 600.0);
        for index in 0..count {
            let (x, y) = scene.cell(0, index).unwrap().centre();
            assert_eq!(scene.hit(x, y), Some(Neuron { block: 0, index }), "{index} of {count}");
            assert!((0.0..=800.0).contains(&x) && (0.0..=600.0).contains(&y));
        }
        assert_eq!(scene.cell(0, count), None);
    }
}

#[test]
fn a_graph_of_nonsense_is_drawn_without_a_panic() {
    let positions = vec![(f32::NAN, 1.0), (f32::INFINITY, -1e30), (0.0, 0.0), (0.0, 0.0), (1e30, 5.0)];
    let edges = vec![Edge { from: 0, to: 77, parameter: 9 }, Edge { from: 2, to: 3, parameter: 1 << 40 }];
    for graph in [PanelGraph { name: "odd".into(), positions, edges }, PanelGraph::default()] {
        let scene = Scene::of_graph(&graph, 100.0, 80.0);
        let connections = Connections::of_graph(&graph, &[1.0], &[f32::NAN, 2.0], 9, By::Contribution);
        let mut view = Viewport::fit(&scene, 100, 80);
        view.highlight = Some(Neuron { block: 0, index: 3 });
        drawn(&scene, &[&[f32::NAN, 1.0]], &connections, &view);
        scene.hit(50.0, 40.0);
    }
}

/// Five neurons with edges in both directions, a cycle and a loop.
fn five() -> (PanelGraph, Vec<f32>, Vec<f32>) {
    let positions = vec![(0.0, 0.0), (4.0, 0.0), (5.0, 3.0), (2.0, 4.0), (-1.0, 3.0)];
    let ends = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 4), (4, 0), (2, 2)];
    let edges = ends.iter().enumerate().map(|(parameter, &(from, to))| Edge { from, to, parameter }).collect();
    let theta = vec![1.0, -0.9, 0.8, -1.0, 0.7, -0.8, 0.9];
    (PanelGraph { name: "pool".into(), positions, edges }, theta, vec![2.0, -2.0, 1.0, -1.0, 0.0])
}
