//! Progress on standard error: a bar on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use neurarium::words::printable;

/// A moving bar on a terminal; elsewhere a line when something is finished, and one now and then in between.
pub struct TerminalProgress {
    bar: Option<ProgressBar>,
    last: Instant,
}

/// Shortest time between plain lines while work goes on.
const PAUSE: Duration = Duration::from_secs(5);

impl TerminalProgress {
    /// `total` 0: unknown.
    pub fn new(total: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let target = ProgressDrawTarget::stderr_with_hz(10);
            let bar = ProgressBar::with_draw_target((total != 0).then_some(total), target);
            let style = if total == 0 { "{spinner} {msg}" } else { "{bar:24} {percent:>3}%  {msg}" };
            bar.with_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        Self { bar, last: Instant::now() }
    }

    /// Shows how far the work is; `text` describes it.
    pub fn update(&mut self, done: u64, total: u64, text: impl FnOnce() -> String) {
        match &self.bar {
            Some(bar) => {
                if total != 0 {
                    bar.set_length(total);
                }
                bar.set_position(done);
                bar.set_message(printable(&text()).into_owned());
            }
            None if PAUSE <= self.last.elapsed() => self.line(&text()),
            None => {}
        }
    }

    /// Prints a line that stays.
    pub fn line(&mut self, text: &str) {
        self.last = Instant::now();
        match &self.bar {
            Some(bar) => bar.suspend(|| note(text)),
            None => note(text),
        }
    }

    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Prints one line on standard error; names from files cannot break it or reach the terminal with orders. A reader that
/// has gone away is not an error.
pub fn note(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr().lock(), "{}", printable(line));
}
