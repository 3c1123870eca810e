//! Codes of examples, computed by the encoder of a run.

use crate::data::{Batch, Dataset};
use crate::error::{Error, Result};
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass, Task};
use crate::par;
use crate::session::run::Run;

/// Most examples in one pass, and most values in all blocks of it.
const EXAMPLES: usize = 8;
const MOST_VALUES: usize = 1 << 22;

/// The block whose values are the code, and their number.
pub fn code_place(run: &Run) -> Result<(usize, usize)> {
    match (run.network().embedding, run.objective().task) {
        (Some(block), Task::Autoencoder) => Ok((block, run.network().shape(block).len())),
        _ => Err(Error::expected("latent space", "an autoencoder with an embedding", &run.preset)),
    }
}

/// The codes of examples `[examples, length]`.
pub fn codes_of(run: &Run, data: &Dataset, examples: &[u32]) -> Result<Vec<f32>> {
    let (block, _) = code_place(run)?;
    let network = run.network();
    run.check_fits(data)?;
    if let Some(example) = examples.iter().find(|&&example| data.len() <= example as usize) {
        return Err(Error::expected("example", format!("a number below {}", data.len()), example));
    }
    data.prepare(examples, examples.len())?;
    let parts: Vec<&[u32]> = examples.chunks(examples_at_once(network)).collect();
    let codes = par::map(&parts, |examples| {
        let mut batch = Batch::default();
        data.batch(examples, &mut batch);
        let mut pass = Pass::forward_only(network, examples.len());
        let call = Call { examples: examples.len(), ..LOOK };
        network.read(&mut pass, &batch.x, &call);
        network.forward_between(0, block, &mut pass, &call);
        pass.values(block).to_vec()
    });
    Ok(codes.concat())
}

/// Number of examples in one pass.
pub fn examples_at_once(network: &Network) -> usize {
    (MOST_VALUES / values_of(network)).clamp(1, EXAMPLES)
}

fn values_of(network: &Network) -> usize {
    (0..network.blocks().len()).map(|block| network.shape(block).len()).sum()
}
