//! Frames: painting the network in its current state.

use serde::Serialize;

use super::view::Viewer;
use crate::network::Pass;
use crate::render::{DrawnValues, Mode, Patches, Pixmap, Scene, Viewport, cells};

/// The colour scale of a panel.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PanelScale {
    /// The block whose numbers the panel shows.
    pub block: usize,
    pub name: String,
    /// The absolute value that has the full colour.
    pub limit: f32,
}

/// Numbers of every block, with the input's values in place of its numbers.
fn with_input<'a>(blocks: &'a [Vec<f32>], input: &'a [f32]) -> Vec<&'a [f32]> {
    std::iter::once(input).chain(blocks.iter().skip(1).map(Vec::as_slice)).collect()
}

impl<'a> Viewer<'a> {
    /// A view of the whole network, laid out for a picture of this size; `ratio` is device pixels per CSS pixel.
    pub fn fitted_view(&mut self, width: u32, height: u32, ratio: f32) -> Viewport {
        let ratio = ratio.clamp(0.25, 8.0);
        let drawing = &mut self.view.drawing;
        if drawing.laid_out_for != Some((width, height)) {
            drawing.laid_out_for = Some((width, height));
            drawing.scene = Scene::with_size(self.run.network(), width as f32 / ratio, height as f32 / ratio);
        }
        Viewport { ratio, ..Viewport::fit(&drawing.scene, width, height) }
    }

    /// The view nearest to `view` that shows part of the network.
    pub fn clamped_view(&self, mut view: Viewport) -> Viewport {
        view.clamp(&self.view.drawing.scene);
        view
    }

    /// The scene, for its size and for hit tests.
    pub fn scene(self) -> &'a Scene {
        &self.view.drawing.scene
    }

    /// Paints the network.
    pub fn render(mut self, view: &Viewport) -> &'a Pixmap {
        self.refresh();
        self.fill_cells(view.mode);
        let (step, example, version) = (self.run.step(), self.view.example, self.view.version);
        let probe = self.probe().map_or_else(Vec::new, |probe| probe.shares().to_vec());
        let (pass, drawing) = (&self.view.pass, &mut self.view.drawing);
        let of_blocks = |values: fn(&Pass, usize) -> &[f32]| -> Vec<&[f32]> {
            let blocks = 0..self.run.network().blocks().len();
            blocks.map(|block| pass.as_ref().map_or(&[][..], |pass| values(pass, block))).collect()
        };
        let activations = of_blocks(Pass::values);
        drawing.connect(self.run.network(), &activations, view, step, (example, version));
        drawing.mark(self.run.network());
        // The input is shown as the original picture, not in the scale that the network reads.
        let mut input = activations[0].to_vec();
        self.run.network().scaling().undo(&mut input);
        let picture;
        let shown: Vec<&[f32]> = match view.mode {
            Mode::Activation if activations.len() == 1 => vec![&input],
            Mode::Activation => {
                // The output of an autoencoder is shown as people see it, not as logits.
                let last = activations.len() - 1;
                let (y, network) = (activations[last], self.run.network());
                picture = match self.run.objective().seen(y, network) {
                    seen if seen.len() == y.len() => seen,
                    mut seen => {
                        seen.extend_from_slice(&y[seen.len()..]); // the indicators of a letter
                        seen
                    }
                };
                let hidden = activations[1..last].iter().copied();
                std::iter::once(&input[..]).chain(hidden).chain([&picture[..]]).collect()
            }
            Mode::Gradient => of_blocks(Pass::gradient),
            Mode::Dead => with_input(&probe, &input),
            Mode::Weights | Mode::Change | Mode::Bias => with_input(&drawing.cells, &input),
        };
        let weights = match view.mode {
            Mode::Weights => Some((self.run.network(), &self.run.network().theta[..])),
            Mode::Change => Some((self.run.network(), &drawing.change[..])),
            _ => None,
        };
        let values = DrawnValues {
            cells: &shown,
            connections: &drawing.connections,
            neuron: view.highlight.map(|_| &drawing.neuron),
            weights,
            marks: &drawing.marks,
        };
        drawing.painter.draw(&drawing.scene, &values, view);
        drawing.view = Some(view.clone());
        drawing.painter.pixmap()
    }

    /// The parts of the last frame that differ from frame number `held`, which the caller has; 0 for none.
    pub fn patches(self, held: u64) -> Patches<'a> {
        self.view.drawing.painter.patches(held)
    }

    /// The colour scales of the last frame, for panels that were visible.
    pub fn scales(&self) -> Vec<PanelScale> {
        let drawing = &self.view.drawing;
        let mode = drawing.view.as_ref().map_or(Mode::Activation, |view| view.mode);
        let panels = drawing.scene.panels().iter().zip(drawing.painter.limits());
        panels
            .filter_map(|(panel, limit)| {
                let block = panel.block_of(mode);
                Some(PanelScale { block, name: panel.name.clone(), limit: (*limit)? })
            })
            .collect()
    }

    /// Computes what the cells show, unless the pass contains it.
    fn fill_cells(&mut self, mode: Mode) {
        let wanted = Some((mode, self.view.version));
        match mode {
            Mode::Activation => return,
            Mode::Dead => return self.count_dead(),
            _ if self.view.drawing.cells_of == wanted => return,
            Mode::Gradient => self.backward(),
            Mode::Weights | Mode::Change | Mode::Bias => {}
        }
        let (network, drawing) = (self.run.network(), &mut self.view.drawing);
        drawing.cells_of = wanted;
        drawing.cells.resize(network.blocks().len(), Vec::new());
        if mode == Mode::Change {
            drawing.change.clear();
            drawing.change.extend(network.theta.iter().zip(self.run.start()).map(|(theta, start)| theta - start));
        }
        for (block, cells) in drawing.cells.iter_mut().enumerate() {
            match mode {
                Mode::Weights => cells::incoming(network, block, &network.theta, cells),
                Mode::Change => cells::incoming(network, block, &drawing.change, cells),
                Mode::Bias => cells::bias(network, block, &network.theta, cells),
                Mode::Activation | Mode::Gradient | Mode::Dead => {}
            }
        }
    }
}
