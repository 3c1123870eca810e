//! The rule, written for reading: what [`super::ColumnTrainer`] must equal to the bit.
//!
//! An image is shown in one cycle for each filter, from bright to dim; a receptor is on if its pixel is at least the
//! filter. In each cycle a neuron adds the weights of its connections that are on to its charge t. A charge above the
//! threshold is a spike and is used up; any other is carried into the next cycle by half.
//!
//! ```text
//! score of a column = spikes of its neurons        prediction = the column with the largest score
//! error of the true column   e   = largest score of the others - its score
//! excess of a false column   d_k = score_k - mean of the other scores (of integers, rounded down)
//! ```
//! Two quantiles follow e and d. The worst examples teach: at e >= its quantile the column of the label, which gains
//! connections to lit pixels and strengthens its neurons that nearly fired; at d_k >= its quantile column k, which gains
//! negative connections and is weakened.

use super::column::Column;
use super::columns::Columns;
use super::counts::ColumnCounts;
use super::rule::Rule;
use crate::error::Result;
use crate::rng::Rng;

/// Spikes of one neuron for an image `[receptors]`.
pub fn spikes(column: &Column, neuron: usize, rule: &Rule, image: &[u8]) -> u32 {
    let (mut t, mut spikes) = (0, 0);
    for &filter in &rule.filters {
        for slot in column.neuron(neuron) {
            if image[slot.receptor as usize] >= filter {
                t += slot.weight;
            }
        }
        if t > rule.threshold {
            spikes += 1;
            t = 0;
        } else {
            t >>= 1;
        }
    }
    spikes
}

/// Score of every column for an image `[receptors]`.
pub fn scores(columns: &Columns, image: &[u8]) -> Vec<u32> {
    let score = |column: &Column| {
        let heard = (0..column.neurons()).filter(|&neuron| !column.silenced[neuron]);
        heard.map(|neuron| spikes(column, neuron, &columns.rule, image)).sum()
    };
    columns.columns.iter().map(score).collect()
}

/// Trains on a batch: images `[examples, receptors]`, labels `[examples]`. Fails as [`Columns::check_batch`] does.
pub fn train_batch(columns: &mut Columns, images: &[u8], labels: &[u32]) -> Result<()> {
    columns.check_batch(images, labels)?;
    let rule = columns.rule.clone();
    let images: Vec<&[u8]> = images.chunks_exact(columns.sizes.receptors).collect();
    let scores: Vec<Vec<u32>> = images.iter().map(|image| scores(columns, image)).collect();
    for (scores, &label) in scores.iter().zip(labels) {
        columns.true_quantile = rule.true_steps.after(columns.true_quantile, error(scores, label as usize));
        for k in (0..scores.len()).filter(|&k| k != label as usize) {
            columns.false_quantile = rule.false_steps.after(columns.false_quantile, excess(scores, k));
        }
    }
    columns.counts.batches += 1;
    columns.counts.presentations += images.len() as u64;
    for ((image, scores), &label) in images.iter().zip(&scores).zip(labels) {
        let label = label as usize;
        let is_bad = error(scores, label) as f32 >= columns.true_quantile;
        if is_bad || columns.counts.batches > columns.counts.positives {
            teach(columns, label, image, true);
            columns.counts.positives += 1;
            columns.counts.forced += u64::from(!is_bad);
            if columns.counts.positives.is_multiple_of(rule.decay_every) {
                columns.columns.iter_mut().for_each(|column| decay(column, &rule, &mut columns.counts));
            }
        }
        let ColumnCounts { positives, negatives, .. } = columns.counts;
        if negatives as f64 > f64::from(rule.most_negatives) * positives as f64 {
            continue;
        }
        for k in (0..scores.len()).filter(|&k| k != label) {
            if excess(scores, k) as f32 >= columns.false_quantile {
                teach(columns, k, image, false);
                columns.counts.negatives += 1;
            }
        }
    }
    Ok(())
}

/// e: how far the best false column is ahead of the true one.
fn error(scores: &[u32], label: usize) -> i32 {
    let best = (0..scores.len()).filter(|&k| k != label).map(|k| scores[k]).max();
    best.unwrap_or(0) as i32 - scores[label] as i32
}

/// d_k: how far column k is above the mean of the others.
fn excess(scores: &[u32], k: usize) -> i32 {
    let others = scores.iter().sum::<u32>() - scores[k];
    scores[k] as i32 - (others / (scores.len() as u32 - 1)) as i32
}

/// One example teaches one column: to answer, or not to.
fn teach(columns: &mut Columns, k: usize, image: &[u8], answers: bool) {
    let rng = columns.growth_rng(columns.counts.positives + columns.counts.negatives);
    let rule = &columns.rule;
    let (grow, new_weight, adjust) = if answers {
        (rule.grow_true, rule.new_weight, rule.adjust_true)
    } else {
        (rule.grow_false, -rule.new_weight, -rule.adjust_false)
    };
    connect(&mut columns.columns[k], image, grow, new_weight, rng, &mut columns.counts);
    learn(&mut columns.columns[k], rule, image, adjust, &mut columns.counts);
}

/// Connects random free slots, any of the column, to random pixels of the image that are not 0.
fn connect(
    column: &mut Column,
    image: &[u8],
    connections: usize,
    weight: i32,
    mut rng: Rng,
    counts: &mut ColumnCounts,
) {
    let lit: Vec<usize> = (0..image.len()).filter(|&receptor| image[receptor] != 0).collect();
    let is_free = |&slot: &usize| column.weights[slot] == 0 && !column.pinned[slot];
    let mut free: Vec<usize> = (0..column.weights.len()).filter(is_free).collect();
    if lit.is_empty() {
        return;
    }
    for next in 0..connections.min(free.len()) {
        let other = next + rng.below(free.len() - next);
        free.swap(next, other);
        column.receptors[free[next]] = lit[rng.below(lit.len())] as u32;
        column.weights[free[next]] = weight;
        counts.grown += 1;
    }
}

/// Adjusts the weights that brought a neuron's charge into the learning window; removes those that become too small.
fn learn(column: &mut Column, rule: &Rule, image: &[u8], adjust: i32, counts: &mut ColumnCounts) {
    for neuron in 0..column.neurons() {
        let mut t = 0;
        let mut active = vec![false; column.weights.len()];
        for &filter in &rule.filters {
            for slot in column.slots_of(neuron) {
                if column.weights[slot] != 0 && image[column.receptors[slot] as usize] >= filter {
                    t += column.weights[slot];
                    active[slot] = true;
                }
            }
            if t > rule.window_low {
                if t < rule.window_high {
                    for slot in column.slots_of(neuron).filter(|&slot| active[slot]) {
                        adjust_weight(column, slot, rule, adjust, counts);
                    }
                }
                t = 0;
                active.fill(false);
            }
            t >>= 1;
        }
    }
}

fn adjust_weight(column: &mut Column, slot: usize, rule: &Rule, adjust: i32, counts: &mut ColumnCounts) {
    let (old, new) = (column.weights[slot], column.weights[slot] + adjust);
    if old == 0 || column.pinned[slot] || new.abs() >= rule.threshold {
        return;
    }
    column.weights[slot] = if new.abs() < rule.least_weight { 0 } else { new };
    counts.strengthened += u64::from(new.abs() > old.abs());
    counts.weakened += u64::from(new.abs() < old.abs());
    counts.pruned += u64::from(column.weights[slot] == 0);
}

/// Moves every weight towards 0 and removes those that become too small.
fn decay(column: &mut Column, rule: &Rule, counts: &mut ColumnCounts) {
    if rule.decay == 0 {
        return;
    }
    for slot in 0..column.weights.len() {
        let weight = column.weights[slot];
        if weight != 0 && !column.pinned[slot] {
            let size = weight.abs() - rule.decay;
            column.weights[slot] = if size < rule.least_weight { 0 } else { size * weight.signum() };
            counts.decayed += 1;
            counts.pruned += u64::from(column.weights[slot] == 0);
        }
    }
}
