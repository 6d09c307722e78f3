//! What triage asks of a model, and how the model's influences read in the text that was masked.

use super::answer::WeightedSpan;
use crate::domain::{HEADS, Span, Taxonomy};
use crate::inference::Answer as Inferred;
use crate::model::Model;
use crate::text::normalise::Folded;

/// Checks that a model has the four heads and only labels of the taxonomy.
///
/// # Errors
/// What does not fit.
pub fn fits(model: &Model, taxonomy: &Taxonomy) -> Result<(), String> {
    for name in HEADS {
        let head = model.heads().iter().find(|head| head.name == name);
        let head = head.ok_or_else(|| format!("the model has no head `{name}`, triage needs {HEADS:?}"))?;
        if let Some(unknown) = head.labels.iter().find(|code| taxonomy.label(name, code).is_none()) {
            return Err(format!(
                "the model's head `{name}` has a label `{unknown}` that the taxonomy does not know"
            ));
        }
    }
    Ok(())
}

/// Influences of the folded text as spans of the masked one.
pub fn explain<'a>(
    found: &'a Inferred,
    folded: &'a Folded,
    masked: &'a str,
) -> impl Iterator<Item = WeightedSpan> + 'a {
    found.explanation.iter().map(move |influence| {
        let bytes = folded.to_original(influence.start, influence.end);
        let span = Span::from_bytes(masked, &bytes);
        WeightedSpan { text: span.slice(masked).to_owned(), span, weight: influence.weight }
    })
}
