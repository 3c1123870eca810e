//! The workloads: four fixed networks that every engine of the comparison trains, each preset by its name, and manifolds.
//!
//! | name | network |
//! |---|---|
//! | mlp | 784 - 256 ReLU - 10, softmax cross-entropy |
//! | cnn | 28x28x1 - conv 3x3x16 same ReLU - max pool 2 - conv 3x3x32 same ReLU - max pool 2 - dense 10, softmax cross-entropy |
//! | dae | 12288 - 512 ReLU - 32 - 512 ReLU - 12288 sigmoid, MSE to the input |
//! | cae | 64x64x3 - three conv 3x3 stride 2 (16, 32, 64) ReLU - dense 64 - dense 4096 ReLU - 8x8x64 - three times (nearest upsample x2, conv 3x3 same to 32, 16, 3; ReLU, ReLU, sigmoid), MSE to the input |
//!
//! All numbers come from one hash, so that other engines start from the same: with
//! h(i, k) = (i 2654435761 + k 40503 mod 2^32) / 2^32, weight i of weight tensor k (1, 2, ... in order of the layers)
//! is (2 h - 1) sqrt(6 / inputs of an output), biases are 0, byte i of the pictures is floor(256 h(i, 1000)), an input
//! is a byte / 255, and label i is i mod 10. Weights lie as `[outputs][inputs]` and `[outputs][ky][kx][inputs]`,
//! pictures as `[n][y][x][channel]`, and a flattened picture keeps that order.

//!
//! `manifold-N` is a manifold at the size of MNIST with random edges in N % of its cells, `manifold-dense` a dense layer of
//! as many weights as it has cells. That is the least that anything dense could cost: it reads all of its inputs at once,
//! while the neurons of a manifold read each other in order. `sparse` is 1296-1296-1296-2916-1322 with 259 inputs for each
//! neuron, for 36 x 36 letters.

use neurarium::activation::Activation;
use neurarium::data::{Dataset, Families, Frame, NumberTargets, Overrides, PictureTargets, Split};
use neurarium::layer::{
    Conv, Dense, EdgeWeights, Edges, Layer, Pool, PoolKind, Reshape, SourceChoice, SparseSizes, UpsampleConv,
};
use neurarium::loss::Loss;
use neurarium::network::preset::{self, ManifoldRequest, Request};
use neurarium::network::{Network, Task};
use neurarium::optim::{Method, Optim};
use neurarium::schedule::Schedule;
use neurarium::shape::Shape;
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

pub struct Workload {
    pub network: Network,
    pub data: Dataset,
    pub objective: Objective,
    pub batch: usize,
}

impl Workload {
    pub fn new(name: &str, batch: usize) -> Option<Self> {
        let (network, task) = match name {
            "mlp" => (mlp(), Task::Classifier),
            "cnn" => (cnn(), Task::Classifier),
            "dae" => (dae(), Task::Autoencoder),
            "cae" => (cae(), Task::Autoencoder),
            "sparse" => (sparse(), Task::Classifier),
            "manifold-dense" => (as_many_weights_as_cells()?, Task::Classifier),
            _ => of_preset(name)?,
        };
        let loss = match task {
            Task::Classifier => Loss::CrossEntropy,
            _ => Loss::Mse,
        };
        let data = pictures(network.input(), batch);
        Some(Self { network, data, objective: Objective { task, loss }, batch })
    }

    /// Adam at rate 1e-3, each batch the whole data set.
    pub fn trainer(&self) -> Trainer {
        let recipe = TrainConfig {
            learning_rate: 1e-3,
            schedule: Schedule::CONSTANT,
            batch_len: self.batch,
            epochs: 0,
            seed: 1,
            shuffle_window: 1 << 28,
            pipeline: InputPipeline::default(),
            structure: StructureConfig::default(),
            inversion_share: 0.0,
            feature_memory: 0,
        };
        let optim = Optim::new(Method::ADAM, self.network.param_len());
        Trainer::new(&self.network, &self.data, self.objective, recipe, optim)
    }

    /// Floating-point operations of one step: two for each weight use in forward, and in each of the two gradients;
    /// nobody wants the gradient of the pictures.
    pub fn operations(&self) -> f64 {
        let blocks = self.network.blocks();
        let uses = |block: usize| -> f64 {
            let layer = &blocks[block].layer;
            let output = self.network.shape(block);
            let each = match layer {
                Layer::Dense(dense) => dense.input.len(),
                Layer::Conv(conv) => conv.window.window_len(),
                // As the definition says; the layer itself needs fewer.
                Layer::UpsampleConv(conv) => conv.kernel * conv.kernel * conv.input.channels,
                Layer::ConvTranspose(conv) => {
                    return (conv.kernel * conv.kernel * conv.input.len() * output.channels) as f64;
                }
                Layer::LocallyConnected(_) | Layer::TileDense(_) => return layer.ops().connections() as f64,
                Layer::Manifold(manifold) => {
                    let mut edges = Edges::default();
                    manifold.connect(&self.network.theta[blocks[block].params.clone()], 0.0, &mut edges);
                    return edges.count() as f64;
                }
                _ => 0,
            };
            (each * output.len()) as f64
        };
        let total: f64 = (0..blocks.len())
            .map(|block| uses(block) * if blocks[block].inputs.contains(&0) { 2.0 } else { 3.0 })
            .sum();
        2.0 * total * self.batch as f64
    }
}

/// (i 2654435761 + k 40503 mod 2^32) / 2^32.
pub fn hash(i: usize, k: usize) -> f64 {
    let mixed = (i as u32).wrapping_mul(2_654_435_761).wrapping_add((k as u32).wrapping_mul(40_503));
    f64::from(mixed) / 4_294_967_296.0
}

fn pictures(shape: Shape, count: usize) -> Dataset {
    Dataset {
        name: "hash".into(),
        shape,
        pixels: (0..count * shape.len()).map(|i| (256.0 * hash(i, 1000)) as u8).collect::<Vec<u8>>().into(),
        frames: vec![Frame::whole(shape); count],
        labels: (0..count as u32).map(|i| i % 10).collect(),
        classes: (0..10).map(|class| class.to_string()).collect(),
        numbers: NumberTargets::default(),
        families: Families::default(),
        pictures: PictureTargets::default(),
        splits: vec![Split::Train; count],
        names: (0..count).map(|i| i.to_string()).collect(),
        has_validation: true,
        has_test: true,
        overrides: Overrides::default(),
    }
}

/// Blocks one after the other, filled from the hash.
struct Chain(Network);

impl Chain {
    fn new(shape: Shape) -> Self {
        Self(Network::new(shape).expect("the shapes of the workloads are right"))
    }

    fn shape(&self) -> Shape {
        self.0.output()
    }

    fn then(mut self, layer: Layer, activation: Activation) -> Self {
        let last = self.0.blocks().len() - 1;
        let name = format!("block{}", last + 1);
        self.0.push(&name, layer, activation, &[last]).expect("the shapes of the workloads are right");
        self
    }

    fn dense(self, outputs: usize, activation: Activation) -> Self {
        let input = self.shape();
        self.then(Layer::Dense(Dense { input, outputs }), activation)
    }

    fn sparse(self, output: Shape, choice: SourceChoice, activation: Activation) -> Self {
        let sizes = SparseSizes { input: self.shape(), output, reads: 259, choice, seed: 1 };
        self.then(Layer::Sparse(sizes.into()), activation)
    }

    fn conv(self, outputs: usize, stride: usize, activation: Activation) -> Self {
        let conv = Conv::new(self.shape(), outputs, 3, stride, 1);
        self.then(Layer::Conv(conv), activation)
    }

    fn pool(self) -> Self {
        let pool = Pool::plain(self.shape(), PoolKind::Max, 2, 2);
        self.then(Layer::Pool(pool), Activation::Linear)
    }

    fn upsample_conv(self, outputs: usize, activation: Activation) -> Self {
        let input = self.shape();
        self.then(Layer::UpsampleConv(UpsampleConv { input, factor: 2, outputs, kernel: 3, padding: 1 }), activation)
    }

    fn reshape(self, output: Shape, activation: Activation) -> Self {
        let input = self.shape();
        self.then(Layer::Reshape(Reshape { input, output }), activation)
    }

    fn filled(self) -> Network {
        let mut network = self.0;
        let mut tensor = 0;
        for block in 0..network.blocks().len() {
            for (what, range) in network.tensors(block) {
                if what.name != "weight" {
                    continue;
                }
                tensor += 1;
                // All but the first dimension, which is the output.
                let inputs: usize = what.dims[1..].iter().product();
                let bound = (6.0 / inputs as f64).sqrt();
                for (i, weight) in network.theta[range].iter_mut().enumerate() {
                    *weight = ((2.0 * hash(i, tensor) - 1.0) * bound) as f32;
                }
            }
        }
        network
    }
}

fn mlp() -> Network {
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    Chain::new(Shape::from_whc(28, 28, 1)).dense(256, relu).dense(10, linear).filled()
}

fn cnn() -> Network {
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    let chain = Chain::new(Shape::from_whc(28, 28, 1)).conv(16, 1, relu).pool().conv(32, 1, relu).pool();
    chain.dense(10, linear).filled()
}

fn dae() -> Network {
    let picture = Shape::from_whc(64, 64, 3);
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    let chain = Chain::new(picture).dense(512, relu).dense(32, linear).dense(512, relu);
    chain.dense(picture.len(), linear).reshape(picture, Activation::Sigmoid).filled()
}

fn cae() -> Network {
    let (relu, linear) = (Activation::Relu, Activation::Linear);
    let chain = Chain::new(Shape::from_whc(64, 64, 3)).conv(16, 2, relu).conv(32, 2, relu).conv(64, 2, relu);
    let chain = chain.dense(64, linear).dense(4096, relu).reshape(Shape::from_whc(8, 8, 64), linear);
    chain.upsample_conv(32, relu).upsample_conv(16, relu).upsample_conv(3, Activation::Sigmoid).filled()
}

/// Murphy's network for letter shapes, with 259 inputs for each neuron; its last layer has no places and is drawn.
fn sparse() -> Network {
    let leaky = Activation::LeakyRelu { slope: 0.01 };
    let chain = Chain::new(Shape::from_whc(36, 36, 1));
    let chain = [36, 36, 54]
        .into_iter()
        .fold(chain, |chain, side| chain.sparse(Shape::from_whc(side, side, 1), SourceChoice::Nearest, leaky));
    chain.sparse(Shape::flat(1322), SourceChoice::Random, Activation::Linear).filled()
}

fn as_many_weights_as_cells() -> Option<Network> {
    let (manifold, _) = of_preset("manifold-3")?;
    let cells = manifold.structure()?.1.cells();
    let outputs = cells.rows();
    Some(Chain::new(Shape::from_whc(cells.count() / outputs, 1, 1)).dense(outputs, Activation::Linear).filled())
}

/// A preset at the size of the data it is mostly used for; `manifold-N` has random edges in N % of its cells.
fn of_preset(name: &str) -> Option<(Network, Task)> {
    let (name, manifold) = match name.strip_prefix("manifold-") {
        Some(percent) => {
            let random_share = percent.parse::<f32>().ok()? / 100.0;
            ("manifold", ManifoldRequest { edges: EdgeWeights::Own, random_share, ..ManifoldRequest::default() })
        }
        None => (name, ManifoldRequest::default()),
    };
    let preset = preset::find(name).ok()?;
    let task = if name == "manifold" { Task::Classifier } else { preset.tasks[0] };
    let (side, channels) = if task == Task::Classifier { (28, 1) } else { (64, 3) };
    let request = Request { classes: 10, embedding: 128, dropout: 0.25, manifold, ..Request::default() };
    let mut network = preset.build(Shape::from_whc(side, side, channels), request).ok()?;
    network.initialise(1);
    Some((network, task))
}
