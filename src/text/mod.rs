//! What a text says besides its subject. Pure: strings in, findings with byte ranges out.

pub mod normalise;
pub mod signals;
