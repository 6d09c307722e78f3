//! The decision rule: may this case go to its department unread, must a person look first, or look now?
//!
//! Pure and total: the same prediction, signals and policy always give the same decision, so that a decision can be
//! replayed from the log years later.

use serde::{Deserialize, Serialize};

use super::prediction::{HeadPrediction, Prediction};
use super::taxonomy::{DEPARTMENT, JURISDICTION, Taxonomy, URGENCY};

/// What happens with a case next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Sure enough to go to the department's queue unread.
    Route,
    /// A person decides first.
    Review,
    /// A sign of danger to life: a person now.
    Escalate,
}

/// Why a person is asked to look. Several may hold at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewReason {
    /// A sign of danger, from rules or from the model.
    Emergency,
    /// The department is less sure than the policy's threshold.
    LowConfidence,
    /// Two departments are both likely: perhaps two matters in one text.
    SeveralMatters,
    /// Nobody can tell who must act in the end.
    JurisdictionUnclear,
    /// A greeting, abuse, advertising, a test, or nothing that can be understood.
    NotAComplaint,
    /// Not written in Korean.
    ForeignLanguage,
    /// The answer comes from the rules alone.
    Degraded,
    /// The same matter has come in before.
    Repeat,
    /// The text is longer than the encoder reads; the rest was not seen by the model.
    Truncated,
}

/// Thresholds of the decision rule. They are chosen on validation data and stored with the model.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionPolicy {
    /// Least confidence of the department for `route`.
    pub route_department: f32,
    /// Least confidence of the jurisdiction for `route`.
    pub route_jurisdiction: f32,
    /// Least probability of an escalating urgency for `escalate`; chosen for recall first.
    pub emergency: f32,
    /// From this probability of the second department on, the text may hold two matters.
    pub several_matters: f32,
}

impl Default for DecisionPolicy {
    /// A cautious policy for models that carry none.
    fn default() -> Self {
        Self { route_department: 0.95, route_jurisdiction: 0.6, emergency: 0.2, several_matters: 0.25 }
    }
}

/// What is known about a text besides the model's prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Findings {
    /// At least one rule found a sign of danger.
    pub signal: bool,
    /// The text is not Korean.
    pub foreign: bool,
    /// The text was longer than the encoder reads.
    pub truncated: bool,
}

/// Everything that the rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct DecisionInput<'a> {
    /// Calibrated department probabilities.
    pub department: &'a HeadPrediction,
    /// The department is one for texts that nobody can place.
    pub unclassifiable: bool,
    /// Calibrated jurisdiction probabilities.
    pub jurisdiction: &'a HeadPrediction,
    /// Summed probability of the urgency levels that escalate.
    pub emergency: f32,
    /// What the text itself says.
    pub findings: Findings,
}

impl<'a> DecisionInput<'a> {
    /// Joins a prediction with what else is known; `None` if the model lacks one of the heads.
    pub fn new(prediction: &'a Prediction, taxonomy: &Taxonomy, findings: Findings) -> Option<Self> {
        let department = prediction.head(DEPARTMENT)?;
        let label = taxonomy.label(DEPARTMENT, department.top().code);
        Some(Self {
            department,
            unclassifiable: label.is_some_and(|label| label.unclassifiable),
            jurisdiction: prediction.head(JURISDICTION)?,
            emergency: emergency(prediction, taxonomy),
            findings,
        })
    }
}

/// Summed probability of the urgency levels that escalate.
pub fn emergency(prediction: &Prediction, taxonomy: &Taxonomy) -> f32 {
    let Some(head) = prediction.head(URGENCY) else { return 0.0 };
    taxonomy.urgency.iter().filter(|level| level.escalates).map(|level| head.probability(&level.code)).sum()
}

/// Applies the policy. Reasons are sorted and never repeat; `route` has none.
pub fn decide(input: &DecisionInput<'_>, policy: &DecisionPolicy) -> (Decision, Vec<ReviewReason>) {
    let ranked = input.department.ranked();
    let first = ranked.first().map_or(0.0, |s| s.confidence);
    let second = ranked.get(1).map_or(0.0, |s| s.confidence);
    let escalate = input.findings.signal || input.emergency >= policy.emergency;
    let checks = [
        (escalate, ReviewReason::Emergency),
        (first < policy.route_department, ReviewReason::LowConfidence),
        (second >= policy.several_matters, ReviewReason::SeveralMatters),
        (input.jurisdiction.top().confidence < policy.route_jurisdiction, ReviewReason::JurisdictionUnclear),
        (input.unclassifiable, ReviewReason::NotAComplaint),
        (input.findings.foreign, ReviewReason::ForeignLanguage),
        (input.findings.truncated, ReviewReason::Truncated),
    ];
    let reasons: Vec<_> = checks.into_iter().filter_map(|(holds, reason)| holds.then_some(reason)).collect();
    let decision = match (escalate, reasons.is_empty()) {
        (true, _) => Decision::Escalate,
        (false, true) => Decision::Route,
        (false, false) => Decision::Review,
    };
    (decision, reasons)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{HeadKind, HeadSpec};

    fn head(probabilities: &[f32]) -> HeadPrediction {
        let labels = (0..probabilities.len()).map(|i| format!("l{i}")).collect();
        let spec = Arc::new(HeadSpec { name: "x".into(), labels, kind: HeadKind::Single });
        HeadPrediction { spec, probabilities: probabilities.to_vec() }
    }

    fn sure<'a>(department: &'a HeadPrediction, jurisdiction: &'a HeadPrediction) -> DecisionInput<'a> {
        DecisionInput {
            department,
            unclassifiable: false,
            jurisdiction,
            emergency: 0.01,
            findings: Findings::default(),
        }
    }

    #[test]
    fn a_sure_case_is_routed_without_reasons() {
        let (department, jurisdiction) = (head(&[0.97, 0.03]), head(&[0.9, 0.1]));
        let (decision, reasons) = decide(&sure(&department, &jurisdiction), &DecisionPolicy::default());
        assert_eq!((decision, reasons.as_slice()), (Decision::Route, [].as_slice()));
    }

    #[test]
    fn rules_and_model_each_escalate_alone() {
        let (department, jurisdiction) = (head(&[0.97, 0.03]), head(&[0.9, 0.1]));
        let calm = sure(&department, &jurisdiction);
        for input in [
            DecisionInput { findings: Findings { signal: true, ..calm.findings }, ..calm },
            DecisionInput { emergency: 0.5, ..calm },
        ] {
            let (decision, reasons) = decide(&input, &DecisionPolicy::default());
            assert_eq!((decision, reasons), (Decision::Escalate, vec![ReviewReason::Emergency]));
        }
    }

    #[test]
    fn every_doubt_is_named() {
        let (department, jurisdiction) = (head(&[0.5, 0.4, 0.1]), head(&[0.4, 0.35, 0.25]));
        let input = DecisionInput {
            unclassifiable: true,
            findings: Findings { signal: false, foreign: true, truncated: true },
            ..sure(&department, &jurisdiction)
        };
        let (decision, reasons) = decide(&input, &DecisionPolicy::default());
        assert_eq!(decision, Decision::Review);
        assert_eq!(
            reasons,
            [
                ReviewReason::LowConfidence,
                ReviewReason::SeveralMatters,
                ReviewReason::JurisdictionUnclear,
                ReviewReason::NotAComplaint,
                ReviewReason::ForeignLanguage,
                ReviewReason::Truncated,
            ]
        );
    }

    proptest! {
        #[test]
        fn more_sureness_never_turns_route_into_review(p in 0.5f32..1.0, more in 0.0f32..0.5) {
            let jurisdiction = head(&[0.9, 0.1]);
            let (low, high) = (head(&[p, 1.0 - p]), head(&[(p + more).min(1.0), (1.0 - p - more).max(0.0)]));
            let policy = DecisionPolicy::default();
            if decide(&sure(&low, &jurisdiction), &policy).0 == Decision::Route {
                prop_assert_eq!(decide(&sure(&high, &jurisdiction), &policy).0, Decision::Route);
            }
        }

        #[test]
        fn a_signal_always_escalates(p in 0.0f32..1.0, e in 0.0f32..1.0, unclassifiable: bool, foreign: bool) {
            let (department, jurisdiction) = (head(&[p, 1.0 - p]), head(&[p, 1.0 - p]));
            let input = DecisionInput {
                findings: Findings { signal: true, foreign, truncated: false },
                emergency: e,
                unclassifiable,
                ..sure(&department, &jurisdiction)
            };
            prop_assert_eq!(decide(&input, &DecisionPolicy::default()).0, Decision::Escalate);
        }
    }
}
