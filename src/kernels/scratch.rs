//! Working memory that is kept between calls, cut into the pieces that one call needs.

/// Cuts working memory into pieces of these lengths; what they hold is left over from the last call.
pub fn carve<const N: usize>(scratch: &mut Vec<f32>, lens: [usize; N]) -> [&mut [f32]; N] {
    let total = lens.iter().sum();
    if scratch.len() < total {
        scratch.resize(total, 0.0);
    }
    let mut rest = scratch.as_mut_slice();
    lens.map(|len| rest.split_off_mut(..len).expect("scratch is as long as its pieces"))
}
