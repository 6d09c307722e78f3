//! What a text says besides its subject. Pure: strings in, findings with byte ranges out.

pub mod bigrams;
pub mod language;
pub mod normalise;
pub mod personal_data;
pub mod places;
pub mod signals;
pub mod view;
