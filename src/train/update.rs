//! The end of a step: the gradient is summed, measured and applied piece by piece, while each piece is in the cache.
//!
//! Gradients of shards are added in the order of the shards. Gradients of matrices are computed here from dL/dz and x
//! and never stored. All numbers of the gradient are known to be finite before any parameter moves: for a shard from
//! the sum of squares of its gradient, and for a matrix because no number of dz^T x is larger than the product of the
//! norms of dz and x.

use std::ops::Range;

use super::factors::Factors;
use super::layout::{BlockSlice, Layout};
use super::object_pool::ObjectPool;
use super::observe::{ObservedStep, one_in};
use super::shard::{Shard, Workspace};
use crate::kernels::elementwise;
use crate::kernels::outer::Outer;
use crate::kernels::rectangle::{Rectangle, rectangles};
use crate::optim::{Optim, OptimStep};
use crate::par;

/// Most parameters in a piece outside matrices, so that they and their moments stay in the second-level cache.
const PIECE: usize = 16 * 1024;
/// Parameters whose gradient is summed at a time, in the first-level cache.
const LINE: usize = 1024;
/// Most rows and columns of a piece of a matrix.
const RECTANGLE: (usize, usize) = (32, 1024);
/// Numbers of a factor that one thread checks.
const PART: usize = 8 * 1024;
/// The largest number that a matrix's gradient may contain.
const LARGEST: f64 = 1e37;

/// The gradient of a step, in parts.
pub(super) struct Gradient<'a> {
    pub layout: &'a Layout,
    pub shards: &'a [Shard],
    /// The only workspace, if all threads worked together; it holds the factors of the matrices' gradients.
    pub workspace: Option<&'a Workspace>,
    /// The gathered factors, if each thread worked on its own shard.
    pub factors: &'a [Factors],
    /// The parameter that the moments begin with.
    pub first_moment: usize,
    pub examples: usize,
    /// Working memory of the threads.
    pub scratch: &'a ObjectPool<Vec<f32>>,
}

/// Some parameters and their moments, as rectangles of the matrix that begins at `start`.
struct Piece<'a> {
    theta: Rectangle<'a>,
    m: Option<Rectangle<'a>>,
    v: Option<Rectangle<'a>>,
    start: usize,
    stride: usize,
    from: GradientSource<'a>,
    /// Sum of the squares of its gradient.
    squares: f64,
    block: usize,
    /// Set where the step is observed.
    observed: Option<Box<ObservedStep>>,
}

/// The source of a piece's gradient.
#[derive(Clone, Copy)]
enum GradientSource<'a> {
    /// The sum over the shards, at this offset in their gradients.
    Shards(usize),
    Matrix(Outer<'a>),
    Bias(Outer<'a>),
}

impl Gradient<'_> {
    /// Whether every number of the gradient is finite.
    pub fn is_finite(&self) -> bool {
        let matrices: Vec<Outer> = self.layout.blocks.iter().filter_map(|place| self.outer(place)).collect();
        let factors = matrices.iter().flat_map(|outer| [outer.dz, outer.x]).enumerate();
        let parts: Vec<(usize, &[f32])> =
            factors.flat_map(|(number, factor)| factor.chunks(PART).map(move |part| (number, part))).collect();
        let mut squares = vec![0.0; 2 * matrices.len()];
        for (&(number, _), sum) in parts.iter().zip(par::map(&parts, |(_, part)| elementwise::squares(part))) {
            squares[number] += sum;
        }
        let bound = |&[dz, x]: &[f64; 2]| (dz * (x + self.examples as f64)).sqrt();
        self.shards.iter().all(|shard| shard.squares.is_finite())
            && squares.as_chunks::<2>().0.iter().map(bound).all(|bound| bound < LARGEST)
    }

    /// The norm of the gradient over all parameters that train, before they move.
    pub fn norm(&self, theta: &mut [f32]) -> f64 {
        // Matrices that train as a whole need not be computed for their norm.
        let whole = |place: &BlockSlice| self.layout.moves_all(place.params.clone());
        let places = self.layout.blocks.iter().filter(|place| whole(place));
        let matrices: Vec<Outer> = places.filter_map(|place| self.outer(place)).collect();
        let known: f64 = par::map(&matrices, Outer::squares).iter().sum();
        (known + self.run(&mut self.pieces(theta, &mut [], &mut [], whole), None)).sqrt()
    }

    /// Moves all parameters that train; returns the norm of the gradient, and for each block what was observed if that is
    /// wanted.
    pub fn apply(
        &self,
        theta: &mut [f32],
        optim: &mut Optim,
        step: &OptimStep,
        observes: bool,
    ) -> (f64, Vec<(usize, ObservedStep)>) {
        let decay = optim.weight_decay;
        let mut pieces = self.pieces(theta, &mut optim.m, &mut optim.v, |_| false);
        if observes {
            for place in &self.layout.blocks {
                let of_block = pieces.iter_mut().filter(|piece| piece.block == place.block);
                let counted = of_block.step_by(one_in(place.params.len()));
                counted.for_each(|piece| piece.observed = Some(Box::default()));
            }
        }
        let norm = self.run(&mut pieces, Some((step, decay))).sqrt();
        let mut observed: Vec<(usize, ObservedStep)> = Vec::new();
        for piece in pieces {
            let Some(more) = piece.observed else { continue };
            match observed.last_mut() {
                Some((block, of_block)) if *block == piece.block => of_block.merge(&more),
                _ => observed.push((piece.block, *more)),
            }
        }
        (norm, observed)
    }

    fn outer(&self, place: &BlockSlice) -> Option<Outer<'_>> {
        place.matrix?;
        let Some(workspace) = self.workspace else {
            let factors = self.factors.iter().find(|factors| factors.block == place.block);
            return factors.map(|factors| factors.outer(self.examples));
        };
        let (dz, x) = (workspace.pass.gradient(place.block), workspace.pass.values(place.input));
        Some(Outer { examples: self.examples, dz, x })
    }

    /// Cuts everything into pieces for the threads, except the matrices for which `without` is true.
    fn pieces<'a>(
        &'a self,
        theta: &'a mut [f32],
        m: &'a mut [f32],
        v: &'a mut [f32],
        without: impl Fn(&BlockSlice) -> bool,
    ) -> Vec<Piece<'a>> {
        let mut pieces = Vec::new();
        let first = self.first_moment;
        let (mut theta, mut m, mut v) = (Parts::new(theta, 0), Parts::new(m, first), Parts::new(v, first));
        let mut cut =
            |block: usize, range: Range<usize>, stride: usize, size: (usize, usize), from: GradientSource<'a>| {
                let start = range.start;
                let theta = rectangles(theta.take(&range), stride, size);
                let mut m = rectangles(m.take(&range), stride, size);
                let mut v = rectangles(v.take(&range), stride, size);
                let piece = |theta| Piece {
                    theta,
                    m: m.next(),
                    v: v.next(),
                    start,
                    stride,
                    from,
                    squares: 0.0,
                    block,
                    observed: None,
                };
                pieces.extend(theta.map(piece));
            };
        for place in &self.layout.blocks {
            let Range { start, end } = place.params;
            match (place.matrix, self.outer(place)) {
                (Some((rows, columns)), Some(outer)) => {
                    let bias = start + rows * columns;
                    if !without(place) {
                        cut(place.block, start..bias, columns, RECTANGLE, GradientSource::Matrix(outer));
                    }
                    cut(place.block, bias..end, rows, (1, rows), GradientSource::Bias(outer));
                }
                _ => {
                    let from = GradientSource::Shards(self.layout.rest()[place.block].start);
                    cut(place.block, start..end, end - start, (1, PIECE), from);
                }
            }
        }
        pieces
    }

    /// Sums the gradient of each piece and, if there is a step, applies it with this weight decay. Returns the sum of
    /// the squares.
    fn run(&self, pieces: &mut [Piece], step: Option<(&OptimStep, f32)>) -> f64 {
        par::each(pieces, |_, piece| {
            let line = |piece: &mut Piece, row: usize, columns: Range<usize>, grad: &[f32]| {
                let first = piece.start + row * piece.stride + columns.start;
                for (run, decays) in self.layout.moving(first..first + columns.len()) {
                    let grad = &grad[run.start - first..run.end - first];
                    piece.squares += elementwise::squares(grad);
                    if let Some((step, decay)) = step {
                        let from = run.start - first + columns.start - piece.theta.columns.start;
                        let within = from..from + run.len();
                        let theta = &mut piece.theta.row(row)[within.clone()];
                        let m = piece.m.as_mut().map_or(&mut [][..], |m| &mut m.row(row)[within.clone()]);
                        let v = piece.v.as_mut().map_or(&mut [][..], |v| &mut v.row(row)[within]);
                        if let Some(observed) = &mut piece.observed {
                            observed.before(theta, grad);
                        }
                        step.apply(theta, grad, m, v, if decays { decay } else { 0.0 });
                        if let Some(observed) = &mut piece.observed {
                            observed.after(theta);
                        }
                    }
                }
            };
            let (rows, columns) = (piece.theta.rows.clone(), piece.theta.columns.clone());
            match piece.from {
                GradientSource::Matrix(outer) => self.scratch.lend(Vec::new, |scratch| {
                    let grad = outer.part(&piece.theta, scratch);
                    for (row, grad) in rows.zip(grad.chunks_exact(columns.len())) {
                        line(piece, row, columns.clone(), grad);
                    }
                }),
                GradientSource::Bias(outer) => self.scratch.lend(Vec::new, |scratch| {
                    scratch.resize(scratch.len().max(columns.len()), 0.0);
                    let grad = &mut scratch[..columns.len()];
                    outer.bias(grad);
                    line(piece, 0, columns.clone(), grad);
                }),
                GradientSource::Shards(start) => {
                    let mut sum = [0.0; LINE];
                    for first in columns.clone().step_by(LINE) {
                        let columns = first..columns.end.min(first + LINE);
                        let sum = &mut sum[..columns.len()];
                        let range = start + columns.start..start + columns.end;
                        let (shard, rest) = self.shards.split_first().expect("a batch has a shard");
                        sum.copy_from_slice(&shard.grad[range.clone()]);
                        for shard in rest {
                            elementwise::zip(sum, &shard.grad[range.clone()], |sum, grad| sum + grad);
                        }
                        line(piece, 0, columns, sum);
                    }
                }
            }
        });
        pieces.iter().map(|piece| piece.squares).sum()
    }
}

/// A slice parallel to theta, handed out in ascending ranges; empty if the method keeps no such moments.
struct Parts<'a> {
    rest: &'a mut [f32],
    at: usize,
}

impl<'a> Parts<'a> {
    /// The slice belongs to the parameters from number `at` on.
    fn new(rest: &'a mut [f32], at: usize) -> Self {
        Self { rest, at }
    }

    fn take(&mut self, range: &Range<usize>) -> &'a mut [f32] {
        let skipped = self.rest.len().min(range.start - self.at);
        let _ = self.rest.split_off_mut(..skipped);
        self.at = range.end;
        let len = self.rest.len().min(range.len());
        self.rest.split_off_mut(..len).unwrap_or_default()
    }
}
