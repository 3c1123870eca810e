//! Every fast kernel against its plain twin, over shapes that do and do not fill the registers.

use std::cell::Cell;

use neurarium::kernels::depthwise::{Depthwise, Taps};
use neurarium::kernels::window::Window;
use neurarium::kernels::{gemm, plain};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

fn random(len: usize, index: u64) -> Vec<f32> {
    let mut rng = Rng::new(11, Purpose::Test, index);
    (0..len).map(|_| rng.range(-1.0, 1.0)).collect()
}

fn assert_close(name: &str, fast: &[f32], plain: &[f32]) {
    assert_eq!(fast.len(), plain.len(), "{name}");
    for (index, (fast, plain)) in fast.iter().zip(plain).enumerate() {
        let difference = (fast - plain).abs();
        assert!(difference <= 2e-5 * (1.0 + plain.abs()), "{name} at {index}: {fast} where {plain} is right");
    }
}

/// Tolerance for sums of larger terms: large tiles of minimal filtering round by about 1e-6 of the largest term.
fn assert_near(name: &str, fast: &[f32], plain: &[f32]) {
    assert_eq!(fast.len(), plain.len(), "{name}");
    let largest = plain.iter().fold(1.0f32, |largest, plain| largest.max(plain.abs()));
    for (index, (fast, plain)) in fast.iter().zip(plain).enumerate() {
        let difference = (fast - plain).abs();
        assert!(difference <= 2e-5 * largest, "{name} at {index}: {fast} where {plain} is right");
    }
}

fn each_product(check: impl Fn(usize, usize, usize)) {
    for m in [1, 3, 4, 5, 8, 9, 13, 131] {
        for n in [1, 2, 3, 7, 8, 16, 17, 33, 64] {
            for k in [1, 2, 5, 31, 32, 33, 1025] {
                check(m, k, n);
            }
        }
    }
}

#[test]
fn nn_matches_its_plain_twin() {
    each_product(|m, k, n| {
        let (a, b, c) = (random(m * k, 1), random(k * n, 2), random(m * n, 3));
        let (mut fast, mut slow) = (c.clone(), c);
        gemm::nn((m, k, n), &a, &b, &mut fast, gemm::Into::Add, &mut Vec::new(), false);
        plain::product((m, k, n), |i, l| a[i * k + l], |l, j| b[l * n + j], &mut slow);
        assert_close(&format!("nn {m} {k} {n}"), &fast, &slow);
    });
}

#[test]
fn tn_matches_its_plain_twin() {
    each_product(|m, k, n| {
        let (a, b, c) = (random(k * m, 1), random(k * n, 2), random(m * n, 3));
        let (mut fast, mut slow) = (c.clone(), c);
        gemm::tn((m, k, n), &a, &b, &mut fast, gemm::Into::Add, &mut Vec::new(), false);
        plain::product((m, k, n), |i, l| a[l * m + i], |l, j| b[l * n + j], &mut slow);
        assert_close(&format!("tn {m} {k} {n}"), &fast, &slow);
    });
}

#[test]
fn nt_matches_its_plain_twin() {
    each_product(|m, k, n| {
        let (a, b, bias) = (random(m * k, 1), random(n * k, 2), random(n, 3));
        let mut fast = vec![f32::NAN; m * n];
        let mut slow: Vec<f32> = (0..m).flat_map(|_| bias.clone()).collect();
        gemm::nt((m, k, n), &a, &b, &bias, &mut fast, &mut Vec::new(), false);
        plain::product((m, k, n), |i, l| a[i * k + l], |l, j| b[j * k + l], &mut slow);
        assert_close(&format!("nt {m} {k} {n}"), &fast, &slow);
    });
}

fn each_window(check: impl Fn(&Window)) {
    let mut checked = 0;
    for (width, height) in [(1, 1), (5, 4), (8, 8), (13, 7)] {
        for channels in [1, 3, 16] {
            for outputs in [1, 5, 16, 40] {
                for kernel in [1, 2, 3, 4, 5] {
                    for stride in 1..=kernel.min(3) {
                        for padding in 0..kernel.min(3) {
                            let input = Shape::from_whc(width, height, channels);
                            let window = Window { input, outputs, kernel, stride, padding };
                            if window.check("window").is_ok() {
                                check(&window);
                                checked += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(1000 < checked, "only {checked} windows were sound");
    // Channels that fill the vectors of every machine, and pictures that do and do not fill whole tiles.
    for (kernel, stride, padding) in [(3, 1, 1), (3, 1, 0), (3, 1, 2), (4, 2, 1), (4, 2, 0)] {
        for (width, height) in [(14, 14), (5, 8), (9, 7), (6, 12)] {
            for (channels, outputs) in [(16, 16), (32, 16), (16, 48), (8, 32)] {
                let input = Shape::from_whc(width, height, channels);
                check(&Window { input, outputs, kernel, stride, padding });
            }
        }
    }
}

/// More examples than a group has where there are many tiles.
const EXAMPLES: usize = 5;

#[test]
fn convolution_matches_its_plain_twin() {
    each_window(|window| {
        let (input, output) = (window.input.len(), window.output().len());
        let (x, w) = (random(EXAMPLES * input, 1), random(window.weight_len(), 2));
        let bias = random(window.outputs, 3);
        let mut fast = vec![f32::NAN; EXAMPLES * output];
        window.forward((&w[..]).into(), &bias, &x, &mut fast, &mut Vec::new());
        let mut slow: Vec<f32> = (0..EXAMPLES * output).map(|z| bias[z % window.outputs]).collect();
        for n in 0..EXAMPLES {
            plain::windows(window, |iz, ix, iw| slow[n * output + iz] += x[n * input + ix] * w[iw]);
        }
        assert_near(&format!("forward {window:?}"), &fast, &slow);
    });
}

#[test]
fn convolution_weight_gradient_matches_its_plain_twin() {
    each_window(|window| {
        let (input, output) = (window.input.len(), window.output().len());
        let (x, dz) = (random(EXAMPLES * input, 1), random(EXAMPLES * output, 2));
        let before = random(window.weight_len(), 3);
        let (mut fast, mut slow) = (before.clone(), before);
        window.weight_gradient(&x, &dz, &mut fast, &mut Vec::new());
        for n in 0..EXAMPLES {
            plain::windows(window, |iz, ix, iw| slow[iw] += x[n * input + ix] * dz[n * output + iz]);
        }
        assert_near(&format!("weight gradient {window:?}"), &fast, &slow);
    });
}

/// Random pixels for every output, some of them twice, as overlapping pools pick them.
#[test]
fn convolution_weight_gradient_of_picks_matches_its_plain_twin() {
    let checked = Cell::new(0);
    let check = |window: &Window| {
        if !window.takes_picks() {
            return;
        }
        checked.set(checked.get() + 1);
        let (input, output, outputs) = (window.input.len(), window.output().len(), window.outputs);
        let each = (window.output().area() / 3 + 1) * outputs;
        let chance = random(EXAMPLES * each, 4);
        let pixel = |chance: f32| ((chance.abs() * window.output().area() as f32) as usize) % window.output().area();
        let picks: Vec<u32> =
            chance.iter().enumerate().map(|(at, &chance)| (pixel(chance) * outputs + at % outputs) as u32).collect();
        let (x, mut dz) = (random(EXAMPLES * input, 1), random(EXAMPLES * each, 2));
        dz.iter_mut().step_by(3).for_each(|dz| *dz = 0.0);
        let before = random(window.weight_len(), 3);
        let (mut fast, mut slow) = (before.clone(), before);
        window.picked_gradient(&x, &dz, &picks, &mut fast, &mut vec![f32::NAN; 100]);
        let mut of_all = vec![0.0; EXAMPLES * output];
        for (at, (pick, dz)) in picks.iter().zip(&dz).enumerate() {
            of_all[at / each * output + *pick as usize] += dz;
        }
        for n in 0..EXAMPLES {
            plain::windows(window, |iz, ix, iw| slow[iw] += x[n * input + ix] * of_all[n * output + iz]);
        }
        assert_near(&format!("picks {window:?}"), &fast, &slow);
    };
    each_window(check);
    // Lines of one to twelve vectors on every machine, with outputs that are and are not computed together.
    let lines = [(3, 1), (3, 2), (3, 4), (3, 8), (3, 16), (3, 32), (3, 64), (5, 1), (5, 4), (2, 12), (4, 6)];
    for ((kernel, channels), outputs) in lines.into_iter().flat_map(|line| [1, 3, 4, 9].map(|outputs| (line, outputs)))
    {
        let input = Shape::from_whc(9, 7, channels);
        check(&Window { input, outputs, kernel, stride: 1, padding: kernel / 2 });
    }
    assert!(100 < checked.get(), "only {} windows take picks", checked.get());
}

#[test]
fn convolution_input_gradient_matches_its_plain_twin() {
    each_window(|window| {
        let (input, output) = (window.input.len(), window.output().len());
        let (w, dz) = (random(window.weight_len(), 1), random(EXAMPLES * output, 2));
        let before = random(EXAMPLES * input, 3);
        let (mut fast, mut slow) = (before.clone(), before);
        window.input_gradient((&w[..]).into(), &dz, &mut fast, &mut Vec::new());
        for n in 0..EXAMPLES {
            plain::windows(window, |iz, ix, iw| slow[n * input + ix] += w[iw] * dz[n * output + iz]);
        }
        assert_near(&format!("input gradient {window:?}"), &fast, &slow);
    });
}

#[test]
fn results_do_not_depend_on_what_the_scratch_memory_held() {
    for window in [
        Window { input: Shape::from_whc(6, 5, 3), outputs: 7, kernel: 3, stride: 2, padding: 1 },
        Window { input: Shape::from_whc(5, 5, 16), outputs: 32, kernel: 3, stride: 1, padding: 1 },
        Window { input: Shape::from_whc(6, 8, 16), outputs: 16, kernel: 4, stride: 2, padding: 1 },
    ] {
        let (x, w) = (random(window.input.len(), 1), random(window.weight_len(), 2));
        let run = |mut scratch: Vec<f32>| {
            let mut z = vec![0.0; window.output().len()];
            window.forward((&w[..]).into(), &[], &x, &mut z, &mut scratch);
            let mut dx = vec![0.0; window.input.len()];
            window.input_gradient((&w[..]).into(), &z, &mut dx, &mut scratch);
            let mut dw = vec![0.0; window.weight_len()];
            window.weight_gradient(&x, &z, &mut dw, &mut scratch);
            (z, dx, dw)
        };
        assert_eq!(run(Vec::new()), run(vec![f32::NAN; 200_000]));
    }
}

#[test]
fn gradients_made_together_are_those_made_one_by_one() {
    each_window(|window| {
        let (input, output) = (EXAMPLES * window.input.len(), EXAMPLES * window.output().len());
        let (w, x, dz) = (random(window.weight_len(), 1), random(input, 2), random(output, 3));
        let (dw, dx, z) = (random(w.len(), 4), random(input, 5), random(output, 6));
        let (mut scratch, name) = (vec![f32::NAN; 100], format!("{window:?}"));

        let (mut dw_alone, mut dx_alone) = (dw.clone(), dx.clone());
        window.weight_gradient(&x, &dz, &mut dw_alone, &mut scratch);
        window.input_gradient((&w[..]).into(), &dz, &mut dx_alone, &mut scratch);
        let (mut dw_both, mut dx_both) = (dw.clone(), dx);
        window.gradients(((&w[..]).into(), &x, &dz), Some(&mut dw_both), Some(&mut dx_both), &mut scratch);
        assert!((dw_both, dx_both) == (dw_alone.clone(), dx_alone), "{name}");

        let mut z_alone = z.clone();
        window.forward_added((&w[..]).into(), &x, &mut z_alone, &mut scratch);
        let (mut dw_both, mut z_both) = (dw, z);
        window.turned_gradients(((&w[..]).into(), &x, &dz), Some(&mut dw_both), Some(&mut z_both), &mut scratch);
        assert!((dw_both, z_both) == (dw_alone, z_alone), "turned {name}");
    });
}

/// Adam turns the smallest gradient into a full step, so a rounding error of 0 must not pass for a gradient.
#[test]
fn taps_that_meet_nothing_have_a_gradient_of_exactly_0() {
    for (kernel, stride, width, height) in [(3, 1, 8, 8), (3, 1, 14, 14), (3, 1, 6, 5), (4, 2, 8, 8), (4, 2, 16, 12)] {
        let input = Shape::from_whc(width, height, 16);
        let window = Window { input, outputs: 32, kernel, stride, padding: 1 };
        let mut x = vec![0.0; EXAMPLES * input.len()];
        // Only the first pixel of each picture is not black; the last line and column of taps never reach it.
        x.chunks_exact_mut(input.len()).for_each(|x| x[..16].copy_from_slice(&random(16, 1)));
        let dz = random(EXAMPLES * window.output().len(), 2);
        let (mut fast, mut slow) = (vec![0.0; window.weight_len()], vec![0.0; window.weight_len()]);
        window.weight_gradient(&x, &dz, &mut fast, &mut Vec::new());
        for n in 0..EXAMPLES {
            let (x, dz) = (&x[n * input.len()..], &dz[n * window.output().len()..]);
            plain::windows(&window, |iz, ix, iw| slow[iw] += x[ix] * dz[iz]);
        }
        assert!(slow.contains(&0.0) && slow.iter().any(|&slow| slow != 0.0), "{window:?}");
        for (index, (fast, slow)) in fast.iter().zip(&slow).enumerate() {
            assert!(*slow != 0.0 || *fast == 0.0, "{window:?} at {index}: {fast} where 0 is right");
        }
        assert_near(&format!("{window:?}"), &fast, &slow);
    }
}

#[test]
fn columns_are_summed_and_rows_filled_whatever_their_length() {
    for columns in [1, 2, 3, 4, 10, 16, 21, 32, 33, 63, 64, 65, 200] {
        for rows in [0, 1, 2, 5, 22, 64, 131] {
            let (c, before) = (random(rows * columns, 1), random(columns, 2));
            let (mut fast, mut slow) = (before.clone(), before.clone());
            gemm::add_columns(&c, &mut fast);
            c.chunks_exact(columns).for_each(|row| slow.iter_mut().zip(row).for_each(|(sum, value)| *sum += value));
            assert_close(&format!("sums of {rows} x {columns}"), &fast, &slow);
            let mut filled = vec![f32::NAN; rows * columns];
            gemm::fill_rows(&before, &mut filled);
            assert!(filled.chunks_exact(columns).all(|row| row == before), "{rows} rows of {columns}");
        }
    }
}

#[test]
fn columns_that_fall_on_one_another_in_the_cache_are_gathered_without_a_change() {
    for (m, k, n) in [(512, 1, 1), (512, 33, 7), (512, 600, 20), (1536, 65, 130)] {
        for spread in [false, true] {
            let (a, b, c) = (random(k * m, 1), random(k * n, 2), random(m * n, 3));
            for into in [gemm::Into::Add, gemm::Into::Set] {
                let mut fast = c.clone();
                let mut slow = if into == gemm::Into::Add { c.clone() } else { vec![0.0; m * n] };
                gemm::tn((m, k, n), &a, &b, &mut fast, into, &mut vec![f32::NAN; 9], spread);
                plain::product((m, k, n), |i, l| a[l * m + i], |l, j| b[l * n + j], &mut slow);
                assert_close(&format!("tn {m} {k} {n} {into:?} {spread}"), &fast, &slow);
            }
        }
    }
}

fn each_depthwise(check: impl Fn(&Depthwise)) {
    let axis = |count: usize, stride, dilation, before, after, from: usize| {
        let to = (from + before + after - (count - 1) * dilation - 1) / stride + 1;
        Taps { count, stride, dilation, before, from, to }
    };
    // Tiles that are and are not filled, a stride that leaves the last pixels out, margins that differ, none, and so wide that
    // the outermost windows see nothing.
    let axes = [
        axis(3, 1, 1, 1, 1, 23),
        axis(3, 2, 1, 0, 1, 16),
        axis(5, 1, 1, 2, 2, 7),
        axis(5, 2, 1, 1, 2, 14),
        axis(2, 3, 1, 0, 0, 12),
        axis(3, 1, 2, 2, 2, 9),
        axis(7, 1, 1, 3, 3, 5),
        axis(1, 2, 1, 3, 3, 4),
    ];
    for channels in [1, 3, 4, 8, 16, 21, 33] {
        for (number, &across) in axes.iter().enumerate() {
            check(&Depthwise { channels, across, down: axes[(number + 3) % axes.len()] });
        }
    }
}

fn lens(sizes: &Depthwise) -> (usize, usize, usize) {
    let Depthwise { channels, across, down } = sizes;
    (across.from * down.from * channels, across.to * down.to * channels, across.count * down.count * channels)
}

#[test]
fn depthwise_convolution_matches_its_plain_twin() {
    each_depthwise(|sizes| {
        let (input, output, weights) = lens(sizes);
        let (x, w) = (random(EXAMPLES * input, 1), random(weights, 2));
        let bias = random(sizes.channels, 3);
        let mut fast = vec![f32::NAN; EXAMPLES * output];
        sizes.forward(&w, &bias, &x, &mut fast);
        let mut slow: Vec<f32> = (0..EXAMPLES * output).map(|z| bias[z % sizes.channels]).collect();
        for n in 0..EXAMPLES {
            plain::depthwise(sizes, |iz, ix, iw| slow[n * output + iz] += x[n * input + ix] * w[iw]);
        }
        assert_near(&format!("forward {sizes:?}"), &fast, &slow);
    });
}

#[test]
fn gradients_of_depthwise_convolution_match_their_plain_twins() {
    each_depthwise(|sizes| {
        let (input, output, weights) = lens(sizes);
        let (x, w, dz) = (random(EXAMPLES * input, 1), random(weights, 2), random(EXAMPLES * output, 3));
        let (before_x, before_w) = (random(EXAMPLES * input, 4), random(weights, 5));
        let (mut dx, mut slow) = (before_x.clone(), before_x);
        sizes.input_gradient(&w, &dz, &mut dx);
        for n in 0..EXAMPLES {
            plain::depthwise(sizes, |iz, ix, iw| slow[n * input + ix] += dz[n * output + iz] * w[iw]);
        }
        assert_near(&format!("input gradient {sizes:?}"), &dx, &slow);
        let (mut dw, mut slow) = (before_w.clone(), before_w);
        sizes.weight_gradient(&x, &dz, &mut dw);
        for n in 0..EXAMPLES {
            plain::depthwise(sizes, |iz, ix, iw| slow[iw] += x[n * input + ix] * dz[n * output + iz]);
        }
        assert_near(&format!("weight gradient {sizes:?}"), &dw, &slow);
    });
}
