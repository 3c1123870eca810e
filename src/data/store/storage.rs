//! Storage that a door provides: a file on disk, natively in a folder, in the browser in its private file system.

use crate::error::Result;

/// A file that the door opened for reading and writing, and closes when it is dropped.
///
/// In the browser only the thread that opened it may use it, so nothing is read while threads share work.
pub trait Storage: Send + Sync {
    /// Length in bytes.
    fn size(&self) -> Result<u64>;
    /// Fills `into` with the bytes from `at` on; an error if there are fewer.
    fn read(&self, at: u64, into: &mut [u8]) -> Result<()>;
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()>;
    /// Shortens the file to `size` bytes.
    fn cut(&self, size: u64) -> Result<()>;
    /// Returns when everything written is safe; nothing more will be written.
    fn flush(&self) -> Result<()>;
}
