//! Reads a model file.

use std::collections::HashMap;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};
use serde::de::DeserializeOwned;

use super::format::{BEST, COLUMNS, FORMAT, PARTNER, SOURCES, VERSION, sum_strings};
use super::numbers;
use crate::checksum::Checksum;
use crate::columns::Columns;
use crate::error::{Error, Result};
use crate::file::json;
use crate::file::model::{Model, ModelMeta, Moments};
use crate::file::preprocessing::PreprocessingText;
use crate::file::saved_run::{CLASSES, HISTOGRAMS, RunState, SavedRun, Weights};
use crate::layer::Sparse;
use crate::network::{MOST_PARAMETERS, Network, NetworkSpec};
use crate::progress::Progress;

/// Most bytes of a header. Ours take kilobytes, and reading takes a multiple of the length in memory.
const MOST_HEADER: usize = 8 << 20;

/// The metadata of a file: names and texts.
type Strings<'a> = HashMap<&'a str, &'a str>;

/// The model in a file, or an error that names the wrong part.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with_progress(bytes, &Progress::default())
}

/// Like [`read`], with progress and cancellation.
pub fn read_with_progress(bytes: &[u8], progress: &Progress) -> Result<Model> {
    parse(bytes, true, progress).map_err(|error| Error::new(brief(error)).within("model file"))
}

/// A partner, which is a file in a file, has none itself.
fn parse(bytes: &[u8], may_have_partner: bool, progress: &Progress) -> Result<Model> {
    let header = header(bytes)?;
    let strings = header.metadata().iter().flatten().map(|(name, text)| (name.as_str(), text.as_str()));
    let strings = &strings.collect::<Strings>();
    if strings.get("format") != Some(&FORMAT) {
        return Err(Error::new("it has no Neurarium metadata, so its network is unknown"));
    }
    let version = string(strings, "format-version")?;
    if version.parse() != Ok(VERSION) {
        return Err(Error::expected("its metadata", format!("format version {VERSION}"), format!("\"{version}\"")));
    }

    let numbers = &bytes[bytes.len() - header.data_len()..];
    progress.expect(numbers.len() / 4);
    check_sum(strings, numbers, progress)?;

    let spec: NetworkSpec = part(strings, "architecture")?;
    let present = header.data_len() / size_of::<u16>(); // a number of a page has no more bytes
    check_promised(&spec, present)?;
    let mut network = Network::from_spec(&spec)?;

    let mut file = Tensors { numbers, header: header.tensors().into_iter().collect(), progress };
    for block in 0..network.blocks().len() {
        for (tensor, range) in network.tensors(block) {
            let name = format!("{}.{}", network.blocks()[block].name, tensor.name);
            file.take(&name, &tensor.dims, &mut network.theta[range])?;
        }
        if let Some(sizes) = network.blocks()[block].layer.sparse().map(Sparse::sizes) {
            let name = format!("{}.{SOURCES}", network.blocks()[block].name);
            let bytes = file.exactly(&name, Dtype::U32, &[sizes.output.len(), sizes.reads])?;
            let sources = bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
            network.set_sources(block, sources.collect())?;
        }
    }
    let moments = file.take_moments(strings, &network)?;
    let columns = match strings.contains_key(COLUMNS) {
        true => Some(Box::new(file.take_columns(part(strings, COLUMNS)?)?)),
        false => None,
    };
    let run = file.take_run(strings, network.param_len(), columns.as_deref())?;
    let partner = match may_have_partner && file.header.contains_key(PARTNER) {
        true => {
            let bytes = file.bytes(PARTNER, Dtype::U8, &[0])?.0;
            progress.advance(bytes.len() / 4);
            let partner = parse(bytes, false, progress).map_err(|error| error.within(PARTNER))?;
            Some(Box::new(partner))
        }
        false => None,
    };
    if let Some(name) = file.header.keys().min() {
        return Err(Error::new(format!("tensor \"{name}\" belongs to no block of its network")));
    }

    let meta = ModelMeta {
        preset: string(strings, "preset")?.into(),
        task: part(strings, "task")?,
        loss: part(strings, "loss")?,
        classes: part(strings, "classes")?,
        preprocessing: part::<PreprocessingText>(strings, "preprocessing")?.preprocessing()?,
        settings: string(strings, "settings")?.into(),
        training: part(strings, "training")?,
    };
    let model = Model { network, columns, meta, moments, run, partner };
    model.check()?;
    Ok(model)
}

/// Whether the bytes look like any safetensors file: a header length, then JSON.
pub fn sniff(bytes: &[u8]) -> bool {
    bytes.len() > 8 && bytes[4..8] == [0; 4] && bytes[8] == b'{'
}

/// The header. Every offset is inside the bytes, and every tensor as long as its shape requires.
fn header(bytes: &[u8]) -> Result<Metadata> {
    let wrong = |what: String| Err(Error::new(what));
    let Some(claimed) = bytes.first_chunk::<8>().map(|len| u64::from_le_bytes(*len)) else {
        return wrong(format!("expected at least the 8 bytes of a header length, got {} bytes", bytes.len()));
    };
    let len = usize::try_from(claimed).unwrap_or(usize::MAX);
    let Some(text) = len.checked_add(8).and_then(|end| bytes.get(8..end)) else {
        let rest = bytes.len() - 8;
        return wrong(format!("expected a header of {claimed} bytes, as its first 8 bytes say, got {rest} bytes"));
    };
    if MOST_HEADER < text.len() {
        return wrong(format!("expected a header of at most {MOST_HEADER} bytes, got {}", text.len()));
    }
    match SafeTensors::read_metadata(bytes) {
        Ok((_, header)) => Ok(header),
        Err(error) => wrong(format!("its header does not fit the {} bytes after it ({error})", bytes.len() - 8 - len)),
    }
}

/// Checks that there are numbers for all parameters of this network, before memory is allocated for it.
fn check_promised(spec: &NetworkSpec, present: usize) -> Result<()> {
    let mut promised = 0usize;
    for block in &spec.blocks {
        let layer = block.layer.ops();
        layer.check().map_err(|error| error.within(&block.name))?;
        promised = promised.saturating_add(layer.param_len());
    }
    if promised <= present.min(MOST_PARAMETERS) {
        return Ok(());
    }
    Err(Error::expected("numbers", format!("the {promised} parameters of its network"), present))
}

pub(super) fn tensor_named(name: &str) -> String {
    format!("tensor \"{name}\"")
}

/// The tensors of a file that are not read yet.
pub(super) struct Tensors<'a> {
    /// The bytes that the offsets of the header refer to.
    numbers: &'a [u8],
    header: HashMap<String, &'a TensorInfo>,
    pub progress: &'a Progress,
}

impl<'a> Tensors<'a> {
    /// The bytes of one tensor and its dimensions.
    pub fn bytes(&mut self, name: &str, dtype: Dtype, dims: &[usize]) -> Result<(&'a [u8], &'a [usize])> {
        let who = || tensor_named(name);
        let Some(info) = self.header.remove(name) else {
            return Err(Error::expected(who(), format!("one of {dims:?}"), "none"));
        };
        if info.dtype != dtype {
            return Err(Error::expected(who(), format!("numbers of type {dtype:?}"), format!("{:?}", info.dtype)));
        }
        let (from, to) = info.data_offsets; // the header was checked against the bytes
        Ok((&self.numbers[from..to], &info.shape))
    }

    /// Copies the numbers of one tensor into `values`, whose length is that of `dims`.
    fn take(&mut self, name: &str, dims: &[usize], values: &mut [f32]) -> Result<()> {
        let is_half = self.header.get(name).is_some_and(|info| info.dtype == Dtype::F16);
        let (bytes, shape) = self.bytes(name, if is_half { Dtype::F16 } else { Dtype::F32 }, dims)?;
        if shape != dims {
            return Err(Error::expected(tensor_named(name), format!("{dims:?}"), format!("{shape:?}")));
        }
        let read = if is_half { numbers::read_half } else { numbers::read };
        match read(bytes, values, self.progress)? {
            None => Ok(()),
            Some(wrong) => Err(Error::expected(tensor_named(name), "finite numbers", wrong)),
        }
    }

    fn take_moments(&mut self, strings: &Strings, network: &Network) -> Result<Option<Moments>> {
        let Some(info) = self.header.get("optimizer.m") else { return Ok(None) };
        // Older files have moments of frozen layers, too.
        let len = match network.param_len() {
            all if info.shape == [all] => all,
            all => all - network.learns_from(),
        };
        // At most twice the memory of the parameters, whose numbers are present.
        let mut moments = Moments { m: vec![0.0; len], v: Vec::new(), t: part(strings, "optimizer-steps")? };
        self.take("optimizer.m", &[len], &mut moments.m)?;
        if self.header.contains_key("optimizer.v") {
            moments.v.resize(len, 0.0);
            self.take("optimizer.v", &[len], &mut moments.v)?;
        }
        Ok(Some(moments))
    }

    fn take_run(&mut self, strings: &Strings, len: usize, columns: Option<&Columns>) -> Result<Option<Box<SavedRun>>> {
        if !strings.contains_key("run") {
            return Ok(None);
        }
        let state: RunState = part(strings, "run")?;
        let points = self.take_table("run.points", state.point_columns.len())?;
        let epochs = self.take_table("run.epochs", state.epoch_columns.len())?;
        let best = if let (Some(columns), Some(course)) = (columns, &state.best_columns) {
            let best = self.take_column_state(BEST, columns.sizes(), course.clone())?;
            Columns::from_state(columns.sizes(), columns.rule().clone(), &best)?;
            Some(Weights::Columns(Box::new(best)))
        } else if self.header.contains_key(BEST) {
            let mut best = vec![0.0; len];
            self.take(BEST, &[len], &mut best)?;
            Some(Weights::Network(best))
        } else {
            None
        };
        let [histograms, classes] = [HISTOGRAMS, CLASSES].map(|name| self.header.contains_key(name));
        let mut packed = |name: &str, is_there: bool| -> Result<&[u8]> {
            let bytes = if is_there { self.bytes(name, Dtype::U8, &[0])?.0 } else { &[] };
            self.progress.advance(bytes.len() / 4);
            Ok(bytes)
        };
        let structure = packed("run.structure", state.structure.is_some())?;
        let frames = [packed(HISTOGRAMS, histograms)?, packed(CLASSES, classes)?];
        SavedRun::read(state, points, epochs, best, structure, frames).map(|run| Some(Box::new(run)))
    }

    fn take_table(&mut self, name: &str, columns: usize) -> Result<Vec<f64>> {
        let (bytes, shape) = self.bytes(name, Dtype::F64, &[columns, 0])?;
        if shape.first() != Some(&columns) || shape.len() != 2 {
            return Err(Error::expected(tensor_named(name), format!("{columns} columns"), format!("{shape:?}")));
        }
        self.progress.advance(bytes.len() / 4);
        Ok(bytes.as_chunks::<8>().0.iter().map(|number| f64::from_le_bytes(*number)).collect())
    }
}

/// Verifies the checksum of a checkpoint.
fn check_sum(strings: &Strings, numbers: &[u8], progress: &Progress) -> Result<()> {
    if !strings.contains_key("run") {
        return Ok(());
    }
    progress.expect(numbers.len() / 4);
    let mut pairs: Vec<_> = strings.iter().map(|(&name, &text)| (name, text)).collect();
    pairs.retain(|(name, _)| *name != "checksum");
    pairs.sort_unstable();
    let mut sum = Checksum::default();
    sum_strings(&mut sum, pairs.into_iter());
    numbers::add_bytes(&mut sum, numbers, progress)?;
    let (expected, got) = (string(strings, "checksum")?, format!("{:08x}", sum.value()));
    let damaged = || Error::expected("its checksum", expected, format!("{got}: the file is damaged"));
    if expected == got { Ok(()) } else { Err(damaged()) }
}

fn string<'a>(strings: &Strings<'a>, name: &str) -> Result<&'a str> {
    let missing = || Error::expected("its metadata", format!("\"{name}\""), "nothing of that name");
    strings.get(name).copied().ok_or_else(missing)
}

/// A part of the metadata that is JSON.
fn part<T: DeserializeOwned>(strings: &Strings, name: &str) -> Result<T> {
    let text = string(strings, name)?;
    json::read(text).map_err(|error| Error::new(format!("\"{name}\" in its metadata is not understood ({error})")))
}

/// Limits the length of a sentence: names and shapes in a hostile file may be of any length.
fn brief(error: Error) -> String {
    let sentence = error.to_string();
    match sentence.char_indices().nth(240) {
        Some((end, _)) => format!("{}...", &sentence[..end]),
        None => sentence,
    }
}
