//! A forward whose arena has seen a batch as large before allocates nothing.
#![expect(unsafe_code, reason = "a global allocator that counts can only be written so")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::Arc,
};

use minwon::model::kernels::{
    Activation, Arena, Batch, EmbeddingWeights, Encoder, EncoderOptions, EncoderShape, EncoderWeights,
    LayerWeights, LinearWeights, Matrix, NormWeights, Pooling, Precision, Team, WordTable,
};

/// Counts the allocations of each thread, so that other tests of the binary do not disturb.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: everything is handed on to the system's allocator; the counter itself allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const HIDDEN: usize = 32;
const INNER: usize = 64;

fn encoder(precision: Precision, pooling: Pooling) -> Encoder {
    let values: Vec<f32> = (0..HIDDEN * INNER).map(|i| (i * 37 % 101) as f32 / 500.0 - 0.1).collect();
    let linear = |out: usize, width: usize| LinearWeights {
        weight: Matrix::F32(&values[..out * width]),
        bias: &values[..out],
    };
    let norm = NormWeights { gain: &[1.0; HIDDEN], offset: &[0.0; HIDDEN] };
    let square = linear(HIDDEN, HIDDEN);
    let layer = LayerWeights {
        query: square,
        key: square,
        value: square,
        attention_output: square,
        attention_norm: norm,
        ffn_up: linear(INNER, HIDDEN),
        ffn_down: linear(HIDDEN, INNER),
        output_norm: norm,
    };
    let weights = EncoderWeights {
        embeddings: EmbeddingWeights {
            words: WordTable::F32(Arc::from(&values[..20 * HIDDEN])),
            positions: &values,
            position_offset: 0,
            token_type: &values[..HIDDEN],
            norm,
        },
        layers: vec![layer; 3],
        heads: linear(7, HIDDEN),
    };
    let shape = EncoderShape {
        hidden: HIDDEN,
        heads: 4,
        intermediate: INNER,
        layer_norm_eps: 1e-12,
        activation: Activation::Gelu,
        pooling,
    };
    Encoder::new(shape, &weights, &EncoderOptions::new(precision)).unwrap()
}

#[test]
fn a_warm_arena_allocates_nothing() {
    let ids: Vec<u32> = (0..150).map(|i| i % 20).collect();
    let mut team = Team::new(2).unwrap();
    for precision in [Precision::F32, Precision::I8] {
        for pooling in [Pooling::Mean, Pooling::Cls] {
            let encoder = encoder(precision, pooling);
            let mut arena = Arena::new();
            let all = Batch::new(&ids, &[60, 20, 30, 40]).unwrap();
            let some = Batch::new(&ids[..70], &[50, 20]).unwrap();
            encoder.forward(&all, &mut arena).unwrap();
            encoder.forward_with(&mut team, &all, &mut arena).unwrap();
            let (held, before) = (arena.bytes(), COUNT.with(Cell::get));
            for batch in [&some, &all, &some] {
                encoder.forward(batch, &mut arena).unwrap();
                encoder.forward_with(&mut team, batch, &mut arena).unwrap();
            }
            assert_eq!(COUNT.with(Cell::get) - before, 0, "{precision:?} {pooling:?}");
            assert_eq!(arena.bytes(), held);
        }
    }
}

#[test]
fn the_counter_counts() {
    let before = COUNT.with(Cell::get);
    let kept = std::hint::black_box(vec![1_u8; 100]);
    assert!(COUNT.with(Cell::get) > before);
    drop(kept);
}
