//! What a hidden neuron makes of the sums of its edges.
//!
//! | neuron | value |
//! |---|---|
//! | plain | y = a |
//! | gated | the cell of an LSTM, see [`gated`]; its sums have r y of the step before and b added |
//!
//! r and b are one number each for each neuron and gate.

use super::steps::{Carried, StepMemory};
use crate::kernels::gated::{self, GATES, Gated};
use crate::kernels::sparse::{Group, WIDTH, sum};

pub(super) trait NeuronOps<const GATES: usize> {
    /// Sets what backward needs, and returns y.
    fn forward(
        &self,
        neuron: usize,
        sums: [Group; GATES],
        now: &mut StepMemory<GATES>,
        before: Option<&StepMemory<GATES>>,
    ) -> Group;

    /// Sets the gradient of the sums, from dL/dy of what read the neuron in this step, and adds to `dtheta`.
    fn backward(
        &self,
        neuron: usize,
        dy: Group,
        now: &mut StepMemory<GATES>,
        before: Option<&StepMemory<GATES>>,
        carried: &mut Carried,
        dtheta: Option<&mut [f32]>,
    );
}

pub(super) struct PlainNeuron;

impl NeuronOps<1> for PlainNeuron {
    fn forward(&self, _: usize, [y]: [Group; 1], _: &mut StepMemory<1>, _: Option<&StepMemory<1>>) -> Group {
        y
    }

    fn backward(
        &self,
        neuron: usize,
        dy: Group,
        now: &mut StepMemory<1>,
        _: Option<&StepMemory<1>>,
        _: &mut Carried,
        _: Option<&mut [f32]>,
    ) {
        now.dsums[neuron] = [dy];
    }
}

pub(super) struct GatedNeuron<'a> {
    /// r and b `[gates][hidden]`.
    pub recurrent: &'a [f32],
    pub gate: &'a [f32],
    /// Where r and b are within the layer's parameters.
    pub starts: (usize, usize),
    /// Sources before the hidden neurons.
    pub inputs: usize,
    pub hidden: usize,
}

const NOTHING: Group = [0.0; WIDTH];

impl NeuronOps<GATES> for GatedNeuron<'_> {
    fn forward(
        &self,
        neuron: usize,
        mut sums: [Group; GATES],
        now: &mut StepMemory<GATES>,
        before: Option<&StepMemory<GATES>>,
    ) -> Group {
        let last = before.map_or(&NOTHING, |before| &before.y[self.inputs + neuron]);
        for (gate, sums) in sums.iter_mut().enumerate() {
            let at = gate * self.hidden + neuron;
            let (r, b) = (self.recurrent[at], self.gate[at]);
            sums.iter_mut().zip(last).for_each(|(sum, last)| *sum += r * last + b);
        }
        let Gated { gates, state, y } = gated::forward(&sums, before.map_or(&NOTHING, |before| &before.state[neuron]));
        (now.gates[neuron], now.state[neuron]) = (gates, state);
        y
    }

    fn backward(
        &self,
        neuron: usize,
        mut dy: Group,
        now: &mut StepMemory<GATES>,
        before: Option<&StepMemory<GATES>>,
        carried: &mut Carried,
        mut dtheta: Option<&mut [f32]>,
    ) {
        let (last, state) =
            before.map_or((&NOTHING, &NOTHING), |before| (&before.y[self.inputs + neuron], &before.state[neuron]));
        dy.iter_mut().zip(&carried.dy[neuron]).for_each(|(dy, later)| *dy += later);
        let da = gated::backward(&now.gates[neuron], &now.state[neuron], state, &dy, &mut carried.dstate[neuron]);
        let dlast = &mut carried.dy[neuron];
        *dlast = NOTHING;
        for (gate, da) in da.iter().enumerate() {
            let at = gate * self.hidden + neuron;
            let r = self.recurrent[at];
            dlast.iter_mut().zip(da).for_each(|(dlast, da)| *dlast += r * da);
            if let Some(dtheta) = &mut dtheta {
                let products: Group = std::array::from_fn(|k| da[k] * last[k]);
                dtheta[self.starts.0 + at] += sum(&products);
                dtheta[self.starts.1 + at] += sum(da);
            }
        }
        now.dsums[neuron] = da;
    }
}
