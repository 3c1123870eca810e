//! Shortcuts that some kinds of layer offer. Results are the same without them.

/// The shortcuts of a layer; by default it offers none.
pub trait SpeedHooks {
    /// Rows and columns of W if the layer is z = x W^T + b and its parameters are W, then b. Any part of its gradient
    /// can then be computed from x and dz.
    fn as_matrix(&self) -> Option<(usize, usize)> {
        None
    }

    /// Whether all threads may work on one call of it, which they divide by its neurons: examples then need no gradients
    /// of their own.
    fn shares_calls(&self) -> bool {
        self.as_matrix().is_some()
    }

    /// Length of what [`SpeedHooks::prepare`] writes; 0 where nothing is worth preparing.
    fn prepared_len(&self) -> usize {
        0
    }

    /// Computes from the parameters, once, what every [`Call`](super::Call) with them would otherwise compute again.
    /// `scratch` is working memory.
    fn prepare(&self, _theta: &[f32], _prepared: &mut [f32], _scratch: &mut Vec<f32>) {}

    /// Whether it computes with transformed values, so that its sums round otherwise than plain ones.
    fn transforms(&self) -> bool {
        false
    }

    /// Examples that it computes together, so that a shard should have as many; 1 where any number is as good.
    fn group_len(&self) -> usize {
        1
    }

    /// Whether each value of z is one of x; `memo.indices` then holds its index within the example.
    fn picks(&self) -> bool {
        false
    }

    /// Whether [`SpeedHooks::backward_picked`] is available and, for this many picks in each example, faster.
    fn takes_picks(&self, _picks: usize) -> bool {
        false
    }

    /// Adds to `dtheta` when the gradient is zero but for the values of z that the next layer picked. `scratch` is
    /// working memory.
    fn backward_picked(&self, _x: &[f32], _dz: &[f32], _picks: &[u32], _dtheta: &mut [f32], _scratch: &mut Vec<f32>) {}
}
