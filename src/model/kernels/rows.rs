//! Work on one row at a time: LayerNorm, quantising, softmax, and packing keys and values for attention.
//!
//! Rows are as wide as whole vectors; pads hold zeros and stay zero.

use super::{math::exp, simd::Simd, view::View};

/// Smallest step of a quantised row: keeps its reciprocal finite for constant rows.
const SMALLEST_STEP: f32 = 1e-30;

/// LayerNorm of `rows` rows in place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Norm {
    pub x: View<f32>,
    pub rows: usize,
    /// Values of a row without pads.
    pub width: usize,
    /// `width` rounded up; gains and offsets of pads are zero.
    pub padded: usize,
    pub gain: *const f32,
    pub offset: *const f32,
    pub eps: f32,
}

/// Rounds `rows` rows of `x` to bytes: `x ≈ scale · byte + zero`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quantize {
    pub x: View<f32>,
    pub rows: usize,
    /// Multiple of `LANES`.
    pub width: usize,
    /// Multiplied into each channel first (smoothing).
    pub channel_scale: Option<*const f32>,
    pub bytes: View<u8>,
    pub scale: *mut f32,
    pub zero: *mut f32,
}

/// Turns `rows` rows of scores into `e^(score − greatest)` in place, and writes one over each row's sum.
#[derive(Debug, Clone, Copy)]
pub(super) struct Softmax {
    pub scores: View<f32>,
    pub rows: usize,
    /// Keys of a row without pads.
    pub keys: usize,
    /// `keys` rounded up to a panel.
    pub padded: usize,
    pub inverse_sum: *mut f32,
}

/// Packs one head's keys (transposed) and values of a text into panels.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackHead {
    pub keys: View<f32>,
    pub values: View<f32>,
    pub tokens: usize,
    /// Padded width of a head, a multiple of the panel.
    pub width: usize,
    /// `[tokens rounded up / panel][width][panel]`.
    pub key_panels: *mut f32,
    /// `[width / panel][tokens][panel]`.
    pub value_panels: *mut f32,
}

/// # Safety
/// The pointers reach as far as the fields' comments say, and nobody else uses the rows meanwhile.
#[inline(always)]
pub(super) unsafe fn norm<S: Simd>(s: S, n: &Norm) {
    let whole = n.width / S::LANES * S::LANES;
    for row in 0..n.rows {
        // SAFETY: indices stay below `padded`, which the caller vouches for.
        unsafe {
            let x = n.x.at(row, 0);
            let tail = whole..n.width;
            let mut sum = s.splat(0.0);
            for i in (0..whole).step_by(S::LANES) {
                sum = s.add(sum, s.load(x.add(i)));
            }
            let total = s.sum(sum) + tail.clone().map(|i| *x.add(i)).sum::<f32>();
            let mean = total / n.width as f32;
            let means = s.splat(mean);
            let mut squares = s.splat(0.0);
            for i in (0..whole).step_by(S::LANES) {
                let away = s.sub(s.load(x.add(i)), means);
                squares = s.mul_add(away, away, squares);
            }
            let total = s.sum(squares) + tail.map(|i| (*x.add(i) - mean).powi(2)).sum::<f32>();
            let factor = s.splat(1.0 / (total / n.width as f32 + n.eps).sqrt());
            for i in (0..n.padded).step_by(S::LANES) {
                let unit = s.mul(s.sub(s.load(x.add(i)), means), factor);
                s.store(x.add(i), s.mul_add(unit, s.load(n.gain.add(i)), s.load(n.offset.add(i))));
            }
        }
    }
}

/// # Safety
/// The pointers reach as far as the fields' comments say, and nobody else uses the rows meanwhile.
#[inline(always)]
pub(super) unsafe fn quantize<S: Simd>(s: S, q: &Quantize) {
    for row in 0..q.rows {
        // SAFETY: indices stay below `width`, which the caller vouches for.
        unsafe {
            let x = q.x.at(row, 0);
            let value = |i: usize| match q.channel_scale {
                Some(scale) => s.mul(s.load(x.add(i)), s.load(scale.add(i))),
                None => s.load(x.add(i)),
            };
            let (mut high, mut low) = (value(0), value(0));
            for i in (S::LANES..q.width).step_by(S::LANES) {
                let value = value(i);
                (high, low) = (s.max(high, value), s.min(low, value));
            }
            let high = s.greatest(high);
            let low = -s.greatest(s.sub(s.splat(0.0), low));
            let step = ((high - low) / 255.0).max(SMALLEST_STEP);
            *q.scale.add(row) = step;
            *q.zero.add(row) = low;
            let (lows, inverse) = (s.splat(low), s.splat(1.0 / step));
            let to = q.bytes.at(row, 0);
            for i in (0..q.width).step_by(S::LANES) {
                let steps = s.round(s.mul(s.sub(value(i), lows), inverse));
                // Rounding of the step itself can reach a hair above 255; an overflowed row is no number at all.
                s.store_bytes(to.add(i), s.max(s.min(steps, s.splat(255.0)), s.splat(0.0)));
            }
        }
    }
}

/// # Safety
/// The pointers reach as far as the fields' comments say, and nobody else uses the rows meanwhile.
#[inline(always)]
pub(super) unsafe fn softmax<S: Simd>(s: S, m: &Softmax) {
    for row in 0..m.rows {
        // SAFETY: indices stay below `padded`, which the caller vouches for.
        unsafe {
            let scores = m.scores.at(row, 0);
            for pad in m.keys..m.padded {
                *scores.add(pad) = f32::NEG_INFINITY;
            }
            let mut greatest = s.load(scores);
            for i in (S::LANES..m.padded).step_by(S::LANES) {
                greatest = s.max(greatest, s.load(scores.add(i)));
            }
            let greatest = s.splat(s.greatest(greatest));
            let mut sum = s.splat(0.0);
            for i in (0..m.padded).step_by(S::LANES) {
                let value = exp(s, s.sub(s.load(scores.add(i)), greatest));
                s.store(scores.add(i), value);
                sum = s.add(sum, value);
            }
            *m.inverse_sum.add(row) = 1.0 / s.sum(sum);
        }
    }
}

/// # Safety
/// The pointers reach as far as the fields' comments say, and nobody else uses the panels meanwhile.
#[inline(always)]
pub(super) unsafe fn pack_head<S: Simd>(s: S, p: &PackHead) {
    let panel = 2 * S::LANES;
    // SAFETY: tokens and columns stay inside the head's block and the panels, which the caller vouches for.
    unsafe {
        for token in (0..p.tokens.next_multiple_of(panel)).step_by(8) {
            let to = p.key_panels.add(token / panel * panel * p.width + token % panel);
            if token + 8 <= p.tokens {
                for column in (0..p.width).step_by(8) {
                    s.transpose8(p.keys.at(token, column), p.keys.stride(), to.add(column * panel), panel);
                }
                continue;
            }
            for column in 0..p.width {
                for i in 0..8 {
                    let inside = token + i < p.tokens;
                    *to.add(column * panel + i) = if inside { *p.keys.at(token + i, column) } else { 0.0 };
                }
            }
        }
        for first in (0..p.width).step_by(panel) {
            let to = p.value_panels.add(first * p.tokens);
            for token in 0..p.tokens {
                let from = p.values.at(token, first);
                s.store(to.add(token * panel), s.load(from));
                s.store(to.add(token * panel + S::LANES), s.load(from.add(S::LANES)));
            }
        }
    }
}
