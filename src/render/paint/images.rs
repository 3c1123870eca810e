//! Images of the incoming weights of each neuron or map, drawn in its place where there is space.

use crate::layer::{Layer, WeightView};
use crate::network::Network;
use crate::render::scene::{Grid, Receptive, Rect, Viewport, cells, folding, read_shape};
use crate::shape::Shape;

/// Least width of a weight in CSS pixels; no images are drawn where weights would be smaller.
const LEAST_TAP: f32 = 1.6;
/// Share of a cell around its image, so that the cell's own colour frames it.
const FREE: f32 = 0.08;
/// Most weights that are drawn in a frame.
const MOST_WEIGHTS: usize = 1_500_000;
/// Number of weights that are sampled to find the limit of the colour scale.
const LOOKED_AT: usize = 50_000;

/// The images of one panel.
pub struct Images<'a> {
    layer: &'a Layer,
    params: &'a [f32],
    read: Shape,
    is_kernel: bool,
    /// The form of each image.
    form: Form,
    visible: Vec<(usize, Rect)>,
}

/// The form of an image: its maps side by side, with a cell for each weight.
#[derive(Clone, Copy)]
struct Form {
    width: usize,
    height: usize,
    maps: usize,
    columns: usize,
}

impl Form {
    fn of(image: &Receptive) -> Self {
        let Receptive { width, height, maps, .. } = *image;
        if width * height == 1 {
            // A vector has no maps; its values are folded as in its panel.
            let width = folding::square_folding(maps);
            return Self { width, height: maps.div_ceil(width), maps: 1, columns: 1 };
        }
        // In a square, cells are the larger, the fewer there are on the longer side.
        let longer = |columns: &usize| (columns * width).max(maps.div_ceil(*columns) * height);
        let columns = (1..=maps).min_by_key(longer).unwrap_or(1);
        Self { width, height, maps, columns }
    }

    /// Space between maps, in cells.
    fn gap(&self) -> f32 {
        if self.maps == 1 { 0.0 } else { (self.width.max(self.height) as f32 / 8.0).clamp(0.3, 2.0) }
    }

    /// The grid of an image, centred in a rectangle, with square cells as large as possible.
    fn grid(&self, rect: &Rect, len: usize) -> Grid {
        let (rows, gap) = (self.maps.div_ceil(self.columns) as f32, self.gap());
        let across = (self.columns * self.width) as f32 + (self.columns as f32 - 1.0) * gap;
        let down = rows * self.height as f32 + (rows - 1.0) * gap;
        let cell = (rect.width / across).min(rect.height / down);
        let (width, height, gap) = (across * cell, down * cell, gap * cell);
        let centre = rect.centre();
        Grid {
            left: centre.0 - width / 2.0,
            top: centre.1 - height / 2.0,
            cell_width: cell,
            cell_height: cell,
            width: self.width,
            height: self.height,
            maps: self.maps,
            columns: self.columns,
            gap,
            len,
        }
    }
}

/// The images of a block that a view shows; `None` if they would be too small or too many.
pub fn plan<'a>(
    network: &'a Network,
    theta: &'a [f32],
    block: usize,
    grid: &'a Grid,
    view: &Viewport,
) -> Option<Images<'a>> {
    let here = &network.blocks()[block];
    let is_kernel = match here.layer.ops().weight_view() {
        WeightView::Band => return None,
        WeightView::Neighbourhoods | WeightView::Rows => false,
        WeightView::Kernels(_) => true,
    };
    let read = read_shape(network, block)?;
    let image = Receptive::of(&here.layer, 0, read)?;
    let weights = image.weights.len();
    let form = Form::of(&image);
    let first = form.grid(&unit(grid, is_kernel, 0)?, weights);
    if weights < 2 || first.cell_width.min(first.cell_height) * view.scale < LEAST_TAP * view.ratio {
        return None;
    }
    let units = if is_kernel { grid.maps } else { grid.len };
    let seen = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
    let place = |index: usize| Some((index, unit(grid, is_kernel, index)?));
    let visible: Vec<_> =
        (0..units).filter_map(place).filter(|(_, rect)| view.pixel_rect(rect).overlaps(&seen)).collect();
    let few = visible.len() * weights <= MOST_WEIGHTS;
    let params = &theta[here.params.clone()];
    few.then_some(Images { layer: &here.layer, params, read, is_kernel, form, visible })
}

/// The place of the image of a neuron or of a map.
fn unit(grid: &Grid, is_kernel: bool, index: usize) -> Option<Rect> {
    let first = grid.cell(index)?;
    if is_kernel {
        let (width, height) = (grid.cell_width * grid.width as f32, grid.cell_height * grid.height as f32);
        return Some(Rect::from_ltwh(first.left, first.top, width, height));
    }
    Some(first.grown(-FREE * grid.cell_width.min(grid.cell_height)))
}

impl Images<'_> {
    /// Whether each image belongs to a whole map rather than to one neuron.
    pub fn are_kernels(&self) -> bool {
        self.is_kernel
    }

    /// The limit of the colour scale.
    pub fn limit(&self, counts: &mut Vec<u32>) -> f32 {
        let every = (self.params.len() / LOOKED_AT).max(1);
        let some: Vec<f32> = self.params.iter().copied().step_by(every).collect();
        cells::limit(&some, counts)
    }

    /// Whether any weight is at least this many CSS pixels wide.
    pub fn have_room(&self, view: &Viewport, least: f32) -> bool {
        let widest = self.visible.iter().map(|(_, rect)| rect.width.max(rect.height)).fold(0.0, f32::max);
        least * view.ratio <= widest * view.scale
    }

    /// Calls `put` for each visible image with its place, its cells and their weights.
    pub fn draw(&self, view: &Viewport, mut put: impl FnMut(&Rect, &Grid, &[f32])) {
        let mut values = Vec::new();
        for (index, rect) in &self.visible {
            let Some(image) = Receptive::of(self.layer, *index, self.read) else { continue };
            image.values(self.params, &mut values);
            // A neighbourhood is smaller near an edge.
            let form = if self.is_kernel { self.form } else { Form::of(&image) };
            let mut grid = form.grid(rect, values.len());
            // A gap of less than a pixel would not be seen.
            grid.gap = if grid.gap * view.scale < 0.35 { 0.0 } else { grid.gap };
            put(rect, &grid, &values);
        }
    }
}
