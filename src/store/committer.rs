//! Group commit: one task that takes whatever waits, writes it in one transaction, and answers each caller after the
//! commit. No timer: while a commit is on its way to the disk, the next group gathers.

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::access::AccessEntry;
use super::case::{NewCase, Recorded};
use super::db::Tx;
use super::error::StoreError;
use super::ops;
use super::pools::Pools;

/// Callers that may wait before the next one has to wait at the door.
const WAITING: usize = 1_024;
/// Cases of one transaction; bounds the memory and how long others are held back.
const GROUP: usize = 512;

/// Something to write.
pub(super) enum Job {
    Record(Vec<NewCase>, oneshot::Sender<Result<Vec<Recorded>, StoreError>>),
    Access(Vec<AccessEntry>, oneshot::Sender<Result<(), StoreError>>),
}

impl Job {
    fn weight(&self) -> usize {
        match self {
            Self::Record(cases, _) => cases.len(),
            Self::Access(entries, _) => entries.len(),
        }
    }

    fn fail(self, error: StoreError) {
        // A caller that has left needs no answer.
        match self {
            Self::Record(_, reply) => drop(reply.send(Err(error))),
            Self::Access(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

pub(super) fn channel() -> (mpsc::Sender<Job>, mpsc::Receiver<Job>) {
    mpsc::channel(WAITING)
}

/// Works until the channel is closed or `stop` is cancelled; what was taken in by then is still written.
pub(super) async fn run(
    pools: Pools,
    mut jobs: mpsc::Receiver<Job>,
    committed: watch::Sender<u64>,
    stop: CancellationToken,
) {
    loop {
        let first = tokio::select! {
            biased;
            () = stop.cancelled(), if !jobs.is_closed() => {
                jobs.close();
                continue;
            }
            job = jobs.recv() => job,
        };
        let Some(first) = first else { return };
        let mut weight = first.weight();
        let mut group = vec![first];
        while weight < GROUP {
            let Ok(job) = jobs.try_recv() else { break };
            weight += job.weight();
            group.push(job);
        }
        write(&pools, group, &committed).await;
    }
}

/// Writes a group; if it cannot be written as a whole, job by job, so that one bad record harms nobody else.
async fn write(pools: &Pools, group: Vec<Job>, committed: &watch::Sender<u64>) {
    let error = match attempt(pools, &group).await {
        Ok((outcomes, last)) => {
            answer(group, outcomes);
            return publish(committed, last);
        }
        Err(error) => error,
    };
    if group.len() == 1 || matches!(error, StoreError::Unavailable { .. }) {
        return group.into_iter().for_each(|job| job.fail(error.clone()));
    }
    for job in group {
        let job = vec![job];
        match attempt(pools, &job).await {
            Ok((outcomes, last)) => {
                answer(job, outcomes);
                publish(committed, last);
            }
            Err(error) => job.into_iter().for_each(|job| job.fail(error.clone())),
        }
    }
}

pub(super) fn publish(committed: &watch::Sender<u64>, last: u64) {
    committed.send_if_modified(|newest| {
        let newer = last > *newest;
        *newest = last.max(*newest);
        newer
    });
}

/// Gives the outcome of every case in the order of the jobs, and the number of the last event.
async fn attempt(pools: &Pools, group: &[Job]) -> Result<(Vec<Recorded>, u64), StoreError> {
    let mut tx: Tx = pools.write().await?;
    let (mut cases, mut entries) = (Vec::new(), Vec::new());
    for job in group {
        match job {
            Job::Record(new, _) => cases.extend(new.iter()),
            Job::Access(new, _) => entries.extend(new.iter().cloned()),
        }
    }
    let outcomes = ops::record::record(&mut tx, &cases).await?;
    ops::access::append(&mut tx, &entries).await?;
    tx.commit().await?;
    Ok(outcomes)
}

fn answer(group: Vec<Job>, outcomes: Vec<Recorded>) {
    let mut outcomes = outcomes.into_iter();
    for job in group {
        match job {
            Job::Record(cases, reply) => drop(reply.send(Ok(outcomes.by_ref().take(cases.len()).collect()))),
            Job::Access(_, reply) => drop(reply.send(Ok(()))),
        }
    }
}
