//! 256-bit vectors: AVX2 with FMA, and the same with AVX-VNNI's dot product.

use std::arch::x86_64 as x86;
use std::arch::x86_64::{__m256, __m256i};

use super::Simd;

/// AVX2 and FMA.
#[derive(Clone, Copy)]
pub(in super::super) struct Avx2(());

/// AVX2, FMA and AVX-VNNI.
#[derive(Clone, Copy)]
pub(in super::super) struct AvxVnni(());

impl Avx2 {
    /// # Safety
    /// The machine has AVX2 and FMA.
    #[inline(always)]
    pub(in super::super) unsafe fn new() -> Self {
        Self(())
    }

    /// Four byte products a lane, twice. The sixteen-bit sums of two products each are added before they are
    /// widened, which halves the widening; weights are kept so small (`pack`) that none of this saturates.
    #[inline(always)]
    fn dot(sum: __m256i, a: [__m256i; 2], b: [__m256i; 2]) -> __m256i {
        // SAFETY: only called with a token at hand, which proves AVX2.
        unsafe {
            let pairs = x86::_mm256_add_epi16(
                x86::_mm256_maddubs_epi16(a[0], b[0]),
                x86::_mm256_maddubs_epi16(a[1], b[1]),
            );
            x86::_mm256_add_epi32(sum, x86::_mm256_madd_epi16(pairs, x86::_mm256_set1_epi16(1)))
        }
    }
}

impl AvxVnni {
    /// # Safety
    /// The machine has AVX2, FMA and AVX-VNNI.
    #[inline(always)]
    pub(in super::super) unsafe fn new() -> Self {
        Self(())
    }

    #[inline(always)]
    fn dot(sum: __m256i, a: [__m256i; 2], b: [__m256i; 2]) -> __m256i {
        // SAFETY: only called with a token at hand, which proves AVX-VNNI.
        unsafe { x86::_mm256_dpbusd_avx_epi32(x86::_mm256_dpbusd_avx_epi32(sum, a[0], b[0]), a[1], b[1]) }
    }
}

#[inline(always)]
fn halves(a: __m256) -> (x86::__m128, x86::__m128) {
    // SAFETY: only called with a token at hand, which proves AVX2.
    unsafe { (x86::_mm256_castps256_ps128(a), x86::_mm256_extractf128_ps::<1>(a)) }
}

/// `transpose8` for any machine with AVX2.
///
/// # Safety
/// As `Simd::transpose8`, and the machine has AVX2.
#[inline(always)]
pub(super) unsafe fn transpose8(from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
    // SAFETY: the caller promises the instructions and both blocks.
    unsafe {
        let row = |i: usize| x86::_mm256_loadu_ps(from.add(i * from_stride));
        let mut pairs = [x86::_mm256_setzero_ps(); 8];
        for i in 0..4 {
            pairs[2 * i] = x86::_mm256_unpacklo_ps(row(2 * i), row(2 * i + 1));
            pairs[2 * i + 1] = x86::_mm256_unpackhi_ps(row(2 * i), row(2 * i + 1));
        }
        let mut quads = [x86::_mm256_setzero_ps(); 8];
        for i in 0..2 {
            for half in 0..2 {
                let (low, high) = (pairs[4 * i + half], pairs[4 * i + half + 2]);
                quads[4 * i + 2 * half] = x86::_mm256_shuffle_ps::<0x44>(low, high);
                quads[4 * i + 2 * half + 1] = x86::_mm256_shuffle_ps::<0xee>(low, high);
            }
        }
        for i in 0..4 {
            let (low, high) = (quads[i], quads[i + 4]);
            x86::_mm256_storeu_ps(to.add(i * to_stride), x86::_mm256_permute2f128_ps::<0x20>(low, high));
            x86::_mm256_storeu_ps(
                to.add((i + 4) * to_stride),
                x86::_mm256_permute2f128_ps::<0x31>(low, high),
            );
        }
    }
}

macro_rules! simd_256 {
    ($token:ty, saturates: $saturates:literal, rows_i8: $rows_i8:literal) => {
        impl Simd for $token {
            const LANES: usize = 8;
            const ROWS_F32: usize = 6;
            const ROWS_I8: usize = $rows_i8;
            const SATURATES: bool = $saturates;
            type F = __m256;
            type I = __m256i;

            #[inline(always)]
            fn splat(self, value: f32) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_set1_ps(value) }
            }
            #[inline(always)]
            unsafe fn load(self, from: *const f32) -> __m256 {
                // SAFETY: the token proves AVX2, the caller eight floats.
                unsafe { x86::_mm256_loadu_ps(from) }
            }
            #[inline(always)]
            unsafe fn store(self, to: *mut f32, value: __m256) {
                // SAFETY: the token proves AVX2, the caller room for eight floats.
                unsafe { x86::_mm256_storeu_ps(to, value) }
            }
            #[inline(always)]
            fn add(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_add_ps(a, b) }
            }
            #[inline(always)]
            fn sub(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_sub_ps(a, b) }
            }
            #[inline(always)]
            fn mul(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_mul_ps(a, b) }
            }
            #[inline(always)]
            fn div(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_div_ps(a, b) }
            }
            #[inline(always)]
            fn min(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_min_ps(a, b) }
            }
            #[inline(always)]
            fn max(self, a: __m256, b: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_max_ps(a, b) }
            }
            #[inline(always)]
            fn mul_add(self, a: __m256, b: __m256, c: __m256) -> __m256 {
                // SAFETY: the token proves FMA.
                unsafe { x86::_mm256_fmadd_ps(a, b, c) }
            }
            #[inline(always)]
            fn round(self, a: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe {
                    x86::_mm256_round_ps::<{ x86::_MM_FROUND_TO_NEAREST_INT | x86::_MM_FROUND_NO_EXC }>(a)
                }
            }
            #[inline(always)]
            fn pow2(self, a: __m256) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe {
                    let biased =
                        x86::_mm256_add_epi32(x86::_mm256_cvtps_epi32(a), x86::_mm256_set1_epi32(127));
                    x86::_mm256_castsi256_ps(x86::_mm256_slli_epi32::<23>(biased))
                }
            }
            #[inline(always)]
            fn sum(self, a: __m256) -> f32 {
                let (low, high) = halves(a);
                // SAFETY: the token proves AVX2.
                unsafe {
                    let four = x86::_mm_add_ps(low, high);
                    let two = x86::_mm_add_ps(four, x86::_mm_movehl_ps(four, four));
                    x86::_mm_cvtss_f32(x86::_mm_add_ss(two, x86::_mm_shuffle_ps::<1>(two, two)))
                }
            }
            #[inline(always)]
            fn greatest(self, a: __m256) -> f32 {
                let (low, high) = halves(a);
                // SAFETY: the token proves AVX2.
                unsafe {
                    let four = x86::_mm_max_ps(low, high);
                    let two = x86::_mm_max_ps(four, x86::_mm_movehl_ps(four, four));
                    x86::_mm_cvtss_f32(x86::_mm_max_ss(two, x86::_mm_shuffle_ps::<1>(two, two)))
                }
            }
            #[inline(always)]
            unsafe fn store_bytes(self, to: *mut u8, value: __m256) {
                // SAFETY: the token proves AVX2, the caller room for eight bytes; the write needs no alignment.
                unsafe {
                    let ints = x86::_mm256_cvtps_epi32(value);
                    let (low, high) =
                        (x86::_mm256_castsi256_si128(ints), x86::_mm256_extracti128_si256::<1>(ints));
                    let words = x86::_mm_packs_epi32(low, high);
                    x86::_mm_storel_epi64(to.cast(), x86::_mm_packus_epi16(words, words));
                }
            }
            #[inline(always)]
            fn zero_int(self) -> __m256i {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_setzero_si256() }
            }
            #[inline(always)]
            fn int_to_float(self, a: __m256i) -> __m256 {
                // SAFETY: the token proves AVX2.
                unsafe { x86::_mm256_cvtepi32_ps(a) }
            }
            #[inline(always)]
            unsafe fn load_int(self, from: *const i8) -> __m256i {
                // SAFETY: the token proves AVX2, the caller 32 bytes.
                unsafe { x86::_mm256_loadu_si256(from.cast()) }
            }
            #[inline(always)]
            unsafe fn splat_quad(self, from: *const u8) -> __m256i {
                // SAFETY: the token proves AVX2, the caller four bytes.
                unsafe { x86::_mm256_set1_epi32(from.cast::<i32>().read_unaligned()) }
            }
            #[inline(always)]
            fn dot_pair(self, sum: __m256i, a: [__m256i; 2], b: [__m256i; 2]) -> __m256i {
                Self::dot(sum, a, b)
            }
            #[inline(always)]
            fn prefetch<T>(self, from: *const T) {
                // SAFETY: a prefetch reads nothing that the program could see, and never faults.
                unsafe { x86::_mm_prefetch::<{ x86::_MM_HINT_T1 }>(from.cast()) }
            }
            #[inline(always)]
            unsafe fn transpose8(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
                // SAFETY: the token proves AVX2, the caller both blocks.
                unsafe { transpose8(from, from_stride, to, to_stride) }
            }
        }
    };
}

simd_256!(Avx2, saturates: true, rows_i8: 4);
simd_256!(AvxVnni, saturates: false, rows_i8: 6);
