//! CRC-32C (Castagnoli, reflected polynomial 0x82f63b78): the checksum of checkpoints and of TFRecord files.
//!
//! Eight bytes at a time with eight tables ("slicing by 8"): table k gives the effect of a byte k bytes later.
//!
//! Not a crate: in WebAssembly, compressed, this file has 1 KB. `crc32c` has 9 KB and `crc` 17 KB, which is their
//! tables, computed here when first needed; `crc32fast` knows another polynomial only, and `crc` cannot join the
//! checksums of parts that were computed at the same time.

use std::sync::LazyLock;

static TABLES: LazyLock<[[u32; 256]; 8]> = LazyLock::new(|| {
    let mut tables = [[0u32; 256]; 8];
    for (byte, crc) in tables[0].iter_mut().enumerate() {
        *crc = (0..8).fold(byte as u32, |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0x82f6_3b78 } else { 0 });
    }
    for later in 1..8 {
        for byte in 0..256 {
            let crc = tables[later - 1][byte];
            tables[later][byte] = (crc >> 8) ^ tables[0][(crc & 0xff) as usize];
        }
    }
    tables
});

/// Product of two polynomials over the bits, modulo that of the checksum; the highest bit is the power 0.
fn product(a: u32, mut b: u32) -> u32 {
    (0..32).rev().fold(0, |sum, bit| {
        let term = if a >> bit & 1 == 1 { b } else { 0 };
        b = (b >> 1) ^ if b & 1 == 1 { 0x82f6_3b78 } else { 0 };
        sum ^ term
    })
}

/// What so many zero bits do to a checksum.
fn power_of_x(mut exponent: u64) -> u32 {
    let (mut power, mut square) = (1 << 31, 1 << 30);
    while exponent != 0 {
        if exponent & 1 == 1 {
            power = product(power, square);
        }
        (square, exponent) = (product(square, square), exponent >> 1);
    }
    power
}

/// The checksum of bytes that come in parts.
#[derive(Clone, Copy, Debug)]
pub struct Checksum {
    crc: u32,
}

impl Default for Checksum {
    fn default() -> Self {
        Self { crc: !0 }
    }
}

impl Checksum {
    /// The checksum of these bytes alone.
    pub fn of(bytes: &[u8]) -> u32 {
        let mut checksum = Self::default();
        checksum.add(bytes);
        checksum.value()
    }

    pub fn add(&mut self, bytes: &[u8]) {
        let tables = &*TABLES;
        let (eights, rest) = bytes.as_chunks::<8>();
        for &[a, b, c, d, e, f, g, h] in eights {
            let [a, b, c, d] = (self.crc ^ u32::from_le_bytes([a, b, c, d])).to_le_bytes();
            self.crc = [a, b, c, d, e, f, g, h]
                .iter()
                .zip((0..8).rev())
                .fold(0, |crc, (&byte, later)| crc ^ tables[later][byte as usize]);
        }
        for &byte in rest {
            self.crc = (self.crc >> 8) ^ tables[0][((self.crc ^ byte as u32) & 0xff) as usize];
        }
    }

    /// Adds `len` bytes whose own checksum is `next`: parts may be summed at the same time.
    pub fn join(&mut self, next: Checksum, len: usize) {
        self.crc = !(product(self.value(), power_of_x(8 * len as u64)) ^ next.value());
    }

    pub fn value(self) -> u32 {
        !self.crc
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_standard() {
        // RFC 3720, appendix B.4, and the usual check value.
        assert_eq!(Checksum::of(&[0; 32]), 0x8a91_36aa);
        assert_eq!(Checksum::of(&[0xff; 32]), 0x62a8_ab43);
        assert_eq!(Checksum::of(&(0..32).collect::<Vec<u8>>()), 0x46dd_794e);
        assert_eq!(Checksum::of(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn parts_of_any_length_give_the_checksum_of_the_whole() {
        let bytes: Vec<u8> = (0..100).map(|n: u8| n.wrapping_mul(37)).collect();
        for cut in 0..bytes.len() {
            let mut checksum = Checksum::default();
            checksum.add(&bytes[..cut]);
            checksum.add(&bytes[cut..]);
            assert_eq!(checksum.value(), Checksum::of(&bytes), "{cut}");

            let (mut first, mut second) = (Checksum::default(), Checksum::default());
            first.add(&bytes[..cut]);
            second.add(&bytes[cut..]);
            first.join(second, bytes.len() - cut);
            assert_eq!(first.value(), Checksum::of(&bytes), "{cut}, joined");
        }
    }
}
