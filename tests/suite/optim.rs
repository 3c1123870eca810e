//! Optimisers: single steps against the formulas, chunks, clipping, denormals, and the state across surgery.

use neurarium::kernels::elementwise::squares;
use neurarium::optim::{Method, Optim};
use neurarium::progress::Progress;
use neurarium::remap::Remap;

const METHODS: [Method; 4] =
    [Method::Sgd { momentum: 0.0 }, Method::Sgd { momentum: 0.9 }, Method::ADAM, Method::ADAMW];

/// The gradient of step `t`: smooth, of both signs, different for every parameter.
fn gradient(len: usize, t: usize) -> Vec<f32> {
    (0..len).map(|i| (0.37 * i as f32 + 0.91 * t as f32).sin()).collect()
}

/// The same number of steps, with theta in chunks of this length.
fn train(method: Method, decay: f32, steps: usize, chunk: usize) -> (Vec<f32>, Optim) {
    let mut theta: Vec<f32> = (0..50).map(|i| (i as f32 * 0.7).cos()).collect();
    let mut optim = Optim::new(method, theta.len());
    for t in 0..steps {
        let grad = gradient(theta.len(), t);
        let step = optim.begin_step(0.01, 0.5);
        for from in (0..theta.len()).step_by(chunk) {
            let range = from..(from + chunk).min(theta.len());
            let m = if optim.m.is_empty() { &mut [][..] } else { &mut optim.m[range.clone()] };
            let v = if optim.v.is_empty() { &mut [][..] } else { &mut optim.v[range.clone()] };
            step.apply(&mut theta[range.clone()], &grad[range], m, v, decay);
        }
    }
    (theta, optim)
}

/// The formulas of the module's documentation for one parameter, in f64.
fn plain(method: Method, decay: f64, steps: usize, index: usize) -> f64 {
    let (rate, mut m, mut v) = (0.01f32 as f64, 0.0f64, 0.0f64);
    let mut theta = (index as f32 * 0.7).cos() as f64;
    for t in 0..steps {
        let g = 0.5 * gradient(50, t)[index] as f64;
        match method {
            Method::Sgd { momentum } => {
                m = momentum as f64 * m + g;
                theta -= rate * (m + decay * theta);
            }
            Method::Adam { beta1, beta2, epsilon } | Method::AdamW { beta1, beta2, epsilon } => {
                let (b1, b2) = (beta1 as f64, beta2 as f64);
                let coupled = matches!(method, Method::Adam { .. });
                let g = if coupled { g + decay * theta } else { g };
                m = b1 * m + (1.0 - b1) * g;
                v = b2 * v + (1.0 - b2) * g * g;
                let m_hat = m / (1.0 - b1.powi(t as i32 + 1));
                let v_hat = v / (1.0 - b2.powi(t as i32 + 1));
                let lost = if coupled { 0.0 } else { rate * decay * theta };
                theta -= lost + rate * m_hat / (v_hat.sqrt() + epsilon as f64);
            }
        }
    }
    theta
}

#[test]
fn every_method_follows_its_formula() {
    for method in METHODS {
        for decay in [0.0, 0.1] {
            let (theta, _) = train(method, decay, 20, 50);
            for (index, &theta) in theta.iter().enumerate() {
                let expected = plain(method, decay as f64, 20, index);
                assert!((theta as f64 - expected).abs() < 3e-6, "{method:?} {index}: {theta} for {expected}");
            }
        }
    }
}

#[test]
fn chunks_of_any_length_give_the_same_bits() {
    for method in METHODS {
        let whole = train(method, 0.1, 5, 50);
        for chunk in [1, 3, 8, 49] {
            assert_eq!(whole, train(method, 0.1, 5, chunk));
        }
    }
}

#[test]
fn moments_that_decay_become_zero_and_never_denormal() {
    for method in [Method::Sgd { momentum: 0.9 }, Method::Sgd { momentum: 0.5 }, Method::ADAM, Method::ADAMW] {
        let mut optim = Optim::new(method, 4);
        let mut theta = [1.0; 4];
        for t in 0..100_000 {
            // One gradient of each size, then none.
            let grad = if t == 0 { [1.0, 1e-10, 1e-18, 1e-30] } else { [0.0; 4] };
            let step = optim.begin_step(1e-3, 1.0);
            step.apply(&mut theta, &grad, &mut optim.m, &mut optim.v, 0.0);
            let moments = optim.m.iter().chain(&optim.v);
            assert!(moments.clone().all(|x| *x == 0.0 || x.is_normal()), "{method:?} at {t}: {moments:?}");
        }
        assert!(optim.m.iter().chain(&optim.v).all(|x| *x == 0.0), "{method:?}: {optim:?}");
    }
}

#[test]
fn nan_in_a_gradient_is_not_hidden() {
    for method in METHODS {
        let mut optim = Optim::new(method, 9);
        let mut theta = [1.0; 9];
        optim.begin_step(1e-3, 1.0).apply(&mut theta, &[f32::NAN; 9], &mut optim.m, &mut optim.v, 0.0);
        assert!(theta.iter().all(|theta| theta.is_nan()), "{method:?}");
    }
}

#[test]
fn clipping_shortens_long_gradients_alone() {
    let grad = gradient(1001, 3);
    let squared: f64 = grad.iter().map(|&g| g as f64 * g as f64).sum();
    assert!((squares(&grad) / squared - 1.0).abs() < 1e-6);
    let mut optim = Optim::new(Method::ADAM, 0);
    assert_eq!(optim.clip_scale(1e30), 1.0);
    optim.clip_norm = 2.0;
    assert_eq!(optim.clip_scale(3.9), 1.0);
    assert_eq!(optim.clip_scale(100.0), 0.2);
    assert!(optim.clip_scale(f64::NAN).is_nan());
}

#[test]
fn state_is_carried_by_a_remap_and_kept_between_adam_and_adamw() {
    let (_, mut optim) = train(Method::ADAM, 0.0, 3, 50);
    let before = optim.clone();
    let mut remap = Remap::default();
    [Some(7), None, Some(2)].into_iter().for_each(|from| remap.push(from, 1));
    optim.carry(&remap, &Progress::default()).unwrap();
    assert_eq!(optim.m, [before.m[7], 0.0, before.m[2]]);
    assert_eq!(optim.v, [before.v[7], 0.0, before.v[2]]);
    assert_eq!(optim.t, 3);
    optim.set_method(Method::ADAMW, 3);
    assert_eq!((optim.m[0], optim.t), (before.m[7], 3));
    optim.set_method(Method::Sgd { momentum: 0.9 }, 3);
    assert_eq!((optim.m.clone(), optim.v.clone(), optim.t), (vec![0.0; 3], vec![], 0));
}

#[test]
fn a_saved_state_goes_on_as_if_nothing_had_happened_and_one_of_the_wrong_size_is_an_error() {
    let (_, optim) = train(Method::ADAMW, 0.0, 3, 50);
    let text = serde_json::to_string(&optim).unwrap();
    let read: Optim = serde_json::from_str(&text).unwrap();
    assert_eq!(read.clone().checked(50), Ok(optim));
    assert!(read.clone().checked(49).is_err());
    assert!(Optim { v: vec![], ..read.clone() }.checked(50).is_err());
    assert!(Optim { v: vec![f32::NAN; 50], ..read }.checked(50).is_err());
    for method in [Method::Sgd { momentum: 1.0 }, Method::Adam { beta1: f32::NAN, beta2: 0.9, epsilon: 1e-8 }] {
        assert!(method.checked().is_err());
    }
}
