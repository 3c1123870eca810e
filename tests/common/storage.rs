//! Storage in memory that, as in a browser, only the thread that made it may use.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{self, ThreadId};

use neurarium::data::Storage;
use neurarium::error::{Error, Result};

pub struct MemoryStorage {
    bytes: Mutex<Vec<u8>>,
    owner: ThreadId,
    /// Reads so far, and bytes of them.
    pub reads: AtomicU64,
    pub bytes_read: AtomicU64,
    /// Writes that still succeed.
    pub writes_left: AtomicU64,
}

impl MemoryStorage {
    pub fn new(bytes: Vec<u8>) -> Self {
        let owner = thread::current().id();
        let [reads, bytes_read] = Default::default();
        Self { bytes: Mutex::new(bytes), owner, reads, bytes_read, writes_left: AtomicU64::new(u64::MAX) }
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.lock().unwrap().clone()
    }

    fn check_thread(&self) -> Result<()> {
        if thread::current().id() == self.owner { Ok(()) } else { Err(Error::new("read by another thread")) }
    }
}

impl Storage for MemoryStorage {
    fn size(&self) -> Result<u64> {
        Ok(self.bytes.lock().unwrap().len() as u64)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.check_thread()?;
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes_read.fetch_add(into.len() as u64, Ordering::Relaxed);
        let bytes = self.bytes.lock().unwrap();
        let found = bytes.get(at as usize..at as usize + into.len()).ok_or_else(|| Error::new("the storage ends"))?;
        into.copy_from_slice(found);
        Ok(())
    }

    fn write(&self, at: u64, new: &[u8]) -> Result<()> {
        self.check_thread()?;
        let left = self.writes_left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(Error::new("the disk is full"));
        }
        self.writes_left.store(left - 1, Ordering::Relaxed);
        let mut bytes = self.bytes.lock().unwrap();
        let end = (at as usize + new.len()).max(bytes.len());
        bytes.resize(end, 0);
        bytes[at as usize..][..new.len()].copy_from_slice(new);
        Ok(())
    }

    fn cut(&self, size: u64) -> Result<()> {
        self.bytes.lock().unwrap().truncate(size as usize);
        Ok(())
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }
}
