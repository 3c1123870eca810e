//! Opens a session, edits a neuron of the network while it is being trained, takes the edit back, and writes a picture
//! of the network as a PNG file.
//!
//!     cargo run --release --example edit_neuron

use std::error::Error;

use neurarium::config::Config;
use neurarium::data::encode_png;
use neurarium::session::{Command, NeuronSet, Session};

pub fn main() -> Result<(), Box<dyn Error>> {
    // The same keys as on the command line and on the page; without data a session has the built-in shapes.
    let config = Config::parse("model=autoencoder-dense\nembedding=8\nlimit=200")?;
    let mut session = Session::new(config)?;

    // The engine has no clock of its own; the caller hands one in, in milliseconds. This one stands still.
    let clock = || 0.0;
    for _ in 0..30 {
        session.step_once(&clock)?;
    }

    // Edits act between two steps. Each is journalled, marked in the record of the run, and can be undone.
    let block = session.network().embedding.expect("an autoencoder has a code");
    let before = session.network().theta.clone();
    let neurons = vec![NeuronSet { block, indices: vec![3] }];
    let edited = session.edit(&Command::SetBias { neurons, value: 2.0 }, false)?;
    println!("{}: loss {:.3?} before, {:.3?} after", edited.text, edited.loss_before, edited.loss_after);
    assert!(session.network().theta != before);

    let undone = session.edit(&Command::Undo, false)?;
    println!("{}", undone.text);
    assert!(session.network().theta == before, "undo restores every bit");
    // The first line of a journal has the settings of the run; each other line is an edit.
    session.journal().lines().skip(1).for_each(|edit| println!("{edit}"));

    // A frame: the whole network at work on one example, with the strongest connections.
    let view = session.viewer().fitted_view(960, 600, 1.0);
    let frame = session.viewer().render(&view);
    let png = encode_png(view.width as usize, view.height as usize, 4, frame.data())?;
    let file = std::env::temp_dir().join("neurarium-network.png");
    std::fs::write(&file, png)?;
    println!("the network is drawn in {}", file.display());
    Ok(())
}
