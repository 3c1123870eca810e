//! Every kind of layer in several sizes, and its plain twin.

use neurarium::layer::*;
use neurarium::shape::Shape;

const fn shape(width: usize, height: usize, channels: usize) -> Shape {
    Shape::from_whc(width, height, channels)
}

/// Samples with sizes of 1, odd sizes, sides that do not divide, and more channels than a vector has lanes.
pub fn all() -> Vec<Layer> {
    let pool = |input, kind, size, stride| Layer::Pool(Pool::plain(input, kind, size, stride));
    let with_margins = |pool| Layer::Pool(Pool { margins: Margins { left: 1, top: 0, right: 1, bottom: 2 }, ..pool });
    let transpose = |input, output, kernel, stride, padding| {
        Layer::ConvTranspose(ConvTranspose { input, output, kernel, stride, padding })
    };
    let enlarge = |input, factor, outputs, kernel, padding| {
        Layer::UpsampleConv(UpsampleConv { input, factor, outputs, kernel, padding })
    };
    let grouped =
        |input, outputs, groups, across, down| Layer::GroupedConv(GroupedConv { input, outputs, groups, across, down });
    let mix = |input, size, mix_channels| Layer::LocallyConnected(LocallyConnected { input, size, mix_channels });
    let scale = |input, outputs, from, to| Layer::TileDense(TileDense { input, outputs, from, to });
    vec![
        Layer::Dense(Dense { input: shape(1, 1, 1), outputs: 1 }),
        Layer::Dense(Dense { input: shape(3, 2, 3), outputs: 7 }),
        Layer::Dense(Dense { input: shape(1, 1, 17), outputs: 16 }),
        sparse(shape(1, 1, 1), shape(1, 1, 1), 1, SourceChoice::Nearest),
        sparse(shape(5, 4, 2), shape(3, 7, 3), 9, SourceChoice::Nearest),
        sparse(shape(4, 3, 3), shape(4, 3, 1), 36, SourceChoice::Nearest),
        sparse(shape(3, 3, 2), shape(1, 1, 17), 11, SourceChoice::Random),
        Layer::Conv(Conv::new(shape(1, 1, 1), 1, 1, 1, 0)),
        Layer::Conv(Conv::same(shape(5, 4, 2), 3, 3)),
        Layer::Conv(Conv::new(shape(6, 7, 3), 5, 3, 2, 1)),
        Layer::Conv(Conv::new(shape(5, 5, 1), 17, 4, 3, 2)),
        transpose(shape(1, 1, 1), shape(1, 1, 1), 1, 1, 0),
        transpose(shape(3, 2, 3), shape(6, 4, 2), 4, 2, 1),
        transpose(shape(3, 2, 2), shape(6, 4, 5), 3, 2, 1),
        pool(shape(1, 1, 1), PoolKind::Max, 1, 1),
        pool(shape(5, 4, 3), PoolKind::Max, 2, 2),
        pool(shape(7, 5, 2), PoolKind::Max, 3, 2),
        pool(shape(3, 2, 19), PoolKind::Max, 2, 1),
        pool(shape(1, 1, 1), PoolKind::Average, 1, 1),
        pool(shape(5, 4, 3), PoolKind::Average, 2, 2),
        pool(shape(7, 5, 2), PoolKind::Average, 3, 1),
        with_margins(Pool::plain(shape(5, 4, 3), PoolKind::Average, 3, 2)),
        with_margins(Pool::plain(shape(3, 4, 19), PoolKind::Max, 3, 1)),
        Layer::GlobalPool(GlobalPool { input: shape(3, 5, 4), kind: PoolKind::Max }),
        Layer::GlobalPool(GlobalPool { input: shape(3, 5, 4), kind: PoolKind::Average }),
        Layer::Upsample(Upsample { input: shape(1, 1, 1), factor: 1 }),
        Layer::Upsample(Upsample { input: shape(3, 2, 5), factor: 2 }),
        Layer::Upsample(Upsample { input: shape(2, 3, 1), factor: 3 }),
        enlarge(shape(1, 1, 1), 1, 1, 1, 0),
        enlarge(shape(3, 2, 3), 2, 2, 3, 1),
        enlarge(shape(2, 3, 2), 3, 5, 4, 2),
        enlarge(shape(2, 1, 16), 2, 16, 3, 1),
        Layer::Reshape(Reshape { input: shape(3, 2, 2), output: shape(1, 1, 12) }),
        Layer::Add(Add { inputs: vec![shape(2, 3, 5); 3] }),
        Layer::Concat(Concat { inputs: vec![shape(3, 2, 1), shape(3, 2, 4), shape(3, 2, 2)] }),
        Layer::GroupNorm(GroupNorm { input: shape(3, 3, 4), groups: 1 }),
        Layer::GroupNorm(GroupNorm { input: shape(3, 2, 6), groups: 3 }),
        Layer::GroupNorm(GroupNorm { input: shape(4, 3, 3), groups: 3 }),
        Layer::Dropout(Dropout { input: shape(5, 3, 2), rate: 0.4 }),
        mix(shape(1, 1, 1), 1, false),
        mix(shape(1, 1, 3), 5, true),
        mix(shape(5, 4, 3), 3, false),
        mix(shape(5, 4, 3), 3, true),
        mix(shape(2, 6, 5), 5, true),
        scale(shape(1, 1, 1), 1, 1, 1),
        scale(shape(4, 6, 3), 5, 2, 1),
        scale(shape(3, 2, 2), 3, 1, 2),
        scale(shape(6, 3, 2), 1, 3, 2),
        Layer::Pool(Pool::plain(shape(5, 4, 3), PoolKind::Max, 1, 2)),
        grouped(shape(5, 4, 6), 6, 6, Axis::plain(3, 1), Axis::plain(3, 2)),
        grouped(shape(6, 5, 4), 6, 2, Axis { before: 0, after: 1, ..Axis::plain(2, 2) }, Axis::plain(3, 1)),
        grouped(shape(7, 6, 2), 3, 1, Axis { dilation: 2, before: 2, ..Axis::plain(3, 1) }, Axis::plain(1, 3)),
        Layer::Affine(Affine { input: shape(3, 2, 5) }),
        Layer::Product(Product { inputs: vec![shape(2, 3, 5); 2] }),
        Layer::Product(Product { inputs: vec![shape(3, 2, 4), shape(1, 1, 4)] }),
        Layer::Pad(Pad { input: shape(3, 2, 5), left: 1, top: 0, right: 2, bottom: 3, value: 0.0 }),
        Layer::Pad(Pad { input: shape(5, 4, 2), left: -1, top: 2, right: -2, bottom: -1, value: -0.5 }),
        Layer::Resize(Resize { input: shape(3, 2, 4), width: 6, height: 5, corners: Corners::HalfPixel }),
        Layer::Resize(Resize { input: shape(4, 5, 2), width: 3, height: 9, corners: Corners::Align }),
        Layer::Resize(Resize { input: shape(1, 3, 1), width: 2, height: 2, corners: Corners::Asymmetric }),
        Layer::Planes(Planes { picture: shape(3, 2, 4), paints: false }),
        Layer::Planes(Planes { picture: shape(2, 3, 3), paints: true }),
        // Those whose edges follow from curves are in tests/suite/manifold.rs, with parameters that suit them.
        manifold(shape(1, 1, 1), 1, 1, false),
        manifold(shape(5, 4, 1), 9, 2, true),
        manifold(shape(4, 3, 2), 7, 3, false),
        graph(shape(1, 1, 1), 1, 0, 1, 1),
        graph(shape(3, 2, 2), 3, 9, 4, 6),
        graph(shape(2, 1, 1), 2, 7, 3, 100),
        sequence(shape(3, 4, 1), 5, 3, NeuronKind::Plain),
        sequence(shape(2, 3, 2), 4, 0, NeuronKind::Gated),
        sequence(shape(3, 3, 1), 4, 2, NeuronKind::Gated),
    ]
}

fn sparse(input: Shape, output: Shape, reads: usize, choice: SourceChoice) -> Layer {
    Layer::Sparse(SparseSizes { input, output, reads, choice, seed: 3 }.into())
}

fn graph(input: Shape, outputs: usize, free: usize, steps: usize, most_sources: usize) -> Layer {
    let graph = FreeGraph { input, outputs, free, steps, most_sources, wiring: Wiring::default() };
    Layer::FreeGraph(graph.wired_at_random(2).unwrap())
}

/// A manifold that reads the rows of the image.
fn sequence(input: Shape, hidden: usize, feedback: usize, neuron: NeuronKind) -> Layer {
    match manifold(input, hidden, 2, false) {
        Layer::Manifold(layer) => Layer::Manifold(Manifold { sequence: SequenceOf::Rows, feedback, neuron, ..layer }),
        other => other,
    }
}

fn manifold(input: Shape, hidden: usize, outputs: usize, squared: bool) -> Layer {
    let (period, start, edges) = (input.width as f32, ManifoldStart::Few, EdgeWeights::Own);
    let (width_factor, bumps, centre_rate) = (1.0, 1, 1.5);
    Layer::Manifold(Manifold {
        input,
        hidden,
        outputs,
        period,
        start,
        width_factor,
        bumps,
        centre_rate,
        edges,
        squared,
        sequence: SequenceOf::None,
        feedback: 0,
        neuron: NeuronKind::Plain,
        random_share: 0.0,
    })
}

/// The output computed from [`LayerOps::incoming`] alone, in f64; `None` for layers that compute neither a weighted sum
/// nor a largest value.
pub fn plain_forward(layer: &Layer, theta: &[f32], x: &[&[f32]], examples: usize) -> Option<Vec<f64>> {
    let most = match layer {
        Layer::GroupNorm(_) | Layer::Dropout(_) | Layer::Product(_) | Layer::Manifold(_) | Layer::FreeGraph(_) => {
            return None;
        }
        Layer::Pad(pad) if pad.value != 0.0 => return None,
        Layer::Pool(Pool { kind, .. }) | Layer::GlobalPool(GlobalPool { kind, .. }) => *kind == PoolKind::Max,
        _ => false,
    };
    let ops = layer.ops();
    let mut z = Vec::new();
    for example in 0..examples {
        for output in 0..ops.output().len() {
            let mut terms = Vec::new();
            ops.incoming(output, &mut |connection| {
                let len = ops.inputs()[connection.input].len();
                let x = x[connection.input][example * len + connection.source] as f64;
                terms.push(match connection.weight {
                    Weight::Fixed(Some(weight)) => x * weight as f64,
                    Weight::Fixed(None) => x,
                    Weight::Parameter(weight) => x * theta[weight] as f64,
                    Weight::Computed => 0.0,
                });
            });
            z.push(if most {
                terms.iter().copied().fold(f64::NEG_INFINITY, f64::max)
            } else {
                ops.bias(output).map_or(0.0, |bias| theta[bias] as f64) + terms.iter().sum::<f64>()
            });
        }
    }
    Some(z)
}
