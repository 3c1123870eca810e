//! The drawn network: places, hits and the choice of lines.

use crate::common::drawn::{dense_chain, drawn, hand_made, plausible_values, presets, slices, three_neurons};
use neurarium::activation::Activation;
use neurarium::layer::{Conv, Layer};
use neurarium::network::{Held, Network, Pins};
use neurarium::render::{
    By, CellPlace, ColourScale, Connections, DrawnValues, Mark, MarkKind, Mode, Neuron, Painter, Pixmap, Rect, Scene,
    Theme, Viewport, cells, draw, marks,
};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

#[test]
fn hit_at_the_middle_of_a_cell_is_its_neuron_for_every_neuron_of_every_preset() {
    for (name, network) in presets().into_iter().chain(hand_made()) {
        for size in [(820.0, 600.0), (390.0, 400.0)] {
            let scene = Scene::with_size(&network, size.0, size.1);
            for block in 0..network.blocks().len() {
                for index in 0..network.shape(block).len() {
                    let neuron = Neuron { block, index };
                    let (x, y) = scene.cell(block, index).unwrap().centre();
                    assert_eq!(scene.hit(x, y), Some(scene.shown(neuron)), "{name}: {neuron:?}");
                }
                assert_eq!(scene.cell(block, network.shape(block).len()), None, "{name}: beyond block {block}");
            }
        }
    }
}

#[test]
fn panels_lie_inside_the_scene_and_apart() {
    for (name, network) in presets().into_iter().chain(hand_made()) {
        for size in [(820.0, 600.0), (1400.0, 900.0), (390.0, 400.0)] {
            let scene = Scene::with_size(&network, size.0, size.1);
            let (width, height) = scene.size();
            assert!(width <= size.0 * 1.001 && height <= size.1 * 1.001, "{name}: {width} x {height} in {size:?}");
            let whole =
                |rect: &Rect| 0.0 <= rect.left && 0.0 <= rect.top && rect.right() <= width && rect.bottom() <= height;
            let bounds: Vec<Rect> =
                scene.panels().iter().map(|panel| panel.frame.unwrap_or(panel.place.bounds())).collect();
            for (at, rect) in bounds.iter().enumerate() {
                assert!(whole(rect), "{name}: panel {at} at {rect:?} in {width} x {height}");
                for other in &bounds[..at] {
                    // Text is above and below.
                    assert!(!rect.grown(6.0).overlaps(other), "{name}: {rect:?} over {other:?}");
                }
            }
        }
    }
}

#[test]
fn blocks_that_only_pass_on_share_a_panel() {
    let (_, network) = hand_made().remove(1);
    let scene = Scene::new(&network);
    let names = |panel: usize| -> Vec<&str> {
        scene.panels()[panel].blocks.iter().map(|&block| network.blocks()[block].name.as_str()).collect()
    };
    assert_eq!(names(1), ["conv1", "norm1"], "a norm joins the convolution it normalises");
    let dense = network.block_named("dense").unwrap();
    assert_eq!(names(scene.panel_of(dense).unwrap()), ["dense", "dropout"]);
    let norm = network.block_named("norm1").unwrap();
    let conv = network.block_named("conv1").unwrap();
    let at = |block| Neuron { block, index: 5 };
    assert_eq!(scene.shown(at(conv)), at(norm), "the cells show the normalised values");
    assert_eq!(scene.wired(at(norm)), at(conv), "the weights are those of the convolution");
    assert_eq!(scene.shown(at(network.block_named("dropout").unwrap())), at(dense));
}

#[test]
fn the_same_frame_has_the_same_bytes() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let cells = slices(&values);
    let scene = Scene::new(&network);
    let choose = || Connections::choose(&network, &cells, 500, By::Contribution);
    assert_eq!(choose(), choose());
    let view = Viewport::fit(&scene, 500, 360);
    let (mut painter, chosen) = (Painter::default(), choose());
    let values = DrawnValues::new(&cells, &chosen);
    let first = painter.draw(&scene, &values, &view).clone();
    painter.draw(&scene, &values, &Viewport::fit(&scene, 80, 60));
    assert!(painter.draw(&scene, &values, &view) == &first);
}

#[test]
fn any_view_of_any_values_is_drawn_without_a_panic() {
    let mut rng = Rng::new(1, Purpose::Test, 0);
    for (_, network) in hand_made() {
        let mut values = plausible_values(&network);
        values[0][0] = f32::NAN;
        values[1][0] = f32::INFINITY;
        values.pop();
        let cells = slices(&values);
        let connections = Connections::choose(&network, &cells, 50, By::Contribution);
        let scene = Scene::new(&network);
        for (width, height) in [(0, 0), (1, 1), (37, 300), (300, 40)] {
            for _ in 0..20 {
                let mut view = Viewport::fit(&scene, width, height);
                view.ratio = [1.0, 1.5, 2.0][rng.below(3)];
                view.mode = Mode::ALL[rng.below(6)];
                view.highlight = Some(Neuron { block: rng.below(4), index: rng.below(900) });
                view.zoom_about(&scene, rng.range(0.0, 300.0), rng.range(0.0, 300.0), rng.range(-3.0, 6.0).exp());
                view.pan(&scene, rng.range(-900.0, 900.0), rng.range(-900.0, 900.0));
                drawn(&scene, &cells, &connections, &view);
            }
        }
    }
}

#[test]
fn far_away_a_map_has_the_mean_of_its_values() {
    let mut network = Network::new(Shape::from_whc(64, 64, 2)).unwrap();
    let conv = Conv::new(network.input(), 1, 1, 1, 0);
    network.push("out", Layer::Conv(conv), Activation::Linear, &[0]).unwrap();
    // A chessboard of 1 and 0, with limit 1 and mean 1/2.
    let board: Vec<f32> = (0..64 * 64 * 2).map(|i| ((i / 2 % 64 + i / 128) % 2) as f32).collect();
    let cells: [&[f32]; 2] = [&board, &[]];
    let scene = Scene::new(&network);
    let mut view = Viewport::fit(&scene, 820, 600);
    view.connections = 0;
    view.scale = 8.0 / (64.0 * scene.cell(0, 0).unwrap().width);
    view.clamp(&scene);
    let pixmap = drawn(&scene, &cells, &Connections::default(), &view);
    let (x, y) = view.pixel_from_scene(scene.cell(0, 0).unwrap().left, scene.cell(0, 0).unwrap().top);
    let half = ColourScale::new(Theme::Light).colour(0.5);
    for (dx, dy) in [(2, 2), (5, 3), (3, 6)] {
        let near = pixmap.pixel(x.round() as u32 + dx, y.round() as u32 + dy);
        let off = near.iter().zip(half).map(|(a, b)| a.abs_diff(b)).max();
        assert!(off <= Some(2), "{near:?}, expected {half:?}");
    }
}

#[test]
fn every_layer_gets_its_share_of_the_lines_and_they_follow_the_weights() {
    let mut network = dense_chain(&[196, 90, 30, 10]);
    let mut connections = Connections::choose(&network, &[], 300, By::Weight);
    let wired: Vec<usize> =
        (1..network.blocks().len()).filter(|&block| !network.blocks()[block].params.is_empty()).collect();
    for &block in &wired {
        let count = connections.lines().filter(|line| line.target.block == block).count();
        assert_eq!(count, 300 / wired.len(), "lines into block {block}");
    }
    let last = *wired.last().unwrap();
    // All connections of the last layer are compared, so its strongest line is the strongest there is.
    let weights = network.blocks()[last].params.clone();
    let biases = network.shape(last).len();
    let largest = network.theta[weights.start..weights.end - biases].iter().fold(0.0f32, |most, w| most.max(w.abs()));
    let strongest = *connections.lines().find(|line| line.target.block == last).unwrap();
    assert_eq!(strongest.value.abs(), largest);
    assert_eq!(connections.strength(&strongest), 1.0);
    network.theta[strongest.parameter] = -7.5;
    connections.refresh(&network, &[]);
    assert_eq!(connections.lines().find(|line| line.target.block == last).unwrap().value, -7.5);
}

#[test]
fn a_line_is_hit_near_its_middle_and_not_through_a_panel() {
    let (network, values) = three_neurons();
    let scene = Scene::new(&network);
    let connections = Connections::choose(&network, &slices(&values), 10, By::Weight);
    let mut view = Viewport::fit(&scene, 820, 600);
    let link = scene.links()[0];
    for line in connections.lines() {
        let (x, y) = scene.curve(&link, line.source.index, line.target.index).unwrap().at(0.2);
        assert_eq!(scene.hit_connection(&connections, &view, (x, y + 0.5), 3.0), Some(line));
    }
    let (x, y) = scene.cell(0, 0).unwrap().centre();
    assert_eq!(scene.hit_connection(&connections, &view, (x, y), 1e3), None);
    view.connections = 0;
    assert_eq!(scene.hit_connection(&connections, &view, (x + 60.0, y), 1e3), None);
}

#[test]
fn more_lines_are_drawn_where_there_is_more_room() {
    let network = dense_chain(&[196, 90, 10]);
    let connections = Connections::choose(&network, &[], 5000, By::Weight);
    let scene = Scene::new(&network);
    let count = |view: &Viewport| connections.drawn(&scene, view).map(|(_, lines)| lines.len()).sum::<usize>();
    let mut view = Viewport::fit(&scene, 820, 600);
    let fitted = count(&view);
    view.zoom_about(&scene, 400.0, 300.0, 2.0);
    assert!(50 < fitted && fitted < count(&view), "{fitted}, then {}", count(&view));
    view.connections = 20;
    assert_eq!(count(&view), 20);
}

#[test]
fn a_view_keeps_the_point_it_zooms_about_and_the_scene_in_sight() {
    let (_, network) = presets().remove(0);
    let scene = Scene::new(&network);
    let mut view = Viewport::fit(&scene, 800, 500);
    let (width, height) = scene.size();
    let (left, top) = view.pixel_from_scene(0.0, 0.0);
    let (right, bottom) = view.pixel_from_scene(width, height);
    assert!((left + right - 800.0).abs() < 0.01 && (top + bottom - 500.0).abs() < 0.01, "the scene is in the middle");
    view.zoom_about(&scene, 300.0, 200.0, 4.0);
    let before = view.scene_from_pixel(333.0, 222.0);
    view.zoom_about(&scene, 333.0, 222.0, 1.5);
    let after = view.scene_from_pixel(333.0, 222.0);
    assert!((before.0 - after.0).hypot(before.1 - after.1) < 0.01);
    view.pan(&scene, 1e6, -1e6);
    let (left, _) = view.pixel_from_scene(0.0, 0.0);
    let (_, bottom) = view.pixel_from_scene(width, height);
    assert!(left <= 400.01 && 249.99 <= bottom, "the scene's edge stops at the middle");
}

#[test]
fn cells_tell_weights_and_biases() {
    let (mut network, _) = three_neurons();
    network.theta = vec![3.0, -4.0, 0.7];
    let mut out = Vec::new();
    cells::incoming(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [-1.0], "the sum of 3 and -4");
    cells::bias(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [0.7]);
    cells::bias(&network, 0, &network.theta, &mut out);
    assert_eq!(out, [0.0, 0.0]);

    let mut network = Network::new(Shape::from_whc(3, 3, 1)).unwrap();
    network.push("conv", Layer::Conv(Conv::new(network.input(), 2, 3, 1, 1)), Activation::Linear, &[0]).unwrap();
    network.theta[..9].fill(1.0);
    network.theta[9..18].fill(-2.0);
    cells::incoming(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [1.0, -2.0].repeat(9), "the kernels, tap by tap");
    network.theta[18..].copy_from_slice(&[0.25, -0.5]);
    cells::bias(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [0.25, -0.5].repeat(9), "a bias for each map, where its kernel is shown");
}

#[test]
fn a_cut_leaves_the_strong_lines_and_no_lines_are_no_mistake() {
    let network = dense_chain(&[196, 90, 10]);
    let connections = Connections::choose(&network, &[], 2000, By::Weight);
    let scene = Scene::new(&network);
    let mut view = Viewport::fit(&scene, 820, 600);
    let lines =
        |view: &Viewport| connections.drawn(&scene, view).flat_map(|(_, lines)| lines.to_vec()).collect::<Vec<_>>();
    let all = lines(&view).len();
    view.cut = 0.97;
    let strong = lines(&view);
    assert!(!strong.is_empty() && strong.len() < all, "{} of {all}", strong.len());
    assert!(strong.iter().all(|line| 0.97 <= connections.strength(line)));
    assert!(Connections::choose(&network, &[], 0, By::Weight).is_empty());
}

#[test]
fn by_contribution_a_neuron_without_a_value_has_no_strong_lines() {
    let network = dense_chain(&[20, 10, 5]);
    let mut values = plausible_values(&network);
    values[0][..10].fill(0.0);
    let connections = Connections::choose(&network, &slices(&values), 40, By::Contribution);
    let from_input: Vec<_> = connections.lines().filter(|line| line.source.block == 0).collect();
    assert_eq!(from_input.len(), 20);
    for line in from_input {
        assert!(10 <= line.source.index, "{line:?}");
        assert_eq!(line.value, network.theta[line.parameter] * values[0][line.source.index]);
    }
}

#[test]
fn lines_wait_until_a_change_can_be_seen() {
    let mut network = dense_chain(&[20, 10]);
    let mut connections = Connections::choose(&network, &[], 50, By::Weight);
    let before = connections.clone();
    network.theta.iter_mut().for_each(|w| *w *= 1.002);
    connections.refresh(&network, &[]);
    assert_eq!(connections, before, "a change of two in a thousand");
    network.theta.iter_mut().for_each(|w| *w *= 1.05);
    connections.refresh(&network, &[]);
    assert!(connections.lines().all(|line| line.value == network.theta[line.parameter]));
}

#[test]
fn a_neuron_has_its_own_connections_both_ways() {
    for (name, network) in presets() {
        let values = plausible_values(&network);
        let scene = Scene::new(&network);
        let middle = network.blocks().len() / 2;
        let neuron = scene.shown(Neuron { block: middle, index: network.shape(middle).len() / 2 });
        let connections = Connections::of_neuron(&network, &slices(&values), neuron, 5, By::Weight);
        let (panel, mut ways) = (scene.panel_of(neuron.block), [0, 0]);
        for line in connections.lines() {
            let arrives = scene.panel_of(line.target.block) == panel && line.target.index == neuron.index;
            assert!(arrives || line.source.index == neuron.index, "{name}: {line:?} of {neuron:?}");
            ways[usize::from(arrives)] += 1;
            assert_eq!(line.value, network.theta[line.parameter]);
        }
        // A pool's connections have no weights.
        let leave = scene.links().iter().any(|link| Some(link.from) == panel && link.weighted);
        let arrive = scene.links().iter().any(|link| Some(link.to) == panel && link.weighted);
        assert_eq!([0 < ways[0], 0 < ways[1]], [leave, arrive], "{name}");
        assert!(ways.iter().all(|&way| way <= 5), "{name}: {ways:?}");
        let drawn: usize = connections.along(&scene).map(|(_, lines)| lines.len()).sum();
        assert_eq!(drawn, ways[0] + ways[1], "{name}: all have a way to be drawn along");
        let far = Neuron { block: 99, index: 0 };
        assert!(Connections::of_neuron(&network, &[], far, 5, By::Weight).is_empty());
    }
}

#[test]
fn a_picture_of_the_lines_is_kept_and_never_a_wrong_one() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let (cells, scene) = (slices(&values), Scene::new(&network));
    let few = Connections::choose(&network, &cells, 30, By::Weight);
    let many = Connections::choose(&network, &cells, 900, By::Contribution);
    let base = Viewport::fit(&scene, 400, 300);
    let highlight = Some(Neuron { block: 1, index: 3 });
    let views = [
        base.clone(),
        Viewport { theme: Theme::Dark, ..base.clone() },
        Viewport { mode: Mode::Gradient, ..base.clone() },
        Viewport { highlight, ..base.clone() },
        Viewport { scale: base.scale * 2.0, ..base.clone() },
        Viewport { cut: 0.5, ..base.clone() },
        Viewport { width: 200, ..base.clone() },
    ];
    let mut painter = Painter::default();
    for view in views.iter().flat_map(|view| [view, &base]) {
        for connections in [&few, &many] {
            let kept = painter.draw(&scene, &DrawnValues::new(&cells, connections), view);
            assert!(kept == &drawn(&scene, &cells, connections, view), "{view:?}");
        }
    }
}

#[test]
fn names_stay_in_sight_over_a_panel_whose_own_place_for_them_is_not() {
    let (_, network) = presets().remove(0);
    let scene = Scene::new(&network);
    let cells: Vec<&[f32]> = vec![&[]; network.blocks().len()];
    let mut view = Viewport::fit(&scene, 600, 400);
    (view.connections, view.legend) = (0, false);
    // Inside a large panel that fills the picture: only neutral cells and text.
    let panel = scene.panels().iter().find(|panel| panel.name == "encode1").unwrap();
    let (x, y) = panel.place.bounds().centre();
    view.scale = 13.0;
    (view.left, view.top) = (x - 23.0, y - 15.4);
    let pixmap = drawn(&scene, &cells, &Connections::default(), &view);
    let dark = |from: u32, to: u32| {
        (from..to).flat_map(|y| (0..600).map(move |x| (x, y))).filter(|&(x, y)| pixmap.pixel(x, y)[1] < 160).count()
    };
    assert!(40 < dark(0, 24), "the name at the upper edge");
    assert!(40 < dark(360, 400), "shape and parameters at the lower edge");
    assert_eq!(dark(30, 340), 0, "nothing over the cells between");
}

#[test]
fn marks_lie_on_what_they_mark() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let (cells, scene) = (slices(&values), Scene::new(&network));
    let mut view = Viewport::fit(&scene, 820, 600);
    view.connections = 0;
    let none = Connections::default();
    let plain = drawn(&scene, &cells, &none, &view);
    let neuron = Neuron { block: network.embedding.unwrap(), index: 20 };
    let place = &scene.panels()[scene.panel_of(1).unwrap()].place;
    let cell = scene.cell(neuron.block, neuron.index).unwrap();
    let cases: Vec<(&str, Vec<Mark>, Vec<Neuron>, Rect)> = vec![
        ("held", vec![Mark { block: neuron.block, at: Held::Neuron(20), kind: MarkKind::Held }], vec![], cell),
        (
            "held map",
            vec![Mark { block: 1, at: Held::Channel(2), kind: MarkKind::Held }],
            vec![],
            place.map(2).unwrap(),
        ),
        ("pinned", vec![Mark { block: neuron.block, at: Held::Neuron(20), kind: MarkKind::Pinned }], vec![], cell),
        ("chosen", vec![], vec![neuron], cell),
    ];
    for (name, marks, selected, rect) in cases {
        let view = Viewport { selected, ..view.clone() };
        let marked = draw(&scene, &DrawnValues { marks: &marks, ..DrawnValues::new(&cells, &none) }, &view);
        let around = view.pixel_rect(&rect).grown(8.0);
        let mut inside = 0;
        for (x, y) in (0..600).flat_map(|y| (0..820).map(move |x| (x, y))) {
            if marked.pixel(x, y) != plain.pixel(x, y) {
                assert!(around.contains(x as f32, y as f32), "{name}: pixel {x}, {y} is not in {around:?}");
                inside += 1;
            }
        }
        assert!(8 < inside, "{name}: {inside} pixels");
    }
}

#[test]
fn the_frames_of_chosen_neighbours_do_not_cut_each_other() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let (cells, scene) = (slices(&values), Scene::new(&network));
    let view = Viewport::fit(&scene, 820, 600);
    let block = network.embedding.unwrap();
    let chosen = |indices: &[usize]| {
        let selected = indices.iter().map(|&index| Neuron { block, index }).collect();
        drawn(&scene, &cells, &Connections::default(), &Viewport { selected, ..view.clone() })
    };
    let text = view.theme.colours().text;
    let is_line = |picture: &Pixmap, x, y| picture.pixel(x, y)[..3] == text;
    let (left, right, both) = (chosen(&[20]), chosen(&[21]), chosen(&[20, 21]));
    let mut lines = 0;
    for (x, y) in (0..600).flat_map(|y| (0..820).map(move |x| (x, y))) {
        if is_line(&left, x, y) || is_line(&right, x, y) {
            assert!(is_line(&both, x, y), "the frame is cut at {x}, {y}");
            lines += 1;
        }
    }
    assert!(100 < lines, "{lines} pixels");
}

#[test]
fn a_crowd_of_chosen_neurons_wears_one_veil_and_one_line_around() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let (cells, scene) = (slices(&values), Scene::new(&network));
    let mut view = Viewport::fit(&scene, 820, 600);
    (view.connections, view.legend) = (0, false);
    let none = Connections::default();
    let plain = drawn(&scene, &cells, &none, &view);
    // The first map of the first convolution, whose cells are far too small for frames of their own.
    let (shape, block) = (network.shape(1), 1);
    view.selected = (0..shape.area()).map(|pixel| Neuron { block, index: pixel * shape.channels }).collect();
    let marked = drawn(&scene, &cells, &none, &view);
    let CellPlace::Grid(grid) = &scene.panels()[scene.panel_of(block).unwrap()].place else { panic!("a grid") };
    let map = view.pixel_rect(&CellPlace::Grid(grid.clone()).map(0).unwrap());
    let text = view.theme.colours().text;
    let (mut lines, mut veiled) = (0, 0);
    for (x, y) in (0..600).flat_map(|y| (0..820).map(move |x| (x, y))) {
        let (before, after) = (plain.pixel(x, y), marked.pixel(x, y));
        let (px, py) = (x as f32 + 0.5, y as f32 + 0.5);
        if map.grown(-1.0).contains(px, py) {
            // The tint leaves most of the colour below; a line would have the colour of text.
            let veil = |channel: usize| before[channel] as f32 * 0.78 + text[channel] as f32 * 0.22;
            assert!((0..3).all(|c| (after[c] as f32 - veil(c)).abs() < 3.0), "{x}, {y}: {before:?} to {after:?}");
            veiled += 1;
        } else if before != after {
            assert!(map.grown(2.5).contains(px, py), "{x}, {y} is far from {map:?}");
            lines += usize::from(after == text);
        }
    }
    let around = 2.0 * (map.width + map.height);
    assert!(
        200 < veiled && around * 0.9 < lines as f32 && (lines as f32) < around * 1.3,
        "{veiled}, {lines}, {around}"
    );
}

#[test]
fn pinned_and_held_neurons_of_a_network_are_marked() {
    let (_, mut network) = presets().remove(0);
    assert!(marks::of(&network).is_empty());
    let embedding = network.embedding.unwrap();
    network.hold(embedding, Held::Neuron(3), Some(0.0)).unwrap();
    let bias = |network: &Network, block: usize, index: usize| {
        let block = &network.blocks()[block];
        block.params.start + block.layer.ops().bias(index).unwrap()
    };
    let mut pins = Pins::default();
    pins.set(&[bias(&network, embedding, 5), bias(&network, 1, 2)], true);
    network.set_pins(pins).unwrap();
    let mark = |block, at, kind| Mark { block, at, kind };
    let expected = [
        mark(embedding, Held::Neuron(3), MarkKind::Held),
        mark(1, Held::Channel(2), MarkKind::Pinned),
        mark(embedding, Held::Neuron(5), MarkKind::Pinned),
    ];
    assert_eq!(marks::of(&network), expected);
}

#[test]
fn neurons_without_a_gradient_are_counted_by_the_end_they_lie_at() {
    let mut counts = [cells::Flat::default(); 4];
    for (slopes, values) in
        [([0.0, 0.0, 1.0, 0.005], [0.0, 1.0, 0.3, 0.99]), ([0.0, 1.0, 1.0, 0.001], [0.0, 0.6, 0.0, 0.0])]
    {
        cells::Flat::count(&slopes, &values, &mut counts);
    }
    assert_eq!(counts.map(|count| count.share(2)), [-1.0, 0.5, 0.0, 1.0]);
}
