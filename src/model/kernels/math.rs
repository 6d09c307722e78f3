//! Vector exp, erf and the feed-forward's non-linearities.

use super::{shape::Activation, simd::Simd};

/// Below this `exp` is held at about 1e-38, so that results stay normal numbers.
const EXP_LOW: f32 = -87.3;
/// Above this `exp` is held at about 2e38, so that results stay finite.
const EXP_HIGH: f32 = 88.3;

/// `e^x`, relative error below 2e-7 (Cephes `expf`: reduction by ln 2 in two parts, polynomial of degree 6).
#[inline(always)]
pub(super) fn exp<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.max(s.min(x, s.splat(EXP_HIGH)), s.splat(EXP_LOW));
    let whole = s.round(s.mul(x, s.splat(std::f32::consts::LOG2_E)));
    let rest = s.mul_add(whole, s.splat(-0.693_359_4), x);
    let rest = s.mul_add(whole, s.splat(2.121_944_4e-4), rest);
    let mut p = s.splat(1.987_569_1e-4);
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = s.mul_add(p, rest, s.splat(coefficient));
    }
    let fraction = s.add(s.mul_add(p, s.mul(rest, rest), rest), s.splat(1.0));
    s.mul(fraction, s.pow2(whole))
}

/// Beyond this the error function is one, to the accuracy of `erf`.
const ERF_END: f32 = 3.7;
/// `2 / ERF_END²`: takes `x²` to −1..=1, less one.
const ERF_SCALE: f32 = 0.146_092_04;
/// `erf(x) / x` as a polynomial of `ERF_SCALE · x² − 1`, highest power first: a minimax fit on 0..=`ERF_END`
/// (Lawson's iteration), raised by 4e-7 so that it reaches one at the end.
const ERF: [f32; 14] = [
    -1.504_677_6e-3,
    3.927_415e-3,
    -3.647_334_2e-3,
    5.223_224e-3,
    -1.415_171_2e-2,
    2.514_616e-2,
    -3.620_026_3e-2,
    5.147_537_2e-2,
    -7.043_666_4e-2,
    9.062_492e-2,
    -0.112_645_6,
    0.140_789_58,
    -0.190_467_8,
    0.382_137_7,
];

/// Error function, absolute error below 1e-6, and exactly ±1 where |x| is above 3.7. No division, no `exp`.
#[inline(always)]
pub(super) fn erf<S: Simd>(s: S, x: S::F) -> S::F {
    let x = s.max(s.min(x, s.splat(ERF_END)), s.splat(-ERF_END));
    let place = s.mul_add(s.mul(x, x), s.splat(ERF_SCALE), s.splat(-1.0));
    let mut sum = s.splat(ERF[0]);
    for &coefficient in &ERF[1..] {
        sum = s.mul_add(sum, place, s.splat(coefficient));
    }
    s.max(s.min(s.mul(sum, x), s.splat(1.0)), s.splat(-1.0))
}

/// The feed-forward's non-linearity.
#[inline(always)]
pub(super) fn activate<S: Simd>(s: S, activation: Activation, x: S::F) -> S::F {
    match activation {
        Activation::Relu => s.max(x, s.splat(0.0)),
        Activation::Gelu => {
            let half = s.mul(x, s.splat(0.5));
            s.mul_add(half, erf(s, s.mul(x, s.splat(std::f32::consts::FRAC_1_SQRT_2))), half)
        }
        // 0.5 x (1 + tanh u) = x / (1 + e^-2u), u = √(2/π) (x + 0.044715 x³).
        Activation::GeluTanh => {
            let cube = s.mul(s.mul(x, x), s.splat(0.044_715));
            let u = s.mul(s.mul_add(cube, x, x), s.splat(-1.595_769_2));
            s.div(x, s.add(s.splat(1.0), exp(s, u)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Activation, activate, erf, exp};
    use crate::model::kernels::simd::{Portable, Simd};

    /// erf to 1e-12 by its Taylor series (|x| ≤ 3) or the continued fraction of erfc.
    fn exact_erf(x: f64) -> f64 {
        let z = x.abs();
        let value = if z < 3.0 {
            let (mut term, mut sum) = (z, z);
            for n in 1..120 {
                term *= -z * z / f64::from(n);
                sum += term / f64::from(2 * n + 1);
            }
            sum * std::f64::consts::FRAC_2_SQRT_PI
        } else {
            let fraction = (1..200).rev().fold(0.0, |rest, n| f64::from(n) / 2.0 / (z + rest));
            1.0 - (-z * z).exp() / std::f64::consts::PI.sqrt() / (z + fraction)
        };
        value.copysign(x)
    }

    fn points() -> impl Iterator<Item = f32> {
        (-6000..=6000).map(|i| i as f32 / 1000.0)
    }

    #[test]
    fn erf_is_right_to_a_millionth() {
        for x in points() {
            let found = f64::from(erf(Portable, Portable.splat(x))[0]);
            assert!((found - exact_erf(f64::from(x))).abs() <= 1e-6, "erf({x}) = {found}");
        }
    }

    #[test]
    fn exp_is_right_to_float_accuracy_and_always_finite() {
        for x in points().map(|x| x * 14.0) {
            let found = f64::from(exp(Portable, Portable.splat(x))[0]);
            assert!((found / f64::from(x).exp() - 1.0).abs() <= 3e-7, "exp({x}) = {found}");
        }
        for x in [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45] {
            assert!(exp(Portable, Portable.splat(x))[0].is_normal());
        }
    }

    #[test]
    fn the_non_linearities_follow_their_definitions() {
        for x in points() {
            let exact = f64::from(x);
            let cases = [
                (Activation::Relu, exact.max(0.0)),
                (Activation::Gelu, 0.5 * exact * (1.0 + exact_erf(exact * std::f64::consts::FRAC_1_SQRT_2))),
                (
                    Activation::GeluTanh,
                    0.5 * exact
                        * (1.0
                            + (std::f64::consts::FRAC_2_PI.sqrt() * (exact + 0.044_715 * exact.powi(3)))
                                .tanh()),
                ),
            ];
            for (activation, expected) in cases {
                let found = f64::from(activate(Portable, activation, Portable.splat(x))[0]);
                assert!(
                    (found - expected).abs() <= 1e-6 * exact.abs().max(1.0),
                    "{activation:?}({x}) = {found}"
                );
            }
        }
    }
}
