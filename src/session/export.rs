//! The model for other programs, and how far what they would compute is from it.

use super::session::Session;
use crate::data::picture_as;
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::file::{Model, ModelView, Precision, safetensors};
use crate::layer::LOOK;
use crate::network::{Network, Pass, Task};
use crate::shape::Shape;
use crate::train::Objective;

/// Images that a file is checked with.
const CHECKED: usize = 8;
/// Parameters up to which a file to be used has all their bits, 512 KiB.
const FEW: usize = 1 << 17;
/// Most difference that shorter parameters may make: half a grey level.
const UNSEEN: f32 = 0.5 / 255.0;

/// A model for a program that only uses it.
pub struct FinishedFile {
    pub bytes: Vec<u8>,
    /// The largest difference from the network over eight images, where the parameters are written shorter.
    pub difference: Option<f32>,
}

impl Session {
    /// The largest difference between what two model files answer for eight images of the data: one that was saved here, and
    /// what became of it in another program's form: of two networks for letters of the viewed one, or of `the_other`.
    ///
    /// # Errors
    /// One of them is no model file, or their networks have different sizes.
    pub fn difference(&self, saved: &[u8], again: &[u8], the_other: bool) -> Result<f32> {
        let (saved, again) = (self.read(saved)?, self.read(again)?);
        let viewed = self.run().objective().task;
        let wanted = if the_other { viewed.partner() } else { Some(viewed) };
        let partner = saved.partner.as_deref().filter(|partner| Some(partner.meta.task) == wanted);
        self.difference_of(partner.unwrap_or(&saved), &again)
    }

    /// The same of models that have been read. The outputs of the second are as people see them, and it has only the picture
    /// that a network for letters makes.
    ///
    /// # Errors
    /// Their networks have different sizes.
    pub fn difference_of(&self, Model { network, meta, .. }: &Model, again: &Model) -> Result<f32> {
        let again = &again.network;
        let shown = meta.task.picture_of(network).unwrap_or(network.output());
        let sizes = |input: Shape, output: Shape| format!("{input} and {output}");
        if (again.input(), again.output()) != (network.input(), shown) {
            let expected = sizes(network.input(), shown);
            return Err(Error::expected("exported network", expected, sizes(again.input(), again.output())));
        }
        let objective = Objective { task: meta.task, loss: meta.loss };
        let seen = |y: Vec<f32>| if meta.task == Task::Classifier { y } else { objective.seen(&y, network) };
        self.largest_difference(network, |x| seen(outputs(network, x)), |x| outputs(again, x))
    }

    /// The largest difference between two answers to what a network reads, over eight images of the data.
    fn largest_difference(
        &self,
        network: &Network,
        ours: impl Fn(&[f32]) -> Vec<f32>,
        theirs: impl Fn(&[f32]) -> Vec<f32>,
    ) -> Result<f32> {
        let data = &self.data;
        let mut worst = 0.0f32;
        for index in evenly(data.len(), CHECKED) {
            data.prepare(&[index as u32], 1)?;
            let image = data.example(index).into_owned();
            data.check_read()?;
            let x: Vec<f32> = image.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
            let x = picture_as(&x, data.shape, network.input())?;
            let (ours, theirs) = (ours(&x), theirs(&x));
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

    /// The shown model without the state of its optimiser. If it is to be `small`, many parameters have 16 bits, unless an answer
    /// differed by more than half a grey level then.
    pub fn finished_file(&self, small: bool) -> Result<FinishedFile> {
        let written = |precision| {
            let views = self.runs.iter().map(|run| ModelView { moments: None, ..run.model_view(&self.config) });
            self.file_with(precision, views)?.to_bytes(&self.progress)
        };
        let parameters: usize = self.runs.iter().map(|run| run.learner.param_len()).sum();
        if small && FEW < parameters && self.run().supervised().is_ok() {
            let bytes = written(Precision::Half)?;
            // Numbers too large for 16 bits cannot be read again.
            let difference = self.difference_when_used(&bytes).ok().filter(|&difference| difference <= UNSEEN);
            if difference.is_some() {
                return Ok(FinishedFile { bytes, difference });
            }
        }
        Ok(FinishedFile { bytes: written(Precision::Single)?, difference: None })
    }

    /// The largest difference between what the networks make of eight images and what those of a file make of them.
    fn difference_when_used(&self, bytes: &[u8]) -> Result<f32> {
        let model = safetensors::read(bytes)?;
        let again = [Some(&model.network), model.partner.as_ref().map(|partner| &partner.network)];
        let mut worst = 0.0f32;
        for (run, again) in self.runs.iter().zip(again.into_iter().flatten()) {
            let seen = |network: &Network, x: &[f32]| run.objective().seen(&outputs(network, x), network);
            let off = self.largest_difference(run.network(), |x| seen(run.network(), x), |x| seen(again, x))?;
            worst = worst.max(off);
        }
        Ok(worst)
    }
}

fn outputs(network: &Network, x: &[f32]) -> Vec<f32> {
    let mut pass = Pass::forward_only(network, 1);
    network.read(&mut pass, x, &LOOK);
    network.forward(&mut pass, &LOOK);
    pass.output().to_vec()
}
