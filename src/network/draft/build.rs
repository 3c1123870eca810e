//! Builds a network from the text of an architecture, or reports what is wrong with each line.

use serde::Serialize;

use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{LayerKind, Surroundings, TextLine};
use crate::network::{ALPHABET, Network, Task};
use crate::shape::Shape;

/// One layer, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DraftLine {
    /// Empty: a name is chosen.
    pub name: String,
    pub kind: &'static str,
    /// A number or a word for each field of its kind, as written.
    pub values: Vec<String>,
    pub activation: String,
    /// Whether it is an autoencoder's code.
    pub code: bool,
    /// Names of the layers it reads. Empty: the layer before it.
    pub from: Vec<String>,
}

/// The result of checking a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    #[serde(flatten)]
    pub line: Option<DraftLine>,
    /// Its name in the network.
    pub title: String,
    /// Shape of its output: width x height x channels.
    pub shape: String,
    pub parameters: usize,
    /// The reason why it cannot be built.
    pub error: Option<String>,
}

/// The lines of a text, without comments.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let uncommented = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    uncommented.flat_map(|line| line.split(';')).map(str::trim).filter(|line| !line.is_empty())
}

/// The text on one line, as the value of a setting.
pub fn on_one_line(text: &str) -> String {
    lines(text).collect::<Vec<_>>().join("; ")
}

/// Builds the network that a text describes; its parameters are zero until it is initialised.
pub fn build(text: &str, around: Surroundings) -> Result<(Network, Task)> {
    let mut network = Network::new(around.input)?;
    for (number, line) in (1..).zip(lines(text)) {
        add(&mut network, &parse(line).map_err(|error| error.within(format!("layer {number}")))?, around)
            .map_err(|error| error.within(format!("layer {number}")))?;
    }
    network.embedding = network.embedding.or(network.block_named("embedding"));
    let task = task(&network, around)?;
    network.allocate();
    Ok((network, task))
}

/// Checks every line and the whole; no parameter is allocated.
pub fn check(text: &str, around: Surroundings) -> (Vec<Checked>, Result<Task>) {
    let mut found = Vec::new();
    let network = Network::new(around.input);
    let Ok(mut network) = network else { return (found, network.map(|_| Task::Autoencoder)) };
    let mut whole = None;
    for (number, text) in (1..).zip(lines(text)) {
        let parsed = parse(text);
        // After a mistake, the shapes that are read are unknown.
        let added = match (&whole, &parsed) {
            (None, Ok(line)) => add(&mut network, line, around),
            (Some(_), Ok(_)) => Err(Error::new("it cannot be checked before the layer above it")),
            (_, Err(error)) => Err(error.clone()),
        };
        let mut checked = Checked {
            line: parsed.ok(),
            title: String::new(),
            shape: String::new(),
            parameters: 0,
            error: added.as_ref().err().map(ToString::to_string),
        };
        match added {
            Ok(block) => {
                let block = &network.blocks()[block];
                checked.title = block.name.clone();
                checked.shape = block.layer.ops().output().to_string();
                checked.parameters = block.params.len();
            }
            Err(error) => whole = whole.or(Some(error.within(format!("layer {number}")))),
        }
        found.push(checked);
    }
    let whole = whole.map_or_else(|| task(&network, around), Err);
    (found, whole)
}

/// The task of a network, from the shape of its output.
fn task(network: &Network, around: Surroundings) -> Result<Task> {
    let output = network.output();
    if network.blocks().len() == 1 {
        return Err(Error::expected("architecture", "at least one layer", "none"));
    }
    if around.target == Some(output) {
        return Ok(Task::ImageToImage);
    }
    if around.letters && output == Shape::flat(around.input.len() + ALPHABET) {
        return Ok(Task::MakeLowercase);
    }
    if output == around.input {
        return Ok(Task::Autoencoder);
    }
    if 2 <= around.classes && output == Shape::flat(around.classes) {
        return Ok(Task::Classifier);
    }
    if 0 < around.numbers && output == Shape::flat(around.numbers) {
        return Ok(Task::Regressor);
    }
    let classes = match around.classes {
        0 | 1 => "the images have no classes".to_string(),
        classes => format!("or {classes} values, one for each class"),
    };
    let target = around.target.map_or_else(String::new, |target| format!("{target} like the targets, or of "));
    Err(Error::expected("the last layer", format!("a picture of {target}{} ({classes})", around.input), output))
}

/// Parses one line.
fn parse(text: &str) -> Result<DraftLine> {
    // `name: kind ...`; activations have colons too, but no space after them.
    let (name, rest) = match text.split_once(':') {
        Some((name, rest)) if !name.contains([' ', '=']) && (rest.starts_with(' ')) => (name, rest),
        _ => ("", text),
    };
    let mut words = rest.split_whitespace();
    let kind = LayerKind::find(words.next().unwrap_or_default())?;
    let mut line = DraftLine {
        name: name.into(),
        kind: kind.name,
        values: kind.fields.iter().map(|field| field.default.into()).collect(),
        activation: Activation::Linear.to_string(),
        code: false,
        from: Vec::new(),
    };
    for word in words {
        match word.split_once('=') {
            Some(("from", names)) => line.from = names.split(',').map(Into::into).collect(),
            Some((field, value)) => {
                let at = kind.fields.iter().position(|known| known.name == field).ok_or_else(|| {
                    let names: Vec<&str> = kind.fields.iter().map(|field| field.name).collect();
                    let expected = if names.is_empty() { "no sizes".into() } else { names.join(", ") };
                    Error::expected(kind.name, expected, format!("\"{field}\""))
                })?;
                line.values[at] = value.into();
            }
            None if word == "code" => line.code = true,
            None => line.activation = Activation::parse(word)?.to_string(),
        }
    }
    Ok(line)
}

/// Adds the block of a line without allocating its parameters.
fn add(network: &mut Network, line: &DraftLine, around: Surroundings) -> Result<usize> {
    let kind = LayerKind::find(line.kind)?;
    let inputs = if line.from.is_empty() {
        vec![network.blocks().len() - 1]
    } else {
        let find = |name: &String| {
            let missing = || Error::expected("from", "the name of a layer above", format!("\"{name}\""));
            network.block_named(name).ok_or_else(missing)
        };
        line.from.iter().map(find).collect::<Result<Vec<usize>>>()?
    };
    let mut sizes = Vec::new();
    for (field, value) in kind.fields.iter().zip(&line.values) {
        sizes.push(field.read(value, around).map_err(|error| error.within(kind.name))?);
    }
    let shapes: Vec<Shape> = inputs.iter().map(|&input| network.shape(input)).collect();
    let layer = kind.make(&TextLine { sizes: &sizes, inputs: &shapes, around })?;
    let count = 1 + network.blocks().iter().filter(|block| block.name.starts_with(kind.name)).count();
    let found = || (count..).map(|n| format!("{}{n}", kind.name)).find(|name| network.block_named(name).is_none());
    let name = if line.name.is_empty() { found().unwrap_or_default() } else { line.name.clone() };
    if let Some(letter) = name.chars().find(|c| !c.is_alphanumeric() && !"._-".contains(*c)) {
        return Err(Error::expected("name", "letters, digits, dots and hyphens", format!("\"{letter}\"")));
    }
    let block = network.add_block_unallocated(&name, layer, Activation::parse(&line.activation)?, &inputs)?;
    if line.code {
        network.embedding = Some(block);
    }
    Ok(block)
}
