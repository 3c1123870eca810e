//! The stored latent map, and the editor that changes the code of what is shown.

use super::latent_map::LatentMap;
use crate::network::Network;
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;
use crate::session::view::Viewer;

/// The map of all codes, with the stamps of what it was computed from.
#[derive(Default)]
pub struct Latent {
    map: Option<(MapStamps, LatentMap)>,
}

/// Stamps of the network's structure and of the images.
type MapStamps = (Stamp, Stamp);

fn stamps(run: &Run, data: &Data) -> MapStamps {
    (run.learner.stamps().structure, data.stamps().images)
}

impl Latent {
    pub fn keep(&mut self, map: LatentMap, run: &Run, data: &Data) {
        self.map = Some((stamps(run, data), map));
    }

    /// The map, if it belongs to this network and these images.
    pub fn map(&self, run: &Run, data: &Data) -> Option<&LatentMap> {
        let now = stamps(run, data);
        self.map.as_ref().filter(|(made_at, _)| *made_at == now).map(|(_, map)| map)
    }
}

/// Changes the code that is shown; the run and its data are only read.
pub struct LatentEditor<'a> {
    pub latent: &'a Latent,
    pub viewer: Viewer<'a>,
}

impl<'a> LatentEditor<'a> {
    pub fn run(&self) -> &'a Run {
        self.viewer.run
    }

    pub fn network(&self) -> &'a Network {
        self.viewer.run.network()
    }

    pub fn data(&self) -> &'a Data {
        self.viewer.data
    }

    pub fn latent_map(&self) -> Option<&'a LatentMap> {
        self.latent.map(self.viewer.run, self.viewer.data)
    }
}
