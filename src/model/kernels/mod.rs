//! Hand-made CPU code. The only module in which `unsafe` may stand, each block with its `SAFETY:` line.

pub mod fused;
