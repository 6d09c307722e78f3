//! Arrays of eight, written so that the compiler vectorises them (SSE2, NEON).

use super::Simd;

/// Runs on every machine.
#[derive(Clone, Copy)]
pub(in super::super) struct Portable;

const LANES: usize = 8;
/// Adding and taking it away again rounds a float below 2²² to a whole number.
const ROUNDER: f32 = 12_582_912.0;

type Floats = [f32; LANES];
/// Sums use one element a lane; bytes use the four bytes of each element, lowest first.
type Ints = [i32; LANES];

#[inline(always)]
fn zip(a: Floats, b: Floats, f: impl Fn(f32, f32) -> f32) -> Floats {
    std::array::from_fn(|i| f(a[i], b[i]))
}

impl Simd for Portable {
    const LANES: usize = LANES;
    const ROWS_F32: usize = 4;
    const ROWS_I8: usize = 4;
    const SATURATES: bool = false;
    type F = Floats;
    type I = Ints;

    #[inline(always)]
    fn splat(self, value: f32) -> Floats {
        [value; LANES]
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Floats {
        // SAFETY: the caller promises that many floats; the read needs no alignment.
        unsafe { from.cast::<Floats>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: Floats) {
        // SAFETY: the caller promises room for that many floats; the write needs no alignment.
        unsafe { to.cast::<Floats>().write_unaligned(value) }
    }
    #[inline(always)]
    fn add(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn min(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn max(self, a: Floats, b: Floats) -> Floats {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn mul_add(self, a: Floats, b: Floats, c: Floats) -> Floats {
        // Not `f32::mul_add`: without an instruction for it that is a call into libm.
        std::array::from_fn(|i| a[i] * b[i] + c[i])
    }
    #[inline(always)]
    fn round(self, a: Floats) -> Floats {
        a.map(|a| (a + ROUNDER) - ROUNDER)
    }
    #[inline(always)]
    fn pow2(self, a: Floats) -> Floats {
        // The sum's lowest bits hold the whole number; shifted up they are the exponent.
        a.map(|a| f32::from_bits((a + (ROUNDER + 127.0)).to_bits() << 23))
    }
    #[inline(always)]
    fn sum(self, a: Floats) -> f32 {
        ((a[0] + a[4]) + (a[1] + a[5])) + ((a[2] + a[6]) + (a[3] + a[7]))
    }
    #[inline(always)]
    fn greatest(self, a: Floats) -> f32 {
        a.into_iter().fold(f32::NEG_INFINITY, f32::max)
    }
    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8, value: Floats) {
        let bytes = value.map(|value| value as u8);
        // SAFETY: the caller promises room for that many bytes.
        unsafe { to.cast::<[u8; LANES]>().write_unaligned(bytes) }
    }
    #[inline(always)]
    fn zero_int(self) -> Ints {
        [0; LANES]
    }
    #[inline(always)]
    fn int_to_float(self, a: Ints) -> Floats {
        a.map(|a| a as f32)
    }
    #[inline(always)]
    unsafe fn load_int(self, from: *const i8) -> Ints {
        // SAFETY: the caller promises that many bytes; the read needs no alignment.
        unsafe { from.cast::<[[u8; 4]; LANES]>().read_unaligned() }.map(i32::from_le_bytes)
    }
    #[inline(always)]
    unsafe fn splat_quad(self, from: *const u8) -> Ints {
        // SAFETY: the caller promises four bytes; the read needs no alignment.
        [i32::from_le_bytes(unsafe { from.cast::<[u8; 4]>().read_unaligned() }); LANES]
    }
    #[inline(always)]
    fn dot_pair(self, mut sum: Ints, a: [Ints; 2], b: [Ints; 2]) -> Ints {
        for (a, b) in a.into_iter().zip(b) {
            for lane in 0..LANES {
                for byte in 0..4 {
                    let unsigned = (a[lane] >> (8 * byte)) & 0xff;
                    let signed = (b[lane] << (24 - 8 * byte)) >> 24;
                    sum[lane] += unsigned * signed;
                }
            }
        }
        sum
    }
}
