//! Calls into decoders that others wrote: what fails in one costs one file.
//!
//! - A panic is caught and becomes an error; its own message is kept off the terminal.
//! - A decoder that has not answered within [`PATIENCE`] is given up. It runs on a thread of its own, one beside each
//!   calling thread, since nothing can end a thread: it is left behind, and the next call starts another.
//!
//! In the browser nothing can be caught, and nothing can be given up from inside: there, files are decoded by a build of
//! their own (the feature `decoders`) in workers that the page ends and starts again (www/worker/decoders.js). A build
//! without the feature calls no decoder, so none is linked into it. Fuzzing wants to see every panic.

#[cfg(any(target_arch = "wasm32", fuzzing))]
use crate::error::Error;
use crate::error::Result;

/// Runs `work` on `what`, such as "a PNG image".
///
/// # Errors
/// That of `work`; or a sentence on `what` when it panicked or was given up.
#[cfg(not(any(target_arch = "wasm32", fuzzing)))]
pub fn call<T: Send + 'static>(what: String, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    native::call_within(native::PATIENCE, what, work)
}

#[cfg(any(target_arch = "wasm32", fuzzing))]
pub fn call<T: Send + 'static>(what: String, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    caught(&what, work)
}

/// As [`call`], on this thread and without giving up: for work in small slices.
#[cfg(not(any(target_arch = "wasm32", fuzzing)))]
pub fn caught<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    native::caught(what, work)
}

#[cfg(any(target_arch = "wasm32", fuzzing))]
pub fn caught<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if cfg!(any(feature = "decoders", not(target_arch = "wasm32"))) {
        work()
    } else {
        Err(Error::new(format!("{what}, which is not decoded here")))
    }
}

#[cfg(not(any(target_arch = "wasm32", fuzzing)))]
mod native {
    use std::cell::{Cell, RefCell};
    use std::panic::{self, AssertUnwindSafe};
    use std::sync::Once;
    use std::sync::mpsc::{self, Sender};
    use std::thread;
    use std::time::Duration;

    use crate::error::{Error, Result};

    /// The largest image that is allowed takes a few seconds.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    type Task = Box<dyn FnOnce() + Send>;

    thread_local! {
        /// The thread that decodes for this one.
        static HELPER: RefCell<Option<Sender<Task>>> = const { RefCell::new(None) };
        /// Whether this thread is in a decoder.
        static IS_DECODING: Cell<bool> = const { Cell::new(false) };
    }

    pub fn call_within<T: Send + 'static>(
        patience: Duration,
        what: String,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        let own = what.clone();
        let task: Task = Box::new(move || drop(answer.send(caught(&own, work))));
        let Some(helper) = HELPER.take().or_else(start) else {
            return Err(Error::new(format!("{what} for which there is no thread to decode it")));
        };
        helper.send(task).ok();
        let Ok(result) = answered.recv_timeout(patience) else {
            let seconds = patience.as_secs_f64();
            return Err(Error::new(format!("{what} that was given up, since it was not decoded within {seconds} s")));
        };
        HELPER.set(Some(helper));
        result
    }

    /// Starts a helper, which ends when the calling thread does.
    fn start() -> Option<Sender<Task>> {
        let (sender, tasks) = mpsc::channel::<Task>();
        let run = move || tasks.into_iter().for_each(|task| task());
        thread::Builder::new().name("decoder".into()).spawn(run).ok().map(|_| sender)
    }

    pub fn caught<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        static QUIET: Once = Once::new();
        QUIET.call_once(|| {
            let usual = panic::take_hook();
            panic::set_hook(Box::new(move |panic| {
                if !IS_DECODING.get() {
                    usual(panic);
                }
            }));
        });
        let before = IS_DECODING.replace(true);
        let result = panic::catch_unwind(AssertUnwindSafe(work));
        IS_DECODING.set(before);
        result.unwrap_or_else(|_| Err(Error::new(format!("{what} on which its decoder failed"))))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_panic_becomes_an_error_and_the_next_call_works() {
            let failed = call_within(PATIENCE, "a file".into(), || -> Result<()> { panic!("of the decoder") });
            assert_eq!(failed.unwrap_err().to_string(), "a file on which its decoder failed");
            assert_eq!(call_within(PATIENCE, "a file".into(), || Ok(7)), Ok(7));
        }

        #[test]
        fn a_call_without_end_is_given_up_and_the_next_one_works() {
            let endless = || loop {
                thread::park();
            };
            let failed: Result<()> = call_within(Duration::from_millis(20), "a file".into(), endless);
            let expected = "a file that was given up, since it was not decoded within 0.02 s";
            assert_eq!(failed.unwrap_err().to_string(), expected);
            assert_eq!(call_within(PATIENCE, "a file".into(), || Ok(7)), Ok(7));
        }
    }
}
