//! The statistics of all layers over the steps of a run: frames at steps that are further apart the longer a run is, and
//! at the ends of epochs. As bytes, little-endian:
//!
//! ```text
//! frame     u64 step | f64 epoch | u32 layers | layer...
//! layer     u16 length, name | f32 update ratio, dead, saturated (NaN: none) | u8 bit n: quantity n follows | histogram...
//! histogram u32 zeros | f32 min, max | f64 sum, squares | u8 first bin, bins | u32 count...
//! ```

use super::frame_list::{FrameList, KeptFrame, take};
use crate::metrics::{Histogram, LayerStatistics};

/// Least steps between a frame and the one at the end of an epoch.
const APART: u64 = 64;

/// All layers at one step.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramFrame {
    pub step: u64,
    /// Epochs done, including the fraction of the current one.
    pub epoch: f64,
    pub layers: Vec<LayerStatistics>,
}

/// The frames of a run.
pub type HistogramHistory = FrameList<HistogramFrame>;

impl HistogramHistory {
    /// Whether a frame is due at this step: half as far again as the last, or where an epoch ends and some steps have passed.
    pub fn is_due(&self, step: u64, ends_epoch: bool) -> bool {
        let Some(last) = self.frames().last() else { return true };
        let apart = step.saturating_sub(last.step);
        (last.step / 2).max(1) <= apart || (ends_epoch && APART <= apart)
    }
}

impl KeptFrame for HistogramFrame {
    fn step(&self) -> u64 {
        self.step
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.layers.iter().map(LayerStatistics::bytes).sum::<usize>()
    }

    fn pack(&self, to: &mut Vec<u8>) {
        to.extend(self.step.to_le_bytes());
        to.extend(self.epoch.to_le_bytes());
        to.extend((self.layers.len() as u32).to_le_bytes());
        self.layers.iter().for_each(|layer| pack_layer(layer, to));
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let (step, epoch) = (u64::from_le_bytes(take(rest)?), f64::from_le_bytes(take(rest)?));
        let layers = u32::from_le_bytes(take(rest)?);
        // Each layer takes bytes, so a claimed number of them ends with the file.
        let layers = (0..layers).map(|_| read_layer(rest)).collect::<Option<_>>()?;
        epoch.is_finite().then_some(Self { step, epoch, layers })
    }
}

fn pack_layer(layer: &LayerStatistics, bytes: &mut Vec<u8>) {
    let LayerStatistics { name, histograms, update_ratio, dead, saturated } = layer;
    let name = &name.as_bytes()[..name.len().min(usize::from(u16::MAX))];
    bytes.extend((name.len() as u16).to_le_bytes());
    bytes.extend(name);
    for share in [update_ratio, dead, saturated] {
        bytes.extend(share.unwrap_or(f32::NAN).to_le_bytes());
    }
    let present = histograms.iter().enumerate().filter(|(_, found)| found.is_some());
    bytes.push(present.map(|(quantity, _)| 1 << quantity).sum());
    for histogram in histograms.iter().flatten() {
        let Histogram { counts, zeros, min, max, sum, squares } = &**histogram;
        bytes.extend(zeros.to_le_bytes());
        bytes.extend([min, max].into_iter().flat_map(|end| end.to_le_bytes()));
        bytes.extend([sum, squares].into_iter().flat_map(|sum| sum.to_le_bytes()));
        let (first, counts) = histogram_part(counts);
        bytes.extend([first as u8, counts.len() as u8]);
        bytes.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
    }
}

/// The counts from the first to the last that is not 0, and the bin of the first.
pub fn histogram_part(counts: &[u32]) -> (usize, &[u32]) {
    let first = counts.iter().position(|&count| count != 0).unwrap_or(0);
    let end = counts.iter().rposition(|&count| count != 0).map_or(first, |last| last + 1);
    (first, &counts[first..end])
}

fn read_layer(rest: &mut &[u8]) -> Option<LayerStatistics> {
    let len = usize::from(u16::from_le_bytes(take(rest)?));
    let (name, behind) = rest.split_at_checked(len)?;
    *rest = behind;
    let name = String::from_utf8_lossy(name).into_owned();
    let mut share = || Some(Some(f32::from_le_bytes(take(rest)?)).filter(|share| share.is_finite()));
    let (update_ratio, dead, saturated) = (share()?, share()?, share()?);
    let [mask] = take(rest)?;
    let mut layer = LayerStatistics { name, update_ratio, dead, saturated, ..LayerStatistics::default() };
    for (quantity, histogram) in layer.histograms.iter_mut().enumerate() {
        if mask >> quantity & 1 == 1 {
            *histogram = Some(Box::new(read_histogram(rest)?));
        }
    }
    Some(layer)
}

fn read_histogram(rest: &mut &[u8]) -> Option<Histogram> {
    let zeros = u32::from_le_bytes(take(rest)?);
    let (min, max) = (f32::from_le_bytes(take(rest)?), f32::from_le_bytes(take(rest)?));
    let (sum, squares) = (f64::from_le_bytes(take(rest)?), f64::from_le_bytes(take(rest)?));
    let [first, len] = take(rest)?.map(usize::from);
    let mut histogram = Histogram { zeros, min, max, sum, squares, ..Histogram::default() };
    for count in histogram.counts.get_mut(first..first + len)? {
        *count = u32::from_le_bytes(take(rest)?);
    }
    let total: u64 = histogram.counts.iter().map(|&count| u64::from(count)).sum();
    (total <= u64::from(u32::MAX)).then_some(histogram)
}
