//! Fast learning of one column; the rule itself is in [`super::plain`].

use super::column::Column;
use super::counts::ColumnCounts;
use super::rule::Rule;
use super::teaching::Teaching;
use crate::kernels::adjust::{Adjustment, adjust};
use crate::rng::Rng;

/// The work space of a column while it learns, and what happened to it.
#[derive(Clone, Debug, Default)]
pub(super) struct ColumnLearning {
    pub counts: ColumnCounts,
    /// First cycle in which each receptor is on.
    bands: Vec<u8>,
    lit: Vec<u32>,
    free: Vec<u32>,
}

impl ColumnLearning {
    /// Carries out the teachings of a batch of images `[examples, receptors]` in order.
    pub fn learn(
        &mut self,
        column: &mut Column,
        rule: &Rule,
        images: &[u8],
        receptors: usize,
        teachings: impl Iterator<Item = Teaching>,
    ) {
        for teaching in teachings {
            match teaching {
                Teaching::Learn { example, answers, rng } => {
                    let image = &images[example * receptors..][..receptors];
                    let (grow, new_weight, change) = if answers {
                        (rule.grow_true, rule.new_weight, rule.adjust_true)
                    } else {
                        (rule.grow_false, -rule.new_weight, -rule.adjust_false)
                    };
                    self.grow(column, image, grow, new_weight, rng);
                    self.adjust(column, rule, image, change);
                }
                Teaching::Decay => self.decay(column, rule),
            }
        }
    }

    /// Connects random free slots to random lit pixels.
    fn grow(&mut self, column: &mut Column, image: &[u8], connections: usize, weight: i32, mut rng: Rng) {
        let Self { lit, free, counts, .. } = self;
        collect(free, &column.weights, |weight| weight == 0);
        if column.pinned.contains(&true) {
            free.retain(|&slot| !column.pinned[slot as usize]);
        }
        if free.is_empty() {
            return;
        }
        collect(lit, image, |pixel| pixel != 0);
        if lit.is_empty() {
            return;
        }
        for next in 0..connections.min(free.len()) {
            let other = next + rng.below(free.len() - next);
            free.swap(next, other);
            let slot = free[next] as usize;
            column.receptors[slot] = lit[rng.below(lit.len())];
            column.weights[slot] = weight;
            counts.grown += 1;
        }
    }

    /// Adjusts the weights that bring neurons into the window.
    fn adjust(&mut self, column: &mut Column, rule: &Rule, image: &[u8], change: i32) {
        let bands = rule.bands();
        self.bands.clear();
        self.bands.extend(image.iter().map(|&pixel| bands[usize::from(pixel)]));
        let adjustment = Adjustment {
            filters: rule.filters.len(),
            low: rule.window_low,
            high: rule.window_high,
            change,
            least: rule.least_weight,
            limit: rule.threshold,
        };
        let Column { receptors, weights, pinned, silenced } = column;
        let adjusted = adjust(adjustment, receptors, &self.bands, pinned, silenced.len(), weights);
        self.counts.strengthened += adjusted.strengthened;
        self.counts.weakened += adjusted.weakened;
        self.counts.pruned += adjusted.removed;
    }

    fn decay(&mut self, column: &mut Column, rule: &Rule) {
        if rule.decay == 0 {
            return;
        }
        for (weight, &pinned) in column.weights.iter_mut().zip(&column.pinned) {
            let size = weight.abs() - rule.decay;
            let decays = *weight != 0 && !pinned;
            let decayed = if size < rule.least_weight { 0 } else { size * weight.signum() };
            self.counts.decayed += u64::from(decays);
            self.counts.pruned += u64::from(decays && decayed == 0);
            *weight = if decays { decayed } else { *weight };
        }
    }
}

/// Sets `found` to the places of the values for which `is_wanted` holds, looking first at many at a time.
fn collect<T: Copy>(found: &mut Vec<u32>, values: &[T], is_wanted: impl Fn(T) -> bool) {
    found.clear();
    for (part, values) in values.chunks(32).enumerate() {
        if values.iter().fold(false, |any, &value| any | is_wanted(value)) {
            let places = values.iter().enumerate().filter(|(_, value)| is_wanted(**value));
            found.extend(places.map(|(place, _)| (part * 32 + place) as u32));
        }
    }
}
