//! Values of pictures as bytes and as RGBA.

/// Values in 0..=1 as bytes, cut to that range first.
pub fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
}

/// Grey or RGB bytes as opaque RGBA.
pub fn rgba(bytes: &[u8], channels: usize) -> Vec<u8> {
    let pixel =
        |pixel: &[u8]| if let [r, g, b] = *pixel { [r, g, b, 255] } else { [pixel[0], pixel[0], pixel[0], 255] };
    bytes.chunks_exact(channels).flat_map(pixel).collect()
}
