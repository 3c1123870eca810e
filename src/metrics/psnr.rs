//! PSNR = 10 log10(1 / mse) in dB, over values in 0..=1 inside the frame.

/// Smaller errors count as this: a perfect output has 100 dB, not infinitely many.
const SMALLEST_MSE: f64 = 1e-10;

/// PSNR in dB between two images inside the mask (empty: everywhere); `seen` is clamped to 0..=1 first.
pub fn psnr(seen: &[f32], x: &[f32], mask: &[f32], channels: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for (pixel, (seen, x)) in seen.chunks_exact(channels).zip(x.chunks_exact(channels)).enumerate() {
        if mask.get(pixel).is_none_or(|&inside| 0.0 < inside) {
            let square = |(seen, x): (&f32, &f32)| f64::from(seen.clamp(0.0, 1.0) - x).powi(2);
            sum += seen.iter().zip(x).map(square).sum::<f64>();
            count += channels;
        }
    }
    -10.0 * (sum / count.max(1) as f64).max(SMALLEST_MSE).log10()
}
