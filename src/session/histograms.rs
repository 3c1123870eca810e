//! The statistics of the layers over time, as the page draws them, and what is alarming about them in words.

use serde::Serialize;

use super::session::Session;
use crate::metrics::{Histogram, LayerQuantity, LayerStatistics};
use crate::recorder::HistogramFrame;
use crate::words::counted;

/// The RMS of activations and gradients is expected within these.
const LEAST_RMS: f64 = 1e-3;
const MOST_RMS: f64 = 1e3;
/// Share of dead or saturated units from which on there is an alarm.
const MANY: f32 = 0.5;
/// Names in a sentence.
const MOST_NAMES: usize = 4;
/// The shares whose percentiles are drawn as bands: the ends, and one, one and a half and half a standard deviation of a
/// normal distribution on both sides of the median.
const PERCENTILES: [f64; 9] = [0.0, 0.07, 0.16, 0.31, 0.5, 0.69, 0.84, 0.93, 1.0];

/// All layers over time.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistogramsView {
    pub steps: Vec<u64>,
    pub epochs: Vec<f64>,
    /// Index of the frame of the network that is shown; `None` without frames.
    pub shown: Option<usize>,
    /// What is alarming at that frame, a sentence each.
    pub alarms: Vec<String>,
    /// The numbers at which all bins but the last end.
    pub limits: Vec<f64>,
    pub layers: Vec<LayerHistory>,
}

/// One layer over time. The series have a value for each frame; NaN where there was none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerHistory {
    pub name: String,
    /// Numbers that are counted at the frame that is shown.
    pub numbers: u32,
    /// Whether it is named in an alarm about this quantity.
    pub alarming: bool,
    /// Shares of the bins `[frames, 64]`, without numbers that are 0; empty for a quantity that is one number.
    #[serde(skip)]
    pub shares: Vec<f32>,
    /// Share of the numbers that are 0; empty likewise.
    #[serde(skip)]
    pub zeros: Vec<f32>,
    /// Percentiles `[frames, 9]`; empty likewise.
    #[serde(skip)]
    pub percentiles: Vec<f32>,
    #[serde(skip)]
    pub rms: Vec<f32>,
    #[serde(skip)]
    pub update_ratio: Vec<f32>,
    #[serde(skip)]
    pub dead: Vec<f32>,
    #[serde(skip)]
    pub saturated: Vec<f32>,
}

impl Session {
    /// One quantity of all layers over time, of those that the latest network has; `None` for how far the parameters
    /// moved by their size.
    pub fn histograms(&self, quantity: Option<LayerQuantity>) -> HistogramsView {
        let history = self.recorder().histograms();
        let frames = history.frames();
        let shown = history.at(self.run().shown_step());
        let now: &[LayerStatistics] = shown.map_or(&[], |shown| &frames[shown].layers);
        let has = |layer: &&LayerStatistics| match quantity {
            Some(quantity) => layer.of(quantity).is_some(),
            None => layer.update_ratio.is_some(),
        };
        HistogramsView {
            steps: frames.iter().map(|frame| frame.step).collect(),
            epochs: frames.iter().map(|frame| frame.epoch).collect(),
            shown,
            alarms: alarms(now),
            limits: (0..Histogram::BINS - 1).map(Histogram::limit).collect(),
            layers: now.iter().filter(has).map(|layer| layer_history(layer, quantity, frames)).collect(),
        }
    }
}

fn layer_history(now: &LayerStatistics, quantity: Option<LayerQuantity>, frames: &[HistogramFrame]) -> LayerHistory {
    let found = quantity.and_then(|quantity| now.of(quantity));
    let mut history = LayerHistory {
        name: now.name.clone(),
        numbers: found.map_or(0, Histogram::len),
        alarming: quantity.is_some_and(|quantity| quantity_alarms(now, quantity).into_iter().any(|alarm| alarm)),
        shares: Vec::new(),
        zeros: Vec::new(),
        percentiles: Vec::new(),
        rms: Vec::new(),
        update_ratio: Vec::new(),
        dead: Vec::new(),
        saturated: Vec::new(),
    };
    for frame in frames {
        let then = frame.layers.iter().find(|layer| layer.name == now.name);
        let or_nan = |share: Option<f32>| share.unwrap_or(f32::NAN);
        history.update_ratio.push(or_nan(then.and_then(|then| then.update_ratio)));
        history.dead.push(or_nan(then.and_then(|then| then.dead)));
        history.saturated.push(or_nan(then.and_then(|then| then.saturated)));
        let Some(quantity) = quantity else { continue };
        let found = then.and_then(|then| then.of(quantity));
        history.rms.push(found.map_or(f32::NAN, |found| found.rms() as f32));
        match found {
            Some(found) => {
                let all = found.len().max(1) as f32;
                let first = history.shares.len();
                history.shares.extend(found.counts.iter().map(|&count| count as f32 / all));
                let zeros = found.zeros as f32 / all;
                history.shares[first + Histogram::BINS / 2] -= zeros;
                history.zeros.push(zeros);
                history.percentiles.extend(PERCENTILES.iter().map(|&share| found.percentile(share) as f32));
            }
            None => {
                history.shares.extend([f32::NAN; Histogram::BINS]);
                history.zeros.push(f32::NAN);
                history.percentiles.extend([f32::NAN; PERCENTILES.len()]);
            }
        }
    }
    history
}

/// Whether the RMS of a quantity is too small and too large, and whether many units are dead and saturated.
fn quantity_alarms(layer: &LayerStatistics, quantity: LayerQuantity) -> [bool; 4] {
    let rms = layer.of(quantity).map(Histogram::rms);
    let is = |test: fn(f64) -> bool| rms.is_some_and(test);
    let many = |share: Option<f32>| share.is_some_and(|share| MANY <= share);
    match quantity {
        LayerQuantity::Weights | LayerQuantity::Biases => [false; 4],
        LayerQuantity::Activations => {
            [is(|rms| rms < LEAST_RMS), is(|rms| MOST_RMS < rms), many(layer.dead), many(layer.saturated)]
        }
        LayerQuantity::Gradients => [is(|rms| rms < LEAST_RMS), is(|rms| MOST_RMS < rms), false, false],
    }
}

/// The alarms of a frame, a sentence for each kind.
fn alarms(layers: &[LayerStatistics]) -> Vec<String> {
    let mut sentences = Vec::new();
    for quantity in [LayerQuantity::Activations, LayerQuantity::Gradients] {
        let alarms: Vec<_> = layers.iter().map(|layer| (layer, quantity_alarms(layer, quantity))).collect();
        for kind in 0..4 {
            let named: Vec<&LayerStatistics> =
                alarms.iter().filter(|(_, alarms)| alarms[kind]).map(|(layer, _)| *layer).collect();
            if !named.is_empty() {
                sentences.push(sentence(quantity, kind, &named));
            }
        }
    }
    sentences
}

fn sentence(quantity: LayerQuantity, kind: usize, layers: &[&LayerStatistics]) -> String {
    let named = |layer: &&LayerStatistics| {
        let percent = |share: Option<f32>| format!("{:.0} %", 100.0 * share.unwrap_or(0.0));
        let figure = match kind {
            2 => percent(layer.dead),
            3 => percent(layer.saturated),
            _ => format!("{:.1e}", layer.of(quantity).map_or(0.0, Histogram::rms)),
        };
        format!("{} {figure}", layer.name)
    };
    let mut names: Vec<String> = layers.iter().take(MOST_NAMES).map(named).collect();
    if MOST_NAMES < layers.len() {
        names.push(format!("{} more", layers.len() - MOST_NAMES));
    }
    let names = names.join(", ");
    match (kind, quantity) {
        (0, LayerQuantity::Gradients) => format!(
            "Gradients are small, with an RMS below 0.001 in {} ({names}): usual late in a run, at its start a sign that the \
             layers hardly learn",
            counted(layers.len(), "layer")
        ),
        (0, _) => format!("Activations nearly vanish, with an RMS below 0.001 ({names})"),
        (1, LayerQuantity::Gradients) => {
            format!("Gradients explode, with an RMS above 1,000 ({names}); try a lower learning rate")
        }
        (1, _) => format!("Activations explode, with an RMS above 1,000 ({names})"),
        (2, _) => format!("Many units are dead: no image of the mini-batch drives them ({names})"),
        _ => format!("Many units are saturated at every image of the mini-batch ({names})"),
    }
}
