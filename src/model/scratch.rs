//! What a thread keeps from one forward to the next.

use super::kernels::{Arena, Team};

/// Working memory of one thread; reused from call to call.
#[derive(Default)]
pub struct Scratch {
    arena: Arena,
    /// Made when it is first wanted, and kept.
    team: Option<Team>,
    split: bool,
}

impl Scratch {
    /// From now on `threads` threads share each call on the CPU (1: the caller alone). Results stay the same to the
    /// bit. If the system refuses the threads, the caller goes on alone.
    pub fn set_threads(&mut self, threads: usize) {
        self.split = threads > 1;
        if self.split && self.team.as_ref().is_none_or(|team| team.threads() != threads) {
            self.team = Team::new(threads).ok();
        }
    }

    /// The arena, and the team where the next call is to be shared.
    pub(super) fn parts(&mut self) -> (&mut Arena, Option<&mut Team>) {
        (&mut self.arena, self.team.as_mut().filter(|_| self.split))
    }
}
