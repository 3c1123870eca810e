//! What `neurarium help` says: the commands by hand, the keys from the table.

use neurarium::activation::Activation;
use neurarium::config::{KEYS, Key, KeyGroup, KeyKind};
use neurarium::network::draft::KINDS;
use neurarium::network::preset::PRESETS;

/// Letters in a line.
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
        more: "Reads CONFIG-FILE (lines of KEY=VALUE, # opens a comment), then the settings after it; later wins. Folders are
taken from where the command is started. Without input-directory it learns from the built-in sample set of
coloured shapes.

Writes NAME.safetensors into model-directory, NAME being the preset, or the name of the model file that training
continues from (epochs then says how many more), and every snapshot-interval epochs NAME-epoch-0005.safetensors
and so on. An autoencoder's held-out images are painted into output-directory beside what it makes of them.

With cut or head a model file is a base: blocks from cut on are dropped (auto: its decoder, or its last layer), a new
head tells the classes of the images, and freeze says what of the base stays as it is. The result is NAME-head.

Every checkpoint-interval epochs and every checkpoint-minutes it writes NAME-last.safetensors, a checkpoint, and
NAME-best.safetensors, the weights of the best epoch so far. resume=auto, with the same settings otherwise, goes on from
NAME-last exactly where it was, to the last bit, after a crash as after Ctrl-C; resume=FILE from any checkpoint, which
snapshots are as well. Settings given with it win over those of the run, epochs=40 for instance makes it longer.

history-directory=DIR writes DIR/NAME/history.csv and history.json, and an event file that tensorboard --logdir DIR
shows while training goes on.

A journal, which the page writes while somebody edits a network by hand, makes the same run again with
journal=FILE: its settings hold where no others are given, and every edit is made before the step it was made at.

Ctrl-C or SIGTERM ends a run early but well: the step is finished, the network measured and saved, the pictures
painted, the result told, and the exit status is 0. A second Ctrl-C ends it at once, unsaved, with status 130.

  neurarium train model=classifier-cnn input-directory=mnist epochs=5
  neurarium train model=autoencoder input-directory=emoji.zip width=64 height=64
  neurarium train model=models/autoencoder.safetensors input-directory=emoji.zip epochs=5
  neurarium train model=models/classifier-cnn.safetensors head=hidden freeze=all input-directory=few-digits
  neurarium train model=classifier-cnn input-directory=mnist epochs=99 stop-patience=8 plateau-patience=3 resume=auto",
    },
    CommandHelp {
        name: "range",
        arguments: "[CONFIG-FILE] [KEY=VALUE ...]",
        help: "draw the loss against the learning rate, and propose one",
        more: "Takes what train takes. A copy of the network learns with a rate that grows from step to step, from 0.000001 until the
loss is four times its lowest; every fourth step is a line with a bar. The rate proposed is the one at which the loss
falls fastest. Nothing is written.

  neurarium range model=classifier-cnn input-directory=mnist optimizer=sgd",
    },
    CommandHelp {
        name: "eval",
        arguments: "MODEL [KEY=VALUE ...]",
        help: "measure a saved model on held-out images",
        more: "Reads the images of input-directory (the sample set if it is not set) in the size and colours the model wants
and measures all test images where the data has some, else all validation images: the loss, a classifier's accuracy
and F1 (the mean over the classes), an autoencoder's PSNR and SSIM. accuracy_low and accuracy_high, psnr_low and
psnr_high are the ends of the 95 % interval (Wilson's for the accuracy, normal for a mean).

Precision, recall and F1 of every class, who is taken for whom, and the images of the largest losses follow on standard
error.

  neurarium eval models/classifier-cnn.safetensors input-directory=mnist",
    },
    CommandHelp {
        name: "run",
        arguments: "MODEL INPUT-IMAGE OUTPUT-IMAGE [KEY=FILE ...]",
        help: "send one image through a saved model",
        more: "An autoencoder writes what it makes of the image; a classifier writes a drawing of the network at work and tells
the likeliest classes. OUTPUT-IMAGE is a PNG.

embedding-output=FILE writes the code that an autoencoder squeezes the image into: lines of NUMBER=VALUE from 0, or, if
the name of FILE ends in .csv, all values with commas between them. embedding=FILE decodes an edited code: lines of
NUMBER=VALUE change single values of the image's own code (# opens a comment), a CSV file replaces them all.

  neurarium run models/autoencoder.safetensors cat.jpg cat-again.png embedding-output=cat.txt
  neurarium run models/autoencoder.safetensors cat.jpg other-cat.png embedding=cat.txt",
    },
    CommandHelp {
        name: "edit",
        arguments: "MODEL JOURNAL OUT-MODEL [KEY=VALUE ...]",
        help: "make the edits of a journal in a saved model",
        more: "JOURNAL is a file of JSON lines, as the page saves it or written by hand; all its edits are made at once, in their
order, whatever their steps. loss_before and loss_after are measured on a few images of input-directory (of the
sample set if it is not set).

  {\"neurarium-journal\": 1, \"seed\": 1, \"data\": \"\", \"step\": 0, \"settings\": \"\"}
  {\"step\": 0, \"command\": {\"do\": \"hold\", \"neurons\": [{\"block\": 3, \"indices\": [5, 9]}], \"value\": 0}}

  neurarium edit models/autoencoder.safetensors edits.journal models/edited.safetensors",
    },
    CommandHelp {
        name: "render",
        arguments: "MODEL OUT.png [KEY=VALUE ...]",
        help: "draw a network",
        more: "MODEL is a model file or the name of a preset, which is drawn as it is before training. The picture shows the
network at work on an image of input-directory, or of the sample set; the settings that begin with view- say how.

  neurarium render models/autoencoder.safetensors network.png
  neurarium render models/autoencoder.safetensors weights.png view-mode=weights view-theme=dark",
    },
    CommandHelp {
        name: "info",
        arguments: "FILE",
        help: "describe a model or a data set",
        more: "FILE is a model file, a folder of images, a zip, a folder of IDX files or one image. Of data it tells what would be
used, and every file that would not, with the reason.

  neurarium info models/autoencoder.safetensors
  neurarium info holiday-pictures",
    },
    CommandHelp {
        name: "doctor",
        arguments: "DATA [KEY=VALUE ...]",
        help: "look for what is wrong with a data set",
        more: "DATA is a folder of images, a zip or a folder of IDX files. Tells of files that cannot be read, pictures that are
there twice (exactly or nearly, and whether both are learnt from and held out), the same picture under two classes,
blank pictures, rare classes, mixed sizes, and groups of pictures that the splits tear apart; and what helps.

journal=FILE writes the remedies down, and neurarium train journal=FILE follows them; no file of DATA is changed.
With augment- settings it also paints augmented.png into output-directory: images beside what chance makes of them.

  neurarium doctor holiday-pictures
  neurarium doctor holiday-pictures journal=better.journal
  neurarium train journal=better.journal input-directory=holiday-pictures model=classifier-cnn",
    },
    CommandHelp {
        name: "help",
        arguments: "[KEY]",
        help: "list the settings, or explain one, or a command",
        more: "  neurarium help learning-rate
  neurarium help train",
    },
];

/// How an architecture is written.
pub fn layers() -> String {
    let mut text = String::from(
        "An architecture is one layer after the other, on lines of their own in a file or with ; between them:\n\n\
        \x20 [NAME:] LAYER [SIZE=NUMBER ...] [ACTIVATION] [code] [from=NAME,NAME]\n\n\
        A layer reads the one before it unless from names others. The words classes, channels and values stand for the\n\
        number of classes, of the picture's channels and of all its values. The layer marked code is an\n\
        autoencoder's code. The last one gives the picture again, or one value for each class.\n\n\
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
    format!("usage: neurarium {} {}", command.name, command.arguments)
}

/// Everything at a glance.
pub fn overview() -> String {
    let mut text = String::from("Neurarium grows, trains and draws neural networks on images.\n\n");
    for command in COMMANDS {
        text += &format!("  neurarium {:<6} {:<45} {}\n", command.name, command.arguments, command.help);
    }
    text += "\nSettings, as KEY=VALUE on the command line or one a line in CONFIG-FILE; in brackets what they are if not set.\n";
    for group in KeyGroup::ALL {
        text += &format!("\n{}\n", group.title());
        for key in KEYS.iter().filter(|key| key.group == group) {
            let default = if key.default.is_empty() { String::new() } else { format!(" [{}]", default(key)) };
            text += &wrapped(&format!("  {:<17} ", key.name), &format!("{}{default}", key.help));
        }
    }
    text += "\nneurarium help KEY and neurarium help COMMAND tell more.\n";
    text
}

/// One key in full.
pub fn key(key: &Key) -> String {
    let live = if key.live { "yes" } else { "no, it needs a new start" };
    let rows = [
        ("takes", key.expects()),
        ("default", default(key).into()),
        ("group", key.group.title().to_lowercase()),
        ("may change while training", live.into()),
    ];
    let mut text = format!("{}: {}\n", key.name, key.help);
    text += &rows.iter().map(|(name, value)| format!("  {name}: {value}\n")).collect::<String>();
    if let KeyKind::Model(_) = key.kind {
        let presets = PRESETS.iter().map(|preset| wrapped(&format!("  {:<18} ", preset.name), preset.about));
        text += &presets.collect::<String>();
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

/// `text` after `head`, in lines that fit most terminals, each below the start of the first.
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
