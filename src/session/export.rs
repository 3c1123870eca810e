//! The viewed network for other programs, each file checked against the network that it came from.

use super::session::Session;
use crate::data::picture_as;
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::file::onnx::export::{self, OnnxInput, OnnxPart};
use crate::file::{FilesBeside, ModelFile, ModelView, onnx};
use crate::layer::LOOK;
use crate::network::{Network, Pass, Task};

/// Images that a file is checked with.
const CHECKED: usize = 8;

impl Session {
    /// The shown state of the viewed network as an ONNX file.
    ///
    /// # Errors
    /// As for [`export::write`].
    pub fn onnx_file(&self, input: OnnxInput, part: OnnxPart) -> Result<Vec<u8>> {
        let partner = self.networks().nth(1).map(|run| Box::new(run.model_view(&self.config)));
        export::write(&ModelView { partner, ..self.run().model_view(&self.config) }, input, part)
    }

    /// Reads a file of the whole viewed network again. Returns the largest difference between its outputs and those of the
    /// network over eight images of the data.
    ///
    /// # Errors
    /// The file has an operator that cannot be read here.
    pub fn onnx_difference(&self, bytes: &[u8]) -> Result<f32> {
        let again = onnx::read_with(bytes, &FilesBeside::new(), &self.progress)?.network;
        if (again.input(), again.output()) != (self.network().input(), self.network().output()) {
            let expected = format!("{} and {}", self.network().input(), self.network().output());
            return Err(Error::expected(
                "exported network",
                expected,
                format!("{} and {}", again.input(), again.output()),
            ));
        }
        let (run, data) = (self.run(), &self.data);
        let (network, objective) = (run.network(), run.objective());
        let mut worst = 0.0f32;
        for index in evenly(data.len(), CHECKED) {
            data.prepare(&[index as u32], 1)?;
            let image = data.example(index).into_owned();
            data.check_read()?;
            let x: Vec<f32> = image.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
            let x = picture_as(&x, data.shape, network.input())?;
            let ours = outputs(network, &x);
            let ours = if objective.task == Task::Classifier { ours } else { objective.seen(&ours, network) };
            let theirs = outputs(&again, &x);
            let off = ours.iter().zip(&theirs).map(|(ours, theirs)| (ours - theirs).abs());
            // A value that is no number is as far off as can be.
            worst = off.fold(worst, |worst, off| if off.is_nan() { f32::INFINITY } else { worst.max(off) });
        }
        Ok(worst)
    }

    /// The names of the outputs, one on each line.
    ///
    /// # Errors
    /// The viewed network outputs images.
    pub fn labels(&self) -> Result<String> {
        self.run().model_view(&self.config).meta.labels()
    }

    /// The shown model without the state of its optimiser, for a program that only uses it.
    pub fn finished_file(&self) -> Result<ModelFile<'_>> {
        let views = self.runs.iter().map(|run| ModelView { moments: None, ..run.model_view(&self.config) });
        self.file_of(views)
    }
}

fn outputs(network: &Network, x: &[f32]) -> Vec<f32> {
    let mut pass = Pass::forward_only(network, 1);
    network.read(&mut pass, x, &LOOK);
    network.forward(&mut pass, &LOOK);
    pass.output().to_vec()
}
