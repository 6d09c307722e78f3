//! 512-bit vectors: AVX-512 F, BW, DQ, VL with AVX512_VNNI's dot product.

use std::arch::x86_64 as x86;
use std::arch::x86_64::{__m512, __m512i};

use super::{Simd, avx2};

/// AVX-512 with VNNI (and AVX2, FMA).
#[derive(Clone, Copy)]
pub(in super::super) struct Avx512(());

impl Avx512 {
    /// # Safety
    /// The machine has AVX2, FMA, AVX-512 F, BW, DQ, VL and AVX512_VNNI.
    #[inline(always)]
    pub(in super::super) unsafe fn new() -> Self {
        Self(())
    }
}

impl Simd for Avx512 {
    const LANES: usize = 16;
    const ROWS_F32: usize = 12;
    const ROWS_I8: usize = 12;
    const SATURATES: bool = false;
    type F = __m512;
    type I = __m512i;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the token proves AVX-512, the caller sixteen floats.
        unsafe { x86::_mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, value: __m512) {
        // SAFETY: the token proves AVX-512, the caller room for sixteen floats.
        unsafe { x86::_mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_div_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn mul_add(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn round(self, a: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_roundscale_ps::<{ x86::_MM_FROUND_TO_NEAREST_INT | x86::_MM_FROUND_NO_EXC }>(a) }
    }
    #[inline(always)]
    fn pow2(self, a: __m512) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe {
            let biased = x86::_mm512_add_epi32(x86::_mm512_cvtps_epi32(a), x86::_mm512_set1_epi32(127));
            x86::_mm512_castsi512_ps(x86::_mm512_slli_epi32::<23>(biased))
        }
    }
    #[inline(always)]
    fn sum(self, a: __m512) -> f32 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_reduce_add_ps(a) }
    }
    #[inline(always)]
    fn greatest(self, a: __m512) -> f32 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_reduce_max_ps(a) }
    }
    #[inline(always)]
    unsafe fn store_bytes(self, to: *mut u8, value: __m512) {
        // SAFETY: the token proves AVX-512, the caller room for sixteen bytes; the write needs no alignment.
        unsafe {
            let bytes = x86::_mm512_cvtusepi32_epi8(x86::_mm512_cvtps_epi32(value));
            x86::_mm_storeu_si128(to.cast(), bytes);
        }
    }
    #[inline(always)]
    fn zero_int(self) -> __m512i {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_setzero_si512() }
    }
    #[inline(always)]
    fn int_to_float(self, a: __m512i) -> __m512 {
        // SAFETY: the token proves AVX-512.
        unsafe { x86::_mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    unsafe fn load_int(self, from: *const i8) -> __m512i {
        // SAFETY: the token proves AVX-512, the caller 64 bytes.
        unsafe { x86::_mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn splat_quad(self, from: *const u8) -> __m512i {
        // SAFETY: the token proves AVX-512, the caller four bytes.
        unsafe { x86::_mm512_set1_epi32(from.cast::<i32>().read_unaligned()) }
    }
    #[inline(always)]
    fn dot_pair(self, sum: __m512i, a: [__m512i; 2], b: [__m512i; 2]) -> __m512i {
        // SAFETY: the token proves AVX512_VNNI.
        unsafe { x86::_mm512_dpbusd_epi32(x86::_mm512_dpbusd_epi32(sum, a[0], b[0]), a[1], b[1]) }
    }
    #[inline(always)]
    fn prefetch<T>(self, from: *const T) {
        // SAFETY: a prefetch reads nothing that the program could see, and never faults.
        unsafe { x86::_mm_prefetch::<{ x86::_MM_HINT_T1 }>(from.cast()) }
    }
    #[inline(always)]
    unsafe fn transpose8(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        // SAFETY: the token proves AVX2 too, the caller both blocks.
        unsafe { avx2::transpose8(from, from_stride, to, to_stride) }
    }
}
