//! A dense block given another number of neurons: what it keeps, what is new, and what is refused.

use std::ops::Range;

use neurarium::network::Network;
use neurarium::network::preset::{self, Request};
use neurarium::progress::Progress;
use neurarium::remap::Remap;
use neurarium::shape::Shape;
use neurarium::surgery::resize;

fn network() -> Network {
    let request = Request { classes: 0, embedding: 5, dropout: 0.0, ..Request::default() };
    let preset = preset::find("autoencoder-dense").unwrap();
    let mut network = preset.build(Shape::from_whc(4, 3, 1), request).unwrap();
    network.initialise(1);
    network
}

#[test]
fn cutting_after_widening_gives_the_same_network_again() {
    let network = network();
    let embedding = network.embedding.unwrap();
    let (wide, widening) = resize(&network, embedding, 9, 2, &Progress::default()).unwrap();
    assert_eq!(wide.shape(embedding), Shape::flat(9));
    let (back, cutting) = resize(&wide, embedding, 5, 3, &Progress::default()).unwrap();
    assert_eq!(back, network);
    assert_eq!(widening.then(&cutting), Remap::identity(network.param_len()));
}

#[test]
fn a_remap_says_where_each_parameter_came_from() {
    let network = network();
    let embedding = network.embedding.unwrap();
    let (wide, remap) = resize(&network, embedding, 6, 2, &Progress::default()).unwrap();
    assert_eq!(remap.len(), wide.param_len());
    let fresh = 512 + 1 + 512; // one more row of weights and its bias, one more column in the block that reads it
    assert_eq!(remap.fresh().iter().map(Range::len).sum::<usize>(), fresh);
    let carried = remap.carry(&network.theta, f32::NAN, &Progress::default()).unwrap();
    let differing = carried.iter().zip(&wide.theta).filter(|(carried, theta)| carried != theta).count();
    assert_eq!(differing, fresh);
}

#[test]
fn a_block_that_is_not_dense_is_refused_by_name() {
    let error = resize(&network(), 0, 5, 2, &Progress::default()).unwrap_err();
    assert_eq!(error.to_string(), "input: expected a dense block to resize, got input");
}
