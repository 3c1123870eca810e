//! How many new neurons live some steps after surgery: a neuron lives if its values differ between examples, and if what
//! follows reads it.

use crate::data::{Batch, Dataset, Split};
use crate::evenly::evenly;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::surgery::{largest_readings, unit_count};
use crate::words::{counted, thousands};

/// Steps after which new neurons are looked at.
const STEPS: u64 = 500;
/// Examples that they are looked at on.
const EXAMPLES: usize = 64;

/// New neurons, or channels, of a block.
pub struct Growth {
    block: String,
    units: Vec<usize>,
    /// Number of all of them, by which the block is recognised.
    count: usize,
    due: u64,
}

impl Growth {
    /// Some new units of a block; `None` where there are none.
    pub fn new(network: &Network, block: usize, mut units: Vec<usize>, step: u64) -> Option<Self> {
        let name = network.blocks().get(block)?.name.clone();
        let count = unit_count(network, block);
        units.retain(|&unit| unit < count);
        (!units.is_empty()).then_some(Self { block: name, units, count, due: step + STEPS })
    }

    pub fn is_due(&self, step: u64) -> bool {
        self.due <= step
    }

    /// One sentence on how many of them live; `None` if the block has changed since, or no images are at hand.
    pub fn report(&self, network: &Network, data: &Dataset) -> Option<String> {
        let block = network.block_named(&self.block).filter(|&block| unit_count(network, block) == self.count)?;
        let all = data.indices(Split::Train);
        let examples: Vec<u32> = evenly(all.len(), EXAMPLES).map(|number| all[number]).collect();
        if examples.is_empty() || data.shape != network.input() || data.prepare(&examples, examples.len()).is_err() {
            return None;
        }
        let mut batch = Batch::default();
        data.batch(&examples, &mut batch);
        let call = Call { examples: examples.len(), ..LOOK };
        let mut pass = Pass::up_to(network, block, examples.len());
        network.read(&mut pass, &batch.x, &call);
        network.forward_between(0, block, &mut pass, &call);
        let readings = largest_readings(network, block).ok()?;
        let (values, len) = (pass.values(block), network.shape(block).len());
        let differs = |unit: usize| {
            (unit..len).step_by(self.count).any(|at| values[at..].iter().step_by(len).any(|&y| y != values[at]))
        };
        let living = self.units.iter().filter(|&&unit| 0.0 < readings[unit] && differs(unit)).count();
        let all = counted(self.units.len(), "new neuron");
        Some(format!("{living} of {all} of {} live, {} steps after they came", self.block, thousands(STEPS as usize)))
    }
}
