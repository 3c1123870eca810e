//! The answers of a learner as it was at one moment to any number of pictures, while training goes on.

use crate::columns::{Columns, Receptors, SpikeCounter, probabilities};
use crate::error::{Error, Result};
use crate::layer::LOOK;
use crate::network::{Network, Pass};
use crate::shape::Shape;
use crate::train::Objective;

pub enum Answers {
    Network(Box<NetworkAnswers>),
    /// `input`: the shape of the pictures, of which the receptors see something.
    Columns {
        counter: SpikeCounter,
        receptors: Receptors,
        input: Shape,
    },
}

/// A network with the buffers of one picture.
pub struct NetworkAnswers {
    network: Network,
    objective: Objective,
    pass: Pass,
}

impl Answers {
    pub fn of_network(network: Network, objective: Objective) -> Self {
        let pass = Pass::forward_only(&network, 1);
        Self::Network(Box::new(NetworkAnswers { network, objective, pass }))
    }

    /// The answers of columns to pictures of the shape `input`.
    pub fn of_columns(columns: &Columns, input: Shape) -> Self {
        Self::Columns { counter: SpikeCounter::new(columns), receptors: columns.rule().receptors, input }
    }

    /// The outputs for a picture, given as bytes of the input, as people see them; of columns the probabilities.
    ///
    /// # Errors
    /// The picture has another length.
    pub fn to(&mut self, pixels: &[u8]) -> Result<Vec<f32>> {
        let input = match self {
            Self::Network(answers) => answers.network.input(),
            Self::Columns { input, .. } => *input,
        };
        if pixels.len() != input.len() {
            return Err(Error::expected("picture", format!("{} values", input.len()), pixels.len()));
        }
        match self {
            Self::Network(answers) => {
                let NetworkAnswers { network, objective, pass } = &mut **answers;
                let x: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) / 255.0).collect();
                network.read(pass, &x, &LOOK);
                network.forward(pass, &LOOK);
                Ok(objective.seen(pass.output(), network))
            }
            Self::Columns { counter, receptors, input } => {
                let mut seen = vec![0; receptors.shape(*input).len()];
                receptors.see(*input, pixels, &mut seen);
                counter.scores(&seen).map(|scores| probabilities(scores).collect())
            }
        }
    }
}
