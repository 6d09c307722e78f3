//! Which sets of instructions there are kernels for, and which this machine has.

use std::fmt;

/// A set of instructions that the kernels are written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Isa {
    /// Plain Rust, right on every machine; the compiler vectorises what it can.
    Portable,
    /// x86-64 with AVX2 and FMA; int8 by `vpmaddubsw`.
    Avx2,
    /// AVX2 and FMA, int8 by the 256-bit `vpdpbusd` of AVX-VNNI. Written without such a machine at hand: the tests
    /// run it where there is one.
    AvxVnni,
    /// AVX-512 F, BW, DQ, VL; int8 by the 512-bit `vpdpbusd` of AVX512_VNNI.
    Avx512Vnni,
}

impl Isa {
    /// All of them, slowest first.
    pub const ALL: [Self; 4] = [Self::Portable, Self::Avx2, Self::AvxVnni, Self::Avx512Vnni];

    /// The fastest set that this machine has.
    pub fn detect() -> Self {
        Self::ALL.into_iter().rev().find(|isa| isa.is_available()).unwrap_or(Self::Portable)
    }

    /// Whether this machine has these instructions.
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    pub fn is_available(self) -> bool {
        use std::arch::is_x86_feature_detected as has;
        let avx2 = has!("avx2") && has!("fma");
        match self {
            Self::Portable => true,
            Self::Avx2 => avx2,
            Self::AvxVnni => avx2 && has!("avxvnni"),
            Self::Avx512Vnni => {
                avx2 && has!("avx512f")
                    && has!("avx512bw")
                    && has!("avx512dq")
                    && has!("avx512vl")
                    && has!("avx512vnni")
            }
        }
    }

    /// Whether this machine has these instructions.
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    pub fn is_available(self) -> bool {
        self == Self::Portable
    }

    /// Short name for logs and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::AvxVnni => "avx-vnni",
            Self::Avx512Vnni => "avx512-vnni",
        }
    }
}

impl fmt::Display for Isa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Isa;

    #[test]
    fn the_detected_set_is_available_and_portable_always_is() {
        assert!(Isa::detect().is_available());
        assert!(Isa::Portable.is_available());
    }
}
