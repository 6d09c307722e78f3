//! What a signal can be about, how strong it is, and whom to call: the vocabulary of this room.
//!
//! The serialised names are part of the HTTP interface and never change.

use serde::{Deserialize, Serialize};

/// What endangers somebody's life, body or liberty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalKind {
    /// Suicide or self-injury, announced, hinted at or going on.
    SelfHarm,
    /// Somebody is beaten, held captive or attacked.
    Violence,
    /// Somebody is followed, besieged or hunted.
    Stalking,
    /// A dependent person is ill-treated or left without care.
    Abuse,
    /// A sexual attack or coercion.
    SexualViolence,
    /// Fire or smoke.
    Fire,
    /// Leaking gas or carbon monoxide.
    Gas,
    /// Collapse, flooding, landslide, electric shock, being trapped.
    Disaster,
    /// Somebody in the water.
    Drowning,
    /// A sick or injured person who needs an ambulance.
    Medical,
    /// Somebody cannot be found and may be in danger.
    MissingPerson,
    /// Somebody says they will harm others.
    Threat,
}

impl SignalKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Self; 12] = [
        Self::SelfHarm,
        Self::Violence,
        Self::Stalking,
        Self::Abuse,
        Self::SexualViolence,
        Self::Fire,
        Self::Gas,
        Self::Disaster,
        Self::Drowning,
        Self::Medical,
        Self::MissingPerson,
        Self::Threat,
    ];

    /// The serialised name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SelfHarm => "self_harm",
            Self::Violence => "violence",
            Self::Stalking => "stalking",
            Self::Abuse => "abuse",
            Self::SexualViolence => "sexual_violence",
            Self::Fire => "fire",
            Self::Gas => "gas",
            Self::Disaster => "disaster",
            Self::Drowning => "drowning",
            Self::Medical => "medical",
            Self::MissingPerson => "missing_person",
            Self::Threat => "threat",
        }
    }
}

/// What sort of disaster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subtype {
    /// A building, wall or ground gives way.
    Collapse,
    /// Water comes in.
    Flooding,
    /// Soil or rock comes down.
    Landslide,
    /// Current.
    Electric,
    /// Anything else that needs rescue.
    Other,
}

/// Who is ill-treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Victim {
    /// Under 18.
    Child,
    /// An old person.
    Elder,
    /// A person with a disability.
    Disabled,
    /// The text does not say.
    Unknown,
}

/// How sure a rule or a signal is, from 0 to 1. Fitted on labelled rows: how often a text in which only this is said
/// tells of danger now.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Strength(f32);

/// The three steps of [`Strength`] for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StrengthLevel {
    /// At least 0.9: the words can hardly mean anything else.
    Certain,
    /// At least 0.7: the usual reading is danger now.
    Likely,
    /// Below 0.7: danger is one good reading among others.
    Possible,
}

impl Strength {
    /// A signal below this is not reported; weaker rules count only together or with other evidence.
    pub const REPORTED: Self = Self(0.5);

    /// `None` unless `0 < value <= 1`.
    pub fn new(value: f32) -> Option<Self> {
        (value > 0.0 && value <= 1.0).then_some(Self(value))
    }

    /// The number itself.
    pub const fn value(self) -> f32 {
        self.0
    }

    /// The logarithm of the odds; certainty is capped at 0.999.
    pub fn log_odds(self) -> f32 {
        let p = self.0.min(0.999);
        (p / (1.0 - p)).ln()
    }

    /// The strength of which `log_odds` are the log-odds.
    #[must_use]
    pub fn from_log_odds(log_odds: f32) -> Self {
        Self((1.0 / (1.0 + (-log_odds).exp())).clamp(f32::MIN_POSITIVE, 1.0))
    }

    /// The step it falls into.
    pub fn level(self) -> StrengthLevel {
        match self.0 {
            value if value >= 0.9 => StrengthLevel::Certain,
            value if value >= 0.7 => StrengthLevel::Likely,
            _ => StrengthLevel::Possible,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_the_serialised_names() {
        #[derive(Serialize)]
        struct Row {
            kind: SignalKind,
        }
        for kind in SignalKind::ALL {
            let text = toml::to_string(&Row { kind }).expect("a kind is a string");
            assert_eq!(text.trim(), format!("kind = \"{}\"", kind.code()));
        }
    }

    #[test]
    fn log_odds_lead_back_to_the_strength() {
        for value in [0.001, 0.03, 0.5, 0.9, 0.999] {
            let strength = Strength::new(value).expect("in range");
            assert!((Strength::from_log_odds(strength.log_odds()).value() - value).abs() < 1e-5);
        }
        for far in [-1e9, 1e9] {
            let value = Strength::from_log_odds(far).value();
            assert!(value > 0.0 && value <= 1.0);
        }
    }

    #[test]
    fn strength_has_bounds_and_steps() {
        assert!(
            Strength::new(0.0).is_none() && Strength::new(1.1).is_none() && Strength::new(f32::NAN).is_none()
        );
        let half = Strength::new(0.5).expect("in range");
        assert_eq!(half.level(), StrengthLevel::Possible);
        assert!(half.log_odds().abs() < 1e-6);
        assert_eq!(Strength::new(0.9).expect("in range").level(), StrengthLevel::Certain);
    }
}
