//! The plain twins: the same functions, written so simply that they are easy to verify. Tests compare the fast kernels
//! with them.

use super::depthwise::Depthwise;
use super::window::Window;

/// C `[m, n]` += A B, with A and B read by index.
pub fn product(
    (m, k, n): (usize, usize, usize),
    a: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize, usize) -> f32,
    c: &mut [f32],
) {
    for i in 0..m {
        for j in 0..n {
            c[i * n + j] += (0..k).map(|l| a(i, l) as f64 * b(l, j) as f64).sum::<f64>() as f32;
        }
    }
}

/// Visits every product of a convolution of one example, as indices of z, x and W.
pub fn windows(window: &Window, mut visit: impl FnMut(usize, usize, usize)) {
    let (input, output) = (window.input, window.output());
    for z in 0..output.len() {
        let (o, x, y) = (z % output.channels, z / output.channels % output.width, z / output.channels / output.width);
        for w in 0..window.window_len() {
            let (c, kx, ky) =
                (w % input.channels, w / input.channels % window.kernel, w / input.channels / window.kernel);
            let (px, py) = (x * window.stride + kx, y * window.stride + ky);
            let inside = |p: usize, len: usize| (window.padding..window.padding + len).contains(&p);
            if inside(px, input.width) && inside(py, input.height) {
                let pixel = (py - window.padding) * input.width + px - window.padding;
                visit(z, pixel * input.channels + c, o * window.window_len() + w);
            }
        }
    }
}

/// Visits every product of a depthwise convolution of one example, as indices of z, x and W.
pub fn depthwise(sizes: &Depthwise, mut visit: impl FnMut(usize, usize, usize)) {
    let Depthwise { channels, across, down } = *sizes;
    for z in 0..down.to * across.to * channels {
        let (c, x, y) = (z % channels, z / channels % across.to, z / channels / across.to);
        for w in 0..down.count * across.count {
            let (kx, ky) = (w % across.count, w / across.count);
            let (px, py) = (x * across.stride + kx * across.dilation, y * down.stride + ky * down.dilation);
            if let (Some(px), Some(py)) = (px.checked_sub(across.before), py.checked_sub(down.before))
                && px < across.from
                && py < down.from
            {
                visit(z, (py * across.from + px) * channels + c, w * channels + c);
            }
        }
    }
}
