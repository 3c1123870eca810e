//! Writes a model file.
//!
//! The numbers are borrowed until they are written, in parts: a copy of a large network, or of the whole file, might not
//! fit into memory beside it.

use serde::Serialize;
use serde_json::{Value, json};

use super::columns::{self, ColumnsText};
use super::format::{BEST, COLUMNS, FORMAT, PARTNER, SOURCES, VERSION, sum_strings};
use super::numbers::Numbers;
use crate::checksum::Checksum;
use crate::error::{Error, Result};
use crate::file::model::{Model, ModelView};
use crate::file::preprocessing::PreprocessingText;
use crate::file::saved_run::{CLASSES, HISTOGRAMS, Weights};
use crate::progress::Progress;

/// Bytes written at a time.
const PART: usize = 1 << 20;

/// The numbers that a file has of each parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Single,
    /// 16 bits, three significant digits: for a network that is only used.
    Half,
}

/// A file with its header ready and its numbers borrowed.
pub struct ModelFile<'a> {
    header: Vec<u8>,
    numbers: Vec<Numbers<'a>>,
}

impl<'a> ModelFile<'a> {
    /// The same model always gives the same bytes.
    ///
    /// # Errors
    /// A reader would refuse the file.
    pub fn new(model: ModelView<'a>, progress: &Progress) -> Result<Self> {
        Self::with_precision(model, Precision::Single, progress)
    }

    /// As [`ModelFile::new`], with parameters of this precision.
    ///
    /// # Errors
    /// As there.
    pub fn with_precision(mut model: ModelView<'a>, precision: Precision, progress: &Progress) -> Result<Self> {
        model.check()?;
        let whole = |partner| Self::with_precision(partner, precision, progress)?.to_bytes(progress);
        let partner = model.partner.take().map(|partner| whole(*partner)).transpose()?;
        let mut strings = metadata(&model);
        let is_run = model.run.is_some();
        let mut tensors = tensors(model, precision);
        tensors.extend(partner.map(|file| (PARTNER.to_string(), vec![file.len()], Numbers::Bytes(file))));
        let count: usize = tensors.iter().map(|(_, _, numbers)| numbers.count()).sum();
        progress.expect(if is_run { 3 * count } else { 2 * count });
        for (name, _, numbers) in &tensors {
            if let Some(wrong) = numbers.not_finite(progress)? {
                return Err(Error::expected(format!("tensor \"{name}\""), "finite numbers", wrong));
            }
        }
        if is_run {
            let mut sum = Checksum::default();
            let pairs = strings.iter().filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)));
            sum_strings(&mut sum, pairs);
            tensors.iter().try_for_each(|(_, _, numbers)| numbers.add_to(&mut sum, progress))?;
            strings.insert("checksum".into(), Value::String(format!("{:08x}", sum.value())));
        }
        let mut header = serde_json::Map::from_iter([("__metadata__".to_string(), Value::Object(strings))]);
        let mut from = 0;
        for (name, dims, numbers) in &tensors {
            let to = from + numbers.len();
            header.insert(name.clone(), json!({"dtype": numbers.dtype(), "shape": dims, "data_offsets": [from, to]}));
            from = to;
        }
        let mut text = Value::Object(header).to_string().into_bytes();
        text.resize(text.len().next_multiple_of(8), b' '); // aligns the numbers in a memory-mapped file
        let header = [&(text.len() as u64).to_le_bytes(), &text[..]].concat();
        Ok(Self { header, numbers: tensors.into_iter().map(|(_, _, numbers)| numbers).collect() })
    }

    /// Bytes of the whole file.
    pub fn len(&self) -> usize {
        self.header.len() + self.numbers.iter().map(Numbers::len).sum::<usize>()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Passes the whole file to `visit`, in parts.
    pub fn write(&self, progress: &Progress, mut visit: impl FnMut(&[u8])) -> Result<()> {
        visit(&self.header);
        let mut part = vec![0; PART];
        self.numbers.iter().try_for_each(|numbers| {
            numbers.bytes(&mut part, |bytes, count| {
                visit(bytes);
                progress.count(count)
            })
        })
    }

    pub fn to_bytes(&self, progress: &Progress) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(self.len());
        self.write(progress, |part| bytes.extend_from_slice(part))?;
        Ok(bytes)
    }
}

/// The file as bytes.
pub fn write(model: &Model) -> Result<Vec<u8>> {
    let progress = Progress::default();
    ModelFile::new(model.into(), &progress)?.to_bytes(&progress)
}

fn metadata(model: &ModelView) -> serde_json::Map<String, Value> {
    let meta = &model.meta;
    let mut strings = vec![
        ("format", FORMAT.to_string()),
        ("format-version", VERSION.to_string()),
        ("created-by", format!("{FORMAT} {}", env!("CARGO_PKG_VERSION"))),
        ("preset", meta.preset.clone()),
        ("task", json(&meta.task)),
        ("loss", json(&meta.loss)),
        ("architecture", json(&model.network.spec())),
        ("preprocessing", json(&PreprocessingText::from(&meta.preprocessing))),
        ("classes", json(&meta.classes)),
        ("settings", meta.settings.clone()),
        ("training", json(&meta.training)),
    ];
    if let Some(view) = &model.columns {
        strings.push(("columns", json(&ColumnsText::from(view))));
    }
    if let Some(moments) = &model.moments {
        strings.push(("optimizer-steps", moments.t.to_string()));
    }
    if let Some(run) = &model.run {
        strings.push(("run", json(&run.state)));
    }
    strings.into_iter().map(|(name, text)| (name.to_string(), Value::String(text))).collect()
}

fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("plain structures with named fields are JSON")
}

/// Name, dimensions and numbers of every tensor, in the order of the file.
fn tensors<'a>(model: ModelView<'a>, precision: Precision) -> Vec<(String, Vec<usize>, Numbers<'a>)> {
    let ModelView { network, theta, columns, moments, run, .. } = model;
    let sizes = columns.as_ref().map(|view| view.sizes).unwrap_or_default();
    let of_block = |block: usize| {
        let full_name = move |tensor: &str| format!("{}.{tensor}", network.blocks()[block].name);
        let tensors = network.tensors(block).into_iter();
        let sources = network.blocks()[block].layer.sparse().map(|layer| {
            let dims = vec![layer.sizes().output.len(), layer.sizes().reads];
            (full_name(SOURCES), dims, Numbers::Unsigned(layer.sources().to_vec()))
        });
        let of_precision = match precision {
            Precision::Single => Numbers::Single,
            Precision::Half => Numbers::Half,
        };
        let numbers =
            tensors.map(move |(tensor, range)| (full_name(tensor.name), tensor.dims, of_precision(&theta[range])));
        numbers.chain(sources)
    };
    let mut tensors: Vec<_> = (0..network.blocks().len()).flat_map(of_block).collect();
    if let Some(view) = columns {
        tensors.extend(columns::tensors(COLUMNS, sizes, view.state));
    }
    if let Some(moments) = moments {
        let moments = [("optimizer.m", moments.m), ("optimizer.v", moments.v)].into_iter();
        let present = moments.filter(|(_, moment)| !moment.is_empty());
        tensors.extend(present.map(|(name, moment)| (name.to_string(), vec![moment.len()], Numbers::Single(moment))));
    }
    if let Some(run) = run {
        for (name, table) in run.tables() {
            let dims = vec![table.names().len(), table.len()];
            tensors.push((name.to_string(), dims, Numbers::Double(table.cells())));
        }
        match run.best {
            Some(Weights::Network(best)) => tensors.push((BEST.to_string(), vec![best.len()], Numbers::Single(best))),
            Some(Weights::Columns(best)) => tensors.extend(columns::tensors(BEST, sizes, (**best).clone())),
            None => {}
        }
        if run.state.structure.is_some() {
            let dims = vec![run.structure.len()];
            tensors.push(("run.structure".to_string(), dims, Numbers::Bytes(run.structure)));
        }
        for (name, frames) in [(HISTOGRAMS, run.histograms), (CLASSES, run.classes)] {
            if !frames.is_empty() {
                tensors.push((name.to_string(), vec![frames.len()], Numbers::Bytes(frames)));
            }
        }
    }
    tensors
}
