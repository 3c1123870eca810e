//! The text of `neurarium help`: commands are described here, keys come from the table.

use neurarium::activation::Activation;
use neurarium::config::{COLUMNS, Effect, KEYS, Key, KeyGroup, KeyKind};
use neurarium::network::draft::KINDS;
use neurarium::network::preset::PRESETS;

/// Characters in a line.
const WIDTH: usize = 100;

/// A command: its name, its arguments, what it does.
pub struct CommandHelp {
    pub name: &'static str,
    pub arguments: &'static str,
    pub help: &'static str,
    /// Shown by `neurarium help COMMAND`.
    pub more: &'static str,
}

pub const COMMANDS: &[CommandHelp] = &[
    CommandHelp {
        name: "train",
        arguments: "[CONFIG-FILE] [KEY=VALUE ...]",
        help: "train a network on images and save it",
        more: "Reads CONFIG-FILE (lines of KEY=VALUE, # opens a comment), then the settings after it; later ones win. Paths are
relative to the current folder. Without input-directory it trains on the built-in set that sample names, coloured shapes
unless another one is chosen. Fonts (TTF, OTF, TTC, WOFF, WOFF2) give their letters, as distance fields in 52 classes.

Writes NAME.safetensors to model-directory, where NAME is the preset, or the name of the model file that training
continues from (epochs then is the number of further epochs), and every snapshot-interval epochs
NAME-epoch-0005.safetensors and so on. Held-out images are painted into output-directory beside the outputs of a network
that outputs images, for pairs as input, answer and target.

With cut or head a model file is a base: blocks from cut on are dropped (auto: its decoder, or its last layer), a new
head classifies the images, and freeze says which blocks of the base keep their weights. The result is NAME-head.

Every checkpoint-interval epochs and every checkpoint-minutes it writes NAME-last.safetensors, a checkpoint, and
NAME-best.safetensors, the weights of the best epoch so far. resume=auto, with the same settings otherwise, continues
from NAME-last exactly where it stopped, to the last bit, after a crash as well as after Ctrl-C; resume=FILE continues
from any checkpoint, and snapshots are checkpoints too. Settings given with it override those of the run: epochs=40,
for instance, makes it longer.

history-directory=DIR writes DIR/NAME/history.csv and history.json, and an event file that tensorboard --logdir DIR
shows during training.

journal=FILE repeats a run from the journal that the page writes while a network is edited by hand: the journal's
settings apply where no others are given, and every edit is made before the same step as in the first run.

Ctrl-C or SIGTERM ends a run early but properly: the step is finished, the network measured and saved, the images
painted, the result printed, and the exit status is 0. A second Ctrl-C ends it at once, unsaved, with status 130.

  neurarium train model=classifier-cnn input-directory=mnist epochs=5
  neurarium train model=autoencoder input-directory=emoji.zip width=64 height=64
  neurarium train model=classifier-cnn input-directory=fonts
  neurarium train model=letters input-directory=fonts max-minutes=30 epochs=endless
  neurarium train model=unet input-directory=pairs (folders input and target with files of equal names)
  neurarium train model=models/autoencoder.safetensors input-directory=emoji.zip epochs=5
  neurarium train model=models/classifier-cnn.safetensors head=hidden freeze=all input-directory=few-digits
  neurarium train model=classifier-cnn input-directory=mnist epochs=99 stop-patience=8 plateau-patience=3 resume=auto",
    },
    CommandHelp {
        name: "range",
        arguments: "[CONFIG-FILE] [KEY=VALUE ...]",
        help: "chart the loss against the learning rate, and suggest a rate",
        more: "Takes the arguments of train. A copy of the network is trained with a rate that grows from step to step, from 0.000001
until the loss is four times its lowest; every fourth step is a line with a bar. The suggested rate is the one at which
the loss falls fastest. safe_rate is the one above which steps lead away from where the network is now: 2 / lambda for
sgd, with lambda the largest curvature of the loss, found by power iteration; the same of what adam divides by, once it
has taken a step. Nothing is written.

  neurarium range model=classifier-cnn input-directory=mnist optimizer=sgd",
    },
    CommandHelp {
        name: "eval",
        arguments: "MODEL [KEY=VALUE ...]",
        help: "measure a saved model on held-out images",
        more: "Reads the images of input-directory (the sample set if it is not set) in the size and colours of the model, and measures
all test images if there are any, else all validation images: the loss, a classifier's accuracy and F1 (the mean over
the classes), PSNR and SSIM of outputs that are images, for pairs beside identity_psnr, that of the inputs as they are.
accuracy_low and accuracy_high, psnr_low and psnr_high are the ends of the 95 % interval (Wilson's for the accuracy,
normal for a mean).

For the two networks of model=letters, field_l1 is the mean distance of the letters made from those of the fonts (white
is 1), iou the share of what either covers that both cover, letter_accuracy the share that a recogniser reads as the
right letter of the right case, and letter_ceiling the same for the letters of the fonts; the recogniser is trained
first, on the training letters. cycle_l1 is the distance of a letter made into the other case and back.

Precision, recall and F1 of every class, the confusion matrix, and the images with the largest losses follow on standard
error.

  neurarium eval models/classifier-cnn.safetensors input-directory=mnist",
    },
    CommandHelp {
        name: "heads",
        arguments: "MODEL [KEY=VALUE ...]",
        help: "compare a perceptron and a support vector machine on a model's features",
        more: "Cuts the last layers off MODEL, freezes the rest, and trains two heads for the classes of input-directory on the same
features: one dense layer with cross-entropy (a perceptron), and one with the multi-class hinge loss (a linear support
vector machine; weight-decay is its regularisation). Both are measured on held-out images, and saved in model-directory
as MODEL-perceptron and MODEL-svm. cut, head and freeze choose other features and layers, as for train; neurarium report
sets both side by side.

  neurarium heads models/autoencoder.safetensors input-directory=few-digits epochs=20
  neurarium report models/autoencoder-perceptron.safetensors models/autoencoder-svm.safetensors heads.html",
    },
    CommandHelp {
        name: "run",
        arguments: "MODEL INPUT-IMAGE OUTPUT-IMAGE [KEY=FILE ...]",
        help: "send one image through a saved model",
        more: "An autoencoder writes its output for the image; a classifier writes a drawing of the network at work and prints the
likeliest classes. OUTPUT-IMAGE is a PNG.

embedding-output=FILE writes the code that an autoencoder compresses the image to: lines of NUMBER=VALUE, counted from
0, or, if the name of FILE ends in .csv, all values separated by commas. embedding=FILE decodes an edited code: lines of
NUMBER=VALUE change single values of the image's own code (# opens a comment), a CSV file replaces all of them.
work-limit=NUMBER or none opens a network of more work than usual.

  neurarium run models/autoencoder.safetensors cat.jpg cat-again.png embedding-output=cat.txt
  neurarium run models/autoencoder.safetensors cat.jpg other-cat.png embedding=cat.txt",
    },
    CommandHelp {
        name: "predict",
        arguments: "MODEL FOLDER OUT.csv [KEY=VALUE ...]",
        help: "write what a saved model says about every image of a folder",
        more: "FOLDER is anything that can be trained on: a folder of images, a zip, IDX files, one image. Each image is a row: its path,
its class and the probability of that class, then the probabilities of all classes; of a network for numbers, all
numbers. Files that cannot be read are listed on standard error.

  neurarium predict models/classifier-cnn.safetensors holiday-pictures answers.csv",
    },
    CommandHelp {
        name: "export",
        arguments: "MODEL OUT [KEY=VALUE ...]",
        help: "write a saved model for other programs",
        more: "The name of OUT says what is written, or format= where OUT is a new folder.

  OUT.onnx       the network in standard operators of ONNX (opset 18), as it is: with held, pinned and edited neurons
  OUT.html       one page with the model and what runs it, from site; it opens from disk and asks for nothing
  OUT.txt        the names of the classes, one on each line (labels.txt)
  OUT.zip        a project: MODEL, which is a checkpoint, with its journal and history and the images of input-directory.
                 neurarium train resume=OUT.zip goes on exactly where it was, and so does the page where it is dropped
  format=python  a folder that goes on with MODEL, which is a checkpoint, in PyTorch from its very step, on one process or
                 many (torchrun), with the images of input-directory; its README.md says how
  format=site    a folder for static hosts and Hugging Face Spaces: the page of site with the model in it, and a card with
                 the figures on held-out images of input-directory; licence=NAME is written into the card

site=FOLDER is the page as ./build.sh dist builds it, by default dist. In OUT.html more than 131,072 parameters have 16 bits,
unless an answer to eight images of input-directory (of the sample set if it is not set) differs by more than half a grey
level then; difference is the largest.

input=tensor, the default, takes floats [N, C, H, W] in 0..1 of the size that the model was trained with. input=bytes takes
images uint8 [N, H, W, C] of any size, and resizes them as this program does, to the byte. The outputs are logits and
probabilities, numbers, or image and code; metadata have the task, the classes and all settings. part=encoder and
part=decoder write half of an autoencoder, part=partner the second of two networks for letters. A whole network is opened again
at once; difference is the largest between its answers and those of MODEL, over the same eight images.

  neurarium export models/classifier-cnn.safetensors digits.onnx input=bytes
  neurarium export models/autoencoder.safetensors encoder.onnx part=encoder
  neurarium export models/autoencoder.safetensors face-maker.html input-directory=faces
  neurarium export models/classifier-cnn-last.safetensors digits-python format=python input-directory=mnist
  neurarium export models/classifier-cnn.safetensors digits-site format=site input-directory=mnist licence=cc-by-4.0
  neurarium export models/classifier-cnn-last.safetensors project.zip input-directory=mnist",
    },
    CommandHelp {
        name: "edit",
        arguments: "MODEL JOURNAL OUT-MODEL [KEY=VALUE ...]",
        help: "apply the edits of a journal to a saved model",
        more: "JOURNAL is a file of JSON lines, saved by the page or written by hand; all its edits are applied at once, in their order,
whatever their steps. loss_before and loss_after are measured on a few images of input-directory (of the sample set if
it is not set).

  {\"neurarium-journal\": 1, \"seed\": 1, \"data\": \"\", \"step\": 0, \"settings\": \"\"}
  {\"step\": 0, \"command\": {\"do\": \"hold\", \"neurons\": [{\"block\": 3, \"indices\": [5, 9]}], \"value\": 0}}

  neurarium edit models/autoencoder.safetensors edits.journal models/edited.safetensors",
    },
    CommandHelp {
        name: "surgery",
        arguments: "MODEL OUT-MODEL OPERATION [KEY=VALUE ...]",
        help: "add or remove neurons, weights or a layer of a saved model",
        more: "OPERATION is one of these; LAYER is the name of a layer, as neurarium info prints it.

  widen:LAYER[:N]          N more neurons (channels, rows of a sparse picture) that nothing depends on yet; default: a tenth
  widen:LAYER:N:copies     N more neurons, copies of the first ones, with which they share what reads these
  lines:LAYER:N            N neurons that compare two lines of the picture that the layer reads, chosen by the images
  deepen:LAYER[:KERNEL]    a layer behind it that repeats its values; KERNEL is the side of a convolution, default 1
  deepen:LAYER:linear      the same without an activation, where none would leave the values as they are
  cull:LAYER:WHICH         remove neurons
  recycle:LAYER:WHICH      give neurons new random weights, and let nothing depend on them yet
  vacuum:LAYER[:LEAST]     take away weights below LEAST; default 1 / (8 x inputs). Sparse layers shrink, in others they stay 0
  thin:LAYER:N:M           keep the N strongest of every M weights
  remove:LAYER             take the layer out

WHICH is unread (nothing reads them), silent (no image, noise or checkerboard wakes them), or a number: so many with the
smallest of their largest values. difference is the largest change of an output over 1,024 inputs, images of
input-directory (of the sample set if it is not set) and noise; equal is 1 if no bit of them changes.

  neurarium surgery models/classifier-mlp.safetensors models/wider.safetensors widen:hidden:32",
    },
    CommandHelp {
        name: "render",
        arguments: "MODEL OUT.png|OUT.gif [KEY=VALUE ...]",
        help: "draw a network",
        more: "MODEL is a model file, or the name of a preset, which is drawn untrained. The drawing shows the network at work on an
image of input-directory, or of the sample set; the settings that begin with view- control it.
OUT.gif is a film of the edges over time, of a checkpoint of a manifold.

With view-heat OUT.png shows where a classifier looks instead: images beside the same in grey with the places that
speak for a class in blue, and against it in orange. The class is the predicted one or view-class, the image that of
view-example, or some that are held out. With view-wants OUT.png shows what the neurons or channels of a layer want:
for each the image that drives it most, beside the picture that was found for it by gradient ascent.

  neurarium render models/autoencoder.safetensors network.png
  neurarium render models/autoencoder.safetensors weights.png view-mode=weights view-theme=dark
  neurarium render models/classifier-cnn.safetensors heat.png view-heat=grad-cam input-directory=mnist
  neurarium render models/classifier-cnn.safetensors wants.png view-wants=conv3 input-directory=mnist
  neurarium render models/manifold-last.safetensors edges.gif",
    },
    CommandHelp {
        name: "alphabet",
        arguments: "MODEL OUT.svg|OUT.ttf [KEY=VALUE ...]",
        help: "save the letters that two networks make of a face",
        more: "MODEL is a model file of model=letters. Its networks read the letters of one face of input-directory (of the
built-in letters if it is not set): the face of the first held-out letter, or the one of view-example. They make small
letters of its capitals and capitals of its small letters, whose contours are traced, fitted with quadratic curves, and
written as one picture or as a font that any program opens.

  neurarium alphabet models/letters.safetensors remade.svg input-directory=fonts
  neurarium alphabet models/letters.safetensors remade.ttf input-directory=MyFont.ttf",
    },
    CommandHelp {
        name: "map",
        arguments: "MODEL OUT.csv|OUT.png [KEY=VALUE ...]",
        help: "place all images in a plane, those alike near each other",
        more: "MODEL is a model file, or the name of a preset. All images of input-directory become points: their pixels, or what
the network makes of them (map-of), reduced to 50 principal components and laid out by map-by. OUT.csv is a table of
their places, OUT.png a picture with a colour for each class.

The result says how far neighbours were kept, with the 10 nearest: trustworthiness, continuity, the share of neighbours
kept, and the share of images whose class is the most frequent one among their neighbours in the map. Distances between
clusters mean little.

  neurarium map classifier-cnn map.png map-of=pixels input-directory=mnist
  neurarium map models/classifier-cnn.safetensors map.csv map-of=probabilities map-by=umap input-directory=mnist",
    },
    CommandHelp {
        name: "report",
        arguments: "MODEL [MODEL ...] OUT.html [KEY=VALUE ...]",
        help: "describe models and their results in one page",
        more: "Writes one HTML file that needs nothing else and asks for nothing: the data, the layers, the settings, the curves of a
checkpoint, the figures on held-out images with their intervals, the confusion matrix and the classes, the worst images,
where a classifier looks, what its neurons respond to, weights, and a map of the images. Several models stand side by
side. MODEL is a model file or a checkpoint, which brings its curves.

  neurarium report models/classifier-cnn-last.safetensors report.html input-directory=mnist
  neurarium report models/small.safetensors models/large.safetensors compared.html input-directory=mnist",
    },
    CommandHelp {
        name: "info",
        arguments: "FILE",
        help: "describe a model or a data set",
        more: "FILE is a model file, a folder of images, a zip, a folder of IDX files or one image. For data it lists what would be
used, and every file that would be skipped, with the reason.

  neurarium info models/autoencoder.safetensors
  neurarium info holiday-pictures",
    },
    CommandHelp {
        name: "doctor",
        arguments: "DATA [KEY=VALUE ...]",
        help: "check a data set for problems",
        more: "DATA is a folder of images, a zip or a folder of IDX files. Reports files that cannot be read, images that occur twice
(exactly or nearly, and whether both training and held-out images are affected), the same image under two classes, blank
images, rare classes, mixed sizes, and groups of images in several splits; and suggests fixes.

journal=FILE writes the fixes to a journal, which neurarium train journal=FILE applies; no file of DATA is changed.
With augment- settings it also paints augmented.png into output-directory: images beside augmented ones.

  neurarium doctor holiday-pictures
  neurarium doctor holiday-pictures journal=better.journal
  neurarium train journal=better.journal input-directory=holiday-pictures model=classifier-cnn",
    },
    CommandHelp {
        name: "licences",
        arguments: "",
        help: "print the licences of the program and of all it contains",
        more: "The program's own licence comes first, then those of the libraries and of the font, with the names of what each
covers.

  neurarium licences | less",
    },
    CommandHelp {
        name: "help",
        arguments: "[KEY]",
        help: "list the settings, or explain a setting or a command",
        more: "  neurarium help learning-rate
  neurarium help train",
    },
];

/// How to write an architecture.
pub fn layers() -> String {
    let mut text = String::from(
        "An architecture is a list of layers, one on each line of a file or separated by semicolons:\n\n\
        \x20 [NAME:] LAYER [SIZE=NUMBER ...] [ACTIVATION] [code] [from=NAME,NAME]\n\n\
        A layer reads the one before it, unless from names others. The words classes, channels and values stand for the\n\
        number of classes, of the image's channels and of all its values. The layer marked code is an\n\
        autoencoder's code. The last layer puts out the image again, or one value for each class.\n\n\
        \x20 neurarium train input-directory=mnist architecture=\"conv outputs=8 relu; max-pool; dense outputs=classes\"\n\n",
    );
    for kind in KINDS.iter() {
        let sizes: Vec<String> = kind.fields.iter().map(|field| format!("{}={}", field.name, field.default)).collect();
        text += &format!("  {:<15} {:<46} {}\n", kind.name, sizes.join(" "), kind.about);
    }
    let names: Vec<String> = Activation::ALL.iter().map(|activation| activation.to_string()).collect();
    text + &format!("\nActivations: {}\n", names.join(", "))
}

/// `usage: neurarium train [CONFIG-FILE] [KEY=VALUE ...]`.
pub fn usage(command: &CommandHelp) -> String {
    format!("usage: neurarium {} {}", command.name, command.arguments).trim_end().into()
}

/// All commands and keys.
pub fn overview() -> String {
    let mut text = String::from("Neurarium builds, trains and draws neural networks on images.\n\n");
    for command in COMMANDS {
        text += &format!("  neurarium {:<8} {:<45} {}\n", command.name, command.arguments, command.help);
    }
    text += "\nSettings, as KEY=VALUE on the command line or on a line of CONFIG-FILE; defaults in brackets.\n";
    for group in KeyGroup::ALL {
        text += &format!("\n{}\n", group.title());
        for key in KEYS.iter().filter(|key| key.group == group) {
            let default = if key.default.is_empty() { String::new() } else { format!(" [{}]", default(key)) };
            text += &wrapped(&format!("  {:<17} ", key.name), &format!("{}{default}", key.help));
        }
    }
    text += "\nneurarium help KEY and neurarium help COMMAND explain more.\n";
    text
}

/// One key in full.
pub fn key(key: &Key) -> String {
    let change = match key.effect {
        Effect::Live | Effect::Optimiser => "yes",
        Effect::Reorder => "yes; the running epoch begins again in another order",
        Effect::Divide => "yes; the images are divided again",
        Effect::Surgery => "yes; what the network has learnt stays",
        Effect::Reload => "no; the images must be read again",
        Effect::Rebuild => "no; another network must be built",
        Effect::Door => "no; it is read at the start",
    };
    let rows = [
        ("takes", key.expects()),
        ("default", default(key).into()),
        ("group", key.group.title().to_lowercase()),
        ("may change while training", change.into()),
    ];
    let mut text = format!("{}: {}\n", key.name, key.help);
    text += &rows.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect::<String>();
    if let KeyKind::Model(_) = key.kind {
        let presets = PRESETS.iter().map(|preset| wrapped(&format!("  {:<18} ", preset.name), preset.about));
        text += &presets.collect::<String>();
        text += &wrapped(
            &format!("  {COLUMNS:<18} "),
            "Columns of spiking neurons name what is in a picture, without gradients",
        );
    }
    text
}

/// One command in full.
pub fn command(command: &CommandHelp) -> String {
    format!("{}: {}\n{}\n\n{}\n", command.name, command.help, usage(command), command.more)
}

/// The word for a default of 0, where there is one.
fn default(key: &Key) -> &'static str {
    match key.kind {
        KeyKind::Number { zero: Some(word), .. } if key.default == "0" => word,
        _ if key.default.is_empty() => "nothing",
        _ => key.default,
    }
}

/// Wraps `text` after `head` into lines that fit most terminals, indented to the start of the text.
fn wrapped(head: &str, text: &str) -> String {
    let (mut lines, mut line) = (String::new(), head.to_string());
    for word in text.split(' ') {
        if WIDTH < line.chars().count() + word.chars().count() {
            lines += line.trim_end();
            lines.push('\n');
            line = " ".repeat(head.chars().count());
        }
        line += word;
        line.push(' ');
    }
    lines + line.trim_end() + "\n"
}
