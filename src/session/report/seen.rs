//! What a report shows of the inside of a network: answers, where it looks, what it wants, its weights, the map.

use serde_json::Value;

use super::material::{Material, rgba_shape};
use super::part::{NUMBER, SHARE, Section, figure, figures, gallery, group, plate};
use super::pictures::{as_it_is, embedded};
use super::setup::label;
use crate::error::Result;
use crate::inspect::map_frame;
use crate::network::Task;
use crate::render::{MapPicture, Theme};
use crate::session::jobs::WantedUnit;
use crate::session::projection::{ProjectionMethod, ProjectionSource};

/// Pixels of the map's picture, most units whose weights are shown, and most entries of a legend.
const MAP_SIDE: usize = 720;
const MOST_UNITS: usize = 64;

impl Material<'_> {
    /// Whether the network answers with pictures.
    pub fn outputs_pictures(&self) -> bool {
        self.run.supervised().is_ok() && matches!(self.run.objective().task, Task::Autoencoder | Task::ImageToImage)
    }

    /// The explained images with where the network looked.
    pub fn heat_maps(&self, theme: Theme) -> Result<Vec<String>> {
        let Some(explained) = self.explained else { return Ok(Vec::new()) };
        let shape = self.run.network().input();
        let overlays = explained.overlays(theme, 0.85);
        overlays.iter().map(|pixels| embedded(rgba_shape(shape.width, shape.height), pixels)).collect()
    }
}

pub fn answers(material: &Material) -> Result<Option<Section>> {
    if !material.outputs_pictures() {
        return Ok(None);
    }
    let examples = &material.chosen.explained;
    let words: Vec<String> = examples.iter().map(|&example| label(material, example)).collect();
    let groups = material.with_answers(examples, &words)?;
    let target = if material.data.target_shape().is_some() { ", and what it should be" } else { "" };
    let caption = format!("Images that were held out, each with the answer of the network{target}.");
    Ok(Section::of("answers", "Answers", &caption, vec![gallery("", groups)]))
}

pub fn attention(material: &Material) -> Result<Option<Section>> {
    let first = material.chosen.worst.len().min(material.chosen.explained.len());
    let heats = material.heat_maps(Theme::Light)?;
    let Some(explained) = material.explained else { return Ok(None) };
    let mut groups = Vec::new();
    let rest = material.chosen.explained.iter().zip(heats).zip(&explained.done).skip(first);
    for ((&example, heat), done) in rest {
        let facts = &done.facts;
        let words = format!("{}, {:.0} %", material.class(Some(facts.class as u32)), 100.0 * facts.probability);
        groups.push(group(vec![material.image(example)?, heat], words));
    }
    let caption = format!(
        "Some images that were held out, each beside where the network looked ({}): blue speaks for its answer, orange \
         against it.",
        explained.method()
    );
    let parts = if groups.is_empty() { Vec::new() } else { vec![gallery("", groups)] };
    Ok(Section::of("attention", "Where it looks", &caption, parts))
}

pub fn wishes(material: &Material) -> Result<Option<Section>> {
    let Some(wanted) = material.wanted else { return Ok(None) };
    let (network, pictures) = (material.run.network(), wanted.pictures());
    let mut groups = Vec::new();
    for (unit, picture) in wanted.found.iter().zip(&pictures) {
        let mut both = vec![embedded(network.input(), picture)?];
        if let Some(most) = unit.most.first() {
            both.push(material.image(most.example)?);
        }
        groups.push(group(both, unit_name(material, unit)));
    }
    let block = wanted.found.first().map_or("", |unit| &*network.blocks()[unit.block].name);
    let caption = format!(
        "For each unit of the layer {block} the picture that drives it most, found by gradient ascent, beside the image of \
         the data that drives it most."
    );
    let parts = if groups.is_empty() { Vec::new() } else { vec![gallery("", groups)] };
    Ok(Section::of("wishes", "What neurons respond to", &caption, parts))
}

fn unit_name(material: &Material, unit: &WantedUnit) -> String {
    let is_last = unit.block + 1 == material.run.network().blocks().len();
    let name = material.run.classes.get(unit.index).filter(|_| is_last);
    let dead = if unit.dead { ", dead: nothing drives it" } else { "" };
    format!("{}{dead}", name.cloned().unwrap_or_else(|| unit.index.to_string()))
}

/// The weights of the first layer that has any.
pub fn weights(material: &Material) -> Result<Option<Section>> {
    let network = material.run.network();
    let found =
        (1..network.blocks().len()).find_map(|block| Some((block, material.viewer.weight_sheet(block, Theme::Light)?)));
    let Some((block, sheet)) = found else { return Ok(None) };
    let shape = rgba_shape(sheet.width, sheet.height);
    let mut groups = Vec::new();
    for pixels in sheet.pixels.chunks_exact(shape.len()).take(MOST_UNITS) {
        groups.push(group(vec![embedded(shape, pixels)?], String::new()));
    }
    let caption = format!(
        "The weights of each unit of the layer {}: blue is positive, orange negative, or in the colours of the image.",
        network.blocks()[block].name
    );
    Ok(Section::of("weights", "Weights", &caption, vec![gallery("", groups)]))
}

pub fn map(material: &Material) -> Result<Option<Section>> {
    let Some(found) = material.projection.filter(|found| found.is_done) else { return Ok(None) };
    let data = material.data;
    let mut picture = MapPicture::new(map_frame(&found.points), MAP_SIDE, [0; 4]);
    for (&example, &place) in found.examples.iter().zip(&found.points) {
        picture.add(place, data.labels.get(example as usize).copied());
    }
    let colour = |class: usize| {
        let [r, g, b] = MapPicture::colour(Some(class as u32));
        format!("#{r:02x}{g:02x}{b:02x}")
    };
    let named = data.classes.iter().take(MapPicture::COLOURS).enumerate();
    let entry = |(class, name): (usize, &String)| Value::Array(vec![colour(class).into(), name.as_str().into()]);
    let legend = named.map(entry).collect();
    let mut parts = vec![plate(as_it_is(rgba_shape(MAP_SIDE, MAP_SIDE), &picture.pixels)?, legend)];
    if let Some(quality) = found.quality {
        let mut rows = vec![
            figure("trustworthiness", quality.trustworthiness.into(), None, NUMBER),
            figure("continuity", quality.continuity.into(), None, NUMBER),
            figure("neighbours kept", quality.neighbours_kept.into(), None, SHARE),
        ];
        rows.extend(quality.label_accuracy.map(|share| figure("class by 10 neighbours", share.into(), None, SHARE)));
        parts.push(figures(rows));
    }
    let method = match found.method {
        ProjectionMethod::Pca => "principal components",
        ProjectionMethod::Tsne => "t-SNE",
        ProjectionMethod::Umap => "UMAP",
        ProjectionMethod::Tour => "a tour",
    };
    let source = match found.source {
        ProjectionSource::Pixels => "their pixels".into(),
        ProjectionSource::Code => "their codes".into(),
        ProjectionSource::Probabilities => "the probabilities of their classes".into(),
        ProjectionSource::Block(block) => format!("the values of {}", material.run.network().blocks()[block].name),
    };
    let splits: Vec<&str> = found.splits.iter().map(|split| split.name()).collect();
    let caption = format!(
        "All {} images ({}) as points, by {source}, placed by {method}. Near points are alike; distances between clusters \
         mean little.",
        found.points.len(),
        splits.join(", ")
    );
    Ok(Section::of("map", "Map of the images", &caption, parts))
}
