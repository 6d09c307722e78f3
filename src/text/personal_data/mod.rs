//! Finds and masks personal data in one complaint, before anything is stored, logged or shown in lists.
//!
//! What belongs here: which characters of a text are somebody's number, address or name, and the text without them.
//! What does not: signs of danger, places that triage needs, who may see an original.
//!
//! Legal ground: 민원처리법 §7 and its decree §52 leave a triage service no need for resident numbers; B7 of the domain
//! notes has the forms of the identifiers and their sources.
//!
//! A form of its own (a resident number with a valid date, a mobile number) is masked wherever it stands. A mere shape
//! (ten digits, three syllables) is masked only between words that say what it is: `config/personal_data.toml` has the
//! words. Public numbers, bus lines, dates, amounts and road names without a house stay, since triage reads them.
//!
//! Map: `view` (what is read), `lexicon` and `cues` (words and where they are), `digits` (digits however written),
//! `phone` `identifiers` `account` `plate` `net` `address` (one kind each), `shape` and `names` (Korean names),
//! `foreign_name` (others), `scan` (the passes), `masked` (the outcome). All work is bounded per character.

mod account;
mod address;
mod cues;
mod digits;
mod foreign_name;
mod identifiers;
mod kind;
mod lexicon;
mod masked;
mod names;
mod net;
mod phone;
mod plate;
mod scan;
mod shape;
mod view;

#[cfg(test)]
mod author_set;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

pub use kind::PersonalDataKind;
pub use lexicon::LexiconError;
pub use masked::Masked;

use lexicon::{BUNDLED_FILE, Lexicon};

/// One personal datum in a text. Says where it is and never what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: PersonalDataKind,
    /// Bytes of the text; always on character boundaries.
    pub bytes: Range<usize>,
}

/// Finds personal data by a word list. Cheap to share, never changes.
pub struct Masker {
    lexicon: Lexicon,
}

impl Masker {
    /// The masker with the word list that comes with the program.
    pub fn bundled() -> &'static Self {
        static BUNDLED: LazyLock<Masker> = LazyLock::new(|| {
            Masker::parse(include_str!("../../../config/personal_data.toml"), BUNDLED_FILE)
                .expect("a test reads the bundled word list")
        });
        &BUNDLED
    }

    /// A masker with another word list; `file` names it in errors.
    ///
    /// # Errors
    /// [`LexiconError`] if the list is not TOML of the right shape, or has an unknown class or an empty word.
    pub fn parse(text: &str, file: &str) -> Result<Self, LexiconError> {
        Ok(Self { lexicon: Lexicon::parse(text, file)? })
    }

    /// All personal data of a canonical text, sorted and not overlapping. Placeholders are no personal data.
    pub fn find(&self, text: &str) -> Vec<Found> {
        scan::find(text, &self.lexicon).0
    }

    /// The text with a placeholder for each personal datum. Masking twice is masking once.
    pub fn mask(&self, text: &str) -> Masked {
        Masked::new(text, self.find(text))
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Masker").finish_non_exhaustive()
    }
}

/// [`Masker::find`] with the bundled word list.
pub fn find(text: &str) -> Vec<Found> {
    Masker::bundled().find(text)
}

/// [`Masker::mask`] with the bundled word list.
///
/// ```
/// use minwon::text::personal_data::mask;
/// let masked = mask("수원 사는 김민수입니다. 010-0000-1234로 연락 주세요. 3000번 버스가 안 와요");
/// assert_eq!(masked.text, "수원 사는 [이름]입니다. [전화번호]로 연락 주세요. 3000번 버스가 안 와요");
/// ```
pub fn mask(text: &str) -> Masked {
    Masker::bundled().mask(text)
}
