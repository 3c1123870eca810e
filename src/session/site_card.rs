//! The README of a folder with the page and a model in it: a card as Hugging Face reads it, and how the folder is served.

use super::scores::Measurement;
use super::session::Session;
use crate::metrics::Interval;
use crate::network::Task;
use crate::words::significant;

/// The card. `licence` is that of the model, empty where its user has to choose one.
pub fn card(session: &Session, measured: Option<&Measurement>, licence: &str) -> String {
    let (task, data, title) = (session.objective().task, session.data(), plain(&session.title()));
    let (about, word) = words(task);
    let mut text = format!(
        "---\ntitle: \"{title}\"\nsdk: static\napp_file: start.html\npinned: false\nlicense: {}\ntags:\n- neurarium\n- {word}\n\
         custom_headers:\n  cross-origin-embedder-policy: require-corp\n  cross-origin-opener-policy: same-origin\n  \
         cross-origin-resource-policy: same-origin\n---\n\n# {title}\n\n",
        if licence.is_empty() { "unknown".into() } else { plain(licence) }
    );
    text += &format!(
        "A network that {about}, trained with Neurarium in {} steps on {} images of {}.\n\n",
        session.status().step,
        data.len(),
        data.shape
    );
    if !data.classes.is_empty() && task == Task::Classifier {
        let names: Vec<String> = data.classes.iter().map(|name| plain(name)).collect();
        text += &format!("Classes: {}.\n\n", names.join(", "));
    }
    text += &measured.map_or(String::new(), figures);
    text + SERVING
}

const SERVING: &str = "## Using it\n\n\
    Serve this folder from any static host and open `start.html`; that opens the page with `model.safetensors` in it.\n\
    Everything runs in the browser, and nothing is uploaded. A Space of the kind \"static\" takes the folder as it is.\n\n\
    Hosts that read `_headers` send what isolates the page, so that it may use all processors; on others its service worker\n\
    does the same from the second load on. `LICENSE` is that of the program, `license` above that of the model.\n";

/// The figures on held-out images, as a table.
fn figures(measured: &Measurement) -> String {
    let mut text = format!(
        "## Figures\n\nOn {} {} images, with 95 % intervals.\n\n| figure | value | interval |\n|---|---|---|\n",
        measured.figures.examples, measured.split
    );
    let figures = &measured.figures;
    let mut row = |name: &str, value: Option<f64>, interval: Option<Interval>| {
        let Some(value) = value else { return };
        let ends =
            interval.map_or(String::new(), |ends| format!("{} to {}", significant(ends.low), significant(ends.high)));
        text += &format!("| {name} | {} | {ends} |\n", significant(value));
    };
    row("loss", Some(figures.loss), measured.loss_interval);
    row("accuracy", figures.accuracy, measured.accuracy_interval);
    row("F1", figures.f1, None);
    row("PSNR, dB", figures.psnr, measured.psnr_interval);
    row("SSIM", figures.ssim, measured.ssim_interval);
    row("mean squared error", figures.mse, measured.mse_interval);
    row("mean absolute error", figures.mae, None);
    text + "\n"
}

/// The purpose of a network, and the word that Hugging Face has for it.
fn words(task: Task) -> (&'static str, &'static str) {
    match task {
        Task::Autoencoder => ("compresses an image and makes it again", "image-feature-extraction"),
        Task::Classifier => ("names what is in an image", "image-classification"),
        Task::Regressor => ("estimates numbers that belong to an image", "image-feature-extraction"),
        Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
            ("makes an image into another", "image-to-image")
        }
    }
}

/// A name from a file, without what has a meaning in a card.
fn plain(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || "\"\\`<>|[]".contains(c) { ' ' } else { c }).collect()
}
