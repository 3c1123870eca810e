//! The table of settings: name, kind, default, range, help.
//!
//! It parses and prints config files, writes `neurarium help`, and gives the page its controls.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::nearest::nearest;

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    pub name: &'static str,
    /// Older spelling that is still accepted; empty if there is none.
    pub alias: &'static str,
    pub kind: KeyKind,
    /// The default, written as in a config file.
    pub default: &'static str,
    /// One line of help.
    pub help: &'static str,
    pub group: KeyGroup,
    /// The cost of a change.
    pub effect: Effect,
}

/// The values that may follow the `=`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum KeyKind {
    /// A number from `min` to `max`; `zero` is a word for 0, if 0 has a meaning of its own.
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

/// The cost of changing a setting while there is a run. The session acts on this declaration, and the page words its
/// warnings by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nothing: it takes effect between two steps.
    Live,
    /// The current epoch starts again in another order.
    Reorder,
    /// The examples are divided again into training, validation and test.
    Divide,
    /// The images are read again.
    Reload,
    /// The optimiser changes, and may lose its state.
    Optimiser,
    /// The network is changed by surgery; what it has learnt stays.
    Surgery,
    /// Another network is built; the current one is set aside.
    Rebuild,
    /// Nothing in the session: the door reads the setting.
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

/// The part of the work that a setting belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyGroup {
    /// Paths on this machine; never written into a model file.
    Files,
    Data,
    Model,
    Training,
    /// Networks that make and cut their own connections.
    Manifold,
    /// Spiking columns, which learn without gradients.
    Columns,
    /// How `neurarium render` shows a network; does not affect results.
    View,
    /// How the machine is used; does not affect results.
    Machine,
}

impl KeyGroup {
    pub const ALL: [KeyGroup; 8] = [
        KeyGroup::Files,
        KeyGroup::Data,
        KeyGroup::Model,
        KeyGroup::Training,
        KeyGroup::Manifold,
        KeyGroup::Columns,
        KeyGroup::View,
        KeyGroup::Machine,
    ];

    pub fn title(self) -> &'static str {
        match self {
            KeyGroup::Files => "Files",
            KeyGroup::Data => "Data",
            KeyGroup::Model => "Model",
            KeyGroup::Training => "Training",
            KeyGroup::Manifold => "Manifold",
            KeyGroup::Columns => "Columns",
            KeyGroup::View => "View",
            KeyGroup::Machine => "Machine",
        }
    }

    /// Whether the group's settings are part of how a model came about, and so belong in the model file.
    pub fn is_recipe(self) -> bool {
        !matches!(self, KeyGroup::Files | KeyGroup::View | KeyGroup::Machine)
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
use KeyGroup::{Columns, Data, Files, Machine, Manifold, Model, Training, View};
use KeyKind::{Choice, Colour, Text};

#[rustfmt::skip] // one setting per line reads as a table
pub static KEYS: &[Key] = &[
    also("dir-images", key(Files, Door, "input-directory", Text, "", "images to train on: a folder, a zip, a folder of IDX files, or fonts; folders input and target with files of equal names are pairs; toy:shapes and the like: a built-in set (see sample); empty: that of sample")),
    also("dir-models", key(Files, Door, "model-directory", Text, "models", "folder for models and snapshots")),
    also("dir-output", key(Files, Door, "output-directory", Text, "output", "folder for images: inputs beside the outputs of a network that outputs images, and beside the targets of pairs")),

    key(Files, Door, "cache-directory", Text, "cache", "folder for decoded images that do not fit into memory-cap; may be deleted at any time"),
    key(Files, Door, "history-directory", Text, "", "folder for the history of a run, as CSV, JSON and for TensorBoard; empty: not written"),
    key(Files, Door, "resume", Text, "", "a checkpoint to continue from, exactly where it stopped; auto: NAME-last in model-directory, or a new run if it does not exist"),
    key(Files, Door, "journal", Text, "", "edits to apply during training, as saved by the page; its settings apply where no others are given"),

    key(Data, Reload, "sample", Choice(&["shapes", "digits", "smileys", "letters", "sums", "blurred"]), "shapes", "the built-in set where there are no images: coloured shapes in eight classes; digits as hands draw them; faces in four moods; letters of 120 drawn faces, or of limit / 52; five normal variables with four sums of them as targets; or pairs of images, blurred shapes with the sharp ones as targets"),
    key(Data, Reload, "width", whole_or("auto", 4096.0), "0", "width in pixels of the images as the network sees them; 0 or auto: 28 for columns; else their own if all are equal and at most 64, else 64; 36 for letters of fonts"),
    key(Data, Reload, "height", whole_or("auto", 4096.0), "0", "height in pixels of the images as the network sees them; 0 or auto: as for width"),
    key(Data, Reload, "channels", Choice(&["auto", "1", "3"]), "auto", "1 for grey, 3 for colour; auto: grey for columns, or if every pixel is grey"),
    key(Data, Reload, "target-width", whole_or("auto", 4096.0), "0", "width in pixels of the targets of pairs; 0 or auto: as for width"),
    key(Data, Reload, "target-height", whole_or("auto", 4096.0), "0", "height in pixels of the targets of pairs; 0 or auto: as for width"),
    key(Data, Reload, "target-channels", Choice(&["auto", "1", "3"]), "auto", "channels of the targets of pairs: 1 for grey, 3 for colour; auto: grey if every pixel is grey"),
    key(Data, Reload, "resize", Choice(&["fit", "crop", "stretch"]), "fit", "how images of another shape are resized: whole, with margins that do not count; cropped; or distorted"),
    key(Data, Reload, "background", Colour, "#ffffff", "colour behind transparent pixels and in margins"),
    key(Data, Reload, "limit", whole_or("all", 1e9), "0", "largest number of images to use; 0 or all: no limit"),
    key(Data, Reload, "point-order", Choice(&["nearest", "any"]), "nearest", "where contours of letters begin, which are the examples of letters-contours: at the point nearest to the top left; or anywhere, to see what order is worth"),
    key(Data, Reorder, "shuffle-window", whole(1.0, 1e6), "256", "MiB of images that are shuffled as a whole; larger data sets are shuffled within a sliding window of this size"),
    key(Data, Divide, "validation-split", number(0.0, 0.9), "0.1", "share of the training images held out for validation, if the data has no validation folder"),
    key(Data, Divide, "test-split", number(0.0, 0.9), "0", "share of the training images held out for the final test, if the data has no test folder"),
    key(Data, Divide, "split-by", Choice(&["class", "seed", "group", "order"]), "class", "which images are held out: drawn by the seed from every class, from all images, or in whole groups; or the last files of every class"),
    key(Data, Divide, "split-group", Choice(&["name", "folder"]), "name", "what split-by=group keeps together: images whose names differ only in the last number, or images of one folder within a class"),

    key(Data, Live, "augment-flip", Choice(&["none", "horizontal", "vertical", "both"]), "none", "flips training images at random: left and right, top and bottom"),
    key(Data, Live, "augment-rotation", number_or("none", 180.0), "0", "rotates training images at random, by at most this many degrees in either direction"),
    key(Data, Live, "augment-shift", number_or("none", 0.5), "0", "shifts training images at random, by at most this share of their sides"),
    key(Data, Live, "augment-zoom", number_or("none", 0.9), "0", "zooms training images in or out at random, by at most this share"),
    key(Data, Live, "augment-brightness", number_or("none", 1.0), "0", "changes the brightness of training images at random, by at most this much; white is 1"),
    key(Data, Live, "augment-contrast", number_or("none", 0.9), "0", "changes the contrast of training images at random, by at most this share"),
    key(Data, Live, "augment-noise", number_or("none", 1.0), "0", "adds noise to training images: standard deviation, where white is 1"),
    key(Data, Live, "augment-cutout", number_or("none", 0.9), "0", "covers a random square of training images: its side as a share of the shorter side"),

    key(Model, Rebuild, "model", KeyKind::Model(PRESETS), "autoencoder", "a preset, for pairs of images unet where nothing else is chosen; columns, which learn without gradients; or a model file to continue from"),
    key(Model, Rebuild, "scaling", Choice(&["unit", "standard", "imagenet", "symmetric", "auto"]), "unit", "how pixel values are scaled first: 0 to 1 as they are; standardised by the training images; standardised by ImageNet; or -1 to 1; auto: standardised if the targets are numbers, else as they are; saved in the model file"),
    key(Model, Surgery, "embedding", whole(1.0, 4096.0), "128", "number of values to which an autoencoder compresses each image"),
    key(Model, Rebuild, "architecture", Text, "", "layers of a custom network, or a file with them (neurarium help layers); empty: those of model"),
    key(Model, Door, "cut", Text, "auto", "drops this block of a base model and all blocks after it; auto: its old head or decoder; none: nothing"),
    key(Model, Door, "freeze", Text, "none", "blocks of the base whose weights stay fixed: none; all: all but the head; or a name: all up to that block"),
    key(Model, Door, "head", Choice(&["none", "dense", "hidden", "pool"]), "none", "new output layers on a base: one dense layer, one after a hidden layer, or one after the mean of every map"),
    key(Model, Rebuild, "graph-free", whole_or("auto", 100_000.0), "0", "free neurons of a graph, beside its inputs and outputs; 0 or auto: 7.36 times the root of the number of inputs"),
    key(Model, Rebuild, "graph-sources", whole(1.0, 100_000.0), "64", "most neurons that a neuron of a graph reads; at first as many, drawn at random"),
    key(Model, Rebuild, "graph-steps", whole(1.0, 1000.0), "4", "steps of a graph for an image; in each, all neurons read what the others were in the step before"),
    key(Model, Rebuild, "dropout", number(0.0, 0.95), "0", "share of values dropped at random during training, in presets with dropout"),

    key(Training, Rebuild, "seed", whole(0.0, 9_007_199_254_740_992.0), "1", "start of all random numbers: the same seed and settings give the same result"),
    key(Training, Live, "transfer-schedule", Choice(&["auto", "none", "few-images", "gradual"]), "auto", "how a new head on a base is trained; few-images: fitted to the features of the frozen base at once, then the last layers of the base learn too if that helps on held-out images; auto: few-images for at most 100 images of a class, on average, where neither freeze nor a number of epochs is given; gradual: with a base, first the head is trained, then also its last layer at 0.1 of the rate, then all layers at 0.01"),
    key(Training, Live, "loss", Choice(&["auto", "mse", "l1", "huber", "bce", "sum-squares", "permissive", "cross-entropy", "hinge"]), "auto", "the error that training minimises; auto: the one that suits the model; hinge: a support vector machine for classes; permissive: the sum of squares of contours of letters, whose points may be anywhere along them"),
    key(Training, Live, "batch-size", whole(1.0, 4096.0), "32", "images per mini-batch; one step is one update on one mini-batch; some models have another default"),
    key(Training, Live, "learning-rate", number(0.000001, 10.0), "0.001", "how far each step moves the weights: too high and training diverges, too low and it crawls; some models have another default"),
    key(Training, Live, "denoise", number_or("none", 1.0), "0", "noise on the inputs of a network, whose targets stay clean: standard deviation, where white is 1"),
    key(Training, Live, "inversion-share", number_or("none", 0.75), "0.25", "share of inversions among the letters of a step: what one network makes of letters that are in its case already, of which the other has to recover the original; reached once a network names nine of ten letters"),
    key(Training, Live, "class-weights", Choice(&["none", "balanced"]), "none", "weight of a classifier's images: equal for all, or balanced so that all classes count the same"),
    key(Training, Optimiser, "optimizer", Choice(&["adam", "adamw", "sgd"]), "adam", "how gradients become steps"),
    key(Training, Optimiser, "momentum", number(0.0, 0.999), "0.9", "share of the previous step that sgd keeps"),
    key(Training, Optimiser, "weight-decay", number_or("none", 1.0), "0", "pulls the weights towards zero; 0.01 is common with adamw"),
    key(Training, Optimiser, "clip-norm", number_or("none", 1e6), "1", "shortens longer gradients to this length; 0 or none: never"),
    key(Training, Live, "schedule", Choice(&["constant", "linear", "cosine", "exponential", "step", "one-cycle"]), "cosine", "how the learning rate changes from the first to the last epoch"),
    key(Training, Live, "schedule-end", number(0.000001, 1.0), "0.01", "share of the learning rate at the end of an exponential schedule"),
    key(Training, Live, "schedule-drops", whole(1.0, 100.0), "2", "how often a step schedule lowers the learning rate, in equal parts of the run"),
    key(Training, Live, "schedule-factor", number(0.001, 1.0), "0.1", "factor for the learning rate at each drop of a step schedule"),
    key(Training, Live, "warmup-steps", whole_or("none", 1e6), "100", "steps over which the learning rate rises to its full value, at most a tenth of the run"),
    key(Training, Live, "epochs", whole_or("endless", 1e6), "10", "passes over the training images; 0 or endless: until stopped"),
    key(Training, Live, "max-minutes", number_or("none", 1e5), "0", "minutes of training after which the run ends; 0 or none: by epochs alone"),
    key(Training, Live, "monitor", Choice(&["val-loss", "accuracy", "psnr", "loss"]), "val-loss", "figure that decides which epoch is the best, a plateau or the end; loss is the training loss, also used if nothing is held out"),
    key(Training, Live, "min-delta", number(0.0, 1e6), "0.0001", "an epoch counts as better only if its figure improves by more than this"),
    key(Training, Live, "plateau-patience", whole_or("none", 1e6), "0", "epochs without improvement before the learning rate is lowered; 0 or none: never"),
    key(Training, Live, "plateau-factor", number(0.001, 0.999), "0.2", "factor for the learning rate on a plateau"),
    key(Training, Live, "plateau-least", number(0.0, 10.0), "0.000001", "lowest learning rate that a plateau leads to"),
    key(Training, Live, "stop-patience", whole_or("none", 1e6), "0", "epochs without improvement before training stops; 0 or none: never"),
    key(Training, Live, "restore-best", Choice(&["yes", "no"]), "yes", "whether a run stopped by stop-patience returns to the weights of its best epoch"),
    key(Training, Live, "spike-factor", number_or("none", 1e6), "5", "if the loss stays this many times higher than before, training has diverged: earlier weights are restored and the rate is halved; 0 or none: never"),
    key(Training, Live, "kept-moments", whole_or("none", 1000.0), "0", "number of earlier states of the network to keep for looking back: one each epoch, further apart later; 0 or none: none"),
    key(Training, Live, "snapshot-interval", whole_or("none", 1e6), "0", "epochs between snapshots of the model; 0 or none: only the final model"),
    key(Training, Live, "checkpoint-interval", whole_or("none", 1e6), "0", "epochs between checkpoints (NAME-last, for resume, and NAME-best); 0 or none: by time alone"),
    key(Training, Live, "checkpoint-minutes", number_or("none", 1e5), "10", "minutes between checkpoints; 0 or none: by epochs alone"),

    key(Manifold, Rebuild, "manifold-hidden", whole_or("auto", 100_000.0), "0", "hidden neurons of a manifold; 0 or auto: 7.36 times the root of the number of inputs, which is 206 for 28 x 28 pixels"),
    key(Manifold, Rebuild, "manifold-weights", Choice(&["curve", "own"]), "curve", "strength of an edge: what its neuron's curve gives, or that times a weight of its own"),
    key(Manifold, Rebuild, "manifold-growth", Choice(&["curves", "gradient", "pruning", "fixed"]), "curves", "what makes edges: curves alone; or curves only at first, then every edge has a weight of its own, the weakest are dropped, and others grow where the gradient is largest; to compare with: all are there at first and the weakest are pruned; or the budget's share is drawn at random and stays"),
    key(Manifold, Rebuild, "manifold-output", Choice(&["linear", "squared"]), "linear", "the outputs as they are, or squared, as the first manifold had them"),
    key(Manifold, Rebuild, "manifold-sequence", Choice(&["none", "rows"]), "none", "what a step of a manifold reads: the whole image, in one step; or a row of it, one after the other"),
    key(Manifold, Rebuild, "manifold-feedback", whole_or("none", 10_000.0), "0", "outputs beside the others that a step reads from the step before, without a loss on them; for sequences"),
    key(Manifold, Rebuild, "manifold-neuron", Choice(&["plain", "gated"]), "plain", "hidden neurons: plain sums, or gated ones, which are cells of an LSTM and remember from step to step"),
    key(Manifold, Rebuild, "manifold-start", Choice(&["auto", "few", "images"]), "auto", "variety of the first curves: little, for a few inputs, or much, for images; auto: few if the images have one row"),
    key(Manifold, Rebuild, "manifold-period", number_or("auto", 1e6), "0", "period of the curves in inputs; 0 or auto: one row of the image"),
    key(Manifold, Rebuild, "manifold-bumps", whole(1.0, 16.0), "1", "curves of a neuron, which are added up"),
    key(Manifold, Rebuild, "manifold-width", number(0.01, 100.0), "1", "factor on the first widths of the curves"),
    key(Manifold, Rebuild, "manifold-centre-rate", number(0.01, 1000.0), "1", "how much faster the centres of curves learn than their other numbers"),
    key(Manifold, Live, "manifold-narrowing", number(1.0, 100.0), "1", "factor by which the curves are narrowed in the first half of a run; for curves that began wide"),
    key(Manifold, Live, "edge-budget", number_or("none", 1.0), "0", "most edges as a share of all possible ones, reached in the middle of a run; 0 or none: any number"),
    key(Manifold, Live, "growth-interval", whole_or("none", 1e6), "100", "steps between changes of the edges, where they grow by the gradient; 0 or none: they stay"),
    key(Manifold, Live, "growth-share", number_or("none", 0.9), "0.3", "share of the edges that such a change replaces at first; it falls to 0 along a cosine"),
    key(Manifold, Live, "straight-through", number_or("none", 0.9), "0", "how far below the cutoff a possible edge still gets a gradient, so that it can return; 0 or none: not at all"),
    key(Manifold, Live, "objective-weight", number(0.0, 1e9), "1000", "weight of the objective among the losses of a manifold"),
    key(Manifold, Live, "flow-weight", number_or("none", 1e9), "0.0001", "weight of the flow: the squared difference of the strengths that enter hidden neurons from inputs and leave them to outputs"),
    key(Manifold, Live, "flow-by", Choice(&["sum", "neuron"]), "sum", "what the flow compares: the sums of all strengths, or those into and out of each hidden neuron"),
    key(Manifold, Live, "sparsity-weight", number_or("none", 1e9), "0", "weight of the squared share of edges, counted smoothly so that it has a gradient"),
    key(Manifold, Live, "sparsity-softness", number(0.0001, 1.0), "0.02", "width in closeness over which the smooth count goes from no edge to an edge"),
    key(Manifold, Live, "time-weight", number_or("none", 1e9), "0", "weight of the milliseconds of a step, by a model fitted to the measured steps; results then depend on the machine"),
    key(Manifold, Live, "memory-weight", number_or("none", 1e9), "0", "weight of the KiB that the edges take"),

    key(Columns, Rebuild, "column-neurons", whole(1.0, 1e6), "792", "neurons of each column of model=columns; there is one column for each class; 196, 792 and 7920 with ten slots and classes are 19,600, 79,200 and 792,000 slots"),
    key(Columns, Rebuild, "column-slots", whole(1.0, 64.0), "10", "places for connections of each neuron of a column"),
    key(Columns, Rebuild, "column-receptors", Choice(&["pixels", "contrast"]), "pixels", "what a column sees: the pixels, or the contrast around each, brighter and darker ones apart, which suits photographs"),
    key(Columns, Live, "column-filters", Text, "192,128,64,1", "cycles in which an image is shown: the least pixel value, 1 to 255, that is seen in each, falling; auto: those that light 15, 25, 35 and 45 % of what is seen; after a cycle without a spike half of the charge is left"),
    key(Columns, Live, "column-threshold", whole(1.0, 1e8), "1000000", "charge above which a neuron of a column spikes; every weight stays below it; only the ratios of the following keys to it matter"),
    key(Columns, Live, "column-window-low", whole(0.0, 2e9), "300000", "charge above which a neuron of a column learns: 0.3 of the threshold"),
    key(Columns, Live, "column-window-high", whole(0.0, 2e9), "1200000", "charge from which a neuron of a column has learnt enough: 1.2 of the threshold"),
    key(Columns, Live, "column-new-weight", whole(1.0, 1e8), "100000", "size of the weight of a new connection: 0.1 of the threshold; negative in the columns of other classes"),
    key(Columns, Live, "column-least-weight", whole(1.0, 1e8), "97000", "size below which a connection of a column is removed: 0.097 of the threshold"),
    key(Columns, Live, "column-adjust-true", whole(0.0, 1e8), "500", "what an example adds to a weight in the column of its class: 0.0005 of the threshold"),
    key(Columns, Live, "column-adjust-false", whole(0.0, 1e8), "500", "what an example takes from a weight in the column of another class: 0.0005 of the threshold"),
    key(Columns, Live, "column-grow-true", whole_or("none", 1e6), "10", "connections that an example adds to the column of its class"),
    key(Columns, Live, "column-grow-false", whole_or("none", 1e6), "10", "connections that an example adds to the column of another class that answers too often"),
    key(Columns, Live, "column-decay", whole_or("none", 1e8), "20", "what every weight of a column loses at times: 0.00002 of the threshold"),
    key(Columns, Live, "column-decay-every", whole(1.0, 1e9), "100", "examples that teach the column of their class between two decays"),
    key(Columns, Live, "column-true-up", number(0.0, 1e6), "0.19", "step up of the quantile that chooses the examples that teach the column of their class, for an example that reaches it; the share of column-true-down in both steps teaches, 0.05"),
    key(Columns, Live, "column-true-down", number(0.0, 1e6), "0.01", "step down of that quantile for an example below it"),
    key(Columns, Live, "column-false-up", number(0.0, 1e6), "0.16666667", "step up of the quantile that chooses the examples that teach columns of other classes, for an example that reaches it; the share of column-false-down in both steps teaches, 1 in 151"),
    key(Columns, Live, "column-false-down", number(0.0, 1e6), "0.0011111111", "step down of that quantile for an example below it"),
    key(Columns, Live, "column-negatives", number(0.0, 1e6), "1.5", "examples teach columns of other classes only while that was done at most so many times as often as for the right ones"),

    key(View, Door, "view-mode", Choice(&["activation", "weights", "gradient", "change", "bias", "dead"]), "activation", "what the cells of the drawn network show"),
    key(View, Door, "view-example", whole_or("auto", 1e9), "0", "number of the image shown in the network, from 1; 0 or auto: the first that is held out"),
    key(View, Door, "view-connections", whole_or("none", 100_000.0), "2000", "most connections drawn, the strongest first"),
    key(View, Door, "view-by", Choice(&["strength", "contribution"]), "strength", "strength of a connection: its weight, or weight times value"),
    key(View, Door, "view-cut", number(0.0, 1.0), "0", "hides connections weaker than this share of the strongest between the same layers"),
    key(View, Door, "view-theme", Choice(&["light", "dark"]), "light", "colours of a drawn network"),
    key(View, Door, "view-heat", Choice(&["none", "class-activation", "grad-cam", "integrated-gradients", "occlusion"]), "none", "shows instead of the network where a classifier looks: images beside the places that speak for a class"),
    key(View, Door, "view-class", Text, "", "the class of view-heat by its name; without one, the class that the network predicts"),
    key(View, Door, "view-layer", Text, "", "the layer of grad-cam by its name; without one, the last convolution"),
    key(View, Door, "view-opacity", number(0.0, 1.0), "0.75", "share of the image that the strongest colour of view-heat covers"),
    key(View, Door, "view-wants", Text, "", "shows instead of the network what each neuron of this layer wants: the image that drives it most beside the picture found for it"),
    key(View, Door, "view-width", whole(16.0, 8192.0), "1920", "width in pixels of a drawn network"),
    key(View, Door, "view-height", whole(16.0, 8192.0), "1080", "height in pixels of a drawn network"),

    key(View, Door, "map-of", Text, "auto", "what makes an image a point of a map: pixels, code, probabilities, or the name of a layer; auto: the code of an autoencoder, else pixels"),
    key(View, Door, "map-by", Choice(&["tsne", "umap", "pca"]), "tsne", "how points get into the plane of a map: t-SNE, UMAP, or two principal components"),
    key(View, Door, "map-splits", Choice(&["all", "train", "validation", "test"]), "all", "images of a map"),
    key(View, Door, "map-perplexity", number(2.0, 200.0), "30", "t-SNE: about how many neighbours of a point count"),
    key(View, Door, "map-neighbours", whole(2.0, 200.0), "15", "UMAP: neighbours of a point, itself included"),
    key(View, Door, "map-min-dist", number(0.0, 0.99), "0.1", "UMAP: how near points may come"),

    key(Machine, Reload, "memory-cap", whole_or("auto", 1e6), "0", "MiB of memory for the pixels of the images; larger data sets are streamed from disk, with the same result; 0 or auto: half of the free memory"),
    key(Machine, Live, "feature-memory", whole_or("none", 1e6), "128", "MiB of memory for what frozen layers make of the images, which is then computed once; never changes a result; 0 or none: computed in every epoch"),
    key(Machine, Live, "work-limit", whole_or("none", 1e6), "50", "thousand million multiply-adds for one image above which a network is not opened: a pass would take minutes; 0 or none: no limit"),
    key(Machine, Door, "threads", whole_or("all", 256.0), "0", "number of threads; 0 or all: one per core; affects the speed, never the result"),
];

/// Values of `model` other than a file.
const PRESETS: &[&str] = &[
    "autoencoder",
    "autoencoder-dense",
    "autoencoder-local",
    "unet",
    "classifier-mlp",
    "classifier-cnn",
    "manifold",
    "graph",
    "letters",
    "letters-sparse",
    "letters-contours",
    COLUMNS,
];

/// The value of `model` for spiking columns, which are no network.
pub const COLUMNS: &str = "columns";

impl Key {
    /// Finds a setting by its name or older spelling; underscores count as hyphens.
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

    /// The words that are values, if there are any.
    fn words(&self) -> Option<&'static [&'static str]> {
        match self.kind {
            KeyKind::Choice(words) | KeyKind::Model(words) => Some(words),
            KeyKind::Number { .. } | KeyKind::Colour | KeyKind::Text => None,
        }
    }

    /// Whether the value is the path of a file, where it may also be one of a few words.
    pub(super) fn names_file(&self, value: &str) -> bool {
        matches!(self.kind, KeyKind::Model(presets) if !presets.contains(&value))
    }

    /// Describes the values that may follow the `=`: `a whole number from 1 to 4096`.
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

    /// Returns the value in its canonical spelling, or an error that says what was expected.
    pub(super) fn canonical(&self, value: &str) -> Result<String> {
        let value = if self.kind == KeyKind::Text { value } else { value.trim() };
        let wrong = || {
            let error = Error::expected(self.name, self.expects(), format!("\"{value}\""));
            let near = self.words().and_then(|words| nearest(value, words.iter().copied()));
            near.map_or(error.clone(), |near| Error::new(format!("{error}; did you mean {near}?")))
        };
        match self.kind {
            KeyKind::Number { zero: Some(zero), .. } if value == zero => Ok("0".into()),
            KeyKind::Number { min, max, whole, .. } => {
                let number: f64 = value.parse().map_err(|_| wrong())?;
                // A longer whole number would be rounded silently.
                let is_exact = value.parse().is_ok_and(|exact: i128| exact == number as i128);
                let fits = min <= number && number <= max && (!whole || number.fract() == 0.0);
                let fits = fits && (is_exact || !value.bytes().all(|byte| byte.is_ascii_digit()));
                if fits { Ok(format!("{}", number + 0.0)) } else { Err(wrong()) } // + 0.0 turns -0 into 0
            }
            KeyKind::Choice(words) => words.contains(&value).then(|| value.into()).ok_or_else(wrong),
            KeyKind::Model(_) if value.is_empty() => Err(wrong()),
            KeyKind::Colour => {
                let digits = value.strip_prefix('#').unwrap_or(value);
                let is_valid = digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit());
                if is_valid { Ok(format!("#{}", digits.to_ascii_lowercase())) } else { Err(wrong()) }
            }
            KeyKind::Model(_) | KeyKind::Text if value.contains(['\n', '\r', '\0']) => Err(wrong()),
            KeyKind::Model(_) | KeyKind::Text => Ok(value.into()),
        }
    }

    /// The same facts as plain fields, for the page's controls.
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

/// One setting, as the page sees it.
#[derive(Clone, Debug, Serialize)]
pub struct KeyDescription {
    pub name: &'static str,
    /// `number`, `choice` or `text`.
    pub kind: &'static str,
    pub whole: bool,
    pub min: Option<f64>,
    pub max: Option<f64>,
    /// The word for 0, if 0 has a meaning of its own.
    pub zero: Option<&'static str>,
    pub choices: &'static [&'static str],
    pub default: &'static str,
    pub help: &'static str,
    pub group: KeyGroup,
    pub effect: Effect,
}

/// `a, b or c`.
fn listed(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, [])) => (*last).into(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}
