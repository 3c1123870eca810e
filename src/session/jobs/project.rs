//! Projects all examples of some splits into a plane: reads the points, reduces them to principal components, finds their
//! neighbours, lays them out, and measures the map. Settings act while it is being made.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::Split;
use crate::error::{Error, Result};
use crate::inspect::{
    Affinity, GraphBuilder, NeighbourGraph, NeighbourSearch, Neighbours, QualityMeter, ReducedPoints, Reduction, Tsne,
    Umap,
};
use crate::par;
use crate::session::data::Data;
use crate::session::projection::{
    LayoutSettings, Projection, ProjectionMethod, ProjectionSource, SourceReader, TourView,
};
use crate::session::run::Run;
use crate::session::stamp::Stamp;

/// Principal components that neighbours are searched in.
const COMPONENTS: usize = 50;
/// Fewest points of a map.
const FEWEST: usize = 4;
/// Bytes that a map takes for each point, besides its neighbours, and for each of its neighbours.
const POINT_BYTES: usize = 1100;
const NEIGHBOUR_BYTES: usize = 36;

/// Requests a projection.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Project {
    pub source: ProjectionSource,
    pub method: ProjectionMethod,
    pub splits: Vec<Split>,
    #[serde(default)]
    pub settings: LayoutSettings,
    /// Whether points begin where they are in the latest map, so that they move on from there.
    #[serde(default)]
    pub stay: bool,
}

/// A projection in progress. Its points are in [`Projections`](crate::session::Projections).
pub struct Projecting {
    source: ProjectionSource,
    method: ProjectionMethod,
    reader: SourceReader,
    examples: Vec<u32>,
    stays: bool,
    stage: MapStage,
    space: Arc<ReducedPoints>,
    neighbours: Neighbours,
    /// The affinity that the layout's graph is made by.
    affinity: Affinity,
    layout: Option<MapLayout>,
}

enum MapStage {
    Reading(Reduction),
    Searching(NeighbourSearch),
    Building(GraphBuilder),
    Moving,
    Measuring(QualityMeter),
    Done,
}

enum MapLayout {
    Tsne(Box<Tsne>),
    Umap(Umap),
}

impl MapLayout {
    fn progress(&self) -> (usize, usize) {
        match self {
            Self::Tsne(tsne) => tsne.progress(),
            Self::Umap(umap) => umap.progress(),
        }
    }

    fn points(&self) -> &[[f32; 2]] {
        match self {
            Self::Tsne(tsne) => &tsne.points,
            Self::Umap(umap) => &umap.points,
        }
    }

    fn set_graph(&mut self, graph: NeighbourGraph) {
        match self {
            Self::Tsne(tsne) => tsne.set_graph(graph),
            Self::Umap(umap) => umap.set_graph(graph),
        }
    }

    fn advance(&mut self, settings: LayoutSettings) -> bool {
        match self {
            Self::Tsne(tsne) => tsne.advance(settings.tsne()),
            Self::Umap(umap) => umap.advance(settings.min_dist),
        }
    }
}

/// The current work, for the page.
#[derive(Clone, Copy, Debug, Serialize)]
struct ProjectionProgress {
    stage: &'static str,
    done: usize,
    total: usize,
}

impl JobRequest for Project {
    const KIND: &'static str = "project";
    type Job = Projecting;

    fn begin(self, at: &mut JobContext) -> Result<Projecting> {
        let Self { source, method, splits, settings, stay } = self;
        let (run, data) = (at.viewer.run, at.viewer.data);
        let settings = settings.checked()?;
        let examples: Vec<u32> =
            (0u32..).zip(&data.splits).filter(|(_, s)| splits.contains(s)).map(|(n, _)| n).collect();
        if examples.len() < FEWEST {
            return Err(Error::expected("map", format!("at least {FEWEST} images"), examples.len()));
        }
        let reader = SourceReader::new(source, run, data)?;
        let affinity = affinity_of(method, settings);
        let bytes = examples.len() as u64 * (POINT_BYTES + NEIGHBOUR_BYTES * affinity.neighbours()) as u64;
        if at.free_memory < bytes {
            let mega = |bytes: u64| format!("{} MiB", bytes >> 20);
            return Err(Error::expected("map", format!("{} of free memory", mega(bytes)), mega(at.free_memory)));
        }
        let (n, len) = (examples.len(), reader.len());
        let stage = MapStage::Reading(match method {
            ProjectionMethod::Tour => TourView::reduction(n, len),
            ProjectionMethod::Pca | ProjectionMethod::Tsne | ProjectionMethod::Umap => {
                Reduction::new(n, len, COMPONENTS)
            }
        });
        at.projections.settings = settings;
        let stays = at.projections.begin((source, method), (splits, examples.clone()), stay, (run, data));
        let (space, neighbours) = (Arc::default(), Neighbours::default());
        Ok(Projecting { source, method, reader, examples, stays, stage, space, neighbours, affinity, layout: None })
    }
}

fn affinity_of(method: ProjectionMethod, settings: LayoutSettings) -> Affinity {
    if method == ProjectionMethod::Tsne { settings.perplexity_affinity() } else { settings.fuzzy_affinity() }
}

impl Job for Projecting {
    /// In thousandths.
    fn progress(&self) -> (usize, usize) {
        let (from, to, (done, total)) = match &self.stage {
            MapStage::Reading(reduction) => (0, 80, reduction.progress()),
            MapStage::Searching(search) => (80, 240, search.progress()),
            MapStage::Building(builder) => (240, 280, builder.progress()),
            MapStage::Moving => (280, 950, self.layout.as_ref().map_or((0, 1), MapLayout::progress)),
            MapStage::Measuring(meter) => (950, 1000, meter.progress()),
            MapStage::Done => return (1000, 1000),
        };
        (from + (to - from) * done.min(total) / total.max(1), 1000)
    }

    fn result(&self) -> Value {
        let (stage, (done, total)) = match &self.stage {
            MapStage::Reading(reduction) => ("reading", reduction.progress()),
            MapStage::Searching(search) => ("searching", search.progress()),
            MapStage::Building(builder) => ("building", builder.progress()),
            MapStage::Moving => ("moving", self.layout.as_ref().map_or((0, 1), MapLayout::progress)),
            MapStage::Measuring(meter) => ("measuring", meter.progress()),
            MapStage::Done => ("done", (1, 1)),
        };
        json!(ProjectionProgress { stage, done, total })
    }

    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let settings = at.projections.settings;
        let Some(shown) = at.projections.latest_mut() else { return Ok(false) };
        let data = at.viewer.data;
        par::together(|| self.work(shown, settings, data))
    }

    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let mut stamps = vec![data.stamps().images];
        if self.source != ProjectionSource::Pixels {
            stamps.push(run.learner.stamps().structure);
        }
        stamps
    }
}

impl Projecting {
    /// Does the next piece of work. Returns whether there is more.
    fn work(&mut self, shown: &mut Projection, settings: LayoutSettings, data: &Data) -> Result<bool> {
        match &mut self.stage {
            MapStage::Reading(reduction) => {
                if let Some(rows) = reduction.wants() {
                    reduction.take(self.reader.read(data, &self.examples[rows])?)?;
                } else if let MapStage::Reading(reduction) = std::mem::replace(&mut self.stage, MapStage::Done) {
                    self.space = Arc::new(reduction.finish());
                    shown.space = Some(Arc::clone(&self.space));
                    self.stage = self.begin_map(shown, data);
                }
            }
            MapStage::Searching(search) => {
                if search.advance()
                    && let MapStage::Searching(search) = std::mem::replace(&mut self.stage, MapStage::Done)
                {
                    self.stage = MapStage::Building(GraphBuilder::new(search.finish(), self.affinity));
                }
            }
            MapStage::Building(builder) => {
                if builder.advance()
                    && let MapStage::Building(builder) = std::mem::replace(&mut self.stage, MapStage::Moving)
                {
                    let (neighbours, graph) = builder.finish();
                    self.neighbours = neighbours;
                    self.lay_out(graph, shown);
                }
            }
            MapStage::Moving => {
                let Some(layout) = &mut self.layout else { return Ok(false) };
                let affinity = affinity_of(self.method, settings);
                if affinity != self.affinity {
                    self.affinity = affinity;
                    let enough = affinity.neighbours().min(self.examples.len() - 1) <= self.neighbours.k;
                    self.stage = if enough {
                        MapStage::Building(GraphBuilder::new(std::mem::take(&mut self.neighbours), affinity))
                    } else {
                        self.search()
                    };
                    return Ok(true);
                }
                let is_done = layout.advance(settings);
                shown.move_to(layout.points());
                if is_done {
                    self.stage = self.measure(shown, data);
                }
            }
            MapStage::Measuring(meter) => {
                if meter.advance() {
                    shown.quality = Some(meter.quality());
                    self.stage = MapStage::Done;
                }
            }
            MapStage::Done => {}
        }
        shown.is_done = matches!(self.stage, MapStage::Done);
        Ok(!shown.is_done)
    }

    fn search(&self) -> MapStage {
        MapStage::Searching(NeighbourSearch::new(&self.space.values, self.space.len, self.affinity.neighbours()))
    }

    fn measure(&self, shown: &Projection, data: &Data) -> MapStage {
        let label = |&example: &u32| data.labels.get(example as usize).copied();
        let labels = self.examples.iter().filter_map(label).collect();
        MapStage::Measuring(QualityMeter::new(&self.space, &shown.points, labels))
    }

    /// The stage after the points have been read.
    fn begin_map(&self, shown: &mut Projection, data: &Data) -> MapStage {
        match self.method {
            ProjectionMethod::Tsne | ProjectionMethod::Umap => self.search(),
            ProjectionMethod::Pca => {
                let mut plane = self.space.plane();
                if self.stays {
                    turn_like(&mut plane, &shown.points);
                }
                shown.move_to(&plane);
                self.measure(shown, data)
            }
            ProjectionMethod::Tour => {
                let names = match self.source {
                    ProjectionSource::Probabilities => data.classes.clone(),
                    _ if self.space.len == self.reader.len() => (1..=self.space.len).map(|n| n.to_string()).collect(),
                    _ => (1..=self.space.len).map(|n| format!("PC {n}")).collect(),
                };
                let earlier = shown.tour.take().map(|view| view.tour);
                let view = TourView::new(&self.space, names, earlier, 1);
                let mut points = vec![[0.0; 2]; self.examples.len()];
                view.tour.project(&self.space.values, &mut points);
                shown.tour = Some(view);
                shown.move_to(&points);
                MapStage::Done
            }
        }
    }

    /// Begins the layout, or goes on with another graph.
    fn lay_out(&mut self, graph: NeighbourGraph, shown: &mut Projection) {
        if let Some(layout) = &mut self.layout {
            return layout.set_graph(graph);
        }
        let start = if self.stays { shown.points.clone() } else { self.space.plane() };
        let layout = match self.method {
            ProjectionMethod::Tsne => MapLayout::Tsne(Box::new(Tsne::new(graph, start, self.stays))),
            ProjectionMethod::Umap | ProjectionMethod::Pca | ProjectionMethod::Tour => {
                MapLayout::Umap(Umap::new(graph, start, self.stays))
            }
        };
        shown.move_to(layout.points());
        self.layout = Some(layout);
    }
}

/// Mirrors a plane so that its points are on the sides where they were; principal components have no sign.
fn turn_like(plane: &mut [[f32; 2]], before: &[[f32; 2]]) {
    for axis in [0, 1] {
        let along: f64 =
            plane.iter().zip(before).map(|(now, before)| f64::from(now[axis]) * f64::from(before[axis])).sum();
        if along < 0.0 {
            plane.iter_mut().for_each(|point| point[axis] = -point[axis]);
        }
    }
}
