//! Frames drawn over one another, as the page gets them: the parts that are reported as changed, laid over the frame
//! before, are byte for byte the frame drawn from nothing.

use neurarium::config::Config;
use neurarium::network::Neuron;
use neurarium::render::{By, FramePart, Mode, Theme, Viewport};
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, NeuronSet, Session};

/// The page's state: the picture, and the number of the frame it shows.
#[derive(Default)]
struct Page {
    frame: u64,
    size: (u32, u32),
    pixels: Vec<u8>,
    /// Number of bytes of the last frame.
    came: usize,
    /// Number of frames that came in parts.
    in_parts: usize,
}

impl Page {
    fn take(&mut self, session: &mut Session, view: &Viewport) {
        session.viewer().render(view);
        let patches = session.viewer().patches(self.frame);
        let is_whole = |part: &FramePart| (part.width, part.height) == (view.width, view.height);
        if self.size != (view.width, view.height) {
            assert!(patches.parts.len() == 1 && is_whole(&patches.parts[0]), "another size comes as a whole");
            self.size = (view.width, view.height);
            self.pixels = vec![0; (view.width * view.height * 4) as usize];
        }
        let mut from = 0;
        for part in &patches.parts {
            for y in part.top..part.top + part.height {
                let (to, len) = ((y * view.width + part.left) as usize * 4, part.width as usize * 4);
                self.pixels[to..to + len].copy_from_slice(&patches.pixels[from..from + len]);
                from += len;
            }
        }
        assert_eq!(from, patches.pixels.len());
        (self.frame, self.came) = (patches.frame, from);
        self.in_parts += usize::from(from < self.pixels.len());
    }
}

fn session(model: &str) -> Session {
    let keys = "threads=1\nlimit=40\nembedding=16\nbatch-size=8";
    Session::new(Config::parse(&format!("model={model}\n{keys}")).unwrap()).unwrap()
}

/// Two sessions with the same events. One draws each frame over the last; the other draws a picture of one pixel in
/// between, so that it cannot reuse anything.
struct Twins {
    session: Session,
    fresh: Session,
    page: Page,
    view: Viewport,
}

impl Twins {
    fn new(model: &str) -> Self {
        let (mut session, mut fresh) = (session(model), session(model));
        let view = session.viewer().fitted_view(240, 180, 1.0);
        fresh.viewer().fitted_view(240, 180, 1.0);
        Self { session, fresh, page: Page::default(), view }
    }

    fn both<T: PartialEq + std::fmt::Debug>(&mut self, act: impl Fn(&mut Session) -> T) -> T {
        let (one, other) = (act(&mut self.session), act(&mut self.fresh));
        assert_eq!(one, other);
        one
    }

    fn compare(&mut self, what: &str) {
        self.page.take(&mut self.session, &self.view);
        // In a mode that does not count from frame to frame.
        self.fresh.viewer().render(&Viewport { width: 1, height: 1, mode: Mode::Activation, ..self.view.clone() });
        let expected = self.fresh.viewer().render(&self.view);
        let pairs = self.page.pixels.chunks(4).zip(expected.data().chunks(4));
        let wrong = pairs.enumerate().find(|(_, (shown, right))| shown != right);
        let place = wrong.map(|(at, _)| (at as u32 % self.view.width, at as u32 / self.view.width));
        assert_eq!(place, None, "{what}: the first pixel that differs, in {:?}", self.view);
    }
}

fn any_neuron(session: &Session, rng: &mut Rng) -> Neuron {
    let block = 1 + rng.below(session.network().blocks().len() - 1);
    Neuron { block, index: rng.below(session.network().shape(block).len()) }
}

/// Carries out one action of a user or of training, and returns its name.
fn something(twins: &mut Twins, rng: &mut Rng) -> String {
    let neuron = any_neuron(&twins.session, rng);
    let picked = || vec![NeuronSet { block: neuron.block, indices: vec![neuron.index] }];
    let view = &mut twins.view;
    let scene = twins.session.scene();
    let kind = rng.below(20);
    match kind {
        0 => view.pan(scene, rng.range(-60.0, 60.0), rng.range(-60.0, 60.0)),
        1 => view.zoom_about(scene, rng.range(0.0, 240.0), rng.range(0.0, 180.0), rng.range(-1.0, 1.2).exp()),
        2 => view.highlight = Some(neuron),
        3 => view.highlight = None,
        4 => view.selected = (0..rng.below(40)).map(|more| Neuron { index: more, ..neuron }).collect(),
        5 => {
            let ends = (Neuron { block: neuron.block - 1, index: 0 }, neuron);
            view.selected_connections = if view.selected_connections.is_empty() { vec![ends] } else { Vec::new() };
        }
        6 => view.mode = Mode::ALL[rng.below(6)],
        7 => view.theme = if view.theme == Theme::Light { Theme::Dark } else { Theme::Light },
        8 => view.connections = [0, 40, 400][rng.below(3)],
        9 => (view.cut, view.by) = (rng.range(0.0, 0.8), By::ALL[rng.below(2)]),
        10 => view.legend = !view.legend,
        11 => {
            let (width, height) = (90 + rng.below(200) as u32, 70 + rng.below(150) as u32);
            let ratio = [1.0, 1.5, 2.0][rng.below(3)];
            let fitted = twins.both(|session| session.viewer().fitted_view(width, height, ratio));
            // With a margin as large as the scene, or filled by it.
            let more = 1 + rng.below(2) as u32;
            let (theme, mode) = (twins.view.theme, twins.view.mode);
            twins.view = Viewport { theme, mode, width: more * width, height: more * height, ..fitted };
        }
        12 => {
            let example = rng.below(40);
            twins.both(|session| session.viewer().choose_example(example).is_ok());
        }
        13 | 14 => {
            let (value, neurons) = (rng.range(-2.0, 2.0), picked());
            let commands = [
                Command::Hold { neurons: neurons.clone(), channel: rng.below(2) == 0, value },
                Command::SetBias { neurons, value },
            ];
            let command = &commands[kind - 13];
            twins.both(|session| session.edit(command, false).is_ok());
        }
        15 => {
            twins.both(|session| session.edit(&Command::Undo, false).is_ok());
        }
        _ => {
            twins.both(|session| session.step_once(&|| 0.0).is_ok());
        }
    }
    format!("action {kind}")
}

#[test]
fn frames_drawn_over_one_another_are_those_drawn_from_nothing() {
    for (number, model) in ["autoencoder", "autoencoder-dense", "classifier-cnn"].into_iter().enumerate() {
        let (mut twins, mut rng) = (Twins::new(model), Rng::new(5, Purpose::Test, number as u64));
        twins.compare("the first");
        for frame in 0..150 {
            let what = something(&mut twins, &mut rng);
            if rng.below(9) == 0 {
                // A frame that the page does not get: its own is then no longer the frame before.
                let view = Viewport { highlight: None, ..twins.view.clone() };
                twins.both(|session| session.viewer().render(&view).data().len());
            }
            twins.compare(&format!("{model}, frame {frame}, {what}"));
        }
        assert!(20 < twins.page.in_parts, "{model}: {} frames came in parts", twins.page.in_parts);
    }
}

#[test]
fn frames_of_another_network_go_on_from_those_before() {
    let mut twins = Twins::new("autoencoder");
    twins.compare("before");
    for model in ["classifier-cnn", "autoencoder-dense", "autoencoder"] {
        twins.both(|session| session.set("model", model).is_ok());
        twins.compare(model);
        twins.both(|session| session.step_once(&|| 0.0).is_ok());
        twins.compare(model);
    }
}

#[test]
fn only_changes_are_reported() {
    let mut session = session("autoencoder");
    let view = Viewport { connections: 0, ..session.viewer().fitted_view(1400, 900, 1.0) };
    let view = Viewport { scale: view.scale / 2.0, left: -400.0, top: -300.0, ..view };
    let mut page = Page::default();
    page.take(&mut session, &view);
    let whole = 1400 * 900 * 4;
    assert_eq!(page.came, whole);
    session.viewer().choose_example(7).unwrap();
    page.take(&mut session, &view);
    assert!(0 < page.came && page.came < whole / 3, "{} of {whole} bytes", page.came);
    // If nearly everything changes, the whole frame comes in one piece.
    let near = session.viewer().fitted_view(1400, 900, 1.0);
    page.take(&mut session, &near);
    session.viewer().choose_example(8).unwrap();
    page.take(&mut session, &near);
    assert!(page.came == whole, "{} of {whole} bytes", page.came);
}
