//! A network that has learnt as the base of a classifier of the session's classes.

use super::model::{Built, stand_in};
use super::{Command, Notice, Session, settings};
use crate::config::Config;
use crate::data::{Dataset, Loaded};
use crate::error::{Error, Result};
use crate::file::Model;
use crate::network::{Network, Task, preset};
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::surgery::{self, Cut, Freeze, Head, Transfer};
use crate::train::Objective;

/// What the name of a network on a base ends with.
const WITH_HEAD: &str = "+head";

impl Session {
    /// A session with these data and the base of a model file, cut, frozen and with a new head as the settings say.
    pub fn with_base(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Self> {
        let loaded = loaded.unwrap_or_else(|| super::sample_set(&config));
        let (loaded, note) = super::divided(&config, loaded);
        let built = build(&config, &loaded.dataset, &model.network, &model.meta.preset, &Progress::default())?;
        let mut session = Self::begin(loaded, note, built)?;
        let told = session.told();
        session.recorder.event(0, EventKind::Model, told);
        Ok(session)
    }

    /// Makes the network the base of a classifier of the data's classes. A new run begins.
    pub fn transfer(&mut self, cut: &str, freeze: &str, head: &str) -> Result<Notice> {
        let mut config = self.config.clone();
        for (key, value) in [("cut", cut), ("freeze", freeze), ("head", head)] {
            config.set(key, value)?;
        }
        let built = build(&config, &self.data, &self.network, &self.preset, &self.progress)?;
        self.past = self.as_past(false);
        self.take_network(built)?;
        let notice = Notice::rebuilt(self.told());
        self.recorder.event(0, EventKind::Model, notice.text.clone());
        Ok(notice)
    }

    /// Carries out what the settings say of freezing, for a model that goes on as it is.
    pub fn freeze_as_set(&mut self) -> Result<()> {
        let end = match Freeze::parse(self.config.freeze()) {
            Freeze::None => return Ok(()),
            Freeze::All => surgery::head_of(&self.network),
            Freeze::UpTo(name) => match self.network.block_named(&name) {
                Some(block) => block + 1,
                None => return Err(Error::expected("freeze", "none, all, or a block of the model", name)),
            },
        };
        let blocks = learnt(&self.network, end);
        self.edit(&Command::Freeze { blocks, frozen: true }, false)?;
        self.config.unset("freeze")
    }

    /// Whether the settings can build the network anew.
    pub(super) fn is_preset(&self) -> bool {
        preset::find(&self.preset).is_ok() || !self.config.architecture().is_empty()
    }

    /// The network with the numbers that this run began with.
    pub(super) fn as_begun(&self) -> Built {
        let mut network = self.network.clone();
        network.theta.clone_from(&self.start);
        if self.config.is_gradual() {
            freeze_base(&mut network);
        }
        Built { config: self.config.clone(), preset: self.preset.clone(), network, objective: self.objective }
    }

    fn told(&self) -> String {
        let blocks = self.network.blocks();
        let head = surgery::head_of(&self.network);
        let base = learnt(&self.network, head);
        let (frozen, base) = (base.iter().filter(|&&block| blocks[block].frozen).count(), base.len());
        let classes = self.network.output().len();
        let state = match frozen {
            0 => "all of which learn".into(),
            _ if frozen == base => "which stay as they are".into(),
            _ => format!("of which {frozen} stay as they are"),
        };
        format!("A new head for {classes} classes on {base} layers, {state}")
    }
}

/// The settings that a classifier on a base learns with where nobody says otherwise.
const SETTINGS: &str = "batch-size=32\nlearning-rate=0.001";

fn build(config: &Config, data: &Dataset, base: &Network, preset: &str, progress: &Progress) -> Result<Built> {
    let mut config = config.clone();
    config.read_beneath(SETTINGS);
    let head = match config.head() {
        "hidden" => Head::Hidden,
        "pool" => Head::Pool,
        _ => Head::Dense,
    };
    let wish = Transfer {
        cut: if config.cut() == "none" { Cut::Auto } else { Cut::parse(config.cut()) },
        freeze: Freeze::parse(config.freeze()),
        head,
        classes: data.classes.len(),
        dropout: config.dropout(),
        input: data.shape,
        seed: config.seed(),
    };
    let (mut network, _) = surgery::transfer(base, &wish, progress)?;
    // What the base learnt to see stays what it sees.
    config.set("scaling", network.scaling().kind.name())?;
    if config.is_gradual() {
        freeze_base(&mut network);
    }
    let objective = Objective { task: Task::Classifier, loss: settings::loss(&config, Task::Classifier)? };
    // It was cut and has its head: who goes on with it wants no other.
    for key in ["cut", "freeze", "head"] {
        config.unset(key)?;
    }
    config.unset("architecture")?;
    config.set("model", stand_in(Task::Classifier))?;
    let preset = format!("{}{WITH_HEAD}", preset.trim_end_matches(WITH_HEAD));
    Ok(Built { config, preset, network, objective })
}

/// The blocks before `end` that have parameters.
fn learnt(network: &Network, end: usize) -> Vec<usize> {
    (0..end).filter(|&block| !network.blocks()[block].params.is_empty()).collect()
}

fn freeze_base(network: &mut Network) {
    for block in learnt(network, surgery::head_of(network)) {
        network.set_frozen(block, true);
    }
}
