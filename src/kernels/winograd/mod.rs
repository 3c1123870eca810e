//! Convolution with fewer multiplications: Winograd's minimal filtering F(m x m, r x r)
//! (<https://arxiv.org/abs/1509.09308>), for 3 x 3 kernels of stride 1 (r = 3) and 4 x 4 kernels of stride 2 (r = 2).
//!
//! | products for each output | r = 3 | r = 2 |
//! |---|---|---|
//! | direct | 9 | 4 |
//! | m = 2 | 4 | 2.25 |
//! | m = 4 | 2.25 | 1.56 |
//!
//! Stride s is first reduced to stride 1: the s x s pixels of a block become channels, so a kernel of side r s becomes
//! one of side r over C = s s c channels. A tile is m x m outputs and reads a = m + r - 1 pixels a side. With the
//! matrices of `filter`
//!
//! V = B^T d B of the pixels, U = G g G^T of the kernel, M\[t\] = V\[t\] U\[t\] for each of the a a places t,
//! z = A^T M A.
//!
//! All steps are linear, so the gradients are the same steps in reverse: dM = A dz A^T, dV = dM U^T, dU = V^T dM,
//! dd = B dV B^T (summed where tiles overlap), dg = G^T dU G.
//!
//! Several examples form a group, so that the products have many rows. Shapes for a group: V
//! `[a a][panel of C][tiles][panel]`, M and dM `[a a][tiles][outputs]`, dV `[a a][tiles][C]`, U and dU
//! `[a a][outputs][C]`. The rounding error is that of the direct sum for m = 2 and about ten times that for m = 4, some
//! 1e-6 of the largest number.

mod filter;
mod plan;
mod run;
mod stages;

pub use plan::Winograd;
pub use run::Wanted;
