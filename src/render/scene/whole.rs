//! The scene: the place of every neuron, for drawing and for hit-testing.

use super::folding::PanelContent;
use super::geometry::{Bezier, Neuron, Rect};
use super::layout::{self, LayoutPlan, PlacedPanel, lay_out};
use super::link::{PanelLink, Route, route};
use super::panel::{Panel, content, group, panel};
use crate::network::Network;

/// Default width and height of the scene: those of the page's canvas on a laptop.
const SIZE: (f32, f32) = (820.0, 600.0);

#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    panels: Vec<Panel>,
    links: Vec<PanelLink>,
    /// The panel of each block.
    panel_of: Vec<usize>,
    width: f32,
    height: f32,
}

impl Scene {
    pub fn new(network: &Network) -> Self {
        Self::with_size(network, SIZE.0, SIZE.1)
    }

    /// A scene for a canvas of this size in CSS pixels; when it is fitted to the canvas, text has the space it needs.
    pub fn with_size(network: &Network, width: f32, height: f32) -> Self {
        let (groups, panel_of) = group(network);
        let contents: Vec<PanelContent> = groups.iter().map(|blocks| content(network, blocks)).collect();
        let mut joined = Vec::new();
        for (to, blocks) in groups.iter().enumerate() {
            let block = blocks[0];
            joined.extend(network.blocks()[block].inputs.iter().map(|&input| (panel_of[input], to, block)));
        }
        let over: Vec<_> =
            joined.iter().filter(|(from, to, _)| from + 1 < *to).map(|&(from, to, _)| (from, to)).collect();
        let embedding = network.embedding.map(|block| panel_of[block]);
        let LayoutPlan { panels: placed, width, height } = lay_out(&contents, embedding, &over, (width, height));
        let place = |((blocks, content), placed): ((Vec<usize>, &PanelContent), PlacedPanel)| {
            panel(network, blocks, content, placed)
        };
        let mut panels: Vec<Panel> = groups.into_iter().zip(&contents).zip(placed).map(place).collect();
        let link = |(from, to, block): (usize, usize, usize)| {
            let route = route(&panels, from, to);
            PanelLink { from, to, block, weighted: network.blocks()[block].layer.ops().weight_view().is_wired(), route }
        };
        let links: Vec<PanelLink> = joined.into_iter().map(link).collect();
        // A curve that rises from the top of a panel needs the space beside its name.
        for link in links.iter().filter(|link| link.route == Route::Over) {
            panels[link.from].title.clear();
            panels[link.to].title.clear();
        }
        Self { panels, links, panel_of, width, height }
    }

    /// A scene of one panel whose neurons are connected to each other.
    pub fn free(panel: Panel, width: f32, height: f32) -> Self {
        let link = PanelLink { from: 0, to: 0, block: panel.shown, weighted: true, route: Route::Free };
        Self { panel_of: vec![0; panel.blocks.len()], panels: vec![panel], links: vec![link], width, height }
    }

    /// Width and height in scene units; its top left corner is (0, 0).
    pub fn size(&self) -> (f32, f32) {
        (self.width, self.height)
    }

    pub fn panels(&self) -> &[Panel] {
        &self.panels
    }

    pub fn links(&self) -> &[PanelLink] {
        &self.links
    }

    /// The panel that shows a block.
    pub fn panel_of(&self, block: usize) -> Option<usize> {
        self.panel_of.get(block).copied()
    }

    /// The cell of a value of any block.
    pub fn cell(&self, block: usize, index: usize) -> Option<Rect> {
        self.panels[self.panel_of(block)?].place.cell(index)
    }

    /// The neuron whose value is shown in the cell of a neuron: itself, unless its block only passes on.
    pub fn shown(&self, neuron: Neuron) -> Neuron {
        Neuron { block: self.panels[self.panel_of[neuron.block]].shown, index: neuron.index }
    }

    /// The neuron of the same cell whose layer has the incoming connections and the bias.
    pub fn wired(&self, neuron: Neuron) -> Neuron {
        Neuron { block: self.panels[self.panel_of[neuron.block]].blocks[0], index: neuron.index }
    }

    /// The curve of a connection from one cell to another along a link.
    pub fn curve(&self, link: &PanelLink, source: usize, target: usize) -> Option<Bezier> {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (source, target) = (from.place.cell(source)?, to.place.cell(target)?);
        if link.route == Route::Free {
            return Some(Bezier::between_discs(&source, &target));
        }
        Some(self.join(link, source.centre(), target.centre()))
    }

    /// The lines that stand for all connections of a link without weights of its own: parallel strands between
    /// neighbours, otherwise a single line.
    pub fn strands(&self, link: &PanelLink) -> Vec<Bezier> {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.place.bounds(), to.place.bounds());
        match link.route {
            Route::Side | Route::In | Route::Out | Route::Around => {
                let count = ((a.height.min(b.height) / STRAND_SPACE) as usize).clamp(3, 24);
                let strand = |number: usize| {
                    let at = (number as f32 + 0.5) / count as f32;
                    self.join(link, (a.centre().0, a.top + at * a.height), (b.centre().0, b.top + at * b.height))
                };
                (0..count).map(strand).collect()
            }
            // Away from the name, which begins at the left.
            Route::Over | Route::Across | Route::Free => {
                let inset = |rect: Rect| (rect.right() - (rect.width * 0.2).min(8.0), rect.centre().1);
                vec![self.join(link, inset(a), inset(b))]
            }
        }
    }

    /// The width of a link where it is narrowest.
    pub fn width_of(&self, link: &PanelLink) -> f32 {
        let height = |panel: usize| self.panels[panel].place.bounds().height;
        match link.route {
            Route::Side => height(link.from).min(height(link.to)),
            Route::In | Route::Out => height(link.from).min(height(link.to)) / 2.0,
            Route::Around | Route::Over | Route::Across => 2.0 * layout::TURN,
            Route::Free => self.width * self.height,
        }
    }

    /// The curve from a point of one panel to a point of another, seen only between the panels.
    fn join(&self, link: &PanelLink, source: (f32, f32), target: (f32, f32)) -> Bezier {
        let (from, to) = (&self.panels[link.from], &self.panels[link.to]);
        let (a, b) = (from.place.bounds(), to.place.bounds());
        let level = |start: (f32, f32), end: (f32, f32)| {
            let bend = (end.0 - start.0) * 0.5;
            Bezier([start, (start.0 + bend, start.1), (end.0 - bend, end.1), end])
        };
        match link.route {
            Route::Side if from.backwards => level((a.left, source.1), (b.right(), target.1)),
            Route::Side => level((a.right(), source.1), (b.left, target.1)),
            Route::In => level((a.right(), source.1), half(to, target.1, 0.0)),
            Route::Out => level(half(from, source.1, 0.5), (b.right(), target.1)),
            Route::Around => {
                let (x, bend): (fn(&Rect) -> f32, f32) =
                    if from.backwards { (|r: &Rect| r.left, -TURN_BEND) } else { (Rect::right, TURN_BEND) };
                let (start, end) = ((x(&a), source.1), (x(&b), target.1));
                let out = if from.backwards { start.0.min(end.0) } else { start.0.max(end.0) } + bend;
                Bezier([start, (out, start.1), (out, end.1), end])
            }
            Route::Over => {
                // A cubic with horizontal handles rises by three quarters of their height.
                let (start, end) = ((source.0, a.top), (target.0, b.top));
                let peak = |y: f32| y + (from.lane - y) * 4.0 / 3.0;
                Bezier([start, (start.0, peak(start.1)), (end.0, peak(end.1)), end])
            }
            Route::Across | Route::Free => {
                let (start, end) = if a.top < b.top {
                    ((source.0, a.bottom()), (target.0, b.top))
                } else {
                    ((source.0, a.top), (target.0, b.bottom()))
                };
                let bend = (end.1 - start.1) * 0.5;
                Bezier([start, (start.0, start.1 + bend), (end.0, end.1 - bend), end])
            }
        }
    }
}

/// Scene units between the strands of a link at its narrower end.
const STRAND_SPACE: f32 = 9.0;

/// Length of the handles of a curve that turns from one row to the next.
const TURN_BEND: f32 = layout::TURN / 0.75;

/// A point on the left edge of the embedding's frame: curves enter in its upper half and leave in its lower half.
fn half(panel: &Panel, y: f32, start: f32) -> (f32, f32) {
    let (cells, frame) = (panel.place.bounds(), panel.frame.unwrap_or(panel.place.bounds()));
    let at = (y - cells.top) / cells.height.max(1e-6);
    (frame.left, frame.top + frame.height * (start + 0.06 + 0.38 * at))
}
