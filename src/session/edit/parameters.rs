//! Which parameters and flags a command writes, and with which values.

use super::command::Command;
use super::undo_stack::Flags;
use crate::error::{Error, Result};
use crate::network::{Held, Network, Neuron};
use crate::progress::Progress;
use crate::rng::{Purpose, Rng};

/// The parameters that a command sets, each once, and their new values; `None` for other commands.
pub fn new_values(command: &Command, network: &Network, progress: &Progress) -> Result<Option<(Vec<u32>, Vec<f32>)>> {
    let theta = &network.theta;
    let all = |parameters: Vec<usize>, value: &dyn Fn(f32) -> f32| {
        let parameters = unique(parameters);
        let values = parameters.iter().map(|&index| value(theta[index])).collect();
        (parameters, values)
    };
    let (parameters, values): (Vec<usize>, Vec<f32>) = match command {
        Command::Set { parameters, values } if values.len() == 1 => all(parameters.clone(), &|_| values[0]),
        Command::Set { parameters, values } => (parameters.clone(), values.clone()),
        Command::Add { parameters, amount } => all(parameters.clone(), &|w| w + amount),
        Command::SetCurve { neuron, bump, number, value } => {
            let Some((block, manifold)) = network.structure() else { return Ok(None) };
            let first = network.blocks()[block].params.start;
            let raw = manifold.raw_of(neuron.index, *number, *value);
            (vec![first + manifold.raw(number.scalar(), neuron.index, *bump)], vec![raw])
        }
        Command::SetBias { value, .. } => {
            let biases: Vec<usize> = command.neurons().filter_map(|neuron| network.bias(neuron)).collect();
            expect_some(&biases, "a neuron with a bias")?;
            all(biases, &|_| *value)
        }
        Command::ScaleIncoming { factor, .. } => all(incoming(command, network, progress)?, &|w| w * factor),
        Command::AddIncoming { amount, .. } => all(incoming(command, network, progress)?, &|w| w + amount),
        Command::ScaleOutgoing { factor, .. } => {
            let weights = gather(command, progress, |neuron, found| {
                network.outgoing(neuron, &mut |wire| found.extend(wire.parameter()));
            })?;
            expect_some(&weights, "a neuron whose outgoing connections have weights")?;
            all(weights, &|w| w * factor)
        }
        Command::Reinitialise { seed, .. } => initial_values(command, *seed, network, progress)?,
        _ => return Ok(None),
    };
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(Error::expected("edit", "finite parameters as the result", value));
    }
    Ok(Some((parameters.into_iter().map(|index| index as u32).collect(), values)))
}

fn incoming(command: &Command, network: &Network, progress: &Progress) -> Result<Vec<usize>> {
    let weights = gather(command, progress, |neuron, found| {
        network.incoming(neuron, &mut |wire| found.extend(wire.parameter()));
    })?;
    expect_some(&weights, "a neuron whose incoming connections have weights")?;
    Ok(weights)
}

/// Collects the parameters that `visit` finds for each neuron of a command. Neurons of one map share theirs, so
/// duplicates are removed on the way, before they fill the memory.
fn gather(
    command: &Command,
    progress: &Progress,
    mut visit: impl FnMut(Neuron, &mut Vec<usize>),
) -> Result<Vec<usize>> {
    let (mut found, mut limit) = (Vec::new(), 1 << 20);
    progress.expect(command.neurons().count());
    for neuron in command.neurons() {
        visit(neuron, &mut found);
        progress.count(1)?;
        if limit < found.len() {
            found = unique(found);
            limit = 2 * found.len().max(1 << 19);
        }
    }
    Ok(unique(found))
}

/// New random values for all parameters of these neurons; shared parameters get the values of the last neuron.
fn initial_values(
    command: &Command,
    seed: u64,
    network: &Network,
    progress: &Progress,
) -> Result<(Vec<usize>, Vec<f32>)> {
    let mut found = std::collections::BTreeMap::new();
    progress.expect(command.neurons().count());
    for neuron in command.neurons() {
        let parameters = unique(network.parameters_of(neuron));
        let stream = (neuron.block as u64) << 32 | neuron.index as u64;
        let mut rng = Rng::new(seed, Purpose::Surgery, stream);
        for block in network.chain(neuron).into_iter().map(|link| link.block) {
            for (tensor, range) in network.tensors(block) {
                let (from, to) =
                    (parameters.partition_point(|p| *p < range.start), parameters.partition_point(|p| *p < range.end));
                let mut values = vec![0.0; to - from];
                tensor.init.fill(&mut values, &mut rng);
                found.extend(parameters[from..to].iter().copied().zip(values));
            }
        }
        progress.count(1)?;
    }
    expect_some(&found.keys().collect::<Vec<_>>(), "a neuron with parameters")?;
    Ok(found.into_iter().unzip())
}

/// Sets pins, holds and frozen blocks as the command says.
pub fn write_flags(command: &Command, network: &Network, flags: &mut Flags, progress: &Progress) -> Result<()> {
    match command {
        Command::Pin { parameters, pinned, .. } => {
            let of_neurons = gather(command, progress, |neuron, found| found.extend(network.parameters_of(neuron)))?;
            let all = [parameters.as_slice(), &of_neurons].concat();
            expect_some(&all, "something with parameters")?;
            flags.pins.set(&all, *pinned);
        }
        Command::Hold { value, channel, .. } => hold(command, *channel, Some(*value), network, flags),
        Command::Release { channel, .. } => hold(command, *channel, None, network, flags),
        Command::Freeze { blocks, frozen } => blocks.iter().for_each(|&block| flags.frozen[block] = *frozen),
        _ => {}
    }
    Ok(())
}

fn hold(command: &Command, channel: bool, value: Option<f32>, network: &Network, flags: &mut Flags) {
    for picked in command.picked() {
        let channels = network.shape(picked.block).channels;
        let held = |&index: &usize| if channel { Held::Channel(index % channels) } else { Held::Neuron(index) };
        flags.holds.set(picked.block, &picked.indices.iter().map(held).collect::<Vec<_>>(), value);
    }
}

fn unique(mut indices: Vec<usize>) -> Vec<usize> {
    indices.sort_unstable();
    indices.dedup();
    indices
}

fn expect_some<T>(found: &[T], what: &str) -> Result<()> {
    if found.is_empty() { Err(Error::expected("edit", what, "none")) } else { Ok(()) }
}
