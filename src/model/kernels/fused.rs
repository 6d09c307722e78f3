//! Fused operations for training on the CPU, with their gradients: layer normalisation, GELU, attention.
//!
//! Plain loops that the compiler turns into vector code; [`vectorised!`] compiles each for AVX2 + FMA besides the
//! baseline and chooses at run time. Work is split by rows or texts, and sums over rows are taken in a fixed order,
//! so that a result never depends on the number of threads.

use rayon::prelude::*;

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
    out.par_chunks_mut(chunk).zip(x.par_chunks(chunk)).for_each(|(o, x)| layer_norm_rows(x, gamma, beta, eps, o));
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

/// Layout of attention's operands: `tokens × hidden`, texts end to end, heads side by side.
#[derive(Clone, Copy)]
pub struct AttentionShape<'a> {
    /// Width of a row.
    pub hidden: usize,
    /// Number of heads; divides `hidden`.
    pub heads: usize,
    /// Tokens in each text.
    pub lengths: &'a [usize],
}

impl AttentionShape<'_> {
    /// Splits a packed tensor into its texts.
    fn split<'t>(&self, mut x: &'t [f32]) -> Vec<&'t [f32]> {
        let cut = |&n: &usize| {
            let (text, rest) = x.split_at(n * self.hidden);
            x = rest;
            text
        };
        self.lengths.iter().map(cut).collect()
    }

    fn split_mut<'t>(&self, mut x: &'t mut [f32]) -> Vec<&'t mut [f32]> {
        let cut = |&n: &usize| {
            let (text, rest) = std::mem::take(&mut x).split_at_mut(n * self.hidden);
            x = rest;
            text
        };
        self.lengths.iter().map(cut).collect()
    }
}

/// One head's columns of a text, `n × dim`, scaled.
fn head_of(text: &[f32], hidden: usize, at: usize, dim: usize, scale: f32) -> Vec<f32> {
    text.chunks_exact(hidden).flat_map(|row| row[at..at + dim].iter().map(move |v| v * scale)).collect()
}

fn transposed(x: &[f32], dim: usize) -> Vec<f32> {
    let n = x.len() / dim;
    let mut out = vec![0.0; x.len()];
    for (i, row) in x.chunks_exact(dim).enumerate() {
        for (d, v) in row.iter().enumerate() {
            out[d * n + i] = *v;
        }
    }
    out
}

/// `out[j] = Σ_d a[d] · bt[d][j]`.
#[inline(always)]
fn row_times<const FMA: bool>(a: &[f32], bt: &[f32], out: &mut [f32]) {
    let n = out.len();
    out.fill(0.0);
    for (&a, b) in a.iter().zip(bt.chunks_exact(n)) {
        for (o, &b) in out.iter_mut().zip(b) {
            *o = fma::<FMA>(a, b, *o);
        }
    }
}

/// `out += a · b`.
#[inline(always)]
fn add_scaled<const FMA: bool>(a: f32, b: &[f32], out: &mut [f32]) {
    for (o, &b) in out.iter_mut().zip(b) {
        *o = fma::<FMA>(a, b, *o);
    }
}

#[inline(always)]
fn softmax_in_place<const FMA: bool>(row: &mut [f32]) {
    let largest = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for v in row.iter_mut() {
        *v = exp::<FMA>(*v - largest);
    }
    let inverse = 1.0 / lane_sum(row.iter().copied());
    for v in row.iter_mut() {
        *v *= inverse;
    }
}

vectorised! {
    /// One text and head: `q` scaled, `kt` transposed, `v` plain; writes `n × dim`.
    fn attend(q: &[f32], kt: &[f32], v: &[f32], dim: usize, out: &mut [f32]) {
        let mut weights = vec![0.0; q.len() / dim];
        for (q, out) in q.chunks_exact(dim).zip(out.chunks_exact_mut(dim)) {
            row_times::<FMA>(q, kt, &mut weights);
            softmax_in_place::<FMA>(&mut weights);
            out.fill(0.0);
            for (&w, v) in weights.iter().zip(v.chunks_exact(dim)) {
                add_scaled::<FMA>(w, v, out);
            }
        }
    }
}

/// What the backward pass of one text and head reads.
#[derive(Clone, Copy)]
struct HeadInputs<'a> {
    q: &'a [f32],
    k: &'a [f32],
    kt: &'a [f32],
    vt: &'a [f32],
    grad: &'a [f32],
    dim: usize,
}

vectorised! {
    /// Gradients of one text and head with the weights computed again; `grads` is dq, dk, dv, `n × dim` each, and
    /// dq is still to be scaled.
    fn attend_grad(x: HeadInputs<'_>, grads: &mut [Vec<f32>; 3]) {
        let n = x.q.len() / x.dim;
        let (mut p, mut dp) = (vec![0.0; n], vec![0.0; n]);
        let [dq, dk, dv] = grads;
        for i in 0..n {
            let at = i * x.dim..(i + 1) * x.dim;
            let (q, grad) = (&x.q[at.clone()], &x.grad[at.clone()]);
            row_times::<FMA>(q, x.kt, &mut p);
            softmax_in_place::<FMA>(&mut p);
            row_times::<FMA>(grad, x.vt, &mut dp);
            let dot = lane_sum(p.iter().zip(&dp).map(|(a, b)| a * b));
            for j in 0..n {
                let ds = p[j] * (dp[j] - dot);
                let row = j * x.dim..(j + 1) * x.dim;
                add_scaled::<FMA>(ds, &x.k[row.clone()], &mut dq[at.clone()]);
                add_scaled::<FMA>(ds, q, &mut dk[row.clone()]);
                add_scaled::<FMA>(p[j], grad, &mut dv[row]);
            }
        }
    }
}

/// Multi-head self-attention within each text.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], shape: &AttentionShape<'_>) -> Vec<f32> {
    let (hidden, dim) = (shape.hidden, shape.hidden / shape.heads);
    let scale = 1.0 / (dim as f32).sqrt();
    let mut out = vec![0.0; q.len()];
    let texts: Vec<_> = shape.split(q).into_iter().zip(shape.split(k)).zip(shape.split(v)).collect();
    shape.split_mut(&mut out).into_par_iter().zip(texts).for_each(|(out, ((q, k), v))| {
        let mut context = vec![0.0; q.len() / shape.heads];
        for at in (0..hidden).step_by(dim) {
            let kt = transposed(&head_of(k, hidden, at, dim, 1.0), dim);
            attend(&head_of(q, hidden, at, dim, scale), &kt, &head_of(v, hidden, at, dim, 1.0), dim, &mut context);
            put_head(out, &context, hidden, at, dim, 1.0);
        }
    });
    out
}

fn put_head(text: &mut [f32], head: &[f32], hidden: usize, at: usize, dim: usize, scale: f32) {
    for (row, head) in text.chunks_exact_mut(hidden).zip(head.chunks_exact(dim)) {
        for (o, v) in row[at..at + dim].iter_mut().zip(head) {
            *o = v * scale;
        }
    }
}

/// Gradients of [`attention`] with respect to q, k and v.
pub fn attention_grad(q: &[f32], k: &[f32], v: &[f32], grad: &[f32], shape: &AttentionShape<'_>) -> [Vec<f32>; 3] {
    let (hidden, dim) = (shape.hidden, shape.hidden / shape.heads);
    let scale = 1.0 / (dim as f32).sqrt();
    let mut out = [vec![0.0; q.len()], vec![0.0; q.len()], vec![0.0; q.len()]];
    let [dq, dk, dv] = &mut out;
    let inputs = shape.split(q).into_iter().zip(shape.split(k)).zip(shape.split(v)).zip(shape.split(grad));
    let outputs = shape.split_mut(dq).into_iter().zip(shape.split_mut(dk)).zip(shape.split_mut(dv));
    let texts: Vec<_> = inputs.zip(outputs).collect();
    texts.into_par_iter().for_each(|((((q, k), v), grad), ((dq, dk), dv))| {
        for at in (0..hidden).step_by(dim) {
            let head = |x: &[f32], scale: f32| head_of(x, hidden, at, dim, scale);
            let (q, k, grad) = (head(q, scale), head(k, 1.0), head(grad, 1.0));
            let (kt, vt) = (transposed(&k, dim), transposed(&head(v, 1.0), dim));
            let mut grads = [vec![0.0; q.len()], vec![0.0; q.len()], vec![0.0; q.len()]];
            attend_grad(HeadInputs { q: &q, k: &k, kt: &kt, vt: &vt, grad: &grad, dim }, &mut grads);
            // q was scaled before, so dk is complete and dq takes the factor once more.
            put_head(dq, &grads[0], hidden, at, dim, scale);
            put_head(dk, &grads[1], hidden, at, dim, 1.0);
            put_head(dv, &grads[2], hidden, at, dim, 1.0);
        }
    });
    out
}
