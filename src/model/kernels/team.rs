//! A few threads that share one request: they split its rows, meet at barriers, and wait by spinning for a
//! moment before they park.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use super::error::KernelError;

/// Turns of a waiting loop before a thread parks: some tens of microseconds, as long as the work between two
/// barriers of a short text.
const SPINS: usize = 4_000;

/// Threads for [`Encoder::forward_with`](super::Encoder::forward_with): the caller's and `threads − 1` helpers.
///
/// Helpers park between calls, so an idle team costs nothing. Dropping the team ends them.
pub struct Team {
    common: Arc<Common>,
    helpers: Vec<JoinHandle<()>>,
}

/// One thread's place in a call.
#[derive(Clone, Copy)]
pub(super) struct Seat<'a> {
    /// Which of `of` threads this is.
    pub index: usize,
    /// Threads that take part.
    pub of: usize,
    barrier: Option<&'a Barrier>,
}

impl Seat<'_> {
    /// The only seat of a call on one thread.
    pub(super) const ALONE: Seat<'static> = Seat { index: 0, of: 1, barrier: None };

    /// Waits until every thread of the call is here.
    pub(super) fn meet(&self) -> Result<(), KernelError> {
        self.barrier.map_or(Ok(()), Barrier::meet)
    }

    /// This thread's even share of `count` things.
    pub(super) fn share(&self, count: usize) -> std::ops::Range<usize> {
        count * self.index / self.of..count * (self.index + 1) / self.of
    }
}

type Work<'a> = dyn Fn(Seat<'_>) -> Result<(), KernelError> + Sync + 'a;

/// The work of a call with its lifetime taken off; `Team::run` does not return while anybody may use it.
#[derive(Clone, Copy)]
struct Task(*const Work<'static>);

// SAFETY: the work behind the pointer is `Sync`, and outlives every use (see `Team::run`).
unsafe impl Send for Task {}

struct Common {
    /// Opened once for every call, and once more to end.
    begin: Gate,
    task: Mutex<Option<Task>>,
    barrier: Barrier,
    /// Helpers that are done with the call.
    done: AtomicUsize,
    finished: Gate,
}

impl Team {
    /// A team of `threads` threads, the caller's included; at least one.
    ///
    /// # Errors
    /// When the operating system refuses a thread.
    pub fn new(threads: usize) -> std::io::Result<Self> {
        let threads = threads.max(1);
        let common = Arc::new(Common {
            begin: Gate::default(),
            task: Mutex::new(None),
            barrier: Barrier::new(threads),
            done: AtomicUsize::new(0),
            finished: Gate::default(),
        });
        let mut team = Self { common, helpers: Vec::with_capacity(threads - 1) };
        for index in 1..threads {
            let common = Arc::clone(&team.common);
            let helper = thread::Builder::new().name(format!("kernels-{index}"));
            team.helpers.push(helper.spawn(move || common.help(index))?);
        }
        Ok(team)
    }

    /// Threads of the team, the caller's included.
    pub fn threads(&self) -> usize {
        self.helpers.len() + 1
    }

    /// Runs `work` on every thread and waits for all of them.
    #[expect(clippy::transmute_ptr_to_ptr, reason = "a cast cannot lengthen a trait object's lifetime")]
    pub(super) fn run(&mut self, work: &Work<'_>) -> Result<(), KernelError> {
        let common = &*self.common;
        if self.helpers.is_empty() {
            return work(Seat::ALONE);
        }
        let work: *const Work<'_> = work;
        // SAFETY: only the lifetime changes. The pointer is used by helpers between `begin` and their count in
        // `done`, and this function waits for all of these counts before it returns or unwinds.
        let task = Task(unsafe { std::mem::transmute::<*const Work<'_>, *const Work<'static>>(work) });
        common.barrier.mend();
        common.done.store(0, SeqCst);
        *lock(&common.task) = Some(task);
        let finished = common.finished.epoch.load(SeqCst);
        common.begin.open();
        let own = common.take_part(task, 0);
        common.finished.wait(finished);
        match own {
            Err(panic) => resume_unwind(panic),
            Ok(_) if common.barrier.broken.load(SeqCst) => Err(KernelError::TeamPanicked),
            Ok(result) => result,
        }
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        *lock(&self.common.task) = None;
        self.common.begin.open();
        for helper in self.helpers.drain(..) {
            // A helper catches the panics of its work, so there is nothing to hand on.
            drop(helper.join());
        }
    }
}

impl Common {
    /// A helper's life: wait for a call, take part, report.
    fn help(&self, index: usize) {
        let mut seen = 0;
        loop {
            self.begin.wait(seen);
            seen += 1;
            let Some(task) = *lock(&self.task) else { return };
            // A panic has broken the barrier by now, which is how the caller learns of it.
            drop(self.take_part(task, index));
            if self.done.fetch_add(1, SeqCst) + 2 == self.barrier.threads {
                self.finished.open();
            }
        }
    }

    /// Does one thread's part; a panic breaks the barrier, so that nobody waits for this thread.
    fn take_part(&self, task: Task, index: usize) -> thread::Result<Result<(), KernelError>> {
        let seat = Seat { index, of: self.barrier.threads, barrier: Some(&self.barrier) };
        // SAFETY: `Team::run` keeps the work alive until this thread has counted itself done.
        let work = unsafe { &*task.0 };
        let result = catch_unwind(AssertUnwindSafe(|| work(seat)));
        if result.is_err() {
            self.barrier.break_up();
        }
        result
    }
}

/// A number that only grows, and threads that wait for it to grow.
#[derive(Default)]
struct Gate {
    epoch: AtomicUsize,
    sleepers: AtomicUsize,
    bed: Mutex<()>,
    wake: Condvar,
}

impl Gate {
    fn open(&self) {
        self.epoch.fetch_add(1, SeqCst);
        // A sleeper counts itself before it looks at the epoch for the last time: either we see it here, or
        // it sees the new epoch.
        if self.sleepers.load(SeqCst) > 0 {
            drop(lock(&self.bed));
            self.wake.notify_all();
        }
    }

    /// Returns once the epoch is no longer `seen`.
    fn wait(&self, seen: usize) {
        for _ in 0..SPINS {
            if self.epoch.load(SeqCst) != seen {
                return;
            }
            std::hint::spin_loop();
        }
        self.sleepers.fetch_add(1, SeqCst);
        let mut bed = lock(&self.bed);
        while self.epoch.load(SeqCst) == seen {
            bed = self.wake.wait(bed).unwrap_or_else(PoisonError::into_inner);
        }
        drop(bed);
        self.sleepers.fetch_sub(1, SeqCst);
    }
}

struct Barrier {
    threads: usize,
    arrived: AtomicUsize,
    gate: Gate,
    broken: AtomicBool,
}

impl Barrier {
    fn new(threads: usize) -> Self {
        Self { threads, arrived: AtomicUsize::new(0), gate: Gate::default(), broken: AtomicBool::new(false) }
    }

    fn meet(&self) -> Result<(), KernelError> {
        let seen = self.gate.epoch.load(SeqCst);
        if self.arrived.fetch_add(1, SeqCst) + 1 == self.threads {
            self.arrived.store(0, SeqCst);
            self.gate.open();
        } else if !self.broken.load(SeqCst) {
            self.gate.wait(seen);
        }
        if self.broken.load(SeqCst) { Err(KernelError::TeamPanicked) } else { Ok(()) }
    }

    /// Makes it whole again after a panic; nobody may be waiting.
    fn mend(&self) {
        self.arrived.store(0, SeqCst);
        self.broken.store(false, SeqCst);
    }

    fn break_up(&self) {
        self.broken.store(true, SeqCst);
        self.gate.open();
    }
}

/// A lock whose data cannot be left half done, so a panic elsewhere is no reason to refuse it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::{AtomicUsize, KernelError, SeqCst, Team};

    #[test]
    fn every_thread_takes_part_and_meets_the_others() {
        for threads in 1..5 {
            let mut team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for _ in 0..50 {
                let count = AtomicUsize::new(0);
                let result = team.run(&|seat| {
                    for round in 1..=20 {
                        count.fetch_add(1, SeqCst);
                        seat.meet()?;
                        assert_eq!(count.load(SeqCst), round * seat.of);
                        seat.meet()?;
                    }
                    Ok(())
                });
                assert_eq!(result, Ok(()));
                assert_eq!(count.into_inner(), 20 * threads);
            }
        }
    }

    #[test]
    fn a_helper_that_panics_is_an_error_and_the_team_works_on() {
        let mut team = Team::new(3).unwrap();
        let result = team.run(&|seat| {
            assert_ne!(seat.index, 2, "this panic belongs to the test");
            seat.meet()
        });
        assert_eq!(result, Err(KernelError::TeamPanicked));
        let after = team.run(&|seat| {
            seat.meet()?;
            seat.meet()
        });
        assert_eq!(after, Ok(()));
    }

    #[test]
    fn shares_cover_everything_once() {
        let mut team = Team::new(3).unwrap();
        for count in [0, 1, 2, 7, 100] {
            let cells: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            let result = team.run(&|seat| {
                for cell in &cells[seat.share(count)] {
                    cell.fetch_add(1, SeqCst);
                }
                Ok(())
            });
            assert_eq!(result, Ok(()));
            assert!(cells.iter().all(|cell| cell.load(SeqCst) == 1));
        }
    }
}
