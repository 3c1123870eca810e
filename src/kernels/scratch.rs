//! Working memory that is kept between calls and divided into the pieces that a call needs.

/// Divides working memory into pieces of these lengths. They contain values of earlier calls.
pub fn carve<const N: usize>(scratch: &mut Vec<f32>, lens: [usize; N]) -> [&mut [f32]; N] {
    let total = lens.iter().sum();
    if scratch.len() < total {
        scratch.resize(total, 0.0);
    }
    let mut rest = scratch.as_mut_slice();
    lens.map(|len| rest.split_off_mut(..len).expect("scratch is as long as its pieces"))
}
