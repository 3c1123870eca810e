//! What a pack was made of: the same files, read the same way, have the same fingerprint in whatever order they come.

use crate::data::load::options::LoadOptions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Of no files. The number of examples does not count: it is limited when all are there.
    pub fn new(options: &LoadOptions) -> Self {
        let LoadOptions { width, height, channels, resize, background, limit: _ } = options;
        Self(hash(format!("1 {width} {height} {channels} {resize:?} {background:?}").as_bytes()))
    }

    /// Counts a file in; `modified` is when it was changed last, in whatever units the door has.
    pub fn add(&mut self, path: &str, bytes: u64, modified: u64) {
        self.0 = self.0.wrapping_add(hash(format!("{path}\0{bytes} {modified}").as_bytes()));
    }

    /// A name for the pack's file.
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
