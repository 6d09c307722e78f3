//! The shape of `config/signals.toml`. Meaning is given to it in `compile`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::guard::Reach;
use super::kind::{SignalKind, Subtype, Victim};
use super::lexicon::Words;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// Lists of words; an entry `{other}` takes in the words of another concept.
    pub concepts: BTreeMap<String, WordList>,
    pub guards: BTreeMap<String, GuardRow>,
    pub kinds: BTreeMap<SignalKind, KindRow>,
    /// Probability of danger in a text of which no rule and no evidence is known.
    pub prior: f32,
    /// What else a text may say, for or against danger.
    #[serde(default)]
    pub evidence: BTreeMap<String, EvidenceRow>,
    pub rules: Vec<RuleRow>,
}

/// A concept: a plain list, or a list with exceptions.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum WordList {
    Plain(Vec<String>),
    Full(Words),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GuardRow {
    pub patterns: Vec<String>,
    pub reach: Reach,
    #[serde(default)]
    pub letters: u32,
    #[serde(default)]
    pub unless: Vec<String>,
    #[serde(default)]
    pub unless_text: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindRow {
    /// Code of the agency to call first.
    pub call: String,
    /// Codes of agencies to name as well.
    #[serde(default)]
    pub also: Vec<String>,
    /// Agencies to name as well if the text has a concept.
    #[serde(default)]
    pub also_if: Vec<AlsoIf>,
    /// Guards of all rules of this kind.
    #[serde(default)]
    pub guards: Vec<String>,
}

/// Something that makes danger more or less likely without being one, in log-odds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EvidenceRow {
    pub weight: f32,
    /// Any of them, anywhere in the text.
    #[serde(default)]
    pub patterns: Vec<String>,
    /// Or: the text has more letters than this.
    pub longer_than: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AlsoIf {
    pub concept: String,
    pub call: String,
}

/// How far apart the parts joined by `&` may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scope {
    /// In one sentence.
    #[default]
    Sentence,
    /// In neighbouring sentences.
    Near,
    /// Anywhere.
    Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleRow {
    pub id: String,
    pub kind: SignalKind,
    pub subtype: Option<Subtype>,
    pub victim: Option<Victim>,
    pub strength: f32,
    /// Gives way to any other rule of its kind; then it only adds to what that one says.
    #[serde(default)]
    pub hint: bool,
    pub patterns: Vec<String>,
    #[serde(default = "default_near")]
    pub near: u32,
    #[serde(default)]
    pub scope: Scope,
    /// Guards beyond those of the kind.
    #[serde(default)]
    pub guards: Vec<String>,
    /// Guards of the kind that do not hold here.
    #[serde(default)]
    pub without: Vec<String>,
    /// Code of the agency to call first, if not the kind's.
    pub call: Option<String>,
    #[serde(default)]
    pub also: Vec<String>,
    /// Sentences in which a signal of this kind must be found; see `SignalRules::check_sentences`.
    pub fires: Vec<String>,
    /// Sentences in which nothing at all may be found.
    pub silent: Vec<String>,
}

const fn default_near() -> u32 {
    6
}
