//! Order of the rows: shuffled, then grouped by length so that the work of steps is even.

use rand::seq::SliceRandom;

use super::random::{Purpose, stream};

/// Batches are formed within windows of this many batches, sorted by length.
const WINDOW: usize = 16;

/// Batches of example indices for one epoch; every index occurs exactly once.
pub fn epoch_batches(lengths: &[usize], batch: usize, seed: u64, epoch: usize) -> Vec<Vec<usize>> {
    let mut rng = stream(seed, Purpose::Shuffle, epoch as u64);
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.shuffle(&mut rng);
    let mut batches = Vec::with_capacity(lengths.len().div_ceil(batch));
    for window in order.chunks_mut(batch * WINDOW) {
        window.sort_by_key(|&i| (lengths[i], i));
        batches.extend(window.chunks(batch).map(<[usize]>::to_vec));
    }
    batches.shuffle(&mut rng);
    batches
}

/// Splits a batch into two shards of about equal token counts, for two threads. The split depends on the batch
/// alone, so that results do not depend on the machine's cores.
pub fn shards(batch: &[usize], lengths: &[usize]) -> Vec<Vec<usize>> {
    let mut order = batch.to_vec();
    order.sort_by_key(|&i| (std::cmp::Reverse(lengths[i]), i));
    let mut shards = [(0, Vec::new()), (0, Vec::new())];
    for i in order {
        let least = usize::from(shards[1].0 < shards[0].0);
        shards[least].0 += lengths[i];
        shards[least].1.push(i);
    }
    shards.into_iter().map(|(_, shard)| shard).filter(|shard| !shard.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_comes_once_an_epoch(lengths in proptest::collection::vec(1usize..90, 1..200), seed: u64) {
            let batches = epoch_batches(&lengths, 8, seed, 0);
            prop_assert!(batches.iter().all(|b| !b.is_empty() && b.len() <= 8));
            let mut all: Vec<usize> = batches.concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..lengths.len()).collect::<Vec<_>>());
            prop_assert_eq!(epoch_batches(&lengths, 8, seed, 0), batches);
        }

        #[test]
        fn shards_hold_the_batch_and_are_even(lengths in proptest::collection::vec(1usize..90, 1..40)) {
            let batch: Vec<usize> = (0..lengths.len()).collect();
            let shards = shards(&batch, &lengths);
            let mut all = shards.concat();
            all.sort_unstable();
            prop_assert_eq!(all, batch);
            let tokens: Vec<usize> = shards.iter().map(|s| s.iter().map(|&i| lengths[i]).sum()).collect();
            let longest = lengths.iter().max().unwrap();
            prop_assert!(tokens.len() == 1 || tokens[0].abs_diff(tokens[1]) <= *longest);
        }
    }
}
