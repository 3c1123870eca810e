//! Products of plain matrices in the three forms, m x k x n.

use neurarium::kernels::gemm::{self, Into};
use neurarium::par;
use serde::Serialize;

use crate::measure::measure;
use crate::workload::hash;

pub const SIZES: [(usize, usize, usize); 6] =
    [(128, 784, 256), (256, 256, 256), (512, 512, 512), (1024, 1024, 1024), (32, 784, 256), (32, 12288, 512)];

#[derive(Clone, Debug, Serialize)]
pub struct Speed {
    pub form: &'static str,
    pub size: (usize, usize, usize),
    pub gflops: f64,
}

/// GFLOP/s of one form, "nn", "nt" or "tn".
pub fn product(form: &'static str, size: (usize, usize, usize), budget: f64, clock: &dyn Fn() -> f64) -> Speed {
    let (m, k, n) = size;
    let values = |len: usize, k: usize| (0..len).map(|i| (hash(i, k) - 0.5) as f32).collect::<Vec<f32>>();
    let (a, b, bias) = (values(m * k, 1), values(k * n, 2), vec![0.0; n]);
    let (mut c, mut scratch) = (vec![0.0; m * n], Vec::new());
    // With the threads at hand, as in every step and evaluation.
    let times = par::together(|| {
        measure(budget, clock, || match form {
            "nn" => gemm::nn(size, &a, &b, &mut c, Into::Set, &mut scratch, true),
            "tn" => gemm::tn(size, &a, &b, &mut c, Into::Set, &mut scratch, true),
            _ => gemm::nt(size, &a, &b, &bias, &mut c, &mut scratch, true),
        })
    });
    Speed { form, size, gflops: (2 * m * k * n) as f64 / times.best / 1e6 }
}
