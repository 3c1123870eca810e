//! The state of the drawn network between two frames.

use crate::network::{Holds, Network, Pins};
use crate::render::{By, ConnectionLine, Connections, Mark, Mode, Neuron, Painter, Scene, Viewport, marks};

/// Connections are chosen again after the steps have grown by this factor, since the strongest change fast only at
/// first.
const CHOOSE_AGAIN: f64 = 1.5;
/// Connections drawn in each direction from the highlighted neuron.
const OF_NEURON: usize = 60;

pub struct Drawing {
    pub scene: Scene,
    /// The frame size for which the scene was last laid out.
    pub laid_out_for: Option<(u32, u32)>,
    pub painter: Painter,
    pub connections: Connections,
    chosen: Option<Choice>,
    /// Connections of the highlighted neuron.
    pub neuron: Connections,
    neuron_of: Option<(Neuron, By, u64)>,
    /// One number for each value of each block, for the modes that compute them, and what they were computed for.
    pub cells: Vec<Vec<f32>>,
    pub cells_of: Option<(Mode, u64)>,
    /// Current parameters minus those at the start, for the mode that shows the change.
    pub change: Vec<f32>,
    pub marks: Vec<Mark>,
    marks_of: (Pins, Holds),
    /// The view of the last frame, in which hits are found.
    pub view: Option<Viewport>,
}

/// The conditions that connections were chosen under.
#[derive(Clone, Copy, PartialEq)]
struct Choice {
    step: u64,
    count: usize,
    by: By,
    /// The shown example, if connections are chosen by its values.
    example: Option<usize>,
}

impl Drawing {
    pub fn new(network: &Network) -> Self {
        Self::with_painter(network, Painter::default())
    }

    /// Starts again for another network. The painter stays, so that frame numbers continue.
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
    pub fn connect(
        &mut self,
        network: &Network,
        activations: &[&[f32]],
        view: &Viewport,
        step: u64,
        shown: (usize, u64),
    ) {
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

    /// The connection nearest to a point of the scene.
    pub fn hit_connection(&self, view: &Viewport, place: (f32, f32), reach: f32) -> Option<&ConnectionLine> {
        let own = view.highlight.and_then(|_| self.scene.hit_line(self.neuron.along(&self.scene), place, reach));
        own.or_else(|| self.scene.hit_connection(&self.connections, view, place, reach))
    }

    pub fn mark(&mut self, network: &Network) {
        if (&self.marks_of.0, &self.marks_of.1) != (network.pins(), network.holds()) {
            self.marks = marks::of(network);
            self.marks_of = (network.pins().clone(), network.holds().clone());
        }
    }
}
