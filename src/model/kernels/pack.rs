//! Packing a linear layer's weights into panels, once, when an encoder is built.
//!
//! A panel holds a few output columns for all inputs, in the order in which a tile reads them. Where rows
//! and inputs come from (fused layers, padded heads) is the caller's list; here it is only laid out.

use super::{buffer::Buffer, weights::LinearWeights};

/// With `vpmaddubsw` four products of unsigned bytes share a 16-bit sum, so the positive weights of such a
/// group may add up to 128 at most, and the negative ones to −128: 128 · 255 is below 2¹⁵.
pub(super) const LIMIT_OF_FOUR: i32 = 128;

/// The inputs, within eight, whose products share one 16-bit sum.
const GROUPS_OF_FOUR: [[usize; 4]; 2] = [[0, 1, 4, 5], [2, 3, 6, 7]];

/// Where one padded output column comes from: nowhere (zeros), or a row of a layer times a factor.
pub(super) type Column<'a> = Option<(&'a LinearWeights<'a>, usize, f32)>;

/// A linear layer before packing: padded outputs and padded inputs in the order wanted.
pub(super) struct Plan<'a> {
    /// One entry a padded output, a multiple of the panel.
    pub columns: Vec<Column<'a>>,
    /// For each padded input its index in the weights; a multiple of eight entries.
    pub inputs: Vec<Option<usize>>,
    /// Inputs of the weights.
    pub width: usize,
}

/// Packed f32 weights: panels of `[depth][panel]`.
pub(super) struct PackedF32 {
    pub panels: Buffer<f32>,
}

/// Packed i8 weights: panels of `[depth / 4][panel][4]`.
pub(super) struct PackedI8 {
    pub panels: Buffer<i8>,
    /// One scale a column.
    pub scale: Buffer<f32>,
    /// The scale times the sum of the column's bytes.
    pub sum: Buffer<f32>,
}

impl Plan<'_> {
    pub(super) fn depth(&self) -> usize {
        self.inputs.len()
    }

    /// The padded bias.
    pub(super) fn bias(&self) -> Buffer<f32> {
        let bias: Vec<f32> = self
            .columns
            .iter()
            .map(|column| column.map_or(0.0, |(layer, row, by)| layer.bias[row] * by))
            .collect();
        Buffer::padded(&bias, bias.len())
    }

    /// Greatest weight of each padded input over all outputs.
    pub(super) fn input_peaks(&self) -> Vec<f32> {
        let mut peaks = vec![0.0_f32; self.depth()];
        let mut row = vec![0.0; self.depth()];
        for column in &self.columns {
            self.read(column, None, &mut row);
            for (peak, weight) in peaks.iter_mut().zip(&row) {
                *peak = peak.max(weight.abs());
            }
        }
        peaks
    }

    pub(super) fn pack_f32(&self, panel: usize) -> PackedF32 {
        let depth = self.depth();
        let mut panels = Buffer::zeroed(self.columns.len() * depth);
        let mut row = vec![0.0; depth];
        for (column, source) in self.columns.iter().enumerate() {
            self.read(source, None, &mut row);
            let start = column / panel * panel * depth + column % panel;
            for (k, &weight) in row.iter().enumerate() {
                panels.as_mut_slice()[start + k * panel] = weight;
            }
        }
        PackedF32 { panels }
    }

    /// Packs as bytes. `smooth` is multiplied into each input's weights; `saturates` keeps groups of four small.
    pub(super) fn pack_i8(&self, panel: usize, smooth: Option<&[f32]>, saturates: bool) -> PackedI8 {
        let depth = self.depth();
        let mut panels = Buffer::zeroed(self.columns.len() * depth);
        let (mut scales, mut sums) = (Vec::new(), Vec::new());
        let (mut row, mut bytes) = (vec![0.0; depth], vec![0_i8; depth]);
        for (column, source) in self.columns.iter().enumerate() {
            self.read(source, smooth, &mut row);
            let stored =
                source.filter(|_| smooth.is_none()).and_then(|(layer, at, by)| layer.stored_scale(at, by));
            let scale = quantize(&row, stored, saturates, &mut bytes);
            scales.push(scale);
            sums.push(scale * bytes.iter().map(|&byte| i32::from(byte)).sum::<i32>() as f32);
            let start = (column / panel * depth * panel) + column % panel * 4;
            for (k, &byte) in bytes.iter().enumerate() {
                panels.as_mut_slice()[start + k / 4 * panel * 4 + k % 4] = byte;
            }
        }
        PackedI8 {
            panels,
            scale: Buffer::padded(&scales, scales.len()),
            sum: Buffer::padded(&sums, sums.len()),
        }
    }

    /// One output's weights over the padded inputs.
    fn read(&self, column: &Column<'_>, smooth: Option<&[f32]>, row: &mut [f32]) {
        for (k, (weight, input)) in row.iter_mut().zip(&self.inputs).enumerate() {
            *weight = match (column, input) {
                (Some((layer, at, by)), Some(input)) => layer.weight.value(*at, *input, self.width) * by,
                _ => 0.0,
            };
            *weight *= smooth.map_or(1.0, |smooth| smooth[k]);
        }
    }
}

/// Rounds a row to bytes within ±127 and returns its scale: `weight ≈ scale · byte`.
///
/// A scale that the row was stored with is kept if it can be, so that stored bytes come through unchanged.
fn quantize(row: &[f32], stored: Option<f32>, saturates: bool, bytes: &mut [i8]) -> f32 {
    if let Some(scale) = stored {
        round(row, scale, bytes);
        if !saturates || fits(bytes) {
            return scale;
        }
    }
    let peak = row.iter().fold(0.0_f32, |peak, weight| peak.max(weight.abs()));
    let mut scale = peak / 127.0;
    if saturates {
        scale = scale.max(greatest_of_four(row) / LIMIT_OF_FOUR as f32);
    }
    // Zero rows, and rows so small that their scale would be no normal number.
    scale = scale.max(f32::MIN_POSITIVE);
    loop {
        round(row, scale, bytes);
        if !saturates || fits(bytes) {
            return scale;
        }
        // Rounding carried a group over its limit: a slightly coarser step brings it back.
        scale *= 1.005;
    }
}

fn round(row: &[f32], scale: f32, bytes: &mut [i8]) {
    for (byte, weight) in bytes.iter_mut().zip(row) {
        *byte = (weight / scale).round_ties_even().clamp(-127.0, 127.0) as i8;
    }
}

/// Greatest one-sided sum of a group of four.
fn greatest_of_four(row: &[f32]) -> f32 {
    row.chunks_exact(8).fold(0.0, |greatest, eight| {
        GROUPS_OF_FOUR.iter().fold(greatest, |greatest: f32, group| {
            let up: f32 = group.iter().map(|&i| eight[i].max(0.0)).sum();
            let down: f32 = group.iter().map(|&i| (-eight[i]).max(0.0)).sum();
            greatest.max(up).max(down)
        })
    })
}

fn fits(bytes: &[i8]) -> bool {
    bytes.chunks_exact(8).all(|eight| {
        GROUPS_OF_FOUR.iter().all(|group| {
            let up: i32 = group.iter().map(|&i| i32::from(eight[i]).max(0)).sum();
            let down: i32 = group.iter().map(|&i| (-i32::from(eight[i])).max(0)).sum();
            up <= LIMIT_OF_FOUR && down <= LIMIT_OF_FOUR
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{fits, quantize};
    use proptest::prelude::*;

    #[test]
    fn constant_zero_and_tiny_rows_have_a_scale() {
        for value in [0.0, 1e-45, 1e-30, 3.0, 1e30] {
            for saturates in [false, true] {
                let mut bytes = [0; 16];
                let scale = quantize(&[value; 16], None, saturates, &mut bytes);
                assert!(scale.is_normal());
                assert!((scale * f32::from(bytes[0]) - value).abs() <= value * 0.02 + f32::MIN_POSITIVE);
            }
        }
    }

    #[test]
    fn stored_bytes_come_through_unchanged() {
        let stored: Vec<i8> = (0..64).map(|i| (i * 37 % 101 - 50) as i8).collect();
        let row: Vec<f32> = stored.iter().map(|&byte| f32::from(byte) * 0.013).collect();
        let mut bytes = vec![0; 64];
        assert!((quantize(&row, Some(0.013), false, &mut bytes) - 0.013).abs() < 1e-9);
        assert_eq!(bytes, stored);
    }

    proptest! {
        #[test]
        fn groups_of_four_never_saturate(row in prop::collection::vec(-3.0_f32..3.0, 8..=8), peak in 0.0_f32..9.0) {
            let mut row = [row.clone(), row].concat();
            row[3] = peak;
            let mut bytes = vec![0; row.len()];
            let scale = quantize(&row, None, true, &mut bytes);
            prop_assert!(fits(&bytes));
            for (weight, byte) in row.iter().zip(bytes) {
                prop_assert!((weight - scale * f32::from(byte)).abs() <= scale * 0.501);
            }
        }
    }
}
