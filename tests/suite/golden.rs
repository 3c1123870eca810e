//! Drawn networks against golden pictures (see tests/common/drawn.rs), and one of which every pixel is computed here.

use crate::common::drawn::{compare, drawn, hand_made, plausible_values, presets, slices, three_neurons};
use neurarium::network::Network;
use neurarium::render::{
    Bezier, By, ColourScale, Connections, DrawnValues, Mode, Neuron, Rect, Rgb, Scene, Theme, Viewport, cells, draw,
};

#[test]
fn every_preset_is_drawn_as_blessed_in_every_mode() {
    for (name, network) in presets() {
        let values = plausible_values(&network);
        let connections = Connections::choose(&network, &slices(&values), 100, By::Weight);
        let scene = Scene::with_size(&network, 380.0, 320.0);
        for mode in Mode::ALL {
            let shown = in_mode(&network, &values, mode);
            // One mode after the other in the dark theme, so that both themes are covered without twice as many files.
            let is_dark = matches!(mode, Mode::Weights | Mode::Gradient);
            let theme = if is_dark { Theme::Dark } else { Theme::Light };
            let view = Viewport { mode, theme, ..Viewport::fit(&scene, 240, 202) };
            let cells = slices(&shown);
            let weights = matches!(mode, Mode::Weights | Mode::Change).then_some((&network, &network.theta[..]));
            let values = DrawnValues { weights, ..DrawnValues::new(&cells, &connections) };
            compare(&format!("{name}-{}", mode.name()), &draw(&scene, &values, &view));
        }
    }
}

#[test]
fn near_enough_weights_are_images_with_their_numbers() {
    let (_, network) = presets().remove(0);
    let values = plausible_values(&network);
    let shown = in_mode(&network, &values, Mode::Weights);
    let (cells, none) = (slices(&shown), Connections::default());
    let scene = Scene::with_size(&network, 820.0, 600.0);
    let values = DrawnValues { weights: Some((&network, &network.theta)), ..DrawnValues::new(&cells, &none) };
    for (name, block, factor) in
        [("kernels", 1, 3.0), ("kernels-near", 1, 14.0), ("codes", network.embedding.unwrap(), 6.0)]
    {
        let mut view = Viewport { mode: Mode::Weights, ..Viewport::fit(&scene, 240, 180) };
        let cell = scene.cell(block, 4).unwrap().centre();
        let (x, y) = view.pixel_from_scene(cell.0, cell.1);
        view.zoom_about(&scene, x, y, factor);
        compare(name, &draw(&scene, &values, &view));
    }
}

/// The numbers that a session would compute for a mode, with invented gradients and shares.
fn in_mode(network: &Network, values: &[Vec<f32>], mode: Mode) -> Vec<Vec<f32>> {
    let block = |(block, values): (usize, &Vec<f32>)| {
        let mut out = Vec::new();
        match mode {
            Mode::Weights | Mode::Change if block != 0 => cells::incoming(network, block, &network.theta, &mut out),
            Mode::Bias if block != 0 => cells::bias(network, block, &network.theta, &mut out),
            Mode::Gradient => out.extend(values.iter().map(|value| 1e-3 * (0.5 - value))),
            Mode::Dead if block != 0 => out.extend(values.iter().map(|value| if *value < 0.05 { -1.0 } else { 0.0 })),
            _ => out.extend(values),
        }
        out
    };
    values.iter().enumerate().map(block).collect()
}

#[test]
fn skips_and_merges_are_drawn_as_blessed() {
    let (_, network) = hand_made().remove(1);
    let values = plausible_values(&network);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 300, By::Contribution);
    let scene = Scene::with_size(&network, 480.0, 320.0);
    compare("skips", &drawn(&scene, &cells, &connections, &Viewport::fit(&scene, 480, 320)));
}

#[test]
fn numbers_and_lines_appear_in_large_cells() {
    let (network, values) = three_neurons();
    let scene = Scene::with_size(&network, 400.0, 320.0);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 10, By::Weight);
    let mut view = Viewport::fit(&scene, 320, 240);
    let (x, y) = scene.cell(0, 1).unwrap().centre();
    let (pixel_x, pixel_y) = view.pixel_from_scene(x, y);
    view.zoom_about(&scene, pixel_x, pixel_y, 3.0);
    view.highlight = Some(Neuron { block: 0, index: 1 });
    let neuron = Connections::of_neuron(&network, &cells, Neuron { block: 0, index: 1 }, 9, By::Weight);
    let values = DrawnValues { neuron: Some(&neuron), ..DrawnValues::new(&cells, &connections) };
    compare("three-neurons-near", &draw(&scene, &values, &view));
}

/// Computes every pixel of a picture of three neurons, except for letters, from the geometry and the formulas: lines
/// are sampled 100 times in each pixel, cells are flat, and all else is background.
#[test]
fn three_neurons_have_their_colours_and_lines_pixel_by_pixel() {
    let (network, values) = three_neurons();
    let scene = Scene::with_size(&network, 400.0, 320.0);
    let cells = slices(&values);
    let connections = Connections::choose(&network, &cells, 10, By::Weight);
    let lines: Vec<_> = connections.lines().collect();
    assert_eq!((lines[0].value, lines[0].source.index), (1.0, 0), "the strongest comes first");
    assert_eq!((lines[1].value, lines[1].source.index), (-0.5, 1));
    for theme in [Theme::Light, Theme::Dark] {
        let (scale, colours) = (ColourScale::new(theme), theme.colours());
        let view = Viewport { theme, legend: false, ..Viewport::fit(&scene, 400, 320) };
        let pixmap = drawn(&scene, &cells, &connections, &view);
        // Each block has its own limit: 0.8 for the input, 0.25 for the output.
        let rects: Vec<(Rect, Rgb)> = [(0, 0, 1.0), (0, 1, -0.5), (1, 0, 1.0)]
            .map(|(block, index, value)| {
                (whole(view.pixel_rect(&scene.cell(block, index).unwrap())), scale.colour(value))
            })
            .into();
        let link = scene.links()[0];
        let way = |source: usize| {
            let curve = scene.curve(&link, source, 0).unwrap();
            Bezier(curve.0.map(|(x, y)| view.pixel_from_scene(x, y)))
        };
        // Width 0.8 + 0.9 w and opacity 0.04 + 0.86 w, where w is the strength, reduced for the second of two.
        let room = (scene.width_of(&link) * view.scale / 8.0).clamp(0.1, 1.0);
        let second = 0.5 * (room + (1.0 - room) * 0.25);
        let strokes = [(way(1), colours.negative, second), (way(0), colours.positive, 1.0)];
        let letters = |x: f32, y: f32| {
            scene.panels().iter().any(|panel| {
                let bounds = view.pixel_rect(&panel.place.bounds());
                let beside = bounds.left - 4.0 <= x && x < bounds.left + panel.text_room * view.scale;
                let above = bounds.top - 20.0 <= y && y < bounds.top - 1.0;
                beside && (above || (bounds.bottom() + 1.0 <= y && y < bounds.bottom() + 38.0))
            })
        };
        // The line between the two input cells has about the colour of the background.
        let seam = rects[1].0.top as u32;
        let (mut painted, mut ruled, mut joints) = (0, 0, 0);
        for (x, y) in (0..320).flat_map(|y| (0..400).map(move |x| (x, y))) {
            let (centre_x, centre_y) = (x as f32 + 0.5, y as f32 + 0.5);
            let seen = pixmap.pixel(x, y);
            if letters(centre_x, centre_y) {
                continue;
            }
            if let Some((rect, colour)) = rects.iter().find(|(rect, _)| rect.contains(centre_x, centre_y)) {
                if y == seam && rect.top as u32 == seam && rects[0].0.contains(centre_x, rects[0].0.top + 1.0) {
                    ruled += 1;
                } else {
                    assert_eq!(seen, *colour, "{theme:?}: the cell at {x}, {y}");
                }
                painted += 1;
                continue;
            }
            let mut expected = colours.background.map(f32::from);
            for (curve, colour, weight) in &strokes {
                let cover = cover(curve, 0.8 + 0.9 * weight, x, y) * (0.04 + 0.86 * weight);
                (0..3).for_each(|i| expected[i] += (colour[i] as f32 - expected[i]) * cover);
            }
            let off = (0..3).map(|i| (seen[i] as f32 - expected[i]).abs()).fold(0.0, f32::max);
            // Where a line turns from level to steep, its pieces overlap by half a pixel to avoid a hole.
            joints += usize::from(26.0 <= off);
            assert!(off < 64.0, "{theme:?}: pixel {x}, {y} is {seen:?}, expected {expected:?}");
        }
        assert_eq!(painted, rects.iter().map(|(rect, _)| (rect.width * rect.height) as usize).sum::<usize>());
        assert!(0 < ruled && joints <= 4, "{ruled} pixels of the seam, {joints} of joints");
        compare(if theme == Theme::Dark { "three-neurons-dark" } else { "three-neurons" }, &pixmap);
    }
}

fn whole(rect: Rect) -> Rect {
    let (left, top) = (rect.left.round(), rect.top.round());
    Rect::from_ltwh(left, top, rect.right().round() - left, rect.bottom().round() - top)
}

/// How much of a pixel a line of this width along a curve covers.
fn cover(curve: &Bezier, width: f32, x: u32, y: u32) -> f32 {
    if !curve.bounds().grown(width).contains(x as f32 + 0.5, y as f32 + 0.5) {
        return 0.0;
    }
    let [start, .., end] = curve.0;
    let hits = (0..100).filter(|sample| {
        let (x, y) = (x as f32 + (sample % 10) as f32 / 10.0 + 0.05, y as f32 + (sample / 10) as f32 / 10.0 + 0.05);
        start.0 <= x && x <= end.0 && curve.distance(x, y, 64) <= width / 2.0
    });
    hits.count() as f32 / 100.0
}
