//! Fused operations for training on the CPU, with their gradients: layer normalisation, GELU, attention.
//!
//! Plain loops that the compiler turns into vector code; `vectorised!` compiles each for AVX2 + FMA besides the
//! baseline and chooses at run time. Work is split by rows or texts, and sums over rows are taken in a fixed order,
//! so that a result never depends on the number of threads.

use rayon::prelude::*;

pub use attention::{AttentionShape, attention, attention_grad};

/// Elements handled by one task of an elementwise operation.
const CHUNK: usize = 16 * 1024;
/// Rows whose parameter gradients are summed by one task.
const ROWS: usize = 64;

/// Compiles a function twice, for the baseline and for AVX2 with FMA, and calls what the machine has. Inside the
/// body `FMA` tells which it is.
macro_rules! vectorised {
    ($(#[$meta:meta])* fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        fn $name($($arg: $ty),*) {
            #[inline(always)]
            fn body<const FMA: bool>($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide($($arg: $ty),*) {
                    body::<true>($($arg),*);
                }
                if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma") {
                    // SAFETY: `wide` is an ordinary function but for the two features, which were just detected.
                    unsafe { wide($($arg),*) };
                    return;
                }
            }
            body::<false>($($arg),*);
        }
    };
}

mod attention;

#[inline(always)]
fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// exp(x) by range reduction to |r| ≤ ln 2 / 2 and a polynomial of degree 6 (Cephes `expf`); relative error below
/// 2e-7, saturating below -87 and above 88.
#[inline(always)]
fn exp<const FMA: bool>(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let n = fma::<FMA>(x, std::f32::consts::LOG2_E, 12_582_912.0) - 12_582_912.0;
    let r = fma::<FMA>(n, -0.693_359_4, x);
    let r = fma::<FMA>(n, 2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_66, 0.5] {
        p = fma::<FMA>(p, r, c);
    }
    let p = fma::<FMA>(p, r * r, r) + 1.0;
    p * f32::from_bits((((n as i32) + 127) << 23) as u32)
}

/// erf(x), Abramowitz and Stegun 7.1.26, and exp(-x²); absolute error below 2e-7.
#[inline(always)]
fn erf_and_gauss<const FMA: bool>(x: f32) -> (f32, f32) {
    let a = x.abs();
    let t = 1.0 / fma::<FMA>(0.327_591_1, a, 1.0);
    let mut p = 1.061_405_4;
    for c in [-1.453_152, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        p = fma::<FMA>(p, t, c);
    }
    let gauss = exp::<FMA>(-a * a);
    (fma::<FMA>(-p * t, gauss, 1.0).copysign(x), gauss)
}

vectorised! {
    fn gelu_chunk(x: &[f32], out: &mut [f32]) {
        for (o, &x) in out.iter_mut().zip(x) {
            *o = 0.5 * x * (1.0 + erf_and_gauss::<FMA>(x * std::f32::consts::FRAC_1_SQRT_2).0);
        }
    }
}

vectorised! {
    fn gelu_grad_chunk(x: &[f32], grad: &[f32], out: &mut [f32]) {
        const INV_SQRT_2PI: f32 = 0.398_942_3;
        for ((o, &x), &g) in out.iter_mut().zip(x).zip(grad) {
            let (erf, gauss) = erf_and_gauss::<FMA>(x * std::f32::consts::FRAC_1_SQRT_2);
            *o = g * fma::<FMA>(x * INV_SQRT_2PI, gauss, 0.5 * (1.0 + erf));
        }
    }
}

/// GELU with the error function, elementwise.
pub fn gelu(x: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(o, x)| gelu_chunk(x, o));
    out
}

/// Gradient of [`gelu`] with respect to its input.
pub fn gelu_grad(x: &[f32], grad: &[f32]) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    out.par_chunks_mut(CHUNK)
        .zip(x.par_chunks(CHUNK).zip(grad.par_chunks(CHUNK)))
        .for_each(|(o, (x, g))| gelu_grad_chunk(x, g, o));
    out
}

/// Sum in eight interleaved lanes, which vectorises without reordering freedom.
#[inline(always)]
fn lane_sum(values: impl Iterator<Item = f32>) -> f32 {
    let mut lanes = [0.0f32; 16];
    for (i, v) in values.enumerate() {
        lanes[i % 16] += v;
    }
    lanes.iter().sum()
}

/// Mean and reciprocal standard deviation of a row.
#[inline(always)]
fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let n = row.len() as f32;
    let mean = lane_sum(row.iter().copied()) / n;
    let variance = lane_sum(row.iter().map(|v| (v - mean) * (v - mean))) / n;
    (mean, 1.0 / (variance + eps).sqrt())
}

vectorised! {
    fn layer_norm_rows(x: &[f32], gamma: &[f32], beta: &[f32], eps: f32, out: &mut [f32]) {
        for (row, out) in x.chunks_exact(gamma.len()).zip(out.chunks_exact_mut(gamma.len())) {
            let (mean, inverse) = moments(row, eps);
            for (((o, &v), &g), &b) in out.iter_mut().zip(row).zip(gamma).zip(beta) {
                *o = fma::<FMA>((v - mean) * inverse, g, b);
            }
        }
    }
}

vectorised! {
    /// `dx = (g − mean(g) − x̂ · mean(g · x̂)) / σ` with `g = grad · gamma`; adds to the parameter gradients.
    fn layer_norm_grad_rows(
        x: &[f32], gamma: &[f32], grad: &[f32], eps: f32, dx: &mut [f32], dgamma: &mut [f32], dbeta: &mut [f32],
    ) {
        let width = gamma.len();
        for ((row, grad), dx) in x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(dx.chunks_exact_mut(width)) {
            let (mean, inverse) = moments(row, eps);
            let n = width as f32;
            let mean_g = lane_sum(grad.iter().zip(gamma).map(|(d, g)| d * g)) / n;
            let normed = |v: f32| (v - mean) * inverse;
            let mean_gx = lane_sum(grad.iter().zip(gamma).zip(row).map(|((d, g), &v)| d * g * normed(v))) / n;
            for i in 0..width {
                let hat = normed(row[i]);
                dx[i] = inverse * (fma::<FMA>(grad[i], gamma[i], -mean_g) - hat * mean_gx);
                dgamma[i] = fma::<FMA>(grad[i], hat, dgamma[i]);
                dbeta[i] += grad[i];
            }
        }
    }
}

/// Layer normalisation of each row of `x`; the width is that of `gamma`.
pub fn layer_norm(x: &[f32], gamma: &[f32], beta: &[f32], eps: f32) -> Vec<f32> {
    let mut out = vec![0.0; x.len()];
    let chunk = ROWS * gamma.len();
    out.par_chunks_mut(chunk)
        .zip(x.par_chunks(chunk))
        .for_each(|(o, x)| layer_norm_rows(x, gamma, beta, eps, o));
    out
}

/// Gradients of [`layer_norm`]: those of `x`, then one row for `gamma`, then one for `beta`.
pub fn layer_norm_grad(x: &[f32], gamma: &[f32], grad: &[f32], eps: f32) -> Vec<f32> {
    let width = gamma.len();
    let chunk = ROWS * width;
    let mut out = vec![0.0; x.len() + 2 * width];
    let (dx, parameters) = out.split_at_mut(x.len());
    let partial: Vec<Vec<f32>> = dx
        .par_chunks_mut(chunk)
        .zip(x.par_chunks(chunk).zip(grad.par_chunks(chunk)))
        .map(|(dx, (x, grad))| {
            let mut sums = vec![0.0; 2 * width];
            let (dgamma, dbeta) = sums.split_at_mut(width);
            layer_norm_grad_rows(x, gamma, grad, eps, dx, dgamma, dbeta);
            sums
        })
        .collect();
    for sums in partial {
        for (total, part) in parameters.iter_mut().zip(sums) {
            *total += part;
        }
    }
    out
}
