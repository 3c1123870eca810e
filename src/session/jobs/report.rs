//! Makes the report of the run: measures the held-out images, looks where the network looks, searches what its outputs
//! want, lays out a map, and describes it all.

use std::any::Any;

use serde::Deserialize;
use serde_json::Value;

use super::evaluate::Evaluate;
use super::explain::{Explain, ExplainSheet, Explaining};
use super::job::{Job, JobContext, JobRequest};
use super::maximise::Maximising;
use super::project::Project;
use crate::data::Split;
use crate::error::Result;
use crate::inspect::{AttributionMethod, Unit, methods};
use crate::network::Task;
use crate::session::data::Data;
use crate::session::projection::{LayoutSettings, ProjectionMethod, ProjectionSource, Projections};
use crate::session::report::{Chosen, Material, describe};
use crate::session::run::Run;
use crate::session::scores::ExampleFilter;
use crate::session::stamp::Stamp;

/// Images of the data, worst images, and further images that are explained.
const SOME: usize = 24;
const WORST: usize = 18;
const EXPLAINED: usize = 12;
/// Most units whose wishes are searched.
const MOST_UNITS: usize = 24;

/// Requests the report.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct WriteReport {
    /// The title; without one, the kind of the network and the data.
    #[serde(default)]
    pub title: Option<String>,
}

type Step = fn(&mut Reporting, &mut JobContext) -> Option<Box<dyn Job>>;

/// The work, with the share of the time that each part takes, in percent. A part that this learner has not is left out.
const STEPS: [(Step, usize); 4] =
    [(Reporting::measure, 20), (Reporting::explain, 15), (Reporting::search, 35), (Reporting::lay_out, 30)];

/// A report in the making.
pub struct Reporting {
    title: String,
    split: Split,
    chosen: Chosen,
    /// Number of the step that is worked on.
    step: usize,
    working: Option<Box<dyn Job>>,
    done: Vec<Box<dyn Job>>,
    /// The report's own map; that of the page stays.
    projections: Projections,
    /// The description, at the end.
    pub text: Option<String>,
}

impl JobRequest for WriteReport {
    const KIND: &'static str = "report";
    type Job = Reporting;

    fn begin(self, at: &mut JobContext) -> Result<Reporting> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        run.check_fits(data)?;
        let title = self.title.unwrap_or_else(|| format!("{} on {}", run.preset, data.name));
        let some = at.viewer.some_examples(Split::Train, SOME);
        let chosen = Chosen { some: some.into_iter().map(|n| n as u32).collect(), ..Chosen::default() };
        let (working, done, projections) = (None, Vec::new(), Projections::default());
        let mut reporting =
            Reporting { title, split: data.held_out(), chosen, step: 0, working, done, projections, text: None };
        reporting.begin_step(at);
        Ok(reporting)
    }
}

impl Reporting {
    /// Begins the step, or the next one that there is something to do in.
    fn begin_step(&mut self, at: &mut JobContext) {
        std::mem::swap(at.projections, &mut self.projections);
        while self.working.is_none()
            && let Some((begin, _)) = STEPS.get(self.step)
        {
            self.working = begin(self, at);
            self.step += usize::from(self.working.is_none());
        }
        std::mem::swap(at.projections, &mut self.projections);
    }

    fn measure(&mut self, at: &mut JobContext) -> Option<Box<dyn Job>> {
        begun(Evaluate { split: self.split }, at)
    }

    /// The worst images, and some others that were held out.
    fn explain(&mut self, at: &mut JobContext) -> Option<Box<dyn Job>> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let filter = ExampleFilter { wrong: run.objective().task == Task::Classifier, ..ExampleFilter::default() };
        self.chosen.worst = at.scores.worst(self.split, filter, (0, WORST), (run, data)).1;
        let held_out = at.viewer.fixed_examples(EXPLAINED);
        let network = run.supervised().ok()?.network();
        if run.objective().task != Task::Classifier {
            self.chosen.explained = held_out;
            return None;
        }
        self.chosen.explained = self.chosen.worst.iter().map(|one| one.example).chain(held_out).collect();
        let all = methods(network);
        let method = [AttributionMethod::GradCam, AttributionMethod::IntegratedGradients]
            .into_iter()
            .find(|method| all.contains(method))?;
        let how = Explain { method, class: None, block: None };
        begun(ExplainSheet { how, examples: self.chosen.explained.clone() }, at)
    }

    /// What the outputs want, or the numbers of the code.
    fn search(&mut self, at: &mut JobContext) -> Option<Box<dyn Job>> {
        let run = at.viewer.run;
        let network = run.supervised().ok()?.network();
        let block = match run.objective().task {
            Task::Classifier | Task::Regressor => network.blocks().len() - 1,
            Task::Autoencoder | Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => network.embedding?,
        };
        let mut units = Unit::all(network, block);
        units.truncate(MOST_UNITS);
        let seed = at.viewer.config.seed();
        Some(Box::new(Maximising::begin(at, units, 1, seed).ok()?))
    }

    /// A map of the held-out images by what the network makes of them.
    fn lay_out(&mut self, at: &mut JobContext) -> Option<Box<dyn Job>> {
        let run = at.viewer.run;
        let source = match run.supervised() {
            Err(_) => ProjectionSource::Pixels,
            Ok(_) if run.network().embedding.is_some() => ProjectionSource::Code,
            Ok(_) if run.objective().task == Task::ImageToImage => ProjectionSource::Pixels,
            Ok(_) => ProjectionSource::Block(run.network().blocks().len().saturating_sub(2)),
        };
        let few = (at.viewer.data.count(self.split) as f32 / 4.0).clamp(5.0, 30.0);
        let settings = LayoutSettings { perplexity: few, ..LayoutSettings::default() };
        let splits = vec![self.split];
        begun(Project { source, method: ProjectionMethod::Tsne, splits, settings, stay: false }, at)
    }

    fn found<J: Job>(&self) -> Option<&J> {
        self.done.iter().find_map(|job| (&**job as &dyn Any).downcast_ref())
    }

    fn write(&mut self, at: &mut JobContext) -> Result<()> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let material = Material {
            run,
            data,
            title: &self.title,
            viewer: &at.viewer,
            chosen: &self.chosen,
            measurement: at.scores.measurement(self.split, run, data),
            explained: self.found::<Explaining>(),
            wanted: self.found::<Maximising>(),
            projection: self.projections.latest(run, data),
        };
        let text = describe(&material)?;
        data.check_read()?;
        self.text = Some(text);
        Ok(())
    }
}

/// `None` where there is nothing to work on.
fn begun<R: JobRequest>(request: R, at: &mut JobContext) -> Option<Box<dyn Job>> {
    Some(Box::new(request.begin(at).ok()?))
}

impl Job for Reporting {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let Some(mut job) = self.working.take() else {
            self.write(at)?;
            return Ok(false);
        };
        std::mem::swap(at.projections, &mut self.projections);
        let more = job.advance(at);
        std::mem::swap(at.projections, &mut self.projections);
        if more? {
            self.working = Some(job);
            return Ok(true);
        }
        self.done.push(job);
        self.step += 1;
        self.begin_step(at);
        Ok(true)
    }

    /// In thousandths.
    fn progress(&self) -> (usize, usize) {
        let before: usize = STEPS.iter().take(self.step).map(|(_, share)| share).sum();
        let now = self.working.as_ref().map_or(0, |job| {
            let (done, total) = job.progress();
            10 * STEPS[self.step].1 * done.min(total) / total.max(1)
        });
        (10 * before + now, 1000)
    }

    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.learner.stamps();
        vec![learner.structure, learner.objective, data.stamps().images, data.stamps().labels]
    }

    fn result(&self) -> Value {
        self.text.clone().into()
    }
}
