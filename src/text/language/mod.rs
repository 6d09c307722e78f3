//! Which language a text is in, and the number to name to its writer.
//!
//! Scripts decide first; languages that share one are told apart by the small profiles of `config/languages.toml`.
//! Here belongs only what the text itself shows. Translation and what to do with a foreign text are decided elsewhere.

mod help;
mod profile;
mod script;

use serde::{Deserialize, Serialize};

pub use help::{HelpLine, HelpLines};
pub use profile::LanguageError;
use profile::Profiles;
use script::{Counts, Script};

/// Share of the text from which another language is named beside the main one.
const MIXED_FROM: f32 = 0.1;
/// Romanised Korean looks like other things: never surer than this.
const ROMANISED_AT_MOST: f32 = 0.5;

/// The language of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Language {
    /// BCP 47: `ko`, `en`, `uz-Cyrl`, `ko-Latn`; `und` if the text does not show it.
    pub code: String,
    /// 0 to 1, from rules and small profiles; not calibrated.
    pub confidence: f32,
    /// Other languages in the text, largest first.
    pub mixed: Vec<MixedIn>,
}

/// Another language in a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MixedIn {
    /// BCP 47.
    pub code: String,
    /// Share of the text, 0 to 1, weighted by how much a letter of the script says.
    pub share: f32,
}

/// Tells languages apart. Built once, shared, never changed.
///
/// ```
/// # use minwon::text::language::Languages;
/// let languages = Languages::bundled();
/// assert_eq!(languages.detect("toi khong biet tieng Han").code, "vi");
/// assert_eq!(languages.detect("CCTV 설치해 주세요").code, "ko");
/// ```
#[derive(Debug)]
pub struct Languages(Profiles);

impl Languages {
    /// The profiles this build carries.
    ///
    /// # Panics
    /// Never: a test reads the bundled file.
    pub fn bundled() -> Self {
        Self::from_toml(include_str!("../../../config/languages.toml"))
            .expect("a test reads the bundled file")
    }

    /// Reads a file of the shape of `config/languages.toml`.
    ///
    /// # Errors
    /// [`LanguageError`] if the text is not such a file, or a profile is empty or stands twice.
    pub fn from_toml(text: &str) -> Result<Self, LanguageError> {
        Profiles::from_toml(text).map(Self)
    }

    /// The language of a text. A text without letters (digits, ㅋㅋ, emoji) is taken as Korean.
    pub fn detect(&self, text: &str) -> Language {
        let counts = Counts::of(text);
        let total = counts.total();
        if total <= 0.0 {
            let confidence = if counts.jamo > 0 { 0.9 } else { 0.5 };
            return Language { code: "ko".to_owned(), confidence, mixed: Vec::new() };
        }
        let mut shares: Vec<(Script, f32)> = counts.shares();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut found = shares.iter().map(|(script, share)| (self.name(*script, text, &counts), *share));
        let Some(((code, sureness), share)) = found.next() else {
            return Language { code: "und".to_owned(), confidence: 0.0, mixed: Vec::new() };
        };
        let mixed = found
            .filter(|((other, _), share)| *share >= MIXED_FROM && *other != code && *other != "und")
            .map(|((code, _), share)| MixedIn { code: code.to_owned(), share })
            .collect();
        let confidence = (sureness * share.mul_add(0.5, 0.5)).clamp(0.0, 1.0);
        Language { code: code.to_owned(), confidence, mixed }
    }

    /// The language of the letters of one script in the text, and how sure.
    fn name<'a>(&'a self, script: Script, text: &str, counts: &Counts) -> (&'a str, f32) {
        match script {
            Script::Hangul => ("ko", 0.99),
            Script::Japanese => ("ja", 0.97),
            // Without kana, a word or two of kanji may be Japanese as well.
            Script::Han => ("zh", if counts.han <= 2 { 0.6 } else { 0.9 }),
            Script::Latin | Script::Cyrillic | Script::Devanagari => {
                let (code, sureness) = self.0.best(script, text);
                (code, if code == "ko-Latn" { sureness.min(ROMANISED_AT_MOST) } else { sureness })
            }
            Script::Arabic if counts.urdu > 0 => ("ur", 0.8),
            Script::Arabic => ("ar", 0.8),
            Script::Thai => ("th", 0.99),
            Script::Khmer => ("km", 0.99),
            Script::Myanmar => ("my", 0.95),
            Script::Bengali => ("bn", 0.95),
            Script::Other => ("und", 0.0),
        }
    }
}

#[cfg(test)]
mod tests;
