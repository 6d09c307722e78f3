//! The memory of a forward: one arena a worker, grown to the largest batch seen and then reused.

use std::ops::Range;

use super::{buffer::Buffer, shape::Padded, view::View};

/// Most rows that go through the layers after attention together: their feed-forward activations should
/// stay in the second-level cache.
const BLOCK: usize = 96;

/// Queries of one head that are scored together.
pub(super) const QUERIES: usize = 48;

/// Working memory of `Encoder::forward`, reused from call to call.
///
/// After a call no later call of the same or smaller batches (tokens, texts, longest text, threads)
/// allocates. One arena serves one call at a time; it fits any encoder.
#[derive(Default)]
pub struct Arena {
    x: Slot,
    context: Slot,
    qkv: [Slot; 2],
    first_rows: Slot,
    first_queries: Slot,
    pooled_rows: Slot,
    head_rows: Slot,
    pub(super) pooled: Slot,
    pub(super) logits: Slot,
    starts: Vec<usize>,
    desks: Vec<DeskMemory>,
    desk_views: Vec<Desk>,
}

/// Sizes of one call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    pub padded: Padded,
    /// Width of a pooled vector, without pads.
    pub hidden: usize,
    pub classes: usize,
    /// `classes`, padded.
    pub head_columns: usize,
    pub tokens: usize,
    pub texts: usize,
    pub longest: usize,
    pub threads: usize,
}

/// The buffers that all threads of a call share, each thread writing its own rows.
#[derive(Clone, Copy)]
pub(super) struct Shared {
    /// Tokens' vectors, `[tokens][hidden]`.
    pub x: View<f32>,
    /// Attention's output, `[tokens][context]`.
    pub context: View<f32>,
    /// Queries, keys and values, `[tokens][3 · context]`; layers take turns, which saves a barrier.
    pub qkv: [View<f32>; 2],
    /// First tokens' vectors, `[texts][hidden]`.
    pub first_rows: View<f32>,
    /// First tokens' queries, `[texts][context]`.
    pub first_queries: View<f32>,
    /// Pooled vectors with pads, `[texts][hidden]`.
    pub pooled_rows: View<f32>,
    /// Logits with pads, `[texts][head_columns]`.
    pub head_rows: View<f32>,
    /// Results without pads.
    pub pooled: View<f32>,
    /// Results without pads.
    pub logits: View<f32>,
}

/// One thread's own memory.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    /// `[BLOCK][hidden]`.
    pub y: View<f32>,
    /// `[BLOCK][intermediate]`.
    pub inner: View<f32>,
    /// A block's quantised rows, as wide as the widest input.
    pub bytes: View<u8>,
    /// Scale of each quantised row.
    pub scale: View<f32>,
    /// Zero point of each quantised row.
    pub zero: View<f32>,
    /// One head's packed keys.
    pub keys: View<f32>,
    /// One head's packed values.
    pub values: View<f32>,
    /// `[QUERIES][longest text, padded]`.
    pub scores: View<f32>,
    /// One over each query's sum.
    pub inverse_sum: View<f32>,
}

#[derive(Default)]
struct DeskMemory {
    y: Slot,
    inner: Slot,
    bytes: Bytes,
    scale: Slot,
    zero: Slot,
    keys: Slot,
    values: Slot,
    scores: Slot,
    inverse_sum: Slot,
}

impl Arena {
    /// An empty arena; the first call fills it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Bytes held now.
    pub fn bytes(&self) -> usize {
        let shared = [
            &self.x,
            &self.context,
            &self.qkv[0],
            &self.qkv[1],
            &self.first_rows,
            &self.first_queries,
            &self.pooled_rows,
            &self.head_rows,
            &self.pooled,
            &self.logits,
        ];
        let own = |desk: &DeskMemory| {
            let floats = [
                &desk.y,
                &desk.inner,
                &desk.scale,
                &desk.zero,
                &desk.keys,
                &desk.values,
                &desk.scores,
                &desk.inverse_sum,
            ];
            floats.iter().map(|slot| slot.0.bytes()).sum::<usize>() + desk.bytes.0.bytes()
        };
        shared.iter().map(|slot| slot.0.bytes()).sum::<usize>() + self.desks.iter().map(own).sum::<usize>()
    }

    /// Makes room for a call, and hands out the shared buffers, one desk a thread, and where the texts start
    /// (and the last one ends).
    pub(super) fn prepare(&mut self, need: &Need, lengths: &[usize]) -> (Shared, &[Desk], &[usize]) {
        let Padded { hidden, context, .. } = need.padded;
        let (tokens, texts) = (need.tokens, need.texts);
        let second = if need.threads > 1 { tokens } else { 0 };
        let first = self.qkv[0].rows(tokens, 3 * context);
        let second = self.qkv[1].rows(second, 3 * context);
        let shared = Shared {
            x: self.x.rows(tokens, hidden),
            context: self.context.rows(tokens, context),
            qkv: [first, if need.threads > 1 { second } else { first }],
            first_rows: self.first_rows.rows(texts, hidden),
            first_queries: self.first_queries.rows(texts, context),
            pooled_rows: self.pooled_rows.rows(texts, hidden),
            head_rows: self.head_rows.rows(texts, need.head_columns),
            pooled: self.pooled.rows(texts, need.hidden),
            logits: self.logits.rows(texts, need.classes),
        };
        if self.desks.len() < need.threads {
            self.desks.resize_with(need.threads, DeskMemory::default);
        }
        self.desk_views.clear();
        self.desk_views.extend(self.desks[..need.threads].iter_mut().map(|desk| desk.prepare(need)));
        self.starts.clear();
        self.starts.push(0);
        self.starts.extend(lengths.iter().scan(0, |sum, length| {
            *sum += length;
            Some(*sum)
        }));
        (shared, &self.desk_views, &self.starts)
    }
}

impl DeskMemory {
    fn prepare(&mut self, need: &Need) -> Desk {
        let Padded { panel, hidden, head, context, intermediate } = need.padded;
        let block = BLOCK.min(need.tokens.max(need.texts));
        let longest = need.longest.next_multiple_of(panel);
        let widest = hidden.max(context).max(intermediate);
        Desk {
            y: self.y.rows(block, hidden),
            inner: self.inner.rows(block, intermediate),
            bytes: self.bytes.rows(block, widest),
            scale: self.scale.rows(block, 1),
            zero: self.zero.rows(block, 1),
            keys: self.keys.rows(longest, head),
            values: self.values.rows(longest, head),
            scores: self.scores.rows(QUERIES, longest),
            inverse_sum: self.inverse_sum.rows(QUERIES, 1),
        }
    }
}

/// A float buffer of the arena.
pub(super) struct Slot(Buffer<f32>);

struct Bytes(Buffer<u8>);

impl Default for Slot {
    fn default() -> Self {
        Self(Buffer::empty())
    }
}

impl Default for Bytes {
    fn default() -> Self {
        Self(Buffer::empty())
    }
}

impl Slot {
    fn rows(&mut self, rows: usize, width: usize) -> View<f32> {
        self.0.reserve(rows * width);
        View::new(self.0.as_mut_ptr(), width)
    }

    pub(super) fn as_slice(&self) -> &[f32] {
        self.0.as_slice()
    }
}

impl Bytes {
    fn rows(&mut self, rows: usize, width: usize) -> View<u8> {
        self.0.reserve(rows * width);
        View::new(self.0.as_mut_ptr(), width)
    }
}

/// Cuts a range into blocks of at most `BLOCK`, as even as can be: (first, length).
pub(super) fn blocks(range: &Range<usize>) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (start, length) = (range.start, range.len());
    let count = length.div_ceil(BLOCK);
    (0..count).map(move |i| {
        let (from, to) = (length * i / count, length * (i + 1) / count);
        (start + from, to - from)
    })
}
