//! The settings of an experiment: read from `KEY=VALUE` lines, checked against the table of keys, and printed the same
//! way.
//!
//! Format: one `KEY=VALUE` per line; spaces around both are ignored, and later lines win. A `#` at the start of a line
//! or after a space begins a comment, but not in `background=#ffffff` and not between quotes. Values may be in single
//! or double quotes; only values that contain ` #` or have spaces at their ends need them.

mod columns;
mod data;
mod graph;
mod keys;
mod manifold;
mod map;
mod view;

pub use keys::{COLUMNS, Effect, KEYS, Key, KeyDescription, KeyGroup, KeyKind};

use crate::error::{Error, Result};
use crate::train::PatienceRules;

/// Checked settings: every key has a value that fits the table.
///
/// ```
/// let mut config = neurarium::config::Config::parse("epochs=5 # short")?;
/// assert_eq!((config.epochs(), config.batch_size()), (5, 32));
/// assert_eq!(config.set("epoch", "7").unwrap_err().to_string(), "unknown key \"epoch\"; did you mean epochs?");
/// # Ok::<(), neurarium::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Canonical text, in the order of [`KEYS`].
    values: Vec<String>,
    /// Whether it was set, as opposed to having its default.
    chosen: Vec<bool>,
}

impl Default for Config {
    fn default() -> Self {
        Self { values: KEYS.iter().map(|key| key.default.into()).collect(), chosen: vec![false; KEYS.len()] }
    }
}

impl Config {
    /// Reads the lines of `text` over the defaults.
    pub fn parse(text: &str) -> Result<Self> {
        let mut config = Self::default();
        config.read(text)?;
        Ok(config)
    }

    /// Applies the lines of `text`; on an error the lines before it stay applied.
    pub fn read(&mut self, text: &str) -> Result<()> {
        for (index, line) in lines(text) {
            let (name, value) = assignment(line).map_err(|error| error.within(format!("line {index}")))?;
            self.set(name, value).map_err(|error| error.within(format!("line {index}")))?;
        }
        Ok(())
    }

    /// Reads the recipe of a model file as new defaults; settings that were set stay.
    pub fn read_recipe_beneath(&mut self, text: &str) {
        for (index, value) in recipe(text) {
            if !self.chosen[index] {
                self.values[index] = value;
            }
        }
    }

    /// Applies the settings of a recipe whose keys were not set yet. A recipe has all keys: the default of one that says how a
    /// run begins, as `cut` does, is no wish.
    pub fn read_recipe_unchosen(&mut self, text: &str) {
        for (index, value) in recipe(text) {
            if !self.chosen[index] {
                self.chosen[index] = KEYS[index].effect != Effect::Door || value != KEYS[index].default;
                self.values[index] = value;
            }
        }
    }

    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let index = Key::index(name)?;
        self.values[index] = KEYS[index].canonical(value)?;
        self.chosen[index] = true;
        Ok(())
    }

    /// Returns a key to its default, as if it had never been set.
    pub fn unset(&mut self, name: &str) -> Result<()> {
        let index = Key::index(name)?;
        self.values[index] = KEYS[index].default.into();
        self.chosen[index] = false;
        Ok(())
    }

    /// The value as text, as in a config file.
    pub fn get(&self, name: &str) -> Result<&str> {
        Key::index(name).map(|index| self.values[index].as_str())
    }

    /// Whether this key was set, as opposed to having its default.
    pub fn is_chosen(&self, name: &str) -> bool {
        Key::index(name).is_ok_and(|index| self.chosen[index])
    }

    /// Prints every key with its value, to be read again.
    pub fn print(&self) -> String {
        self.printed(|_| true)
    }

    /// The settings that made a model what it is, without paths and without anything about the machine.
    pub fn recipe(&self) -> String {
        self.printed(|key| key.group.is_recipe())
    }

    fn printed(&self, wanted: impl Fn(&Key) -> bool) -> String {
        let pairs = KEYS.iter().zip(&self.values).filter(|(key, _)| wanted(key));
        pairs.map(|(key, value)| format!("{}={}\n", key.name, quoted(value))).collect()
    }
}

/// The settings by name and type. A name that is not in the table is a bug, which the tests find.
impl Config {
    pub fn input_directory(&self) -> &str {
        self.text("input-directory")
    }

    pub fn model_directory(&self) -> &str {
        self.text("model-directory")
    }

    pub fn output_directory(&self) -> &str {
        self.text("output-directory")
    }

    pub fn cache_directory(&self) -> &str {
        self.text("cache-directory")
    }

    /// A journal file; empty for none.
    pub fn journal(&self) -> &str {
        self.text("journal")
    }

    /// A preset name or the path of a model file.
    pub fn model(&self) -> &str {
        self.text("model")
    }

    /// 0: auto.
    pub fn width(&self) -> usize {
        self.whole("width")
    }

    /// 0: auto.
    pub fn height(&self) -> usize {
        self.whole("height")
    }

    /// 0: auto, 1 or 3.
    pub fn channels(&self) -> usize {
        self.text("channels").parse().unwrap_or(0)
    }

    pub fn resize(&self) -> &str {
        self.text("resize")
    }

    /// Red, green, blue.
    pub fn background(&self) -> [u8; 3] {
        let digits = u32::from_str_radix(self.text("background").trim_start_matches('#'), 16).unwrap_or(0xff_ffff);
        [(digits >> 16) as u8, (digits >> 8) as u8, digits as u8]
    }

    /// 0: no limit.
    pub fn limit(&self) -> usize {
        self.whole("limit")
    }

    /// Bytes.
    pub fn shuffle_window(&self) -> usize {
        self.mebibytes("shuffle-window")
    }

    pub fn embedding(&self) -> usize {
        self.whole("embedding")
    }

    /// Layers as text; empty if a preset or a file gives them.
    pub fn architecture(&self) -> &str {
        self.text("architecture")
    }

    /// `none`, `auto` or the name of a block.
    pub fn cut(&self) -> &str {
        self.text("cut")
    }

    /// `none`, `all` or the name of a block.
    pub fn freeze(&self) -> &str {
        self.text("freeze")
    }

    pub fn head(&self) -> &str {
        self.text("head")
    }

    /// Whether a model file is the base of something new, instead of being continued.
    pub fn transfers(&self) -> bool {
        (self.is_chosen("cut") && self.cut() != "none") || self.head() != "none"
    }

    pub fn is_gradual(&self) -> bool {
        self.text("transfer-schedule") == "gradual"
    }

    pub fn is_for_few_images(&self) -> bool {
        self.text("transfer-schedule") == "few-images"
    }

    /// 0..=0.95.
    pub fn dropout(&self) -> f32 {
        self.number("dropout") as f32
    }

    pub fn seed(&self) -> u64 {
        self.number("seed") as u64
    }

    /// `auto`, or the name of a loss.
    pub fn loss(&self) -> &str {
        self.text("loss")
    }

    pub fn batch_size(&self) -> usize {
        self.whole("batch-size")
    }

    pub fn learning_rate(&self) -> f32 {
        self.number("learning-rate") as f32
    }

    pub fn optimizer(&self) -> &str {
        self.text("optimizer")
    }

    pub fn momentum(&self) -> f32 {
        self.number("momentum") as f32
    }

    pub fn weight_decay(&self) -> f32 {
        self.number("weight-decay") as f32
    }

    /// 0: gradients are never clipped.
    pub fn clip_norm(&self) -> f32 {
        self.number("clip-norm") as f32
    }

    pub fn schedule(&self) -> &str {
        self.text("schedule")
    }

    /// Share of the rate at the end of an exponential schedule.
    pub fn schedule_end(&self) -> f32 {
        self.number("schedule-end") as f32
    }

    pub fn schedule_drops(&self) -> u32 {
        self.whole("schedule-drops") as u32
    }

    pub fn schedule_factor(&self) -> f32 {
        self.number("schedule-factor") as f32
    }

    pub fn monitor(&self) -> &str {
        self.text("monitor")
    }

    /// When an epoch counts as better, and what follows if none is.
    pub fn patience_rules(&self) -> PatienceRules {
        PatienceRules {
            higher_is_better: matches!(self.monitor(), "accuracy" | "psnr"),
            min_delta: self.number("min-delta"),
            plateau: self.whole("plateau-patience") as u64,
            stop: self.whole("stop-patience") as u64,
        }
    }

    pub fn plateau_factor(&self) -> f32 {
        self.number("plateau-factor") as f32
    }

    pub fn plateau_least(&self) -> f32 {
        self.number("plateau-least") as f32
    }

    pub fn restores_best(&self) -> bool {
        self.text("restore-best") == "yes"
    }

    /// Bytes.
    pub fn feature_memory(&self) -> usize {
        self.mebibytes("feature-memory")
    }

    pub fn inversion_share(&self) -> f32 {
        self.number("inversion-share") as f32
    }

    pub fn warmup_steps(&self) -> u64 {
        self.number("warmup-steps") as u64
    }

    /// Milliseconds of training after which a run ends; `None`: by epochs alone.
    pub fn most_milliseconds(&self) -> Option<f64> {
        Some(60_000.0 * self.number("max-minutes")).filter(|&most| 0.0 < most)
    }

    /// 0: until stopped.
    pub fn epochs(&self) -> usize {
        self.whole("epochs")
    }

    /// Epochs between snapshots; 0: none.
    pub fn snapshot_interval(&self) -> usize {
        self.whole("snapshot-interval")
    }

    /// Most multiply-adds of a forward pass of one image; 0: no limit.
    pub fn work_limit(&self) -> u64 {
        self.whole("work-limit") as u64 * 1_000_000_000
    }

    /// Empty for none.
    pub fn history_directory(&self) -> &str {
        self.text("history-directory")
    }

    /// 0: none.
    pub fn kept_moments(&self) -> usize {
        self.whole("kept-moments")
    }

    /// 0: spikes are ignored.
    pub fn spike_factor(&self) -> f64 {
        self.number("spike-factor")
    }

    /// A checkpoint file, `auto`, or empty for none.
    pub fn resume(&self) -> &str {
        self.text("resume")
    }

    /// Epochs between checkpoints; 0: none.
    pub fn checkpoint_interval(&self) -> u64 {
        self.whole("checkpoint-interval") as u64
    }

    /// 0: none.
    pub fn checkpoint_minutes(&self) -> f64 {
        self.number("checkpoint-minutes")
    }

    /// 0: one per core.
    pub fn threads(&self) -> usize {
        self.whole("threads")
    }

    fn text(&self, name: &str) -> &str {
        self.get(name).expect("a key of the table")
    }

    fn number(&self, name: &str) -> f64 {
        self.text(name).parse().expect("a number, as the table says")
    }

    /// The value in bytes, at most what this machine can address.
    fn mebibytes(&self, name: &str) -> usize {
        self.whole(name).saturating_mul(1 << 20)
    }

    fn whole(&self, name: &str) -> usize {
        self.number(name) as usize
    }
}

/// The settings in the recipe of a model file or journal: index and canonical value of each. The file may be anybody's,
/// so what belongs to this machine (paths, memory, threads) does not count, nor does a model that is a file here. Lines
/// that this version does not understand are ignored, so that a file from a newer version still opens.
fn recipe(text: &str) -> impl Iterator<Item = (usize, String)> {
    lines(text).filter_map(|(_, line)| {
        let (name, value) = assignment(line).ok()?;
        let index = Key::index(name).ok()?;
        let key = &KEYS[index];
        let value = key.canonical(value).ok()?;
        (key.group.is_recipe() && !key.names_file(&value)).then_some((index, value))
    })
}

/// The lines that are neither empty nor comments, counted from 1.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim).enumerate();
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(index, line)| (index + 1, line))
}

/// Splits `KEY=VALUE`, and removes spaces, quotes and comment.
fn assignment(line: &str) -> Result<(&str, &str)> {
    let Some((name, rest)) = line.split_once('=') else {
        return Err(Error::expected("settings", "KEY=VALUE", format!("\"{}\"", line.trim())));
    };
    let (name, value) = (name.trim(), rest.trim());
    for quote in ['"', '\''] {
        let Some((inside, after)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) else { continue };
        if after.trim().is_empty() || after.trim_start().starts_with('#') {
            return Ok((name, inside));
        }
    }
    Ok((name, uncommented(value)))
}

/// `value` up to a `#` that follows a space, or that is the first character and is followed by a space.
fn uncommented(value: &str) -> &str {
    let opens = |at: usize| match (value[..at].chars().next_back(), value[at + 1..].chars().next()) {
        (None, after) => after.is_none_or(char::is_whitespace),
        (Some(before), _) => before.is_whitespace(),
    };
    let end = value.match_indices('#').map(|(at, _)| at).find(|&at| opens(at));
    value[..end.unwrap_or(value.len())].trim_end()
}

/// The value as it is printed after `=`: quoted if it would not be read back the same otherwise.
fn quoted(value: &str) -> String {
    let plain = uncommented(value) == value && !value.starts_with(['"', '\'']) && value.trim() == value;
    match (plain, value.contains('"')) {
        (true, _) => value.into(),
        (false, false) => format!("\"{value}\""),
        (false, true) => format!("'{value}'"),
    }
}
