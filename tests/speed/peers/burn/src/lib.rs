//! A training of burn on one of the workloads of `../../workloads.json`, for `../burn.js`.
//!
//! Pictures lie in NCHW order, as burn wants them; weights and inputs come from `../../data.js` in that order.

use burn::module::{Module, Param};
use burn::nn::loss::{CrossEntropyLoss, CrossEntropyLossConfig, MseLoss, Reduction};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{relu, sigmoid};
use burn::tensor::module::{conv2d, interpolate, linear, max_pool2d};
use burn::tensor::ops::{ConvOptions, InterpolateMode, InterpolateOptions, MaxPoolOptions};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;
use wasm_bindgen::prelude::wasm_bindgen;
#[cfg(feature = "threads")]
pub use wasm_bindgen_rayon::init_thread_pool;

#[derive(Deserialize)]
struct Workload {
    input: [usize; 3],
    loss: String,
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Layer {
    Dense { from: usize, to: usize, act: Option<String> },
    Conv { from: usize, to: usize, stride: usize, act: Option<String> },
    Pool,
    Upsample,
    Shape { to: [usize; 3] },
}

/// Weights and biases in the order of the layers.
#[derive(Module, Debug)]
struct Parameters {
    dense: Vec<(Param<Tensor<2>>, Param<Tensor<1>>)>,
    conv: Vec<(Param<Tensor<4>>, Param<Tensor<1>>)>,
}

enum Value {
    Vectors(Tensor<2>),
    Pictures(Tensor<4>),
}

#[wasm_bindgen]
pub struct Training {
    workload: Workload,
    batch: usize,
    rate: f64,
    input: Tensor<4>,
    cross_entropy: CrossEntropyLoss,
    labels: Option<Tensor<1, Int>>, // none where the input is what is wanted
    parameters: Option<Parameters>,
    adam: ModuleOptimizer,
    loss: Option<Tensor<1>>,
}

#[wasm_bindgen]
impl Training {
    /// `weights`: those of all layers one after another, as `data.js` gives them.
    #[wasm_bindgen(constructor)]
    pub fn new(workload: &str, batch: usize, rate: f64, input: &[f32], labels: &[i32], weights: &[f32]) -> Training {
        console_error_panic_hook::set_once();
        let workload: Workload = serde_json::from_str(workload).expect("a workload of workloads.json");
        let device = Device::flex().autodiff();
        let [height, width, channels] = workload.input;
        let shape = [batch, channels, height, width];
        let input = Tensor::<4>::from_data(TensorData::new(input.to_vec(), shape), &Device::flex());
        let cross_entropy = CrossEntropyLossConfig::new().init(&device);
        let labels = (workload.loss == "cross_entropy")
            .then(|| Tensor::from_data(TensorData::new(labels.to_vec(), [batch]), &device));
        let mut parameters = Parameters { dense: Vec::new(), conv: Vec::new() };
        let mut rest = weights;
        for layer in &workload.layers {
            match *layer {
                Layer::Dense { from, to, .. } => {
                    // burn keeps them as in x out
                    let data = TensorData::new(take(&mut rest, to * from), [to, from]);
                    let weight = Tensor::<2>::from_data(data, &Device::flex()).transpose().into_data();
                    parameters.dense.push((Param::from_data(weight, &device), bias(to, &device)));
                }
                Layer::Conv { from, to, .. } => {
                    let data = TensorData::new(take(&mut rest, to * from * 9), [to, from, 3, 3]);
                    parameters.conv.push((Param::from_data(data, &device), bias(to, &device)));
                }
                _ => {}
            }
        }
        let adam = AdamConfig::new().with_epsilon(1e-8).init();
        Training { workload, batch, rate, input, cross_entropy, labels, parameters: Some(parameters), adam, loss: None }
    }

    pub fn step(&mut self) {
        let parameters = self.parameters.take().expect("a step ends with parameters");
        let output = self.forward(&parameters);
        let loss = match (&self.labels, output) {
            (Some(labels), Value::Vectors(output)) => self.cross_entropy.forward(output, labels.clone()),
            (None, Value::Pictures(output)) => {
                MseLoss::new().forward(output, self.input.clone().autodiff(), Reduction::Mean)
            }
            (None, Value::Vectors(output)) => {
                let input = self.input.clone().flatten::<2>(1, 3).autodiff();
                MseLoss::new().forward(output, input, Reduction::Mean)
            }
            (Some(_), Value::Pictures(_)) => panic!("a classifier ends with a dense layer"),
        };
        let gradients = GradientsParams::from_grads(loss.backward(), &parameters);
        self.parameters = Some(self.adam.step(self.rate, parameters, gradients));
        self.loss = Some(loss);
    }

    /// The loss of the last step.
    pub fn loss(&self) -> f32 {
        let loss = self.loss.clone().expect("a step was made");
        loss.into_scalar()
    }
}

impl Training {
    fn forward(&self, parameters: &Parameters) -> Value {
        let (mut dense, mut conv) = (parameters.dense.iter(), parameters.conv.iter());
        let input = self.input.clone().autodiff();
        let mut value = match self.workload.input {
            [1, 1, _] => Value::Vectors(input.flatten(1, 3)),
            _ => Value::Pictures(input),
        };
        for layer in &self.workload.layers {
            value = match (layer, value) {
                (Layer::Dense { act, .. }, value) => {
                    let x = match value {
                        Value::Vectors(x) => x,
                        Value::Pictures(x) => x.flatten(1, 3),
                    };
                    let (weight, bias) = dense.next().expect("every dense layer has weights");
                    Value::Vectors(activated(linear(x, weight.val(), Some(bias.val())), act))
                }
                (Layer::Conv { stride, act, .. }, Value::Pictures(x)) => {
                    let (weight, bias) = conv.next().expect("every convolution has weights");
                    let options = ConvOptions::new([*stride; 2], [1, 1], [1, 1], 1);
                    Value::Pictures(activated(conv2d(x, weight.val(), Some(bias.val()), options), act))
                }
                (Layer::Pool, Value::Pictures(x)) => {
                    Value::Pictures(max_pool2d(x, MaxPoolOptions::new([2, 2]).with_stride([2, 2])))
                }
                (Layer::Upsample, Value::Pictures(x)) => {
                    let options = InterpolateOptions::new(InterpolateMode::Nearest).with_scale_factor([2.0, 2.0]);
                    Value::Pictures(interpolate(x, options))
                }
                (Layer::Shape { to: [height, width, channels] }, Value::Vectors(x)) => {
                    Value::Pictures(x.reshape([self.batch, *channels, *height, *width]))
                }
                _ => panic!("a layer does not fit the one before it"),
            };
        }
        value
    }
}

fn activated<const D: usize>(x: Tensor<D>, act: &Option<String>) -> Tensor<D> {
    match act.as_deref() {
        Some("relu") => relu(x),
        Some("sigmoid") => sigmoid(x),
        _ => x,
    }
}

fn bias(size: usize, device: &Device) -> Param<Tensor<1>> {
    Param::from_data(TensorData::zeros::<f32, _>([size]), device)
}

fn take(rest: &mut &[f32], count: usize) -> Vec<f32> {
    let (taken, left) = rest.split_at(count);
    *rest = left;
    taken.to_vec()
}
