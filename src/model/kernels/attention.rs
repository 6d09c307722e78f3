//! Self-attention of one text: by head, with the same products as the linear layers.

use std::ops::Range;

use super::{
    arena::{Desk, QUERIES},
    product::{Finish, ProductF32},
    rows::{PackHead, Softmax},
    shape::Padded,
    table::Table,
    view::View,
};

/// One text's attention, for some of its queries.
#[derive(Clone, Copy)]
pub(super) struct Attention {
    /// Padded sizes.
    pub padded: Padded,
    /// Queries, one row each, heads side by side; the scale by 1/√d is in their weights.
    pub queries: View<f32>,
    /// The text's keys, one row a token.
    pub keys: View<f32>,
    /// The text's values, one row a token.
    pub values: View<f32>,
    /// Tokens of the text.
    pub tokens: usize,
    /// Output, one row a query, heads side by side.
    pub context: View<f32>,
}

impl Attention {
    /// Computes the queries `rows` for all heads.
    ///
    /// # Safety
    /// The views reach over the text, `rows` and all heads; the desk is sized for the text; nobody else
    /// writes there.
    pub(super) unsafe fn run(&self, table: &Table, desk: &Desk, rows: Range<usize>) {
        let width = self.padded.head;
        for head in 0..self.padded.context / width {
            let column = head * width;
            // SAFETY: the head's columns lie inside the views; the desk holds the text's panels.
            unsafe {
                (table.pack_head)(&PackHead {
                    keys: self.keys.from(0, column),
                    values: self.values.from(0, column),
                    tokens: self.tokens,
                    width,
                    key_panels: desk.keys.at(0, 0),
                    value_panels: desk.values.at(0, 0),
                });
                for first in rows.clone().step_by(QUERIES) {
                    let count = QUERIES.min(rows.end - first);
                    let queries = self.queries.from(first, column);
                    self.score(table, desk, count, queries, self.context.from(first, column));
                }
            }
        }
    }

    /// `context = softmax(queries · keys) · values` for a few queries of the head that the desk holds.
    ///
    /// # Safety
    /// As `run`.
    unsafe fn score(&self, table: &Table, desk: &Desk, rows: usize, queries: View<f32>, context: View<f32>) {
        let Padded { panel, head, .. } = self.padded;
        let padded = self.tokens.next_multiple_of(panel);
        let scores = desk.scores.with_stride(padded);
        let plain = Finish { row_scale: None, bias: None, residual: None, activation: None };
        // SAFETY: the desk's scores hold `QUERIES` rows of the text's padded length; the caller vouches for the rest.
        unsafe {
            let inverse_sum = desk.inverse_sum.at(0, 0);
            (table.product_f32)(&ProductF32 {
                a: queries,
                rows,
                depth: head,
                panels: desk.keys.at(0, 0),
                panel_count: padded / panel,
                c: scores,
                finish: plain,
            });
            (table.softmax)(&Softmax { scores, rows, keys: self.tokens, padded, inverse_sum });
            (table.product_f32)(&ProductF32 {
                a: scores,
                rows,
                depth: self.tokens,
                panels: desk.values.at(0, 0),
                panel_count: head / panel,
                c: context,
                finish: Finish { row_scale: Some(inverse_sum), ..plain },
            });
        }
    }
}
