//! The index of similar cases, in memory. Pure: no I/O, no clock; who fills it and when is `service`'s business.
//!
//! A query filters by department, 시·군 and time, scores every case that is left by the cosine of centred embeddings,
//! keeps the best [`CANDIDATES`], and orders those by a mixture of cosine and wording ([`fuse`]).
//!
//! # Why brute force and not HNSW
//!
//! | | this | HNSW (M = 16) |
//! |---|---|---|
//! | query, 200,000 × 384 | all of it: see `examples/similar_bench.rs` | well under 1 ms |
//! | recall | exact, but for 8 bits | 0.95–0.99, and it is the near-duplicate that must not be missed |
//! | filters | before scoring: they make it faster | walk the graph past what is filtered out; narrow ones break it |
//! | memory beside the vector | 12 bytes of numbers | 150–300 bytes of edges |
//! | insertion | a copy | 0.2–1 ms of search |
//! | deletion (retention!) | a swap | tombstones, then a rebuild |
//! | rebuild at start, 200,000 cases | as fast as the store reads | minutes on a core |
//!
//! The province's log grows by some hundred thousand cases a year and is purged by law's periods; 30 ms a query is
//! the limit and brute force is below it, also without a filter. At a million cases and more, or many queries a
//! second, HNSW or an inverted file would pay; pgvector would add a network hop, an extension, and leave SQLite out.
//!
//! # Centring
//!
//! Mean-pooled embeddings lie in a narrow cone: unrelated complaints have a cosine of 0.84. Without the mean, the
//! difference that counts is what is left. The index keeps raw vectors and, for each, its product with the centre and
//! its distance from it; then
//! `cos(a−m, b−m) = (a·b − a·m − b·m + m·m) / (|a−m| |b−m|)`, and another centre costs one pass over the index, not
//! another quantisation. The centre is the mean of the cases that are there, mixed with a `prior` that counts as
//! [`PRIOR_WEIGHT`] cases, and is taken anew when the number of cases has doubled: amortised O(1) an insertion.
//! A mean that is fixed for good would have to be made with each model and would be wrong for the log of another
//! office; one that moves with every case would give every query other numbers. Replicas read the same log in the
//! same order, double at the same case, and so have the same centre, up to removals.
//!
//! # Memory
//!
//! A case of 384 values: 384 bytes for the vector, 12 for its numbers, 36 for id, codes, time and the row's place in
//! the map of ids about 40, 16 and two bytes a bigram for the wording: some 650 bytes, 130 MB for 200,000 cases.

mod index;
mod lexical;
mod rows;
mod vector;

pub use index::{CANDIDATES, Found, Index, PRIOR_WEIGHT, Query, fuse};
pub use lexical::Bigrams;
pub use rows::{Entry, Scope};
pub use vector::{Embedding, ModelTag, dot};
