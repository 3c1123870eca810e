//! The actions of a session on the map of its examples: what it shows, colours, neighbours, and the grand tour.

use serde::{Deserialize, Serialize};

use super::projection::{LayoutSettings, Projection, ProjectionMethod, ProjectionSource, TruePoint};
use super::scores::MeasuredExample;
use super::session::Session;
use crate::data::Split;
use crate::error::{Error, Result};
use crate::inspect::{MapQuality, islands, map_frame};

/// The map that is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapView {
    pub source: ProjectionSource,
    pub method: ProjectionMethod,
    pub splits: Vec<Split>,
    /// Steps between the network that computed the points and the one that is shown; 0 for pixels.
    pub stale: u64,
    pub is_done: bool,
    pub version: u64,
    pub quality: Option<MapQuality>,
    /// Left, right, bottom and top of a frame that holds nearly all points.
    pub frame: [f32; 4],
    /// Names of the axes of a tour; empty for other maps.
    pub axes: Vec<String>,
    #[serde(skip)]
    pub points: Vec<[f32; 2]>,
    #[serde(skip)]
    pub examples: Vec<u32>,
}

/// The property that colours the points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapColouring {
    Class,
    Predicted,
    /// 1: predicted as its label, 0: as another.
    Right,
    Loss,
    /// 0: training, 1: validation, 2: test, 3: left out.
    Split,
    /// The dense part of the map that a point is in, the largest is 0.
    Cluster,
}

/// A moment of a tour.
#[derive(Clone, Debug, PartialEq)]
pub struct TourFrame {
    pub points: Vec<[f32; 2]>,
    /// The directions of the axes `[p]`.
    pub axes: Vec<[f32; 2]>,
    /// Half the width of the frame.
    pub reach: f32,
}

impl Session {
    /// The latest map, finished or not; `None` before the first, and when images or structure have changed since.
    pub fn projection(&self) -> Option<&Projection> {
        self.projections.latest(self.run(), &self.data)
    }

    /// The latest map, with its points unless `known` is their version; 0 for none.
    pub fn map_view(&self, known: u64) -> Option<MapView> {
        let latest = self.projection()?;
        let is_of_network = latest.source != ProjectionSource::Pixels;
        let is_known = known == latest.version;
        Some(MapView {
            source: latest.source,
            method: latest.method,
            splits: latest.splits.clone(),
            stale: if is_of_network { self.run().shown_step().abs_diff(latest.step) } else { 0 },
            is_done: latest.is_done,
            version: latest.version,
            quality: latest.quality,
            frame: match &latest.tour {
                Some(tour) => [-tour.reach, tour.reach, -tour.reach, tour.reach],
                None => map_frame(&latest.points),
            },
            axes: latest.tour.as_ref().map_or_else(Vec::new, |tour| tour.names.clone()),
            points: if is_known { Vec::new() } else { latest.points.clone() },
            examples: if is_known { Vec::new() } else { latest.examples.clone() },
        })
    }

    /// A number for each point of the map: a class, a loss, ...; NaN where it is not known.
    pub fn map_colours(&self, by: MapColouring) -> Vec<f32> {
        let Some(latest) = self.projection() else { return Vec::new() };
        if by == MapColouring::Cluster {
            return islands(&latest.points).iter().map(|island| island.map_or(f32::NAN, |n| n as f32)).collect();
        }
        let scores = match by {
            MapColouring::Predicted | MapColouring::Right | MapColouring::Loss => {
                self.scores.of_examples(self.run(), &self.data)
            }
            MapColouring::Class | MapColouring::Split | MapColouring::Cluster => Vec::new(),
        };
        let number = |&example: &u32| {
            let at = example as usize;
            let label = self.data.labels.get(at).copied();
            let score = scores.get(at).copied().flatten();
            let predicted = score.and_then(|score| score.predicted());
            let known = match by {
                MapColouring::Class => label.map(|label| label as f32),
                MapColouring::Predicted => predicted.map(|predicted| predicted as f32),
                MapColouring::Right => label.zip(predicted).map(|(label, predicted)| f32::from(label == predicted)),
                MapColouring::Loss => score.map(|score| score.loss as f32),
                MapColouring::Split => self.data.splits.get(at).map(|&split| split as u8 as f32),
                MapColouring::Cluster => None, // it depends on all points
            };
            known.unwrap_or(f32::NAN)
        };
        latest.examples.iter().map(number).collect()
    }

    /// The nearest points in the map to an example, and which of them are among its nearest in space.
    pub fn map_neighbours(&self, example: u32, count: usize) -> Result<Vec<TruePoint>> {
        let latest = self.projection().ok_or_else(no_map)?;
        let point = latest.examples.binary_search(&example);
        latest.neighbours_in_map(point.map_err(|_| Error::expected("map", "an example of it", example))?, count)
    }

    /// Changes the settings of the map that is being made; they act at its next step.
    pub fn set_map_settings(&mut self, settings: LayoutSettings) -> Result<()> {
        self.projections.settings = settings.checked()?;
        Ok(())
    }

    /// Moves the tour on by an angle in radians.
    pub fn advance_tour(&mut self, angle: f64) -> Result<TourFrame> {
        self.tour_frame(|tour| tour.advance(if angle.is_finite() { angle } else { 0.0 }))
    }

    /// Lets an axis of the tour point to a place at most 1 away from the middle.
    pub fn set_tour_axis(&mut self, number: usize, place: [f32; 2]) -> Result<TourFrame> {
        self.tour_frame(|tour| tour.set_axis(number, place))
    }

    fn tour_frame(&mut self, change: impl FnOnce(&mut crate::inspect::Tour)) -> Result<TourFrame> {
        self.projection().ok_or_else(no_map)?;
        let latest = self.projections.latest_mut().ok_or_else(no_map)?;
        let (Some(view), Some(space)) = (&mut latest.tour, &latest.space) else { return Err(no_map()) };
        change(&mut view.tour);
        view.tour.project(&space.values, &mut latest.points);
        latest.version += 1;
        Ok(TourFrame { points: latest.points.clone(), axes: view.tour.axes(), reach: view.reach })
    }

    /// These examples, as the network that is shown scores them now.
    pub fn scored(&self, examples: &[u32]) -> Result<Vec<MeasuredExample>> {
        self.run().check_fits(&self.data)?;
        if let Some(example) = examples.iter().find(|&&example| self.data.len() <= example as usize) {
            return Err(Error::expected("example", format!("a number below {}", self.data.len()), example));
        }
        let scored = self.run().learner.scores(examples.to_vec(), &self.data);
        self.data.check_read()?;
        Ok(scored.iter().map(|one| MeasuredExample::new(one, &self.data)).collect())
    }
}

fn no_map() -> Error {
    Error::new("there is no such map yet, or its images or network have changed; make it again")
}
