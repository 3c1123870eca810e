//! The input of a graph: which of its dimensions are height, width and channels, and which sizes it has where these are
//! open.

use super::build::build;
use super::builder::named;
use super::facts::FileFacts;
use super::graph::OnnxGraph;
use super::view::TensorView;
use crate::data::MOST_SIDE;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::progress::Progress;
use crate::shape::Shape;

/// Sides of images that networks are made for. The first is taken where a network takes any; others are tried where its
/// layers fit one size.
const SIDES: [usize; 24] = [
    224, 28, 32, 64, 96, 128, 160, 192, 227, 240, 256, 260, 299, 300, 320, 331, 380, 384, 416, 448, 456, 480, 512, 600,
];

/// The network of a graph, for images of the size that it says, or else of the first size that fits it.
pub fn fitted(graph: &OnnxGraph, nodes: &[usize], facts: &FileFacts, progress: &Progress) -> Result<Network> {
    let [(name, dims), ..] = &graph.inputs[..] else {
        return Err(Error::expected("graph", "an input", "none"));
    };
    let mut first = None;
    let known = facts.input(dims).map(|input| vec![input]);
    for (shape, view) in known.map_or_else(|| shapes(name, dims), Ok)? {
        if MOST_SIDE < shape.width.max(shape.height).max(shape.channels) {
            return Err(Error::expected(named("input", name), format!("sides of at most {MOST_SIDE}"), shape));
        }
        progress.check()?;
        match build(graph, nodes, (shape, view), progress) {
            Ok(network) => return Ok(network),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or_else(|| Error::expected(named("input", name), "an image", shown(dims))))
}

/// The shapes of images that an input may have, with the meaning of its dimensions.
fn shapes(name: &str, dims: &[Option<usize>]) -> Result<Vec<(Shape, TensorView)>> {
    let wrong = || {
        let expected = "images [N, C, H, W] or [N, H, W, C], or their values in a row";
        Error::expected(named("input", name), expected, shown(dims))
    };
    let of_picture = |channels: Option<usize>, height: Option<usize>, width: Option<usize>, view: TensorView| {
        let side = |side: usize| {
            let (height, width) = (height.or(width).unwrap_or(side), width.or(height).unwrap_or(side));
            (Shape::from_whc(width, height, channels.unwrap_or(3)), view.clone())
        };
        let is_open = height.is_none() && width.is_none();
        SIDES.iter().take(if is_open { SIDES.len() } else { 1 }).map(|&at| side(at)).collect()
    };
    let is_colours = |channels: Option<usize>| matches!(channels, Some(1 | 3 | 4));
    match *dims {
        [_, channels, height, width] if !is_colours(channels) && is_colours(width) => {
            Ok(of_picture(width, channels, height, TensorView::pixels()))
        }
        [_, channels, height, width] => Ok(of_picture(channels, height, width, TensorView::planes())),
        [_, height, width] => Ok(of_picture(Some(1), height, width, TensorView::grey())),
        [_, Some(values)] => {
            let square = |channels: usize| {
                let side = (values as f64 / channels as f64).sqrt().round() as usize;
                (side.checked_mul(side * channels) == Some(values))
                    .then(|| (Shape::from_whc(side, side, channels), TensorView::vector()))
            };
            Ok(vec![square(1).or_else(|| square(3)).ok_or_else(wrong)?])
        }
        _ => Err(wrong()),
    }
}

fn shown(dims: &[Option<usize>]) -> String {
    let sides: Vec<String> = dims.iter().map(|dim| dim.map_or("?".into(), |len| len.to_string())).collect();
    format!("[{}]", sides.join(", "))
}
