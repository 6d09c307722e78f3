//! Signs in a complaint that somebody's life, body or liberty is in danger now.
//!
//! What belongs here: reading `config/signals.toml` and `config/agencies.toml`, and finding, in one text, the
//! places where a rule of that file holds, with the number to call. What does not: the model's opinion of the
//! urgency, personal data, and what is done with a signal (the decision rule escalates a case on any).
//!
//! A signal costs a person a minute if it is false; a missing one may cost a life. Rules therefore look for meanings
//! said in many ways, and guards take back only what the same clause or sentence denies, dates or invents.
//!
//! Map: `fold` (what the matcher reads), `split` (clauses and sentences), `lexicon` (concepts), `pattern` (how they
//! combine), `guard` (what silences), `weigh` and `pieces` (how sure), `file` and `compile` (the rule file), `detect` (one
//! text against all rules).

mod agencies;
mod compile;
mod detect;
mod error;
mod file;
mod fold;
mod guard;
mod kind;
mod lexicon;
mod pattern;
mod pieces;
mod split;
mod weigh;

#[cfg(test)]
mod author_set;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;

pub use agencies::{Agencies, Agency, AgencyState};
pub use error::RuleError;
pub use kind::{SignalKind, Strength, StrengthLevel, Subtype, Victim};

/// A sign of danger in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Signal {
    /// What endangers somebody.
    pub kind: SignalKind,
    /// Which disaster; given if and only if the kind is [`SignalKind::Disaster`].
    pub subtype: Option<Subtype>,
    /// Who suffers; given if and only if the kind is [`SignalKind::Abuse`].
    pub victim: Option<Victim>,
    /// Bytes of the given text that say so; always on character boundaries.
    pub span: Range<usize>,
    /// How sure the rules are, weighed with what else the text says, never below [`Strength::REPORTED`].
    pub strength: Strength,
    /// Id of the rule in the rule file.
    pub rule: Arc<str>,
    /// Whom to call first; its number was checked at a source.
    pub call: Arc<Agency>,
    /// Whom else to call.
    pub also: Vec<Arc<Agency>>,
}

/// What a guard took back: a statement that looked like danger and was found denied, over, told or invented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// Id of the rule that would have held.
    pub rule: Arc<str>,
    /// Name of the guard.
    pub guard: Arc<str>,
    /// Bytes of the given text that the rule stood on.
    pub span: Range<usize>,
}

/// A text's signals with what the maintainer of the rules wants to know about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Inspection {
    /// As [`SignalRules::detect`] gives them.
    pub signals: Vec<Signal>,
    /// What guards took back, in the order of the rules, the first thirty-two.
    pub silenced: Vec<Silenced>,
    /// Ids of the rules that hold, strong or not.
    pub held: Vec<Arc<str>>,
    /// Names of the evidence that was found.
    pub evidence: Vec<Arc<str>>,
    /// Steps of the work (bytes read, words and statements looked at): a clock that does not depend on the machine.
    pub steps: usize,
}

/// A sentence of the rule file that its rules do not treat as it says.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceFault {
    /// Id of the rule whose sentence it is.
    pub rule: Arc<str>,
    /// The sentence.
    pub sentence: String,
    /// Whether a signal of the rule's kind should have been found; otherwise nothing should.
    pub should_fire: bool,
    /// What was found.
    pub found: Inspection,
}

/// A compiled rule file. Cheap to share, never changes.
#[derive(Debug)]
pub struct SignalRules(compile::Compiled);

impl SignalRules {
    /// The rules and numbers this build carries. Compiles them each time: call once and share.
    ///
    /// # Panics
    /// Never: a test compiles the bundled files.
    pub fn bundled() -> Arc<Self> {
        let text = include_str!("../../../config/signals.toml");
        let rules = Self::from_toml(text, &Agencies::bundled()).expect("a test compiles the bundled rules");
        let pieces = include_str!("../../../config/signal-pieces.tsv");
        Arc::new(rules.with_pieces(pieces).expect("a test reads the bundled pieces"))
    }

    /// The same rules, weighed with a list of the shape of `config/signal-pieces.tsv`.
    ///
    /// # Errors
    /// A line is not a piece, a tab and a weight (with its number).
    pub fn with_pieces(mut self, text: &str) -> Result<Self, RuleError> {
        self.0.weighing.pieces = Some(pieces::Pieces::read(text)?);
        Ok(self)
    }

    /// Compiles a file of the shape of `config/signals.toml`.
    ///
    /// # Errors
    /// The text is no rule file (with line and column), a rule names something that does not exist, a pattern
    /// cannot be read, or a number is not verified (with the rule's id).
    pub fn from_toml(text: &str, agencies: &Agencies) -> Result<Self, RuleError> {
        let file: file::RuleFile = toml::from_str(text)
            .map_err(|e| RuleError::Syntax { file: "signals.toml", message: e.to_string() })?;
        compile::compile(&file, agencies).map(Self)
    }

    /// Finds the signals of a text, strongest first: at most six, at most two of a kind, those of one kind never
    /// overlapping.
    ///
    /// The text should be NFC (decomposed Hangul is not read). The work is linear in its length. Never panics.
    ///
    /// ```
    /// # use minwon::text::signals::{SignalKind, SignalRules};
    /// let rules = SignalRules::bundled();
    /// let signals = rules.detect("옆집에서 연기가 나고 불낫어요");
    /// assert_eq!(signals[0].kind, SignalKind::Fire);
    /// assert_eq!(signals[0].call.number, "119");
    /// assert!(rules.detect("화재보험은 어떻게 가입하나요").is_empty());
    /// ```
    pub fn detect(&self, text: &str) -> Vec<Signal> {
        self.inspect(text).signals
    }

    /// Finds the signals of a text and says what guards took back: for rule maintainers and tests.
    pub fn inspect(&self, text: &str) -> Inspection {
        detect::inspect(&self.0, text)
    }

    /// Tries every rule on its own sentences (`fires`, `silent`) and returns those that fail: empty for a sound file.
    pub fn check_sentences(&self) -> Vec<SentenceFault> {
        let sentences = self.0.rules.iter().flat_map(|rule| {
            let fires = rule.fires.iter().map(move |text| (rule, text, true));
            fires.chain(rule.silent.iter().map(move |text| (rule, text, false)))
        });
        let faults = sentences.filter_map(|(rule, text, should_fire)| {
            let found = self.inspect(text);
            let fine = if should_fire {
                found.signals.iter().any(|signal| signal.kind == rule.kind)
            } else {
                found.signals.is_empty()
            };
            let (rule, sentence) = (Arc::clone(&rule.id), text.clone());
            (!fine).then_some(SentenceFault { rule, sentence, should_fire, found })
        });
        faults.collect()
    }

    /// Ids of all rules, in the order of the file.
    pub fn rule_ids(&self) -> impl Iterator<Item = &str> {
        self.0.rules.iter().map(|rule| &*rule.id)
    }
}
