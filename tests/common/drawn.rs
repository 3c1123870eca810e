//! Networks to draw, numbers for them, and golden pictures.
//!
//! Golden pictures are in tests/golden. A failing test writes its picture and the difference to tests/output. With
//! NEURARIUM_BLESS=1 set, the new pictures become the golden ones.

#![allow(dead_code)] // each test file uses its part

use std::path::Path;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use neurarium::activation::Activation;
use neurarium::layer::{Add, Concat, Conv, Dense, Dropout, GroupNorm, Layer, LayerOps, Pool, PoolKind, Reshape};
use neurarium::network::Network;
use neurarium::network::preset::{PRESETS, Request};
use neurarium::render::{Connections, DrawnValues, Pixmap, Scene, Viewport, draw};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

/// Two inputs, one output: weights 1 and -0.5.
pub fn three_neurons() -> (Network, Vec<Vec<f32>>) {
    let mut network = Network::new(Shape::flat(2)).unwrap();
    let dense = Dense { input: Shape::flat(2), outputs: 1 };
    network.push("output", Layer::Dense(dense), Activation::Linear, &[0]).unwrap();
    network.theta = vec![1.0, -0.5, 0.0];
    (network, vec![vec![0.8, -0.4], vec![0.25]])
}

pub fn presets() -> Vec<(&'static str, Network)> {
    let request = Request { classes: 10, embedding: 32, dropout: 0.2, ..Request::default() };
    let shape =
        |name: &str| if name.starts_with("class") { Shape::from_whc(28, 28, 1) } else { Shape::from_whc(32, 32, 3) };
    let build = |preset: &'static neurarium::network::preset::Preset| {
        let (shape, target) = (shape(preset.name), Some(shape(preset.name)));
        let mut network = preset.build(shape, Request { target, ..request }).unwrap();
        network.initialise(1);
        (preset.name, network)
    };
    // Networks for letters have no layers but those of others.
    PRESETS.iter().filter(|preset| !preset.name.starts_with("letters")).map(build).collect()
}

pub fn dense_chain(sizes: &[usize]) -> Network {
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

/// Networks with features that presets lack: short last rows, a single cell, many rows of panels, skips, merges and
/// norms.
pub fn hand_made() -> Vec<(&'static str, Network)> {
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
    let pool = Pool::plain(wide, PoolKind::Max, 2, 2);
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
pub fn plausible_values(network: &Network) -> Vec<Vec<f32>> {
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
                    // A parabola instead of a sine, so that every machine gets the same bits.
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

pub fn slices(values: &[Vec<f32>]) -> Vec<&[f32]> {
    values.iter().map(Vec::as_slice).collect()
}

pub fn drawn(scene: &Scene, cells: &[&[f32]], connections: &Connections, view: &Viewport) -> Pixmap {
    draw(scene, &DrawnValues::new(cells, connections), view)
}

/// Tolerance for a colour channel, because libraries round differently on other machines.
const TOLERANCE: u8 = 3;

pub fn compare(name: &str, pixmap: &Pixmap) {
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
