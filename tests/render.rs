//! The drawn network: what is hit is what was drawn, and every picture is as it was blessed.
//!
//! Golden pictures lie in tests/golden. A failing test writes what it drew and the difference to tests/output. With
//! NEURARIUM_BLESS=1 set, the pictures drawn now become the golden ones.

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use neurarium::activation::Activation;
use neurarium::layer::{Add, Concat, Conv, Dense, Dropout, GroupNorm, Layer, Map, Pool, PoolKind, Reshape};
use neurarium::network::Network;
use neurarium::network::preset::{PRESETS, Request};
use neurarium::render::{
    By, Connections, Mode, Neuron, Painter, Pixmap, Rect, Scale, Scene, Theme, Values, View, cells,
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
                scene.panels().iter().map(|panel| panel.frame.unwrap_or(panel.grid.bounds())).collect();
            for (at, rect) in bounds.iter().enumerate() {
                assert!(whole(rect), "{name}: panel {at} at {rect:?} in {width} x {height}");
                for other in &bounds[..at] {
                    // Text stands above and below.
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
fn three_neurons_have_their_colours_and_lines() {
    let (network, values) = three_neurons();
    let scene = Scene::with_size(&network, 400.0, 320.0);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 10, By::Weight);
    let scale = Scale::new(Theme::Light);
    let colours = Theme::Light.colours();
    let mut view = View::fit(&scene, 400, 320);
    view.legend = false;
    let pixmap = drawn(&scene, &cells, &connections, &view);
    let at = |(x, y): (f32, f32)| {
        let (x, y) = view.pixel_from_scene(x, y);
        pixmap.pixel(x as u32, y as u32)
    };
    // Each block is drawn to its own limit: 0.8 in the input, 0.25 in the output.
    assert_eq!(at(scene.cell(0, 0).unwrap().centre()), scale.colour(1.0));
    assert_eq!(at(scene.cell(0, 1).unwrap().centre()), scale.colour(-0.5));
    assert_eq!(at(scene.cell(1, 0).unwrap().centre()), scale.colour(1.0));

    let lines: Vec<_> = connections.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((lines[0].value, lines[0].source.index), (1.0, 0), "the strongest comes first");
    assert_eq!((lines[1].value, lines[1].source.index), (-0.5, 1));
    let link = scene.links()[0];
    // At the middle of the way both lines are near; a tenth in they are still apart.
    let [r, _, b] = at(scene.curve(&link, 0, 0).unwrap().at(0.1));
    assert!(r < b, "the positive line is blue, not {r} {b}");
    let [r, _, b] = at(scene.curve(&link, 1, 0).unwrap().at(0.1));
    assert!(b < r, "the negative line is orange, not {r} {b}");
    let beside = (scene.curve(&link, 1, 0).unwrap().at(0.1).0, scene.cell(0, 1).unwrap().bottom() + 4.0);
    assert_eq!(at(beside), colours.background);
    compare("three-neurons", &pixmap);
}

#[test]
fn every_preset_is_drawn_as_blessed() {
    for (name, network) in presets() {
        let values = plausible_values(&network);
        let cells = slices(&values);
        let connections = Connections::choose(&network, &cells, 600, By::Weight);
        let scene = Scene::with_size(&network, 400.0, 320.0);
        // One of them in the dark is enough to see that theme.
        for theme in [Theme::Light, Theme::Dark].into_iter().take(if name == "autoencoder" { 2 } else { 1 }) {
            let mut view = View::fit(&scene, 400, 320);
            view.theme = theme;
            let suffix = if theme == Theme::Dark { "-dark" } else { "" };
            compare(&format!("{name}{suffix}"), &drawn(&scene, &cells, &connections, &view));
        }
    }
}

#[test]
fn skips_and_merges_are_drawn_as_blessed() {
    let (_, network) = hand_made().remove(1);
    let values = plausible_values(&network);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 300, By::Contribution);
    let scene = Scene::with_size(&network, 480.0, 320.0);
    compare("skips", &drawn(&scene, &cells, &connections, &View::fit(&scene, 480, 320)));
}

#[test]
fn numbers_and_lines_appear_in_large_cells() {
    let (network, values) = three_neurons();
    let scene = Scene::with_size(&network, 400.0, 320.0);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 10, By::Weight);
    let mut view = View::fit(&scene, 320, 240);
    let (x, y) = scene.cell(0, 1).unwrap().centre();
    let (pixel_x, pixel_y) = view.pixel_from_scene(x, y);
    view.zoom_about(&scene, pixel_x, pixel_y, 3.0);
    view.highlight = Some(Neuron { block: 0, index: 1 });
    compare("three-neurons-near", &drawn(&scene, &cells, &connections, &view));
}

#[test]
fn the_same_frame_has_the_same_bytes() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let cells = slices(&values);
    let scene = Scene::new(&network);
    let choose = || Connections::choose(&network, &cells, 500, By::Contribution);
    assert_eq!(choose(), choose());
    let view = View::fit(&scene, 500, 360);
    let mut painter = Painter::default();
    let values = Values { cells: &cells, connections: &choose() };
    let (mut first, mut second) = (Pixmap::new(1, 1), Pixmap::new(500, 360));
    painter.draw(&scene, &values, &view, &mut first);
    painter.draw(&scene, &values, &View::fit(&scene, 80, 60), &mut second);
    painter.draw(&scene, &values, &view, &mut second);
    assert_eq!(first, second);
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
                let mut view = View::fit(&scene, width, height);
                view.ratio = [1.0, 1.5, 2.0][rng.below(3)];
                view.mode = Mode::ALL[rng.below(5)];
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
    // A chessboard of 1 and 0: its limit is 1, its mean a half.
    let board: Vec<f32> = (0..64 * 64 * 2).map(|i| ((i / 2 % 64 + i / 128) % 2) as f32).collect();
    let cells: [&[f32]; 2] = [&board, &[]];
    let scene = Scene::new(&network);
    let mut view = View::fit(&scene, 820, 600);
    view.connections = 0;
    view.scale = 8.0 / (scene.panels()[0].grid.width as f32 * scene.panels()[0].grid.cell_width);
    view.clamp(&scene);
    let pixmap = drawn(&scene, &cells, &Connections::default(), &view);
    let (x, y) = view.pixel_from_scene(scene.cell(0, 0).unwrap().left, scene.cell(0, 0).unwrap().top);
    let half = Scale::new(Theme::Light).colour(0.5);
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
    // The last layer is small enough to be looked at whole: its strongest is the strongest there is.
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
    let mut view = View::fit(&scene, 820, 600);
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
    let count = |view: &View| connections.drawn(&scene, view).map(|(_, lines)| lines.len()).sum::<usize>();
    let mut view = View::fit(&scene, 820, 600);
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
    let mut view = View::fit(&scene, 800, 500);
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
    assert_eq!(out, [-5.0], "the length of (3, -4), with the sign of their sum");
    cells::bias(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [0.7]);
    cells::bias(&network, 0, &network.theta, &mut out);
    assert_eq!(out, [0.0, 0.0]);

    let mut network = Network::new(Shape::from_whc(3, 3, 1)).unwrap();
    network.push("conv", Layer::Conv(Conv::new(network.input(), 2, 3, 1, 1)), Activation::Linear, &[0]).unwrap();
    network.theta[..9].fill(1.0);
    network.theta[9..18].fill(-2.0);
    cells::incoming(&network, 1, &network.theta, &mut out);
    assert_eq!(out, [3.0, -6.0].repeat(9), "the same everywhere, also where taps fall outside");
}

/// Two inputs, one output: weights 1 and -0.5.
fn three_neurons() -> (Network, Vec<Vec<f32>>) {
    let mut network = Network::new(Shape::flat(2)).unwrap();
    let dense = Dense { input: Shape::flat(2), outputs: 1 };
    network.push("output", Layer::Dense(dense), Activation::Linear, &[0]).unwrap();
    network.theta = vec![1.0, -0.5, 0.0];
    (network, vec![vec![0.8, -0.4], vec![0.25]])
}

fn presets() -> Vec<(&'static str, Network)> {
    let request = Request { classes: 10, embedding: 32, dropout: 0.2 };
    let shape =
        |name: &str| if name.starts_with("class") { Shape::from_whc(28, 28, 1) } else { Shape::from_whc(32, 32, 3) };
    let build = |preset: &'static neurarium::network::preset::Preset| {
        let mut network = preset.build(shape(preset.name), request).unwrap();
        network.initialise(1);
        (preset.name, network)
    };
    PRESETS.iter().map(build).collect()
}

fn dense_chain(sizes: &[usize]) -> Network {
    let mut network = Network::new(Shape::flat(sizes[0])).unwrap();
    for (number, &outputs) in sizes[1..].iter().enumerate() {
        let input = network.shape(number);
        network
            .push(&format!("dense{number}"), Layer::Dense(Dense { input, outputs }), Activation::Tanh, &[number])
            .unwrap();
    }
    network.initialise(1);
    network
}

/// Networks with what presets lack: short last rows, one cell, many rows of panels, skips, merges and norms.
fn hand_made() -> Vec<(&'static str, Network)> {
    let deep = dense_chain(&[70, 13, 1, 37, 101, 2, 12, 997, 3, 64, 5, 7, 11, 23, 29, 31, 400]);
    let mut skips = Network::new(Shape::from_whc(16, 16, 3)).unwrap();
    let mut push =
        |name: &str, layer: Layer, inputs: &[usize]| skips.push(name, layer, Activation::Relu, inputs).unwrap();
    let wide = Shape::from_whc(16, 16, 8);
    let conv1 = push("conv1", Layer::Conv(Conv::new(Shape::from_whc(16, 16, 3), 8, 3, 1, 1)), &[0]);
    let norm1 = push("norm1", Layer::GroupNorm(GroupNorm { input: wide, groups: 2 }), &[conv1]);
    let conv2 = push("conv2", Layer::Conv(Conv::new(wide, 8, 3, 1, 1)), &[norm1]);
    let conv3 = push("conv3", Layer::Conv(Conv::new(wide, 8, 3, 1, 1)), &[conv2]);
    let add = push("add", Layer::Add(Add { inputs: vec![wide, wide] }), &[norm1, conv3]);
    let pool = Pool { input: wide, kind: PoolKind::Max, size: 2, stride: 2 };
    let small = pool.output();
    let pool = push("pool", Layer::Pool(pool), &[add]);
    let conv4 = push("conv4", Layer::Conv(Conv::new(small, 4, 3, 1, 1)), &[pool]);
    let concat = Concat { inputs: vec![small, Shape { channels: 4, ..small }] };
    let joined = concat.output();
    let concat = push("concat", Layer::Concat(concat), &[pool, conv4]);
    let flat = push("flatten", Layer::Reshape(Reshape { input: joined, output: Shape::flat(joined.len()) }), &[concat]);
    let dense = push("dense", Layer::Dense(Dense { input: Shape::flat(joined.len()), outputs: 50 }), &[flat]);
    let dropout = push("dropout", Layer::Dropout(Dropout { input: Shape::flat(50), rate: 0.5 }), &[dense]);
    push("classes", Layer::Dense(Dense { input: Shape::flat(50), outputs: 7 }), &[dropout]);
    skips.initialise(1);
    vec![("deep", deep), ("skips", skips), ("three", three_neurons().0)]
}

/// Numbers like those of a trained network: smooth waves in each map, pictures at both ends.
fn plausible_values(network: &Network) -> Vec<Vec<f32>> {
    let wave = |block: usize| -> Vec<f32> {
        let shape = network.shape(block);
        let picture = !shape.is_flat() && (shape.channels == 1 || shape.channels == 3);
        let mut values = vec![0.0; shape.len()];
        for channel in 0..shape.channels {
            let mut rng = Rng::new(7, Purpose::Test, (block * 1000 + channel) as u64);
            let (across, down, phase) = (rng.range(-9.0, 9.0), rng.range(-9.0, 9.0), rng.range(0.0, 6.0));
            for place in 0..shape.area() {
                let (x, y) = ((place % shape.width) as f32, (place / shape.width) as f32);
                let (u, v) = ((x + 0.5) / shape.width as f32 - 0.5, (y + 0.5) / shape.height as f32 - 0.5);
                values[place * shape.channels + channel] = if shape.is_flat() {
                    rng.normal()
                } else if picture {
                    let inside = u.hypot(v) < 0.36;
                    if inside { [0.95, 0.7, 0.2][channel] - 0.3 * v } else { 0.96 }
                } else {
                    // A parabola in place of a sine, so that every machine has the same bits.
                    let turn = (across * u + down * v + phase).rem_euclid(2.0) - 1.0;
                    1.0 - 2.0 * turn * turn
                };
            }
        }
        if network.blocks()[block].activation == Activation::Relu {
            values.iter_mut().for_each(|value| *value = value.max(0.0));
        }
        values
    };
    (0..network.blocks().len()).map(wave).collect()
}

fn slices(values: &[Vec<f32>]) -> Vec<&[f32]> {
    values.iter().map(Vec::as_slice).collect()
}

fn drawn(scene: &Scene, cells: &[&[f32]], connections: &Connections, view: &View) -> Pixmap {
    let mut pixmap = Pixmap::default();
    Painter::default().draw(scene, &Values { cells, connections }, view, &mut pixmap);
    pixmap
}

/// The largest difference of a colour channel that is let pass: libraries of other machines round otherwise.
const TOLERANCE: u8 = 3;

fn compare(name: &str, pixmap: &Pixmap) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let golden = root.join(format!("golden/{name}.png"));
    let (width, height) = (pixmap.width(), pixmap.height());
    let drawn: Vec<u8> = pixmap.data().chunks(4).flat_map(|pixel| pixel[..3].to_vec()).collect();
    let drawn = image::RgbImage::from_raw(width, height, drawn).unwrap();
    if std::env::var_os("NEURARIUM_BLESS").is_some() {
        std::fs::create_dir_all(root.join("golden")).unwrap();
        let file = std::io::BufWriter::new(std::fs::File::create(&golden).unwrap());
        let png = PngEncoder::new_with_quality(file, CompressionType::Best, FilterType::Adaptive);
        drawn.write_with_encoder(png).unwrap();
        return;
    }
    let expected = image::open(&golden).unwrap_or_else(|error| panic!("{}: {error}", golden.display())).to_rgb8();
    let mut difference = image::RgbImage::new(width, height);
    let mut off = 0;
    if expected.dimensions() == (width, height) {
        for ((a, b), seen) in expected.pixels().zip(drawn.pixels()).zip(difference.pixels_mut()) {
            let far = a.0.iter().zip(b.0).map(|(a, b)| a.abs_diff(b)).max().unwrap_or(0);
            off += usize::from(TOLERANCE < far);
            seen.0 = [far.saturating_mul(8); 3];
        }
    } else {
        off = expected.pixels().len();
    }
    if 0 < off {
        let output = root.join("output");
        std::fs::create_dir_all(&output).unwrap();
        drawn.save(output.join(format!("{name}.png"))).unwrap();
        difference.save(output.join(format!("{name}-difference.png"))).unwrap();
        panic!("{name}: {off} pixels are not as in tests/golden; see tests/output, bless with NEURARIUM_BLESS=1");
    }
}
