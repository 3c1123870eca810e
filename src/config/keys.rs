//! The one table of settings: name, kind, default, range, help.
//!
//! It parses and prints config files, writes `neurarium help`, and gives the page the controls to show.

use serde::Serialize;

use crate::error::{Error, Result};

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    /// Older spelling that is still understood; empty where there is none.
    pub alias: &'static str,
    pub kind: KeyKind,
    /// The value when none is set, written as in a config file.
    pub default: &'static str,
    /// One line for people.
    pub help: &'static str,
    pub group: KeyGroup,
    /// What a change of it costs.
    pub effect: Effect,
}

/// What may stand after the `=`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    /// From `min` to `max`; `zero` is a word that may be written for 0 where 0 has a meaning of its own.
    Number { min: f64, max: f64, whole: bool, zero: Option<&'static str> },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or the path of a model file.
    Model(&'static [&'static str]),
    /// `#rrggbb`.
    Colour,
    /// Any text on one line.
    Text,
}

/// What a change of a setting costs while a run is there: the one declaration that the session acts by and the page
/// words its warnings by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing: it acts between two steps.
    Live,
    /// The running epoch begins again in another order.
    Reorder,
    /// The examples are divided again into training, validation and test.
    Divide,
    /// The images are read again.
    Reload,
    /// The optimiser changes, and may forget what it remembered.
    Optimiser,
    /// The network is changed by surgery; what it has learnt stays.
    Surgery,
    /// Another network is built; the current one is set aside.
    Rebuild,
    /// Nothing in the session: the program that started it reads the setting.
    Door,
}

impl Effect {
    pub const ALL: [Effect; 8] = [
        Effect::Live,
        Effect::Reorder,
        Effect::Divide,
        Effect::Reload,
        Effect::Optimiser,
        Effect::Surgery,
        Effect::Rebuild,
        Effect::Door,
    ];
}

/// Which part of the work a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyGroup {
    /// Places of things on this machine; never written into a model file.
    Files,
    Data,
    Model,
    Training,
    /// How `neurarium render` shows a network; changes no result.
    View,
    /// How the machine is used; changes no result.
    Machine,
}

impl KeyGroup {
    pub const ALL: [KeyGroup; 6] =
        [KeyGroup::Files, KeyGroup::Data, KeyGroup::Model, KeyGroup::Training, KeyGroup::View, KeyGroup::Machine];

    pub fn title(self) -> &'static str {
        match self {
            KeyGroup::Files => "Files",
            KeyGroup::Data => "Data",
            KeyGroup::Model => "Model",
            KeyGroup::Training => "Training",
            KeyGroup::View => "View",
            KeyGroup::Machine => "Machine",
        }
    }

    /// Whether its settings are part of how a model came to be, and so belong into the model file.
    pub fn is_recipe(self) -> bool {
        matches!(self, KeyGroup::Data | KeyGroup::Model | KeyGroup::Training)
    }
}

const fn whole(min: f64, max: f64) -> KeyKind {
    KeyKind::Number { min, max, whole: true, zero: None }
}

const fn whole_or(zero: &'static str, max: f64) -> KeyKind {
    KeyKind::Number { min: 0.0, max, whole: true, zero: Some(zero) }
}

const fn number(min: f64, max: f64) -> KeyKind {
    KeyKind::Number { min, max, whole: false, zero: None }
}

const fn number_or(zero: &'static str, max: f64) -> KeyKind {
    KeyKind::Number { min: 0.0, max, whole: false, zero: Some(zero) }
}

const fn key(
    group: KeyGroup,
    effect: Effect,
    name: &'static str,
    kind: KeyKind,
    default: &'static str,
    help: &'static str,
) -> Key {
    Key { name, alias: "", kind, default, help, group, effect }
}

const fn also(alias: &'static str, key: Key) -> Key {
    Key { alias, ..key }
}

use Effect::{Divide, Door, Live, Optimiser, Rebuild, Reload, Reorder, Surgery};
use KeyGroup::{Data, Files, Machine, Model, Training, View};
use KeyKind::{Choice, Colour, Text};

#[rustfmt::skip] // one setting a line reads as the table it is
pub static KEYS: &[Key] = &[
    also("dir-images", key(Files, Door, "input-directory", Text, "", "images to learn from: a folder, a zip, or a folder of IDX files; empty for the built-in sample set")),
    also("dir-models", key(Files, Door, "model-directory", Text, "models", "where models and snapshots are written")),
    also("dir-output", key(Files, Door, "output-directory", Text, "output", "where pictures are written (an autoencoder's inputs beside its outputs)")),

    key(Files, Door, "cache-directory", Text, "cache", "where images are kept decoded when they do not fit memory-cap; it may be deleted at any time"),
    key(Files, Door, "history-directory", Text, "", "where the history of a run is written as CSV, JSON and for TensorBoard; empty for nowhere"),
    key(Files, Door, "resume", Text, "", "a checkpoint to go on from exactly where it was; auto: NAME-last in model-directory, or a new run where there is none"),
    key(Files, Door, "journal", Text, "", "edits to be made while training, as the page saves them; its settings hold where no others are given"),

    key(Data, Reload, "width", whole_or("auto", 4096.0), "0", "width in pixels of the images the network sees; 0 or auto: theirs if all alike and at most 64, else 64"),
    key(Data, Reload, "height", whole_or("auto", 4096.0), "0", "height in pixels of the images the network sees; 0 or auto: as for width"),
    key(Data, Reload, "channels", Choice(&["auto", "1", "3"]), "auto", "1 for grey, 3 for colour; auto: grey if every pixel is grey"),
    key(Data, Reload, "resize", Choice(&["fit", "crop", "stretch"]), "fit", "how images of another shape are fitted: whole with margins that do not count, cut, or distorted"),
    key(Data, Reload, "background", Colour, "#ffffff", "colour behind transparent pixels and in margins"),
    key(Data, Reload, "limit", whole_or("all", 1e9), "0", "use at most this many images; 0 or all: no limit"),
    key(Data, Reorder, "shuffle-window", whole(1.0, 1e6), "256", "MiB of images that are shuffled as a whole; more than that pass through a sliding window of this size"),
    key(Data, Divide, "validation-split", number(0.0, 0.9), "0.1", "share of the training images held out for validation, where the data has no validation folder"),
    key(Data, Divide, "test-split", number(0.0, 0.9), "0", "share of the training images held out for the last test, where the data has no test folder"),
    key(Data, Divide, "split-by", Choice(&["class", "seed", "group", "order"]), "class", "what is held out: drawn by the seed from every class alike, from all images, or whole groups; or the last files of every class"),
    key(Data, Divide, "split-group", Choice(&["name", "folder"]), "name", "images that split-by=group keeps together: names alike but for the last number, or one folder within a class"),

    key(Data, Live, "augment-flip", Choice(&["none", "horizontal", "vertical", "both"]), "none", "training images are mirrored at random: left and right, top and bottom"),
    key(Data, Live, "augment-rotation", number_or("none", 180.0), "0", "training images are turned at random, by at most so many degrees either way"),
    key(Data, Live, "augment-shift", number_or("none", 0.5), "0", "training images are moved at random, by at most this share of their sides"),
    key(Data, Live, "augment-zoom", number_or("none", 0.9), "0", "training images grow or shrink at random, by at most this share"),
    key(Data, Live, "augment-brightness", number_or("none", 1.0), "0", "brightness of training images changes at random, by at most this much; white is 1"),
    key(Data, Live, "augment-contrast", number_or("none", 0.9), "0", "contrast of training images grows or shrinks at random, by at most this share"),
    key(Data, Live, "augment-noise", number_or("none", 1.0), "0", "grain on training images: standard deviation, white being 1"),
    key(Data, Live, "augment-cutout", number_or("none", 0.9), "0", "a square of training images is blotted out: its side as a share of the image's shorter side"),

    key(Model, Rebuild, "model", KeyKind::Model(PRESETS), "autoencoder", "a preset, or a model file to continue from"),
    key(Model, Rebuild, "scaling", Choice(&["unit", "standard", "imagenet", "symmetric"]), "unit", "what the network makes of values first: 0 to 1 as they are, minus the training images' mean and over their deviation, minus ImageNet's, or -1 to 1; a part of the model file"),
    key(Model, Surgery, "embedding", whole(1.0, 4096.0), "128", "number of values an autoencoder squeezes each image into"),
    key(Model, Rebuild, "architecture", Text, "", "layers of a network of your own, or a file of them (neurarium help layers); empty: as model says"),
    key(Model, Door, "cut", Text, "none", "of a model file as base: this block and all after it are dropped; auto: its old head or decoder; none: none"),
    key(Model, Door, "freeze", Text, "none", "blocks of the base that stay as they are: none, all but the head, or all up to the block named"),
    key(Model, Door, "head", Choice(&["none", "dense", "hidden", "pool"]), "none", "what predicts the new classes on a base: one dense layer, one behind a hidden layer, or one behind the mean of every map"),
    key(Model, Rebuild, "dropout", number(0.0, 0.95), "0", "share of values dropped at random while training, in presets that have dropout"),

    key(Training, Rebuild, "seed", whole(0.0, 9_007_199_254_740_992.0), "1", "start of all random numbers: same seed and settings, same result"),
    key(Training, Live, "transfer-schedule", Choice(&["none", "gradual"]), "none", "gradual: of a network on a base first the head learns, then its last layer too at 0.1 of the rate, then all at 0.01"),
    key(Training, Live, "loss", Choice(&["auto", "mse", "l1", "huber", "bce", "cross-entropy"]), "auto", "what training makes small; auto: as the model wants it"),
    key(Training, Live, "batch-size", whole(1.0, 4096.0), "32", "images per mini-batch; one step is one update on one mini-batch; some models start from another"),
    key(Training, Live, "learning-rate", number(0.000001, 10.0), "0.001", "size of the steps; some models start from another"),
    key(Training, Live, "denoise", number_or("none", 1.0), "0", "noise on what an autoencoder reads while its target stays clean: standard deviation, white being 1"),
    key(Training, Live, "class-weights", Choice(&["none", "balanced"]), "none", "how much a classifier's images count: all alike, or those of rare classes more, so that all classes count alike"),
    key(Training, Optimiser, "optimizer", Choice(&["adam", "adamw", "sgd"]), "adam", "how gradients become steps"),
    key(Training, Optimiser, "momentum", number(0.0, 0.999), "0.9", "share of the last step that sgd keeps"),
    key(Training, Optimiser, "weight-decay", number_or("none", 1.0), "0", "pull of the weights towards zero; 0.01 is usual with adamw"),
    key(Training, Optimiser, "clip-norm", number_or("none", 1e6), "1", "gradients longer than this are shortened to it; 0 or none: never"),
    key(Training, Live, "schedule", Choice(&["constant", "linear", "cosine", "exponential", "step", "one-cycle"]), "cosine", "how the learning rate goes from its start to the last epoch"),
    key(Training, Live, "schedule-end", number(0.000001, 1.0), "0.01", "share of the learning rate that is left at the end of an exponential schedule"),
    key(Training, Live, "schedule-drops", whole(1.0, 100.0), "2", "how often a step schedule drops the learning rate, in equal parts of the run"),
    key(Training, Live, "schedule-factor", number(0.001, 1.0), "0.1", "what each drop of a step schedule multiplies the learning rate with"),
    key(Training, Live, "warmup-steps", whole_or("none", 1e6), "100", "steps in which the learning rate rises to its full value, at most a tenth of the run"),
    key(Training, Live, "epochs", whole_or("endless", 1e6), "10", "passes over the training images; 0 or endless: until stopped"),
    key(Training, Live, "monitor", Choice(&["val-loss", "accuracy", "psnr", "loss"]), "val-loss", "the figure by which an epoch is the best, a plateau or the end; loss is that of training, taken where nothing is held out"),
    key(Training, Live, "min-delta", number(0.0, 1e6), "0.0001", "an epoch is better only if its figure is better by more than this"),
    key(Training, Live, "plateau-patience", whole_or("none", 1e6), "0", "epochs without a better one after which the learning rate is lowered; 0 or none: never"),
    key(Training, Live, "plateau-factor", number(0.001, 0.999), "0.2", "what the learning rate is multiplied with on a plateau"),
    key(Training, Live, "plateau-least", number(0.0, 10.0), "0.000001", "a plateau lowers the learning rate no further than to this"),
    key(Training, Live, "stop-patience", whole_or("none", 1e6), "0", "epochs without a better one after which training stops; 0 or none: never"),
    key(Training, Live, "restore-best", Choice(&["yes", "no"]), "yes", "whether a run stopped by stop-patience goes back to the weights of its best epoch"),
    key(Training, Live, "spike-factor", number_or("none", 1e6), "5", "when every loss for a while is so many times those before, the weights go back to where all was well and the rate is halved; 0 or none: never"),
    key(Training, Live, "kept-moments", whole_or("none", 1000.0), "0", "states of the network, one an epoch and then further apart, that a page keeps to go back to; 0 or none: none"),
    key(Training, Live, "snapshot-interval", whole_or("none", 1e6), "0", "epochs between snapshots of the model that are kept; 0 or none: only the final model"),
    key(Training, Live, "checkpoint-interval", whole_or("none", 1e6), "0", "epochs between checkpoints (NAME-last, from which resume goes on, and NAME-best); 0 or none: by time alone"),
    key(Training, Live, "checkpoint-minutes", number_or("none", 1e5), "10", "minutes between checkpoints; 0 or none: by epochs alone"),

    key(View, Door, "view-mode", Choice(&["activation", "weights", "gradient", "change", "bias", "dead"]), "activation", "what the cells of a drawn network show"),
    key(View, Door, "view-example", whole_or("auto", 1e9), "0", "number of the image it is drawn with, from 1; 0 or auto: the first that is held out"),
    key(View, Door, "view-connections", whole_or("none", 100_000.0), "2000", "at most so many connections are drawn, the strongest first"),
    key(View, Door, "view-by", Choice(&["strength", "contribution"]), "strength", "what makes a connection strong: its weight, or weight times the value that passes"),
    key(View, Door, "view-cut", number(0.0, 1.0), "0", "connections weaker than this share of the strongest between the same layers are left out"),
    key(View, Door, "view-theme", Choice(&["light", "dark"]), "light", "colours of a drawn network"),
    key(View, Door, "view-width", whole(16.0, 8192.0), "1920", "width in pixels of a drawn network"),
    key(View, Door, "view-height", whole(16.0, 8192.0), "1080", "height in pixels of a drawn network"),

    key(Machine, Reload, "memory-cap", whole_or("auto", 1e6), "0", "MiB of memory for the pixels of the images; what does not fit is streamed from disk, with the same result; 0 or auto: half of what is free"),
    key(Machine, Door, "threads", whole_or("all", 256.0), "0", "threads that share the work; 0 or all: one per core; changes the speed, never the result"),
];

/// What `model` may name besides a file.
const PRESETS: &[&str] = &["autoencoder", "autoencoder-dense", "autoencoder-local", "classifier-mlp", "classifier-cnn"];

impl Key {
    /// The setting of this name or older spelling; underscores count as hyphens.
    pub fn find(name: &str) -> Result<&'static Key> {
        Self::index(name).map(|index| &KEYS[index])
    }

    pub(super) fn index(name: &str) -> Result<usize> {
        let wanted = name.trim().replace('_', "-");
        let found = KEYS.iter().position(|key| key.name == wanted || (!wanted.is_empty() && key.alias == wanted));
        found.ok_or_else(|| match nearest(&wanted, KEYS.iter().map(|key| key.name)) {
            Some(near) => Error::new(format!("unknown key \"{}\"; did you mean {near}?", name.trim())),
            None => Error::new(format!("unknown key \"{}\"; neurarium help lists all keys", name.trim())),
        })
    }

    /// What may stand after the `=`, in words: `a whole number from 1 to 4096`.
    pub fn expects(&self) -> String {
        match self.kind {
            KeyKind::Number { min, max, whole, zero } => {
                let word = zero.map(|zero| format!("{zero} or ")).unwrap_or_default();
                format!("{word}a {}number from {min} to {max}", if whole { "whole " } else { "" })
            }
            KeyKind::Choice(words) => listed(words),
            KeyKind::Model(presets) => format!("{}, or a .safetensors or .onnx file", presets.join(", ")),
            KeyKind::Colour => "a colour as #rrggbb".into(),
            KeyKind::Text => "text on one line".into(),
        }
    }

    /// The value in its one canonical spelling, or a sentence that says what was expected.
    pub(super) fn canonical(&self, value: &str) -> Result<String> {
        let value = if self.kind == KeyKind::Text { value } else { value.trim() };
        let wrong = || Error::expected(self.name, self.expects(), format!("\"{value}\""));
        match self.kind {
            KeyKind::Number { zero: Some(zero), .. } if value == zero => Ok("0".into()),
            KeyKind::Number { min, max, whole, .. } => {
                let number: f64 = value.parse().map_err(|_| wrong())?;
                let fits = min <= number && number <= max && !(whole && number.fract() != 0.0);
                if fits { Ok(format!("{}", number + 0.0)) } else { Err(wrong()) } // + 0.0 turns -0 into 0
            }
            KeyKind::Choice(words) => words.contains(&value).then(|| value.into()).ok_or_else(wrong),
            KeyKind::Model(_) if value.is_empty() => Err(wrong()),
            KeyKind::Colour => {
                let digits = value.strip_prefix('#').unwrap_or(value);
                let right = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                if right { Ok(format!("#{}", digits.to_ascii_lowercase())) } else { Err(wrong()) }
            }
            KeyKind::Model(_) | KeyKind::Text if value.contains(['\n', '\r', '\0']) => Err(wrong()),
            KeyKind::Model(_) | KeyKind::Text => Ok(value.into()),
        }
    }

    /// The same facts in plain fields, for the page's controls.
    pub fn describe(&self) -> KeyDescription {
        let (kind, choices): (_, &[&str]) = match self.kind {
            KeyKind::Number { .. } => ("number", &[]),
            KeyKind::Choice(words) | KeyKind::Model(words) => ("choice", words),
            KeyKind::Colour | KeyKind::Text => ("text", &[]),
        };
        let (min, max, whole, zero) = match self.kind {
            KeyKind::Number { min, max, whole, zero } => (Some(min), Some(max), whole, zero),
            _ => (None, None, false, None),
        };
        let Key { name, default, help, group, effect, .. } = *self;
        KeyDescription { name, kind, whole, min, max, zero, choices, default, help, group, effect }
    }
}

/// One setting as the page sees it.
#[derive(Clone, Debug, Serialize)]
pub struct KeyDescription {
    pub name: &'static str,
    /// `number`, `choice` or `text`.
    pub kind: &'static str,
    pub whole: bool,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// The word for 0, where it has a meaning of its own.
    pub zero: Option<&'static str>,
    pub choices: &'static [&'static str],
    pub default: &'static str,
    pub help: &'static str,
    pub group: KeyGroup,
    pub effect: Effect,
}

/// The word nearest to `wanted`, if one is near enough to be a slip of the hand.
pub fn nearest<'a>(wanted: &str, words: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // No word of ours is long; the distance to a page of text is not worth its time.
    let wanted: Vec<char> = wanted.chars().take(64).collect();
    let (distance, word) = words.map(|word| (edits(&wanted, word), word)).min()?;
    (distance <= 1 + wanted.len() / 4).then_some(word)
}

/// Levenshtein: the fewest insertions, deletions and replacements that turn `a` into `b`.
fn edits(a: &[char], b: &str) -> usize {
    let mut row: Vec<usize> = (0..=a.len()).collect(); // distances from each beginning of a to the beginning of b
    for (j, b) in b.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = j + 1;
        for i in 0..a.len() {
            let replaced = diagonal + usize::from(a[i] != b);
            diagonal = row[i + 1];
            row[i + 1] = replaced.min(row[i] + 1).min(diagonal + 1);
        }
    }
    row[a.len()]
}

/// `a, b or c`.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).into(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
