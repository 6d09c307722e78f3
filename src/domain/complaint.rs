//! A complaint as it comes in: its text, within limits, and the channel it came by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest accepted text in Unicode scalar values, counted after NFC and trimming.
pub const MAX_TEXT_CHARS: usize = 4_000;

/// The text of one complaint: NFC, free of control and zero-width characters, 1 to [`MAX_TEXT_CHARS`] characters.
///
/// Made by [`crate::text::normalise::parse`]; `Debug` prints the length only, so that no log can carry the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ComplaintText(String);

impl ComplaintText {
    /// Wraps a text that is already canonical.
    ///
    /// # Errors
    /// [`TextError`] if the text is blank or too long.
    pub fn from_canonical(text: String) -> Result<Self, TextError> {
        let chars = text.chars().count();
        if text.trim().is_empty() {
            return Err(TextError::Blank);
        }
        if chars > MAX_TEXT_CHARS {
            return Err(TextError::TooLong { chars });
        }
        Ok(Self(text))
    }

    /// The text itself. Never write it to a log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ComplaintText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ComplaintText({} chars)", self.0.chars().count())
    }
}

/// Why a text is not a complaint that can be triaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space, control or zero-width characters.
    #[error("the text is blank")]
    Blank,
    /// More characters than [`MAX_TEXT_CHARS`]; it is refused, never cut.
    #[error("the text has {chars} characters, the limit is {MAX_TEXT_CHARS}")]
    TooLong {
        /// Length found, in Unicode scalar values.
        chars: usize,
    },
}

/// Where a complaint came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 카카오톡 상담.
    Kakao,
    /// A counsellor's note of a telephone call to 120.
    Call,
    /// Text message.
    Sms,
    /// Social media.
    Sns,
    /// The province's web form; also what is assumed when nothing is said.
    #[default]
    Web,
    /// 도민청원.
    Petition,
    /// At the counter (민원실).
    Visit,
}

impl Channel {
    /// All channels, in the order in which they are listed to callers.
    pub const ALL: [Self; 7] =
        [Self::Kakao, Self::Call, Self::Sms, Self::Sns, Self::Web, Self::Petition, Self::Visit];

    /// The name on the wire and in data sets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kakao => "kakao",
            Self::Call => "call",
            Self::Sms => "sms",
            Self::Sns => "sns",
            Self::Web => "web",
            Self::Petition => "petition",
            Self::Visit => "visit",
        }
    }
}

/// A channel name that is not one of [`Channel::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel, expected one of kakao, call, sms, sns, web, petition, visit")]
pub struct UnknownChannel;

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == name).ok_or(UnknownChannel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_counted_in_characters_not_bytes() {
        assert!(ComplaintText::from_canonical("가".repeat(MAX_TEXT_CHARS)).is_ok());
        assert_eq!(
            ComplaintText::from_canonical("가".repeat(MAX_TEXT_CHARS + 1)),
            Err(TextError::TooLong { chars: MAX_TEXT_CHARS + 1 })
        );
    }

    #[test]
    fn debug_output_does_not_show_the_text() {
        let text = ComplaintText::from_canonical("고라니가 죽어 있어요".into()).unwrap();
        assert_eq!(format!("{text:?}"), "ComplaintText(11 chars)");
    }

    #[test]
    fn channel_names_round_trip() {
        for channel in Channel::ALL {
            assert_eq!(channel.as_str().parse(), Ok(channel));
            assert_eq!(serde_json::to_value(channel).unwrap(), channel.as_str());
        }
        assert_eq!("fax".parse::<Channel>(), Err(UnknownChannel));
    }
}
