//! What one core can do at most: the multiply instructions alone, on registers.
#![expect(unsafe_code, reason = "vector intrinsics, to measure them")]

/// Peaks in 10⁹ operations a second (a multiply and an add are two).
#[cfg(target_arch = "x86_64")]
pub fn report() -> String {
    use std::arch::is_x86_feature_detected as has;
    let mut parts = Vec::new();
    if has!("avx2") && has!("fma") {
        // SAFETY: the machine has AVX2 and FMA.
        parts.push(format!(
            "f32 FMA 256 {:.0}", // SAFETY: the features were just detected.
            best(|| unsafe { x86::fma(ROUNDS) })
        ));
        // SAFETY: the machine has AVX2.
        parts.push(format!(
            "vpmaddubsw alone {:.0}",
            // SAFETY: the features were just detected.
            best(|| unsafe { x86::maddubs(ROUNDS) })
        ));
        // SAFETY: the machine has AVX2.
        parts.push(format!(
            "vpmaddubsw + vpmaddwd + vpaddd {:.0}",
            // SAFETY: the features were just detected.
            best(|| unsafe { x86::widened(ROUNDS) })
        ));
    }
    if has!("avx512f") && has!("avx512vnni") {
        // SAFETY: the machine has AVX-512.
        parts.push(format!(
            "f32 FMA 512 {:.0}",
            // SAFETY: the features were just detected.
            best(|| unsafe { x86::fma512(ROUNDS) })
        ));
        // SAFETY: the machine has AVX512_VNNI.
        parts.push(format!(
            "vpdpbusd 512 {:.0}",
            // SAFETY: the features were just detected.
            best(|| unsafe { x86::dpbusd(ROUNDS) })
        ));
    }
    parts.join(", ")
}

/// Nothing is measured elsewhere.
#[cfg(not(target_arch = "x86_64"))]
pub fn report() -> String {
    "not measured on this architecture".to_owned()
}

#[cfg(target_arch = "x86_64")]
const ROUNDS: usize = 2_000_000;

/// Best of a few runs; `run` returns its number of operations.
#[cfg(target_arch = "x86_64")]
fn best(mut run: impl FnMut() -> usize) -> f64 {
    let once = |run: &mut dyn FnMut() -> usize| {
        let start = std::time::Instant::now();
        run() as f64 / start.elapsed().as_secs_f64() / 1e9
    };
    (0..12).map(|_| once(&mut run)).fold(0.0, f64::max)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64 as x86;
    use std::hint::black_box;

    #[target_feature(enable = "avx2,fma")]
    pub unsafe fn fma(rounds: usize) -> usize {
        let x = black_box(x86::_mm256_set1_ps(0.999));
        let mut sums = [x; 12];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = x86::_mm256_fmadd_ps(x, x, *sum);
            }
        }
        black_box(sums);
        rounds * 12 * 16
    }

    #[target_feature(enable = "avx512f")]
    pub unsafe fn fma512(rounds: usize) -> usize {
        let x = black_box(x86::_mm512_set1_ps(0.999));
        let mut sums = [x; 24];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = x86::_mm512_fmadd_ps(x, x, *sum);
            }
        }
        black_box(sums);
        rounds * 24 * 32
    }

    #[target_feature(enable = "avx512f,avx512vnni")]
    pub unsafe fn dpbusd(rounds: usize) -> usize {
        let x = black_box(x86::_mm512_set1_epi32(0x0101_0101));
        let mut sums = [x; 24];
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = x86::_mm512_dpbusd_epi32(*sum, x, x);
            }
        }
        black_box(sums);
        rounds * 24 * 128
    }

    #[target_feature(enable = "avx2")]
    pub unsafe fn maddubs(rounds: usize) -> usize {
        let mut sums = black_box([x86::_mm256_set1_epi32(0x0101_0101); 12]);
        let x = black_box(x86::_mm256_set1_epi32(0x0101_0101));
        for _ in 0..rounds {
            for sum in &mut sums {
                *sum = x86::_mm256_maddubs_epi16(*sum, x);
            }
        }
        black_box(sums);
        rounds * 12 * 64
    }

    /// The usual int8 step: products in pairs, widened to 32 bits, added. Each product is made anew.
    #[target_feature(enable = "avx2")]
    pub unsafe fn widened(rounds: usize) -> usize {
        let ones = black_box(x86::_mm256_set1_epi16(1));
        let x = black_box(x86::_mm256_set1_epi32(0x0101_0101));
        let mut sums = [x86::_mm256_setzero_si256(); 12];
        for _ in 0..rounds {
            for sum in &mut sums {
                let pairs = x86::_mm256_maddubs_epi16(*sum, x);
                *sum = x86::_mm256_add_epi32(*sum, x86::_mm256_madd_epi16(pairs, ones));
            }
        }
        black_box(sums);
        rounds * 12 * 64
    }
}
