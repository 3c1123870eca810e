//! The signature of an image, by which similar ones are found: a hash of its bytes and a small copy.

use crate::data::Dataset;

/// An image whose values differ by no more than this is blank; JPEG leaves that much on a white sheet.
const BLANK: u8 = 8;

pub struct ImageSignature {
    /// Hash of its bytes.
    pub exact: u128,
    pub is_blank: bool,
    /// The small copy: means over cells inside the frame (16 x 16 grey, 10 x 10 colour), minus their mean and divided
    /// by their length. Empty for images that are not compared.
    pub copy: Vec<f32>,
}

impl ImageSignature {
    /// The signature of an example, with a small copy if `copied`.
    pub fn new(data: &Dataset, index: usize, copied: bool) -> Self {
        let pixels = data.example(index);
        let (shape, frame) = (data.shape, data.frames[index]);
        let (channels, width) = (shape.channels, usize::from(frame.width));
        let line = |y: usize| {
            &pixels[((usize::from(frame.top) + y) * shape.width + usize::from(frame.left)) * channels..]
                [..width * channels]
        };
        let lines = || (0..usize::from(frame.height)).map(line);
        let (mut low, mut high) = ([u8::MAX; 4], [0; 4]);
        for pixel in lines().flat_map(|line| line.chunks_exact(channels)) {
            for (c, &x) in pixel.iter().enumerate() {
                (low[c], high[c]) = (low[c].min(x), high[c].max(x));
            }
        }
        let is_blank = low.iter().zip(&high).take(channels).all(|(low, high)| high.saturating_sub(*low) <= BLANK);
        let copy =
            if is_blank || !copied { Vec::new() } else { small_copy(&lines().collect::<Vec<_>>(), width, channels) };
        Self { exact: hash(&pixels), is_blank, copy }
    }
}

/// Means over cells, minus their mean and divided by their length.
fn small_copy(lines: &[&[u8]], width: usize, channels: usize) -> Vec<f32> {
    let side = if channels == 1 { 16 } else { 10 };
    let edge = |at: usize, len: usize| (at * len / side).min(len - 1);
    let mut copy = Vec::with_capacity(side * side * channels);
    for y in 0..side {
        let rows = edge(y, lines.len())..edge(y + 1, lines.len()).max(edge(y, lines.len()) + 1);
        for x in 0..side {
            let columns = edge(x, width)..edge(x + 1, width).max(edge(x, width) + 1);
            let count = (rows.len() * columns.len()) as f32;
            for c in 0..channels {
                let row = |line: &&[u8]| columns.clone().map(|x| u32::from(line[x * channels + c])).sum::<u32>();
                copy.push(lines[rows.clone()].iter().map(row).sum::<u32>() as f32 / count);
            }
        }
    }
    let mean = copy.iter().sum::<f32>() / copy.len() as f32;
    copy.iter_mut().for_each(|x| *x -= mean);
    let length = copy.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
    copy.iter_mut().for_each(|x| *x /= length);
    copy
}

/// 128 bits: wide enough that different images never collide in practice.
fn hash(bytes: &[u8]) -> u128 {
    const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
    let mix = |hash: u128, word: u128| {
        let hash = (hash ^ word).wrapping_mul(FACTOR);
        hash ^ hash >> 59
    };
    let (words, rest) = bytes.as_chunks::<16>();
    let mut last = [0; 16];
    last[..rest.len()].copy_from_slice(rest);
    let hash = words.iter().fold(bytes.len() as u128, |hash, word| mix(hash, u128::from_le_bytes(*word)));
    mix(mix(hash, u128::from_le_bytes(last)), 0)
}
