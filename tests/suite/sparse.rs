//! The sparse layer: which inputs are read, its passes against plain loops, and its lists in model files.

use crate::common::numbers;
use neurarium::config::Config;
use neurarium::file::safetensors;
use neurarium::layer::{Call, Grads, LayerOps, Memo, SourceChoice, Sparse, SparseSizes};
use neurarium::par;
use neurarium::session::Session;
use neurarium::shape::Shape;
use serde_json::Value;

fn sparse(input: Shape, output: Shape, reads: usize, choice: SourceChoice) -> Sparse {
    SparseSizes { input, output, reads, choice, seed: 1 }.into()
}

fn picture(side: usize) -> Shape {
    Shape::from_whc(side, side, 1)
}

/// The sources of one output.
fn row(layer: &Sparse, output: usize) -> &[u32] {
    let reads = layer.sizes().reads;
    &layer.sources()[output * reads..][..reads]
}

#[test]
fn the_nearest_inputs_are_read_and_no_side_is_preferred() {
    let layer = sparse(picture(36), picture(36), 259, SourceChoice::Nearest);
    let (mut across, mut down, mut inner) = (0.0, 0.0, 0);
    let mut readers = vec![0; 1296];
    for output in 0..1296 {
        let (x, y) = ((output % 36) as f64, (output / 36) as f64);
        let square = |source: usize| ((source % 36) as f64 - x).powi(2) + ((source / 36) as f64 - y).powi(2);
        let sources = row(&layer, output);
        let farthest = sources.iter().map(|&source| square(source as usize)).fold(0.0, f64::max);
        for source in (0..1296).filter(|source| sources.binary_search(&(*source as u32)).is_err()) {
            assert!(farthest <= square(source), "{source} is nearer to {output}");
        }
        sources.iter().for_each(|&source| readers[source as usize] += 1);
        if (10.0..26.0).contains(&x) && (10.0..26.0).contains(&y) {
            inner += 259;
            across += sources.iter().map(|&source| f64::from(source % 36) - x).sum::<f64>();
            down += sources.iter().map(|&source| f64::from(source / 36) - y).sum::<f64>();
        }
    }
    let (across, down) = (across / f64::from(inner), down / f64::from(inner));
    assert!(across.abs() < 0.02 && down.abs() < 0.02, "{across} {down}");
    assert!(readers.iter().all(|&count| 0 < count), "every input is read");
}

#[test]
fn random_inputs_are_read_about_as_often() {
    let layer = sparse(picture(10), Shape::flat(500), 20, SourceChoice::Random);
    let mut readers = vec![0; 100];
    for output in 0..500 {
        let sources = row(&layer, output);
        assert!(sources.windows(2).all(|pair| pair[0] < pair[1]));
        sources.iter().for_each(|&source| readers[source as usize] += 1);
    }
    assert!(readers.iter().all(|count| (60..140).contains(count)), "{readers:?}");
    let all = sparse(picture(3), Shape::flat(2), 9, SourceChoice::Random);
    assert_eq!(row(&all, 1), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    let placeless = sparse(picture(10), Shape::flat(50), 5, SourceChoice::Nearest);
    assert_ne!(row(&placeless, 0), row(&placeless, 1), "outputs without places do not all read the middle");
}

/// z, dx and dtheta of a layer with these numbers.
fn passes(layer: &Sparse, theta: &[f32], x: &[f32], dz: &[f32], tiles: bool) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    let examples = x.len() / layer.inputs()[0].len();
    let call = Call { examples, training: true, seed: 1, first_example: 0, tiles, prepared: &[] };
    let (mut z, mut dx, mut dtheta) = (vec![f32::NAN; dz.len()], vec![1.0; x.len()], vec![2.0; theta.len()]);
    let mut memo = Memo::default();
    layer.forward(theta, &[x], &mut z, &mut memo, &call);
    let grads = Grads { dx: &mut [Some(&mut dx)], dtheta: Some(&mut dtheta) };
    layer.backward(theta, &[x], dz, grads, &mut memo, &call);
    (z, dx, dtheta)
}

#[test]
fn passes_of_many_examples_are_those_of_plain_loops_on_any_number_of_threads() {
    for (input, output, reads, choice) in [
        (Shape::from_whc(9, 7, 2), Shape::from_whc(5, 6, 3), 19, SourceChoice::Nearest),
        (picture(20), picture(20), 90, SourceChoice::Nearest),
        (Shape::flat(1100), Shape::flat(10), 40, SourceChoice::Random),
    ] {
        check_passes(&sparse(input, output, reads, choice));
    }
}

fn check_passes(layer: &Sparse) {
    let SparseSizes { input, output, reads, .. } = layer.sizes();
    for examples in [1, 32, 70] {
        let (x, dz) = (numbers(examples * input.len(), 1), numbers(examples * output.len(), 2));
        let theta = numbers(layer.param_len(), 3);
        let (mut z, mut dx, mut dtheta) = (vec![0.0; dz.len()], vec![1.0; x.len()], vec![2.0f64; theta.len()]);
        for example in 0..examples {
            for o in 0..output.len() {
                let at = example * output.len() + o;
                let bias = output.len() * reads + o;
                z[at] = f64::from(theta[bias]);
                dtheta[bias] += f64::from(dz[at]);
                for (k, &source) in row(layer, o).iter().enumerate() {
                    let (from, weight) = (example * input.len() + source as usize, o * reads + k);
                    z[at] += f64::from(theta[weight] * x[from]);
                    dx[from] += f64::from(theta[weight] * dz[at]);
                    dtheta[weight] += f64::from(x[from] * dz[at]);
                }
            }
        }
        let alone = passes(layer, &theta, &x, &dz, false);
        for (what, fast, plain) in [("z", &alone.0, &z), ("dx", &alone.1, &dx), ("dtheta", &alone.2, &dtheta)] {
            for (index, (&fast, &plain)) in fast.iter().zip(plain).enumerate() {
                assert!((f64::from(fast) - plain).abs() < 1e-4, "{what} {index} of {examples}: {fast} {plain}");
            }
        }
        for threads in [1, 2, 3] {
            let shared = par::with_threads(threads, || passes(layer, &theta, &x, &dz, true));
            assert_eq!(shared, alone, "{threads} threads");
        }
    }
}

const SETTINGS: &str = "model=classifier-mlp\nsample=letters\nlimit=104\nepochs=1\narchitecture=sparse reads=30 leaky-relu; \
    sparse width=9 height=9 reads=50 leaky-relu; sparse-random outputs=classes reads=40";

/// The bytes of a model file and its header.
fn saved() -> (Vec<u8>, Value, usize) {
    let mut session = Session::new(Config::parse(SETTINGS).unwrap()).unwrap();
    session.step_once(&|| 0.0).unwrap();
    let bytes = session.save().unwrap();
    let len = 8 + u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header = serde_json::from_slice(&bytes[8..len]).unwrap();
    (bytes, header, len)
}

#[test]
fn lists_of_sources_are_whole_numbers_in_a_model_file() {
    let (bytes, header, len) = saved();
    let blocks = safetensors::read(&bytes).unwrap().network;
    let layers: Vec<Sparse> = blocks.blocks().iter().filter_map(|block| block.layer.sparse().cloned()).collect();
    assert_eq!(layers.len(), 3);
    let name = format!("{}.sources", blocks.blocks()[1].name);
    let tensor = &header[&name];
    assert_eq!((tensor["dtype"].as_str(), &tensor["shape"]), (Some("U32"), &serde_json::json!([1296, 30])));
    let begin = len + tensor["data_offsets"][0].as_u64().unwrap() as usize;
    let number = |at: usize| u32::from_le_bytes(bytes[begin + 4 * at..][..4].try_into().unwrap());
    assert_eq!([number(0), number(29)], [row(&layers[0], 0)[0], row(&layers[0], 0)[29]]);

    // Other lists count, wherever they come from; lists that are none are refused.
    let with_last = |last: u32| {
        let mut other = bytes.clone();
        other[begin + 4 * 29..][..4].copy_from_slice(&last.to_le_bytes());
        safetensors::read(&other)
    };
    let other = with_last(1295).unwrap().network;
    assert_eq!(row(other.blocks()[1].layer.sparse().unwrap(), 0)[29], 1295);
    assert_ne!(other, blocks);
    for wrong in [0, 1296, u32::MAX] {
        let error = with_last(wrong).unwrap_err().to_string();
        assert!(error.contains("expected 1296 lists of 30 of its 1296 inputs, each once"), "{error}");
    }
}

#[test]
fn a_network_with_sparse_layers_learns_the_same_on_any_number_of_threads() {
    let trained = |threads: usize| {
        par::with_threads(threads, || {
            let mut session = Session::new(Config::parse(SETTINGS).unwrap()).unwrap();
            let first = session.step_once(&|| 0.0).map(|_| session.status().loss).unwrap();
            (0..3).for_each(|_| drop(session.step_once(&|| 0.0)));
            (first, session.network().theta.clone())
        })
    };
    let (first, theta) = trained(1);
    assert!(first.is_some() && theta.iter().all(|value| value.is_finite()));
    assert!(trained(2).1 == theta && trained(3).1 == theta);
}
