//! The projection that is shown: where each example is, and what is known about it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::LayoutSettings;
use super::source::ProjectionSource;
use super::tour_view::TourView;
use crate::data::Split;
use crate::error::{Error, Result};
use crate::inspect::{MapQuality, ReducedPoints};
use crate::select::select;
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;

/// The ways to place points in a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProjectionMethod {
    Pca,
    Tsne,
    Umap,
    Tour,
}

/// The latest projection, and the settings that the one being made follows.
#[derive(Default)]
pub struct Projections {
    latest: Option<Projection>,
    pub settings: LayoutSettings,
}

pub struct Projection {
    made_from: ProjectionStamps,
    pub source: ProjectionSource,
    pub method: ProjectionMethod,
    pub splits: Vec<Split>,
    /// The step of the network that computed the points.
    pub step: u64,
    pub examples: Vec<u32>,
    /// Their places; empty until there are some.
    pub points: Vec<[f32; 2]>,
    /// The points in the space that was projected, once they have been read.
    pub space: Option<Arc<ReducedPoints>>,
    pub quality: Option<MapQuality>,
    pub tour: Option<TourView>,
    pub is_done: bool,
    /// Counts changes of the places, over all projections, from 1 on.
    pub version: u64,
}

/// Stamps of the images and, unless pixels are projected, of the network's structure.
type ProjectionStamps = (Stamp, Option<Stamp>);

fn stamps(source: ProjectionSource, run: &Run, data: &Data) -> ProjectionStamps {
    let structure = (source != ProjectionSource::Pixels).then(|| run.learner.stamps().structure);
    (data.stamps().images, structure)
}

/// A neighbour of a point in the map, and whether it is one of the nearest in space as well.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TruePoint {
    pub example: u32,
    pub is_true: bool,
}

impl Projections {
    /// The latest projection, if it belongs to these images and this network.
    pub fn latest(&self, run: &Run, data: &Data) -> Option<&Projection> {
        self.latest.as_ref().filter(|latest| latest.made_from == stamps(latest.source, run, data))
    }

    pub(in crate::session) fn latest_mut(&mut self) -> Option<&mut Projection> {
        self.latest.as_mut()
    }

    /// Begins another. Its examples stay where they were in an earlier one by the same method if `stay` is true and all of
    /// them were there; returns whether they do.
    pub fn begin(
        &mut self,
        (source, method): (ProjectionSource, ProjectionMethod),
        (splits, examples): (Vec<Split>, Vec<u32>),
        stay: bool,
        (run, data): (&Run, &Data),
    ) -> bool {
        let made_from = stamps(source, run, data);
        let version = self.latest.as_ref().map_or(1, |latest| latest.version + 1);
        let earlier =
            self.latest.take().filter(|earlier| stay && earlier.method == method && earlier.made_from.0 == made_from.0);
        let points = earlier.as_ref().and_then(|earlier| earlier.places_of(&examples)).unwrap_or_default();
        let stays = !points.is_empty();
        let tour = earlier.filter(|earlier| earlier.source == source).and_then(|earlier| earlier.tour);
        self.latest = Some(Projection {
            made_from,
            source,
            method,
            splits,
            step: run.shown_step(),
            examples,
            points,
            space: None,
            quality: None,
            tour,
            is_done: false,
            version,
        });
        stays
    }
}

impl Projection {
    /// The places of these examples, if all of them have one.
    fn places_of(&self, examples: &[u32]) -> Option<Vec<[f32; 2]>> {
        if self.points.len() != self.examples.len() {
            return None;
        }
        let place = |example: &u32| self.examples.binary_search(example).ok().map(|at| self.points[at]);
        examples.iter().map(place).collect()
    }

    /// Moves all points.
    pub(in crate::session) fn move_to(&mut self, points: &[[f32; 2]]) {
        self.points.clear();
        self.points.extend_from_slice(points);
        self.version += 1;
    }

    /// The nearest `count` points to one in the map, nearest first, and which of them are among its nearest `count` in
    /// space.
    pub fn neighbours_in_map(&self, point: usize, count: usize) -> Result<Vec<TruePoint>> {
        let (Some(&[x, y]), Some(space)) = (self.points.get(point), &self.space) else {
            return Err(Error::expected("map", format!("a point below {}", self.points.len()), point));
        };
        let in_map = nearest(point, count, self.points.iter().map(|[ox, oy]| (ox - x).powi(2) + (oy - y).powi(2)));
        let own = &space.values[point * space.len..][..space.len];
        let square = |other: &[f32]| own.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
        let in_space = nearest(point, count, space.values.chunks_exact(space.len).map(square));
        let found = in_map.iter().map(|at| TruePoint { example: self.examples[*at], is_true: in_space.contains(at) });
        Ok(found.collect())
    }
}

/// Places of the smallest values besides `own`, the smallest first.
fn nearest(own: usize, count: usize, squares: impl Iterator<Item = f32>) -> Vec<usize> {
    let mut all: Vec<(f32, usize)> =
        squares.enumerate().filter(|&(at, _)| at != own).map(|(at, square)| (square, at)).collect();
    let order = |a: &(f32, usize), b: &(f32, usize)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
    if count < all.len() {
        select(&mut all, count, order);
        all.truncate(count);
    }
    all.sort_unstable_by(order);
    all.into_iter().map(|(_, at)| at).collect()
}
