//! The two products by themselves, against sums in exact arithmetic.

use proptest::prelude::*;

use super::{Isa, Random, available};
use crate::model::kernels::{
    LinearWeights, Matrix,
    buffer::Buffer,
    pack::Plan,
    product::{Finish, ProductF32, ProductI8},
    table::Table,
    view::View,
};

const PLAIN: Finish = Finish { row_scale: None, bias: None, residual: None, activation: None };

/// Weights `[columns][depth]` as whole numbers within ±32, the extremes often: four of them just reach the limit
/// that packing keeps on machines that would saturate, so that it keeps them as they are.
fn whole_weights(columns: usize, depth: usize, random: &mut Random) -> Vec<i8> {
    let mut one = || [32, -32, (random.next() % 65) as i8 - 32][random.next() as usize % 3];
    (0..columns * depth).map(|_| one()).collect()
}

fn plan<'a>(layer: &'a LinearWeights<'a>, columns: usize, depth: usize) -> Plan<'a> {
    Plan {
        columns: (0..columns).map(|row| Some((layer, row, 1.0))).collect(),
        inputs: (0..depth).map(Some).collect(),
        width: depth,
    }
}

fn check(isa: Isa, rows: usize, panels: usize, eights: usize, seed: u64) {
    let table = Table::of(isa).unwrap();
    let (columns, depth) = (panels * table.panel, eights * 8);
    let mut random = Random(seed);
    let bytes = whole_weights(columns, depth, &mut random);
    let scales = vec![1.0; columns];
    let layer =
        LinearWeights { weight: Matrix::I8 { rows: &bytes, scales: &scales }, bias: &vec![0.0; columns] };
    let plan = plan(&layer, columns, depth);
    // Full range, with the extremes often: that is where sixteen-bit sums would saturate.
    let mut a: Vec<u8> =
        (0..rows * depth).map(|_| [0, 255, 255, random.next() as u8][random.next() as usize % 4]).collect();
    let mut floats: Vec<f32> = a.iter().map(|&byte| f32::from(byte)).collect();
    let (scale, zero) = (vec![1.0; rows], vec![0.0; rows]);
    let mut c = Buffer::<f32>::zeroed(rows * columns);
    let (f32s, i8s) = (plan.pack_f32(table.panel), plan.pack_i8(table.panel, None, table.saturates));
    for bytewise in [false, true] {
        c.as_mut_slice().fill(f32::NAN);
        let to = View::new(c.as_mut_ptr(), columns);
        // SAFETY: the buffers are as large as the products say, and the table is this machine's.
        unsafe {
            if bytewise {
                (table.product_i8)(&ProductI8 {
                    a: View::new(a.as_mut_ptr(), depth),
                    scale: scale.as_ptr(),
                    zero: zero.as_ptr(),
                    rows,
                    depth,
                    panels: i8s.panels.as_ptr(),
                    panel_count: panels,
                    column_scale: i8s.scale.as_ptr(),
                    column_sum: i8s.sum.as_ptr(),
                    c: to,
                    finish: PLAIN,
                });
            } else {
                let (a, panels, panel_count) =
                    (View::new(floats.as_mut_ptr(), depth), f32s.panels.as_ptr(), panels);
                (table.product_f32)(&ProductF32 {
                    a,
                    rows,
                    depth,
                    panels,
                    panel_count,
                    c: to,
                    finish: PLAIN,
                });
            }
        }
        for row in 0..rows {
            for column in 0..columns {
                let weights = &bytes[column * depth..][..depth];
                let exact: i32 =
                    weights.iter().zip(&a[row * depth..]).map(|(w, a)| i32::from(*w) * i32::from(*a)).sum();
                // Whole numbers below 2²⁴ are exact in f32 too.
                let found = c.as_slice()[row * columns + column];
                assert!((found - exact as f32).abs() < 0.5, "{isa} {row} {column}: {found} for {exact}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn products_of_whole_numbers_are_exact(
        rows in 1_usize..30,
        panels in 1_usize..4,
        eights in 1_usize..120,
        seed: u64,
    ) {
        for isa in available() {
            check(isa, rows, panels, eights, seed);
        }
    }
}

#[test]
fn more_rows_than_a_tile_and_deeper_than_a_stretch_are_exact() {
    for isa in available() {
        for rows in 1..26 {
            check(isa, rows, 1, 100, 5);
        }
    }
}
