//! The picture of the network, and everything that is kept between two frames.

use serde::Serialize;

use super::Session;
use super::probe::Probe;
use crate::network::{Holds, Network, Pins};
use crate::render::{
    By, ConnectionLine, Connections, DrawnValues, Mark, Mode, Neuron, Painter, Patches, Pixmap, Scene, Viewport, cells,
    marks,
};

/// Connections are chosen again after this share more steps: which are the strongest changes fast only at first.
const CHOOSE_AGAIN: f64 = 1.5;
/// Connections drawn each way of the neuron that is pointed out.
const OF_NEURON: usize = 60;

pub(super) struct Drawing {
    pub scene: Scene,
    /// The picture for which the scene was laid out when it was last fitted.
    laid_out_for: Option<(u32, u32)>,
    painter: Painter,
    connections: Connections,
    chosen: Option<Choice>,
    /// Connections of the neuron that is pointed out.
    neuron: Connections,
    neuron_of: Option<(Neuron, By, u64)>,
    /// One number for each value of each block, for modes that are computed; what they were computed of.
    cells: Vec<Vec<f32>>,
    cells_of: Option<(Mode, u64)>,
    /// theta less what it was at the start, for the mode that shows it.
    change: Vec<f32>,
    marks: Vec<Mark>,
    marks_of: (Pins, Holds),
    /// The view of the last frame; hits are found in it.
    pub view: Option<Viewport>,
}

/// What connections were chosen for.
#[derive(Clone, Copy, PartialEq)]
struct Choice {
    step: u64,
    count: usize,
    by: By,
    /// The example shown, where its values count.
    example: Option<usize>,
}

/// Where the colours of a panel end.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PanelScale {
    /// The block whose numbers the panel shows.
    pub block: usize,
    pub name: String,
    /// Values of this size have the full colour.
    pub limit: f32,
}

impl Drawing {
    pub fn new(network: &Network) -> Self {
        Self::with_painter(network, Painter::default())
    }

    /// For another network. The painter stays: its frames are numbered on.
    pub fn rebuild(&mut self, network: &Network) {
        *self = Self::with_painter(network, std::mem::take(&mut self.painter));
    }

    fn with_painter(network: &Network, painter: Painter) -> Self {
        Self {
            scene: Scene::new(network),
            laid_out_for: None,
            painter,
            connections: Connections::default(),
            chosen: None,
            neuron: Connections::default(),
            neuron_of: None,
            cells: Vec::new(),
            cells_of: None,
            change: Vec::new(),
            marks: Vec::new(),
            marks_of: Default::default(),
            view: None,
        }
    }

    /// Brings the drawn connections up to date.
    fn connect(&mut self, network: &Network, activations: &[&[f32]], view: &Viewport, step: u64, shown: (usize, u64)) {
        let (example, version) = shown;
        let choice = Choice {
            step,
            count: view.connections,
            by: view.by,
            example: (view.by == By::Contribution).then_some(example),
        };
        let holds = |chosen: &Choice| {
            let soon = (step as f64) < chosen.step as f64 * CHOOSE_AGAIN + 10.0 && chosen.step <= step;
            soon && Choice { step, ..*chosen } == choice
        };
        if self.chosen.as_ref().is_some_and(holds) {
            self.connections.refresh(network, activations);
        } else {
            self.connections = Connections::choose(network, activations, view.connections, view.by);
            self.chosen = Some(choice);
        }
        let wanted = view.highlight.map(|neuron| (neuron, view.by, version));
        if self.neuron_of != wanted {
            self.neuron_of = wanted;
            self.neuron = view.highlight.map_or_else(Connections::default, |neuron| {
                Connections::of_neuron(network, activations, neuron, OF_NEURON, view.by)
            });
        }
    }

    /// The connection drawn nearest to a point of the scene.
    pub fn hit_connection(&self, view: &Viewport, place: (f32, f32), reach: f32) -> Option<&ConnectionLine> {
        let own = view.highlight.and_then(|_| self.scene.hit_line(self.neuron.along(&self.scene), place, reach));
        own.or_else(|| self.scene.hit_connection(&self.connections, view, place, reach))
    }

    fn mark(&mut self, network: &Network) {
        if (&self.marks_of.0, &self.marks_of.1) != (network.pins(), network.holds()) {
            self.marks = marks::of(network);
            self.marks_of = (network.pins().clone(), network.holds().clone());
        }
    }
}

/// Numbers of every block, those of the input being its values.
fn with_input<'a>(blocks: &'a [Vec<f32>], input: &'a [f32]) -> Vec<&'a [f32]> {
    std::iter::once(input).chain(blocks.iter().skip(1).map(Vec::as_slice)).collect()
}

impl Session {
    /// The whole network, laid out anew for a picture of this size; `ratio`: device pixels to the CSS pixel.
    pub fn fitted_view(&mut self, width: u32, height: u32, ratio: f32) -> Viewport {
        let ratio = ratio.clamp(0.25, 8.0);
        let drawing = &mut self.viewer.drawing;
        if drawing.laid_out_for != Some((width, height)) {
            drawing.laid_out_for = Some((width, height));
            drawing.scene = Scene::with_size(&self.network, width as f32 / ratio, height as f32 / ratio);
        }
        Viewport { ratio, ..Viewport::fit(&drawing.scene, width, height) }
    }

    /// The view nearest to `view` that shows something.
    pub fn clamped_view(&self, mut view: Viewport) -> Viewport {
        view.clamp(&self.viewer.drawing.scene);
        view
    }

    /// The scene, for its size and its hits.
    pub fn scene(&self) -> &Scene {
        &self.viewer.drawing.scene
    }

    /// Draws the network.
    pub fn render(&mut self, view: &Viewport) -> &Pixmap {
        self.refresh();
        self.fill_cells(view.mode);
        let (step, example, version) = (self.trainer.step, self.viewer.example, self.viewer.version);
        let (pass, drawing) = (&self.viewer.pass, &mut self.viewer.drawing);
        let activations: Vec<&[f32]> = (0..self.network.blocks().len()).map(|block| pass.values(block)).collect();
        drawing.connect(&self.network, &activations, view, step, (example, version));
        drawing.mark(&self.network);
        // The input is shown as the picture that it is, not as the numbers it is scaled to.
        let mut input = activations[0].to_vec();
        self.network.scaling().undo(&mut input);
        let picture;
        let shown: Vec<&[f32]> = match view.mode {
            Mode::Activation => {
                // The last block of an autoencoder is shown as people see it, not as logits.
                let last = activations.len() - 1;
                picture = {
                    let mut seen = vec![0.0; activations[last].len()];
                    self.objective.loss.predict(activations[last], self.network.output(), &mut seen);
                    seen
                };
                let hidden = activations[1..last].iter().copied();
                std::iter::once(&input[..]).chain(hidden).chain([&picture[..]]).collect()
            }
            Mode::Gradient => (0..activations.len()).map(|block| pass.gradient(block)).collect(),
            Mode::Dead => with_input(self.probe.as_ref().map_or(&[], Probe::shares), &input),
            Mode::Weights | Mode::Change | Mode::Bias => with_input(&drawing.cells, &input),
        };
        let weights = match view.mode {
            Mode::Weights => Some((&self.network, &self.network.theta[..])),
            Mode::Change => Some((&self.network, &drawing.change[..])),
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

    /// The last frame for somebody who holds frame number `held`, 0 for none.
    pub fn patches(&mut self, held: u64) -> Patches<'_> {
        self.viewer.drawing.painter.patches(held)
    }

    /// The colour scales of the last frame, of panels that were in sight.
    pub fn scales(&self) -> Vec<PanelScale> {
        let drawing = &self.viewer.drawing;
        let mode = drawing.view.as_ref().map_or(Mode::Activation, |view| view.mode);
        let panels = drawing.scene.panels().iter().zip(drawing.painter.limits());
        panels
            .filter_map(|(panel, limit)| {
                let block = panel.block_of(mode);
                Some(PanelScale { block, name: panel.name.clone(), limit: (*limit)? })
            })
            .collect()
    }

    /// Computes what the cells show, where that does not lie ready in the pass.
    fn fill_cells(&mut self, mode: Mode) {
        let wanted = Some((mode, self.viewer.version));
        match mode {
            Mode::Activation => return,
            Mode::Dead => return self.count_dead(),
            _ if self.viewer.drawing.cells_of == wanted => return,
            Mode::Gradient => self.backward(),
            Mode::Weights | Mode::Change | Mode::Bias => {}
        }
        let (network, drawing) = (&self.network, &mut self.viewer.drawing);
        drawing.cells_of = wanted;
        drawing.cells.resize(network.blocks().len(), Vec::new());
        if mode == Mode::Change {
            drawing.change.clear();
            drawing.change.extend(network.theta.iter().zip(&self.start).map(|(theta, start)| theta - start));
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
