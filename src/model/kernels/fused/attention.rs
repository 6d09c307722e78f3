//! Multi-head self-attention within each text of a packed batch, and its gradient.

use rayon::prelude::*;

use super::{exp, fma, lane_sum};

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
            attend(
                &head_of(q, hidden, at, dim, scale),
                &kt,
                &head_of(v, hidden, at, dim, 1.0),
                dim,
                &mut context,
            );
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
pub fn attention_grad(
    q: &[f32],
    k: &[f32],
    v: &[f32],
    grad: &[f32],
    shape: &AttentionShape<'_>,
) -> [Vec<f32>; 3] {
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
