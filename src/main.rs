//! The `minwon` binary: parse, run, exit code. Everything else is in the library.

use std::process::ExitCode;

/// Freed memory is kept for the next call: tensors are large and short-lived, and returning their pages to the
/// system after every operation costs a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    minwon::cli::main()
}
