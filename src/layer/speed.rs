//! Ways to save work that only some kinds of layer offer. Every layer computes the same without them.

/// The defaults mean that a layer offers nothing of the kind.
pub trait SpeedHooks {
    /// Rows and columns of W where the layer is z = x W^T + b, its parameters W and then b. Parts of its gradient can
    /// then be computed from x and dz alone.
    fn as_matrix(&self) -> Option<(usize, usize)> {
        None
    }

    /// Length of what [`SpeedHooks::prepare`] writes; 0 where nothing is worth preparing.
    fn prepared_len(&self) -> usize {
        0
    }

    /// Computes once from the parameters what every [`Call`](super::Call) with them would compute for itself. `scratch` is
    /// working memory.
    fn prepare(&self, _theta: &[f32], _prepared: &mut [f32], _scratch: &mut Vec<f32>) {}

    /// Whether each value of z is one of x, and `memo.indices` says which: an index within the example.
    fn picks(&self) -> bool {
        false
    }

    /// Whether [`SpeedHooks::backward_picked`] is available, and faster for so many picks of each example.
    fn takes_picks(&self, _picks: usize) -> bool {
        false
    }

    /// Adds to `dtheta` from the gradient of those values of z alone that the next layer picked. `scratch` is working
    /// memory.
    fn backward_picked(&self, _x: &[f32], _dz: &[f32], _picks: &[u32], _dtheta: &mut [f32], _scratch: &mut Vec<f32>) {}
}
