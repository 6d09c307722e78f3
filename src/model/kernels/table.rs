//! The kernels compiled for each set of instructions, chosen once when an encoder is built.
//!
//! The generic code is written once and inlined into a function that enables the instructions; the rest of
//! the forward calls through this table.

use super::{
    isa::Isa,
    product::{self, ProductF32, ProductI8},
    rows::{self, Norm, PackHead, Quantize, Softmax},
    simd::{self, Simd},
};

/// The kernels of one set of instructions.
///
/// Calling any of them asks for two things: the machine has the instructions, and the argument's pointers
/// reach as far as its comments say while nobody else writes there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Table {
    /// Columns of a panel.
    pub panel: usize,
    /// Whether i8 weights must be kept small (see `pack`).
    pub saturates: bool,
    pub product_f32: unsafe fn(&ProductF32),
    pub product_i8: unsafe fn(&ProductI8),
    pub norm: unsafe fn(&Norm),
    pub quantize: unsafe fn(&Quantize),
    pub softmax: unsafe fn(&Softmax),
    pub pack_head: unsafe fn(&PackHead),
}

/// Makes a module with the kernels of one token type, and their table.
macro_rules! kernels {
    ($module:ident, $token:ty, $make:expr $(, $feature:literal)?) => {
        mod $module {
            use super::{product, rows, simd, Norm, PackHead, ProductF32, ProductI8, Quantize, Simd, Softmax, Table};

            kernels!(@each $token, $make, [$($feature)?],
                product_f32: product::product_f32(ProductF32),
                product_i8: product::product_i8(ProductI8),
                norm: rows::norm(Norm),
                quantize: rows::quantize(Quantize),
                softmax: rows::softmax(Softmax),
                pack_head: rows::pack_head(PackHead)
            );

            pub(super) const TABLE: Table = Table {
                panel: 2 * <$token as Simd>::LANES,
                saturates: <$token as Simd>::SATURATES,
                product_f32, product_i8, norm, quantize, softmax, pack_head,
            };
        }
    };
    (@each $token:ty, $make:expr, $features:tt, $($name:ident: $room:ident::$inner:ident($argument:ty)),*) => {
        $(kernels!(@one $token, $make, $features, $name, $room::$inner, $argument);)*
    };
    (@one $token:ty, $make:expr, [$($feature:literal)?], $name:ident, $inner:path, $argument:ty) => {
        $(#[target_feature(enable = $feature)])?
        unsafe fn $name(argument: &$argument) {
            // SAFETY: the caller vouches for the machine and for the argument's pointers.
            unsafe { $inner($make, argument) }
        }
    };
}

kernels!(portable, simd::Portable, simd::Portable);
#[cfg(all(target_arch = "x86_64", not(miri)))]
kernels!(avx2, simd::Avx2, simd::Avx2::new(), "avx2,fma");
#[cfg(all(target_arch = "x86_64", not(miri)))]
kernels!(avx_vnni, simd::AvxVnni, simd::AvxVnni::new(), "avx2,fma,avxvnni");
#[cfg(all(target_arch = "x86_64", not(miri)))]
kernels!(
    avx512_vnni,
    simd::Avx512,
    simd::Avx512::new(),
    "avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512vnni"
);

impl Table {
    /// The kernels for `isa`, or `None` where this machine cannot run them.
    pub(super) fn of(isa: Isa) -> Option<Self> {
        if !isa.is_available() {
            return None;
        }
        match isa {
            Isa::Portable => Some(portable::TABLE),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx2 => Some(avx2::TABLE),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::AvxVnni => Some(avx_vnni::TABLE),
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            Isa::Avx512Vnni => Some(avx512_vnni::TABLE),
            #[cfg(not(all(target_arch = "x86_64", not(miri))))]
            _ => None,
        }
    }
}
