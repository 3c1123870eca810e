//! Draws the cells of a grid directly into the pixels.
//!
//! The edges of a map are on whole pixels. Inside it, cells of [`SHARP`] pixels and more have sharp edges on whole
//! pixels; smaller ones are averaged over the area of each pixel, so that nothing flickers when the view moves and
//! every value counts even where hundreds share a pixel. Averages along a row are differences of its running sum, so
//! the cost at any size is one addition for each cell and one subtraction for each pixel.

use super::canvas::{Canvas, opaque};
use super::theme::{ColourScale, Rgb};
use crate::render::scene::{Grid, Rect, Viewport};

/// Least width in pixels of cells with sharp edges.
const SHARP: f32 = 4.0;

/// The colours of numbers.
pub enum Ink<'a> {
    /// Colours of the diverging scale, which ends at ±limit.
    Scale { scale: &'a ColourScale, limit: f32 },
    /// Light from 0 (black) to 1 (white), for a picture of 1 or 3 channels.
    Light { channels: usize },
}

impl Ink<'_> {
    /// The value at which the scale ends; `None` for light.
    pub fn limit(&self) -> Option<f32> {
        match *self {
            Ink::Scale { limit, .. } => Some(limit),
            Ink::Light { .. } => None,
        }
    }

    /// The colour of a single value.
    pub fn colour(&self, values: &[f32], index: usize) -> Rgb {
        match *self {
            Ink::Scale { scale, limit } => scale.colour(if limit == 0.0 { 0.0 } else { values[index] / limit }),
            Ink::Light { channels: 3 } => {
                let first = index / 3 * 3;
                [byte(values[first]), byte(values[first + 1]), byte(values[first + 2])]
            }
            Ink::Light { .. } => [byte(values[index]); 3],
        }
    }
}

fn byte(value: f32) -> u8 {
    // NaN becomes 0.
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// The whole pixels that a map covers along one axis, and its number of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub first: i32,
    pub last: i32,
    pub cells: usize,
}

impl Extent {
    fn cell(&self) -> f32 {
        (self.last - self.first) as f32 / self.cells as f32
    }

    pub fn is_sharp(&self) -> bool {
        SHARP <= self.cell()
    }

    /// The first pixel of a cell.
    pub fn edge(&self, cell: usize) -> i32 {
        self.first + (cell as f32 * self.cell() + 0.5).floor() as i32
    }

    /// The position of a pixel's near edge, in cells.
    fn place(&self, pixel: i32) -> f32 {
        let at = (pixel - self.first) as f32 / self.cell();
        at.clamp(0.0, self.cells as f32)
    }

    /// The cell at the centre of a pixel.
    fn cell_at(&self, pixel: i32) -> usize {
        let guess = (((pixel - self.first) as f32 + 0.5) / self.cell()) as usize;
        let guess = guess.min(self.cells - 1);
        if pixel < self.edge(guess) {
            guess - 1
        } else if guess + 1 < self.cells && self.edge(guess + 1) <= pixel {
            guess + 1
        } else {
            guess
        }
    }
}

/// The pixels of every map of a grid along one axis. All gaps between maps have the same number of pixels.
pub fn extents(start: f32, pitch: f32, gap: f32, maps: usize, cells: usize) -> Vec<Extent> {
    let gap = if 0.35 < gap { gap.round().max(1.0) } else { 0.0 } as i32;
    let edge = |map: usize| (start + map as f32 * pitch).round() as i32;
    (0..maps)
        .map(|map| {
            let first = edge(map);
            Extent { first, last: (edge(map + 1) - gap).max(first + 1), cells }
        })
        .collect()
}

/// The extents of a grid's columns and rows of maps in a view.
pub fn grid_extents(grid: &Grid, view: &Viewport) -> (Vec<Extent>, Vec<Extent>) {
    let (left, top) = view.pixel_from_scene(grid.left, grid.top);
    let gap = grid.gap * view.scale;
    let across = extents(left, grid.pitch_x() * view.scale, gap, grid.columns, grid.width);
    let down = extents(top, grid.pitch_y() * view.scale, gap, grid.rows(), grid.height);
    (across, down)
}

/// Working memory, kept between frames.
#[derive(Default)]
pub struct Scratch {
    /// The values of one map as scale entries or light, row by row.
    plane: Vec<f32>,
    /// The cells under one row of pixels, averaged over its height.
    row: Vec<f32>,
    /// Running sum of `row`, from 0 on.
    sums: Vec<f32>,
    /// For every edge between pixels, the cell there and the part of it before the edge.
    edges: Vec<(u32, f32)>,
}

impl Scratch {
    /// Draws all maps of a grid. `values` are those of one block, with adjacent channels.
    pub fn draw(&mut self, canvas: &mut Canvas, grid: &Grid, view: &Viewport, values: &[f32], ink: &Ink) {
        if values.len() != grid.len {
            return;
        }
        let (across, down) = grid_extents(grid, view);
        // The three cells of a colour pixel are drawn as one.
        let together = if let Ink::Light { channels } = ink { *channels } else { 1 };
        for map in 0..grid.maps {
            let (x, y) = (across[map % grid.columns], down[map / grid.columns]);
            let x = Extent { cells: x.cells / together, ..x };
            let rows = canvas.rows();
            let unseen = x.last <= 0 || y.last <= rows.start || view.width as i32 <= x.first || rows.end <= y.first;
            if !unseen {
                self.draw_map(canvas, grid, (map, x, y), values, ink);
            }
        }
    }

    fn draw_map(
        &mut self,
        canvas: &mut Canvas,
        grid: &Grid,
        (map, x, y): (usize, Extent, Extent),
        values: &[f32],
        ink: &Ink,
    ) {
        let (left, right) = (x.first.max(0), x.last.min(canvas.width() as i32));
        let rows = canvas.rows();
        let (top, bottom) = (y.first.max(rows.start), y.last.min(rows.end));
        let planes = if let Ink::Light { channels } = ink { *channels } else { 1 };
        // The last row of a folded vector may be short; the background shows at its missing cells.
        let short = values.len() < grid.width * grid.height * grid.maps;
        self.fill_plane(grid, map, values, ink, planes);
        self.edges.clear();
        if !x.is_sharp() {
            self.edges.extend((left..=right).map(|pixel| {
                let place = x.place(pixel);
                let cell = (place as usize).min(x.cells - 1);
                (cell as u32, place - cell as f32)
            }));
        }
        let mut drawn: Option<(usize, i32)> = None; // the last row of sharp cells, and its row of pixels
        for pixel_y in top..bottom {
            let cells_right = if short && y.is_sharp() && y.cell_at(pixel_y) == y.cells - 1 {
                let whole = (grid.height - 1) * grid.width;
                right.min(x.edge(values.len() - whole)).max(left)
            } else {
                right
            };
            if y.is_sharp() {
                let cell = y.cell_at(pixel_y);
                if let Some((_, from)) = drawn.filter(|(last, _)| *last == cell) {
                    canvas.repeat_span(from as usize, pixel_y as usize, left as usize, cells_right as usize);
                    continue;
                }
                drawn = Some((cell, pixel_y));
                let width = x.cells * planes;
                self.row.clear();
                self.row.extend_from_slice(&self.plane[cell * width..(cell + 1) * width]);
            } else {
                self.average_rows(x.cells * planes, y, pixel_y);
            }
            let span = canvas.span(pixel_y as usize, left as usize, cells_right as usize);
            match ink {
                Ink::Scale { scale, .. } => {
                    self.along(x, left, 1, span, |pixel, _, entry| *pixel = opaque(scale.entry(entry)));
                }
                Ink::Light { channels: 3 } => {
                    self.along(x, left, 3, span, |pixel, channel, light| {
                        pixel[channel] = (light + 0.5) as u8;
                        pixel[3] = 255;
                    });
                }
                Ink::Light { .. } => {
                    self.along(x, left, 1, span, |pixel, _, light| *pixel = opaque([(light + 0.5) as u8; 3]));
                }
            }
        }
    }

    /// Copies one map out of the interleaved values, as scale entries or light.
    fn fill_plane(&mut self, grid: &Grid, map: usize, values: &[f32], ink: &Ink, planes: usize) {
        self.plane.clear();
        let of_map = values[map..].iter().step_by(grid.maps);
        match ink {
            Ink::Scale { limit, .. } => {
                let to_entry = if *limit == 0.0 { 0.0 } else { ColourScale::MIDDLE / limit };
                self.plane.extend(of_map.map(|value| {
                    let entry =
                        (value * to_entry).clamp(-ColourScale::MIDDLE, ColourScale::MIDDLE) + ColourScale::MIDDLE;
                    if entry.is_nan() { ColourScale::MIDDLE } else { entry }
                }));
                self.plane.resize(grid.width * grid.height, ColourScale::MIDDLE);
            }
            Ink::Light { .. } => {
                let light = of_map.map(|value| if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) * 255.0 });
                self.plane.extend(light);
                self.plane.resize(grid.width * grid.height, 0.0);
            }
        }
        debug_assert_eq!(self.plane.len() % planes, 0);
    }

    /// `row` = the mean of the rows of cells under one row of pixels.
    fn average_rows(&mut self, width: usize, y: Extent, pixel_y: i32) {
        let (start, end) = (y.place(pixel_y), y.place(pixel_y + 1));
        let (first, last) = (start as usize, (end.ceil() as usize).min(y.cells));
        self.row.clear();
        self.row.resize(width, 0.0);
        for cell in first..last {
            let part = (end.min(cell as f32 + 1.0) - start.max(cell as f32)) / (end - start);
            let cells = &self.plane[cell * width..(cell + 1) * width];
            self.row.iter_mut().zip(cells).for_each(|(sum, value)| *sum += part * value);
        }
    }

    /// Calls `put(pixel, plane, value)` for every pixel of a span, for each of the `planes` adjacent values in `row`.
    #[inline(always)]
    fn along(
        &mut self,
        x: Extent,
        left: i32,
        planes: usize,
        span: &mut [[u8; 4]],
        mut put: impl FnMut(&mut [u8; 4], usize, f32),
    ) {
        if x.is_sharp() {
            let right = left + span.len() as i32;
            for cell in x.cell_at(left)..x.cells {
                let (start, end) = (x.edge(cell).max(left), x.edge(cell + 1).min(right));
                if end <= start {
                    break;
                }
                for pixel in &mut span[(start - left) as usize..(end - left) as usize] {
                    (0..planes).for_each(|plane| put(pixel, plane, self.row[cell * planes + plane]));
                }
            }
            return;
        }
        for plane in 0..planes {
            self.sums.clear();
            let mut sum = 0.0;
            for value in self.row[plane..].iter().step_by(planes) {
                self.sums.push(sum);
                sum += value;
            }
            let before = |&(cell, part): &(u32, f32)| {
                let cell = cell as usize;
                self.sums[cell] + part * self.row[cell * planes + plane]
            };
            let per_pixel = x.cell();
            let mut start = before(&self.edges[0]);
            for (pixel, edge) in span.iter_mut().zip(&self.edges[1..]) {
                let end = before(edge);
                put(pixel, plane, (end - start) * per_pixel);
                start = end;
            }
        }
    }
}

/// Draws lines between the cells of large grids; they fade in where cells are wider than `from` CSS pixels.
pub fn rule(canvas: &mut Canvas, grid: &Grid, view: &Viewport, from: f32, colour: Rgb) {
    let (across, down) = grid_extents(grid, view);
    let visible = Rect::from_ltwh(0.0, 0.0, view.width as f32, view.height as f32);
    let line = view.ratio.round().max(1.0) as i32;
    let strength = |cell: f32| ((cell / view.ratio - from) / 8.0).clamp(0.0, 1.0);
    let alpha = strength(across[0].cell()).min(strength(down[0].cell()));
    if alpha == 0.0 {
        return;
    }
    for y in &down {
        for x in &across {
            let area =
                Rect::from_ltwh(x.first as f32, y.first as f32, (x.last - x.first) as f32, (y.last - y.first) as f32);
            if !area.overlaps(&visible) {
                continue;
            }
            for cell in 1..x.cells {
                let at = x.edge(cell) - line / 2;
                canvas.blend_pixels((at, y.first, at + line, y.last), colour, alpha);
            }
            for cell in 1..y.cells {
                let at = y.edge(cell) - line / 2;
                canvas.blend_pixels((x.first, at, x.last, at + line), colour, alpha);
            }
        }
    }
}
