//! The two matrix products, f32 and u8 · i8, by register tiles over packed panels, with what follows a
//! product (scale, bias, residual, non-linearity) done while the tile is at hand.

use super::{math::activate, shape::Activation, simd::Simd, view::View};

/// Bytes of one panel's stretch that should stay in the first-level cache.
const PANEL_BYTES: usize = 24 * 1024;

/// Bytes of a cache line.
const LINE: usize = 64;

/// What is done to a product before it is stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Finish {
    /// Multiplied into each row.
    pub row_scale: Option<*const f32>,
    /// Added, one value a column.
    pub bias: Option<*const f32>,
    /// Added, one value a cell.
    pub residual: Option<View<f32>>,
    /// Applied last.
    pub activation: Option<Activation>,
}

/// `c = finish(a · panels)` in f32.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProductF32 {
    /// `rows` rows of at least `depth` floats.
    pub a: View<f32>,
    pub rows: usize,
    pub depth: usize,
    /// `panel_count` panels of `[depth][2 · LANES]` floats.
    pub panels: *const f32,
    pub panel_count: usize,
    /// `rows` rows of `panel_count · 2 · LANES` floats.
    pub c: View<f32>,
    pub finish: Finish,
}

/// `c = finish(a · panels)` with bytes: `a` is `scale · byte + zero` by row, a weight is `column_scale · byte`.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProductI8 {
    /// `rows` rows of at least `depth` bytes.
    pub a: View<u8>,
    /// One scale and one zero point a row.
    pub scale: *const f32,
    pub zero: *const f32,
    pub rows: usize,
    /// Multiple of eight.
    pub depth: usize,
    /// `panel_count` panels of `[depth / 4][2 · LANES][4]` bytes.
    pub panels: *const i8,
    pub panel_count: usize,
    /// One scale a column, and that scale times the sum of the column's bytes.
    pub column_scale: *const f32,
    pub column_sum: *const f32,
    /// `rows` rows of `panel_count · 2 · LANES` floats.
    pub c: View<f32>,
    pub finish: Finish,
}

/// A stretch of the f32 product that one call of the tile computes.
#[derive(Clone, Copy)]
struct Stretch {
    row: usize,
    panel: usize,
    from: usize,
    to: usize,
}

/// Calls `$tile` with the constant row count that equals `$rows`.
macro_rules! with_rows {
    ($rows:expr, $most:expr, $tile:ident, $($argument:expr),*) => {
        match $rows {
            1 => $tile::<S, 1>($($argument),*),
            2 => $tile::<S, 2>($($argument),*),
            3 => $tile::<S, 3>($($argument),*),
            4 => $tile::<S, 4>($($argument),*),
            5 if $most > 4 => $tile::<S, 5>($($argument),*),
            6 if $most > 4 => $tile::<S, 6>($($argument),*),
            7 if $most > 6 => $tile::<S, 7>($($argument),*),
            8 if $most > 6 => $tile::<S, 8>($($argument),*),
            9 if $most > 6 => $tile::<S, 9>($($argument),*),
            10 if $most > 6 => $tile::<S, 10>($($argument),*),
            11 if $most > 6 => $tile::<S, 11>($($argument),*),
            12 if $most > 6 => $tile::<S, 12>($($argument),*),
            _ => unreachable!("tiles have at most `ROWS` rows"),
        }
    };
}

/// # Safety
/// Every pointer of `p` reaches as far as its comment says, and nobody else writes there meanwhile.
#[inline(always)]
pub(super) unsafe fn product_f32<S: Simd>(s: S, p: &ProductF32) {
    let width = 2 * S::LANES;
    let longest = PANEL_BYTES / (4 * width);
    let parts = p.depth.div_ceil(longest).max(1);
    for panel in 0..p.panel_count {
        for part in 0..parts {
            let (from, to) = (p.depth * part / parts, p.depth * (part + 1) / parts);
            for (row, rows) in tiles(p.rows, S::ROWS_F32) {
                let at = Stretch { row, panel, from, to };
                // SAFETY: the stretch lies inside the product, whose pointers the caller vouches for.
                unsafe { with_rows!(rows, S::ROWS_F32, tile_f32, s, p, at) }
            }
        }
    }
}

/// # Safety
/// Every pointer of `p` reaches as far as its comment says, and nobody else writes there meanwhile.
#[inline(always)]
pub(super) unsafe fn product_i8<S: Simd>(s: S, p: &ProductI8) {
    for panel in 0..p.panel_count {
        for (row, rows) in tiles(p.rows, S::ROWS_I8) {
            // SAFETY: the tile lies inside the product, whose pointers the caller vouches for.
            unsafe { with_rows!(rows, S::ROWS_I8, tile_i8, s, p, row, panel) }
        }
    }
}

/// Cuts `rows` into the fewest tiles of at most `most` rows, as even as can be: (first row, rows).
#[inline(always)]
fn tiles(rows: usize, most: usize) -> impl Iterator<Item = (usize, usize)> {
    let count = rows.div_ceil(most);
    (0..count).map(move |i| (rows * i / count, rows * (i + 1) / count - rows * i / count))
}

#[inline(always)]
unsafe fn tile_f32<S: Simd, const ROWS: usize>(s: S, p: &ProductF32, at: Stretch) {
    let width = 2 * S::LANES;
    let mut sums = [[s.splat(0.0); 2]; ROWS];
    // SAFETY: row, panel and depth are inside the product, whose pointers the caller vouches for.
    unsafe {
        let mut panel = p.panels.add((at.panel * p.depth + at.from) * width);
        let a: [*const f32; ROWS] = std::array::from_fn(|i| apart(p.a.at(at.row + i, at.from)));
        // While the first tile runs, the weights of the next stretch are brought near: they are wanted all at once,
        // which the hardware would notice too late. Later tiles only name what they are reading.
        let ahead = if at.row == 0 { (at.to - at.from) * width } else { 0 };
        for k in 0..at.to - at.from {
            for line in (0..width).step_by(LINE / 4) {
                s.prefetch(panel.wrapping_add(ahead + line));
            }
            let b = [s.load(panel), s.load(panel.add(S::LANES))];
            panel = panel.add(width);
            for (sum, a) in sums.iter_mut().zip(a) {
                let a = s.splat(*a.add(k));
                *sum = [s.mul_add(a, b[0], sum[0]), s.mul_add(a, b[1], sum[1])];
            }
        }
        let column = at.panel * width;
        if at.from > 0 {
            for (i, sum) in sums.iter_mut().enumerate() {
                let c = p.c.at(at.row + i, column);
                *sum = [s.add(sum[0], s.load(c)), s.add(sum[1], s.load(c.add(S::LANES)))];
            }
        }
        if at.to == p.depth {
            store(s, &p.finish, p.c, at.row, column, sums);
        } else {
            for (i, sum) in sums.iter().enumerate() {
                let c = p.c.at(at.row + i, column);
                s.store(c, sum[0]);
                s.store(c.add(S::LANES), sum[1]);
            }
        }
    }
}

#[inline(always)]
unsafe fn tile_i8<S: Simd, const ROWS: usize>(s: S, p: &ProductI8, row: usize, panel: usize) {
    let width = 2 * S::LANES;
    let step = 4 * S::LANES;
    let mut sums = [[s.zero_int(); 2]; ROWS];
    // SAFETY: row, panel and depth are inside the product, whose pointers the caller vouches for.
    unsafe {
        let mut b_at = p.panels.add(panel * p.depth * width);
        let a: [*const u8; ROWS] = std::array::from_fn(|i| apart(p.a.at(row + i, 0)));
        let ahead = if row == 0 { p.depth * width } else { 0 };
        for k in (0..p.depth).step_by(8) {
            for line in (0..4 * step).step_by(LINE) {
                s.prefetch(b_at.wrapping_add(ahead + line));
            }
            let b: [S::I; 4] = std::array::from_fn(|i| s.load_int(b_at.add(i * step)));
            b_at = b_at.add(4 * step);
            for (sum, a) in sums.iter_mut().zip(a) {
                let a = [s.splat_quad(a.add(k)), s.splat_quad(a.add(k + 4))];
                *sum = [s.dot_pair(sum[0], a, [b[0], b[2]]), s.dot_pair(sum[1], a, [b[1], b[3]])];
            }
        }
        let column = panel * width;
        let mut values = [[s.splat(0.0); 2]; ROWS];
        for half in 0..2 {
            let column = column + half * S::LANES;
            let column_scale = s.load(p.column_scale.add(column));
            let column_sum = s.load(p.column_sum.add(column));
            for (i, value) in values.iter_mut().enumerate() {
                let weighted = s.mul(s.int_to_float(sums[i][half]), column_scale);
                let shift = s.mul(s.splat(*p.zero.add(row + i)), column_sum);
                value[half] = s.mul_add(weighted, s.splat(*p.scale.add(row + i)), shift);
            }
        }
        store(s, &p.finish, p.c, row, column, values);
    }
}

/// The same address, with its origin hidden from the compiler: knowing that the rows of a tile lie at even
/// distances it would compute each row's address from the one before, in the innermost loop.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[inline(always)]
fn apart<T>(row: *mut T) -> *const T {
    let mut row = row.cast_const();
    // SAFETY: there is no instruction.
    unsafe {
        std::arch::asm!("/* {0} */", inout(reg) row, options(pure, readonly, nostack, preserves_flags));
    };
    row
}

/// The same address.
#[cfg(not(all(target_arch = "x86_64", not(miri))))]
#[inline(always)]
fn apart<T>(row: *mut T) -> *const T {
    row.cast_const()
}

/// Finishes a tile and stores it.
#[inline(always)]
unsafe fn store<S: Simd, const ROWS: usize>(
    s: S,
    finish: &Finish,
    c: View<f32>,
    row: usize,
    column: usize,
    mut tile: [[S::F; 2]; ROWS],
) {
    // SAFETY: the tile lies inside the product, whose pointers the caller vouches for.
    unsafe {
        if let Some(scale) = finish.row_scale {
            for (i, values) in tile.iter_mut().enumerate() {
                let scale = s.splat(*scale.add(row + i));
                *values = [s.mul(values[0], scale), s.mul(values[1], scale)];
            }
        }
        if let Some(bias) = finish.bias {
            let bias = [s.load(bias.add(column)), s.load(bias.add(column + S::LANES))];
            for values in &mut tile {
                *values = [s.add(values[0], bias[0]), s.add(values[1], bias[1])];
            }
        }
        if let Some(residual) = finish.residual {
            for (i, values) in tile.iter_mut().enumerate() {
                let from = residual.at(row + i, column);
                *values = [s.add(values[0], s.load(from)), s.add(values[1], s.load(from.add(S::LANES)))];
            }
        }
        for (i, values) in tile.iter().enumerate() {
            let to = c.at(row + i, column);
            s.store(to, values[0]);
            s.store(to.add(S::LANES), values[1]);
        }
        // Not unrolled with the tile: the non-linearity is long, and the tile is still in the nearest cache.
        if let Some(activation) = finish.activation {
            for i in 0..ROWS {
                for half in 0..2 {
                    let cell = c.at(row + i, column + half * S::LANES);
                    s.store(cell, activate(s, activation, s.load(cell)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tiles;

    #[test]
    fn tiles_cover_every_row_once_and_are_even() {
        for most in [4, 6, 12] {
            for rows in 0..60 {
                let mut next = 0;
                for (row, count) in tiles(rows, most) {
                    assert_eq!(row, next);
                    assert!((1..=most).contains(&count));
                    next += count;
                }
                assert_eq!(next, rows);
            }
        }
    }
}
