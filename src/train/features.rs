//! Features: the values of the settled part of a network ([`Stem`]), computed once for each example and kept while there is
//! room.
//!
//! Training images that are changed by chance have other features every time, so theirs are computed for every step.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::input_pipeline::InputPipeline;
use super::object_pool::ObjectPool;
use super::plan::ShardPlan;
use super::prepared::Prepared;
use crate::data::{Batch, Dataset};
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass, Stem};
use crate::par;
use crate::progress::Progress;

/// What features are computed from.
#[derive(Clone, Copy)]
pub(super) struct FeatureSource<'a> {
    pub network: &'a Network,
    pub stem: &'a Stem,
    pub data: &'a Dataset,
    /// Changes by chance, with the seed of the step.
    pub chance: Option<(&'a InputPipeline, u64)>,
}

#[derive(Default)]
pub(super) struct Features {
    kept: Mutex<Kept>,
    passes: ObjectPool<(Batch, Pass)>,
}

/// The features of each example; empty where they are not kept.
#[derive(Default)]
struct Kept {
    rows: Vec<Box<[f32]>>,
    bytes: usize,
    prepared: Prepared,
}

/// The features of some examples.
pub(super) struct FeatureRows<'a> {
    kept: MutexGuard<'a, Kept>,
    /// The rows that are not kept, by ascending example.
    fresh: Vec<(u32, Box<[f32]>)>,
}

impl FeatureRows<'_> {
    pub fn of(&self, example: u32) -> &[f32] {
        match self.fresh.binary_search_by_key(&example, |(fresh, _)| *fresh) {
            Ok(at) => &self.fresh[at].1,
            Err(_) => &self.kept.rows[example as usize],
        }
    }
}

impl Features {
    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        let pass = |(batch, pass): &(Batch, Pass)| pass.bytes() + 4 * batch.x.len();
        let passes: usize = self.passes.all().iter().map(pass).sum();
        let kept = self.lock();
        passes + kept.bytes + 4 * kept.prepared.len()
    }

    /// The examples among these whose features are not kept.
    pub fn missing(&self, examples: &[u32]) -> Vec<u32> {
        let kept = self.lock();
        examples.iter().copied().filter(|&example| !kept.has(example)).collect()
    }

    /// The features of these examples: those that are kept, and the others computed now, and kept while all take at most
    /// `most` bytes. Fails if `watched` cancels it; then nothing is kept.
    pub fn rows(
        &self,
        source: FeatureSource,
        examples: &[u32],
        most: usize,
        watched: Option<Arc<Progress>>,
    ) -> Result<FeatureRows<'_>> {
        let mut kept = self.lock();
        let mut missing: Vec<u32> = examples.to_vec();
        if source.chance.is_none() {
            missing.retain(|&example| !kept.has(example));
        }
        missing.sort_unstable();
        missing.dedup();
        let mut fresh = Vec::new();
        if missing.is_empty() {
            self.passes.all().clear(); // all are there, so that passes are not needed for long
        } else {
            let computed = self.compute(source, &missing, &mut kept.prepared, &watched)?;
            for (example, row) in missing.into_iter().zip(computed) {
                let bytes = size_of_val(&*row);
                if source.chance.is_none() && kept.bytes + bytes <= most {
                    kept.keep(example, row);
                } else {
                    fresh.push((example, row));
                }
            }
        }
        Ok(FeatureRows { kept, fresh })
    }

    fn compute(
        &self,
        FeatureSource { network, stem, data, chance }: FeatureSource,
        examples: &[u32],
        prepared: &mut Prepared,
        watched: &Option<Arc<Progress>>,
    ) -> Result<Vec<Box<[f32]>>> {
        let together = stem.together(network);
        if prepared.len() == 0 {
            let plan = ShardPlan { shard_len: together, portion: together, shards: 1, together: false };
            prepared.make(network, plan, |block| stem.is_settled(block), 0.0, &ObjectPool::default());
        }
        let prepared = prepared.all();
        data.prepare(examples, examples.len()).ok(); // Dataset::check_read reports read errors
        let mut rows: Vec<Box<[f32]>> = examples.iter().map(|_| Box::default()).collect();
        let mut work: Vec<_> = examples.chunks(together).zip(rows.chunks_mut(together)).collect();
        watched.iter().for_each(|progress| progress.expect(work.len() * stem.blocks()));
        par::each(&mut work, |_, (examples, rows)| {
            let call = Call { examples: examples.len(), training: chance.is_some(), prepared, ..LOOK };
            self.passes.lend(
                || (Batch::default(), Pass::through_stem(network, stem, together)),
                |(batch, pass)| {
                    pass.watch(watched.clone());
                    data.batch(examples, batch);
                    if let Some((pipeline, seed)) = chance {
                        pipeline.augment.apply(batch, examples, data, seed);
                    }
                    network.read(pass, &batch.x, &call);
                    if let Some((pipeline, seed)) = chance {
                        pipeline.disturb(pass, examples, network, seed);
                    }
                    network.forward(pass, &call);
                    rows.iter_mut().enumerate().for_each(|(number, row)| *row = pass.features(stem, number));
                },
            );
        });
        watched.as_ref().map_or(Ok(()), |progress| progress.check())?;
        Ok(rows)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn has(&self, example: u32) -> bool {
        self.rows.get(example as usize).is_some_and(|row| !row.is_empty())
    }

    fn keep(&mut self, example: u32, row: Box<[f32]>) {
        self.bytes += size_of_val(&*row);
        let at = example as usize;
        self.rows.resize_with(self.rows.len().max(at + 1), Box::default);
        self.rows[at] = row;
    }
}
