//! The fingerprint of a cache file: the same files, read with the same options, give the same one in any order.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// The fingerprint of no files, read with the options that `options` describes.
    pub fn new(options: &str) -> Self {
        Self(hash(options.as_bytes()))
    }

    /// Adds a file; `modified` is the time of its last change, in any unit.
    pub fn add(&mut self, path: &str, bytes: u64, modified: u64) {
        self.0 = self.0.wrapping_add(hash(format!("{path}\0{bytes} {modified}").as_bytes()));
    }

    /// The name of the cache file.
    pub fn file_name(&self) -> String {
        format!("{:032x}.pack", self.0)
    }

    pub(super) fn bytes(&self) -> [u8; 16] {
        self.0.to_le_bytes()
    }
}

/// FNV-1a of 128 bits.
fn hash(bytes: &[u8]) -> u128 {
    bytes.iter().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash, &byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}
