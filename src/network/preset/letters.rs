//! Networks that turn letters into those of the other case.
//!
//! Input: a distance field `[height, width]`. Output: a field of the same size, then the logit of each letter of the
//! alphabet, `[height * width + 26]`.

use super::chain::Chain;
use super::request::Request;
use crate::activation::Activation;
use crate::error::Result;
use crate::layer::{Layer, SourceChoice, Sparse, SparseSizes};
use crate::network::task::ALPHABET;
use crate::network::whole::Network;
use crate::shape::Shape;

/// 512 - 512 - output.
pub fn dense(input: Shape, _request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    chain.dense("hidden1", 512, Activation::Silu)?;
    chain.dense("hidden2", 512, Activation::Silu)?;
    chain.dense("output", input.len() + ALPHABET, Activation::Linear)?;
    Ok(chain.network)
}

/// Two layers of twice the 254 values of three contours, and one of twice the 280 outputs: 508 - 508 - 560 - 280.
pub fn contours(input: Shape, _request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    let output = input.len() + ALPHABET;
    for (name, outputs) in [("hidden1", 2 * input.len()), ("hidden2", 2 * input.len()), ("hidden3", 2 * output)] {
        chain.dense(name, outputs, LEAK)?;
    }
    chain.dense("output", output, Activation::Linear)?;
    Ok(chain.network)
}

/// Inputs that each neuron reads; a fifth of 36 x 36.
const READS: usize = 259;
/// The slope below 0.
const LEAK: Activation = Activation::LeakyRelu { slope: 0.01 };

/// Sparse layers of the size of the input, once more, and 1.5 times it in both directions; then the output. Each neuron
/// reads the 259 neurons of the layer before that are nearest to its place: (1296 - 1296 - 1296 - 2916 - 1322) for 36 x 36.
/// The indicators, which have no place, read neurons drawn at random.
pub fn sparse(input: Shape, _request: Request) -> Result<Network> {
    let mut chain = Chain::new(input)?;
    let wide = Shape::from_whc(input.width * 3 / 2, input.height * 3 / 2, 1);
    for (name, output) in [("hidden1", input), ("hidden2", input), ("hidden3", wide)] {
        add(&mut chain, name, output, LEAK)?;
    }
    let hidden = chain.last;
    add(&mut chain, "letter", Shape::flat(ALPHABET), LEAK)?;
    let letter = std::mem::replace(&mut chain.last, hidden);
    add(&mut chain, "field", input, LEAK)?;
    chain.reshape("flat", Shape::flat(input.len()))?.concat("output", letter)?;
    Ok(chain.network)
}

fn add(chain: &mut Chain, name: &str, output: Shape, activation: Activation) -> Result<()> {
    let input = chain.shape();
    let sizes = SparseSizes { input, output, reads: READS.min(input.len()), choice: SourceChoice::Nearest, seed: SEED };
    chain.then(name, Layer::Sparse(Sparse::from(sizes)), activation).map(|_| ())
}

/// Start of the random numbers that decide between inputs that are equally near.
const SEED: u64 = 1;
