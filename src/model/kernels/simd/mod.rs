//! One trait for the vector operations that the kernels need, and one implementation a set of instructions.
//!
//! A value of an implementing type is a token: whoever holds one has made sure that the machine has the
//! instructions, so operations on values are safe; those that take pointers are not. Nothing here knows
//! what an encoder is.

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx2;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod avx512;
mod portable;

#[cfg(all(target_arch = "x86_64", not(miri)))]
pub(super) use self::{
    avx2::{Avx2, AvxVnni},
    avx512::Avx512,
};
pub(super) use portable::Portable;

/// Vector operations on `LANES` floats, or as many 32-bit integers.
pub(super) trait Simd: Copy {
    /// Floats in a vector. A panel is two vectors wide.
    const LANES: usize;
    /// Rows of the largest f32 tile.
    const ROWS_F32: usize;
    /// Rows of the largest i8 tile.
    const ROWS_I8: usize;
    /// Whether `dot_pair` is exact only for weights kept as [`super::pack::LIMIT_OF_FOUR`] says.
    const SATURATES: bool;
    /// `LANES` floats.
    type F: Copy;
    /// `LANES` 32-bit integers, or `4 · LANES` bytes.
    type I: Copy;

    /// All lanes `value`.
    fn splat(self, value: f32) -> Self::F;
    /// # Safety
    /// `LANES` floats can be read at `from`.
    unsafe fn load(self, from: *const f32) -> Self::F;
    /// # Safety
    /// `LANES` floats can be written at `to`.
    unsafe fn store(self, to: *mut f32, value: Self::F);
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a · b + c`.
    fn mul_add(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// Nearest integer, ties to even, for |a| below 2²².
    fn round(self, a: Self::F) -> Self::F;
    /// `2^a` for whole `a` in −126..=127.
    fn pow2(self, a: Self::F) -> Self::F;
    /// Sum of the lanes.
    fn sum(self, a: Self::F) -> f32;
    /// Greatest lane.
    fn greatest(self, a: Self::F) -> f32;
    /// Writes whole floats within 0..=255 as bytes.
    ///
    /// # Safety
    /// `LANES` bytes can be written at `to`.
    unsafe fn store_bytes(self, to: *mut u8, value: Self::F);

    fn zero_int(self) -> Self::I;
    fn int_to_float(self, a: Self::I) -> Self::F;
    /// # Safety
    /// `4 · LANES` bytes can be read at `from`.
    unsafe fn load_int(self, from: *const i8) -> Self::I;
    /// The four bytes at `from`, in every lane.
    ///
    /// # Safety
    /// Four bytes can be read at `from`.
    unsafe fn splat_quad(self, from: *const u8) -> Self::I;
    /// In each lane `sum` + the products of four unsigned bytes of `a[i]` and four signed ones of `b[i]`, for both `i`.
    fn dot_pair(self, sum: Self::I, a: [Self::I; 2], b: [Self::I; 2]) -> Self::I;

    /// Asks for the cache line at `from` to be brought near; any address will do.
    #[inline(always)]
    fn prefetch<T>(self, _from: *const T) {}

    /// Writes an 8 × 8 block transposed.
    ///
    /// # Safety
    /// Eight floats can be read at each of `from + i · from_stride` and written at each of `to + i · to_stride`, i < 8.
    unsafe fn transpose8(self, from: *const f32, from_stride: usize, to: *mut f32, to_stride: usize) {
        for row in 0..8 {
            for column in 0..8 {
                // SAFETY: both offsets are within the blocks promised by the caller.
                unsafe { *to.add(column * to_stride + row) = *from.add(row * from_stride + column) };
            }
        }
    }
}
